"""Tables of ion pairs against contacts that were planted."""

import numpy as np
import pandas as pd
import pytest

from analysis.observables import pair_lifetimes
from analysis.observables.shared import ions
from analysis.options import AnalysisOptions
from analysis.trials import Trials
from tests.analysis.association import BOX_NM, beside, corners, planted, telegraph

OPTIONS = AnalysisOptions()
MEAN = pair_lifetimes.LIFETIME
TAU = 100


def store_of(contact: np.ndarray, **changes):
    """Each cation with an anion of its own, in contact or not."""
    cations = corners(*contact.shape)
    return planted({"Na+": cations, "Cl-": beside(cations, contact)}, **changes)


def lifetimes(stores, options=OPTIONS) -> pd.DataFrame:
    table = pair_lifetimes.tables(Trials(tuple(stores)), options)["pair_lifetime"]
    return table.set_index(["definition", "trial"])


@pytest.fixture(scope="module")
def trials() -> Trials:
    """Three trials of telegraph pairs, the last half as long."""
    rng = np.random.default_rng(4)
    return Trials(
        tuple(
            store_of(telegraph(rng, frames, 12, TAU, TAU), trial=number)
            for number, frames in ((1, 5001), (2, 5001), (3, 2501))
        )
    )


@pytest.fixture(scope="module")
def tables(trials) -> dict:
    return pair_lifetimes.tables(trials, AnalysisOptions(pair_gap_ps=0))


def test_lifetime_of_telegraph_pairs_is_the_planted_one(tables):
    rows = tables["pair_lifetime"].query(f"definition == '{MEAN}'").set_index("trial")
    expected = TAU * 0.002
    for row in rows.itertuples():
        assert row.lifetime_ns == pytest.approx(expected, abs=2 * expected / np.sqrt(row.ends))
        assert row.low_ns < row.lifetime_ns < row.high_ns
        assert row.censored_share == pytest.approx(1 - row.ends / row.n)
    assert rows.low_ns["all"] < expected < rows.high_ns["all"]
    single = rows.drop("all")
    assert rows.n["all"] == single.n.sum() and rows.ends["all"] == single.ends.sum()
    held = single.lifetime_ns * single.ends
    assert rows.lifetime_ns["all"] == pytest.approx(held.sum() / single.ends.sum())
    assert rows.interval["all"].startswith(f"95 % Garwood of {rows.ends['all']} ends of 3 trials")
    over = tables["pair_lifetime"].query(f"definition == '{MEAN}, over trials'").iloc[0]
    assert over.lifetime_ns == pytest.approx(single.lifetime_ns.mean())
    half = 2.4841377 * single.lifetime_ns.std()
    assert over.high_ns == pytest.approx(single.lifetime_ns.mean() + half)


def test_survival_is_the_exponential_of_the_planted_lifetime(tables):
    table = tables["pair_survival"]
    assert table.groupby("trial").size().max() < 200
    curve = table[(table.trial == "all") & table.time_ns.between(0.002, 0.6)]
    law = np.exp(-curve.time_ns / (TAU * 0.002))
    assert curve.survival_share.to_numpy() == pytest.approx(law.to_numpy(), abs=0.07)
    inside = (curve.low_share <= law) & (law <= curve.high_share)
    assert inside.mean() > 0.8
    assert table.groupby("trial").survival_share.first().eq(1).all()
    assert (curve.at_risk.diff().dropna() <= 0).all()


def test_the_three_readings_of_the_longest_contact():
    contact = np.zeros((100, 3), dtype=bool)
    contact[10:20, 0] = contact[30:60, 0] = True  # 30 frames
    contact[5:15, 1] = True  # 10 frames
    first = store_of(contact)
    contact[90:, 2] = True  # cut off after 10 frames
    contact[30:80, 1] = True  # 50 frames
    second = store_of(contact, trial=2)
    rows = lifetimes([first, second], AnalysisOptions(mean_z_every_ns=0.1)).lifetime_ns
    for definition, one, two in (
        ("longest contact of a trial", 30, 50),
        ("longest contact of a cation", 20, 30),
        ("longest contact of a pair", 20, 30),
    ):
        assert rows[definition].to_dict() == pytest.approx(
            {"1": 0.002 * one, "2": 0.002 * two, "all": 0.001 * (one + two)}
        )
    notes = lifetimes([first, second], AnalysisOptions(mean_z_every_ns=0.1)).note
    said = "lower bound: 1 of 5 cut off by the begin or end of a run"
    assert notes["longest contact of a pair", "all"] == said
    assert notes["longest contact of a trial", "all"] == ""


def test_a_cation_that_changes_partners_has_one_longest_contact_and_two_pairs():
    cations = corners(100, 1)
    contact = np.zeros((100, 2), dtype=bool)
    contact[10:20, 0] = contact[40:70, 1] = True
    anions = np.concatenate([beside(cations, contact[:, k : k + 1]) for k in (0, 1)], axis=1)
    rows = lifetimes([planted({"Na+": cations, "Cl-": anions})]).lifetime_ns
    assert rows["longest contact of a cation", "1"] == pytest.approx(0.060)
    assert rows["longest contact of a pair", "1"] == pytest.approx(0.040)


def test_the_gap_bridges_whole_frames_and_is_told():
    contact = np.zeros((50, 1), dtype=bool)
    contact[10:30] = True
    contact[20] = False  # 2 ps
    found = {}
    for gap_ps in (0.0, 1.9, 2.0):
        rows = lifetimes([store_of(contact)], AnalysisOptions(pair_gap_ps=gap_ps))
        row = rows.loc[(MEAN, "1")]
        found[gap_ps] = (row.n, round(row.lifetime_ns, 6), row.gap_ps, row.interval_ps)
    assert found[0.0] == (2, 0.019, 0.0, 2.0) and found[1.9] == found[0.0]
    assert found[2.0] == (1, 0.04, 2.0, 2.0)


def test_feed_ions_and_counter_ions_are_ions_alike_across_the_periodic_boundary():
    cations = corners(600, 2)
    anions = beside(cations, np.ones((600, 2), dtype=bool))
    anions[:, 1, 0] += 30 * BOX_NM  # three boxes away
    anions[:, 0, 2] += 140.0  # one box along z is no image
    store = planted({"Na+": cations, "Cl-": anions}, counter=1)
    numbers = pair_lifetimes.tables(Trials((store,)), OPTIONS)["pair_number"].query(
        "trial == 'all'"
    )
    assert numbers.contacts.tolist() == [1, 1]
    assert numbers.cation_share.tolist() == numbers.anion_share.tolist() == [0.5, 0.5]


def test_numbers_are_averaged_over_the_window_before(trials, tables):
    table = tables["pair_number"]
    assert table.groupby("trial").time_ns.max().to_dict() == {"1": 10, "2": 10, "3": 5, "all": 5}
    pair = ions.ion_pairs(trials.first, OPTIONS)[0]
    held = ions.contact_of(trials.stores[1], pair)
    assert held.shape == (5001, 12, 12) and not held[:, ~np.eye(12, dtype=bool)].any()
    row = table.query("trial == '2' and time_ns == 3").iloc[0]
    assert row.contacts == pytest.approx(held[1001:1501].sum() / 500)
    assert row.cation_share == pytest.approx(row.contacts / 12)
    pooled = table.query("trial == 'all'").set_index("time_ns")
    one = [table.query(f"trial == '{k}' and time_ns == 3").contacts.iloc[0] for k in (1, 2, 3)]
    assert pooled.contacts[3] == pytest.approx(np.mean(one))
    assert pooled.interval[0] == "none" and np.isnan(pooled.low_contacts[0])
    assert (pooled.low_contacts.dropna() >= 0).all()
    assert (pooled.high_cation_share.dropna() <= 1).all()


def test_shares_are_of_the_ions_of_each_sign():
    cations = corners(600, 1)
    anions = [beside(cations, np.full((600, 1), near)) for near in (True, False, False, False)]
    store = planted({"Na+": cations, "Cl-": np.concatenate(anions, axis=1)})
    rows = pair_lifetimes.tables(Trials((store,)), OPTIONS)["pair_number"]
    assert rows.contacts.eq(1).all() and rows.cation_share.eq(1).all()
    assert rows.anion_share.eq(0.25).all()


def test_maxima_of_trials_of_different_length_say_so(tables):
    rows = tables["pair_lifetime"].set_index(["definition", "trial"]).note
    assert rows["longest contact of a trial", "all"].endswith("runs of 5 to 10 ns")
    assert "runs of" not in rows[MEAN, "all"]


def test_no_contact_is_a_note_and_no_number():
    none = store_of(np.zeros((600, 2), dtype=bool))
    found = pair_lifetimes.tables(Trials((none,)), OPTIONS)
    table = found["pair_lifetime"]
    assert table.lifetime_ns.isna().all() and table.n.eq(0).all()
    assert set(table.note) == {"no contacts"}
    assert found["pair_survival"].note.tolist() == ["no contacts"] * 2
    assert found["pair_number"].contacts.eq(0).all()


def test_trials_without_a_contact_are_left_out_of_means_over_trials():
    contact = np.zeros((600, 1), dtype=bool)
    contact[10:20] = True
    stores = store_of(contact), store_of(np.zeros_like(contact), trial=2)
    rows = lifetimes(stores)
    assert rows.note[MEAN, "2"] == "no contacts"
    assert rows.lifetime_ns[f"{MEAN}, over trials", "all"] == pytest.approx(0.02)
    assert rows.note[f"{MEAN}, over trials", "all"] == "no contacts in trial 2: left out"
    assert rows.interval[f"{MEAN}, over trials", "all"] == "none: not in all trials"
    assert rows.n_trials[f"{MEAN}, over trials"].to_dict() == {"all": 1}
    assert rows.n_trials[MEAN].to_dict() == {"1": 1, "2": 0, "all": 1}
    assert rows.lifetime_ns[MEAN, "all"] == pytest.approx(0.02)


def test_contacts_that_never_end_have_a_bound_only():
    always = store_of(np.ones((601, 1), dtype=bool))
    rows = lifetimes([always]).loc[(MEAN, "all")]
    assert np.isinf(rows.lifetime_ns) and np.isinf(rows.high_ns)
    # No end in 1.202 ns: the rate is below 3.689 / 1.202 ns.
    assert rows.low_ns == pytest.approx(1.202 / 3.6888795)
    assert rows.note == "no end was seen: low is a bound"
    curve = pair_lifetimes.tables(Trials((always,)), OPTIONS)["pair_survival"]
    assert curve.survival_share.isna().all() and curve.note.str.contains("began").all()


def test_one_trial_has_no_interval_over_trials():
    contact = telegraph(np.random.default_rng(3), 600, 5, 20, 20)
    rows = lifetimes([store_of(contact)])
    assert rows.interval["longest contact of a trial", "all"] == "none: one trial"
    assert np.isnan(rows.low_ns["longest contact of a trial", "all"])
    assert rows.low_ns[MEAN, "all"] < rows.lifetime_ns[MEAN, "all"]


def test_pairs_of_species_have_their_own_cutoffs_and_a_missing_one_is_named():
    cations = corners(600, 1)
    anions = beside(cations, np.ones((600, 1), dtype=bool))
    store = planted({"Na+": cations, "Ca2+": cations + [0, 6.0, 0], "Cl-": anions})
    wide = AnalysisOptions(pair_cutoff_angstrom={"Na+/Cl-": 3.1, "Ca2+/Cl-": 2.9})
    table = pair_lifetimes.tables(Trials((store,)), wide)["pair_number"]
    assert table.groupby("pair").contacts.max().to_dict() == {"Na+/Cl-": 1, "Ca2+/Cl-": 0}
    lacking = OPTIONS.model_copy(update={"pair_cutoff_angstrom": {"Na+/Cl-": 3.7}})
    with pytest.raises(ValueError, match=r"no cutoff of the ion pair Ca2\+/Cl-: add this key to"):
        pair_lifetimes.tables(Trials((store,)), lacking)


def test_frames_of_other_intervals_are_refused():
    contact = np.zeros((600, 1), dtype=bool)
    stores = store_of(contact), store_of(contact, trial=2, interval_ps=4.0)
    with pytest.raises(ValueError, match=r"different intervals \(1: 2 ps, 2: 4 ps\)"):
        pair_lifetimes.tables(Trials(stores), OPTIONS)
    late = store_of(contact)
    late.arrays["time_ps"][1:] += 1.0
    with pytest.raises(ValueError, match="trial 1 are 2 to 3 ps apart"):
        ions.fast_interval_ps(Trials((late,)))
