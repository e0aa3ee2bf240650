import numpy as np
import pytest
from scipy.stats import binomtest

from analysis.observables import extent, permeation
from analysis.options import AnalysisOptions
from analysis.store import Store
from analysis.trials import Trials

OPTIONS = AnalysisOptions()


@pytest.fixture
def trials(make_store):
    return Trials(tuple(make_store(trial=k) for k in (1, 2, 3)))


def placed(store, species, z_angstrom):
    """The store with the feed ions of a species at z in every frame, shape (T, n) or (n,)."""
    positions = store.arrays["positions_nm"].astype(float)
    center = store.arrays["membrane_z_nm"][:, None]
    positions[:, store.columns("feed ion", species), 2] = np.asarray(z_angstrom) / 10 + center
    return Store(store.arrays | {"positions_nm": positions}, store.manifest)


def test_an_ion_that_goes_to_and_fro_counts_once(make_store):
    store = make_store()
    path = np.full((401, 6), -25.0)
    path[1::2, 0] = 20.0  # over and back two hundred times, home at the end
    path[200:, 1] = 20.0
    table = permeation.tables(Trials((placed(store, "Na+", path),)), OPTIONS)["permeation"]
    rows = table[
        (table.species == "Na+") & (table.line == "permeate face") & (table.trial == "all")
    ]
    at = rows[rows.definition == "at time"].set_index("time_ns")["count"]
    by = rows[rows.definition == "by time"].set_index("time_ns")["count"]
    assert at.to_dict() == {0: 0, 1: 0, 10: 0, 50: 1, 100: 1}
    assert by.to_dict() == {0: 0, 1: 1, 10: 1, 50: 2, 100: 2}


def test_pooled_counts_have_the_exact_interval(make_store):
    places = ([-20] * 6, [-20] * 3 + [5] * 3, [5] * 6)
    stores = [placed(make_store(trial=k + 1), "Cl-", z) for k, z in enumerate(places)]
    table = permeation.tables(Trials(tuple(stores)), OPTIONS)["permeation"]
    rows = table[
        (table.species == "Cl-")
        & (table.line == "center")
        & (table.time_ns == 100)
        & (table.definition == "at time")
    ].set_index("trial")
    assert rows["count"].to_dict() == {"1": 0, "2": 3, "3": 6, "all": 9}
    peer = binomtest(9, 18).proportion_ci(0.95, "exact")
    assert rows.low_share["all"] == pytest.approx(peer.low)
    assert rows.high_share["all"] == pytest.approx(peer.high)


def test_shares_of_trials_that_agree_by_chance_keep_an_interval_with_width(make_store):
    stores = [placed(make_store(trial=k), "Na+", [5] + [-20] * 5) for k in (1, 2, 3)]
    table = permeation.tables(Trials(tuple(stores)), OPTIONS)["permeation"]
    later = table[table.time_ns > 0]
    assert set(later.trial) == {"1", "2", "3", "all"}
    assert (later.high_share > later.low_share).all()
    assert later.interval.str.contains("Clopper-Pearson").all()


def test_ions_beyond_a_line_at_the_start_are_a_baseline_without_an_interval(make_store):
    path = np.full((401, 6), -25.0)
    path[:, 0] = 5.0  # past the centre from the start
    path[300:, 1] = 5.0
    first = placed(make_store(), "Na+", path)
    stores = first, Store(first.arrays, first.manifest | {"trial": 2})
    table = permeation.tables(Trials(stores), OPTIONS)["permeation"]
    rows = table.query("species == 'Na+' and line == 'center' and trial == 'all'")
    start, end = rows[rows.time_ns == 0], rows[rows.time_ns == 100]
    assert start["count"].tolist() == [2, 2] and end["count"].tolist() == [4, 4]
    assert start.n.tolist() == [12, 12] and start.share.tolist() == pytest.approx([1 / 6] * 2)
    assert start[["low_share", "high_share"]].isna().all(axis=None)
    assert set(start.interval) == {"none: the same cell in all trials"}


def test_a_line_beyond_the_piston_is_said_to_be_out_of_reach(trials):
    table = permeation.tables(trials, OPTIONS)["permeation"]
    assert not table.reachable[table.line == "permeated"].any()
    assert table.reachable[table.line != "permeated"].all()
    near = AnalysisOptions(permeated_above_angstrom=30)
    assert permeation.tables(trials, near)["permeation"].reachable.all()


def test_lines_and_extents_have_the_same_faces(make_store):
    trials = Trials(tuple(make_store(trial=k, half=1 + 0.1 * k) for k in (1, 2, 3)))
    places = extent.tables(trials, OPTIONS)["extent"].query("trial == 'all'").set_index("place")
    lines = permeation.tables(trials, OPTIONS)["permeation"].groupby("line").line_angstrom.first()
    for face in ("feed face", "permeate face"):
        assert lines[face] == places.z_angstrom[face]
