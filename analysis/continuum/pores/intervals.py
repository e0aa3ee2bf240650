"""Intervals by the curvature of a fit, which are even on the parameters' scales."""

from dataclasses import dataclass

import numpy as np
import scipy

from analysis.continuum.arrays import Array, Bools
from analysis.continuum.pores.least_squares import Minimum

INTERVALS = ("laplace", "profile")


@dataclass(frozen=True)
class Estimate:
    """A value with its interval, in SI units; NaN ends where there is none."""

    value: float
    low: float
    high: float


def half_width(level: float, freedom: int | None) -> float:
    """Standard errors on either side of an interval; ``freedom`` where sd is estimated, too.

    >>> round(half_width(0.95, None), 3), round(half_width(0.95, 10), 3)
    (1.96, 2.228)
    """
    upper = (1 + level) / 2
    if freedom is None:
        return float(scipy.special.ndtri(upper))
    return float(scipy.special.stdtrit(max(freedom, 1), upper))


def covariance(minimum: Minimum, variance: float, fixed: Bools) -> Array:
    """Covariance (p, p) of scaled parameters, variance (J^T J)^-1, of those that are not fixed.

    Rows of fixed ones, which lie at a bound, are NaN; so is all where J is singular.
    """
    size = len(minimum.x)
    result = np.full((size, size), np.nan)
    free = np.flatnonzero(~fixed)
    slopes = minimum.jacobian[:, free]
    lengths = np.sqrt((slopes**2).sum(axis=0))
    if not len(free) or (lengths == 0).any():
        return result
    scaled = slopes / lengths
    if np.linalg.cond(scaled) < 1e7:
        inverse = np.linalg.inv(scaled.T @ scaled)
        result[np.ix_(free, free)] = variance * inverse / np.outer(lengths, lengths)
    return result
