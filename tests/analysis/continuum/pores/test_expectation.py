"""Expectation maximisation where its steps have a closed form, and on the model itself."""

import numpy as np
import pytest

from analysis.continuum import Membrane, Solution, pores, solve
from analysis.continuum.pores.expectation import LIKELIHOODS, learn
from analysis.continuum.pores.radius_table import RADII, RadiusTable, tabulate
from analysis.continuum.pores.rejections import Rejections

START = pores.LogNormal(0.5e-9, 0.15e-9)
SLOPE = 0.3
"""dR / d ln r of a table in which the likelihood is normal in ln r."""
SALT = Solution({"Mg2+": 10.0, "Cl-": 20.0})
MEMBRANE = Membrane(0.5e-9, 1.16e-6, 43.86, -63.0)
FLUX = np.array([3e-6, 1e-5])


def straight(places, sd: float) -> tuple[RadiusTable, Rejections]:
    """Table of one rejection that is linear in ln r, and one measurement for each place of ln r."""
    ends = np.log(RADII)
    table = RadiusTable(ends, SLOPE * ends[:, None, None], 0.0, 0)
    rejection = SLOPE * np.reshape(places, (-1, 1, 1))
    return table, Rejections(np.ones(1), rejection, np.full(rejection.shape, sd), True)


def test_variance_shrinks_in_every_iteration_as_the_product_of_two_normal_distributions():
    table, data = straight([START.mu + 0.1], sd=0.03)
    width = 0.03 / SLOPE
    found = learn(table, data, START, "gaussian", 0.0, 50)
    iterations = np.arange(51)
    expected = (START.sigma**-2 + iterations / width**2) ** -0.5
    assert found.history["sigma"] == pytest.approx(expected, rel=1e-6)
    share = 1 - (expected / START.sigma) ** 2
    assert found.history["mu"] == pytest.approx(START.mu + 0.1 * share, abs=1e-8)


def test_likelihood_of_normal_data_is_that_of_the_sum_of_two_normal_distributions():
    table, data = straight([START.mu + 0.1], sd=0.03)
    width = 0.03 / SLOPE
    found = learn(table, data, START, "gaussian", 0.0, 1)
    variance = START.sigma**2 + width**2
    expected = np.log(width / np.sqrt(variance)) - 0.1**2 / (2 * variance)
    assert found.history["log_likelihood"][0] == pytest.approx(expected, rel=1e-8)


def test_several_sets_have_the_mean_and_spread_of_their_radii():
    places = START.mu + np.random.default_rng(0).normal(0.0, 0.2, 40)
    table, data = straight(places, sd=0.001)
    found = learn(table, data, START, "gaussian", 1e-10, 200)
    assert found.converged and not found.warnings
    assert found.pores.mu == pytest.approx(places.mean(), rel=1e-6)
    assert found.pores.sigma == pytest.approx(places.std(), rel=1e-3)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_likelihood_never_falls_and_pores_collapse_to_the_likeliest_radius(likelihood):
    rows = np.stack(list(solve(MEMBRANE, SALT, FLUX).rejection.values()), axis=1)
    found = pores.expectation_maximization(
        MEMBRANE, SALT, FLUX, rows + 0.01, 0.02, START, likelihood=likelihood, iterations=1500
    )
    steps = np.diff(found.history["log_likelihood"])
    assert steps.min() > -1e-9 and steps[:5].min() > 0
    assert (np.diff(found.history["sd"]) < 0).all()
    assert found.history["sd"][-1] < 0.01 * START.sd
    assert found.pores.mean == pytest.approx(found.likeliest_radius, rel=2e-3)
    assert found.history["log_likelihood"][-1] == pytest.approx(found.highest, abs=0.02)
    assert "one set of data" in found.warnings[0]
    assert len(found.table()["iteration"]) == len(found.table()["sd"])


def test_the_printed_likelihood_is_a_root_of_the_right_one():
    table, data = straight([START.mu] * 1, sd=0.03)
    right = learn(table, data, START, "gaussian", 0.0, 5).history["sigma"]
    printed = learn(table, data, START, "rehman-2023", 0.0, 5).history["sigma"]
    # One datum: its exponent is twice as large, as that of a width smaller by the root of two.
    expected = (START.sigma**-2 + np.arange(6) * 2 * (SLOPE / 0.03) ** 2) ** -0.5
    assert printed == pytest.approx(expected, rel=1e-6)
    assert (printed[1:] < right[1:]).all()


def test_table_of_radii_is_as_close_as_it_says():
    table = tabulate(MEMBRANE, SALT, FLUX, tolerance=1e-3)
    radius = np.random.default_rng(0).uniform(0.13e-9, 1.5e-9, 200)
    result = solve(Membrane(radius[:, None], 1.16e-6, 43.86, -63.0), SALT, FLUX)
    difference = table.at(np.log(radius))[..., 0] - result.rejection["Mg2+"]
    assert np.abs(difference).max() < 2e-3


@pytest.mark.parametrize(
    "change, message",
    [
        ({"likelihood": "flat"}, "likelihood is 'flat', allowed: gaussian, rehman-2023"),
        ({"sd": None}, "sd is None"),
        ({"iterations": 0}, "iterations, tolerance are 0"),
        ({"rejection": np.zeros((1, 1, 2, 2))}, "rejection has shape"),
        ({"flux": [1e-6, -1.0]}, "flux is -1, allowed is positive"),
    ],
)
def test_bad_input_is_refused(change, message):
    given = {"flux": FLUX, "rejection": np.full((2, 2), 0.5), "sd": 0.01}
    with pytest.raises(ValueError, match=message):
        pores.expectation_maximization(MEMBRANE, SALT, **{**given, **change})
