import numpy as np
import pytest
from scipy.stats import gaussian_kde

from analysis.observables import snapshots, z_pdf
from analysis.options import AnalysisOptions
from analysis.trials import Trials

OPTIONS = AnalysisOptions()


@pytest.fixture
def trials(make_store):
    return Trials(tuple(make_store(trial=k) for k in (1, 2, 3)))


def test_z_pdf_is_the_density_of_the_pooled_feed_ions_only(trials):
    table = z_pdf.tables(trials, OPTIONS)["z_pdf"]
    curve = table[(table.species == "Cl-") & (table.time_ns == 100)]
    z = trials.pooled_z("feed ion", "Cl-", 100.0).ravel()
    sigma = np.median(np.abs(z - np.median(z))) / 0.6745
    width = 0.5 * sigma * (4 / (3 * 18)) ** 0.2
    peer = gaussian_kde(z, bw_method=width / z.std(ddof=1))
    assert curve.n.unique().tolist() == [18]
    assert curve.bandwidth_angstrom.iloc[0] == pytest.approx(width)
    assert curve.density_per_angstrom.to_numpy() == pytest.approx(peer(curve.z_angstrom))
    low, high = trials.pistons_at(100.0)
    outside = 1 - peer.integrate_box_1d(low, high)
    assert curve.outside_share.iloc[0] == pytest.approx(outside)
    assert low <= curve.z_angstrom.min() and curve.z_angstrom.max() <= high


def test_every_published_density_is_of_feed_ions_and_integrates_to_one(trials):
    table = z_pdf.tables(trials, OPTIONS)["z_pdf"]
    assert set(table.role) == {"feed ion"} and set(table.species) == {"Na+", "Cl-"}
    for _, curve in table.groupby(["species", "time_ns"]):
        area = np.trapezoid(curve.density_per_angstrom, curve.z_angstrom)
        assert area + curve.outside_share.iloc[0] == pytest.approx(1, abs=0.01)


def test_one_trial_has_a_density_and_no_band(make_store):
    table = z_pdf.tables(Trials((make_store(),)), OPTIONS)["z_pdf"]
    assert table.density_per_angstrom.notna().all()
    assert table.low_per_angstrom.isna().all() and table.high_per_angstrom.isna().all()
    assert table.interval.unique().tolist() == ["none: one trial"]


def test_permeated_ions_are_marked_and_enter_the_density_at_the_line_if_asked(trials):
    near = AnalysisOptions(permeated_above_angstrom=5.0)
    table = snapshots.tables(trials, near)["snapshots"]
    assert (table.permeated == (table.z_angstrom > 5.0)).all() and table.permeated.any()
    assert table.reachable.all() and (table.line_angstrom == 5.0).all()
    free, clipped = (
        z_pdf.tables(trials, near.model_copy(update={"pdf_clip_permeated": clip}))["z_pdf"]
        for clip in (False, True)
    )
    widths = clipped.groupby(["species", "time_ns"]).bandwidth_angstrom.transform("max")
    beyond = clipped.z_angstrom > 5.0 + 6 * widths
    assert beyond.any() and free.density_per_angstrom[beyond].max() > 1e-4
    assert clipped.density_per_angstrom[beyond].max() < 1e-6
    assert clipped.clipped.all() and not free.clipped.any()
