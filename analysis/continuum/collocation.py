"""Batched solution of the extended Nernst-Planck equations by Chebyshev collocation.

A check of the march that shares neither its unknowns, nor its discretisation, nor its start. Every
concentration is one polynomial over the pore. With x from feed (0) to permeate (1), and E eliminated
by the derivative of pore neutrality,

    dq_i/dx = (Kc_i Pe_i - z_i E) q_i - Pe_i c_p,i ,
    E = [sum_i z_i Pe_i (Kc_i q_i - c_p,i) + dX/dx] / sum_i z_i^2 q_i .

Polynomials of degree N obey it at N places. Then sum z q + X, of degree N with a derivative that
vanishes N times, is one number, and is set to 0 at the feed face. Unknowns are ln q at the N + 1
nodes, ln c_p and the Donnan potentials of both faces; what is differentiated is q, which has few
Chebyshev coefficients where ln q has many.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from analysis.continuum.grids import Grid, chebyshev
from analysis.continuum.march import Problem, Solved
from analysis.continuum.partitioning import donnan

DEGREES = (12, 16, 24, 32, 48, 64, 96)
"""Degrees of the polynomials, tried rising."""
DIGITS = 28.0
"""ln(1e12): Chebyshev coefficients of exp(-L x) on [0, 1] are below 1e-12 beyond sqrt(DIGITS L)."""
RESOLVED = 1e-9
"""Largest share that the last two Chebyshev coefficients have in the largest, for any ion."""
NEWTON_STEPS = 40
LARGEST_STEP = 2.0
"""In ln q, ln c_p and RT/F."""
HALVINGS = 6
TOLERANCE = 1e-11
"""Of Newton's last step: in q over the ion's largest, in c_p over its feed, in RT/F."""
CONTINUATION = (1e-3, 1e-2, 0.05, 0.2, 0.5, 1.0)
"""Shares of the flux that are gone through where the start at no flux fails."""
BLOCK_BYTES = 2**26
"""Memory of the Jacobians that are solved together."""
LIMITS = (2, 256)
"""Degrees that may be asked for."""


@dataclass(frozen=True)
class Nodal:
    """Solution on a grid of N + 1 nodes.

    Attributes
    ----------
    pore : (B, N + 1, n) array, mol/m3
    permeate : (B, n) array, mol/m3
    potentials : (B, 2) array
        Donnan potentials of feed and permeate face, RT/F.
    converged : (B,) bool array
    tail : (B,) array
        Share of the last two Chebyshev coefficients in the largest, of the worst ion; 0 without.
    """

    pore: np.ndarray
    permeate: np.ndarray
    potentials: np.ndarray
    converged: np.ndarray
    tail: np.ndarray


def solve(problem: Problem, nodes: int | None = None) -> Solved:
    """Permeate of every problem of a batch, starting from equilibrium without flux.

    ``nodes`` is the polynomials' degree. Without it the degree follows from the Peclet numbers and
    rises until the Chebyshev coefficients have died out. ``converged`` is False where Newton's
    method fails or the highest degree does not resolve the pore.

    Raises
    ------
    ValueError
        If ``nodes`` is neither None nor a whole number within LIMITS.
    """
    if nodes is not None and (nodes != int(nodes) or not LIMITS[0] <= nodes <= LIMITS[1]):
        raise ValueError(f"nodes is {nodes!r}, allowed: None or a whole number in {LIMITS}")
    count, ions = problem.feed.shape
    permeate, potential = np.full((count, ions), np.nan), np.full(count, np.nan)
    sound = np.zeros(count, dtype=bool)
    first = degree_for(problem) if nodes is None else np.full(count, int(nodes))
    for degree in DEGREES if nodes is None else (int(nodes),):
        for rows in _blocks(np.flatnonzero((first <= degree) & ~sound), degree, ions):
            found = on_grid(problem.rows(rows), chebyshev(degree))
            permeate[rows], potential[rows] = found.permeate, found.potentials[:, 0]
            sound[rows] = found.converged & (found.tail < RESOLVED)
    return Solved(np.where(problem.kept_out, 0.0, permeate), potential, sound)


def degree_for(problem: Problem) -> np.ndarray:
    """Degree (B,) that resolves exp(-Kc Pe x) of every ion to DIGITS, out of DEGREES.

    The largest degree where none does.
    """
    layer = (problem.convection * problem.peclet).max(axis=1)
    wanted = np.maximum(np.sqrt(DIGITS * layer), DEGREES[0])
    return np.array(DEGREES)[np.searchsorted(DEGREES[:-1], wanted)]


def on_grid(problem: Problem, grid: Grid) -> Nodal:
    """Solution of a batch on one grid; problems that fail at once are led up from little flux."""
    start = _without_flux(problem, grid)
    unknowns, converged = _newton(problem, grid, start, start)
    stuck = np.flatnonzero(~converged)
    if len(stuck):
        hard, scale = problem.rows(stuck), start[stuck]
        here = scale
        for share in CONTINUATION:
            here, fine = _newton(hard.at_flux(share), grid, here, scale)
        unknowns[stuck], converged[stuck] = here, fine
    pore, permeate, potentials = _parts(unknowns, problem.feed.shape[1])
    return Nodal(pore, permeate, potentials, converged, _tail(grid, pore))


def _blocks(rows: np.ndarray, degree: int, ions: int) -> Iterator[np.ndarray]:
    size = max(1, BLOCK_BYTES // (8 * (ions * (degree + 2) + 2) ** 2))
    return (rows[first : first + size] for first in range(0, len(rows), size))


def _parts(unknowns: np.ndarray, ions: int):
    """q (B, N + 1, n), c_p (B, n) and the faces' potentials (B, 2)."""
    pore = np.exp(unknowns[:, : -ions - 2]).reshape(len(unknowns), -1, ions)
    return pore, np.exp(unknowns[:, -ions - 2 : -2]), unknowns[:, -2:]


def _tail(grid: Grid, pore: np.ndarray) -> np.ndarray:
    if grid.coefficients is None:
        return np.zeros(len(pore))
    size = np.abs(grid.coefficients @ pore)
    return (size[:, -2:].max(axis=1) / size.max(axis=1)).max(axis=1)


def _density(problem: Problem, grid: Grid) -> np.ndarray:
    """Fixed charge at the nodes (B, N + 1), mol/m3."""
    return np.repeat(problem.charge_density[:, None], len(grid.nodes), axis=1)


def _without_flux(problem: Problem, grid: Grid) -> np.ndarray:
    """Unknowns of the exact solution at zero flux: equilibrium with the feed at every node."""
    feed, z, partition = (
        array[:, None, :] for array in (problem.feed, problem.charges, problem.partition)
    )
    pore, potential = donnan(feed, z, _density(problem, grid), partition)
    parts = (np.log(pore).reshape(len(pore), -1), np.log(problem.feed), potential[:, [0, -1]])
    return np.concatenate(parts, axis=1)


def _newton(problem: Problem, grid: Grid, start: np.ndarray, scale: np.ndarray):
    """Newton's method with limited, halved steps; unknowns and convergence (B,).

    ``scale`` is a set of unknowns that says how large concentrations are.
    """
    unknowns, converged = start.copy(), np.zeros(len(start), dtype=bool)
    size = _parts(scale, problem.feed.shape[1])[0].max(axis=1)
    rows = np.arange(len(start))
    residual, jacobian = _residual(problem, grid, unknowns, size)
    for _ in range(NEWTON_STEPS):
        sound = np.isfinite(residual).all(axis=1) & np.isfinite(jacobian).all(axis=(1, 2))
        rows, residual, jacobian = rows[sound], residual[sound], jacobian[sound]
        if not len(rows):
            break
        step = -_linear_solution(jacobian, residual)
        done = _change(unknowns[rows], step, problem.feed[rows]) < TOLERANCE
        unknowns[rows[done]] += step[done]
        converged[rows[done]] = True
        rows, residual, step = rows[~done], residual[~done], step[~done]
        if not len(rows):
            break
        residual, jacobian = _descend(problem, grid, unknowns, rows, residual, step, size)
    return unknowns, converged


def _linear_solution(jacobian: np.ndarray, residual: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.solve(jacobian, residual[..., None])[..., 0]
    except np.linalg.LinAlgError:
        return np.einsum("bij,bj->bi", np.linalg.pinv(jacobian), residual)


def _change(unknowns: np.ndarray, step: np.ndarray, feed: np.ndarray) -> np.ndarray:
    """Size (B,) of a step in the measure of TOLERANCE."""
    ions = feed.shape[1]
    pore, permeate, _ = _parts(unknowns, ions)
    inside = np.abs(step[:, : -ions - 2].reshape(pore.shape)) * pore / pore.max(axis=1)[:, None]
    outside = np.abs(step[:, -ions - 2 : -2]) * permeate / feed
    potentials = np.abs(step[:, -2:])
    return np.concatenate([inside.max(axis=1), outside, potentials], axis=1).max(axis=1)


def _descend(problem, grid, unknowns, rows, before, step, size):
    """Move ``unknowns[rows]`` along their steps, halved where the largest mismatch would grow."""
    base, mismatch = unknowns[rows], np.abs(before).max(axis=1)
    length = np.minimum(1, LARGEST_STEP / np.abs(step).max(axis=1))
    residual, jacobian = before.copy(), np.empty((*before.shape, before.shape[1]))
    left = np.arange(len(rows))
    for halving in range(HALVINGS + 1):
        trial = base[left] + length[left, None] * step[left]
        unknowns[rows[left]] = trial
        part = problem.rows(rows[left])
        residual[left], jacobian[left] = _residual(part, grid, trial, size[rows[left]])
        grown = ~(np.abs(residual[left]).max(axis=1) <= mismatch[left])
        left = left[grown]
        if not len(left) or halving == HALVINGS:
            break
        length[left] /= 2
    return residual, jacobian


def _residual(problem: Problem, grid: Grid, unknowns: np.ndarray, size: np.ndarray):
    """Mismatch and exact Jacobian: transport at the places, both faces, pore and permeate neutral.

    Concentrations in the pore are divided by ``size`` (B, n).
    """
    z, ions = problem.charges, problem.feed.shape[1]
    pore, permeate, potentials = _parts(unknowns, ions)
    transport, by_q, by_permeate = _transport(problem, grid, pore, permeate)
    count, places = transport.shape[:2]
    feed_face = np.log(pore[:, 0] / (problem.partition * problem.feed)) + z * potentials[:, :1]
    last_face = np.log(pore[:, -1] / (problem.partition * permeate)) + z * potentials[:, 1:]
    total = (np.abs(z) * size).sum(axis=1)
    inside = ((z * pore[:, 0]).sum(axis=1) + _density(problem, grid)[:, 0]) / total
    moved = (np.abs(z) * permeate).sum(axis=1)
    outside = (z * permeate).sum(axis=1) / moved
    residual = np.concatenate(
        [
            (transport / size[:, None]).reshape(count, -1),
            feed_face,
            last_face,
            inside[:, None],
            outside[:, None],
        ],
        axis=1,
    )
    jacobian = np.zeros((*residual.shape, residual.shape[1]))
    top, last, each = places * ions, (places + 1) * ions, np.arange(ions)
    block = jacobian[:, :top].reshape(count, places, ions, -1)
    by_q = grid.value[:, None, :, None] * by_q[:, :, :, None]
    by_q[:, :, each, :, each] += grid.slope
    by_q *= pore[:, None, None] / size[:, None, :, None, None]
    block[..., :last] = by_q.reshape(count, places, ions, last)
    block[..., last:-2] = by_permeate * permeate[:, None, None] / size[:, None, :, None]
    jacobian[:, top + each, each] = 1.0
    jacobian[:, top + each, -2] = z
    jacobian[:, last + each, last - ions + each] = 1.0
    jacobian[:, last + each, last + each] = -1.0
    jacobian[:, last + each, -1] = z
    jacobian[:, -2, :ions] = z * pore[:, 0] / total[:, None]
    jacobian[:, -1, last:-2] = permeate * (z - outside[:, None] * np.abs(z)) / moved[:, None]
    return residual, jacobian


def _transport(problem: Problem, grid: Grid, pore: np.ndarray, permeate: np.ndarray):
    """dq/dx - (Kc Pe - z E) q + Pe c_p at the places (B, N, n), and what varies in it.

    Derivatives (B, N, n, n) of all but dq/dx by q at the same place, and of all by c_p.
    """
    z, peclet = problem.charges[:, None], problem.peclet[:, None]
    pull = problem.convection[:, None] * peclet
    q, gradient = grid.value @ pore, grid.slope @ pore
    source = peclet * permeate[:, None]
    mobile = (z**2 * q).sum(axis=2, keepdims=True)
    turning = grid.slope @ _density(problem, grid)[..., None]
    field = ((z * (pull * q - source)).sum(axis=2, keepdims=True) + turning) / mobile
    rate = pull - z * field
    pushed = (z * q)[..., None]
    one = np.eye(q.shape[2])
    by_q = pushed * ((z * pull - z**2 * field) / mobile)[:, :, None] - rate[..., None] * one
    by_permeate = pushed * (-z * peclet / mobile)[:, :, None] + peclet[..., None] * one
    return gradient - rate * q + source, by_q, by_permeate
