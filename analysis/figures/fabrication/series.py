"""Membranes made with more of the reagent, or for longer."""

import re

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.figures.fabrication.films import BARS
from analysis.figures.fabrication.marks import FILM, MEASURED, column, of
from analysis.figures.sheet import Sheet

SERIES_INCHES = (7.2, 3.0)
HEXANE = "#666666"
DOSE = re.compile(r"8P10-(?P<x>[\d.]+)MC30")
TIME = {
    "malonyl chloride": (re.compile(r"8P10-0\.5MC(?P<x>\d+)"), FILM, "o"),
    "hexane": (re.compile(r"8P10-H(?P<x>\d+)"), HEXANE, "s"),
}
LABELS = {
    "R_MgCl2_percent": "rejection of MgCl₂ (%)",
    "permeability_lmh_bar": "A (L m⁻² h⁻¹ bar⁻¹)",
}


def series(summary: pd.DataFrame, measured: pd.DataFrame) -> Sheet:
    """Draw rejection and permeance against the dose of malonyl chloride and the time of step 2.

    Parameters
    ----------
    summary : DataFrame
        membrane, quantity, value, low, high.
    measured : DataFrame
        membrane, quantity, value: what the study prints.
    """
    sheet = Sheet(*SERIES_INCHES)
    summary = sheet.keep("summary", summary[summary.quantity.isin(LABELS)])
    measured = sheet.keep("measured", measured[measured.quantity.isin(LABELS)])
    dose, rejected, permeance = sheet.subplots(1, 3)
    _draw(dose, summary, measured, "R_MgCl2_percent", DOSE, FILM, "o")
    dose.set(xlabel="malonyl chloride (wt%), 30 s", ylim=(-2, 103))
    dose.margins(x=0.12)
    for axes, quantity in (
        (rejected, "R_MgCl2_percent"),
        (permeance, "permeability_lmh_bar"),
    ):
        for pattern, color, marker in TIME.values():
            _draw(axes, summary, measured, quantity, pattern, color, marker)
        axes.set(xlabel="time of step 2 (s)", xscale="log")
        axes.set_xticks([10, 30, 120], ["10", "30", "120"])
        axes.set_xlim(7, 170)
        axes.minorticks_off()
    rejected.set_ylim(-2, 103)
    permeance.set_ylim(bottom=0)
    made = [
        Line2D([], [], color=color, marker=marker, ms=5, ls="", label=name)
        for name, (_, color, marker) in TIME.items()
    ]
    known = [
        Line2D([], [], color=color, marker="D", mfc="white", ms=5, ls="", label=f"{name}, study")
        for name, color in (("malonyl chloride", MEASURED), ("hexane", "#B07D2B"))
    ]
    sheet.key([*made, *known])
    return sheet.finish(
        "(a) More malonyl chloride; (b, c) more time in step 2, with 0.5 wt% or in hexane alone. A "
        f"is an upper bound: see passage selectivity. {BARS}"
    )


def _draw(axes: Axes, summary, measured, quantity: str, pattern, color: str, marker: str) -> None:
    """Draw computed values with intervals and measured ones along what a name says."""
    own = _along(of(summary, quantity).reset_index(), pattern)
    column(axes, own, own.x, color, marker)
    known = _along(measured[measured.quantity == quantity], pattern)
    shade = "#B07D2B" if color == HEXANE else MEASURED
    axes.plot(known.x, known.value, "D", color=shade, mfc="white", ms=5, mew=1.2, zorder=4)
    axes.set_ylabel(LABELS[quantity])


def _along(rows: pd.DataFrame, pattern: re.Pattern) -> pd.DataFrame:
    """Return the rows whose membrane has a name of the pattern, with its number as x."""
    found = [pattern.fullmatch(name) for name in rows.membrane]
    kept = np.array([each is not None for each in found], dtype=bool)
    x = [float(each["x"]) for each in found if each is not None]
    return rows[kept].assign(x=x)
