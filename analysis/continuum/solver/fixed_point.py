"""A fixed-point iteration makes partition coefficients and compositions agree at a given flux."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.continuum.arrays import Array, Bools
from analysis.continuum.solver import kernel
from analysis.continuum.solver.batch import take
from analysis.continuum.solver.conditions import Conditions
from analysis.continuum.solver.interfaces import (
    InterfaceFactors,
    are_constant,
    interface_factors,
)
from analysis.continuum.solver.problem import KernelSolution, Problem

ITERATIONS = 60
TOLERANCE = 1e-9
"""Largest change of the logarithm of a partition coefficient in the last iteration."""
RELAXATION = (0.05, 1.0)
"""Least and largest share of such a change that is made at once."""


@dataclass(frozen=True)
class BatchSolution:
    """Conditions solved at a flux (B,).

    Attributes
    ----------
    solution : KernelSolution
        Permeate and wall are NaN where it has not converged, and 0 of an absent ion.
    inlet, outlet : InterfaceFactors
        At the interfaces with the feed and with the permeate.
    """

    conditions: Conditions
    flux: Array
    problem: Problem
    solution: KernelSolution
    inlet: InterfaceFactors
    outlet: InterfaceFactors

    def at_converged(self, flux: Array, converged: Bools) -> "BatchSolution":
        """The same with NaN in permeate and wall, and no convergence, where it is not converged."""
        solution, nan = self.solution, np.where(converged, 1.0, np.nan)[:, None]
        masked = replace(
            solution,
            permeate=nan * solution.permeate,
            wall=nan * solution.wall,
            converged=solution.converged & converged,
        )
        return replace(self, flux=flux, solution=masked)


def solve_at_flux(conditions: Conditions, flux: Array) -> BatchSolution:
    """Solution of a batch of conditions at a flux (B,)."""
    with np.errstate(all="ignore"):
        inlet, outlet, settled = _factors(conditions, flux)
        partition = conditions.size_and_born
        problem = conditions.problem(
            flux,
            partition * inlet.activity * inlet.image,
            partition * outlet.activity * outlet.image,
        )
        solution = kernel.solve(conditions, problem)
    batch = BatchSolution(conditions, flux, problem, solution, inlet, outlet)
    return batch.at_converged(flux, solution.converged & settled)


def _factors(
    conditions: Conditions, flux: Array
) -> tuple[InterfaceFactors, InterfaceFactors, Bools]:
    """Factors of both interfaces, and whether their fixed point is reached (B,).

    Logarithms of the partition coefficients are iterated with Aitken's relaxation, in the form of
    Irons and Tuck, Int. J. Numer. Methods Eng. 1, 275 (1969).
    """
    size = len(flux)
    if are_constant(conditions):
        ones = InterfaceFactors.ones(conditions)
        return ones, ones, np.ones(size, dtype=bool)
    density = conditions.charge_density
    ends = (density, density) if conditions.positions is None else (density[0], density[-1])
    inlet, outlet = (interface_factors(conditions, conditions.feed, end) for end in ends)
    log = np.log(np.stack([inlet.product, outlet.product]))
    share = np.full(size, RELAXATION[1])
    last_change = np.zeros_like(log)
    rows = np.flatnonzero(conditions.pass_salt)
    for number in range(ITERATIONS):
        part = take(conditions, rows)
        partition, permeate_partition = part.size_and_born * np.exp(log[:, rows])
        problem = part.problem(flux[rows], partition, permeate_partition)
        solution = kernel.solve(part, problem)
        if conditions.film is not None:
            at_wall = interface_factors(part, solution.wall, ends[0][rows])
            inlet.activity[rows], inlet.image[rows] = at_wall.activity, at_wall.image
        at_permeate = interface_factors(part, solution.permeate, ends[1][rows])
        outlet.activity[rows], outlet.image[rows] = at_permeate.activity, at_permeate.image
        change = np.log(np.stack([inlet.product[rows], outlet.product[rows]])) - log[:, rows]
        change = np.where(part.permeable, change, 0.0)
        if number:
            share[rows] = _aitken(share[rows], last_change[:, rows], change)
        moving = ~(np.abs(change).max(axis=(0, 2)) < TOLERANCE)
        last_change[:, rows] = change
        rows, change = rows[moving], change[:, moving]
        if not len(rows):
            break
        log[:, rows] += share[rows][:, None] * change
    settled = np.ones(size, dtype=bool)
    settled[rows] = False
    return inlet, outlet, settled


def _aitken(share: Array, last_change: Array, change: Array) -> Array:
    """Relaxation (B,) from the last two changes (2, B, n)."""
    second = change - last_change
    size = (second**2).sum(axis=(0, 2))
    relaxation = -share * (last_change * second).sum(axis=(0, 2)) / np.where(size > 0, size, np.inf)
    usable = np.isfinite(relaxation) & (relaxation > 0)
    return np.clip(np.where(usable, relaxation, share), *RELAXATION)
