"""A kernel, march or collocation, solves a batch.

Where salt cannot pass there is a closed form. Neutral solutes pass by it in any case: they do not
feel the ions' field, nor the ions them, so that the march is of the ions alone.
"""

from dataclasses import fields, replace

import numpy as np

from analysis.continuum.arrays import Array, Bools
from analysis.continuum.solver import collocation, compiled, march
from analysis.continuum.solver.batch import concatenate, take
from analysis.continuum.solver.conditions import Conditions
from analysis.continuum.solver.problem import KernelSolution, Problem

HALVINGS = 100
"""Of the interval in which the film's field lies."""


def solve(conditions: Conditions, problem: Problem) -> KernelSolution:
    """Solution of every row by the method of the conditions; an absent ion has 0 concentration."""
    pass_salt = conditions.pass_salt
    rows, others = np.flatnonzero(pass_salt), np.flatnonzero(~pass_salt)
    if not len(rows):
        solution = _without_salt(conditions, problem)
    elif not len(others):
        solution = _by_method(conditions, problem)
    else:
        solution = _by_method(conditions, take(problem, rows))
        alone = _without_salt(conditions, take(problem, others), solution.nodes.shape[1] - 1)
        solution = take(concatenate([solution, alone]), np.argsort(np.append(rows, others)))
    absent = conditions.feed <= 0
    wall = conditions.feed if conditions.film is None else solution.wall
    return replace(
        solution,
        permeate=np.where(absent, 0.0, solution.permeate),
        wall=np.where(absent, 0.0, wall),
    )


def _by_method(conditions: Conditions, problem: Problem) -> KernelSolution:
    if conditions.method != "march":
        return collocation.solve(problem)
    marched = compiled.solve if conditions.compiled else march.solve
    charged = conditions.charges != 0
    if charged.all():
        return marched(problem, conditions.cells)
    ions = marched(_of_solutes(problem, charged), conditions.cells)
    passing, at_wall = _neutral_solutes(
        conditions.charges[~charged], _of_solutes(problem, ~charged)
    )

    def joined(of_ions: Array, of_others: Array) -> Array:
        both = np.empty_like(problem.feed)
        both[:, charged], both[:, ~charged] = of_ions, of_others
        return both

    return replace(
        ions,
        permeate=joined(ions.permeate, passing),
        log_permeate=joined(ions.log_permeate, np.log(passing)),
        wall=joined(ions.wall, at_wall),
    )


def _of_solutes(problem: Problem, which: Bools) -> Problem:
    """The problem of some of its solutes."""
    shape = problem.feed.shape
    columns = {}
    for field in fields(Problem):
        value = getattr(problem, field.name)
        if field.name not in ("charge_density", "positions") and np.shape(value) == shape:
            columns[field.name] = np.ascontiguousarray(value[:, which])
    return replace(problem, **columns)


def _without_salt(conditions: Conditions, problem: Problem, cells: int = 1) -> KernelSolution:
    """Solution where salt is excluded: neutral solutes pass by themselves."""
    permeate, wall = _neutral_solutes(conditions.charges, problem)
    return replace(
        KernelSolution.unsolved(problem, cells),
        permeate=permeate,
        log_permeate=np.full_like(permeate, -np.inf),
        wall=wall,
        converged=np.ones(len(permeate), dtype=bool),
    )


def _neutral_solutes(charges: Array, problem: Problem) -> tuple[Array, Array]:
    """c_p and c_w (B, n) of the solutes whose charges (n,) are 0; of ions, those where none passes.

    c_p / c_w = Kc G / (1 - (1 - Kc G') exp(-Kc Pe)) with G of the feed's and G' of the permeate's
    interface; in the film the ions' field keeps the wall neutral, and is bisected for.
    """
    neutral = (charges == 0) & ~problem.excluded
    drift = problem.convection * problem.peclet
    inlet, outlet = (problem.convection * g for g in (problem.partition, problem.outlet_partition))
    passage = np.where(neutral, inlet / (outlet + (1 - outlet) * -np.expm1(-drift)), 0.0)
    transfer, mobility, z = problem.film_transfer, problem.film_mobility, problem.film_charges
    if transfer is None or mobility is None or z is None:
        return passage * problem.feed, problem.feed
    migration = z * mobility
    rest = transfer - 1 + passage
    with np.errstate(divide="ignore"):
        low = np.where(migration > 0, -rest / migration, -np.inf).max(axis=1)
        high = np.where(migration < 0, -rest / migration, np.inf).min(axis=1)
    low, high = (np.where(np.isfinite(end), end, 0.0) for end in (low, high))
    supply = transfer * problem.feed
    for _ in range(HALVINGS if z.any() else 1):
        middle = (low + high) / 2
        wall = supply / (rest + migration * middle[:, None])
        excess = (z * wall).sum(axis=1) > 0
        low, high = np.where(excess, middle, low), np.where(excess, high, middle)
    return passage * wall, wall
