"""Many least squares problems at once, in boxes, by the method of Levenberg and Marquardt.

Of problems that differ in their data or in which parameters are held, every step evaluates all
together, as the continuum solver does batches. Moré, Lecture Notes in Mathematics 630, 105 (1978);
bounds by holding parameters at a face whose gradient points outward, and clipping steps.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.continuum.arrays import Array, Bools, Ints

STEPS = 60
DIFFERENCE = 1e-4
"""Of a parameter in [0, 1], for derivatives."""
FALL = 1e-7
"""Share of its cost that a step must promise, else the problem is solved."""
LOWEST = 1e-13
"""Fall in cost that is not worth a step, where the caller says no other."""
FIRST, LEAST, MOST = 1e-3, 1e-9, 1e9
"""Damping: of the first step, and its limits."""

Residuals = Callable[[Array, Ints], Array]
"""Residuals (B, N) of parameters (B, k) in [0, 1], for the problems of indices (B,)."""


@dataclass(frozen=True)
class Minima:
    """Solutions of P problems.

    Attributes
    ----------
    x : (P, k)
    cost : (P,)
        Sum of squares; infinite where it could not be evaluated.
    converged : (P,) bool
        No step promises less cost.
    """

    x: Array
    cost: Array
    converged: Bools


def minimise(
    residuals: Residuals,
    start: Array,
    held: Bools | None = None,
    steps: int = STEPS,
    lowest: float = LOWEST,
) -> Minima:
    """Minima of sums of squares in the unit box, each from its own start.

    Parameters
    ----------
    residuals : function of (B, k) parameters and the (B,) indices of their problems; NaN is
        refused as a step
    start : (P, k)
    held : (P, k) bool
        Parameters that keep their start.
    steps : int
        Most steps.
    lowest : float
        Fall in cost that is not worth a step.

    >>> def line(x, rows):
    ...     return np.stack([x[:, 0] - 0.25, x[:, 1] - 2.0], axis=1)
    >>> found = minimise(line, np.array([[0.5, 0.5]]))
    >>> found.x.round(6), bool(found.converged[0])
    (array([[0.25, 1.  ]]), True)
    """
    x = np.clip(np.asarray(start, dtype=float), 0.0, 1.0)
    count, width = x.shape
    fixed = np.zeros_like(x, dtype=bool) if held is None else held
    rows = np.arange(count)
    residual = residuals(x, rows)
    cost = _squares(residual)
    damping = np.full(count, FIRST)
    converged = ~np.isfinite(cost)
    converged |= fixed.all(axis=1)
    matrix = np.zeros((count, residual.shape[1], width))
    stale = np.ones(count, dtype=bool)
    for _ in range(steps):
        active = rows[~converged]
        if not len(active):
            break
        renew = active[stale[active]]
        if len(renew):
            matrix[renew] = jacobian(residuals, x[renew], renew, residual[renew])
            stale[renew] = False
        gradient = np.einsum("bnk,bn->bk", matrix[active], residual[active])
        square = np.einsum("bnk,bnl->bkl", matrix[active], matrix[active])
        outward = ((x[active] <= 0) & (gradient > 0)) | ((x[active] >= 1) & (gradient < 0))
        still = fixed[active] | outward
        step, promise = _step(square, gradient, still, damping[active])
        trial = np.clip(x[active] + step, 0.0, 1.0)
        done = promise <= FALL * cost[active] + lowest
        tried = residuals(trial, active)
        value = _squares(tried)
        better = value < cost[active]
        won, lost = active[better], active[~better]
        x[won], residual[won], cost[won] = trial[better], tried[better], value[better]
        stale[won] = True
        damping[won] = np.maximum(damping[won] / 5, LEAST)
        damping[lost] *= 4
        converged[active[done]] = True
        converged[lost[damping[lost] > MOST]] = True
    return Minima(x, cost, converged & np.isfinite(cost))


def jacobian(
    residuals: Residuals, x: Array, rows: Ints, base: Array | None = None, step: float = DIFFERENCE
) -> Array:
    """Derivatives (B, N, k) of residuals at (B, k); central where no ``base`` (B, N) is given.

    Differences stay inside the box. A derivative that cannot be evaluated is 0.
    """
    count, width = x.shape
    up, down = np.repeat(x[:, None], width, axis=1), np.repeat(x[:, None], width, axis=1)
    each = np.arange(width)
    if base is None:
        up[:, each, each] = np.minimum(up[:, each, each] + step, 1.0)
        down[:, each, each] = np.maximum(down[:, each, each] - step, 0.0)
        both = np.concatenate([up, down], axis=1).reshape(-1, width)
        values = residuals(both, np.repeat(rows, 2 * width)).reshape(count, 2, width, -1)
        change = values[:, 0] - values[:, 1]
    else:
        direction = np.where(x > 0.5, -step, step)
        up[:, each, each] += direction
        values = residuals(up.reshape(-1, width), np.repeat(rows, width))
        change = values.reshape(count, width, -1) - base[:, None]
        down = np.repeat(x[:, None], width, axis=1)
    span = (up - down)[:, each, each]
    slopes: Array = np.swapaxes(change / span[..., None], 1, 2)
    return np.where(np.isfinite(slopes), slopes, 0.0)


def _step(square: Array, gradient: Array, still: Bools, damping: Array) -> tuple[Array, Array]:
    """Damped step (B, k), and the fall in cost (B,) that a full one promises."""
    width = gradient.shape[1]
    eye = np.eye(width)
    moving = ~still
    both = moving[:, :, None] & moving[:, None, :]
    reduced = np.where(both, square, 0.0)
    diagonal = np.einsum("bkk->bk", reduced)
    scale = np.where(moving, diagonal + 1e-12 * (1 + diagonal.max(axis=1, keepdims=True)), 1.0)
    slope = np.where(moving, gradient, 0.0)

    def solved(damp: Array) -> Array:
        damped = reduced + eye * (np.where(moving, damp[:, None] * scale, 1.0))[:, :, None]
        found = -np.linalg.solve(damped, slope[..., None])[..., 0]
        return np.where(moving, found, 0.0).astype(float)

    full = solved(np.minimum(damping, 1e-6))
    return solved(damping), -np.einsum("bk,bk->b", slope, full)


def _squares(residual: Array) -> Array:
    total = np.sum(residual**2, axis=1)
    return np.where(np.isfinite(total), total, np.inf)
