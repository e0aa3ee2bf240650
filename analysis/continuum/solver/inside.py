"""Concentrations and potential in the pore of problems whose permeate is known."""

from dataclasses import dataclass

import numpy as np

from analysis.continuum.solver import mesh
from analysis.continuum.solver.closure import Closure
from analysis.continuum.solver.problem import Problem, Solved
from analysis.continuum.solver.sweep import sweep

BLOCK = 512
"""Problems that are marched together."""
LOWEST = -250.0
"""ln c_p below which logarithms carry the concentrations."""


@dataclass(frozen=True)
class Inside:
    """On places common to all problems, from feed to permeate.

    Attributes
    ----------
    x : (M + 1,) array
        A place between two pieces of a charge profile appears twice.
    pore : (M + 1, B, n) array, mol/m3
        NaN, as the potential, of problems without a solution.
    potential : (M + 1, B) array
        From the first place's, RT/F.
    """

    x: np.ndarray
    pore: np.ndarray
    potential: np.ndarray


@np.errstate(all="ignore")
def inside(problem: Problem, solved: Solved, cells: int) -> Inside:
    """March through evenly spaced nodes, and those of the solution between them."""
    closure = Closure.of(problem)
    log = np.log(solved.permeate) if solved.logarithm is None else solved.logarithm
    log = np.where(problem.kept_out, 0.0, log).T
    even = closure.pieces.even(cells)
    nodes = even if solved.nodes is None else np.concatenate([even, solved.nodes[:, 1:-1]], axis=1)
    order = np.argsort(nodes, axis=1, kind="stable")
    nodes = np.take_along_axis(nodes, order, axis=1)
    pore, drops = _marched(closure, log, nodes)
    size = len(problem.feed)
    potential = np.cumsum(drops, axis=0)
    is_even = (order <= cells).reshape(-1, size)
    place = np.nonzero(is_even.T)[1].reshape(size, -1).T
    q = np.take_along_axis(pore, place[:, None], axis=0).transpose(0, 2, 1)
    return Inside(
        even[:, :, 0].reshape(-1),
        np.where(problem.kept_out, 0.0, q),
        np.take_along_axis(potential, place, axis=0),
    )


def _marched(closure: Closure, log, nodes):
    """q (M + 1, n, B) and the drop before each node (M + 1, B), that of the first being 0."""
    ions, size = log.shape
    count = nodes.shape[0] * nodes.shape[1]
    pore, drops = np.full((count, ions, size), np.nan), np.full((count, size), np.nan)
    wide = log.min(axis=0) <= LOWEST
    sound = np.isfinite(log).all(axis=0)
    drops[0] = 0
    for first in range(0, size, BLOCK):
        block = np.arange(first, min(size, first + BLOCK))
        for carried in (False, True):
            rows = block[sound[block] & (wide[block] == carried)]
            if not len(rows):
                continue
            part = closure.rows(rows)
            density = part.pieces.at(nodes[:, :, rows]).reshape(count, len(rows))
            widths = mesh.crossings(nodes[:, :, rows])
            march = sweep(part.pore, log[:, rows], widths, density, derivatives=False, wide=carried)
            for index, node in enumerate(march):
                pore[count - 1 - index][:, rows] = node.pore
                if index:
                    drops[count - index, rows] = node.drop
    return pore, drops
