"""Profile likelihoods beside ellipses and parabolas."""

import numpy as np
import pytest

from analysis.continuum.inference import covariance, lowest, profiles

MATRIX = 10 * np.array([[3.0, 1.0], [0.0, 2.0], [1.0, 1.0]])
TRUE = np.array([0.5, 0.4])


def linear(x, _):
    return (x - TRUE) @ MATRIX.T


def test_profiles_of_a_linear_problem_are_its_ellipse():
    expected = np.linalg.inv(MATRIX.T @ MATRIX)
    found = covariance(linear, TRUE)
    assert found == pytest.approx(expected, rel=1e-6)
    for index, profile in enumerate(profiles(linear, TRUE, found, 3.84)):
        half = np.sqrt(3.84 * expected[index, index])
        ends = (TRUE[index] - half, TRUE[index] + half)
        assert profile.interval == pytest.approx(ends, rel=2e-3)
        assert not profile.open_low and not profile.open_high
        # All other parameters follow along the axis of the ellipse.
        slope = expected[1 - index, index] / expected[index, index]
        off = profile.places[:, 1 - index] - TRUE[1 - index]
        assert off == pytest.approx(slope * (profile.places[:, index] - TRUE[index]), abs=1e-3)


def test_a_scale_is_the_variance_of_a_residual():
    whole, _ = profiles(linear, TRUE, covariance(linear, TRUE), 3.84)
    half = [0.5 * end + 0.5 * TRUE[0] for end in whole.interval]
    (found,) = profiles(linear, TRUE, covariance(linear, TRUE), 3.84, scale=0.25, which=[0])
    assert found.interval == pytest.approx(half, rel=2e-3)


def test_a_side_without_an_end_is_open():
    def residuals(x, _):
        return 3.0 * np.minimum(x - 0.5, 0.0)

    best = np.array([0.5])
    (profile,) = profiles(residuals, best, covariance(residuals, best), 1.0)
    assert profile.open_high and not profile.open_low
    assert profile.interval == pytest.approx((0.5 - 1 / 3, 1.0), abs=0.02)


def test_a_side_that_cannot_be_evaluated_has_no_end():
    def walled(x, _):
        return np.where(x < 0.3, np.nan, x - 0.5)

    best = np.array([0.5])
    (profile,) = profiles(walled, best, np.array([[1.0]]), 0.1)
    known = np.isfinite(profile.rise)
    assert profile.open_low and not known.all() and profile.places[known].min() >= 0.3
    assert profile.interval[1] == pytest.approx(0.5 + np.sqrt(0.1), rel=1e-3)


def test_a_profile_that_falls_below_a_wrong_best_fit_tells_where():
    def residuals(x, _):
        return 10 * (x - 0.7)

    wrong = np.array([0.5])
    place, rise = lowest(profiles(residuals, wrong, np.array([[0.01]]), 3.84), wrong)
    assert rise == pytest.approx(-4.0, abs=0.5) and place[0] == pytest.approx(0.7, abs=0.1)
