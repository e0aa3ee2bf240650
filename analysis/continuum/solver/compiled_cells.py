"""Numba loops over the ions of one problem: equilibria at interfaces, and cells of the sweep.

The equations and every rule are those of ``partitioning.donnan`` and ``sweep``, for one problem
instead of a batch. ``ions`` is (QUANTITIES, n), its rows named below; ``cell`` is (3, n), rows
PORE (in the logarithmic form its logarithm), RETAINED and SENSITIVITY as in ``sweep.Crossing``.
"""

import numpy as np
from numba import njit

from analysis.continuum.partitioning import LARGEST_STEP, NEWTON_STEPS, TOLERANCE
from analysis.continuum.solver import sweep

QUANTITIES = 10
(
    CHARGE,
    DRIFT,
    PECLET,
    FEED,
    INLET,
    OUTLET,
    EXCLUDED,
    TRANSFER,
    MOBILITY,
    FILM_CHARGE,
) = range(QUANTITIES)
PORE, RETAINED, SENSITIVITY = range(3)
CELL_STEPS = sweep.NEWTON_STEPS
BRACKETED_STEPS = sweep.BRACKETED_STEPS
ROOT_TOLERANCE = sweep.ROOT_TOLERANCE
LOWEST_EXPONENT = sweep.LOWEST_EXPONENT
SERIES_BELOW = sweep.SERIES_BELOW


@njit(error_model="numpy")
def donnan(
    charge: np.ndarray, source: np.ndarray, density: float, guess: float, pore: np.ndarray
) -> float:
    """Potential in equilibrium with G c (n,), and the pore's concentrations in place."""
    potential = guess if np.isfinite(guess) else 0.0
    for _ in range(NEWTON_STEPS):
        excess, slope = density, 0.0
        for i in range(len(charge)):
            z = charge[i]
            if z != 0:
                part = z * source[i] * np.exp(-z * potential)
                excess += part
                slope += z * part
        step = excess / slope
        if step > LARGEST_STEP:
            step = LARGEST_STEP
        elif step < -LARGEST_STEP:
            step = -LARGEST_STEP
        potential += step
        if not abs(step) > TOLERANCE * max(1.0, abs(potential)):
            break
    total, size = density, abs(density)
    for i in range(len(charge)):
        z = charge[i]
        pore[i] = source[i] * np.exp(-z * potential) if z != 0 else source[i]
        total += z * pore[i]
        size += abs(z) * pore[i]
    return potential if abs(total) <= 1e-6 * size else np.nan


@njit(error_model="numpy", forceinline=True)
def _phi(y: float, decay: float) -> tuple[float, float]:
    """(1 - exp(-y)) / y and its derivative by y, from exp(-y)."""
    if abs(y) < SERIES_BELOW:
        value = 1 - y / 2 * (1 - y / 3 * (1 - y / 4 * (1 - y / 5 * (1 - y / 6))))
        return value, -0.5 + y / 3 * (1 - 3 * y / 8 * (1 - 4 * y / 15))
    value = (1 - decay) / y
    return value, (decay - value) / y


@njit(error_model="numpy", forceinline=True)
def _linear_step(
    ions: np.ndarray,
    entry: np.ndarray,
    inflow: np.ndarray,
    width: float,
    density: float,
    drop: float,
    cell: np.ndarray,
) -> float:
    total, opposite = max(density, 0.0), max(-density, 0.0)
    rising = falling = 0.0
    for i in range(ions.shape[1]):
        z = ions[CHARGE, i]
        y = ions[DRIFT, i] * width - z * drop
        decay = np.exp(-max(y, LOWEST_EXPONENT))
        phi, slope = _phi(y, decay)
        carried, source = decay * entry[i], inflow[i] * width
        pore = carried + source * phi
        sensitivity = (carried - source * slope) / pore
        cell[PORE, i], cell[RETAINED, i], cell[SENSITIVITY, i] = pore, carried / pore, sensitivity
        if z > 0:
            total += z * pore
            rising += z * z * pore * sensitivity
        elif z < 0:
            opposite -= z * pore
            falling += z * z * pore * sensitivity
    step: float = -np.log(total / opposite) / (rising / total + falling / opposite)
    return step


@njit(error_model="numpy")
def _log_sum(a: float, b: float) -> float:
    """ln(exp(a) + exp(b))."""
    if np.isnan(a) or np.isnan(b):
        return np.nan
    top = max(a, b)
    if np.isinf(top):
        return top
    total: float = top + np.log1p(np.exp(min(a, b) - top))
    return total


@njit(error_model="numpy")
def _logarithmic_step(
    ions: np.ndarray,
    entry: np.ndarray,
    inflow: np.ndarray,
    width: float,
    density: float,
    drop: float,
    cell: np.ndarray,
) -> float:
    total, opposite = np.log(max(density, 0.0)), np.log(max(-density, 0.0))
    log_width = np.log(width)
    for i in range(ions.shape[1]):
        z = ions[CHARGE, i]
        y = ions[DRIFT, i] * width - z * drop
        size = abs(y)
        phi, slope = _phi(size, np.exp(-size))
        carried = entry[i] - y
        pore = _log_sum(carried, inflow[i] + log_width + np.log(phi) + max(-y, 0.0))
        retained = np.exp(carried - pore)
        rate = 1 + slope / phi if y < 0 else -slope / phi
        cell[PORE, i], cell[RETAINED, i] = pore, retained
        cell[SENSITIVITY, i] = retained + (1 - retained) * rate
        if z > 0:
            total = _log_sum(total, np.log(z) + pore)
        elif z < 0:
            opposite = _log_sum(opposite, np.log(-z) + pore)
    rate = 0.0
    for i in range(ions.shape[1]):
        z = ions[CHARGE, i]
        if z != 0:
            side = total if z > 0 else opposite
            share = np.exp(np.log(abs(z)) + cell[PORE, i] - side)
            rate += abs(z) * share * cell[SENSITIVITY, i]
    step: float = (opposite - total) / rate
    return step


@njit(error_model="numpy")
def cross(
    ions: np.ndarray,
    entry: np.ndarray,
    inflow: np.ndarray,
    width: float,
    density: float,
    guess: float,
    cell: np.ndarray,
    logarithmic: bool,
) -> float:
    """The potential drop at which the feed's side is neutral; the cell with it in place.

    ``entry`` is q on the permeate's side and ``inflow`` Pe c_p, (n,), or logarithms of them.
    """
    drop, low, high, last = guess, -np.inf, np.inf, np.inf
    for count in range(CELL_STEPS + BRACKETED_STEPS + 1):
        if logarithmic:
            step = _logarithmic_step(ions, entry, inflow, width, density, drop, cell)
        else:
            step = _linear_step(ions, entry, inflow, width, density, drop, cell)
        size = abs(step)
        if size < ROOT_TOLERANCE:
            break
        if count < CELL_STEPS:
            drop += step
        elif not np.isfinite(drop):
            drop = 0.0
        elif np.isnan(step):
            break
        else:
            if step < 0:
                high = drop
            else:
                low = drop
            outside = not low <= drop + step <= high
            halve = (outside or size > last / 2) and high - low < np.inf
            last = size
            drop = (low + high) / 2 if halve else drop + step
    step = step if abs(step) < ROOT_TOLERANCE else 0.0
    for i in range(ions.shape[1]):
        change = ions[CHARGE, i] * cell[SENSITIVITY, i] * step
        cell[PORE, i] += change if logarithmic else cell[PORE, i] * change
    return drop + step
