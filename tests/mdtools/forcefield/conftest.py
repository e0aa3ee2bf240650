"""Networks of residues as OpenMM topologies, and energies term by term."""

import json
from pathlib import Path

import numpy as np
import openmm
import pytest
from openmm import app, unit

from mdtools import forcefield

FIXTURES = Path(__file__).parents[2] / "data" / "forcefield"


@pytest.fixture(scope="session")
def force_field():
    return forcefield.load()


@pytest.fixture(scope="session")
def fixtures():
    return FIXTURES


@pytest.fixture(scope="session")
def oligomers():
    return json.loads((FIXTURES / "oligomers.json").read_text())


@pytest.fixture(scope="session")
def geometries():
    with np.load(FIXTURES / "geometries.npz") as stored:
        return {name: stored[name].astype(float) for name in stored.files}


@pytest.fixture(scope="session")
def build():
    """Topology and residueTemplates of template names joined by (residue, atom, residue, atom)."""

    def topology_of(names, links=()):
        topology, chosen, atoms = app.Topology(), {}, {}
        chain = topology.addChain()
        for i, name in enumerate(names):
            template = forcefield.templates()[name]
            residue = topology.addResidue(template.kind, chain)
            chosen[residue] = name
            for atom, symbol, _, _ in template.atoms:
                element = app.Element.getBySymbol(symbol)
                atoms[i, atom] = topology.addAtom(atom, element, residue)
            for a, b in template.bonds:
                topology.addBond(atoms[i, a], atoms[i, b])
        for i, a, j, b in links:
            topology.addBond(atoms[i, a], atoms[j, b])
        return topology, chosen

    return topology_of


@pytest.fixture(scope="session")
def context_of():
    """Context on the Reference platform."""

    def make(system):
        platform = openmm.Platform.getPlatformByName("Reference")
        return openmm.Context(system, openmm.VerletIntegrator(0.001), platform)

    return make


@pytest.fixture(scope="session")
def term_energies(context_of):
    """Energies (kcal/mol) of bonds, angles, propers, impropers, nonbonded at each geometry (A)."""

    def energies(system, topology, geometries):
        split = _split(system, {frozenset((b[0].index, b[1].index)) for b in topology.bonds()})
        context = context_of(split)
        rows = []
        for xyz in geometries:
            context.setPositions(xyz * 0.1)
            states = (context.getState(getEnergy=True, groups={g}) for g in range(5))
            values = (s.getPotentialEnergy() for s in states)
            rows.append([v.value_in_unit(unit.kilocalorie_per_mole) for v in values])
        names = ("bonds", "angles", "propers", "impropers", "nonbonded")
        return dict(zip(names, np.array(rows).T, strict=True))

    return energies


def _split(system, bonded):
    """Copy of a System with its forces in groups 0-4 and propers apart from impropers."""
    copy = openmm.System()
    for i in range(system.getNumParticles()):
        copy.addParticle(system.getParticleMass(i))
    propers, impropers = openmm.PeriodicTorsionForce(), openmm.PeriodicTorsionForce()
    groups = {openmm.HarmonicBondForce: 0, openmm.HarmonicAngleForce: 1, openmm.NonbondedForce: 4}
    for force in system.getForces():
        if isinstance(force, openmm.PeriodicTorsionForce):
            for i in range(force.getNumTorsions()):
                *atoms, period, phase, k = force.getTorsionParameters(i)
                chain = all(
                    frozenset(pair) in bonded for pair in zip(atoms, atoms[1:], strict=False)
                )
                (propers if chain else impropers).addTorsion(*atoms, period, phase, k)
        elif type(force) in groups:
            clone = openmm.XmlSerializer.clone(force)
            clone.setForceGroup(groups[type(force)])
            copy.addForce(clone)
    for group, force in ((2, propers), (3, impropers)):
        force.setForceGroup(group)
        copy.addForce(force)
    return copy
