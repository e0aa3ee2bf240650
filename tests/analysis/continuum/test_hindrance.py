"""Hindrance factors of the centreline theory, and where each law holds."""

import numpy as np
import pytest

from analysis.continuum import hindrance

LAMBDA = np.arange(1, 10) / 10
BUNGAY_BRENNER_KD = (
    0.79162991,
    0.59539607,
    0.42181965,
    0.27825336,
    0.16793203,
    0.090009677,
    0.040462291,
    0.013378659,
    0.0021305001,
)
BUNGAY_BRENNER_KC = (
    1.182025,
    1.3235266,
    1.4194316,
    1.4675855,
    1.4691561,
    1.4285289,
    1.3526771,
    1.2501745,
    1.1300054,
)


def test_centreline_theory_has_its_tabulated_values():
    kd = hindrance.diffusive(LAMBDA, "bungay-brenner")
    kc = hindrance.convective(LAMBDA, "bungay-brenner")
    np.testing.assert_allclose(kd, BUNGAY_BRENNER_KD, rtol=1e-6)
    np.testing.assert_allclose(kc, BUNGAY_BRENNER_KC, rtol=1e-6)


def test_a_small_sphere_follows_the_exact_series_of_haberman_and_sayre():
    """6 pi / K_t = 1 - 2.1044 l + 2.089 l^3 - 0.948 l^5 on the axis; Deen, AIChE J. 33 (1987)."""
    lam = np.array([0.0, 0.05, 0.1, 0.2, 0.3])
    series = 1 - 2.1044 * lam + 2.089 * lam**3 - 0.948 * lam**5
    np.testing.assert_allclose(hindrance.diffusive(lam, "bungay-brenner"), series, atol=0.003)


@pytest.mark.parametrize("kind", hindrance.KINDS)
def test_a_point_is_not_hindered_and_a_sphere_as_large_as_the_pore_does_not_move(kind):
    assert float(hindrance.diffusive(0.0, kind)) == pytest.approx(1, abs=1e-5)
    assert float(hindrance.convective(0.0, kind)) == pytest.approx(1, abs=1e-5)
    assert hindrance.diffusive([1.0, 1.5], kind).tolist() == [0.0, 0.0]
    assert float(hindrance.convective(1.0, kind)) == pytest.approx(1, abs=0.035)


def test_laws_of_the_whole_range_fall_monotonically_and_say_so():
    lam = np.linspace(0.001, 0.999, 2000)
    for kind in ("dechadilok-deen", "bungay-brenner"):
        assert (np.diff(hindrance.diffusive(lam, kind)) < 0).all()
        assert hindrance.in_range(lam, kind).all()


def test_the_polynomial_that_turns_up_is_out_of_range_where_it_does():
    lam = np.linspace(0.01, 0.99, 99)
    inside = hindrance.in_range(lam, "bowen")
    assert (np.diff(hindrance.diffusive(lam, "bowen")[inside]) < 0).all()
    assert hindrance.in_range([0.8, 0.81, 1.0, 1.2], "bowen").tolist() == [True, False, True, True]


def test_an_unknown_law_is_named_with_those_that_there_are():
    with pytest.raises(ValueError, match="hindrance is 'renkin'.*bungay-brenner"):
        hindrance.diffusive(0.5, "renkin")
