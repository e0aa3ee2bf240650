import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.kernels import dwells, hop_counts, hops, mean_lifetime, site_states

SITES, SPACING = 6, 8.0
RING = np.stack([SPACING * np.arange(SITES), np.zeros(SITES), np.zeros(SITES)], axis=1)
BOX = [SITES * SPACING, 0.0, 0.0]

states = arrays(int, st.tuples(st.integers(1, 20), st.integers(1, 3)), elements=st.integers(-1, 2))


def ring_walk(rng, frames: int, ions: int, rate: float) -> np.ndarray:
    """Sites (frames, ions) of walkers on a ring that step left or right at a rate per frame."""
    steps = np.where(
        rng.random((frames - 1, ions)) < rate, rng.choice([-1, 1], (frames - 1, ions)), 0
    )
    start = rng.integers(0, SITES, (1, ions))
    return np.concatenate([start, start + np.cumsum(steps, axis=0)]) % SITES


@pytest.fixture(scope="module")
def walk():
    rng = np.random.default_rng(0)
    truth = ring_walk(rng, 4000, 10, rate=0.02)
    # Wobble of 0.5 in every direction: hardly ever 4 of them away from the site.
    return truth, RING[truth] + rng.normal(0, 0.5, (*truth.shape, 3))


def test_walkers_that_wobble_at_the_sites_of_a_ring_are_followed_across_its_ends(walk):
    truth, positions = walk
    state = site_states(positions, RING, enter=2.5, leave=4.0, box=BOX)
    assert (state == truth).mean() > 0.9999


def test_dwell_times_and_hops_of_a_random_walk_have_its_rate_and_no_preference(walk):
    _, positions = walk
    stays = dwells(site_states(positions, RING, enter=2.5, leave=4.0, box=BOX))
    residence = mean_lifetime(stays)
    assert residence.low < 1 / 0.02 < residence.high
    counts = hop_counts(hops(stays), SITES)
    right = sum(counts[k, (k + 1) % SITES] for k in range(SITES))
    left = sum(counts[k, (k - 1) % SITES] for k in range(SITES))
    assert counts.sum() == right + left  # walkers hop to neighbours only
    assert right + left == pytest.approx(0.02 * 4000 * 10, abs=3 * np.sqrt(800))
    assert abs(right - left) < 3 * np.sqrt(right + left)


def test_hysteresis_keeps_an_ion_that_wobbles_across_one_radius():
    rng = np.random.default_rng(1)
    x = 3.0 + rng.uniform(-0.9, 0.9, 500)
    x[0] = 0.0
    path = np.stack([x, np.zeros(500), np.zeros(500)], axis=1)[:, None]
    one_site = [[0.0, 0, 0]]
    assert len(dwells(site_states(path, one_site, enter=3.0, leave=3.0))) > 50
    assert len(dwells(site_states(path, one_site, enter=2.0, leave=4.0))) == 1


def states_one_by_one(positions, sites, enter, leave, box):
    found = np.full(positions.shape[:2], -1)
    for ion in range(positions.shape[1]):
        held = -1
        for frame in range(len(positions)):
            places = sites[frame] if sites.ndim == 3 else sites
            apart = positions[frame, ion] - places
            for axis, length in enumerate(box):
                if length > 0:
                    apart[:, axis] -= length * np.rint(apart[:, axis] / length)
            distance = np.sqrt((apart**2).sum(axis=1))
            if held < 0 or distance[held] > leave:
                nearest = int(distance.argmin())
                held = nearest if distance[nearest] <= enter else -1
            found[frame, ion] = held
    return found


@given(
    arrays(float, (12, 2, 3), elements=st.floats(-20, 20)),
    st.one_of(
        arrays(float, (3, 3), elements=st.floats(-9, 9)),
        arrays(float, (12, 3, 3), elements=st.floats(-9, 9)),
    ),
    st.floats(1, 6),
    st.floats(0, 4),
)
def test_states_equal_those_of_each_ion_alone(positions, sites, enter, more):
    box = [11.0, 13.0, 0.0]
    found = site_states(positions, sites, enter, enter + more, box)
    assert (found == states_one_by_one(positions, sites, enter, enter + more, box)).all()


@given(states)
def test_stays_hold_every_frame_at_a_site_once(state):
    stays = dwells(state)
    painted = np.full_like(state, -1)
    for stay in stays.itertuples():
        assert (painted[stay.start : stay.end, stay.ion] == -1).all()
        painted[stay.start : stay.end, stay.ion] = stay.site
    assert (painted == state).all()
    assert (stays["left_censored"] == (stays["start"] == 0)).all()
    assert (stays["right_censored"] == (stays["end"] == len(state))).all()


@given(states)
def test_every_stay_but_the_first_of_an_ion_is_reached_by_a_hop(state):
    stays = dwells(state)
    moves = hops(stays)
    assert len(moves) == len(stays) - stays["ion"].nunique()
    assert hop_counts(moves, 3).sum() == len(moves)
    for move in moves.itertuples():
        assert state[move.left - 1, move.ion] == move.origin
        assert state[move.arrived, move.ion] == move.target
        assert (state[move.left : move.arrived, move.ion] == -1).all()


def test_a_return_is_on_the_diagonal():
    counts = hop_counts(hops(dwells(np.array([[0], [-1], [0], [1]]))), 2)
    assert counts.tolist() == [[1, 1], [0, 0]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"enter": 0.0}, "enter is 0.0"),
        ({"enter": 5.0}, "0 < enter <= leave"),
        ({"positions": np.zeros((4, 3))}, "positions has shape"),
        ({"sites": np.zeros((3, 2, 3))}, "sites has shape"),
        ({"sites": np.empty((0, 3))}, "sites has shape"),
        ({"sites": [[np.nan, 0, 0]]}, "sites.*finite"),
        ({"box": np.ones((9, 3))}, "box has shape"),
    ],
)
def test_states_of_impossible_input_are_refused(changes, message):
    given = {
        "positions": np.zeros((4, 2, 3)),
        "sites": np.zeros((1, 3)),
        "enter": 3.0,
        "leave": 4.0,
    } | changes
    with pytest.raises(ValueError, match=message):
        site_states(**given)


def test_dwells_and_hops_of_impossible_input_are_refused():
    with pytest.raises(ValueError, match="whole numbers"):
        dwells(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="entry -2"):
        dwells(np.array([[-2]]))
    with pytest.raises(ValueError, match="no column site"):
        hops(dwells(np.array([[1]])).drop(columns="site"))
    with pytest.raises(ValueError, match="between sites 0 and 1 of 1"):
        hop_counts(hops(dwells(np.array([[0], [1]]))), 1)
