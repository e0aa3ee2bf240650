import freud
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.kernels import Neighbours, neighbours


def brute(points, particles, reach, box) -> set:
    """Pairs within reach, from all distances between nearest images."""
    apart = points[:, None].astype(float) - particles[None].astype(float)
    period = np.where(box > 0, box, np.inf)
    apart -= np.where(box > 0, box * np.rint(apart / period), 0.0)
    distance = np.sqrt((apart**2).sum(axis=-1))
    i, j = np.nonzero(distance <= reach)
    return {(a, b): distance[a, b] for a, b in zip(i.tolist(), j.tolist(), strict=True)}


def found_in(pairs: Neighbours) -> dict:
    keys = list(zip(pairs.point.tolist(), pairs.particle.tolist(), strict=True))
    assert len(keys) == len(set(keys))
    return dict(zip(keys, pairs.distance.tolist(), strict=True))


def agree(points, particles, reach, box, tolerance=1e-5):
    """The same pairs but for those at the reach itself, where the last digit decides."""
    found, expected = found_in(neighbours(points, particles, reach, box)), None
    expected = brute(points, particles, reach + tolerance, box)
    assert set(found) <= set(expected)
    for pair, distance in expected.items():
        assert pair in found or distance > reach - tolerance, (pair, distance)
    for pair, distance in found.items():
        assert distance == pytest.approx(expected[pair], abs=tolerance)


@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "box",
    [
        [5.2, 5.2, 0.0],  # a slab
        [2.0, 2.1, 0.0],  # shorter than three reaches: the cells on either side are the same
        [1.9, 6.0, 2.5],
        [0.0, 0.0, 0.0],
    ],
)
def test_pairs_are_those_of_all_distances(box, dtype, wrapped):
    rng = np.random.default_rng(0)
    box = np.array(box)
    span = np.where(box > 0, box, 7.0)
    low, high = (0.0, 1.0) if wrapped else (-2.0, 3.0)
    points, particles = (
        (span * rng.uniform(low, high, (n, 3)) * np.where(box > 0, 1, 1 / (high - low)))
        for n in (25, 600)
    )
    agree(points.astype(dtype), particles.astype(dtype), 0.9, box)


def test_z_of_a_slab_has_no_images():
    box = [4.0, 4.0, 0.0]
    found = neighbours([[0.1, 2.0, 0.05]], [[3.9, 2.0, 0.05], [0.1, 2.0, 9.95]], 1.0, box)
    assert found.particle.tolist() == [0]
    assert found.distance == pytest.approx([0.2], abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.floats(1.0, 9.0), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.floats(0.05, 1.0),
    st.floats(0.0, 3.0),
)
def test_any_box_reach_and_place_gives_the_pairs_of_all_distances(
    seed, lengths, periodic, share, away
):
    rng = np.random.default_rng(seed)
    box = np.where(periodic, lengths, 0.0)
    reach = share * min(lengths) / 2
    span = np.array(lengths)
    points = span * rng.uniform(-away, 1 + away, (6, 3))
    particles = span * rng.uniform(-away, 1 + away, (60, 3))
    agree(points, particles, reach, box)
    moved = particles + box * rng.integers(-2, 3, (60, 3))
    agree(points, moved, reach, box)


def test_pairs_are_those_of_freud_where_everything_is_periodic():
    rng = np.random.default_rng(1)
    lengths, reach = np.array([5.0, 6.0, 7.0]), 1.2
    points, particles = (rng.uniform(-0.5, 0.5, (n, 3)) * lengths for n in (40, 900))
    query = freud.locality.AABBQuery(freud.box.Box(*lengths), particles.astype(np.float32))
    peer = query.query(points.astype(np.float32), {"r_max": reach}).toNeighborList()
    expected = dict(zip(map(tuple, peer[:].tolist()), peer.distances.tolist(), strict=True))
    found = found_in(neighbours(points, particles, reach, lengths))
    assert len(found) > 1000 and set(found) == set(expected)
    assert all(found[pair] == pytest.approx(expected[pair], abs=1e-5) for pair in found)


def test_a_nearer_reach_is_a_part_of_a_farther_one():
    rng = np.random.default_rng(2)
    points, particles = rng.uniform(0, 4, (10, 3)), rng.uniform(0, 4, (200, 3))
    box = [4.0, 4.0, 0.0]
    far = neighbours(points, particles, 1.5, box)
    assert found_in(far.within(0.8)) == found_in(neighbours(points, particles, 0.8, box))
    assert (np.diff(far.point) >= 0).all()


def test_a_particle_at_the_reach_is_within_it():
    assert neighbours([[0, 0, 0]], [[0, 0, 1.5]], 1.5).particle.tolist() == [0]


@pytest.mark.parametrize("empty", ["points", "particles"])
def test_nobody_has_neighbours_where_there_is_nobody(empty):
    given = {"points": np.ones((2, 3)), "particles": np.ones((2, 3))} | {empty: np.empty((0, 3))}
    assert len(neighbours(**given, reach=1.0).point) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": np.zeros((2, 2))}, r"points has shape \(2, 2\)"),
        ({"particles": np.full((1, 3), np.nan)}, "must be finite"),
        ({"reach": 0.0}, "must be positive"),
        ({"box": [3.0, 9.0, 0.0]}, "half of each periodic length"),
        ({"box": [9.0, 9.0]}, "three lengths"),
    ],
)
def test_impossible_input_is_refused(changes, message):
    given = {
        "points": np.zeros((1, 3)),
        "particles": np.ones((3, 3)),
        "reach": 2.0,
        "box": [9.0, 9.0, 0.0],
    } | changes
    with pytest.raises(ValueError, match=message):
        neighbours(**given)
