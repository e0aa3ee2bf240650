"""Slopes of displacements in a window and coefficients at its middle, limits felt or not."""

import numpy as np
import pandas as pd

from analysis.kernels import generalized_diffusivity, log_lags, power_law
from analysis.limits import FEWEST_LAGS
from analysis.observables.shared.displacements import (
    ANGSTROM2_PER_NM2,
    DIRECTIONS,
    Curve,
    TrialDisplacements,
    common_interval_ps,
    lags_within,
)
from analysis.statistics import over_present

PS_PER_NS = 1000.0
SLOPE_COLUMNS = (
    *("slope", "low_slope", "high_slope"),
    *("middle_ps", "middle_angstrom2", "low_middle_angstrom2", "high_middle_angstrom2"),
    *("generalized_nm2_ns_alpha", "low_nm2_ns_alpha", "high_nm2_ns_alpha"),
    *("slope_trials", "slope_interval"),
)


def slope_rows(
    displacements: list[TrialDisplacements], curve: Curve, window: tuple[float, float], level: float
) -> pd.DataFrame:
    """Return the columns `SLOPE_COLUMNS` of each trial, then over trials.

    The slope is that of log MSD over log lag in the window (ps), D_alpha that of the MSD at the
    window's geometric middle, MSD = 2 d D_alpha lag^slope, lag in ns.
    """
    middle = middle_ps(displacements, window)
    single = np.array([slope_of(one, curve, window, middle) for one in displacements])
    pooled = over_present(single, level)
    nothing = np.full(single.shape[1], np.nan)
    rows = [
        (*triples(one, nothing, nothing, middle), int(np.isfinite(one[0])), "none")
        for one in single
    ]
    low = np.maximum(pooled.low, [-np.inf, 0, 0])
    ends = triples(pooled.value, low, pooled.high, middle)
    rows.append((*ends, int(pooled.trials[0]), pooled.kind[0]))
    return pd.DataFrame(rows, columns=SLOPE_COLUMNS)


def triples(value, low, high, middle: float) -> tuple:
    """Return value, low and high of slope, MSD and D_alpha, with the middle before the MSD."""
    slope, square, coefficient = zip(value, low, high, strict=True)
    return (*slope, middle, *square, *coefficient)


def middle_ps(displacements: list[TrialDisplacements], window: tuple[float, float]) -> float:
    """Return the whole number of intervals nearest to the geometric middle of a window."""
    interval = common_interval_ps(displacements)
    return float(np.rint(np.sqrt(window[0] * window[1]) / interval) * interval)


def slope_of(
    one: TrialDisplacements, curve: Curve, window: tuple[float, float], middle: float
) -> tuple[float, float, float]:
    """Return slope, MSD (angstrom2) and D_alpha (nm2/ns^slope) of one trial, NaN without a fit."""
    nothing = np.nan, np.nan, np.nan
    if one.msd is None:
        return nothing
    first, last = lags_within(one, *window)
    if last - first + 1 < FEWEST_LAGS or one.msd.count[last] == 0:
        return nothing
    lags, values = log_lags(last, first), curve.squares(one.msd)
    if not np.all(values[lags] > 0):
        return nothing
    slope = power_law(lags, values[lags], first, last).exponent
    square = values[round(middle / one.interval_ps)]
    dimensions = DIRECTIONS[curve.direction]
    coefficient = generalized_diffusivity(square, middle / PS_PER_NS, slope, dimensions)
    return slope, ANGSTROM2_PER_NM2 * square, float(coefficient)
