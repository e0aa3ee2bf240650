"""Diffusion, convection and migration add up to the flux of every ion along the pore."""

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.solver.fixed_point import BatchSolution
from analysis.continuum.solver.problem import Problem


def contributions(batch: BatchSolution, x: Array, pore: Array) -> dict[str, Array]:
    """The three shares of J c_p (M + 1, B, n) in mol/m2/s.

    J c_p = Kc J q - (J / Pe) (dq/dx + z q E). The field at a node follows from pore neutrality,
    E = [sum z (Kc Pe q - Pe c_p) + dX/dx] / sum z^2 q, and diffusion is what remains.

    Parameters
    ----------
    x : (M + 1,) array
    pore : (M + 1, B, n) array, mol/m3
    """
    problem = batch.problem
    z, peclet, excluded = problem.charges, problem.peclet, problem.excluded
    permeate = np.where(excluded, 0.0, batch.solution.permeate)
    drift = peclet * (problem.convection * pore - permeate)
    field = ((z * drift).sum(axis=2) + _density_slope(problem, x)) / (z**2 * pore).sum(axis=2)
    flux = batch.flux[:, None]
    convection = flux * problem.convection * pore
    mobility = flux / np.where(peclet > 0, peclet, np.inf)
    migration = -mobility * z * pore * field[..., None]
    total = flux * permeate
    return {
        "diffusion": np.where(excluded, 0.0, total - convection - migration),
        "convection": np.where(excluded, 0.0, convection),
        "migration": np.where(excluded, 0.0, migration),
    }


def _density_slope(problem: Problem, x: Array) -> Array | float:
    """dX/dx (M + 1, B) of the piece that a node belongs to, first of two at a repeated node."""
    if problem.positions is None:
        return 0.0
    positions, density = problem.positions, problem.charge_density
    spans = np.flatnonzero(np.diff(positions) > 0)
    slope = np.diff(density, axis=0)[spans] / np.diff(positions)[spans, None]
    first = np.append(np.diff(x) == 0, False)
    second = np.append(False, np.diff(x) == 0)
    ends = positions[spans + 1]
    span = np.searchsorted(ends, x, side="left")
    span = np.where(second & ~first, np.searchsorted(ends, x, side="right"), span)
    slopes: Array = slope[np.minimum(span, len(spans) - 1)]
    return slopes
