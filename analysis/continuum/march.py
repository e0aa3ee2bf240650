"""Batched solution of the extended Nernst-Planck equations by marching from permeate to feed.

With x from feed (0) to permeate (1), Pe_i = J_v dx / (Kd_i D_i), E = d(psi)/dx in RT/F and c_p the
permeate, steady transport of ion i through the pore is

    dq_i/dx = (Kc_i Pe_i - z_i E) q_i - Pe_i c_p,i ,    sum_i z_i q_i + X = 0 .

Over a cell of width h with a constant field it is solved exactly (Scharfetter and Gummel, IEEE
Trans. Electron Devices 16, 64 (1969)); toward the feed,

    q_i(x - h) = exp(-y_i) q_i + Pe_i c_p,i h (1 - exp(-y_i)) / y_i ,
    y_i = (Kc_i Pe_i - z_i E) h .

sum z q(x - h) + X rises with E, so that E has one root and every q stays positive. The derivatives
by ln c_p are carried along, and Newton's method on (ln c_p, psi_feed) closes the equilibria at both
faces and the permeate's electroneutrality.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from analysis.continuum.partitioning import donnan
from analysis.continuum.problem import Problem, Solved

FIELD_STEPS = 40
FIELD_TOLERANCE = 1e-13
NEWTON_STEPS = 60
LARGEST_STEP = 2.0
"""In ln c_p and RT/F."""
LOWEST_EXPONENT = -600.0
"""exp(600) is still a number; no root lies beyond it."""
HALVINGS = 6
TOLERANCE = 1e-11
RESIDUAL_TOLERANCE = 1e-8
COARSER = 8
"""Share of the cells with which the start is found: Newton's steps there cost little."""
BLOCK = 2048
"""Problems that are solved together, which bounds the memory that a large batch takes."""
CONTINUATION = (1e-3, 1e-2, 0.1, 0.3, 1.0)
"""Shares of the flux that are gone through where the plain start fails."""


@dataclass(frozen=True)
class Profile:
    """Pore concentrations q (M + 1, B, n) and field E (M, B), from feed to permeate."""

    pore: np.ndarray
    field: np.ndarray


def solve(problem: Problem, cells: int) -> Solved:
    """Permeate of every problem of a batch, from a cold start."""
    blocks = [
        _solve(problem.rows(slice(first, first + BLOCK)), cells)
        for first in range(0, len(problem.feed), BLOCK)
    ]
    return Solved.joined(blocks)


def _solve(problem: Problem, cells: int) -> Solved:
    _, potential = donnan(problem.feed, problem.charges, problem.charge_density, problem.partition)
    start = np.concatenate([np.log(0.95 * problem.feed), potential[:, None]], axis=1)
    guess, fine = _newton(problem, start, max(1, cells // COARSER))
    half, fine = _robust(problem, np.where(fine[:, None], guess, start), start, cells // 2)
    whole, converged = _robust(problem, np.where(fine[:, None], half, start), start, cells)
    permeate, coarser = np.exp(whole[:, :-1]), np.exp(half[:, :-1])
    # Richardson: the march is of second order, and a linear combination stays neutral.
    better = (4 * permeate - coarser) / 3
    sound = (fine & converged)[:, None] & (better > 0).all(axis=1, keepdims=True)
    permeate = np.where(sound, better, permeate)
    potential = np.where(sound[:, 0], (4 * whole[:, -1] - half[:, -1]) / 3, whole[:, -1])
    return Solved(np.where(problem.kept_out, 0.0, permeate), potential, converged)


def _robust(problem: Problem, guess: np.ndarray, start: np.ndarray, cells: int):
    """Newton's method from a guess; where it fails, through rising fluxes from the plain start."""
    unknowns, converged = _newton(problem, guess, cells)
    stuck = np.flatnonzero(~converged)
    if len(stuck):
        hard, here = problem.rows(stuck), start[stuck]
        for share in CONTINUATION:
            here, fine = _newton(hard.at_flux(share), here, cells)
        unknowns[stuck], converged[stuck] = here, fine
    return unknowns, converged


def profile(problem: Problem, permeate: np.ndarray, cells: int) -> Profile:
    """Pore concentrations and field of a solved batch."""
    permeate = np.where(problem.kept_out, 1.0, permeate)
    pore, field = [], []
    for q, _, e in _march(problem, permeate, cells):
        pore.append(np.where(problem.kept_out, 0.0, q))
        if e is not None:
            field.append(e)
    return Profile(np.array(pore[::-1]), np.array(field[::-1]))


def _newton(problem: Problem, start: np.ndarray, cells: int):
    """Newton's method with limited, halved steps; unknowns (B, n + 1) and convergence (B,)."""
    unknowns = start.copy()
    converged = np.zeros(len(start), dtype=bool)
    rows = np.arange(len(start))
    residual, jacobian = _residual(problem, unknowns, cells)
    for _ in range(NEWTON_STEPS):
        sound = np.isfinite(residual).all(axis=1) & np.isfinite(jacobian).all(axis=(1, 2))
        rows, residual, jacobian = rows[sound], residual[sound], jacobian[sound]
        if not len(rows):
            break
        step = -_linear_solution(jacobian, residual)
        size = np.abs(step).max(axis=1)
        done = (size < TOLERANCE) & (np.abs(residual).max(axis=1) < RESIDUAL_TOLERANCE)
        unknowns[rows[done]] += step[done]
        converged[rows[done]] = True
        rows, residual, step, size = rows[~done], residual[~done], step[~done], size[~done]
        if not len(rows):
            break
        length = np.minimum(1, LARGEST_STEP / size)
        residual, jacobian = _descend(problem, unknowns, rows, residual, step, length, cells)
    return unknowns, converged


def _descend(problem, unknowns, rows, before, step, length, cells):
    """Move ``unknowns[rows]`` along their steps, halved where the largest mismatch would grow."""
    base, mismatch = unknowns[rows], np.abs(before).max(axis=1)
    residual, jacobian = before.copy(), np.empty((*before.shape, before.shape[1]))
    left = np.arange(len(rows))
    for halving in range(HALVINGS + 1):
        trial = base[left] + length[left, None] * step[left]
        unknowns[rows[left]] = trial
        residual[left], jacobian[left] = _residual(problem.rows(rows[left]), trial, cells)
        grown = ~(np.abs(residual[left]).max(axis=1) <= mismatch[left])
        left = left[grown]
        if not len(left) or halving == HALVINGS:
            break
        length[left] /= 2
    return residual, jacobian


def _linear_solution(jacobian, residual):
    try:
        return np.linalg.solve(jacobian, residual[..., None])[..., 0]
    except np.linalg.LinAlgError:
        return np.einsum("bij,bj->bi", np.linalg.pinv(jacobian), residual)


def _residual(problem: Problem, unknowns: np.ndarray, cells: int):
    """Mismatch at the feed face (n) and of the permeate's charge (1), with the exact Jacobian.

    The charge is divided by its summed size, and an ion that is kept out has the identity as row.
    """
    permeate, potential = np.exp(unknowns[:, :-1]), unknowns[:, -1]
    n = permeate.shape[1]
    pore, slope, _ = deque(_march(problem, permeate, cells), maxlen=1).pop()
    z, out = problem.charges, problem.kept_out
    balance = np.log(pore) - np.log(problem.partition * problem.feed) + z * potential[:, None]
    balance = np.where(out, unknowns[:, :-1], balance)
    size = (np.abs(z) * permeate).sum(axis=1)
    charge = (z * permeate).sum(axis=1) / size
    residual = np.concatenate([balance, charge[:, None]], axis=1)
    jacobian = np.zeros((len(permeate), n + 1, n + 1))
    jacobian[:, :n, :n] = slope / pore[:, :, None]
    jacobian[:, :n, n] = z
    jacobian[:, n, :n] = permeate * (z - charge[:, None] * np.abs(z)) / size[:, None]
    rows, columns = np.nonzero(out)
    jacobian[rows, columns] = 0.0
    jacobian[rows, columns, columns] = 1.0
    return residual, jacobian


def _march(problem: Problem, permeate: np.ndarray, cells: int):
    """Yield q (B, n), dq/d ln c_p (B, n, n) and the cell's field (B,), from permeate to feed."""
    z, density = problem.charges, problem.charge_density
    pore, _ = donnan(permeate, z, density, problem.partition)
    weights = z * pore
    shift = weights / (z * weights).sum(axis=1, keepdims=True)
    slope = pore[:, :, None] * (np.eye(pore.shape[1]) - z[:, :, None] * shift[:, None, :])
    yield pore, slope, None
    width = 1 / cells
    pull = problem.convection * problem.peclet * width
    source = problem.peclet * permeate * width
    field = np.zeros(len(pore))
    for _ in range(cells):
        field = _field(pore, z, pull, source, density, width, field)
        y = pull - z * (field * width)[:, None]
        decay, share, share_slope = _exponentials(y)
        kept = decay * pore
        # d q'/d E at fixed c_p; sum z of it is positive.
        by_field = z * width * (kept - source * share_slope)
        direct = decay[:, :, None] * slope
        index = np.arange(pore.shape[1])
        direct[:, index, index] += source * share
        pore = kept + source * share
        turn = (z[:, :, None] * direct).sum(axis=1) / (z * by_field).sum(axis=1)[:, None]
        slope = direct - by_field[:, :, None] * turn[:, None, :]
        yield pore, slope, field


def _field(pore, z, pull, source, density, width, start):
    """Field (B,) of a cell that leaves its feed side neutral; Newton's method, monotone sum."""
    field = start
    for _ in range(FIELD_STEPS):
        y = pull - z * (field * width)[:, None]
        decay, share, share_slope = _exponentials(y)
        kept = decay * pore
        excess = (z * (kept + source * share)).sum(axis=1) + density
        slope = (z**2 * width * (kept - source * share_slope)).sum(axis=1)
        step = np.clip(-excess / slope, -2 / width, 2 / width)
        field = field + step
        if not (np.abs(step) * width > FIELD_TOLERANCE * (1 + np.abs(field) * width)).any():
            break
    return field


def _exponentials(y):
    """exp(-y), (1 - exp(-y)) / y and its derivative by y, smooth through y = 0."""
    exponent = -np.maximum(y, LOWEST_EXPONENT)
    decay = np.exp(exponent)
    small = np.abs(y) < 1e-3
    safe = np.where(small, 1.0, y)
    share = np.where(small, 1 - y / 2 + y**2 / 6 - y**3 / 24, -np.expm1(exponent) / safe)
    slope = np.where(small, -0.5 + y / 3 - y**2 / 8, (decay - share) / safe)
    return decay, share, slope
