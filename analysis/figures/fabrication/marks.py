"""Marks that the figures of fabrication share: films with intervals, measured values beside."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.figures.style import WHEEL

FILM, MEASURED = "#0072B2", "#D55E00"
SHAPES = ("o", "s", "^")
SHIFT = 0.13
"""Between what was computed and what was measured, in units of the distance of two membranes."""


def of(summary: pd.DataFrame, quantity: str, membranes=None) -> pd.DataFrame:
    """Return the rows of one quantity, in the order of membranes if these are given."""
    rows = summary[summary.quantity == quantity].set_index("membrane")
    if membranes is not None:
        rows = rows.loc[[name for name in membranes if name in rows.index]]
    return rows


def column(axes: Axes, rows: pd.DataFrame, places, color: str = FILM, marker: str = "o") -> None:
    """Draw values with their intervals at places along x; open where no interval is known."""
    for place, row in zip(places, rows.itertuples(), strict=True):
        whole = np.isfinite(row.low)
        if whole:
            axes.plot([place, place], [row.low, row.high], color=color, lw=1.3, zorder=2)
        axes.plot(
            place, row.value, marker, color=color, mfc=color if whole else "white", ms=5, zorder=3
        )


def each(axes: Axes, films: pd.DataFrame, quantity: str, places, color: str = FILM) -> None:
    """Draw the value of every repeat as a faint dot; ``places`` by membrane."""
    for row in films[films.quantity == quantity].itertuples():
        if row.membrane in places and np.isfinite(row.value):
            axes.plot(places[row.membrane], row.value, ".", color=color, alpha=0.45, ms=5, zorder=1)


def beside(axes: Axes, values, places) -> None:
    """Draw measured values, NaN left out."""
    axes.plot(places, values, "D", color=MEASURED, mfc="white", ms=5, mew=1.2, zorder=3)


def handles(measured: str = "study, measured") -> list[Line2D]:
    """Return the legend of computed and measured marks."""
    return [
        Line2D([], [], color=FILM, marker="o", ms=5, lw=1.3, label="computed"),
        Line2D([], [], color=MEASURED, marker="D", mfc="white", ms=5, ls="", label=measured),
    ]


def names_below(axes: Axes, names) -> None:
    """Put names of membranes under their places 0, 1, ..., slanted."""
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right", fontsize=7)
    axes.set_xlim(-0.6, len(names) - 0.4)


def colours(names) -> dict[str, tuple[str, str]]:
    """Return a colour and a marker for each membrane."""
    names = list(names)
    return {
        name: (WHEEL[number % len(WHEEL)], SHAPES[number // len(WHEEL) % len(SHAPES)])
        for number, name in enumerate(names)
    }


def within(axes: Axes, rows: pd.DataFrame, others=(), floor: float | None = None) -> None:
    """Set y limits that hold values and measured ones, and intervals as far as half as much again.

    Three repeats make intervals many times as wide as what they are about.
    """
    known = np.concatenate([rows.value, np.asarray(list(others), dtype=float)])
    known = known[np.isfinite(known)]
    if not len(known):
        return
    low, high = float(known.min()), float(known.max())
    room = 0.6 * max(high - low, 0.15 * abs(high), 1e-9)
    low, high = low - room, high + room
    axes.set_ylim(low if floor is None else max(low, floor), high)
