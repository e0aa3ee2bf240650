"""Newton's method finds the root of a shooting residual, for a batch with the problem last."""

from dataclasses import dataclass, field

import numpy as np

from analysis.continuum.arrays import Array, Bools, Ints
from analysis.continuum.solver.batch import LAST
from analysis.continuum.solver.residual import ShootingResidual

LARGEST_STEP = 3.0
"""In ln c and RT/F, near 0."""
LARGEST_SHARE = 0.3
"""Of an unknown's size that a step may have besides."""
HALVINGS = 6
TOLERANCE = 1e-11
RESIDUAL_TOLERANCE = 1e-8


@dataclass
class MeshSolution:
    """Last Newton iterate of a batch on a mesh.

    Attributes
    ----------
    residual : ShootingResidual
    unknowns : (m, B) array
    drops : (M, B) array
        Potential drops of the cells, RT/F.
    converged : (B,) bool array
    """

    residual: ShootingResidual = field(metadata=LAST)
    unknowns: Array = field(metadata=LAST)
    drops: Array = field(metadata=LAST)
    converged: Bools = field(metadata=LAST)


def solve(residual: ShootingResidual, guess: Array, drops: Array, steps: int) -> MeshSolution:
    """Newton's method with limited steps, halved where the residual's largest part would grow.

    Parameters
    ----------
    guess : (m, B) array
        Unknowns from which it starts.
    drops : (M, B) array
        Potential drops near which those of the guess are sought.
    """
    size = guess.shape[1]
    rows = np.arange(size)
    value, jacobian, drops, drop_slopes = residual(rows, guess, drops)
    iterate = MeshSolution(residual, guess.copy(), drops, np.zeros(size, dtype=bool))
    for _ in range(steps):
        finite = np.isfinite(value).all(axis=0) & np.isfinite(jacobian).all(axis=(0, 1))
        if not finite.all():
            rows, value, jacobian = rows[finite], value[:, finite], jacobian[:, :, finite]
        if not len(rows):
            break
        step = -_linear_solution(jacobian, value)
        length = _length(step, iterate.unknowns[:, rows])
        done = (length < TOLERANCE) & (np.abs(value).max(axis=0) < RESIDUAL_TOLERANCE)
        iterate.unknowns[:, rows[done]] += step[:, done]
        iterate.converged[rows[done]] = True
        if done.all():
            break
        left = ~done
        rows, value, step, length = rows[left], value[:, left], step[:, left], length[left]
        value, jacobian = _line_search(iterate, drop_slopes, rows, value, step, length)
    return iterate


def _line_search(
    iterate: MeshSolution,
    drop_slopes: Array,
    rows: Ints,
    value: Array,
    step: Array,
    length: Array,
) -> tuple[Array, Array]:
    """Move along the steps, in place; the residual and Jacobian there."""
    share = np.minimum(1, 1 / length)
    base, largest = iterate.unknowns[:, rows], np.abs(value).max(axis=0)
    base_drops, base_slopes = iterate.drops[:, rows], drop_slopes[:, :, rows]
    left = np.arange(len(rows))
    new_value, jacobian = value.copy(), np.empty((len(value), len(value), len(rows)))
    for _ in range(HALVINGS + 1):
        move = share[left] * step[:, left]
        drops = base_drops[:, left] + (base_slopes[:, :, left] * move).sum(axis=1)
        trial = base[:, left] + move
        own = rows[left]
        trial_value, trial_jacobian, iterate.drops[:, own], drop_slopes[:, :, own] = (
            iterate.residual(own, trial, drops)
        )
        iterate.unknowns[:, own] = trial
        new_value[:, left], jacobian[:, :, left] = trial_value, trial_jacobian
        left = left[~(np.abs(trial_value).max(axis=0) <= largest[left])]
        if not len(left):
            break
        share[left] /= 2
    return new_value, jacobian


def _length(step: Array, unknowns: Array) -> Array:
    """Largest part of a step, as a share of what is allowed."""
    length: Array = (np.abs(step) / (LARGEST_STEP + LARGEST_SHARE * np.abs(unknowns))).max(axis=0)
    return length


def _linear_solution(jacobian: Array, value: Array) -> Array:
    matrix, right = np.moveaxis(jacobian, 2, 0), value.T[..., None]
    try:
        solution = np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        solution = np.linalg.pinv(matrix) @ right
    return np.asarray(solution[..., 0].T, dtype=float)
