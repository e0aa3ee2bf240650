"""Pore profiles are the concentrations and the potential along the pore of solved problems."""

from dataclasses import dataclass

import numpy as np

from analysis.continuum.arrays import Array, Bools
from analysis.continuum.solver.batch import take
from analysis.continuum.solver.problem import KernelSolution, Problem
from analysis.continuum.solver.residual import ShootingResidual

BLOCK = 512
"""Problems that are swept together."""
LOWEST = -250.0
"""ln c_p below which logarithms carry the concentrations."""


@dataclass(frozen=True)
class PoreProfiles:
    """Profiles on nodes common to all problems, from feed to permeate.

    Attributes
    ----------
    x : (M + 1,) array
        A node between two pieces of a charge profile appears twice.
    pore : (M + 1, B, n) array, mol/m3
        NaN, as the potential, of problems without a solution.
    potential : (M + 1, B) array
        From the first node's, RT/F.
    """

    x: Array
    pore: Array
    potential: Array


@np.errstate(all="ignore")
def pore_profiles(problem: Problem, solution: KernelSolution, cells: int) -> PoreProfiles:
    """Sweep through uniform nodes, and those of the solution between them."""
    residual = ShootingResidual.of(problem, cells)
    log_permeate = np.where(problem.excluded, 0.0, solution.log_permeate).T
    uniform = residual.nodes
    nodes = np.concatenate([uniform, solution.nodes[:, 1:-1]], axis=1)
    order = np.argsort(nodes, axis=1, kind="stable")
    pore, drops = _sweep(residual, log_permeate, np.take_along_axis(nodes, order, axis=1))
    size = len(problem.feed)
    potential = np.cumsum(drops, axis=0)
    is_uniform = (order <= cells).reshape(-1, size)
    common = np.nonzero(is_uniform.T)[1].reshape(size, -1).T
    q = np.take_along_axis(pore, common[:, None], axis=0).transpose(0, 2, 1)
    return PoreProfiles(
        uniform[:, :, 0].reshape(-1),
        np.where(problem.excluded, 0.0, q),
        np.take_along_axis(potential, common, axis=0),
    )


def _sweep(residual: ShootingResidual, log_permeate: Array, nodes: Array) -> tuple[Array, Array]:
    """q (M + 1, n, B) and the drop before each node (M + 1, B), that of the first being 0."""
    ions, size = log_permeate.shape
    count = nodes.shape[0] * nodes.shape[1]
    pore, drops = np.full((count, ions, size), np.nan), np.full((count, size), np.nan)
    tiny: Bools = np.asarray(log_permeate.min(axis=0) <= LOWEST)
    solved: Bools = np.asarray(np.isfinite(log_permeate).all(axis=0))
    drops[0] = 0
    for first in range(0, size, BLOCK):
        block = np.arange(first, min(size, first + BLOCK))
        for logarithmic in (False, True):
            rows = block[solved[block] & (tiny[block] == logarithmic)]
            if not len(rows):
                continue
            part = take(residual, rows).on(nodes[:, :, rows], logarithmic=logarithmic)
            sweep = part.sweep(log_permeate[:, rows], derivatives=False)
            for index, node in enumerate(sweep):
                pore[count - 1 - index][:, rows] = node.pore
                if index:
                    drops[count - index, rows] = node.drop
    return pore, drops
