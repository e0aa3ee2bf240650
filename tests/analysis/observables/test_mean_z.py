import pytest

from analysis.observables import mean_z
from analysis.options import AnalysisOptions
from analysis.trials import Trials

OPTIONS = AnalysisOptions()


@pytest.fixture
def trials(make_store):
    return Trials(tuple(make_store(trial=k) for k in (1, 2, 3)))


def test_mean_z_pools_trial_means_with_their_t_interval(trials):
    table = mean_z.tables(trials, OPTIONS)["mean_z"]
    row = table[(table.species == "Cl-") & (table.time_ns == 50)].set_index("trial")
    means = row.z_angstrom[["1", "2", "3"]]
    store = trials.stores[1]
    z = 10 * (
        store.arrays["positions_nm"][200, 6:12, 2].astype(float)
        - store.arrays["membrane_z_nm"][200]
    )
    assert row.z_angstrom["2"] == pytest.approx(z.mean())
    assert row.sd_over_ions_angstrom["2"] == pytest.approx(z.std(ddof=1))
    assert row.z_angstrom["all"] == pytest.approx(means.mean())
    half = 2.4841377 * means.std()
    assert row.low_angstrom["all"] == pytest.approx(means.mean() - half)
    assert row.n["all"] == 18


def test_identical_starts_have_no_interval(trials):
    table = mean_z.tables(trials, OPTIONS)["mean_z"]
    pooled = table[table.trial == "all"]
    start, later = pooled[pooled.time_ns == 0], pooled[pooled.time_ns > 0]
    assert len(start) == 2 and start.z_angstrom.notna().all()
    assert start[["low_angstrom", "high_angstrom"]].isna().all(axis=None)
    assert set(start.interval) == {"none"}
    assert later[["low_angstrom", "high_angstrom"]].notna().all(axis=None)
    assert set(later.interval) == {"95 % t-interval, 2 degrees of freedom (3 trials)"}


def test_frames_too_far_apart_for_the_asked_times_are_refused(trials):
    with pytest.raises(ValueError, match=r"mean_z_every_ns is 0.01.*every 0.25 ns"):
        mean_z.tables(trials, AnalysisOptions(mean_z_every_ns=0.01))
