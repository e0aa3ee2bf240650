"""Hard problems led from little flux to the whole of it."""

import numpy as np

from analysis.continuum.solver import newton
from analysis.continuum.solver.closure import Closure, Mismatch
from analysis.continuum.solver.problem import Problem

FIRST = 0.1
"""Largest Peclet number at the flux with which it begins; there the start is good."""
FIRST_STEP = 2.0
"""In the logarithm of that share; doubled after success and cut to a third after failure."""
LEAST_STEP = 1e-5
ROUNDS = 200
NEWTON_STEPS = 40


def lead(problem: Problem, nodes):
    """Unknowns (m, B), drops (M, B) and success (B,) on even nodes (S, C + 1, B).

    Logarithms carry the concentrations, and the next start is on the line through the last two.
    """
    size = len(problem.feed)
    goal = np.zeros(size)
    pull = (problem.convection * problem.peclet).max(axis=1)
    level, step = np.minimum(np.log(FIRST / pull), -FIRST_STEP), goal + FIRST_STEP
    closure = Closure.of(problem.at_flux(np.exp(level)[:, None]))
    memory = np.zeros((nodes.shape[0] * nodes.shape[1] - 1, size))
    state = newton.solve(
        Mismatch.on(closure, nodes, wide=True), closure.start(), memory, NEWTON_STEPS
    )
    unknowns, memory = state.unknowns, state.memory
    before, level_before = unknowns.copy(), level - FIRST_STEP
    for _ in range(ROUNDS):
        rows = np.flatnonzero(state.converged & (level < goal) & (step > LEAST_STEP))
        if not len(rows):
            break
        target = np.minimum(goal[rows], level[rows] + step[rows])
        share, last, older = np.exp(target), np.exp(level[rows]), np.exp(level_before[rows])
        change = (unknowns[:, rows] - before[:, rows]) / (last - older)
        guess = unknowns[:, rows] + change * (share - last)
        closure = Closure.of(problem.rows(rows).at_flux(share[:, None]))
        found = newton.solve(
            Mismatch.on(closure, nodes[:, :, rows], wide=True),
            guess,
            memory[:, rows] * share / last,
            NEWTON_STEPS,
        )
        good, bad = rows[found.converged], rows[~found.converged]
        before[:, good], level_before[good] = unknowns[:, good], level[good]
        unknowns[:, good] = found.unknowns[:, found.converged]
        memory[:, good] = found.memory[:, found.converged]
        level[good] = target[found.converged]
        step[good] *= 2
        step[bad] /= 3
    return unknowns, memory, level >= goal
