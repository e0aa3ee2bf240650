"""Numba loops that find the root of one problem's shooting residual, as ``newton`` does a batch's.

Unknowns (m,), drops and their slopes (M, m) are those of ``residual``; with a film m is 2 n + 2,
else n + 1. Arrays of cells may be longer than the M cells that are used.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from analysis.continuum.solver import newton as batch
from analysis.continuum.solver import residual
from analysis.continuum.solver.compiled_cells import (
    CHARGE,
    DRIFT,
    EXCLUDED,
    FEED,
    FILM_CHARGE,
    INLET,
    MOBILITY,
    OUTLET,
    PECLET,
    PORE,
    RETAINED,
    SENSITIVITY,
    TRANSFER,
    cross,
    donnan,
)
from analysis.continuum.solver.compiled_memory import row, table

LEAST_PASSAGE = residual.LEAST_PASSAGE
LARGEST_STEP, LARGEST_SHARE = batch.LARGEST_STEP, batch.LARGEST_SHARE
HALVINGS = batch.HALVINGS
TOLERANCE, RESIDUAL_TOLERANCE = batch.TOLERANCE, batch.RESIDUAL_TOLERANCE
QUADRATIC = 3e-7
"""Step from which on the next is foreseen, as each is the square of the last times a constant: the
residual that would show no more than that is not computed."""


class Work(NamedTuple):
    """Arrays that one problem after the other is worked out in.

    ``widths`` and ``density`` are of the mesh's cells and nodes, from feed to permeate; ``outlet``
    is the permeate's Donnan potential, from which the next is sought.
    """

    widths: np.ndarray
    density: np.ndarray
    cell: np.ndarray
    entry: np.ndarray
    inflow: np.ndarray
    source: np.ndarray
    slope: np.ndarray
    outlet: np.ndarray
    value: np.ndarray
    jacobian: np.ndarray
    step: np.ndarray
    base: np.ndarray
    base_drops: np.ndarray
    slopes: np.ndarray
    base_slopes: np.ndarray


@njit(error_model="numpy")
def work_arrays(block: np.ndarray, used: np.ndarray, n: int, m: int, cells: int) -> Work:
    """Room for n ions, m unknowns and so many cells, cut from a block of memory."""
    return Work(
        row(block, used, cells),
        row(block, used, cells + 1),
        table(block, used, 3, n),
        row(block, used, n),
        row(block, used, n),
        row(block, used, n),
        table(block, used, n, n),
        row(block, used, 1),
        row(block, used, m),
        table(block, used, m, m),
        row(block, used, m),
        row(block, used, m),
        row(block, used, cells),
        table(block, used, cells, m),
        table(block, used, cells, m),
    )


@njit(error_model="numpy")
def initial_guess(ions: np.ndarray, density: float, unknowns: np.ndarray, work: Work) -> None:
    """Unknowns of ``ShootingResidual.initial_guess``, in place; X is that next to the feed."""
    n, pore, source = ions.shape[1], work.entry, work.source
    for i in range(n):
        source[i] = ions[INLET, i] * ions[FEED, i]
    unknowns[n] = donnan(ions[CHARGE], source, density, 0.0, pore)
    for i in range(n):
        drift, peclet, feed = ions[DRIFT, i], ions[PECLET, i], ions[FEED, i]
        passage = (drift / peclet if peclet > 0 else 1.0) * (pore[i] / feed)
        passage = passage / (passage - (1 - passage) * np.expm1(-drift))
        if passage < LEAST_PASSAGE:
            passage = LEAST_PASSAGE
        source[i] = 1.0 if ions[EXCLUDED, i] else passage * feed
    donnan(ions[CHARGE], source, 0.0, 0.0, pore)
    for i in range(n):
        unknowns[i] = np.log(pore[i])
    for k in range(n + 1, len(unknowns)):
        unknowns[k] = np.log(ions[FEED, k - n - 1]) if k < 2 * n + 1 else 0.0


@njit(error_model="numpy")
def enter(
    ions: np.ndarray, density: float, unknowns: np.ndarray, work: Work, logarithmic: bool
) -> None:
    """Start of a sweep, at the permeate's interface: entry, inflow and slope of the work arrays."""
    n, entry = ions.shape[1], work.entry
    for i in range(n):
        permeate, peclet = np.exp(unknowns[i]), ions[PECLET, i]
        work.inflow[i] = np.log(peclet) + unknowns[i] if logarithmic else peclet * permeate
        work.source[i] = ions[OUTLET, i] * permeate
    potential = donnan(ions[CHARGE], work.source, density, work.outlet[0], entry)
    work.outlet[0] = potential
    strength = 0.0
    for i in range(n):
        strength += ions[CHARGE, i] * ions[CHARGE, i] * entry[i]
    for i in range(n):
        for j in range(n):
            shift = ions[CHARGE, j] * entry[j] / strength
            work.slope[i, j] = (1.0 if i == j else 0.0) - ions[CHARGE, i] * shift
    if logarithmic:
        for i in range(n):
            entry[i] = np.log(ions[OUTLET, i]) + unknowns[i] - ions[CHARGE, i] * potential


@njit(error_model="numpy")
def _sweep(
    ions: np.ndarray,
    cells: int,
    unknowns: np.ndarray,
    drops: np.ndarray,
    work: Work,
    logarithmic: bool,
) -> None:
    """Concentrations and their slopes at the feed's interface; drops and slopes in place."""
    n, cell, entry, slope, slopes = ions.shape[1], work.cell, work.entry, work.slope, work.slopes
    inflow, widths, density = work.inflow, work.widths, work.density
    enter(ions, density[cells], unknowns, work, logarithmic)
    for k in range(cells - 1, -1, -1):
        drops[k] = cross(ions, entry, inflow, widths[k], density[k], drops[k], cell, logarithmic)
        total = 0.0
        for i in range(n):
            z = ions[CHARGE, i]
            entry[i] = cell[PORE, i]
            weight = z * (np.exp(entry[i]) if logarithmic else entry[i])
            cell[SENSITIVITY, i] *= z
            total += weight * cell[SENSITIVITY, i]
            cell[PORE, i] = weight
        for j in range(n):
            slopes[k, j] = 0.0
        for i in range(n):
            retained, weight = cell[RETAINED, i], cell[PORE, i] / total
            for j in range(n):
                slope[i, j] *= retained
                if i == j:
                    slope[i, j] += 1 - retained
                slopes[k, j] -= weight * slope[i, j]
        for i in range(n):
            for j in range(n):
                slope[i, j] += cell[SENSITIVITY, i] * slopes[k, j]


@njit(error_model="numpy")
def _charge_ratio(
    ions: np.ndarray, charge: int, unknowns: np.ndarray, first: int, derivative: np.ndarray
) -> float:
    """ln(positive / negative charges) and its derivative, in place, by unknowns from the first.

    ``charge`` is the row of the ions that is counted.
    """
    plus = minus = 0.0
    for i in range(ions.shape[1]):
        z = ions[charge, i]
        part = z * np.exp(unknowns[first + i])
        derivative[first + i] = part
        if z > 0:
            plus += part
        elif z < 0:
            minus -= part
    for i in range(ions.shape[1]):
        derivative[first + i] /= plus if ions[charge, i] > 0 else minus
    ratio: float = np.log(plus / minus)
    return ratio


@njit(error_model="numpy")
def _film(ions: np.ndarray, unknowns: np.ndarray, value: np.ndarray, jacobian: np.ndarray) -> None:
    """Balance of every ion in the film over what the film brings, and a neutral wall, in place."""
    n = ions.shape[1]
    last = 2 * n + 1
    for i in range(n):
        at = n + 1 + i
        passing = 0.0 if ions[EXCLUDED, i] else np.exp(unknowns[i])
        wall, transfer = np.exp(unknowns[at]), ions[TRANSFER, i]
        supply = transfer * ions[FEED, i]
        migration = ions[FILM_CHARGE, i] * ions[MOBILITY, i] * wall
        back = (1 - transfer) * wall - migration * unknowns[last]
        value[at] = (supply + back - passing) / supply
        jacobian[at, i] = -passing / supply
        jacobian[at, at] = back / supply
        jacobian[at, last] = -migration / supply
        jacobian[i, at] = 0.0 if ions[EXCLUDED, i] else -1.0
    value[last] = _charge_ratio(ions, FILM_CHARGE, unknowns, n + 1, jacobian[last])


@njit(error_model="numpy")
def _linearised(
    ions: np.ndarray,
    cells: int,
    unknowns: np.ndarray,
    drops: np.ndarray,
    work: Work,
    logarithmic: bool,
) -> float:
    """Largest part of the residual; residual, Jacobian, drops and their slopes in place."""
    n, m, value, jacobian = ions.shape[1], len(unknowns), work.value, work.jacobian
    _sweep(ions, cells, unknowns, drops, work, logarithmic)
    for i in range(m):
        for j in range(m):
            jacobian[i, j] = 0.0
    for i in range(n):
        if ions[EXCLUDED, i]:
            value[i], jacobian[i, i] = unknowns[i], 1.0
            continue
        wall = np.exp(unknowns[n + 1 + i]) if m > n + 1 else ions[FEED, i]
        log_pore = work.entry[i] if logarithmic else np.log(work.entry[i])
        value[i] = log_pore - np.log(ions[INLET, i] * wall) + ions[CHARGE, i] * unknowns[n]
        for j in range(n):
            jacobian[i, j] = work.slope[i, j]
        jacobian[i, n] = ions[CHARGE, i]
    value[n] = _charge_ratio(ions, CHARGE, unknowns, 0, jacobian[n])
    if m > n + 1:
        _film(ions, unknowns, value, jacobian)
    largest = 0.0
    for i in range(m):
        # A part that is not a number stays the largest.
        if not abs(value[i]) <= largest and not np.isnan(largest):
            largest = abs(value[i])
    return largest


@njit(error_model="numpy")
def _solved(matrix: np.ndarray, right: np.ndarray) -> bool:
    """Solve a linear system by elimination with pivots; both are overwritten, with the solution.

    False where a pivot is 0 or not finite, or the solution is not.
    """
    m = len(right)
    for k in range(m):
        pivot = k
        for i in range(k + 1, m):
            if abs(matrix[i, k]) > abs(matrix[pivot, k]):
                pivot = i
        if not 0 < abs(matrix[pivot, k]) < np.inf:
            return False
        if pivot != k:
            for j in range(k, m):
                matrix[k, j], matrix[pivot, j] = matrix[pivot, j], matrix[k, j]
            right[k], right[pivot] = right[pivot], right[k]
        inverse = 1 / matrix[k, k]
        for i in range(k + 1, m):
            factor = matrix[i, k] * inverse
            if factor != 0:
                for j in range(k + 1, m):
                    matrix[i, j] -= factor * matrix[k, j]
                right[i] -= factor * right[k]
    for k in range(m - 1, -1, -1):
        total = right[k]
        for j in range(k + 1, m):
            total -= matrix[k, j] * right[j]
        right[k] = total / matrix[k, k]
        if not np.isfinite(right[k]):
            return False
    return True


@njit(error_model="numpy")
def newton(
    ions: np.ndarray,
    cells: int,
    unknowns: np.ndarray,
    drops: np.ndarray,
    steps: int,
    work: Work,
    logarithmic: bool,
) -> bool:
    """Whether Newton's method converges; unknowns and drops in place."""
    n, m, step, base = ions.shape[1], len(unknowns), work.step, work.base
    base_drops, slopes, base_slopes = work.base_drops, work.slopes, work.base_slopes
    share, bound, taken, halvings, last = 0.0, np.inf, 0, HALVINGS, np.inf
    while True:
        if share > 0:
            for i in range(m):
                unknowns[i] = base[i] + share * step[i]
            for k in range(cells):
                move = 0.0
                for j in range(n):
                    move += base_slopes[k, j] * step[j]
                drops[k] = base_drops[k] + share * move
        largest = _linearised(ions, cells, unknowns, drops, work, logarithmic)
        if not largest <= bound and halvings < HALVINGS:
            halvings += 1
            share /= 2
            continue
        if taken == steps or not np.isfinite(largest):
            return False
        for i in range(m):
            step[i] = -work.value[i]
        if not _solved(work.jacobian, step):
            return False
        length = 0.0
        for i in range(m):
            allowed = LARGEST_STEP + LARGEST_SHARE * abs(unknowns[i])
            length = max(length, abs(step[i]) / allowed)
        done = length < TOLERANCE and largest < RESIDUAL_TOLERANCE
        if length < QUADRATIC and share == 1:
            next_length = length * (length / last) ** 2
            next_largest = largest * (largest / bound) ** 2
            done = done or (next_length < TOLERANCE and next_largest < RESIDUAL_TOLERANCE)
        if done:
            for i in range(m):
                unknowns[i] += step[i]
            return True
        share, bound, halvings, last = min(1.0, 1 / length), largest, 0, length
        taken += 1
        for i in range(m):
            base[i] = unknowns[i]
        for k in range(cells):
            base_drops[k] = drops[k]
            for j in range(n):
                base_slopes[k, j] = slopes[k, j]
