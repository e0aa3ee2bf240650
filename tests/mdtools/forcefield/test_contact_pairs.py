"""Cations and anions in contact: in crystals, and as near as the cutoffs of pairs have them."""

from itertools import product

import numpy as np
import openmm
import pytest
from openmm import app, unit
from scipy.optimize import minimize_scalar

from analysis.options import PAIRS
from mdtools import forcefield
from mdtools.ions import SHAPES
from mdtools.roles import charge

CELLS = 3
MEASURED = {"Li+": (0.5130, -853), "Na+": (0.5640, -787), "K+": (0.6293, -715)}
"""Lattice constant in nm and lattice energy in kJ/mol of the chloride, as measured: CRC Handbook of
Chemistry and Physics."""
WITHIN = {"beglov-roux-1994": (0.05, 0.10), "joung-cheatham-li-merz-tip4pew": (0.01, 0.04)}
"""Of the measured. The second was fitted to crystals, too, the first to ions in water alone."""
LEAST_CONTACT_ANGSTROM = 1.5


def ions(names, places_nm):
    """Topology and positions of ions, each the only residue of its chain, and their templates."""
    topology, rows, templates = app.Topology(), [], {}
    for name, place in zip(names, places_nm, strict=True):
        shape = SHAPES[name]
        residue = topology.addResidue(shape.names[0], topology.addChain())
        templates[residue] = name
        atoms = [
            topology.addAtom(atom, app.element.get_by_symbol(element), residue)
            for atom, element in zip(shape.names, shape.elements, strict=True)
        ]
        for one, other in shape.bonds:
            topology.addBond(atoms[one], atoms[other])
        rows.append(place + shape.places_nm)
    return topology, np.concatenate(rows), templates


def context_of(system):
    platform = openmm.Platform.getPlatform("CPU")
    integrator = openmm.VerletIntegrator(0.001)
    return openmm.Context(system, integrator, platform, {"Threads": "1"})


def energy(context) -> float:
    return context.getState(getEnergy=True).getPotentialEnergy()._value


@pytest.mark.parametrize(("ion_set", "cation"), list(product(WITHIN, MEASURED)))
def test_chlorides_have_the_length_and_the_energy_of_their_crystals(ion_set, cation):
    """Rock salt, by the force field as cells have it: mixing, mesh sums, correction of the tail."""
    length, lattice_energy = MEASURED[cation]
    sites = np.array(list(product(range(2 * CELLS), repeat=3)))
    names = [("Cl-", cation)[site % 2] for site in sites.sum(axis=1)]
    topology, _, templates = ions(names, sites * length / 2)
    topology.setUnitCellDimensions([CELLS * length] * 3)
    system = forcefield.load(ion_set).createSystem(
        topology,
        nonbondedMethod=app.PME,
        nonbondedCutoff=0.7 * unit.nanometer,
        ewaldErrorTolerance=1e-6,
        residueTemplates=templates,
    )
    context = context_of(system)

    def per_pair(constant: float) -> float:
        context.setPeriodicBoxVectors(*(constant * CELLS * np.eye(3)))
        context.setPositions(sites * constant / 2)
        return energy(context) / (len(sites) / 2)

    found = minimize_scalar(per_pair, bounds=(0.9 * length, 1.1 * length), options={"xatol": 1e-4})
    print(f"{cation}, {ion_set}: {found.x:.4f} nm, {found.fun:.0f} kJ/mol")
    longer, deeper = WITHIN[ion_set]
    assert found.x == pytest.approx(length, rel=longer)
    assert found.fun == pytest.approx(lattice_energy, rel=deeper)


def pairs():
    for ion_set, path in forcefield.ION_SETS.items():
        known = [name for name in SHAPES if f'Residue name="{name}"' in path.read_text()]
        for cation, anion in product(known, repeat=2):
            if charge(cation) > 0 > charge(anion):
                yield ion_set, cation, anion


@pytest.mark.parametrize(("ion_set", "cation", "anion"), list(pairs()))
def test_ions_in_contact_are_nearer_than_the_cutoff_of_their_pair(ion_set, cation, anion):
    """By the potential alone, from every side; a fifth is left for what heat and water add."""
    topology, places, templates = ions([cation, anion], np.zeros((2, 3)))
    system = forcefield.load(ion_set).createSystem(topology, residueTemplates=templates)
    context = context_of(system)
    nearest = []
    for side in product((-1, 0, 1), repeat=3):
        if any(side):
            moved = places.copy()
            moved[0] = 0.4 * np.array(side) / np.linalg.norm(side)
            context.setPositions(moved)
            openmm.LocalEnergyMinimizer.minimize(context, 1.0)
            state = context.getState(getPositions=True)
            at = state.getPositions(asNumpy=True).value_in_unit(unit.angstrom)
            nearest.append(np.linalg.norm(at[1] - at[0]))
    print(f"{cation}/{anion}, {ion_set}: {min(nearest):.2f} to {max(nearest):.2f} angstrom")
    assert LEAST_CONTACT_ANGSTROM < min(nearest)
    assert 1.2 * max(nearest) < PAIRS[f"{cation}/{anion}"]
