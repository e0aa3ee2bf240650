"""Numba loops of the march: the rules of ``march`` and ``continuation``, for one problem.

Three iterates are kept, each the last of Newton's on its mesh: the SOLUTION so far and, from it,
a COARSE and a FINE one, which are compared and extrapolated.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from analysis.continuum.solver import continuation, march
from analysis.continuum.solver.compiled_cells import (
    CHARGE,
    DRIFT,
    EXCLUDED,
    FEED,
    PECLET,
    PORE,
    QUANTITIES,
    TRANSFER,
    cross,
)
from analysis.continuum.solver.compiled_memory import row, stack, table
from analysis.continuum.solver.compiled_mesh import (
    Knots,
    equidistributed,
    lay,
    moved_drops,
    refined,
    uniform,
)
from analysis.continuum.solver.compiled_newton import Work, enter, initial_guess, newton

_whole: Any = np.int64
COARSEST = _whole(march.COARSEST)
COLD_STEPS, WARM_STEPS = march.COLD_STEPS, march.WARM_STEPS
LOGARITHM, PASSING, STEEPEST = march.LOGARITHM, march.PASSING, march.STEEPEST
FIRST_PECLET, FIRST_STEP = continuation.FIRST_PECLET, continuation.FIRST_STEP
LEAST_STEP, ROUNDS = continuation.LEAST_STEP, continuation.ROUNDS
CONTINUED_STEPS = continuation.NEWTON_STEPS
NONE = _whole(0)
SOLUTION, COARSE, FINE = (_whole(k) for k in range(3))
DIRECT, OR_CONTINUED, CONTINUED = (_whole(k) for k in range(3))
LINEAR, LOGARITHMIC = (_whole(k) > 0 for k in range(2))
"""Numpy's numbers, as Numba would compile a function anew for each of Python's."""


class Iterates(NamedTuple):
    """Three iterates: ``nodes`` (3, S, C + 1), ``unknowns`` (3, m), ``drops`` (3, M).

    ``ions``, ``last``, ``trial`` and ``trial_drops`` are for continuation, ``room`` (M + 1,) for
    meshes and ``logs`` (n,) for the extrapolation.
    """

    nodes: np.ndarray
    unknowns: np.ndarray
    drops: np.ndarray
    ions: np.ndarray
    last: np.ndarray
    trial: np.ndarray
    trial_drops: np.ndarray
    room: np.ndarray
    changes: np.ndarray
    logs: np.ndarray


class Given(NamedTuple):
    """One problem: ``ions`` as for the cells, the charge (T,) at the knots, and the choices.

    ``tolerances`` are AGREED and SETTLED of the march.
    """

    ions: np.ndarray
    knots: Knots
    charge: np.ndarray
    cells: int
    tolerances: np.ndarray


class Best(NamedTuple):
    """The best solution so far: ln c_p (n,), wall (n,), nodes (S, 9), potential and error (2,)."""

    log_permeate: np.ndarray
    wall: np.ndarray
    nodes: np.ndarray
    others: np.ndarray


@njit(error_model="numpy")
def iterates(
    block: np.ndarray, used: np.ndarray, n: int, m: int, pieces: int, cells: int
) -> Iterates:
    """Room for iterates of m unknowns on so many cells in each piece, cut from a block."""
    places = pieces * (cells + 1)
    return Iterates(
        stack(block, used, 3, pieces, cells + 1),
        table(block, used, 3, m),
        table(block, used, 3, places),
        table(block, used, QUANTITIES, n),
        row(block, used, m),
        row(block, used, m),
        row(block, used, places),
        row(block, used, places),
        row(block, used, places),
        row(block, used, n),
    )


@njit(error_model="numpy")
def _continued(
    given: Given,
    cells: int,
    unknowns: np.ndarray,
    drops: np.ndarray,
    how: int,
    steps: int,
    logarithmic: bool,
    them: Iterates,
    work: Work,
) -> bool:
    """Whether Newton's method converges from the unknowns, directly or by continuation in the flux.

    Continuation is that of ``continuation.continue_in_flux``, from its own start; it begins at once
    where ``how`` is CONTINUED.
    """
    ions, scaled, last, trial, trial_drops = (
        given.ions,
        them.ions,
        them.last,
        them.trial,
        them.trial_drops,
    )
    m, drift = len(unknowns), 0.0
    for i in range(ions.shape[1]):
        drift = max(drift, ions[DRIFT, i])
    start = min(np.log(FIRST_PECLET / drift), -FIRST_STEP)
    at, before, length, target = -np.inf, -np.inf, FIRST_STEP, 0.0
    direct = how != CONTINUED
    for _ in range(ROUNDS + 2):
        if not direct:
            target = start if at == -np.inf else min(0.0, at + length)
        share = np.exp(target)
        for q in range(QUANTITIES):
            for i in range(ions.shape[1]):
                scaled[q, i] = ions[q, i]
                if q == DRIFT or q == PECLET:
                    scaled[q, i] *= share
                elif q == TRANSFER:
                    scaled[q, i] /= share
        if at == -np.inf and not direct:
            initial_guess(scaled, work.density[0], trial, work)
            for k in range(cells):
                trial_drops[k] = 0.0
        else:
            here, past = np.exp(at), np.exp(before)
            for j in range(m):
                slope = 0.0 if direct else (unknowns[j] - last[j]) / (here - past)
                trial[j] = unknowns[j] + slope * (share - here)
            for k in range(cells):
                trial_drops[k] = drops[k] * (1.0 if direct else share / here)
        most = steps if direct else CONTINUED_STEPS
        log = logarithmic or not direct
        done = newton(scaled, cells, trial, trial_drops, most, work, log)
        if done or direct or at == -np.inf:
            for j in range(m):
                last[j] = trial[j] if at == -np.inf else unknowns[j]
                unknowns[j] = trial[j]
            for k in range(cells):
                drops[k] = trial_drops[k]
        if direct:
            if done or how == DIRECT:
                return done
            direct = False
        elif at == -np.inf:
            if not done:
                return False
            at, before = target, target - FIRST_STEP
        elif done:
            before, at = at, target
            length *= 2
        else:
            length /= 3
        if not at < 0 or (at > -np.inf and not length > LEAST_STEP):
            break
    return at >= 0


@njit(error_model="numpy")
def _solved(
    given: Given,
    source: int,
    source_cells: int,
    slot: int,
    cells: int,
    how: int,
    logarithmic: bool,
    them: Iterates,
    work: Work,
) -> bool:
    """Whether an iterate is found on the slot's nodes: from another one, or cold from itself."""
    nodes, drops, unknowns = them.nodes[slot], them.drops[slot], them.unknowns[slot]
    count = lay(nodes, cells, given.knots, given.charge, work.widths, work.density)
    steps = WARM_STEPS
    if source == slot:
        steps = COLD_STEPS
        initial_guess(given.ions, work.density[0], unknowns, work)
        for k in range(count):
            drops[k] = 0.0
    else:
        for j in range(len(unknowns)):
            unknowns[j] = them.unknowns[source, j]
        moved_drops(
            them.nodes[source], source_cells, them.drops[source], nodes, cells, drops, them.room
        )
    return _continued(given, count, unknowns, drops, how, steps, logarithmic, them, work)


@njit(error_model="numpy")
def _difference(ions: np.ndarray, one: np.ndarray, other: np.ndarray) -> float:
    """Largest difference of two ln c_p, as in ``march``; NaN where a part of it is none."""
    largest = 0.0
    for i in range(ions.shape[1]):
        if ions[EXCLUDED, i]:
            continue
        first, second, feed = np.exp(one[i]), np.exp(other[i]), ions[FEED, i]
        larger = max(first, second)
        part = abs(first - second) / max(feed, larger)
        if larger > PASSING * feed:
            part += LOGARITHM * min(abs(one[i] - other[i]), 1.0)
        if np.isnan(one[i] + other[i] + part):
            return np.nan
        largest = max(largest, part)
    return largest


@njit(error_model="numpy")
def _extrapolated(
    given: Given, them: Iterates, coarse: int, fine: int, cells: int, best: Best
) -> bool:
    """Keep the extrapolation where it is better; whether the two meshes agree."""
    ions, logs, n = given.ions, them.logs, given.ions.shape[1]
    on_coarse, on_fine = them.unknowns[coarse], them.unknowns[fine]
    weight = 4 / 3
    for i in range(n):
        permeate = (4 * np.exp(on_fine[i]) - np.exp(on_coarse[i])) / 3
        logs[i] = np.log(permeate)
        if not permeate > 0:
            weight = 1.0
    if weight == 1:
        for i in range(n):
            logs[i] = on_fine[i]
    difference = _difference(ions, on_fine, on_coarse)
    settled = _difference(ions, logs, best.log_permeate)
    if not difference > best.others[1]:
        best.others[0] = weight * on_fine[n] + (1 - weight) * on_coarse[n]
        best.others[1] = difference
        for i in range(n):
            best.log_permeate[i] = logs[i]
            if len(on_fine) > n + 1:
                at = n + 1 + i
                best.wall[i] = np.exp(weight * on_fine[at] + (1 - weight) * on_coarse[at])
        refined(them.nodes[fine], cells, best.nodes, 2 * COARSEST)
    agreed: bool = difference < given.tolerances[0] or settled < given.tolerances[1]
    return agreed


@njit(error_model="numpy")
def _place(given: Given, them: Iterates, cells: int, work: Work, logarithmic: bool) -> None:
    """Nodes of COARSE where the concentrations of SOLUTION change."""
    ions, entry, cell, nodes = given.ions, work.entry, work.cell, them.nodes[SOLUTION]
    count = lay(nodes, cells, given.knots, given.charge, work.widths, work.density)
    enter(ions, work.density[count], them.unknowns[SOLUTION], work, logarithmic)
    for k in range(count - 1, -1, -1):
        drop, width, density = them.drops[SOLUTION, k], work.widths[k], work.density[k]
        cross(ions, entry, work.inflow, width, density, drop, cell, logarithmic)
        change = total = 0.0
        for i in range(ions.shape[1]):
            weight, before, after = ions[CHARGE, i] ** 2, entry[i], cell[PORE, i]
            entry[i] = after
            if logarithmic:
                before, after = np.exp(before), np.exp(after)
            change += weight * abs(after - before)
            total += weight * (after + before)
        them.changes[k] = 2 * change / total
    equidistributed(nodes, cells, them.changes, them.nodes[COARSE], them.room)


@njit(error_model="numpy")
def solve(given: Given, them: Iterates, work: Work, best: Best) -> None:
    """The permeate of one problem from a cold start, in place of ``best``."""
    knots, cells = given.knots, 2 * COARSEST
    half, steep = cells // 2, LINEAR
    work.outlet[0] = 0.0
    uniform(knots, half, them.nodes[COARSE])
    uniform(knots, cells, them.nodes[SOLUTION])
    found = _solved(given, COARSE, NONE, COARSE, half, DIRECT, steep, them, work)
    if found:
        found = _solved(given, COARSE, half, SOLUTION, cells, DIRECT, steep, them, work)
        for k in range((len(knots.first) - 1) * (cells + 1) - 1):
            found = found and abs(them.drops[SOLUTION, k]) < STEEPEST
    if found:
        if _extrapolated(given, them, COARSE, SOLUTION, cells, best):
            return
    else:
        steep = LOGARITHMIC
        if not _solved(given, SOLUTION, NONE, SOLUTION, cells, CONTINUED, steep, them, work):
            return
        if _solved(given, COARSE, NONE, COARSE, half, CONTINUED, steep, them, work):
            _extrapolated(given, them, COARSE, SOLUTION, cells, best)
        else:
            uniform(knots, 2 * cells, them.nodes[FINE])
            if _solved(given, FINE, NONE, FINE, 2 * cells, CONTINUED, steep, them, work):
                _extrapolated(given, them, SOLUTION, FINE, 2 * cells, best)
    while 2 * cells <= given.cells:
        _place(given, them, cells, work, steep)
        if not _solved(given, SOLUTION, cells, COARSE, cells, OR_CONTINUED, steep, them, work):
            break
        refined(them.nodes[COARSE], cells, them.nodes[FINE], 2 * cells)
        if not _solved(given, COARSE, cells, FINE, 2 * cells, OR_CONTINUED, steep, them, work):
            break
        cells *= 2
        if _extrapolated(given, them, COARSE, FINE, cells, best):
            break
        for s in range(len(them.nodes[FINE])):
            for c in range(cells + 1):
                them.nodes[SOLUTION, s, c] = them.nodes[FINE, s, c]
        for k in range(them.drops.shape[1]):
            them.drops[SOLUTION, k] = them.drops[FINE, k]
        for j in range(them.unknowns.shape[1]):
            them.unknowns[SOLUTION, j] = them.unknowns[FINE, j]
