"""Autocorrelation times and blocking: how many independent values a time series holds."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite

WINDOW = 5.0
"""Correlation times after which the sum over lags stops; Sokal advises 4 to 10."""
FEWEST_BLOCKS = 4


class TooShort(ValueError):
    """A time series is too short for its autocorrelation time."""


@dataclass(frozen=True)
class Autocorrelation:
    """An integrated autocorrelation time in frames, its standard error, and its last lag."""

    time: float
    error: float
    window: int


def autocorrelation_time(values: ArrayLike, window: float = WINDOW) -> Autocorrelation:
    """Estimate the integrated autocorrelation time with Sokal's automatic window.

    tau = 1/2 + sum of rho(t) for t = 1 to W, W the first lag of at least `window` tau and `window`
    frames (A. Sokal, in Functional Integration, NATO ASI B 361, 131 (1997)): n frames are worth
    n / (2 tau) independent ones, and tau of independent frames is 1/2. Its standard error is
    2 tau sqrt((W + 1/2 - tau) / n) (U. Wolff, Comput. Phys. Commun. 156, 143 (2004)).

    Parameters
    ----------
    values : array_like, shape (n,)
        Evenly spaced in time and stationary: a drift has no autocorrelation time.
    window : float

    Raises
    ------
    ValueError
        Another shape, an entry that is not finite, or values that are all the same.
    TooShort
        If the series is too short for its autocorrelation time.

    Examples
    --------
    >>> 0.4 < autocorrelation_time(np.random.default_rng(0).normal(size=2000)).time < 0.6
    True
    """
    series = _series(values)
    deviation = series - series.mean()
    count = len(series)
    if not np.any(np.abs(deviation) > 0):
        raise ValueError("values are all the same, their fluctuations have no correlation time")
    size = scipy.fft.next_fast_len(2 * count - 1, real=True)
    power = np.abs(scipy.fft.rfft(deviation, size)) ** 2
    covariance = scipy.fft.irfft(power, size)[:count] / count
    times = np.cumsum(covariance / covariance[0]) - 0.5
    closed = np.arange(count) >= window * np.maximum(times, 1.0)
    if not (closed.any() and closed.argmax() < count // 2):
        raise TooShort(
            f"{count} values are too few: the window of {window:g} correlation times does not "
            "close within half of them"
        )
    last = int(closed.argmax())
    time = float(times[last])
    return Autocorrelation(time, float(2 * time * np.sqrt((last + 0.5 - time) / count)), last)


def block_means(values: ArrayLike, count: int) -> np.ndarray:
    """Average a time series over `count` equal blocks, shape (count, ...).

    The values that are left over are those of the begin, the ones farthest from equilibrium.

    Raises
    ------
    ValueError
        Fewer values than blocks, no block, or an entry that is not finite.

    Examples
    --------
    >>> block_means([9.0, 1.0, 3.0, 5.0, 7.0], 2).tolist()
    [2.0, 6.0]
    """
    series = np.atleast_1d(finite(values, "values"))
    if not 1 <= count <= len(series):
        raise ValueError(f"count is {count}, {len(series)} values make 1 to {len(series)} blocks")
    length = len(series) // count
    kept = series[len(series) - count * length :]
    return np.asarray(kept.reshape(count, length, *series.shape[1:]).mean(axis=1))


def blocking(values: ArrayLike) -> pd.DataFrame:
    """Tabulate the standard error of the mean against block length (blocking).

    The block length doubles from row to row. error^2 = s^2 / n of the n block means, itself known
    to error / sqrt(2 (n - 1)): H. Flyvbjerg & H. G. Petersen, J. Chem. Phys. 91, 461 (1989). The
    error rises until blocks are independent;
    without a plateau the series is too short for any error of its mean.

    Parameters
    ----------
    values : array_like, shape (n,)

    Returns
    -------
    table : DataFrame
        block (frames), blocks, error, error_of_error; down to four blocks.

    Raises
    ------
    ValueError
        Another shape, fewer than four values, or an entry that is not finite.

    Examples
    --------
    >>> blocking([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])["blocks"].tolist()
    [8, 4]
    """
    series = _series(values)
    rows, length = [], 1
    while len(series) >= FEWEST_BLOCKS:
        count = len(series)
        error = series.std(ddof=1) / np.sqrt(count)
        rows.append((length, count, error, error / np.sqrt(2 * (count - 1))))
        series, length = block_means(series, count // 2), 2 * length
    return pd.DataFrame(rows, columns=["block", "blocks", "error", "error_of_error"])


def _series(values: ArrayLike) -> np.ndarray:
    series = finite(values, "values")
    if series.ndim != 1 or len(series) < FEWEST_BLOCKS:
        raise ValueError(
            f"values has shape {series.shape}, it must be (n,) with n at least {FEWEST_BLOCKS}"
        )
    return series
