"""Constraint groups are whole and exact before OpenMM sees them."""

import numpy as np
import openmm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdtools.systems.constraints import (
    check_constraints,
    constraint_groups,
    constraint_pairs,
    largest_constraint_error,
    make_constraint_groups_whole,
    place_on_constraints,
)


@pytest.fixture(scope="module")
def methyl_and_water():
    """A carbon with three hydrogens, and a rigid water with its virtual site."""
    system = openmm.System()
    for mass in (12.0, 1.0, 1.0, 1.0, 16.0, 1.0, 1.0, 0.0):
        system.addParticle(mass)
    for hydrogen in (1, 2, 3):
        system.addConstraint(0, hydrogen, 0.109)
    for i, j, distance in ((4, 5, 0.1), (4, 6, 0.1), (5, 6, 0.16)):
        system.addConstraint(i, j, distance)
    system.setVirtualSite(7, openmm.ThreeParticleAverageSite(4, 5, 6, 0.8, 0.1, 0.1))
    positions = np.zeros((8, 3))
    positions[1:4] = 0.109 * np.eye(3)
    positions[5:7] = [[0.06, 0.08, 0], [0.06, -0.08, 0]]
    positions[4:] += [0.5, 0.5, 0.5]
    positions[7] = 0.8 * positions[4] + 0.1 * positions[5] + 0.1 * positions[6]
    return system, positions


def test_groups_are_the_heavy_atom_with_its_hydrogens_and_the_water_with_its_site(
    methyl_and_water,
):
    assert constraint_groups(methyl_and_water[0]).tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


@given(st.lists(st.integers(-2, 2), min_size=24, max_size=24))
def test_groups_torn_by_any_box_vectors_are_made_whole(methyl_and_water, shifts):
    system, positions = methyl_and_water
    box = np.array([2.0, 2.1, 9.0])
    torn = positions + np.reshape(shifts, (8, 3)) * box
    whole = make_constraint_groups_whole(torn, system, box)
    assert largest_constraint_error(whole, system)[0] < 1e-12
    assert (whole[[0, 4]] == torn[[0, 4]]).all()
    turns = (whole - torn) / box
    assert turns == pytest.approx(turns.round(), abs=1e-9)


def test_hydrogens_go_to_the_exact_distance_and_nothing_else_moves(methyl_and_water):
    system, positions = methyl_and_water
    stretched = positions.copy()
    stretched[1:4] *= 1.2
    placed = place_on_constraints(stretched, system)
    assert placed == pytest.approx(positions, abs=1e-12)


def test_torn_group_is_refused(methyl_and_water):
    system, positions = methyl_and_water
    torn = positions.copy()
    torn[2, 0] += 2.0
    with pytest.raises(ValueError, match="atoms 0 and 2 are 2.003.* nm apart.*make .* whole"):
        check_constraints(torn, system)


def test_constraint_between_a_fixed_and_a_moving_atom_is_refused(methyl_and_water):
    system, positions = methyl_and_water
    half_fixed = openmm.XmlSerializer.clone(system)
    half_fixed.setParticleMass(0, 0.0)
    with pytest.raises(ValueError, match="atoms 0 and 1 joins a fixed and a moving atom"):
        check_constraints(positions, half_fixed)


def test_cell_is_whole_with_every_constraint_exact(cell):
    pairs, _ = constraint_pairs(cell.system)
    assert len(pairs) > 3 * 560
    assert largest_constraint_error(cell.positions, cell.system)[0] < 1e-6
