"""Batched solution of the extended Nernst-Planck equations by Chebyshev collocation.

A check of the march that shares neither its unknowns, nor its discretisation, nor its start: every
concentration is one polynomial over the pore, or one on each piece of a fixed charge that varies.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu

from analysis.continuum.solver.grids import Grid, chebyshev
from analysis.continuum.solver.nodal import State, mismatch, without_flux
from analysis.continuum.solver.problem import Problem, Solved

DEGREES = (12, 16, 24, 32, 48, 64, 96)
"""Degrees of the polynomials, tried rising."""
DIGITS = 28.0
"""ln(1e12): Chebyshev coefficients of exp(-L x) on [0, 1] are below 1e-12 beyond sqrt(DIGITS L)."""
RESOLVED = 1e-9
"""Largest share that a piece's last two Chebyshev coefficients have in the ion's largest."""
DILUTED = (1.0, 0.1, 1e-2, 1e-3)
"""Shares of the feed with which pieces of the pore are tried."""
ROUGHLY = 1e-5
"""Largest unresolved share of those equilibria; a higher degree does the rest."""
NARROWEST = 1e-5
"""Width below which no piece is halved."""
COLD_STEPS = 15
"""Of Newton's method from no flux; what needs more is led up from little flux."""
NEWTON_STEPS = 40
LARGEST_STEP = 2.0
"""In logarithms of concentrations and RT/F."""
TOLERANCE = 1e-11
"""Of Newton's last step: in q over the ion's largest, in c_p and c_w over the feed, in RT/F."""
CONTINUATION = (1e-3, 1e-2, 0.05, 0.2, 0.5, 1.0)
"""Shares of the flux that are gone through where the start at no flux fails."""
BLOCK_BYTES = 2**26
"""Memory of the Jacobians that are solved together."""
SPARSE = 500
"""Unknowns of a single problem above which its Jacobian, a band and a border, counts as sparse."""
LIMITS = (2, 256)
"""Degrees that may be asked for."""


@dataclass(frozen=True)
class Found:
    """State of a batch on a grid, whether Newton's method ended, and what is unresolved, each (B,).

    ``tail`` is the last two Chebyshev coefficients over the ion's largest, of the worst ion and
    piece; 0 on a grid without polynomials.
    """

    state: State
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
    whole = isinstance(nodes, int | np.integer)
    if nodes is not None and not (whole and LIMITS[0] <= nodes <= LIMITS[1]):
        raise ValueError(f"nodes is {nodes!r}, allowed: None or a whole number in {LIMITS}")
    count, ions = problem.feed.shape
    permeate, potential, wall = np.full((3, count, ions), np.nan)
    sound = np.zeros(count, dtype=bool)
    first = degree_for(problem) if nodes is None else np.full(count, int(nodes))
    for degree in DEGREES if nodes is None else (int(nodes),):
        for rows, grid in _grids(problem, np.flatnonzero((first <= degree) & ~sound), degree):
            with np.errstate(all="ignore"):
                found = on_grid(problem.rows(rows), grid)
            permeate[rows], wall[rows] = found.state.permeate, found.state.wall
            potential[rows] = found.state.potentials[:, :1]
            sound[rows] = found.converged & (found.tail < RESOLVED)
    permeate = np.where(problem.kept_out, 0.0, permeate)
    filmed = problem.film_transfer is not None
    return Solved(permeate, potential[:, 0], sound, wall if filmed else None)


def degree_for(problem: Problem) -> np.ndarray:
    """Degree (B,) out of DEGREES that resolves exp(-Kc Pe x) on [0, 1]; the highest at most.

    Whether it resolves the solution is for ``Found.tail`` to say.
    """
    if problem.positions is not None:
        return np.full(len(problem.feed), DEGREES[0])
    layer = (problem.convection * problem.peclet).max(axis=1)
    wanted = np.sqrt(DIGITS * layer)
    return np.array(DEGREES)[np.searchsorted(DEGREES[:-1], wanted)]


def pieces(problem: Problem) -> tuple[float, ...]:
    """Edges of elements for a single problem: its positions, and halves where X is felt steeply.

    Where |X| falls below what ions at a face carry, concentrations turn within a short way. Pieces
    are halved until equilibria with the feed and with DILUTED feeds are resolved on them.
    """
    if problem.positions is None:
        return (0.0, 1.0)
    given = tuple(map(float, problem.positions))
    edges = [given[0]]
    for left, right in zip(given[:-1], given[1:], strict=True):
        edges.extend([right] if left == right else _halved(problem, left, right))
    return tuple(edges)


def _halved(problem: Problem, left: float, right: float) -> list[float]:
    grid = chebyshev(DEGREES[0])
    inside = replace(grid, nodes=left + (right - left) * grid.nodes)
    tails = []
    for share in DILUTED:
        pore = without_flux(replace(problem, feed=share * problem.feed), inside).pore
        tails.append(_tail(inside, pore)[0])
    if max(tails) < ROUGHLY or right - left < NARROWEST:
        return [right]
    middle = (left + right) / 2
    return _halved(problem, left, middle) + _halved(problem, middle, right)


def _grids(problem: Problem, rows: np.ndarray, degree: int) -> Iterator[tuple[np.ndarray, Grid]]:
    """Rows that share a grid, no more than BLOCK_BYTES take; and that grid."""
    if problem.positions is not None:
        for row in rows[:, None]:
            yield row, chebyshev(degree, pieces(problem.rows(row)))
        return
    grid = chebyshev(degree)
    unknowns = (len(grid.nodes) + 2) * problem.feed.shape[1] + 3
    size = max(1, BLOCK_BYTES // (8 * unknowns**2))
    for first in range(0, len(rows), size):
        yield rows[first : first + size], grid


def on_grid(problem: Problem, grid: Grid) -> Found:
    """Solution of a batch on one grid; problems that fail at once are led up from little flux."""
    start = without_flux(problem, grid)
    size = start.pore.max(axis=1)
    first = start.unknowns()
    unknowns, converged = _newton(problem, grid, first, size, COLD_STEPS)
    stuck = np.flatnonzero(~converged)
    if len(stuck):
        hard, here = problem.rows(stuck), first[stuck]
        for share in CONTINUATION:
            here, fine = _newton(hard.at_flux(share), grid, here, size[stuck], NEWTON_STEPS)
        unknowns[stuck], converged[stuck] = here, fine
    state = State.of(unknowns, grid)
    return Found(state, converged, _tail(grid, state.pore))


def _tail(grid: Grid, pore: np.ndarray) -> np.ndarray:
    if grid.coefficients is None:
        return np.zeros(len(pore))
    size = np.abs(grid.coefficients @ pore[:, grid.elements])
    return (size[:, :, -2:].max(axis=(1, 2)) / size.max(axis=(1, 2))).max(axis=1)


def _newton(problem: Problem, grid: Grid, start: np.ndarray, size: np.ndarray, steps: int):
    """Newton's method with limited steps; unknowns (B, U) and convergence (B,).

    ``size`` (B, n) says how large each ion's concentration in the pore is. Steps are not shortened
    where the mismatch grows: on narrow elements it grows on the way to a solution.
    """
    unknowns, converged = start.copy(), np.zeros(len(start), dtype=bool)
    rows = np.arange(len(start))
    for _ in range(steps):
        here = State.of(unknowns[rows], grid)
        residual, jacobian = mismatch(problem.rows(rows), grid, here, size[rows])
        sound = np.isfinite(residual).all(axis=1) & np.isfinite(jacobian).all(axis=(1, 2))
        rows, step = rows[sound], -_linear_solution(jacobian[sound], residual[sound])
        done = _change(unknowns[rows], step, grid, problem.feed[rows]) < TOLERANCE
        converged[rows[done]] = True
        unknowns[rows] += step * np.minimum(1, LARGEST_STEP / np.abs(step).max(axis=1))[:, None]
        rows = rows[~done]
        if not len(rows):
            break
    return unknowns, converged


def _linear_solution(jacobian: np.ndarray, residual: np.ndarray) -> np.ndarray:
    if len(jacobian) == 1 and jacobian.shape[1] > SPARSE:
        return splu(csc_array(jacobian[0])).solve(residual[0])[None]
    try:
        return np.linalg.solve(jacobian, residual[..., None])[..., 0]
    except np.linalg.LinAlgError:
        return np.einsum("bij,bj->bi", np.linalg.pinv(jacobian), residual)


def _change(unknowns: np.ndarray, step: np.ndarray, grid: Grid, feed: np.ndarray) -> np.ndarray:
    """Size (B,) of a step in the measure of TOLERANCE."""
    here, ions = State.of(unknowns, grid), feed.shape[1]
    pore_step, permeate_step, wall_step, others = np.split(
        np.abs(step), ions * (len(grid.nodes) + np.arange(3)), axis=1
    )
    inside = pore_step.reshape(here.pore.shape) * here.pore / here.pore.max(axis=1)[:, None]
    permeate, wall = permeate_step * here.permeate / feed, wall_step * here.wall / feed
    return np.concatenate([inside.max(axis=1), permeate, wall, others], axis=1).max(axis=1)
