"""A batch of conditions solved at a flux by one of the kernels."""

from dataclasses import dataclass, replace

import numpy as np

from analysis.continuum.solver import collocation, march
from analysis.continuum.solver.case import Case
from analysis.continuum.solver.problem import Problem, Solved

HALVINGS = 100
"""Of the interval in which the film's field lies."""
PASSES = 60
"""Solves in which partition coefficients follow compositions."""
PASS_TOLERANCE = 1e-9
"""Largest change of the logarithm of a partition coefficient in the last of them."""
RELAXATION = (0.05, 1.0)
"""Least and largest share of such a change that is made at once."""


@dataclass(frozen=True)
class Run:
    """A case solved at a flux; ``permeate`` and ``wall`` (B, n) in mol/m3, NaN where it failed.

    ``feed_face`` and ``permeate_face`` hold the factors ``activity`` and ``image``.
    """

    case: Case
    flux: np.ndarray
    problem: Problem
    solved: Solved
    permeate: np.ndarray
    wall: np.ndarray
    converged: np.ndarray
    feed_face: dict[str, np.ndarray]
    permeate_face: dict[str, np.ndarray]


def run(case: Case, flux) -> Run:
    """Solution at a flux (B,)."""
    with np.errstate(all="ignore"):
        entering, leaving, followed = _partition(case, flux)
        fixed = case.faces.fixed
        problem = case.problem(
            flux,
            fixed * entering["activity"] * entering["image"],
            fixed * leaving["activity"] * leaving["image"],
        )
        solved = _kernel(case, problem)
        permeate, wall = _outside(case, solved)
    converged = solved.converged & followed
    nan = np.where(converged, 1.0, np.nan)[:, None]
    return Run(
        case, flux, problem, solved, nan * permeate, nan * wall, converged, entering, leaving
    )


def _kernel(case: Case, problem: Problem) -> Solved:
    """Every row solved by the chosen kernel; no salt passes in rows that are not balanced."""
    size, ions = problem.feed.shape
    rows = np.flatnonzero(case.balanced)
    solved = Solved(
        permeate=np.zeros((size, ions)),
        potential=np.full(size, np.nan),
        converged=np.ones(size, dtype=bool),
        wall=problem.feed.copy(),
        logarithm=np.full((size, ions), -np.inf),
    )
    if len(rows):
        part = problem.rows(rows)
        if case.method == "march":
            found = march.solve(part, case.cells)
        else:
            found = collocation.solve(part)
        nodes = None
        if found.nodes is not None:
            nodes = np.full((*found.nodes.shape[:2], size), np.nan)
            nodes[:, :, rows] = found.nodes
        solved = replace(solved, nodes=nodes)
        solved.permeate[rows], solved.potential[rows] = found.permeate, found.potential
        solved.converged[rows] = found.converged
        if found.wall is not None:
            solved.wall[rows] = found.wall
        log = np.log(found.permeate) if found.logarithm is None else found.logarithm
        solved.logarithm[rows] = log
    alone = np.flatnonzero(~case.balanced)
    if len(alone):
        solved.permeate[alone], solved.wall[alone] = _without_salt(problem.rows(alone), case)
    return solved


def _without_salt(problem: Problem, case: Case):
    """c_p and c_w where salt is kept out: neutral solutes pass by themselves.

    c_p / c_w = Kc G / (1 - (1 - Kc G') exp(-Kc Pe)) with G of the feed's and G' of the
    permeate's face; in the film the ions' field keeps the wall neutral.
    """
    neutral = (case.charges == 0) & ~problem.kept_out
    pull = problem.convection * problem.peclet
    entering, leaving = (problem.convection * g for g in (problem.partition, problem.leaving))
    passage = np.where(neutral, entering / (leaving + (1 - leaving) * -np.expm1(-pull)), 0.0)
    if problem.film_transfer is None:
        return passage * problem.feed, problem.feed
    drift = problem.film_charges * problem.film_mobility
    rest = problem.film_transfer - 1 + passage
    with np.errstate(divide="ignore"):
        low = np.where(drift > 0, -rest / drift, -np.inf).max(axis=1)
        high = np.where(drift < 0, -rest / drift, np.inf).min(axis=1)
    low, high = (np.where(np.isfinite(end), end, 0.0) for end in (low, high))
    brought = problem.film_transfer * problem.feed
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        wall = brought / (rest + drift * middle[:, None])
        excess = (problem.film_charges * wall).sum(axis=1) > 0
        low, high = np.where(excess, middle, low), np.where(excess, high, middle)
    return passage * wall, wall


def _outside(case: Case, solved: Solved):
    """Permeate and wall, where an ion is absent 0."""
    absent = case.feed <= 0
    wall = case.feed if case.film is None else solved.wall
    return np.where(absent, 0.0, solved.permeate), np.where(absent, 0.0, wall)


def _partition(case: Case, flux):
    """Factors of both faces, and whether they have settled (B,).

    Logarithms of the partition coefficients are followed with Aitken's relaxation, in the form of
    Irons and Tuck, Int. J. Numer. Methods Eng. 1, 275 (1969).
    """
    size = len(flux)
    ones = {"activity": np.ones_like(case.feed), "image": np.ones_like(case.feed)}
    if case.faces.constant:
        return ones, ones, np.ones(size, dtype=bool)
    ends = case.density[[0, -1]] if case.positions is not None else [case.density] * 2
    faces = [case.faces.factors(case.feed, density) for density in ends]
    log = np.log(np.stack([_product(face) for face in faces]))
    share = np.full(size, RELAXATION[1])
    last = np.zeros_like(log)
    left = np.flatnonzero(case.balanced)
    for number in range(PASSES):
        part = case.rows(left)
        gain = part.faces.fixed * np.exp(log[:, left])
        solved = _kernel(part, part.problem(flux[left], *gain))
        outside = _outside(part, solved)
        for index, (density, solution) in enumerate(zip(ends, outside[::-1], strict=True)):
            if index == 0 and case.film is None:
                continue
            found = part.faces.factors(solution, density[left])
            for name, value in found.items():
                faces[index][name][left] = value
        change = np.log(np.stack([_product(f)[left] for f in faces])) - log[:, left]
        change = np.where(part.faces.open, change, 0.0)
        if number:
            share[left] = _relaxed(share[left], last[:, left], change)
        moving = ~(np.abs(change).max(axis=(0, 2)) < PASS_TOLERANCE)
        last[:, left] = change
        left, change = left[moving], change[:, moving]
        if not len(left):
            break
        log[:, left] += share[left][:, None] * change
    settled = np.ones(size, dtype=bool)
    settled[left] = False
    return *faces, settled


def _product(face: dict[str, np.ndarray]) -> np.ndarray:
    return face["activity"] * face["image"]


def _relaxed(share, before, now):
    turn = now - before
    size = (turn**2).sum(axis=(0, 2))
    wanted = -share * (before * turn).sum(axis=(0, 2)) / np.where(size > 0, size, np.inf)
    return np.clip(np.where(np.isfinite(wanted) & (wanted > 0), wanted, share), *RELAXATION)
