"""Intervals of fitted parameters come from the curvature of the fit, or from its profile."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

from analysis.continuum.arrays import Array, Bools
from analysis.continuum.pores.least_squares import Minimum, Residuals, minimise

INTERVALS = ("laplace", "profile")
PROFILE_TOLERANCE = 0.03
"""Of the half width of an interval, to which a profile's end is found."""
SECANTS, HELD_STEPS = 6, 8
"""Values of a parameter that are tried for each end, and steps of the others at each."""


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
    return float(norm.ppf(upper) if freedom is None else t.ppf(upper, max(freedom, 1)))


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


def profile_ends(
    residuals: Residuals,
    minimum: Minimum,
    box: tuple[Array, Array],
    index: int,
    error: float,
    threshold: float,
) -> tuple[float, float, bool]:
    """Ends of a profile-likelihood interval of one parameter, scaled, and whether both are inside.

    Where the least sum of squares with the parameter held is above the minimum by ``threshold``;
    Venzon and Moolgavkar, Appl. Stat. 37, 87 (1988). The root of the excess is nearly linear in the
    parameter, so that secants find it. An end that the box cuts off is the bound.

    Parameters
    ----------
    index : of the parameter
    error : its standard error; sets the first step only
    threshold : of the sum of squares
    """
    low, high = box
    others = np.arange(len(minimum.x)) != index
    inner = (low[others], high[others])
    root = float(np.sqrt(threshold))
    step = error * root
    if not np.isfinite(step) or step <= 0:
        step = 0.05 * (high[index] - low[index])
    ends, inside = [], True
    for sign, bound in ((-1, low[index]), (1, high[index])):
        centre = float(minimum.x[index])
        largest = sign * (bound - centre)
        known = [(0.0, -root)]
        warm, distance = minimum.x[others], min(step, largest)
        for _ in range(SECANTS):

            def held(points: Array, value: float = centre + sign * distance) -> Array:
                whole = np.empty((len(points), len(minimum.x)))
                whole[:, others], whole[:, index] = points, value
                return residuals(whole)

            found = minimise(held, warm, inner, HELD_STEPS)
            warm = found.x
            value = float(np.sqrt(max(found.cost - minimum.cost, 0.0))) - root
            if value < 0 and distance >= largest:
                inside = False
                break
            if abs(value) < PROFILE_TOLERANCE * root:
                break
            known.append((distance, value))
            distance = min(_next(known), largest)
        ends.append(centre + sign * distance)
    return ends[0], ends[1], inside


def _next(known: list[tuple[float, float]]) -> float:
    """Distance of the secant through the last below 0 and the first above, or both last below."""
    below = [pair for pair in known if pair[1] < 0]
    above = [pair for pair in known if pair[1] >= 0]
    far = max(below)
    other = min(above) if above else (below[-2] if len(below) > 1 else far)
    if other == far or other[1] == far[1]:
        return 2 * far[0]
    distance = far[0] - far[1] * (other[0] - far[0]) / (other[1] - far[1])
    return distance if above else float(np.clip(distance, 1.2 * far[0], 3 * far[0]))
