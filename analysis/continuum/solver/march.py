"""The march solves a batch by shooting from the permeate to the feed, on meshes it refines.

See ``sweep`` for the integration through the pore and ``residual`` for the equations that Newton's
method solves with it. A few cells are exact to nine digits for most membranes; where two meshes
disagree, nodes move to where the concentrations change and their number doubles. Two meshes are
extrapolated (Richardson: the sweep is of second order, and a linear combination stays neutral).
"""

from dataclasses import replace

import numpy as np

from analysis.continuum.arrays import Array, Bools, Ints
from analysis.continuum.solver import mesh, newton
from analysis.continuum.solver.batch import concatenate, take
from analysis.continuum.solver.continuation import continue_failed, continue_in_flux
from analysis.continuum.solver.newton import MeshSolution
from analysis.continuum.solver.problem import KernelSolution, Problem
from analysis.continuum.solver.residual import ShootingResidual

COARSEST = 4
"""Cells, in every piece of the pore, of the first mesh."""
FEWEST_CELLS = 2 * COARSEST
BLOCK = 512
"""Problems that are solved together: their arrays then stay in a core's cache."""
COLD_STEPS = 14
"""Of Newton's method from the initial guess; what needs more is continued from little flux."""
WARM_STEPS = 14
AGREED = 3e-6
"""Difference of two meshes, in rejection, below which their extrapolation is accepted."""
SETTLED = 1e-6
"""Difference of two extrapolations, in rejection, below which the last is accepted."""
LOGARITHM = 0.1
"""Weight in it of a difference in ln c_p of ions that pass at all, so that a nearly excluded ion
has digits, too."""
PASSING = 1e-9
RESOLVED = 2e-3
"""Difference of two meshes, in rejection, above which a solution is not called converged; below it
the extrapolation errs by 2e-5 at most where the charge is uniform or keeps its sign, and by about
1e-4 where it passes through zero."""
STEEPEST = 100.0
"""Potential drop of a cell, in RT/F, beyond which logarithms carry the concentrations."""


@np.errstate(all="ignore")
def solve(problem: Problem, cells: int) -> KernelSolution:
    """Permeate of every problem of a batch, from a cold start.

    Parameters
    ----------
    cells : int
        Most cells in every piece of the pore; fewer where two meshes agree before.
    """
    size = len(problem.feed)
    best = KernelSolution.unsolved(problem, 2 * COARSEST)
    unresolved_rows, unresolved = [], []
    for first in range(0, size, BLOCK):
        rows = np.arange(first, min(size, first + BLOCK))
        solution, left = _two_coarse_meshes(take(problem, rows), best, rows)
        unresolved_rows.append(rows[left])
        unresolved.append(take(solution, left))
    rows = np.concatenate(unresolved_rows)
    if len(rows):
        solution = concatenate(unresolved)
        steep = continue_failed(solution)
        _extrapolate_continued(solution, best, rows, np.flatnonzero(steep & solution.converged))
        for logarithmic in (False, True):
            group = np.flatnonzero(solution.converged & (steep == logarithmic))
            for first in range(0, len(group), BLOCK):
                block = group[first : first + BLOCK]
                _refine(take(solution, block), best, rows[block], cells, logarithmic)
    permeate = np.where(problem.excluded, 0.0, np.exp(best.log_permeate))
    return replace(best, permeate=permeate, converged=best.error_estimate < RESOLVED)


def _two_coarse_meshes(
    problem: Problem, best: KernelSolution, rows: Ints
) -> tuple[MeshSolution, Ints]:
    """Solution on the finer of two coarse, uniform meshes; which problems need more than them."""
    residual = ShootingResidual.of(problem, COARSEST)
    coarse = newton.solve(
        residual, residual.initial_guess(), np.zeros_like(residual.widths), COLD_STEPS
    )
    fine = _transferred(coarse, residual.pieces.uniform(2 * COARSEST))
    fine.converged &= coarse.converged & (np.abs(fine.drops).max(axis=0) < STEEPEST)
    agreed = _extrapolate(best, rows, coarse, fine)
    return fine, np.flatnonzero(~agreed)


def _extrapolate_continued(
    solution: MeshSolution, best: KernelSolution, rows: Ints, continued: Ints
) -> None:
    """Extrapolate problems that needed continuation, with half or else twice the cells."""
    for cells in (COARSEST, 4 * COARSEST):
        if not len(continued):
            return
        known = take(solution, continued)
        other = continue_in_flux(known.residual.on(known.residual.pieces.uniform(cells)))
        converged = other.converged.copy()
        coarse, fine = (other, known) if cells == COARSEST else (known, other)
        fine.converged &= coarse.converged
        _extrapolate(best, rows[continued], coarse, fine)
        continued = continued[~converged]


def _refine(
    solution: MeshSolution, best: KernelSolution, rows: Ints, cells: int, logarithmic: bool
) -> None:
    """Nodes where the concentrations change, and twice as many, until two meshes agree."""
    solution.residual = solution.residual.on(solution.residual.nodes, logarithmic=logarithmic)
    count = solution.residual.nodes.shape[1] - 1
    while len(rows) and 2 * count <= cells:
        changes = _relative_changes(solution)
        nodes = mesh.equidistributed(solution.residual.nodes, changes, count)
        coarse = _transferred(solution, nodes)
        continue_failed(coarse)
        fine = _transferred(coarse, mesh.refined(nodes, 2 * count))
        continue_failed(fine)
        fine.converged &= coarse.converged
        agreed = _extrapolate(best, rows, coarse, fine)
        again = np.flatnonzero(~agreed & fine.converged)
        solution, rows = take(fine, again), rows[again]
        count *= 2


def _transferred(solution: MeshSolution, nodes: Array) -> MeshSolution:
    """Solution on another mesh; it starts from a solution, with potentials linear between nodes."""
    residual, size = solution.residual, nodes.shape[2]
    pieces, places = residual.nodes.shape[:2]
    drops = np.concatenate([solution.drops, np.zeros((1, size))]).reshape(pieces, places, size)
    jumps = drops[:, -1:]
    potential = np.cumsum(drops[:, :-1], axis=1)
    potential = np.concatenate([np.zeros((pieces, 1, size)), potential], axis=1)
    between = [
        np.diff(mesh.interpolate(x, y, p), axis=0)
        for x, y, p in zip(nodes, residual.nodes, potential, strict=True)
    ]
    guess = np.concatenate([np.array(between), jumps], axis=1).reshape(-1, size)[:-1]
    on_nodes = residual.on(nodes, logarithmic=residual.logarithmic)
    return newton.solve(on_nodes, solution.unknowns, guess, WARM_STEPS)


def _relative_changes(solution: MeshSolution) -> Array:
    """Change of the conducting ions in every cell over how many there are, (S, C, B)."""
    residual = solution.residual
    weight = residual.charges**2
    log_permeate = solution.unknowns[: len(residual.feed)]
    nodes = residual.sweep(log_permeate, solution.drops, derivatives=False)
    pore = np.array([weight * node.pore for node in nodes][::-1])
    pore = pore.reshape(*residual.nodes.shape[:2], *weight.shape)
    total = pore.sum(axis=2)
    change = np.abs(np.diff(pore, axis=1)).sum(axis=2)
    relative: Array = 2 * change / (total[:, 1:] + total[:, :-1])
    return relative


def _extrapolate(
    best: KernelSolution, rows: Ints, coarse: MeshSolution, fine: MeshSolution
) -> Bools:
    """Keep the extrapolation where both converged; whether the two meshes agree (B,)."""
    residual = fine.residual
    ions = len(residual.feed)
    on_coarse, on_fine = coarse.unknowns[:ions], fine.unknowns[:ions]
    permeate = (4 * np.exp(on_fine) - np.exp(on_coarse)) / 3
    positive = (permeate > 0).all(axis=0)
    unknowns = np.where(positive, (4 * fine.unknowns - coarse.unknowns) / 3, fine.unknowns)
    log_permeate = np.where(positive, np.log(np.where(permeate > 0, permeate, 1.0)), on_fine)
    difference = _difference(residual, on_fine, on_coarse)
    settled = _difference(residual, log_permeate, best.log_permeate[rows].T)
    good = np.flatnonzero(fine.converged & ~(difference > best.error_estimate[rows]))
    accepted = rows[good]
    best.log_permeate[accepted] = log_permeate[:, good].T
    best.potential[accepted] = unknowns[ions, good]
    best.wall[accepted] = residual.wall(unknowns)[:, good].T
    best.nodes[:, :, accepted] = mesh.refined(residual.nodes[:, :, good], best.nodes.shape[1] - 1)
    best.error_estimate[accepted] = difference[good]
    agreed: Bools = fine.converged & ((difference < AGREED) | (settled < SETTLED))
    return agreed


def _difference(residual: ShootingResidual, one: Array, other: Array) -> Array:
    """Largest difference (B,) of two ln c_p (n, B), over the feed or a permeate richer than it."""
    first, second = np.exp(one), np.exp(other)
    larger = np.maximum(first, second)
    passing = larger > PASSING * residual.feed
    difference = LOGARITHM * np.minimum(np.abs(one - other), 1) * passing
    difference = difference + np.abs(first - second) / np.maximum(residual.feed, larger)
    largest: Array = np.where(residual.excluded, 0.0, difference).max(axis=0)
    return largest
