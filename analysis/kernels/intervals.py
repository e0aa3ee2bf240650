"""Confidence intervals of means of replicas, of binomial shares and of Poisson counts."""

import numpy as np
import scipy
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level is {level}, it must lie between 0 and 1")


def t_interval(values: ArrayLike, level: float = 0.95) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Average independent replicas along the first axis, with Student's t interval.

    mean -+ t((1 + level) / 2, n - 1) s / sqrt(n); with three replicas at 95 % that is 2.48 s. One
    replica has a mean and no interval: low and high are NaN.

    Parameters
    ----------
    values : array_like, shape (n, ...)
        One entry per replica.
    level : float
        Coverage for normally distributed replicas.

    Returns
    -------
    mean, low, high : arrays of shape (...)

    Raises
    ------
    ValueError
        No replica, an entry that is not finite, or a level outside (0, 1).

    Examples
    --------
    >>> mean, low, high = t_interval([1.0, 2.0, 3.0])
    >>> float(mean), round(float(high - mean), 3)
    (2.0, 2.484)
    """
    _check_level(level)
    sample = np.atleast_1d(finite(values, "values"))
    n = sample.shape[0]
    if n == 0:
        raise ValueError("values is empty, an interval needs at least one replica")
    mean = sample.mean(axis=0)
    if n == 1:
        nothing = np.full_like(mean, np.nan)
        return np.asarray(mean), nothing, nothing.copy()
    half = scipy.special.stdtrit(n - 1, (1 + level) / 2) * sample.std(axis=0, ddof=1) / np.sqrt(n)
    return np.asarray(mean), np.asarray(mean - half), np.asarray(mean + half)


def clopper_pearson(
    k: ArrayLike, n: ArrayLike, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the exact binomial interval of a share k / n (Clopper & Pearson 1934).

    Quantiles of Beta(k, n - k + 1) and Beta(k + 1, n - k); 0 when k = 0, 1 when k = n.

    Parameters
    ----------
    k, n : array_like of int
        Successes and trials, broadcast against each other.
    level : float
        Coverage, never less than this.

    Returns
    -------
    low, high : arrays

    Raises
    ------
    ValueError
        k outside 0..n, n below 1, not whole, or a level outside (0, 1).

    Examples
    --------
    >>> [round(float(edge), 4) for edge in clopper_pearson(0, 10)]  # high = 1 - 0.025^(1/10)
    [0.0, 0.3085]
    """
    _check_level(level)
    k, n = np.broadcast_arrays(finite(k, "k"), finite(n, "n"))
    if np.any((k != np.round(k)) | (n != np.round(n))):
        raise ValueError("k and n must be whole numbers")
    if np.any((n < 1) | (k < 0) | (k > n)):
        raise ValueError("n must be at least 1 and k lie between 0 and n")
    tail = (1 - level) / 2
    inverse = scipy.special.betaincinv
    with np.errstate(invalid="ignore"):
        low = np.where(k == 0, 0.0, inverse(np.maximum(k, 1), n - k + 1, tail))
        high = np.where(k == n, 1.0, inverse(k + 1, np.maximum(n - k, 1), 1 - tail))
    return low, high


def poisson_interval(k: ArrayLike, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Compute the exact interval of a Poisson mean (F. Garwood, Biometrika 28, 437 (1936)).

    Quantiles of Gamma(k) and Gamma(k + 1); low is 0 when k = 0. Divide by the time counted over
    for a rate.

    Parameters
    ----------
    k : array_like of int
        Events counted.
    level : float
        Coverage, never less than this.

    Returns
    -------
    low, high : arrays

    Raises
    ------
    ValueError
        A count that is negative or not whole, or a level outside (0, 1).

    Examples
    --------
    >>> [round(float(edge), 4) for edge in poisson_interval(0)]  # high = -log 0.025
    [0.0, 3.6889]
    """
    _check_level(level)
    k = finite(k, "k")
    if np.any((k != np.round(k)) | (k < 0)):
        raise ValueError("k must be whole numbers, 0 or more")
    tail = (1 - level) / 2
    low = np.where(k == 0, 0.0, scipy.special.gammaincinv(np.maximum(k, 1), tail))
    return low, np.asarray(scipy.special.gammaincinv(k + 1, 1 - tail))


def nested_trials(values: ArrayLike, level: float = 0.95) -> tuple[np.ndarray, ...]:
    """Part the variance of groups of replicas, and average the groups' means as they are.

    One-way analysis of variance of y_ij = m + a_i + e_ij, i of n groups, j of the n_i replicas of
    each. With the mean square MSW within groups, of sum(n_i - 1) degrees of freedom,

        variance within  = MSW
        variance between = variance of the groups' means - MSW mean(1 / n_i), 0 at least,

    which is (MSB - MSW) / n_i where all n_i are equal. The mean of the groups' means, the groups
    taken as given, has the t interval of half width t sqrt(MSW sum(1 / n_i)) / n.

    Parameters
    ----------
    values : array_like, shape (n, m, ...)
        m is the largest n_i; groups with fewer replicas end in NaN.
    level : float
        Coverage, over replicas of these very groups, for normally distributed ones.

    Returns
    -------
    low, high, between, within, degrees : arrays of shape (...)
        Ends of the interval, both variances, and degrees of freedom of the interval. Where no
        group has two replicas all but the degrees are NaN, where there is one group ``between``.

    Raises
    ------
    ValueError
        A level outside (0, 1).

    Examples
    --------
    >>> low, high, between, within, degrees = nested_trials([[1.0, 3.0], [5.0, 7.0]])
    >>> float(between), float(within), int(degrees)
    (7.0, 2.0, 2)
    """
    _check_level(level)
    sample = np.asarray(values, dtype=float)
    known = np.isfinite(sample)
    counts = known.sum(axis=1)
    sums = np.where(known, sample, 0.0).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / counts
        off = np.where(known, sample - means[:, None], 0.0)
        degrees = (counts - 1).sum(axis=0)
        within = np.where(degrees > 0, (off**2).sum(axis=(0, 1)) / degrees, np.nan)
        of_means = within * (1 / counts).sum(axis=0) / len(sample)
        half = scipy.special.stdtrit(degrees, (1 + level) / 2) * np.sqrt(of_means / len(sample))
        mean = means.mean(axis=0)
        between = np.full_like(mean, np.nan)
        if len(sample) > 1:
            between = np.maximum(means.var(axis=0, ddof=1) - of_means, 0.0)
    return mean - half, mean + half, between, within, degrees
