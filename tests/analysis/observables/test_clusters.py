"""Tables of ion clusters against clusters that were planted."""

import numpy as np
import pytest

from analysis.observables import chaperones, clusters, pair_lifetimes
from analysis.options import AnalysisOptions
from analysis.statistics import PARTLY
from analysis.trials import Trials
from tests.analysis.association import corners, planted, telegraph

OPTIONS = AnalysisOptions()
FRAMES = 1001
FEED, MEMBRANE, PERMEATE = -25.0, 0.0, 25.0


def ca_cl2(z: float, joined: np.ndarray, at=0.0) -> dict[str, np.ndarray]:
    """One Ca2+ with a Cl- at its side always, and one that joins them in some frames."""
    calcium = corners(len(joined), 1, z) + [at, 0, 0]
    first, second = calcium + [0, 3.0, 0], calcium - [0, 3.0, 0]
    second[:, 0, 1] = np.where(joined, -3.0, -9.0)
    return {"Ca2+": calcium, "Cl-": np.concatenate([first, second], axis=1)}


def both(*parts: dict) -> dict:
    return {name: np.concatenate([p[name] for p in parts], axis=1) for name in parts[0]}


def half() -> np.ndarray:
    """Joined in t = 0 and in every second frame."""
    return np.arange(FRAMES) % 2 == 0


def store_of(trial=1, joined=None, **changes):
    """A triplet in the feed, a pair and a lone anion, or a triplet, in the membrane."""
    joined = half() if joined is None else joined
    always = np.ones(len(joined), dtype=bool)
    return planted(
        both(ca_cl2(FEED, always), ca_cl2(MEMBRANE, joined, at=15.0)), trial=trial, **changes
    )


def test_sizes_by_place_are_those_planted_after_the_start():
    table = clusters.tables(Trials((store_of(),)), OPTIONS)["cluster_sizes"]
    rows = table.query("trial == '1'").set_index(["place", "size"])
    assert rows.share["feed reservoir"].to_dict() == {1: 0, 2: 0, 3: 1}
    # 500 of the 1000 frames after t = 0 have the triplet, the others a pair and a lone ion.
    shares = {1: 1 / 6, 2: 1 / 3, 3: 1 / 2}
    assert rows.share["membrane"].to_dict() == pytest.approx(shares)
    assert rows.number["membrane"].to_dict() == {1: 0.5, 2: 0.5, 3: 0.5}
    assert rows.charge_e["membrane"].to_dict() == {1: -1, 2: 1, 3: 0}
    assert rows.share["anywhere"].to_dict() == pytest.approx({1: 1 / 12, 2: 1 / 6, 3: 3 / 4})
    assert rows.place_share.groupby("place").first().to_dict() == {
        "anywhere": 1,
        "feed reservoir": 0.5,
        "membrane": 0.5,
        "permeate reservoir": 0,
    }
    assert rows.share["permeate reservoir"].isna().all()
    assert set(rows.note["permeate reservoir"]) == {"no ion there"}
    assert np.isnan(rows.charge_e["feed reservoir", 1])


def test_a_cluster_across_a_face_is_where_its_middle_is():
    always = np.ones(FRAMES, dtype=bool)
    face = Trials((store_of(),)).faces[1]
    paths = ca_cl2(face + 1.0, always)
    paths["Cl-"][..., 2] -= 2.0  # both anions inside: the mean z is so, too
    table = clusters.tables(Trials((planted(paths),)), OPTIONS)["cluster_sizes"]
    there = table.query("trial == 'all' and size == 3").set_index("place").place_share
    assert there["membrane"] == 1 and there["permeate reservoir"] == 0


def test_sizes_over_trials_go_up_to_the_common_time():
    joined = np.ones(FRAMES, dtype=bool)
    joined[501:] = False
    long, short = store_of(1, joined), store_of(2, np.ones(501, dtype=bool))
    table = clusters.tables(Trials((long, short)), OPTIONS)["cluster_sizes"]
    rows = table.query("place == 'membrane' and size == 3").set_index("trial")
    assert rows.share.to_dict() == {"1": 0.5, "2": 1, "all": 1}
    assert rows.until_ns.to_dict() == {"1": 2, "2": 1, "all": 1}
    assert rows.n_trials.to_dict() == {"1": 1, "2": 1, "all": 2}
    assert rows.interval["all"] == "95 % t-interval, 1 degree of freedom (2 trials)"


def test_shares_in_time_count_ions_in_pairs_and_in_larger_clusters():
    never = np.zeros(FRAMES, dtype=bool)
    never[:501] = True
    stores = tuple(store_of(k, never) for k in (1, 2))
    table = clusters.tables(Trials(stores), OPTIONS)["cluster_share"]
    rows = table.query("trial == 'all'").set_index(["smallest", "time_ns"]).share
    assert rows[2].to_dict() == pytest.approx({0: 1, 1: 1, 2: 5 / 6})
    assert rows[3].to_dict() == pytest.approx({0: 1, 1: 1, 2: 1 / 2})
    assert set(table.n) == {6}


def test_stays_are_those_of_a_telegraph():
    rng, tau = np.random.default_rng(5), 50
    stores = []
    for trial in (1, 2, 3):
        joined = telegraph(rng, 5001, 8, tau, tau)
        parts = [ca_cl2(MEMBRANE, joined[:, k], at=15.0 * k) for k in range(8)]
        stores.append(planted(both(*parts), trial=trial))
    nothing = AnalysisOptions(pair_gap_ps=0)
    table = clusters.tables(Trials(tuple(stores)), nothing)["cluster_lifetime"]
    rows = table.query("definition == 'stay in a cluster'").set_index(["species", "trial"])
    expected = tau * 0.002
    calcium = rows.loc[("Ca2+", "all")]
    off = 2 * expected / np.sqrt(calcium.ends)
    assert calcium.lifetime_ns == pytest.approx(expected, abs=off)
    assert calcium.low_ns < calcium.lifetime_ns < calcium.high_ns
    # Both anions of a triplet are in it from its begin to its end.
    assert rows.loc[("Cl-", "all")].n == 2 * calcium.n
    assert rows.loc[("Cl-", "all")].lifetime_ns == pytest.approx(calcium.lifetime_ns)
    over = table.query("definition == 'stay in a cluster, over trials' and species == 'Ca2+'")
    single = rows.loc["Ca2+"].lifetime_ns[["1", "2", "3"]]
    assert over.lifetime_ns.item() == pytest.approx(single.mean())


def test_ions_that_never_meet_are_clusters_of_one():
    lone = planted({"Na+": corners(600, 2), "Cl-": corners(600, 2) + [0, 15.0, 0]})
    found = clusters.tables(Trials((lone,)), OPTIONS)
    sizes = found["cluster_sizes"].query("place == 'membrane'")
    assert sizes["size"].tolist() == [1, 1] and sizes.share.tolist() == [1, 1]
    assert found["cluster_share"].share.eq(0).all()
    assert found["cluster_lifetime"].note.tolist() == ["no stays"] * 6


def test_a_place_that_only_some_trials_reach_says_so():
    always = np.ones(FRAMES, dtype=bool)
    there = planted(ca_cl2(PERMEATE, always))
    elsewhere = planted(ca_cl2(FEED, always), trial=2)
    table = clusters.tables(Trials((there, elsewhere)), OPTIONS)["cluster_sizes"]
    row = table.query("place == 'permeate reservoir' and size == 3 and trial == 'all'").iloc[0]
    assert row.share == 1 and row.n_trials == 1 and row.place_share == 0.5
    assert row.note == "ions there in 1 of 2 trials" and np.isnan(row.low_share)


def test_a_missing_cutoff_is_named():
    options = OPTIONS.model_copy(update={"pair_cutoff_angstrom": {"Na+/Cl-": 3.7}})
    with pytest.raises(ValueError, match=r"ion pair Ca2\+/Cl-: add this key"):
        clusters.tables(Trials((store_of(),)), options)


@pytest.mark.parametrize(("species", "charge"), [("Na+", 1), ("Cl-", -1)])
def test_ions_of_one_sign_are_all_alone(species, charge):
    trials = Trials(tuple(planted({species: corners(600, 4)}, trial=k) for k in (1, 2)))
    found = clusters.tables(trials, OPTIONS)
    sizes = found["cluster_sizes"].query("place == 'membrane' and trial == 'all'").iloc[0]
    assert (sizes["size"], sizes.share, sizes.number, sizes.charge_e) == (1, 1, 4, charge)
    assert found["cluster_share"].share.eq(0).all() and (found["cluster_share"].n == 4).all()
    assert set(found["cluster_lifetime"].note) == {"no stays"}
    assert all(table.empty for table in pair_lifetimes.tables(trials, OPTIONS).values())
    assert all(table.empty for table in chaperones.tables(trials, OPTIONS).values())


def test_a_place_that_two_of_three_trials_reach_has_a_mean_and_no_interval():
    always = np.ones(FRAMES, dtype=bool)
    stores = [planted(ca_cl2(z, always), trial=k) for k, z in enumerate((25.0, 25.0, FEED), 1)]
    stores[1] = planted(ca_cl2(PERMEATE, half()), trial=2)
    table = clusters.tables(Trials(tuple(stores)), OPTIONS)["cluster_sizes"]
    rows = table.query("place == 'permeate reservoir' and size == 3").set_index("trial")
    assert rows.share.drop("all").to_dict() == pytest.approx(
        {"1": 1, "2": 0.5, "3": np.nan}, nan_ok=True
    )
    row = rows.loc["all"]
    assert row.share == pytest.approx(0.75) and row.n_trials == 2
    assert np.isnan(row.low_share) and row.interval == PARTLY


def test_stays_of_two_of_three_trials_have_a_mean_and_no_interval():
    joined = np.zeros(FRAMES, dtype=bool)
    stores = [planted(ca_cl2(MEMBRANE, joined), trial=3)]
    for trial, frames in ((1, 100), (2, 200)):
        met = joined.copy()
        met[100 : 100 + frames] = True
        stores.append(planted(ca_cl2(MEMBRANE, met), trial=trial))
    trials = Trials(tuple(sorted(stores, key=lambda store: store.trial)))
    table = clusters.tables(trials, OPTIONS)["cluster_lifetime"].query("species == 'Ca2+'")
    row = table[table.definition.str.endswith("over trials")].iloc[0]
    assert row.lifetime_ns == pytest.approx(0.3) and row.n_trials == 2
    assert np.isnan(row.low_ns) and np.isnan(row.high_ns) and row.interval == PARTLY
    assert row.note == "no stays in trial 3: left out"
    pooled = table[~table.definition.str.endswith("over trials")].set_index("trial")
    assert pooled.n_trials.to_dict() == {"1": 1, "2": 1, "3": 0, "all": 2}
