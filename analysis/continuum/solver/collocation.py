"""Chebyshev collocation solves the extended Nernst-Planck equations, for a batch of problems.

It is a check of the march that shares neither its unknowns, nor its discretisation, nor its
initial guess: every concentration is one polynomial over the pore, or one on each element of a pore
whose fixed charge varies.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy

from analysis.continuum.arrays import Array, Bools, Ints
from analysis.continuum.solver.batch import take
from analysis.continuum.solver.collocation_grid import Grid, chebyshev
from analysis.continuum.solver.collocation_residual import (
    NodalState,
    linearize,
    zero_flux_equilibrium,
)
from analysis.continuum.solver.problem import KernelSolution, Problem

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
"""Of Newton's method from no flux; what needs more is continued from little flux."""
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
"""Least and largest degree."""


@dataclass(frozen=True)
class GridSolution:
    """Last Newton iterate of a batch on a grid, whether it converged and how well it is resolved.

    ``converged`` and ``tail`` are (B,). ``tail`` is the last two Chebyshev coefficients over the
    ion's largest, of the worst ion and element; 0 on a grid without polynomials.
    """

    state: NodalState
    converged: Bools
    tail: Array


def solve(problem: Problem, nodes: int | None = None) -> KernelSolution:
    """Permeate of every problem of a batch, starting from equilibrium without flux.

    ``nodes`` is the polynomials' degree. Without it the degree follows from the Peclet numbers and
    rises until the Chebyshev coefficients have died out. ``converged`` is False where Newton's
    method fails or the highest degree does not resolve the pore.

    Raises
    ------
    ValueError
        If ``nodes`` is neither None nor a whole number within LIMITS.
    """
    is_integer = isinstance(nodes, int | np.integer)
    if nodes is not None and not (is_integer and LIMITS[0] <= nodes <= LIMITS[1]):
        raise ValueError(f"nodes is {nodes!r}, allowed: None or a whole number in {LIMITS}")
    solution = KernelSolution.unsolved(problem)
    permeate, converged = solution.permeate, solution.converged
    lowest = degree_for(problem) if nodes is None else np.full(len(converged), int(nodes))
    for degree in DEGREES if nodes is None else (int(nodes),):
        for rows, grid in _grids(problem, np.flatnonzero((lowest <= degree) & ~converged), degree):
            with np.errstate(all="ignore"):
                on = on_grid(take(problem, rows), grid)
            permeate[rows] = on.state.permeate
            if problem.film_transfer is not None:
                solution.wall[rows] = on.state.wall
            solution.potential[rows] = on.state.potentials[:, 0]
            solution.error_estimate[rows] = on.tail
            converged[rows] = on.converged & (on.tail < RESOLVED)
    permeate = np.where(problem.excluded, 0.0, permeate)
    with np.errstate(divide="ignore"):
        return replace(solution, permeate=permeate, log_permeate=np.log(permeate))


def degree_for(problem: Problem) -> Ints:
    """Degree (B,) out of DEGREES that resolves exp(-Kc Pe x) on [0, 1]; the highest at most.

    Whether it resolves the solution is for ``GridSolution.tail`` to say.
    """
    if problem.positions is not None:
        return np.full(len(problem.feed), DEGREES[0])
    layer = (problem.convection * problem.peclet).max(axis=1)
    degree = np.sqrt(DIGITS * layer)
    degrees: Ints = np.array(DEGREES)[np.searchsorted(DEGREES[:-1], degree)]
    return degrees


def element_edges(problem: Problem) -> tuple[float, ...]:
    """Edges of elements for a single problem: its positions, and halves where X is felt steeply.

    Where |X| falls below the charge of ions at an interface, there is an inner boundary layer.
    Pieces are halved until equilibria with the feed and with DILUTED feeds are resolved on them.
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
    element = replace(grid, nodes=left + (right - left) * grid.nodes)
    tails = []
    for share in DILUTED:
        pore = zero_flux_equilibrium(replace(problem, feed=share * problem.feed), element).pore
        tails.append(_tail(element, pore)[0])
    if max(tails) < ROUGHLY or right - left < NARROWEST:
        return [right]
    middle = (left + right) / 2
    return _halved(problem, left, middle) + _halved(problem, middle, right)


def _grids(problem: Problem, rows: Ints, degree: int) -> Iterator[tuple[Ints, Grid]]:
    """Rows that share a grid, no more than BLOCK_BYTES take; and that grid."""
    if problem.positions is not None:
        for row in rows[:, None]:
            yield row, chebyshev(degree, element_edges(take(problem, row)))
        return
    grid = chebyshev(degree)
    unknowns = (len(grid.nodes) + 2) * problem.feed.shape[1] + 3
    size = max(1, BLOCK_BYTES // (8 * unknowns**2))
    for first in range(0, len(rows), size):
        yield rows[first : first + size], grid


def on_grid(problem: Problem, grid: Grid) -> GridSolution:
    """Solution of a batch on one grid; where Newton's method fails, by continuation in the flux."""
    start = zero_flux_equilibrium(problem, grid)
    size = start.pore.max(axis=1)
    first = start.unknowns()
    unknowns, converged = _newton(problem, grid, first, size, COLD_STEPS)
    failed = np.flatnonzero(~converged)
    if len(failed):
        hard, iterate = take(problem, failed), first[failed]
        for share in CONTINUATION:
            part = hard.at_flux(share)
            iterate, reached = _newton(part, grid, iterate, size[failed], NEWTON_STEPS)
        unknowns[failed], converged[failed] = iterate, reached
    state = NodalState.of(unknowns, grid)
    return GridSolution(state, converged, _tail(grid, state.pore))


def _tail(grid: Grid, pore: Array) -> Array:
    if grid.coefficients is None:
        return np.zeros(len(pore))
    size = np.abs(grid.coefficients @ pore[:, grid.elements])
    tail: Array = (size[:, :, -2:].max(axis=(1, 2)) / size.max(axis=(1, 2))).max(axis=1)
    return tail


def _newton(
    problem: Problem, grid: Grid, start: Array, size: Array, steps: int
) -> tuple[Array, Bools]:
    """Newton's method with limited steps; unknowns (B, U) and convergence (B,).

    ``size`` (B, n) says how large each ion's concentration in the pore is. Steps are not shortened
    where the residual grows: on narrow elements it grows on the way to a solution.
    """
    unknowns, converged = start.copy(), np.zeros(len(start), dtype=bool)
    rows = np.arange(len(start))
    for _ in range(steps):
        state = NodalState.of(unknowns[rows], grid)
        residual, jacobian = linearize(take(problem, rows), grid, state, size[rows])
        finite = np.isfinite(residual).all(axis=1) & np.isfinite(jacobian).all(axis=(1, 2))
        if not finite.all():
            rows, residual, jacobian = rows[finite], residual[finite], jacobian[finite]
        step = -_linear_solution(jacobian, residual)
        done = _change(unknowns[rows], step, grid, problem.feed[rows]) < TOLERANCE
        converged[rows[done]] = True
        unknowns[rows] += step * np.minimum(1, LARGEST_STEP / np.abs(step).max(axis=1))[:, None]
        rows = rows[~done]
        if not len(rows):
            break
    return unknowns, converged


def _linear_solution(jacobian: Array, residual: Array) -> Array:
    if len(jacobian) == 1 and jacobian.shape[1] > SPARSE:
        filled = jacobian[0].nonzero()
        sparse = scipy.sparse.csc_array((jacobian[0][filled], filled), shape=jacobian.shape[1:])
        solution: Array = scipy.sparse.linalg.splu(sparse).solve(residual[0])[None]
        return solution
    try:
        return np.asarray(np.linalg.solve(jacobian, residual[..., None])[..., 0], float)
    except np.linalg.LinAlgError:
        least: Array = np.einsum("bij,bj->bi", np.linalg.pinv(jacobian), residual)
        return least


def _change(unknowns: Array, step: Array, grid: Grid, feed: Array) -> Array:
    """Size (B,) of a step in the measure of TOLERANCE."""
    state, ions = NodalState.of(unknowns, grid), feed.shape[1]
    pore_step, permeate_step, wall_step, others = np.split(
        np.abs(step), ions * (len(grid.nodes) + np.arange(3)), axis=1
    )
    inside = pore_step.reshape(state.pore.shape) * state.pore / state.pore.max(axis=1)[:, None]
    permeate, wall = permeate_step * state.permeate / feed, wall_step * state.wall / feed
    change = np.concatenate([inside.max(axis=1), permeate, wall, others], axis=1)
    largest: Array = change.max(axis=1)
    return largest
