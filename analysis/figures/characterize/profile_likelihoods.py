"""Profile likelihoods: how much worse a fit becomes as one parameter moves away from its best."""

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from analysis.figures.characterize.quantities import Shown, shown_table
from analysis.figures.sheet import Sheet
from analysis.figures.style import PALETTE

PANEL_INCHES = (2.3, 2.1)
COLUMNS = 4
LINE = PALETTE["cation"]
BAND = "#DCE8F2"
BOUND = "#B00020"
DASHED, DOTTED = (0, (4, 2)), (0, (1, 1.2))
TOP = 2.0
"""Of the axis, in thresholds."""
BETWEEN = 24
"""Places of the curve between two values."""


def profile_likelihoods(
    profiles: pd.DataFrame, parameters: pd.DataFrame, about: str, level: float = 0.95
) -> Sheet:
    """Draw the rise of -2 ln(likelihood) along each parameter, all others fitted again.

    Parameters
    ----------
    profiles : DataFrame
        parameter, value (SI), rise, threshold.
    parameters : DataFrame
        parameter, value, low, high (SI), open_low, open_high, bound_low, bound_high (SI).
    about : str
        What was fitted, for the caption.
    level : of the intervals
    """
    labels = list(dict.fromkeys(profiles.parameter))
    columns = min(COLUMNS, len(labels)) if len(labels) != 5 else 3
    rows = -(-len(labels) // columns)
    sheet = Sheet(max(columns, 2) * PANEL_INCHES[0], rows * PANEL_INCHES[1])
    profiles = sheet.keep("profiles", shown_table(profiles, ("value",)))
    ends = ("value", "low", "high", "bound_low", "bound_high")
    free = parameters[parameters.parameter.isin(labels)]
    free = sheet.keep("parameters", shown_table(free, ends))
    grid = sheet.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in grid.ravel()[len(labels) :]:
        axes.set_visible(False)
    for number, (label, axes) in enumerate(zip(labels, grid.ravel(), strict=False)):
        row = free[free.parameter == label].iloc[0]
        _panel(axes, profiles[profiles.parameter == label], row)
        axes.set(xlabel=Shown(label).axis)
        if number % columns == 0:
            axes.set_ylabel("rise of −2 ln L")
    words = [_interval(row) for _, row in free.iterrows()]
    sheet.key(_handles(level))
    return sheet.finish(
        f"{about} Points: fits with the parameter held, all others free; between them the root of "
        f"the rise is taken as linear. Dashed: the rise at the ends of the {100 * level:g} % "
        f"interval, which is shaded; red: a bound of the search that ends it. {'; '.join(words)}."
    )


def _handles(level: float) -> list[Line2D]:
    return [
        Line2D([], [], color=LINE, marker="o", ms=3, label="profile likelihood"),
        Line2D([], [], color="#444444", lw=0.8, ls=DASHED, label=f"{100 * level:g} %"),
        Line2D([], [], color="black", lw=0.8, ls=DOTTED, label="best fit"),
        Line2D([], [], color=BOUND, lw=1.4, label="bound"),
    ]


def _interval(row: pd.Series) -> str:
    quantity = Shown(row.parameter)
    unit = f" {quantity.unit}" if quantity.unit else ""
    value, low, high = (
        f"{number:.3g}".replace("-", "−") for number in (row.value, row.low, row.high)
    )
    text = f"{quantity.name} {value}{unit}"
    if row.open_low and row.open_high:
        return f"{text}, not limited by the data"
    if row.open_low:
        return f"{text}, at most {high}"
    if row.open_high:
        return f"{text}, at least {low}"
    return f"{text} ({low} to {high})"


def _panel(axes, profile: pd.DataFrame, row: pd.Series) -> None:
    threshold = float(profile.threshold.iloc[0])
    known = profile[profile.rise.notna()].sort_values("value")
    x, rise = known.value.to_numpy(dtype=float), known.rise.to_numpy(dtype=float)
    axes.axvspan(row.low, row.high, color=BAND, lw=0, zorder=0)
    axes.axhline(threshold, color="#444444", lw=0.8, ls=DASHED, zorder=1)
    fine, curve = _curve(x, rise, row.value)
    axes.plot(fine, curve, color=LINE, zorder=2)
    axes.plot(x, rise, "o", color=LINE, ms=3, zorder=3)
    axes.axvline(row.value, color="black", lw=0.8, ls=DOTTED, zorder=1)
    axes.set(ylim=(-0.05 * threshold, TOP * threshold))
    low, high = min(x.min(), row.low), max(x.max(), row.high)
    if Shown(row.parameter).scale(low, high) == "log":
        axes.set_xscale("log")
    else:
        shown = x[rise <= 1.5 * TOP * threshold]
        low, high = min(shown.min(), row.low), max(shown.max(), row.high)
        room = 0.06 * (high - low)
        axes.set_xlim(low - room, high + room)
    for bound, is_open in ((row.bound_low, row.open_low), (row.bound_high, row.open_high)):
        if is_open:
            axes.axvline(bound, color=BOUND, lw=1.4, zorder=1)


def _curve(x: np.ndarray, rise: np.ndarray, best: float) -> tuple[np.ndarray, np.ndarray]:
    """Between values the signed root of the rise is linear: parabolas stay parabolas."""
    signed = np.sign(x - best) * np.sqrt(np.maximum(rise, 0))
    parts = [np.linspace(a, b, BETWEEN) for a, b in zip(x[:-1], x[1:], strict=True)]
    fine = np.unique(np.concatenate([*parts, x]))
    return fine, np.interp(fine, x, signed) ** 2
