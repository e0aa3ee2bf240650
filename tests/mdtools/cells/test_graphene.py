"""Sheets are commensurate, three-coordinated and without stress."""

import numpy as np
import openmm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openmm import unit

from mdtools.cells.graphene import (
    BOND_NM,
    CELL_NM,
    LARGEST_STRAIN,
    angles,
    bond_angles,
    bond_lengths,
    excluded_pairs,
    fit_sheet,
    neighbours,
    propers,
)
from mdtools.systems.forces import FORCE_GROUPS

BONDED = {group for kind, group in FORCE_GROUPS.items() if kind != "NonbondedForce"}


def test_reference_box_takes_21_by_12_cells():
    sheet = fit_sheet([5.2, 5.2])
    assert sheet.repeats.tolist() == [21, 12]
    assert len(sheet.positions) == 1008
    assert 100 * sheet.strain == pytest.approx([0.68, 1.72], abs=0.01)


@given(
    st.tuples(st.integers(8, 14), st.integers(5, 8)),
    st.tuples(*[st.floats(-0.03, 0.03)] * 2),
)
def test_sheet_of_a_stretched_lattice_is_that_lattice(repeats, strain):
    box = np.array(repeats) * CELL_NM * (1 + np.array(strain))
    sheet = fit_sheet(box)
    n = 4 * repeats[0] * repeats[1]
    assert sheet.repeats.tolist() == list(repeats)
    assert sheet.strain == pytest.approx(strain, abs=1e-12)
    assert len(sheet.positions) == n
    assert (sheet.positions >= 0).all() and (sheet.positions < box).all()
    assert np.bincount(sheet.bonds.ravel()).tolist() == [3] * n
    assert (np.abs(bond_lengths(sheet) / BOND_NM - 1) < 0.031).all()
    assert len(angles(sheet)) == 3 * n and len(propers(sheet)) == 6 * n
    around = bond_angles(sheet).reshape(3, n).sum(axis=0)
    assert around == pytest.approx(np.full(n, 2 * np.pi))
    # Of a honeycomb: 3 nearest, 6 second and 3 + 6 third neighbours along bonds.
    assert len(excluded_pairs(sheet)) == n * (3 + 6 + 9) / 2


def test_unstrained_bonds_are_those_of_graphite():
    assert bond_lengths(fit_sheet(CELL_NM * [9, 6])) == pytest.approx(BOND_NM)


def test_neighbours_are_mutual():
    near = neighbours(fit_sheet([2.0, 2.1]))
    assert all(i in near[j] for i, row in enumerate(near) for j in row)


def test_box_between_two_lattices_is_refused_with_lengths_that_fit():
    with pytest.raises(ValueError, match=r"length y is 1.900 nm.*1.704 or 2.130 nm fit"):
        fit_sheet([2.0, 1.9])


@given(st.floats(1.8, 8.0), st.floats(1.8, 8.0))
def test_strain_is_the_smallest_there_is_or_the_box_is_refused(x, y):
    box = np.array([x, y])
    counts = np.arange(1, 40)[:, None]
    smallest = np.abs(box / (counts * CELL_NM) - 1).min(axis=0)
    if (smallest > LARGEST_STRAIN).any():
        with pytest.raises(ValueError, match="graphene would be strained"):
            fit_sheet(box)
    else:
        assert np.abs(fit_sheet(box).strain) == pytest.approx(smallest)


def test_flat_sheet_bears_no_bonded_force_and_resists_bending(small_cell):
    """Across the boundary too: an image missed there would pull with thousands of kJ/mol/nm."""
    sheet = small_cell.roles[small_cell.roles["role"] == "piston"]["atom"].to_numpy()

    def bonded_forces(positions):
        platform = openmm.Platform.getPlatform("Reference")
        context = openmm.Context(small_cell.system, openmm.VerletIntegrator(0.001), platform)
        context.setPositions(positions)
        forces = context.getState(forces=True, groups=BONDED).getForces(asNumpy=True)
        return forces[sheet].value_in_unit(unit.kilojoule_per_mole / unit.nanometer)

    assert np.abs(bonded_forces(small_cell.positions)).max() < 1e-6
    bent = small_cell.positions.copy()
    bent[sheet[0], 2] += 0.05
    assert bonded_forces(bent)[0, 2] < -100
