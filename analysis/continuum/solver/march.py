"""Batched solution of the extended Nernst-Planck equations by marching from permeate to feed.

See sweep for the march itself and closure for the equations that Newton's method solves with it.
A few cells are exact to nine digits for most membranes; where two meshes disagree, nodes move to
where the concentrations change and their number doubles. Two meshes are extrapolated (Richardson:
the march is of second order, and a linear combination stays neutral).
"""

from dataclasses import dataclass

import numpy as np

from analysis.continuum.solver import continuation, mesh, newton
from analysis.continuum.solver.closure import Closure, Mismatch
from analysis.continuum.solver.problem import Problem, Solved
from analysis.continuum.solver.sweep import sweep

__all__ = ["Problem", "Solved", "solve"]

COARSEST = 4
"""Cells, in every piece of the pore, of the first march."""
FEWEST_CELLS = 2 * COARSEST
BLOCK = 512
"""Problems that are solved together: their arrays then stay in a core's cache."""
COLD_STEPS = 14
"""Of Newton's method from the plain start; what needs more is led up from little flux."""
WARM_STEPS = 14
AGREED = 3e-6
"""Difference of two meshes, in rejection, below which their extrapolation is accepted."""
SETTLED = 1e-6
"""Difference of two extrapolations, in rejection, below which the last is accepted."""
LOGARITHM = 1e-3
"""Weight in it of a difference in ln c_p of ions that pass at all."""
PASSING = 1e-9
RESOLVED = 2e-3
"""Difference of two meshes, in rejection, above which a solution is not called converged; below it
the extrapolation errs by 2e-5 at most where the charge is uniform or keeps its sign, and by about
1e-4 where it passes through zero."""
STEEPEST = 100.0
"""Drop of a cell, in RT/F, beyond which logarithms carry the concentrations."""


@dataclass
class _Found:
    """Solutions of a batch, problem last: unknowns (m, B), nodes (S, C + 1, B), drops (M, B)."""

    unknowns: np.ndarray
    nodes: np.ndarray
    memory: np.ndarray
    converged: np.ndarray

    def rows(self, which) -> "_Found":
        return _Found(**{name: array[..., which] for name, array in vars(self).items()})


@np.errstate(all="ignore")
def solve(problem: Problem, cells: int) -> Solved:
    """Permeate of every problem of a batch, from a cold start.

    Parameters
    ----------
    cells : int
        Most cells in every piece of the pore; fewer where two meshes agree before.
    """
    size, ions = problem.feed.shape
    result = _Result.empty(problem)
    unfinished = []
    for first in range(0, size, BLOCK):
        rows = np.arange(first, min(size, first + BLOCK))
        found, left = _first(problem.rows(rows), result, rows)
        unfinished.append((rows[left], found.rows(left)))
    rows = np.concatenate([rows for rows, _ in unfinished])
    if len(rows):
        found = _joined([found for _, found in unfinished])
        steep = _led(problem.rows(rows), found)
        _keep_led(problem, found, result, rows, np.flatnonzero(steep & found.converged))
        for wide in (False, True):
            group = np.flatnonzero(found.converged & (steep == wide))
            for first in range(0, len(group), BLOCK):
                part = group[first : first + BLOCK]
                _refine(problem.rows(rows[part]), found.rows(part), result, rows[part], cells, wide)
    return result.solved(problem)


def _first(problem: Problem, result: "_Result", rows):
    """Two coarse, even meshes; what they find, and which problems need more than them."""
    closure = Closure.of(problem)
    few = closure.pieces.even(COARSEST)
    start = closure.start()
    memory = np.zeros((len(mesh.crossings(few)), start.shape[1]))
    coarse = _solved(closure, few, start, memory, COLD_STEPS)
    nodes = closure.pieces.even(2 * COARSEST)
    fine = _solved(closure, nodes, coarse.unknowns, _moved(coarse, nodes), WARM_STEPS)
    fine.converged &= coarse.converged & (np.abs(fine.memory).max(axis=0) < STEEPEST)
    agreed = result.put(rows, closure, coarse, fine)
    return fine, np.flatnonzero(~agreed)


def _led(problem: Problem, found: _Found) -> np.ndarray:
    """Leads what has failed up from little flux, in place; which rows that were (B,)."""
    failed = ~found.converged
    rows = np.flatnonzero(failed)
    if len(rows):
        arrays = continuation.lead(problem.rows(rows), found.nodes[:, :, rows])
        found.unknowns[:, rows], found.memory[:, rows], found.converged[rows] = arrays
    return failed


def _keep_led(problem: Problem, found: _Found, result: "_Result", rows, led) -> None:
    """Result of problems led up, from their even mesh and one of half, or else twice, its cells."""
    for cells in (COARSEST, 4 * COARSEST):
        if not len(led):
            return
        part = problem.rows(rows[led])
        closure = Closure.of(part)
        nodes = closure.pieces.even(cells)
        unknowns, memory, converged = continuation.lead(part, nodes)
        known, other = found.rows(led), _Found(unknowns, nodes, memory, converged)
        pair = (other, known) if cells == COARSEST else (known, other)
        pair[1].converged &= pair[0].converged
        result.put(rows[led], closure, *pair)
        led = led[~converged]


def _refine(problem: Problem, found: _Found, result: "_Result", rows, cells: int, wide: bool):
    """Nodes where the concentrations change, and twice as many, until two meshes agree."""
    count = found.nodes.shape[1] - 1
    while len(rows) and 2 * count <= cells:
        closure = Closure.of(problem)
        nodes = mesh.graded(found.nodes, _changes(closure, found, wide), count)
        coarse = _solved(closure, nodes, found.unknowns, _moved(found, nodes), WARM_STEPS, wide)
        _led(problem, coarse)
        nodes = mesh.refined(nodes, 2 * count)
        fine = _solved(closure, nodes, coarse.unknowns, _moved(coarse, nodes), WARM_STEPS, wide)
        _led(problem, fine)
        fine.converged &= coarse.converged
        agreed = result.put(rows, closure, coarse, fine)
        again = np.flatnonzero(~agreed & fine.converged)
        found, problem, rows = fine.rows(again), problem.rows(again), rows[again]
        count *= 2


def _solved(closure: Closure, nodes, unknowns, memory, steps: int, wide: bool = False) -> _Found:
    state = newton.solve(Mismatch.on(closure, nodes, wide=wide), unknowns, memory, steps)
    return _Found(state.unknowns, nodes, state.memory, state.converged)


def _changes(closure: Closure, found: _Found, wide: bool):
    """How much the pore's conducting ions change in every cell, over how many there are."""
    mismatch = Mismatch.on(closure, found.nodes, wide=wide)
    log = found.unknowns[: len(closure.feed)]
    march = sweep(
        closure.pore,
        log,
        mismatch.widths,
        mismatch.density,
        found.memory,
        derivatives=False,
        wide=wide,
    )
    weight = closure.pore.charges**2
    pore = np.array([weight * node.pore for node in march][::-1])
    pore = pore.reshape(*found.nodes.shape[:2], *weight.shape)
    total = pore.sum(axis=2)
    change = np.abs(np.diff(pore, axis=1)).sum(axis=2)
    return 2 * change / (total[:, 1:] + total[:, :-1])


def _moved(found: _Found, nodes):
    """Drops on other nodes, with the potential linear between the old ones."""
    pieces, places, size = found.nodes.shape
    old = np.concatenate([found.memory, np.zeros((1, size))]).reshape(pieces, places, size)
    jumps = old[:, -1:]
    potential = np.cumsum(old[:, :-1], axis=1)
    potential = np.concatenate([np.zeros((pieces, 1, size)), potential], axis=1)
    new = [
        np.diff(mesh.interpolated(x, y, p), axis=0)
        for x, y, p in zip(nodes, found.nodes, potential, strict=True)
    ]
    return np.concatenate([np.array(new), jumps], axis=1).reshape(-1, size)[:-1]


def _joined(parts: list[_Found]) -> _Found:
    names = vars(parts[0])
    return _Found(**{n: np.concatenate([getattr(p, n) for p in parts], axis=-1) for n in names})


def _apart(closure: Closure, one, other):
    """Largest difference (B,) of two ln c_p (n, B), over the feed or a permeate richer than it."""
    first, second = np.exp(one), np.exp(other)
    larger = np.maximum(first, second)
    apart = LOGARITHM * np.minimum(np.abs(one - other), 1) * (larger > PASSING * closure.feed)
    apart = apart + np.abs(first - second) / np.maximum(closure.feed, larger)
    return np.where(closure.kept_out, 0.0, apart).max(axis=0)


@dataclass
class _Result:
    """What is known of every problem of a batch; problem first, as in Solved."""

    logarithm: np.ndarray
    potential: np.ndarray
    wall: np.ndarray
    nodes: np.ndarray
    change: np.ndarray

    @classmethod
    def empty(cls, problem: Problem) -> "_Result":
        size, ions = problem.feed.shape
        pieces = len(Closure.of(problem.rows(slice(0, 1))).pieces.edges)
        return cls(
            np.full((size, ions), np.nan),
            np.full(size, np.nan),
            problem.feed.copy(),
            np.full((pieces, 2 * COARSEST + 1, size), np.nan),
            np.full(size, np.inf),
        )

    def put(self, rows, closure: Closure, coarse: _Found, fine: _Found):
        """Keep the extrapolation where both converged; whether the two meshes agree (B,)."""
        ions = len(closure.feed)
        half, whole = coarse.unknowns[:ions], fine.unknowns[:ions]
        better = (4 * np.exp(whole) - np.exp(half)) / 3
        sound = (better > 0).all(axis=0)
        extrapolated = np.where(sound, (4 * fine.unknowns - coarse.unknowns) / 3, fine.unknowns)
        log = np.where(sound, np.log(np.where(better > 0, better, 1.0)), whole)
        change = _apart(closure, whole, half)
        settled = _apart(closure, log, self.logarithm[rows].T)
        good = np.flatnonzero(fine.converged & ~(change > self.change[rows]))
        at = rows[good]
        self.logarithm[at] = log[:, good].T
        self.potential[at] = extrapolated[ions, good]
        self.wall[at] = closure.wall(extrapolated)[:, good].T
        self.nodes[:, :, at] = mesh.refined(fine.nodes[:, :, good], self.nodes.shape[1] - 1)
        self.change[at] = change[good]
        return fine.converged & ((change < AGREED) | (settled < SETTLED))

    def solved(self, problem: Problem) -> Solved:
        converged = self.change < RESOLVED
        permeate = np.where(problem.kept_out, 0.0, np.exp(self.logarithm))
        wall = None if problem.film_transfer is None else self.wall
        return Solved(permeate, self.potential, converged, wall, self.logarithm, self.nodes)
