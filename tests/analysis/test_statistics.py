import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import chi2

from analysis.kernels import autocorrelation_time, block_means, blocking, poisson_interval
from analysis.kernels.autocorrelation import TooShort
from analysis.statistics import (
    over_blocks,
    over_trials,
    pooled_rate,
    pooled_share,
    sd_over_ions,
    share_of_ions,
)


def autoregressive(rng, count: int, phi: float, runs: int | None = None) -> np.ndarray:
    """x(t) = phi x(t - 1) + noise, whose correlation time is (1 + phi) / (2 (1 - phi))."""
    noise = rng.normal(size=(count + 500,) if runs is None else (count + 500, runs))
    return lfilter([1.0], [1.0, -phi], noise, axis=0)[500:]


def correlation_time(phi: float) -> float:
    return (1 + phi) / (2 * (1 - phi))


def test_intervals_name_what_they_are_taken_over():
    values = np.array([1.0, 2.0, 3.0])
    assert over_trials(values, 0.95).kind == "95 % t-interval, 2 degrees of freedom (3 trials)"
    blocks = over_blocks(values[:2], 0.9).kind
    assert blocks == "90 % t-interval, 1 degree of freedom (2 blocks of one trial)"
    assert over_trials(values[:1], 0.95).kind == "none: one trial"
    assert share_of_ions(2, 30, 0.95).kind == "95 % Clopper-Pearson of 30 ions"


def test_published_interval_of_a_share():
    # Agresti & Coull (1998): 0 of 10 gives an exact 95 % interval of 0 to 0.308.
    share = share_of_ions(0, 10, 0.95)
    assert (share.value, share.low) == (0, 0)
    assert share.high == pytest.approx(0.308, abs=5e-4)


def test_spread_over_ions_needs_two_of_them():
    assert np.isnan(sd_over_ions([[1.0], [2.0]])).all()
    assert sd_over_ions([[1.0, 3.0]]) == pytest.approx([np.sqrt(2)])


@pytest.mark.parametrize("phi", [-0.3, 0.0, 0.5, 0.9, 0.97])
def test_correlation_time_of_an_autoregressive_series(phi):
    found = autocorrelation_time(autoregressive(np.random.default_rng(1), 60_000, phi))
    assert found.time == pytest.approx(correlation_time(phi), abs=3 * found.error)
    assert found.error < 0.2 * found.time


def test_error_of_the_correlation_time_is_that_of_many_series():
    series = autoregressive(np.random.default_rng(2), 4000, 0.8, runs=150)
    found = [autocorrelation_time(x) for x in series.T]
    spread = np.std([one.time for one in found])
    assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.25)


def test_a_series_shorter_than_its_correlations_has_no_correlation_time():
    with pytest.raises(TooShort, match="20 values are too few"):
        autocorrelation_time(np.arange(20.0))
    with pytest.raises(ValueError, match="all the same"):
        autocorrelation_time(np.ones(50))
    with pytest.raises(ValueError, match="values has shape"):
        autocorrelation_time([1.0, 2.0])


def test_blocking_rises_to_the_error_of_the_mean():
    phi, count = 0.8, 2**15
    series = autoregressive(np.random.default_rng(3), count, phi)
    table = blocking(series)
    true = np.sqrt(2 * correlation_time(phi) / (1 - phi**2) / count)
    plateau = table[(table["block"] >= 128) & (table["blocks"] >= 32)]
    assert len(plateau) == 4
    assert (np.abs(plateau["error"] - true) < 3 * plateau["error_of_error"]).all()
    assert table["error"].iloc[0] == pytest.approx(series.std(ddof=1) / np.sqrt(count))
    assert table["error"].iloc[0] < 0.5 * true


def test_blocks_leave_out_the_begin_and_keep_the_other_axes():
    values = np.arange(14.0).reshape(7, 2)
    assert block_means(values, 3).tolist() == [[3.0, 4.0], [7.0, 8.0], [11.0, 12.0]]
    with pytest.raises(ValueError, match="count is 8, 7 values make 1 to 7 blocks"):
        block_means(values, 8)


def test_published_intervals_of_poisson_counts():
    # Garwood's table at 95 %: 0 to 3.69, 0.0253 to 5.57, 4.80 to 18.39.
    low, high = poisson_interval([0, 1, 10])
    assert low == pytest.approx([0, 0.0253, 4.795], abs=5e-4)
    assert high == pytest.approx([3.689, 5.572, 18.390], abs=5e-4)


def test_interval_of_a_count_equals_quantiles_of_chi_squared():
    k = np.arange(1, 60)
    low, high = poisson_interval(k, 0.9)
    assert low == pytest.approx(chi2.ppf(0.05, 2 * k) / 2)
    assert high == pytest.approx(chi2.ppf(0.95, 2 * k + 2) / 2)


@pytest.mark.parametrize("k", [-1, 0.5, np.nan])
def test_impossible_counts_are_refused(k):
    with pytest.raises(ValueError, match="whole|finite"):
        poisson_interval(k)


def test_trials_are_pooled_by_their_counts():
    pooled, alone = pooled_share([1, 0, 2], 30, 0.95), share_of_ions(3, 90, 0.95)
    assert (pooled.value, pooled.low, pooled.high) == (alone.value, alone.low, alone.high)
    assert pooled.kind == "95 % Clopper-Pearson of 90 ions pooled over 3 trials"


def test_rate_of_pooled_events():
    found = pooled_rate([4, 6], [50.0, 150.0], 0.95)
    assert found.value == pytest.approx(10 / 200)
    assert (found.low, found.high) == (
        pytest.approx(4.795 / 200, rel=1e-3),
        pytest.approx(18.390 / 200, rel=1e-3),
    )
    assert found.kind == "95 % Garwood of 10 events pooled over 2 trials"
    assert pooled_rate(0, 10.0, 0.95).kind == "95 % Garwood of 0 events pooled over one trial"
    with pytest.raises(ValueError, match="duration is 0 in a trial"):
        pooled_rate([1, 2], [10.0, 0.0], 0.95)
