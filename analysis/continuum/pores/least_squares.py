"""Sums of squares over scaled parameters of pores are minimised in their box."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.continuum import inference
from analysis.continuum.arrays import Array, Bools, Ints

Residuals = Callable[[Array], Array]
"""Residuals (K, N) of scaled parameters (K, p)."""
Box = tuple[Array, Array]
"""Lowest and highest scaled parameters (p,)."""
STEPS = 60
WORTH = 1e-5
"""Fall of the sum of squares that is worth a step: residuals are in standard deviations."""


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


def in_unit_box(residuals: Residuals, box: Box) -> inference.Residuals:
    """The same residuals as a function of shares (K, p) of the box."""
    low, high = box

    def of(shares: Array, _: Ints) -> Array:
        return residuals(low + shares * (high - low))

    return of


def descended(
    residuals: Residuals, starts: Array, box: Box, steps: int, held: Bools | None = None
) -> tuple[Array, Array]:
    """Places (K, p) that some steps lead to from starts (K, p), and their sums of squares (K,)."""
    low, high = box
    shares = (starts - low) / (high - low)
    found = inference.minimise(in_unit_box(residuals, box), shares, held, steps, WORTH)
    return low + found.x * (high - low), found.cost


def minimum(residuals: Residuals, starts: Array, box: Box) -> Minimum:
    """Lowest of the minima that starts (K, p) lead to."""
    low, high = box
    shares = (starts - low) / (high - low)
    inside = in_unit_box(residuals, box)
    found = inference.minimise(inside, shares, steps=STEPS, lowest=WORTH)
    best = int(found.cost.argmin())
    x, one = found.x[best], np.zeros(1, dtype=np.intp)
    slopes = inference.jacobian(inside, x[None], one)[0] / (high - low)
    return Minimum(low + x * (high - low), inside(x[None], one)[0], slopes, found.converged[best])


def from_starts(residuals: Residuals, starts: Array, box: Box, refined: int) -> Minimum:
    """Lowest of the minima reached from the most promising of several starts (K, p)."""
    costs = (residuals(starts) ** 2).sum(axis=1)
    return minimum(residuals, starts[np.argsort(costs)[:refined]], box)
