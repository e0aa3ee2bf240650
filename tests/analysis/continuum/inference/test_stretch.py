"""Walkers against distributions whose moments are known."""

import numpy as np
import pytest

from analysis.continuum.inference import Chain, stretch_moves

NARROW = np.array([[1.0, 0.995], [0.995, 1.0]]) * 0.08**2


def test_a_narrow_tilted_normal_has_its_covariance():
    inverse = np.linalg.inv(NARROW)
    generator = np.random.default_rng(1)
    start = 0.5 + 0.02 * generator.standard_normal((40, 2))

    def log_density(x):
        return -np.einsum("ni,ij,nj->n", x - 0.5, inverse, x - 0.5) / 2

    chain = stretch_moves(log_density, start, 3000, generator).after(500)
    places = chain.places.reshape(-1, 2)
    assert places.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.01)
    assert np.cov(places.T) == pytest.approx(NARROW, rel=0.15)
    assert 0.3 < chain.acceptance < 0.95


def test_a_flat_density_fills_the_box_and_no_more():
    generator = np.random.default_rng(2)
    start = generator.random((20, 2))
    asked = []

    def log_density(x):
        asked.append((x.min(), x.max()))
        return np.zeros(len(x))

    places = stretch_moves(log_density, start, 2000, generator).places
    assert min(low for low, _ in asked) >= 0 and max(high for _, high in asked) <= 1
    shares = np.histogram(places[..., 0], bins=4, range=(0, 1))[0] / places[..., 0].size
    assert shares == pytest.approx([0.25] * 4, abs=0.02)


def test_autocorrelation_time_of_a_known_series():
    # x' = rho x + noise has 1 + 2 sum rho^t = (1 + rho) / (1 - rho).
    generator, rho = np.random.default_rng(3), 0.8
    x = np.zeros((4000, 30, 1))
    for t in range(1, len(x)):
        x[t] = rho * x[t - 1] + generator.standard_normal((30, 1))
    chain = Chain(x, x[..., 0], 0.5)
    assert chain.autocorrelation_time == pytest.approx((1 + rho) / (1 - rho), rel=0.1)
    assert chain.effective_size == pytest.approx(4000 * 30 / 9, rel=0.1)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (np.full((5, 2), 0.5), "5 walkers, allowed is an even number above 4"),
        (np.full((4, 2), 0.5), "4 walkers"),
        (np.full((6, 2), np.nan), "starts where there is no density"),
    ],
)
def test_walkers_that_cannot_walk_are_refused(start, words):
    with pytest.raises(ValueError, match=words):
        stretch_moves(lambda x: x.sum(axis=1), start, 1, np.random.default_rng(0))
