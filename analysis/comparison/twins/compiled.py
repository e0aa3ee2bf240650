"""Numba loops over species and cells, compiled when they are first called.

Only `system` imports this module, and only when it is called: compiling takes
seconds the first time on a machine (Numba keeps the result), importing Numba about one. What they
take as ``system`` is a `System`.
"""

from typing import Any

import numpy as np
from numba import njit

SERIES_BELOW = 0.03
"""Where E and its derivative are summed as series; the closed forms cancel there."""
NEWTON_STEPS = 30
"""As many as the edge of a place without ions may need, which moves by about a cell in each."""
MOVED, TURNED = 1e-7, 1e-3
"""Largest last correction: share of a species that crosses a place; potential step, RT/F. As
corrections square, those that are left out are far smaller."""
FAR = 1e-3
"""Where a potential step is above 1000 RT/F, its correction counts as a share of it."""


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
def _face(
    before: float,
    behind: float,
    step: float,
    z: float,
    near: float,
    far: float,
    excess: float,
    work: tuple[float, float],
    share: float,
    at_face: float,
    ends: tuple[float, float],
) -> tuple[float, float, float, float]:
    """Flux, forward, backward and derivative by the step of `fluxes.Fluxes` at one face.

    Between concentrations before and behind it, half cells that resist near and far, and take the
    work of the body force.
    """
    within = z * (1 - at_face)
    first, second = within * share, within * (1 - share)
    a, b = first * step - work[0], second * step - work[1]
    middle = a + excess + z * at_face * step
    lean = z + ends[0] if z * ends[0] < 0 else 0.0
    bend = -z - ends[1] if z * ends[1] < 0 else 0.0
    entry, leave = lean * step, middle + bend * step
    # A common factor exp(-top) keeps every term between 0 and 1.
    top = max(max(0.0, middle + b), entry + max(a, 0.0), leave + max(b, 0.0))
    start, end = np.exp(-top), np.exp(middle + b - top)
    low = start if lean == 0 else np.exp(entry - top)
    high = end if bend == 0 else np.exp(leave + b - top)
    inner = np.exp(leave - top)
    outer = inner if leave == entry + a else np.exp(entry + a - top)
    first_mean, first_slope = _mean_exponential(a, low, outer)
    second_mean, second_slope = _mean_exponential(b, inner, high)
    total = near * first_mean + far * second_mean
    forward, backward = start / total, end / total
    arriving = backward * behind
    flux = forward * before - arriving
    grows = near * (first_mean * lean + first_slope * first)
    grows += far * (second_mean * (z - second + bend) + second_slope * second)
    return flux, forward, backward, -(arriving * z + flux * (grows / total))


@njit(cache=True, error_model="numpy")
def _at(
    system: Any, concentration: np.ndarray, step: np.ndarray, i: int, k: int
) -> tuple[float, float, float, float]:
    """`_face` of a system's species behind one of its cells, where it can pass."""
    if system.open[i, k] == 0:
        return 0.0, 0.0, 0.0, 0.0
    return _face(
        concentration[i, k],
        concentration[i, k + 1],
        step[k],
        system.valence[i, 0],
        system.stretch[0, k] * system.resistance[i, k],
        system.stretch[1, k] * system.resistance[i, k + 1],
        system.excess[i, k],
        (system.force[i, k], system.force[i, k + 1]),
        system.share[k],
        system.at_face[k],
        (system.ends[0, k], system.ends[1, k]),
    )


@njit(cache=True, error_model="numpy")
def fluxes(system: Any, concentration: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Flux, forward, backward and derivative by the step of `fluxes.Fluxes`, (4, n, K - 1)."""
    n, cells = concentration.shape
    found = np.empty((4, n, cells - 1))
    for i in range(n):
        for k in range(cells - 1):
            found[:, i, k] = _at(system, concentration, step, i, k)
    return found


@njit(cache=True, error_model="numpy")
def euler(
    system: Any, old: np.ndarray, guess: np.ndarray, step: np.ndarray, seconds: float
) -> tuple[bool, np.ndarray, np.ndarray]:
    """Whether it succeeds, and concentrations and potential steps after an implicit Euler step.

    Newton's method with the exact Jacobian on all of them at once, in banded form; then, in the
    potential that it found, each species by itself, whose matrix is an M-matrix: what comes out
    is positive and sums up to what was there, to rounding.
    """
    n, cells = old.shape
    size = n + 1
    new, turned = guess.copy(), step.copy()
    rows = np.empty((cells * size, 2 * size + 1))
    wrong = np.empty(cells * size)
    for _ in range(NEWTON_STEPS):
        _linearise(system, old, new, turned, seconds, rows, wrong)
        if not _eliminate(rows, wrong):
            return False, new, turned
        moved = 0.0
        for i in range(n):
            below = 0.0
            for k in range(cells):
                change = wrong[k * size + i]
                below += system.width[k] * change
                moved = max(moved, abs(below) / system.totals[i])
                new[i, k] = max(new[i, k] + change, 0.0)
        most = 0.0
        for k in range(cells - 1):
            change = wrong[k * size + n]
            turned[k] += change
            most = max(most, abs(change) / max(1.0, FAR * abs(turned[k])))
        if moved < MOVED and most < TURNED:
            _drift(system, old, new, turned, seconds)
            return True, new, turned
    return False, new, turned


@njit(cache=True, error_model="numpy")
def _linearise(
    system: Any,
    old: np.ndarray,
    new: np.ndarray,
    step: np.ndarray,
    seconds: float,
    rows: np.ndarray,
    wrong: np.ndarray,
) -> None:
    """Jacobian of an implicit Euler step in banded form, and less what its equations miss.

    Unknowns go cell by cell, the species' concentrations and the potential step after the cell;
    equations likewise, a species' balance and Gauss's law. Each row has the columns from so many
    before its diagonal to as many behind it, n + 1.
    """
    n, cells = new.shape
    size = n + 1
    rows[:] = 0.0
    wrong[:] = 0.0
    for k in range(cells):
        width, here = system.width[k], k * size + n
        charge = 0.0
        for i in range(n):
            at = k * size + i
            rows[at, size] += width
            wrong[at] -= width * (new[i, k] - old[i, k])
            if k == cells - 1:
                continue
            z = system.valence[i, 0]
            charge += z * new[i, k]
            rows[here, size + i - n] = z * width
            flux, forward, backward, by_step = _at(system, new, step, i, k)
            wrong[at] -= seconds * flux
            wrong[at + size] += seconds * flux
            rows[at, size] += seconds * forward
            rows[at + size, 0] = -seconds * forward
            rows[at + size, size] += seconds * backward
            rows[at, 2 * size] = -seconds * backward
            rows[at, size + n - i] = seconds * by_step
            rows[at + size, n - i] -= seconds * by_step
        if k == cells - 1:
            rows[here, size] = 1.0
            continue
        stored = system.capacity[k] * step[k]
        wrong[here] -= width * charge + system.fixed[k] + stored
        rows[here, size] = system.capacity[k]
        if k < cells - 2:
            wrong[here + size] += stored
            rows[here + size, 0] = -system.capacity[k]


@njit(cache=True, error_model="numpy")
def _eliminate(rows: np.ndarray, wrong: np.ndarray) -> bool:
    """Solve the banded equations in place, False if they are singular.

    Without an exchange of rows: a species' balances are an M-matrix, and what remains of Gauss's
    laws once concentrations are eliminated is positive, as more potential draws more charge.
    """
    count, size = len(rows), rows.shape[1] // 2
    for j in range(count):
        pivot = rows[j, size]
        if pivot == 0:
            return False
        for down in range(1, min(size, count - 1 - j) + 1):
            head = rows[j + down, size - down]
            if head == 0:
                continue
            factor = head / pivot
            for across in range(1, size + 1):
                rows[j + down, size - down + across] -= factor * rows[j, size + across]
            wrong[j + down] -= factor * wrong[j]
    for j in range(count - 1, -1, -1):
        found = wrong[j]
        for across in range(1, min(size, count - 1 - j) + 1):
            found -= rows[j, size + across] * wrong[j + across]
        wrong[j] = found / rows[j, size]
        if not np.isfinite(wrong[j]):
            return False
    return True


@njit(cache=True, error_model="numpy")
def _drift(system: Any, old: np.ndarray, new: np.ndarray, step: np.ndarray, seconds: float) -> None:
    """Step of each species in a given potential, from old into new.

    Eliminated without a difference, so that every number is positive: of a pivot, width + forward +
    backward less what the cell before hands on, the rest without forward follows by sums and
    products alone (Grassmann, Taksar and Heyman, Oper. Res. 33, 1107, 1985).
    """
    n, cells = old.shape
    pivots, backwards = np.empty(cells), np.empty(cells)
    for i in range(n):
        rest, forward, carried, backward = 0.0, 0.0, 0.0, 0.0
        for k in range(cells):
            width = system.width[k]
            handed = carried * forward / pivots[k - 1] if k else 0.0
            rest = width + (backward * rest / pivots[k - 1] if k else 0.0)
            carried = width * old[i, k] + handed
            backwards[k] = backward
            if k < cells - 1:
                _, forward, backward, _ = _at(system, old, step, i, k)
                forward, backward = seconds * forward, seconds * backward
            else:
                forward = 0.0
            pivots[k] = rest + forward
            new[i, k] = carried
        for k in range(cells - 1, -1, -1):
            behind = backwards[k + 1] * new[i, k + 1] if k < cells - 1 else 0.0
            new[i, k] = (new[i, k] + behind) / pivots[k]
