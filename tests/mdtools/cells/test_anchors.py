"""Anchors are whole groups at the lateral boundaries."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mdtools.cells.anchors import choose_anchors

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
