"""Energies against topologies that AmberTools' tleap made for one molecule per template."""

import gzip

import numpy as np
import openmm
import pytest
from openmm import app

from mdtools import forcefield
from mdtools.forcefield.generate.fixtures import slug

TERMS = ("bonds", "angles", "propers", "impropers", "nonbonded")

TOLERANCE_KCAL = 1e-4

LEAP_DEGREE = 0.0174533
"""tleap's pi/180, which reaches the equilibrium angles of its topologies."""


@pytest.fixture(scope="module")
def amber(fixtures, tmp_path_factory):
    def read(name):
        path = tmp_path_factory.mktemp("amber") / "molecule.prmtop"
        path.write_bytes(gzip.decompress((fixtures / f"{name}.prmtop.gz").read_bytes()))
        return app.AmberPrmtopFile(str(path))

    return read


@pytest.mark.parametrize("name", [slug(n) for n in forcefield.templates()])
def test_every_energy_term_equals_the_amber_topology(
    name, amber, force_field, oligomers, geometries, build, term_energies
):
    topology, chosen = build(oligomers[name]["residues"], oligomers[name]["links"])
    ours = force_field.createSystem(topology, residueTemplates=chosen)
    prmtop = amber(name)
    theirs = prmtop.createSystem(nonbondedMethod=app.NoCutoff)
    assert geometries[name].shape == (5, topology.getNumAtoms(), 3)
    restore_degrees(theirs)
    mine = term_energies(ours, topology, geometries[name])
    reference = term_energies(theirs, prmtop.topology, geometries[name])
    for term in TERMS:
        np.testing.assert_allclose(
            mine[term], reference[term], rtol=0, atol=TOLERANCE_KCAL, err_msg=term
        )


def restore_degrees(system):
    force = next(f for f in system.getForces() if isinstance(f, openmm.HarmonicAngleForce))
    for i in range(force.getNumAngles()):
        a, b, c, theta, k = force.getAngleParameters(i)
        force.setAngleParameters(i, a, b, c, theta * np.pi / 180 / LEAP_DEGREE, k)


def test_the_fixtures_are_one_residue_so_links_cost_nothing(oligomers, amber):
    """The network's residues are joined by external bonds; AMBER saw one residue."""
    assert sum(len(o["links"]) for o in oligomers.values()) == 19 + 4 * 5 + 4
    for name in oligomers:
        assert len(list(amber(name).topology.residues())) == 1


def test_every_improper_of_the_amber_topology_is_there(oligomers, amber, build, force_field):
    for name, oligomer in oligomers.items():
        topology, chosen = build(oligomer["residues"], oligomer["links"])
        ours = force_field.createSystem(topology, residueTemplates=chosen)
        theirs = amber(name).createSystem(nonbondedMethod=app.NoCutoff)
        assert torsions(ours) == torsions(theirs)


def torsions(system):
    """Atoms, periodicity and height of every torsion that is not flat, in a canonical order."""
    force = next(f for f in system.getForces() if isinstance(f, openmm.PeriodicTorsionForce))
    found = []
    for i in range(force.getNumTorsions()):
        *atoms, period, _, k = force.getTorsionParameters(i)
        if k._value:
            found.append((min(tuple(atoms), tuple(atoms[::-1])), period, round(k._value, 6)))
    return sorted(found)
