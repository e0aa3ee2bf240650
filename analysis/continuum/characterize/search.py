"""The best membrane is sought everywhere within the bounds, then from several places locally."""

from dataclasses import dataclass, replace

import numpy as np
import scipy

from analysis.continuum.arrays import Array, Bools
from analysis.continuum.characterize.objective import Objective
from analysis.continuum.inference import levenberg

SEARCH_CELLS = 32
"""Most cells of the march during the global search; rejections are right to 1e-4 then, and of a
thousand membranes within the default bounds one or two are not solved."""
MEMBERS = 12
"""Of the population, for each free parameter."""
GENERATIONS = 40
STARTS = 6
"""Of the local fits."""
LOCAL_STEPS = 150
"""Most steps of the last of them; a valley without slope takes many."""
APART = 0.1
"""Least distance of two starts, in scaled parameters."""
SAME = 0.01
"""Largest distance of two minima that are one."""
REFUSED = 1e12
"""Cost of a membrane that does not converge."""


@dataclass(frozen=True)
class Found:
    """What the search found.

    Attributes
    ----------
    x : (S, k) scaled minima, best first
    cost : (S,)
    converged : (S,) bool
    evaluated : int
        Membranes that the global search tried.
    unsolved : int
        Of them, those whose transport did not converge.
    """

    x: Array
    cost: Array
    converged: Bools
    evaluated: int
    unsolved: int


def search(objective: Objective, seed: int = 0) -> Found:
    """Differential evolution (Storn and Price, J. Global Optim. 11, 341 (1997)), then local fits.

    A generation is one batch. Local fits start from the best membrane of all, the best of each sign
    of the charge, and others that are good and apart.
    """
    coarse = replace(objective, cells=SEARCH_CELLS)
    width = len(objective.space.free)
    tried: list[Array] = []
    costs: list[Array] = []

    def cost(x: Array) -> Array:
        population = np.atleast_2d(x.T)
        residual = coarse(population, np.zeros(len(population), dtype=np.intp))
        total = np.sum(residual**2, axis=1)
        total = np.where(np.isfinite(total), total, REFUSED)
        tried.append(population.copy())
        costs.append(total)
        return total

    scipy.optimize.differential_evolution(
        cost,
        [(0.0, 1.0)] * width,
        vectorized=True,
        updating="deferred",
        popsize=MEMBERS,
        maxiter=GENERATIONS,
        tol=1e-3,
        init="sobol",
        polish=False,
        rng=seed,
    )
    x, total = np.concatenate(tried), np.concatenate(costs)
    rough = levenberg.minimise(coarse, _starts(objective, x, total))
    found = levenberg.minimise(objective, rough.x[_distinct(rough)], steps=LOCAL_STEPS)
    kept = _distinct(found)
    return Found(
        found.x[kept],
        found.cost[kept],
        found.converged[kept],
        evaluated=len(total),
        unsolved=int((total >= REFUSED).sum()),
    )


def _distinct(minima: levenberg.Minima) -> list[int]:
    """Indices of minima, best first, without those that are the same as a better one."""
    kept: list[int] = []
    for index in np.argsort(minima.cost):
        if all(np.abs(minima.x[index] - minima.x[other]).max() > SAME for other in kept):
            kept.append(int(index))
    return kept


def _starts(objective: Objective, x: Array, cost: Array) -> Array:
    order = np.argsort(cost)
    chosen = [order[0]]
    for index, parameter in enumerate(objective.space.free):
        if parameter.name != "charge_density" or not parameter.low < 0 < parameter.high:
            continue
        positive = x[order, index] > parameter.scaled(0.0)
        chosen += [order[side][0] for side in (positive, ~positive) if side.any()]
    chosen = list(dict.fromkeys(chosen))
    for candidate in order:
        if len(chosen) >= STARTS:
            break
        if np.abs(x[chosen] - x[candidate]).max(axis=1).min() > APART:
            chosen.append(candidate)
    return x[chosen]
