"""Quasi-random samples come in several scramblings, which tell how far quantiles can be off."""

from dataclasses import dataclass

import numpy as np
import scipy

from analysis.continuum.arrays import Array, Ints
from analysis.continuum.pores.lognormal import sobol_points

SCRAMBLINGS = 8
"""Independent ones that a sample is made of: seven degrees of freedom of every interval."""


@dataclass(frozen=True)
class Quantiles:
    """Quantiles of a sampled quantity, with intervals of their sampling error.

    Attributes
    ----------
    levels : (Q,) array
    value, low, high : (Q, ...) arrays
        NaN where nothing was sampled; infinite where a quantile is.
    count : (...) array of int
        Samples in which the quantity is defined.
    """

    levels: Array
    value: Array
    low: Array
    high: Array
    count: Array


def scrambled(n: int, dimensions: int, seed: int) -> tuple[Array, Ints]:
    """Points (n, d) of SCRAMBLINGS scrambled Sobol sequences, and which each belongs to (n,).

    Fewer than two points for each are of one sequence.

    >>> points, group = scrambled(64, 2, 0)
    >>> points.shape, np.bincount(group).tolist()
    ((64, 2), [8, 8, 8, 8, 8, 8, 8, 8])
    """
    if isinstance(n, bool) or n != int(n) or n < 1:
        raise ValueError(f"n is {n!r}, allowed are whole numbers from 1")
    groups = SCRAMBLINGS if n >= 2 * SCRAMBLINGS else 1
    rngs = np.random.default_rng(seed).spawn(groups)
    sizes = [len(part) for part in np.array_split(np.arange(int(n)), groups)]
    points = [sobol_points(size, dimensions, rng) for size, rng in zip(sizes, rngs, strict=True)]
    return np.concatenate(points), np.repeat(np.arange(groups), sizes)


def quantiles(values: Array, group: Ints, levels: Array, confidence: float = 0.95) -> Quantiles:
    """Quantiles along the first axis, and intervals that hold with a confidence.

    Order statistics, so that infinite values may be among them. The share of samples below a
    quantile is an unbiased estimate in every scrambling; its standard error over the scramblings
    makes an interval of the share (Student's t), and the quantiles of its ends are the interval
    (Woodruff, J. Am. Stat. Assoc. 47, 635 (1952)), half a sample wider on either side.

    Parameters
    ----------
    values : (n, ...) array; NaN where undefined
    group : (n,) array
        The scrambling of each sample.
    """
    flat = values.reshape(len(values), -1)
    shape = (len(levels), flat.shape[1])
    value, low, high = (np.full(shape, np.nan) for _ in range(3))
    counts = np.isfinite(flat).sum(axis=0) + np.isinf(flat).sum(axis=0)
    for j, column in enumerate(flat.T):
        defined = ~np.isnan(column)
        if not defined.any():
            continue
        sample, groups = column[defined], group[defined]
        ordered = np.sort(sample)
        for i, level in enumerate(levels):
            value[i, j] = _order(ordered, level)
            spread = _share_error(sample, groups, value[i, j], level, confidence)
            low[i, j] = _order(ordered, level - spread)
            high[i, j] = _order(ordered, level + spread)
    tail = (len(levels), *values.shape[1:])
    value, low, high = (array.reshape(tail) for array in (value, low, high))
    return Quantiles(np.asarray(levels), value, low, high, counts.reshape(values.shape[1:]))


def mean_interval(values: Array, group: Ints, confidence: float = 0.95) -> tuple[Array, Array]:
    """Mean (...) over samples (n, ...), NaN left out, and the half width of its interval.

    From the spread of the means of the scramblings; NaN for a single one.
    """
    kinds = np.unique(group)
    with np.errstate(all="ignore"):
        defined = np.isfinite(values)
        mean = np.where(defined, values, 0.0).sum(axis=0) / defined.sum(axis=0)
        means = np.array(
            [
                np.where(defined[group == k], values[group == k], 0.0).sum(axis=0)
                / defined[group == k].sum(axis=0)
                for k in kinds
            ]
        )
        if len(kinds) < 2:
            return mean, np.full_like(mean, np.nan)
        error = means.std(axis=0, ddof=1) / np.sqrt(len(kinds))
    return mean, _student(confidence, len(kinds)) * error


def _order(ordered: Array, level: float) -> float:
    """The sample below which a share lies."""
    rank = int(np.ceil(level * len(ordered))) - 1
    return float(ordered[min(max(rank, 0), len(ordered) - 1)])


def _share_error(sample: Array, groups: Ints, at: float, level: float, confidence: float) -> float:
    """Half width of the interval of the share of samples up to a value."""
    kinds, sizes = np.unique(groups, return_counts=True)
    if len(kinds) < 2:
        # Of independent samples: more than that of a sequence that is spread evenly.
        normal = float(scipy.special.ndtri((1 + confidence) / 2))
        return normal * float(np.sqrt(level * (1 - level) / len(sample))) + 0.5 / len(sample)
    below = np.array([(sample[groups == k] <= at).mean() for k in kinds])
    weighted = (sizes * (below - level)).sum() / sizes.sum()
    error = float(np.sqrt((sizes**2 * (below - level - weighted) ** 2).sum()) / sizes.sum())
    error *= float(np.sqrt(len(kinds) / (len(kinds) - 1)))
    return _student(confidence, len(kinds)) * error + 0.5 / len(sample)


def _student(confidence: float, count: int) -> float:
    """Half width of the interval of a mean of so many values, in its standard errors."""
    return float(scipy.special.stdtrit(count - 1, (1 + confidence) / 2))
