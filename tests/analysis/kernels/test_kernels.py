import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binomtest, gaussian_kde, ttest_1samp

from analysis.kernels import (
    bin_sums,
    clopper_pearson,
    kde,
    ksdensity_bandwidth,
    slab_edges,
    t_interval,
    unwrap,
    wrap,
)

samples = arrays(int, st.integers(2, 40), elements=st.integers(-500, 500)).map(lambda x: x / 10)
"""Positions to a tenth of an angstrom: a spread is either zero or far above rounding."""


def test_bandwidth_equals_the_one_matlab_prints():
    assert ksdensity_bandwidth([1, 3, 2, 5]) == pytest.approx(1.1901, abs=5e-5)


def test_bandwidth_falls_back_on_the_range_then_on_one():
    assert ksdensity_bandwidth([0, 0, 0, 0, 9]) == pytest.approx(9 * (4 / 15) ** 0.2)
    assert ksdensity_bandwidth([3.0, 3.0]) == 1.0


def test_bandwidth_of_a_large_normal_sample_is_the_normal_reference_rule():
    x = np.random.default_rng(1).normal(3, 2, 20001)
    assert ksdensity_bandwidth(x) == pytest.approx(2 * (4 / (3 * x.size)) ** 0.2, rel=0.02)


@given(samples, st.floats(0.3, 2))
def test_kde_integrates_to_one_and_is_not_negative(x, factor):
    width = factor * ksdensity_bandwidth(x)
    # Spread data by their bandwidth, so that the grid resolves every kernel.
    grid = np.linspace(x.min() - 9 * width, x.max() + 9 * width, 4001)
    if grid[1] - grid[0] > width / 2:
        grid = np.unique(np.concatenate([v + np.linspace(-9, 9, 181) * width for v in x]))
    density = kde(x, grid, factor)
    assert density.min() >= 0
    assert np.trapezoid(density, grid) == pytest.approx(1, abs=2e-3)


def test_kde_agrees_with_scipy_at_the_same_bandwidth():
    x = np.random.default_rng(2).normal(size=30)
    grid = np.linspace(-4, 4, 50)
    peer = gaussian_kde(x, bw_method=0.5 * ksdensity_bandwidth(x) / x.std(ddof=1))
    assert kde(x, grid, 0.5) == pytest.approx(peer(grid), rel=1e-12)


def test_kde_of_parts_at_the_pooled_bandwidth_averages_to_the_pooled_one():
    x = np.random.default_rng(3).normal(size=(3, 10))
    grid, bandwidth = np.linspace(-3, 3, 20), ksdensity_bandwidth(x)
    parts = [kde(part, grid, 0.8, bandwidth) for part in x]
    assert np.mean(parts, axis=0) == pytest.approx(kde(x, grid, 0.8))


@pytest.mark.parametrize("bad", [[], [1.0, np.nan], [np.inf]])
def test_kde_and_bandwidth_refuse_samples_without_meaning(bad):
    with pytest.raises(ValueError, match="empty|finite"):
        ksdensity_bandwidth(bad)
    with pytest.raises(ValueError, match="empty|finite"):
        kde(bad, [0.0])


@given(arrays(float, st.integers(2, 20), elements=st.floats(-1e3, 1e3)), st.floats(0.5, 0.99))
def test_t_interval_equals_that_of_scipy(values, level):
    mean, low, high = t_interval(values, level)
    assert mean == pytest.approx(values.mean())
    if values.std() > 1e-6:
        peer = ttest_1samp(values, 0).confidence_interval(level)
        assert (low, high) == (pytest.approx(peer.low), pytest.approx(peer.high))


def test_t_interval_of_three_normal_replicas_covers_the_mean_as_often_as_it_says():
    replicas = np.random.default_rng(4).normal(size=(3, 20000))
    _, low, high = t_interval(replicas)
    assert np.mean((low <= 0) & (high >= 0)) == pytest.approx(0.95, abs=0.006)


def test_one_replica_has_no_interval():
    mean, low, high = t_interval([[1.0, 2.0]])
    assert mean.tolist() == [1.0, 2.0]
    assert np.isnan(low).all() and np.isnan(high).all()


@given(st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_clopper_pearson_equals_the_exact_interval_of_scipy(counted):
    k, n = counted
    low, high = clopper_pearson(k, n, 0.9)
    peer = binomtest(k, n).proportion_ci(0.9, "exact")
    assert (low, high) == (pytest.approx(peer.low), pytest.approx(peer.high))


def test_clopper_pearson_broadcasts():
    low, high = clopper_pearson([0, 5, 10], 10)
    assert low.shape == high.shape == (3,)
    assert low[0] == 0 and high[2] == 1


@pytest.mark.parametrize(("k", "n"), [(3, 2), (-1, 2), (0, 0), (0.5, 2), (np.nan, 3)])
def test_clopper_pearson_refuses_impossible_counts(k, n):
    with pytest.raises(ValueError, match="n must|whole|finite"):
        clopper_pearson(k, n)


@given(
    arrays(float, (30, 3, 3), elements=st.floats(-0.39, 0.39)),
    arrays(float, (3,), elements=st.floats(1.0, 9.0)),
)
def test_unwrap_undoes_wrap(steps, box):
    box = box * [1, 1, 0]
    paths = wrap(np.zeros(3), box) + np.cumsum(steps, axis=0)
    paths -= paths[0] - wrap(paths[0], box)
    assert unwrap(wrap(paths, box), box) == pytest.approx(paths, abs=1e-9)


@given(arrays(float, (8, 2), elements=st.floats(-1e4, 1e4)), st.floats(0.5, 20))
def test_wrap_keeps_points_in_the_box_and_moves_them_by_whole_lengths(points, length):
    inside = wrap(points, [length, 0.0])
    assert (inside[:, 0] >= -length / 2 - 1e-9).all() and (inside[:, 0] <= length / 2).all()
    images = (points - inside)[:, 0] / length
    assert images == pytest.approx(np.round(images), abs=1e-6)
    assert inside[:, 1] == pytest.approx(points[:, 1])


def test_unwrap_keeps_the_diffusion_of_a_walker_in_a_box_that_fluctuates():
    rng = np.random.default_rng(5)
    steps = rng.normal(0, 0.2, (4000, 20, 1))
    box = 5 + 0.03 * rng.normal(size=(4001, 1))
    wrapped = np.zeros((4001, 20, 1))
    for t in range(4000):
        wrapped[t + 1] = wrap(wrapped[t] + steps[t], box[t + 1])
    moved = np.diff(unwrap(wrapped, box), axis=0)
    assert moved.var() == pytest.approx(0.04, rel=0.01)


def test_unwrap_refuses_steps_that_could_be_either_way():
    with pytest.raises(ValueError, match="particle 1 moves 2.1 along axis 0 between frames 0 and"):
        unwrap([[[0.0], [0.0]], [[0.0], [2.1]]], [5.0])


@pytest.mark.parametrize("box", [[-1.0], [np.nan], [5.0, 5.0]])
def test_unwrap_refuses_boxes_without_meaning(box):
    with pytest.raises(ValueError, match="box"):
        unwrap(np.zeros((2, 1, 1)), box)


@given(samples, st.floats(0.2, 3))
def test_bins_hold_every_point(z, width):
    edges = slab_edges(60, width)
    assert bin_sums(z, edges).sum() == len(z)
    assert bin_sums(z, edges, z).sum() == pytest.approx(z.sum(), abs=1e-9)


def test_bins_agree_with_numpy():
    z = np.random.default_rng(6).uniform(-5, 5, 1000)
    edges = slab_edges(5, 0.5)
    assert (bin_sums(z, edges) == np.histogram(z, edges)[0]).all()


def test_bins_refuse_points_outside():
    with pytest.raises(ValueError, match="outside the bins"):
        bin_sums([0.0, 7.0], slab_edges(5, 1))


@pytest.mark.parametrize(("half", "width"), [(0, 1), (1, 0), (-1, 1)])
def test_a_cell_without_length_has_no_bins(half, width):
    with pytest.raises(ValueError, match="positive"):
        slab_edges(half, width)
