"""Newton's method on the permeate's concentrations, for a batch with the problem as last axis."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LARGEST_STEP = 3.0
"""In ln c and RT/F, near 0."""
LARGEST_SHARE = 0.3
"""Of an unknown's size that a step may have besides."""
HALVINGS = 6
TOLERANCE = 1e-11
RESIDUAL_TOLERANCE = 1e-8


@dataclass
class State:
    """Unknowns (m, B), and what the residual wants to find again near its last value: (M, B).

    ``turns`` (M, m, B) are the derivatives of that memory by the unknowns.
    """

    unknowns: np.ndarray
    memory: np.ndarray
    turns: np.ndarray
    converged: np.ndarray


Residual = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple]
"""(rows, unknowns, memory) to residual (m, B), Jacobian (m, m, B), memory and turns."""


def solve(residual: Residual, unknowns, memory, steps: int) -> State:
    """Newton's method with limited steps, halved where the largest mismatch would grow."""
    size = unknowns.shape[1]
    rows = np.arange(size)
    mismatch, jacobian, memory, turns = residual(rows, unknowns, memory)
    state = State(unknowns.copy(), memory, turns, np.zeros(size, dtype=bool))
    for _ in range(steps):
        sound = np.isfinite(mismatch).all(axis=0) & np.isfinite(jacobian).all(axis=(0, 1))
        if not sound.all():
            rows, mismatch, jacobian = rows[sound], mismatch[:, sound], jacobian[:, :, sound]
        if not len(rows):
            break
        step = -_linear_solution(jacobian, mismatch)
        length = _length(step, state.unknowns[:, rows])
        done = (length < TOLERANCE) & (np.abs(mismatch).max(axis=0) < RESIDUAL_TOLERANCE)
        state.unknowns[:, rows[done]] += step[:, done]
        state.converged[rows[done]] = True
        if done.all():
            break
        rows, mismatch, step, length = (
            rows[~done],
            mismatch[:, ~done],
            step[:, ~done],
            length[~done],
        )
        mismatch, jacobian = _descend(residual, state, rows, mismatch, step, length)
    return state


def _descend(residual, state: State, rows, before, step, length):
    """Move along the steps; the residual and Jacobian there."""
    share = np.minimum(1, 1 / length)
    base, largest = state.unknowns[:, rows], np.abs(before).max(axis=0)
    memory, turns = state.memory[:, rows], state.turns[:, :, rows]
    left = np.arange(len(rows))
    mismatch, jacobian = before.copy(), np.empty((len(before), len(before), len(rows)))
    for _ in range(HALVINGS + 1):
        move = share[left] * step[:, left]
        guess = memory[:, left] + (turns[:, :, left] * move).sum(axis=1)
        trial = base[:, left] + move
        here = rows[left]
        found, slope, state.memory[:, here], state.turns[:, :, here] = residual(here, trial, guess)
        state.unknowns[:, here] = trial
        mismatch[:, left], jacobian[:, :, left] = found, slope
        left = left[~(np.abs(found).max(axis=0) <= largest[left])]
        if not len(left):
            break
        share[left] /= 2
    return mismatch, jacobian


def _length(step, unknowns):
    """Largest part of a step, as a share of what is allowed."""
    return (np.abs(step) / (LARGEST_STEP + LARGEST_SHARE * np.abs(unknowns))).max(axis=0)


def _linear_solution(jacobian, mismatch):
    matrix, right = np.moveaxis(jacobian, 2, 0), mismatch.T[..., None]
    try:
        return np.linalg.solve(matrix, right)[..., 0].T
    except np.linalg.LinAlgError:
        return (np.linalg.pinv(matrix) @ right)[..., 0].T
