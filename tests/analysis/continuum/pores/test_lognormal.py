"""Log-normal radii against scipy's distribution, and what is refused."""

import numpy as np
import pytest
from scipy import stats

from analysis.continuum.pores import LogNormal

PORES = LogNormal(0.5e-9, 0.13e-9)
REFERENCE = stats.lognorm(s=PORES.sigma, scale=np.exp(PORES.mu))


def test_mean_and_sd_are_of_the_radius_itself():
    assert REFERENCE.mean() == pytest.approx(0.5e-9)
    assert REFERENCE.std() == pytest.approx(0.13e-9)


def test_density_shares_and_quantiles_are_those_of_scipy():
    radius = np.linspace(0.1e-9, 1.5e-9, 50)
    assert PORES.density(radius) == pytest.approx(REFERENCE.pdf(radius))
    assert PORES.cumulative(radius) == pytest.approx(REFERENCE.cdf(radius))
    share = np.linspace(0.001, 0.999, 33)
    assert PORES.quantile(share) == pytest.approx(REFERENCE.ppf(share))
    assert PORES.density([-1e-9, 0.0]).tolist() == [0.0, 0.0]


def test_moments_and_weights_are_those_of_scipy():
    assert PORES.moment(4) == pytest.approx(REFERENCE.moment(4))
    radius = np.geomspace(1e-11, 1e-8, 100001)
    weighted = radius**4 * REFERENCE.pdf(radius)
    mean = np.trapezoid(radius * weighted, radius) / np.trapezoid(weighted, radius)
    assert PORES.weighted(4).mean == pytest.approx(mean, rel=1e-6)


def test_samples_are_spread_more_evenly_than_random_ones():
    radius = PORES.sample(1024, seed=3)
    assert stats.kstest(radius, REFERENCE.cdf).statistic < 0.005
    assert not np.array_equal(radius, PORES.sample(1024, seed=4))
    assert np.array_equal(radius, PORES.sample(1024, seed=3))
    assert len(PORES.sample(5)) == 5


@pytest.mark.parametrize("mean, sd", [(0.0, 1e-10), (-1e-9, 1e-10), (5e-10, 0.0), (5e-10, np.nan)])
def test_a_mean_or_sd_that_is_not_positive_is_refused_in_one_line(mean, sd):
    with pytest.raises(ValueError, match="of the pore radii is .*, allowed is positive") as caught:
        LogNormal(mean, sd)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("n", [0, -1, 2.5, True])
def test_a_number_of_samples_that_is_none_is_refused(n):
    with pytest.raises(ValueError, match="n is .*, allowed are whole numbers from 1"):
        PORES.sample(n)
