"""Numba loops over species and cells, compiled when they are first called.

Only `fluxes` and `stepping` import this module, and only when they are called: compiling takes
seconds the first time on a machine (Numba keeps the result), importing Numba about one.
"""

import numpy as np
from numba import njit

SERIES_BELOW = 0.03
"""Where E and its derivative are summed as series; the closed forms cancel there."""


@njit(cache=True, error_model="numpy")
def _mean_exponential(x: float, low: float, high: float) -> tuple[float, float]:
    """E and E' of x times a factor, of which low is the factor and high exp(x) times it."""
    if abs(x) < SERIES_BELOW:
        value = 1 + x * (
            1 / 2 + x * (1 / 6 + x * (1 / 24 + x * (1 / 120 + x * (1 / 720 + x / 5040))))
        )
        slope = 1 / 2 + x * (1 / 3 + x * (1 / 8 + x * (1 / 30 + x * (1 / 144 + x / 840))))
        return low * value, low * slope
    value = (high - low) / x
    return value, (high - value) / x


@njit(cache=True, error_model="numpy")
def fluxes(
    concentration: np.ndarray,
    step: np.ndarray,
    valence: np.ndarray,
    resistance: np.ndarray,
    excess: np.ndarray,
    force: np.ndarray,
    share: np.ndarray,
    at_face: np.ndarray,
    stretch: np.ndarray,
    ends: np.ndarray,
) -> np.ndarray:
    """Flux, forward, backward and derivative by the step of `fluxes.Fluxes`, (4, n, K - 1)."""
    n, cells = concentration.shape
    found = np.empty((4, n, cells - 1))
    for i in range(n):
        z = valence[i, 0]
        for k in range(cells - 1):
            within = z * (1 - at_face[k])
            first, second = within * share[k], within * (1 - share[k])
            a = first * step[k] - force[i, k]
            b = second * step[k] - force[i, k + 1]
            middle = a + excess[i, k] + z * at_face[k] * step[k]
            near = stretch[0, k] * resistance[i, k]
            far = stretch[1, k] * resistance[i, k + 1]
            lean = z + ends[0, k] if z * ends[0, k] < 0 else 0.0
            bend = -z - ends[1, k] if z * ends[1, k] < 0 else 0.0
            entry, exit_ = lean * step[k], middle + bend * step[k]
            # A common factor exp(-top) keeps every term between 0 and 1.
            top = max(max(0.0, middle + b), entry + max(a, 0.0), exit_ + max(b, 0.0))
            start, end = np.exp(-top), np.exp(middle + b - top)
            before, before_slope = _mean_exponential(
                a, np.exp(entry - top), np.exp(entry + a - top)
            )
            after, after_slope = _mean_exponential(b, np.exp(exit_ - top), np.exp(exit_ + b - top))
            total = near * before + far * after
            forward, backward = start / total, end / total
            arriving = backward * concentration[i, k + 1]
            flux = forward * concentration[i, k] - arriving
            grows = near * (before * lean + before_slope * first)
            grows += far * (after * (z - second + bend) + after_slope * second)
            found[0, i, k] = flux
            found[1, i, k] = forward
            found[2, i, k] = backward
            found[3, i, k] = -(arriving * z + flux * (grows / total))
    return found


@njit(cache=True, error_model="numpy")
def linearised(
    old: np.ndarray,
    new: np.ndarray,
    step: np.ndarray,
    seconds: float,
    flow: np.ndarray,
    width: np.ndarray,
    valence: np.ndarray,
    capacity: np.ndarray,
    fixed: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Jacobian of an implicit Euler step in banded form and what its equations miss.

    Unknowns go cell by cell, the species' concentrations and the potential step after the cell;
    equations likewise, a species' balance and Gauss's law. Columns are as LAPACK has them: room for
    pivots, then the upper band, diagonal, lower band.
    """
    n, cells = new.shape
    size = n + 1
    top = 2 * size
    columns = np.zeros((cells * size, 3 * size + 1))
    wrong = np.zeros(cells * size)
    for i in range(n):
        for k in range(cells):
            at = k * size + i
            columns[at, top] += width[k]
            wrong[at] += width[k] * (new[i, k] - old[i, k])
            if k == cells - 1:
                break
            out = seconds * flow[0, i, k]
            forward, backward = seconds * flow[1, i, k], seconds * flow[2, i, k]
            by_step = seconds * flow[3, i, k]
            wrong[at] += out
            wrong[at + size] -= out
            columns[at, top] += forward
            columns[at, top + size] = -forward
            columns[at + size, top] += backward
            columns[at + size, top - size] = -backward
            here = k * size + n
            columns[here, top + i - n] = by_step
            columns[here, top + size + i - n] = -by_step
            columns[at, top + n - i] = valence[i, 0] * width[k]
    for k in range(cells - 1):
        here = k * size + n
        charge = 0.0
        for i in range(n):
            charge += valence[i, 0] * new[i, k]
        stored = capacity[k] * step[k]
        wrong[here] += width[k] * charge + fixed[k] + stored
        columns[here, top] = capacity[k]
        if k < cells - 2:
            wrong[here + size] -= stored
            columns[here, top + size] = -capacity[k]
    columns[cells * size - 1, top] = 1
    return columns, wrong
