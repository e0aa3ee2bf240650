"""Walkers between two faces whose events and passage times are known."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binomtest, chi2, norm

from analysis.figures import FIGURES
from analysis.kernels.crossings import changes, first_frame, five_states, passed
from analysis.observables import crossings, extent
from analysis.options import AnalysisOptions
from analysis.store import Store
from analysis.trials import Trials
from tests.analysis.stores import synthetic_store

OPTIONS = AnalysisOptions()
F, M, P = -25.0, 0.0, 25.0
"""z in the feed, in the membrane and in the permeate, angstrom."""

heights = arrays(float, st.tuples(st.integers(1, 25), st.integers(1, 3)), elements=st.floats(-9, 9))


def states_one_by_one(z, feed, permeate, margin):
    found = np.empty(z.shape, dtype=int)
    for ion in range(z.shape[1]):
        first = z[0, ion]
        place = "feed" if first <= feed else "permeate" if first > permeate else "inside"
        state = {"feed": -2, "permeate": 2, "inside": 0}[place]
        found[0, ion] = state
        for frame in range(1, len(z)):
            here = z[frame, ion]
            entered = here > feed + margin or (state != -2 and here >= feed - margin)
            left = here > permeate + margin or (state == 2 and here >= permeate - margin)
            if left:
                state = 2
            elif not entered:
                state = -2
            elif abs(state) == 2:
                state //= 2
            found[frame, ion] = state
    return found


@given(heights, st.floats(0, 3))
def test_states_equal_those_of_each_ion_alone(z, margin):
    assert (five_states(z, -3, 4, margin) == states_one_by_one(z, -3.0, 4.0, margin)).all()


def test_states_of_impossible_input_are_refused():
    with pytest.raises(ValueError, match="feed is 5 and permeate 5: feed < permeate"):
        five_states([[0.0]], 5, 5)
    with pytest.raises(ValueError, match="margin is -1"):
        passed([[0.0]], 0, -1)
    with pytest.raises(ValueError, match="finite"):
        passed([[np.nan]], 0)
    with pytest.raises(ValueError, match="must be"):
        passed([0.0], 0)


def test_first_frames_count_from_their_begin():
    happened = np.array([[1, 0], [0, 0], [1, 0]], dtype=bool)
    assert first_frame(happened).tolist() == [0, -1]
    assert first_frame(happened, [1, 0]).tolist() == [2, -1]
    assert first_frame(happened, [-1, 2]).tolist() == [-1, -1]
    assert changes([[1], [1]]).empty


def placed(make_store, z, trial=1, **changes_) -> Store:
    """A store whose Cl- feed ions are at z (T, n), angstrom; all other ions stay in the feed."""
    z = np.asarray(z, dtype=float)
    frames = len(z) - 1
    changes_ = {"frames": frames, "last_ns": float(frames)} | changes_
    store = make_store(trial=trial, ions=z.shape[1], **changes_)
    positions = store.arrays["positions_nm"].astype(float)
    center = store.arrays["membrane_z_nm"][:, None]
    others = store.atoms.index[store.atoms.role != "charged group"]
    positions[:, others, 2] = F / 10 + center
    positions[:, store.columns("feed ion", "Cl-"), 2] = z / 10 + center
    return Store(store.arrays | {"positions_nm": positions}, store.manifest)


def rows_of(table, trial="all", **chosen):
    own = table[(table.species == "Cl-") & (table.role == "feed ion") & (table.trial == trial)]
    for name, value in chosen.items():
        own = own[own[name] == value]
    return own


SCRIPT = np.array(
    [
        [F, M, F, M, P, F],
        [M, F, M, M, M, F],
        [F, F, P, P, F, F],
        [M, F, M, P, F, F],
        [P, F, P, P, F, F],
        [P, F, P, P, F, F],
    ]
)


def test_planned_events_are_counted_and_have_exact_intervals(make_store):
    stores = placed(make_store, SCRIPT), placed(make_store, SCRIPT[:3], trial=2)
    table = crossings.tables(Trials(stores), OPTIONS)["crossings"]
    rows = rows_of(table).set_index("event")
    assert rows["count"].to_dict() == {
        "entry from feed": 3 + 2,
        "crossing": 2 + 1,
        "return to feed": 1 + 1,
        "entry from permeate": 2 + 1,
        "reverse crossing": 1 + 1,
        "return to permeate": 1 + 0,
        "started inside, to feed": 1 + 1,
        "started inside, to permeate": 1 + 1,
    }
    assert rows.ions["entry from feed"] == 4 and set(rows.n) == {12}
    row = rows.loc["crossing"]
    assert row.ion_ns == pytest.approx(6 * 5 + 6 * 2)
    assert row.rate_per_ns == pytest.approx(3 / 42)
    assert row.low_per_ns == pytest.approx(chi2.ppf(0.025, 6) / 2 / 42)
    assert row.high_per_ns == pytest.approx(chi2.ppf(0.975, 8) / 2 / 42)
    peer = binomtest(3, 12).proportion_ci(0.95, "exact")
    assert (row.low_share, row.high_share) == pytest.approx((peer.low, peer.high))
    assert "Garwood of 3 events" in row.interval and "Clopper-Pearson of 12 ions" in row.interval
    single = rows_of(table, "1").set_index("event")
    assert single["count"]["crossing"] == 2 and single.n["crossing"] == 6
    others = table[(table.species == "Na+") & (table.event != "entry from feed")]
    assert (others["count"] == 0).all() and (others.high_per_ns > 0).all()


def test_times_and_stays_of_the_script(make_store):
    table = crossings.tables(Trials((placed(make_store, SCRIPT),)), OPTIONS)["passage_times"]
    first = rows_of(table, definition="first passage", line="permeate face").iloc[0]
    # Ion 0 enters at 1 ns and is through at 4, ion 2 enters at 1 and is through at 2.
    assert (first.n, first["count"], first.shortest_ns) == (2, 2, 1)
    assert first.median_ns == 1 and first.mean_ns == pytest.approx(2)
    transit = rows_of(table, definition="transit", line="permeate face").iloc[0]
    assert (transit.n, transit.shortest_ns, transit.mean_ns) == (2, 1, 1)
    # Those of ions 0 (twice), 2 (twice) and 4; what was inside from the start is left out.
    stays = rows_of(table, definition="stay inside").iloc[0]
    assert (stays.n, stays["count"], stays.mean_ns) == (5, 5, 1)


def test_a_wobble_on_a_face_is_no_event_with_a_margin(make_store):
    rng = np.random.default_rng(0)
    trials = Trials((placed(make_store, np.full((401, 6), -15.2)),))
    face = trials.faces[0]
    z = face + rng.uniform(-1.9, 1.9, (401, 6))
    trials = Trials((placed(make_store, z),))
    for margin, fewest, most in ((2.0, 0, 0), (0.0, 300, 1000)):
        options = AnalysisOptions(crossing_margin_angstrom=margin)
        table = crossings.tables(trials, options)["crossings"]
        counts = rows_of(table).set_index("event")["count"]
        assert fewest <= counts["entry from feed"] <= most


def driven(rng, frames, n, speed, width, start):
    """Walkers (frames, n) of constant speed and steps of a width, angstrom per frame."""
    steps = speed + width * rng.normal(size=(frames - 1, n))
    return start + np.concatenate([np.zeros((1, n)), np.cumsum(steps, axis=0)])


@pytest.fixture(scope="module")
def walkers():
    rng = np.random.default_rng(1)
    speed, width = 0.12, 0.8
    stores = [
        placed(synthetic_store, driven(rng, frames, 300, speed, width, -24.0), trial)
        for trial, frames in ((1, 1200), (2, 320))
    ]
    return Trials(tuple(stores)), speed, width


@pytest.mark.parametrize("line", ["center", "permeate face"])
def test_first_passages_of_driven_walkers_follow_their_law(walkers, line):
    trials, speed, width = walkers
    curve = crossings.tables(trials, OPTIONS)["passage_curves"]
    curve = rows_of(curve, definition="first passage", line=line)
    feed, permeate = trials.faces
    way = (0 if line == "center" else permeate) - feed
    # Inverse Gaussian: both ends of the way are found late by the same part of a step.
    time = curve.time_ns.to_numpy()[1:]
    spread = width * np.sqrt(time)
    law = norm.cdf((speed * time - way) / spread)
    law += np.exp(2 * speed * way / width**2) * norm.cdf(-(speed * time + way) / spread)
    arrived = 1 - curve.survival_share.to_numpy()[1:]
    assert np.abs(arrived - law).max() < 0.06
    lasting = 1 - np.append(0, law)
    inside = (curve.low_share <= lasting) & (lasting <= curve.high_share)
    assert inside[curve.low_share.notna()].mean() > 0.8


def test_medians_are_not_shortened_by_the_end_of_a_run(walkers):
    trials, speed, _ = walkers
    feed, permeate = trials.faces
    table = crossings.tables(trials, OPTIONS)["passage_times"]
    way = {"definition": "first passage", "line": "permeate face"}
    long, short, pooled = (rows_of(table, trial, **way).iloc[0] for trial in ("1", "2", "all"))
    expected = (permeate - feed) / speed  # the median is a little before the mean
    for row in (long, pooled):
        assert row.low_ns < row.median_ns < row.high_ns
        assert 0.85 * expected < row.median_ns < expected
    assert short.censored_share > 0.3 and 590 < pooled.n <= 600
    transit = rows_of(table, definition="transit", line="permeate face").iloc[0]
    assert transit.median_ns < pooled.median_ns and transit["count"] == pooled["count"]
    events = rows_of(crossings.tables(trials, OPTIONS)["crossings"], event="crossing")
    assert events.ions.item() == pooled["count"]


def test_a_membrane_that_no_ion_entered_says_so(make_store):
    trials = Trials((placed(make_store, np.full((41, 6), F)),))
    tables = crossings.tables(trials, OPTIONS)
    assert (tables["crossings"]["count"] == 0).all()
    reachable = tables["passage_times"][tables["passage_times"].reachable]
    assert reachable.median_ns.isna().all()
    assert set(reachable.note) == {"no passages", "no stays"}
    tables |= extent.tables(trials, OPTIONS)
    named = {name: t.assign(layout="pH2", salt="NaCl") for name, t in tables.items()}
    wanted = ("crossings", "passage_curves", "trials")
    figure = FIGURES["crossings"](**{name: named[name] for name in wanted})
    assert "no ion entered" in [text.get_text() for text in figure.findobj(plt.Text)]


def test_a_line_beyond_the_piston_is_said_to_be_out_of_reach(make_store):
    trials = Trials((make_store(),))
    times = crossings.tables(trials, OPTIONS)["passage_times"]
    far = times[times.line == "permeated"]
    assert not far.reachable.any() and set(far.note) == {crossings.BEYOND}
    assert (far["count"] == 0).all() and times[times.line != "permeated"].reachable.all()
    near = AnalysisOptions(permeated_above_angstrom=25)
    assert crossings.tables(trials, near)["passage_times"].reachable.all()
