"""Membranes of a posterior scatter as known distributions do, and bands hold what they should."""

import numpy as np
import pytest
from scipy import stats

from analysis.continuum.characterize import fit
from analysis.continuum.characterize.forward import Forward
from analysis.continuum.characterize.objective import Objective
from analysis.continuum.ensembles import curve_points, intervals, rejections, sample
from tests.analysis.continuum.characterize.synthetic import MIXTURE, SALT, TRUTH, table

HELD = {name: TRUTH[name] for name in ("pore_radius", "effective_thickness")}
START = {"pore_permittivity": 41.0, "charge_density": -40.0}
SD = 0.0005


@pytest.fixture(scope="module")
def fitted():
    data = table(SD, feeds=(MIXTURE,), fluxes=(4.0, 20.0))
    found = fit(data, HELD, start=START, with_profiles=False)
    objective = Objective.of(Forward.of(data), found.posterior.space, None, None)
    return found, objective


@pytest.fixture(scope="module")
def drawn(fitted):
    return sample(*fitted, enough=80, seed=4)


def test_a_posterior_that_is_nearly_normal_is_that_of_laplace(fitted, drawn):
    found, _ = fitted
    assert drawn.effective_size > 50 and not drawn.warnings
    spread = drawn.scaled.std(axis=0)
    assert spread == pytest.approx(found.posterior.sd, rel=0.2)
    off = (drawn.scaled.mean(axis=0) - found.search.x) / found.posterior.sd
    assert np.abs(off).max() < 0.4
    # -2 ln(density) above its least value is chi2 with as many degrees as parameters.
    rise = 2 * (drawn.log_density.max() - drawn.log_density)
    assert np.median(rise) == pytest.approx(stats.chi2.median(2), rel=0.3)


def test_an_unknown_standard_deviation_widens_the_posterior_to_students(fitted):
    found, objective = fitted
    bare = Objective(
        objective.forward, objective.space, objective.measured, np.ones(6), known=False
    )
    drawn = sample(found, bare, enough=80, seed=5)
    freedom = 6 - 2
    # A t distribution about the best fit, whose scale is estimated from the residuals.
    scale = np.sqrt(found.residuals.values @ found.residuals.values / freedom) / SD
    expected = scale * found.posterior.sd * stats.t.ppf(0.75, freedom)
    quarter = np.quantile(np.abs(drawn.scaled - np.median(drawn.scaled, axis=0)), 0.5, axis=0)
    assert quarter == pytest.approx(expected, rel=0.35)


def test_draws_keep_what_is_fixed_and_stay_within_bounds(drawn):
    assert set(drawn.parameters["pore_radius"]) == {TRUTH["pore_radius"]}
    assert (drawn.scaled >= 0).all() and (drawn.scaled <= 1).all()
    few = drawn.thinned(10, seed=1)
    assert {len(values) for values in few.values()} == {10}
    assert set(few["charge_density"]) <= set(drawn.parameters["charge_density"])


def test_bands_of_the_truth_are_the_rejections_of_the_data(fitted):
    _, objective = fitted
    truth = {name: np.array([value]) for name, value in TRUTH.items()}
    values = rejections(objective.forward, truth, ("charge_density",))
    assert values[0] == pytest.approx(objective.measured, abs=5 * SD)
    band = intervals(np.repeat(values, 3, axis=0), 0.9)
    assert all(band[name] == pytest.approx(values[0]) for name in ("low", "median", "high"))


def test_curves_span_the_fluxes_of_each_feed_and_have_every_ion():
    data = table(SD, feeds=(MIXTURE, SALT), fluxes=(4.0, 20.0))
    points = curve_points(data, number=5)
    assert len(points) == 5 * (3 + 2)
    assert points.flux.min() == pytest.approx(0.7 * 4e-6)
    assert points.flux.max() == pytest.approx(1.15 * 20e-6)
    alone = curve_points(table(SD, feeds=(SALT,), fluxes=(4.0,)), number=3)
    assert alone.flux.min() < 3e-6 and alone.flux.max() > 6e-6


def test_a_band_leaves_out_membranes_that_were_not_solved():
    values = np.array([[0.1, np.nan], [0.3, np.nan], [np.nan, np.nan]])
    band = intervals(values, 0.95)
    assert band["median"][0] == pytest.approx(0.2) and np.isnan(band["median"][1])
