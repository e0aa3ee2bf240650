"""Anchors are whole groups at the lateral boundaries."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mdtools.cells.anchors import choose_anchors, near_groups

BOX = np.array([2.0, 2.1])


def chain(n, rng):
    """Heavy atoms at random places, every second with a hydrogen; a chain of bonds."""
    heavy = rng.uniform([-5, -5, -1], [5, 5, 1], size=(n, 3))
    hydrogens = heavy[::2] + [0, 0, 0.1]
    backbone = np.stack([np.arange(n - 1), np.arange(1, n)], 1)
    caps = np.stack([np.arange(0, n, 2), n + np.arange(len(hydrogens))], 1)
    is_hydrogen = np.arange(n + len(hydrogens)) >= n
    return np.concatenate([heavy, hydrogens]), np.concatenate([backbone, caps]), is_hydrogen


@given(st.integers(0, 2**32 - 1), st.floats(0, 50))
def test_anchors_are_whole_groups_of_about_the_number_asked_for(seed, percent):
    positions, bonds, hydrogen = chain(60, np.random.default_rng(seed))
    count = round(percent / 100 * len(positions))
    anchors = choose_anchors(positions, bonds, hydrogen, BOX, count)
    assert count - 2 < len(anchors) <= count
    fixed = np.isin(np.arange(len(positions)), anchors)
    caps = bonds[hydrogen[bonds].any(axis=1)]
    assert (fixed[caps[:, 0]] == fixed[caps[:, 1]]).all()


def test_anchors_are_the_nearest_to_a_boundary_in_any_image():
    x = np.array([0.5, 1.95, -0.02, 1.0, 4.03])
    positions = np.stack([x, np.full(5, 1.0), np.zeros(5)], 1)
    bonds, hydrogen = np.empty((0, 2), dtype=int), np.zeros(5, dtype=bool)
    assert choose_anchors(positions, bonds, hydrogen, BOX, 3).tolist() == [1, 2, 4]
    assert choose_anchors(positions, bonds, hydrogen, BOX, 2).tolist() == [2, 4]


def test_spared_atoms_take_their_whole_group_along():
    """A hydrogen that is spared spares the atom it sits on, and the next nearest are taken."""
    positions = np.array([[0.01, 1, 0], [0.02, 1, 0.1], [0.1, 1, 0], [0.5, 1, 0]])
    bonds, hydrogen = np.array([[0, 1]]), np.array([False, True, False, False])
    spared = np.array([False, True, False, False])
    assert choose_anchors(positions, bonds, hydrogen, BOX, 2).tolist() == [0, 1]
    assert choose_anchors(positions, bonds, hydrogen, BOX, 2, spared).tolist() == [2, 3]


def test_two_bonds_around_a_charged_group_are_spared(membrane):
    near = near_groups(membrane)
    names = membrane.atoms["name"].to_numpy()
    residue = membrane.atoms["residue"].to_numpy()
    group = membrane.groups[membrane.groups["kind"] == "COO-"].iloc[0]
    here = names[(residue == group.residue) & near]
    carbon = names[group.atom]
    # The carboxylate's carbon, its oxygens and ring carbon, and that one's two neighbours.
    assert carbon in here and len(here) == 6
    assert sum(name.startswith("O") for name in here) == 2
