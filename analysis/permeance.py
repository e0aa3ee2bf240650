"""Permeance of a membrane to water: the slope of flux over pressure, where it is a line."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
from numpy.typing import ArrayLike, NDArray

from analysis.statistics import percent

BAR_PER_MPA = 10
FEWEST_PRESSURES = 2
ROUNDING = 1e-9
COLUMNS = (
    "layout",
    "salt",
    "definition",
    "from_MPa",
    "to_MPa",
    "points",
    "permeance_l_m2_h_bar",
    "low_l_m2_h_bar",
    "high_l_m2_h_bar",
    "offset_MPa",
    "thickness_angstrom",
    "interval",
    "note",
)


@dataclass(frozen=True)
class Line:
    """A straight line through points: slope with its interval, and where it is zero."""

    slope: float
    low: float
    high: float
    root: float
    freedom: int


def line(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> Line:
    """Fit y = slope (x - root) by least squares, the slope with Student's t interval.

    No interval, NaN, for as many points as the line has parameters.

    >>> found = line([0.0, 1.0, 2.0], [1.0, 3.0, 5.0])
    >>> round(found.slope, 12), round(found.root, 12)
    (2.0, -0.5)
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    coefficients, error, freedom = _least_squares(np.stack([x, np.ones_like(x)], axis=1), y)
    half = _student(freedom, level) * error[0]
    slope, intercept = (float(value) for value in coefficients)
    root = -intercept / slope if slope else float("nan")
    return Line(slope, slope - half, slope + half, root, freedom)


def bends(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> bool:
    """Return whether a parabola through points is no line: its interval of the bend leaves out 0.

    False where there are too few points to tell.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(np.unique(x)) < 3 or len(x) < 4:
        return False
    scaled = x / np.abs(x).max()
    columns = np.stack([scaled**2, scaled, np.ones_like(x)], axis=1)
    coefficients, error, freedom = _least_squares(columns, y)
    return bool(
        abs(coefficients[0]) > _student(freedom, level) * error[0] + ROUNDING * np.abs(y).max()
    )


def strays(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> bool:
    """Return whether the mean at the highest x lies off the line of those below it.

    That is, out of its prediction interval; False where there are too few points to tell.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    last = x == x.max()
    before = np.stack([x[~last], np.ones((~last).sum())], axis=1)
    if len(np.unique(x[~last])) < 2 or len(before) < 3:
        return False
    coefficients, _, freedom = _least_squares(before, y[~last])
    place = np.array([x.max(), 1.0])
    variance = ((y[~last] - before @ coefficients) ** 2).sum() / freedom
    spread = 1 / last.sum() + place @ np.linalg.inv(before.T @ before) @ place
    half = _student(freedom, level) * float(np.sqrt(variance * spread))
    return bool(abs(y[last].mean() - place @ coefficients) > half + ROUNDING * np.abs(y).max())


def linear_range(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> NDArray[np.bool_]:
    """Mark the points up to the highest x that is still on a line; at least two x are kept.

    Compliant membranes are compacted at high pressures, and a dry feed gives less: both bend down.
    Each of the two tests errs half as often as the level allows, so that no more lines than that
    lose a step by either (Bonferroni).
    """
    each = (1 + level) / 2
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    steps = np.unique(x)
    for end in range(len(steps), FEWEST_PRESSURES, -1):
        kept = x <= steps[end - 1]
        if not bends(x[kept], y[kept], each) and not strays(x[kept], y[kept], each):
            return kept
    return x <= steps[min(FEWEST_PRESSURES, len(steps)) - 1]


def permeances(points: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Fit the permeance of each layout, salt and way to count water.

    Parameters
    ----------
    points : DataFrame
        A row for each trial at each pressure: ``layout``, ``salt``, ``definition``,
        ``pressure_MPa``, ``trial``, ``flux_l_m2_h``, ``thickness_angstrom``, ``note`` (not empty
        where its feed ran dry).

    Returns
    -------
    DataFrame
        With the columns of `COLUMNS`.

    Raises
    ------
    ValueError
        Fewer than two pressures of a layout and salt.
    """
    rows = []
    for (layout, salt, definition), part in points.groupby(
        ["layout", "salt", "definition"], sort=False
    ):
        x, y = part["pressure_MPa"].to_numpy(dtype=float), part["flux_l_m2_h"].to_numpy(dtype=float)
        if len(np.unique(x)) < FEWEST_PRESSURES:
            raise ValueError(
                f"{layout} {salt} has runs at {x[0]:g} MPa alone, a slope needs "
                f"{FEWEST_PRESSURES} pressures at least"
            )
        kept = linear_range(x, y, level)
        fit = line(x[kept], y[kept], level)
        slopes = (value / BAR_PER_MPA for value in (fit.slope, fit.low, fit.high))
        kind = f"{percent(level)} t-interval of a slope, {fit.freedom} degrees of freedom"
        numbers = (*slopes, fit.root, float(part["thickness_angstrom"].mean()))
        rows.append(
            {
                "layout": layout,
                "salt": salt,
                "definition": definition,
                "from_MPa": x[kept].min(),
                "to_MPa": x[kept].max(),
                "points": int(kept.sum()),
                **dict(zip(COLUMNS[6:11], numbers, strict=True)),
                "interval": kind if fit.freedom > 0 else "none: as many points as parameters",
                "note": _note(part, x, kept),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _note(part: pd.DataFrame, x: NDArray[np.float64], kept: NDArray[np.bool_]) -> str:
    notes = []
    if not kept.all():
        beyond = ", ".join(f"{value:g}" for value in np.unique(x[~kept]))
        notes.append(f"no longer linear at {beyond} MPa, which are left out")
    if dry := [f"{value:g}" for value in np.unique(x[(part["note"] != "").to_numpy()])]:
        notes.append(f"the feed ran dry at {', '.join(dry)} MPa, up to which its flux counts")
    if len(np.unique(x[kept])) == FEWEST_PRESSURES:
        notes.append("two pressures, which do not tell whether it is linear")
    return "; ".join(notes)


def _least_squares(
    columns: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return coefficients, their standard errors (NaN without freedom), degrees of freedom."""
    coefficients = np.linalg.lstsq(columns, y, rcond=None)[0].astype(np.float64)
    freedom = int(len(y) - columns.shape[1])
    if freedom < 1:
        return coefficients, np.full_like(coefficients, np.nan), freedom
    variance = ((y - columns @ coefficients) ** 2).sum() / freedom
    error: NDArray[np.float64] = np.sqrt(variance * np.diag(np.linalg.inv(columns.T @ columns)))
    return coefficients, error, freedom


def _student(freedom: int, level: float) -> float:
    return float(scipy.special.stdtrit(freedom, (1 + level) / 2)) if freedom > 0 else float("nan")
