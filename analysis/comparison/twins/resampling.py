"""What a few ions can show: the range of counts and means if a twin were right."""

import numpy as np
import scipy

from analysis.continuum.arrays import Array


def share_range(share: float, count: int, level: float = 0.95) -> tuple[float, float]:
    """Smallest range that a share of ``count`` independent ions falls in with this probability.

    Between equal tails of the binomial distribution; at least the level, as counts are whole.

    Raises
    ------
    ValueError
        A count below 1, a level outside (0, 1).

    >>> [round(float(edge), 2) for edge in share_range(0.5, 30)]
    [0.33, 0.67]
    """
    _check(count, level)
    share = float(np.clip(share, 0, 1))
    tail = (1 - level) / 2
    low, high = scipy.stats.binom.ppf([tail, 1 - tail], count, share)
    return float(low) / count, float(high) / count


def mean_range(mean: float, sd: float, count: int, level: float = 0.95) -> tuple[float, float]:
    """Range that the mean of ``count`` independent ions falls in, by the normal distribution.

    Parameters
    ----------
    mean, sd : float
        Of the distribution of one ion.
    """
    _check(count, level)
    half = float(scipy.stats.norm.ppf((1 + level) / 2)) * sd / np.sqrt(count)
    return mean - half, mean + half


def spread(amounts: Array, z: Array, widths: Array) -> Array:
    """Standard deviation of z of one ion that lies evenly within each cell, (T,).

    Parameters
    ----------
    amounts : (T, K) array
        Ions in each cell.
    z, widths : (K,) arrays
        Middles and widths of cells.
    """
    weights = amounts / amounts.sum(axis=1, keepdims=True)
    mean = weights @ z
    square = weights @ (z**2 + widths**2 / 12) - mean**2
    return np.asarray(np.sqrt(np.maximum(square, 0)))


def _check(count: int, level: float) -> None:
    if count < 1:
        raise ValueError(f"count is {count}, allowed is 1 or more")
    if not 0 < level < 1:
        raise ValueError(f"level is {level:g}, allowed is between 0 and 1")
