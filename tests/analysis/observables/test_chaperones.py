"""Tables of chaperones against ions whose paths were planted."""

import numpy as np
import pytest
from scipy.stats import binomtest

from analysis.observables import chaperones
from analysis.options import AnalysisOptions
from analysis.trials import Trials
from tests.analysis.association import corners, planted

OPTIONS = AnalysisOptions()
FRAMES = 1001


def ramp(low: float, high: float, begin=100, end=900) -> np.ndarray:
    """z that rises in a straight line between two frames and rests before and after."""
    return np.interp(np.arange(FRAMES), [begin, end], [low, high])


def path(x: float, y, z) -> np.ndarray:
    """One ion, shape (FRAMES, 1, 3)."""
    paths = np.empty((FRAMES, 1, 3))
    paths[:, 0, 0], paths[:, 0, 1], paths[:, 0, 2] = x, y, z
    return paths


def store_of(*pairs, trial=1):
    """Pairs of (cation, anion)."""
    cations, anions = (np.concatenate(group, axis=1) for group in zip(*pairs, strict=True))
    return planted({"Na+": cations, "Cl-": anions}, trial=trial)


def together(x: float, low: float, high: float):
    """They meet in frame 100, go side by side from low to high, and part after frame 900."""
    z, frame = ramp(low, high), np.arange(FRAMES)
    y = np.where((frame >= 100) & (frame <= 900), 3.0, 6.0)
    return path(x, 0.0, z), path(x, y, z)


def passing(x: float):
    """A cation that passes a resting anion."""
    return path(x, 0.0, ramp(-12.0, 12.0)), path(x, 3.0, 0.0)


def tables(*stores, options=OPTIONS):
    return chaperones.tables(Trials(tuple(stores)), options)


def contacts(*stores, options=OPTIONS):
    table = tables(*stores, options=options)["chaperones"]
    return table.set_index(["place", "trial"])


def test_a_pair_that_goes_together_is_chaperoned_and_one_that_passes_is_not():
    forth, back = [together(x, -8.0, 4.0) for x in (0.0, 20.0)], together(40.0, 4.0, -8.0)
    row = contacts(store_of(*forth, back, passing(60.0))).loc[("anywhere", "all")]
    assert (row.contacts, row.chaperoned, row.retreated) == (4, 2, 1)
    assert (row.chaperoned_share, row.retreated_share) == (1 / 2, 1 / 4)
    exact = binomtest(2, 4).proportion_ci(0.95)
    assert (row.low_share, row.high_share) == pytest.approx((exact.low, exact.high))
    exact = binomtest(1, 4).proportion_ci(0.95)
    edges = row.low_retreated_share, row.high_retreated_share
    assert edges == pytest.approx((exact.low, exact.high))
    assert row.interval == "95 % Clopper-Pearson of 4 contacts"


def test_an_advance_just_short_of_the_asked_one_is_none():
    store = store_of(together(0.0, -4.0, 0.9))
    assert contacts(store).chaperoned["anywhere", "all"] == 0
    near = AnalysisOptions(chaperone_advance_angstrom=4.8)
    row = contacts(store, options=near).loc[("anywhere", "all")]
    assert row.chaperoned == 1 and row.advance_angstrom == 4.8


def test_passages_in_the_reservoirs_are_kept_apart_from_those_of_the_membrane():
    feed = together(0.0, -30.0, -20.0)
    entering = together(20.0, -20.0, -8.0)
    across = together(40.0, -13.0, 30.0)
    rows = contacts(store_of(feed, entering, across))
    assert rows.chaperoned["anywhere", "all"] == 3
    assert rows.chaperoned["membrane", "all"] == rows.contacts["membrane", "all"] == 2


def test_contacts_of_all_trials_pool_each_as_far_as_it_goes():
    pair = together(0.0, -8.0, 4.0)
    short = tuple(ion[:301] for ion in together(0.0, -8.0, 4.0))
    rows = contacts(store_of(pair), store_of(short, trial=2)).xs("anywhere")
    assert rows.contacts.to_dict() == {"1": 1, "2": 1, "all": 2}
    assert rows.chaperoned.to_dict() == {"1": 1, "2": 0, "all": 1}
    assert rows.chaperoned_share["all"] == 0.5


def test_advance_in_company_and_alone_add_up_to_the_whole():
    # Side by side from -8 to 4, then the cation goes on alone by 6, over 90 frames.
    cation, anion = together(0.0, -8.0, 4.0)
    cation[:, 0, 2] += np.interp(np.arange(FRAMES), [905, 995], [0.0, 6.0])
    rows = tables(store_of((cation, anion)))["chaperone_advance"].set_index(["species", "trial"])
    sodium, chloride = rows.loc[("Na+", "1")], rows.loc[("Cl-", "1")]
    assert sodium.company_angstrom == pytest.approx(12, abs=1e-4)
    assert sodium.alone_angstrom == pytest.approx(6, abs=1e-4)
    assert sodium.company_share == pytest.approx(12 / 18, abs=1e-4)
    assert sodium.steps_share == chloride.steps_share == pytest.approx(800 / 1000)
    assert chloride.company_angstrom == pytest.approx(12, abs=1e-4)
    assert chloride.alone_angstrom == pytest.approx(0, abs=1e-4)


def test_no_share_is_given_of_advances_that_cancel():
    cation, anion = together(0.0, -8.0, 4.0)
    cation[:, 0, 2] -= np.interp(np.arange(FRAMES), [905, 995], [0.0, 6.0])
    rows = tables(store_of((cation, anion)))["chaperone_advance"].set_index(["species", "trial"])
    row = rows.loc[("Na+", "all")]
    assert row.alone_angstrom == pytest.approx(-6, abs=1e-4)
    assert np.isnan(row.company_share) and "not both forward" in row.note


def test_advances_over_trials_go_up_to_the_common_time():
    pair = together(0.0, -8.0, 4.0)
    short = tuple(ion[:501] for ion in together(0.0, -8.0, 4.0))
    table = tables(store_of(pair), store_of(short, trial=2))["chaperone_advance"]
    rows = table.query("species == 'Na+'").set_index("trial")
    assert rows.company_angstrom.to_dict() == pytest.approx({"1": 12, "2": 6, "all": 6}, abs=1e-4)
    assert rows.until_ns.to_dict() == {"1": 2, "2": 1, "all": 1}
    assert rows.n.to_dict() == {"1": 1, "2": 1, "all": 2}


def test_one_trial_without_a_contact_has_notes_and_no_shares():
    store = planted({"Na+": corners(600, 2), "Cl-": corners(600, 2) + [0, 15.0, 0]})
    found = tables(store)
    rows = found["chaperones"]
    assert rows.contacts.eq(0).all() and rows.chaperoned_share.isna().all()
    assert set(rows.note) == {"no contacts"}
    advance = found["chaperone_advance"].query("trial == 'all'")
    assert advance.company_angstrom.eq(0).all() and advance.steps_share.eq(0).all()
    assert set(advance.interval) == {"none: one trial"}


def test_an_advance_within_the_cutoff_is_noted():
    near = AnalysisOptions(chaperone_advance_angstrom=3.0)
    rows = contacts(store_of(together(0.0, -8.0, 4.0)), options=near)
    assert rows.note.str.contains("turn around each other").all()


def test_a_missing_cutoff_is_named():
    options = OPTIONS.model_copy(update={"pair_cutoff_angstrom": {}})
    with pytest.raises(ValueError, match=r"ion pair Na\+/Cl-: add this key to .* has none"):
        tables(store_of(passing(0.0)), options=options)
