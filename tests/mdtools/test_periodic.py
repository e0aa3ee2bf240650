"""Neighbours are found through lateral boundaries and never through z."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdtools.periodic import cut_at_widest_gap, lateral_tree, tree, wrap_into_box

POINTS = st.lists(st.tuples(*[st.floats(-50, 50)] * 3), min_size=1, max_size=20)
LENGTHS = st.tuples(*[st.floats(0.5, 9)] * 3)


def brute_force(points, others, lengths):
    apart = points[:, None] - others[None]
    axes = apart[..., : len(lengths)]
    axes -= np.round(axes / lengths) * lengths
    return np.linalg.norm(apart, axis=-1).min(axis=1)


@given(POINTS, LENGTHS)
def test_wrapping_stays_below_the_box_length_and_leaves_z(points, box):
    points, lateral = np.array(points), np.array(box[:2])
    wrapped = wrap_into_box(points, lateral)
    assert (wrapped[:, :2] >= 0).all() and (wrapped[:, :2] < lateral).all()
    assert (wrapped[:, 2] == points[:, 2]).all()
    turns = (wrapped[:, :2] - points[:, :2]) / lateral
    assert turns == pytest.approx(turns.round(), abs=1e-6)


@given(POINTS, POINTS, LENGTHS)
def test_distances_are_those_of_the_nearest_image(points, others, box):
    points, others = np.array(points), np.array(others)
    found = lateral_tree(others, np.array(box[:2])).query(points)[0]
    assert found == pytest.approx(brute_force(points, others, np.array(box[:2])), abs=1e-6)
    found = tree(others, np.array(box)).query(wrap_into_box(points, np.array(box)))[0]
    assert found == pytest.approx(brute_force(points, others, np.array(box)), abs=1e-6)


def test_a_point_that_wraps_onto_the_boundary_is_accepted():
    edge = np.array([[-1e-17, 1.0, 5.0]])
    distances, _ = lateral_tree(edge, np.array([2.0, 2.0])).query([[2.1, 1.0, 5.0]])
    assert distances == pytest.approx([0.1])


@given(
    values=st.lists(st.floats(0, 3), min_size=1, max_size=20),
    offset=st.floats(-50, 50),
    length=st.floats(7, 20),
)
def test_what_lies_together_stays_together_wherever_the_boundary_was(values, offset, length):
    values = np.array(values)
    found, gap = cut_at_widest_gap(np.mod(values + offset, length), length)
    assert found - found[0] == pytest.approx(values - values[0], abs=1e-9)
    assert gap == pytest.approx(length - np.ptp(values), abs=1e-9)
