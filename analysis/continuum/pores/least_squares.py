"""Sums of squares are minimised from several starts, with Jacobians of one batch of solves."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from analysis.continuum.arrays import Array
from analysis.continuum.pores.parameters import STEP

Residuals = Callable[[Array], Array]
"""Residuals (K, N) of scaled parameters (K, p)."""
EVALUATIONS = 60
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Minimum:
    """Where a sum of squares is least.

    Attributes
    ----------
    x : (p,) array, scaled
    residuals : (N,) array
    jacobian : (N, p) array
    converged : bool
    """

    x: Array
    residuals: Array
    jacobian: Array
    converged: bool

    @property
    def cost(self) -> float:
        """Sum of the squares."""
        return float((self.residuals**2).sum())


def minimise(
    residuals: Residuals, start: Array, box: tuple[Array, Array], evaluations: int = EVALUATIONS
) -> Minimum:
    """Nearest minimum by scipy's trust-region method within a box.

    Parameters
    ----------
    start : (p,) array inside the box
    evaluations : most steps
    """
    low, high = box
    if not len(start):
        found = residuals(start[None])[0]
        return Minimum(start, found, np.zeros((len(found), 0)), True)
    span = high - low
    result = least_squares(
        lambda x: residuals(x[None])[0],
        np.clip(start, low + 1e-9 * span, high - 1e-9 * span),
        jac=lambda x: jacobian(residuals, x, box),
        bounds=(low, high),
        x_scale=span,
        xtol=TOLERANCE,
        ftol=TOLERANCE,
        gtol=TOLERANCE,
        max_nfev=evaluations,
    )
    return Minimum(result.x, result.fun, result.jac, result.status > 0)


def jacobian(residuals: Residuals, x: Array, box: tuple[Array, Array]) -> Array:
    """Central differences (N, p), one-sided at a bound, all of them in one batch."""
    low, high = box
    step = STEP * (high - low)
    up, down = np.minimum(x + step, high), np.maximum(x - step, low)
    count = len(x)
    points = np.repeat(x[None], 2 * count, axis=0)
    points[np.arange(count), np.arange(count)] = up
    points[count + np.arange(count), np.arange(count)] = down
    values = residuals(points)
    slopes: Array = ((values[:count] - values[count:]) / (up - down)[:, None]).T
    return slopes


def from_starts(
    residuals: Residuals,
    starts: Array,
    box: tuple[Array, Array],
    refined: int,
) -> Minimum:
    """Best minimum of those reached from the most promising of several starts (K, p)."""
    costs = (residuals(starts) ** 2).sum(axis=1)
    best = starts[np.argsort(costs)[:refined]]
    return min((minimise(residuals, x, box) for x in best), key=lambda found: found.cost)
