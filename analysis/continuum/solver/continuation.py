"""Continuation in the flux brings Newton's method to hard problems, from a share of the flux."""

import numpy as np

from analysis.continuum.arrays import Bools
from analysis.continuum.solver import newton
from analysis.continuum.solver.batch import take
from analysis.continuum.solver.newton import MeshSolution
from analysis.continuum.solver.residual import ShootingResidual

FIRST_PECLET = 0.1
"""Largest Kc Pe at the flux with which it begins; there the initial guess is good."""
FIRST_STEP = 2.0
"""In the logarithm of the share; doubled after success and cut to a third after failure."""
LEAST_STEP = 1e-5
ROUNDS = 200
NEWTON_STEPS = 40


def continue_in_flux(residual: ShootingResidual) -> MeshSolution:
    """Solution on the residual's mesh in logarithmic form; converged where the flux is reached.

    The next guess is on the secant through the last two solutions.
    """
    residual = residual.on(residual.nodes, logarithmic=True)
    size = residual.feed.shape[1]
    goal = np.zeros(size)
    log_share = np.minimum(np.log(FIRST_PECLET / residual.drift.max(axis=0)), -FIRST_STEP)
    step = goal + FIRST_STEP
    first = residual.at_flux(np.exp(log_share))
    start = newton.solve(first, first.initial_guess(), np.zeros_like(residual.widths), NEWTON_STEPS)
    unknowns, drops = start.unknowns, start.drops
    last_unknowns, last_log_share = unknowns.copy(), log_share - FIRST_STEP
    for _ in range(ROUNDS):
        rows = np.flatnonzero(start.converged & (log_share < goal) & (step > LEAST_STEP))
        if not len(rows):
            break
        target = np.minimum(goal[rows], log_share[rows] + step[rows])
        share, here, before = (np.exp(s) for s in (target, log_share[rows], last_log_share[rows]))
        secant = (unknowns[:, rows] - last_unknowns[:, rows]) / (here - before)
        solution = newton.solve(
            take(residual, rows).at_flux(share),
            unknowns[:, rows] + secant * (share - here),
            drops[:, rows] * share / here,
            NEWTON_STEPS,
        )
        done = solution.converged
        good, bad = rows[done], rows[~done]
        last_unknowns[:, good], last_log_share[good] = unknowns[:, good], log_share[good]
        unknowns[:, good], drops[:, good] = solution.unknowns[:, done], solution.drops[:, done]
        log_share[good] = target[done]
        step[good] *= 2
        step[bad] /= 3
    return MeshSolution(residual, unknowns, drops, log_share >= goal)


def continue_failed(solution: MeshSolution) -> Bools:
    """Solve what has not converged by continuation, in place; where that was needed (B,)."""
    failed = ~solution.converged
    rows = np.flatnonzero(failed)
    if len(rows):
        again = continue_in_flux(take(solution.residual, rows))
        solution.unknowns[:, rows], solution.drops[:, rows] = again.unknowns, again.drops
        solution.converged[rows] = again.converged
    return failed
