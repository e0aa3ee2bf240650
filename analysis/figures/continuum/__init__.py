"""Figures of the continuum theory: one function each, from tidy tables to a matplotlib Figure."""

from collections.abc import Callable
from pathlib import Path

import matplotlib.style
import pandas as pd
from matplotlib.figure import Figure

from analysis.figures import TIMELESS
from analysis.figures.continuum.curves import rejection_curves
from analysis.figures.continuum.permeability import permeability_map, pure_water
from analysis.figures.continuum.seawater import divalent_rejections, seawater_performance
from analysis.figures.continuum.sensitivity import (
    charge_density,
    effective_thickness,
    pore_permittivity,
    pore_radius,
)
from analysis.figures.sheet import Sheet
from analysis.figures.style import MPLSTYLE
from analysis.writing import replacing, write_text

LABBAN_FIGURES: dict[str, Callable[..., Figure]] = {
    function.__name__: function
    for function in (
        permeability_map,
        effective_thickness,
        charge_density,
        pore_radius,
        pore_permittivity,
        pure_water,
        seawater_performance,
        divalent_rejections,
    )
}
"""Figures 4 to 11 of Labban et al. (2018), in their order."""

DPI = 200
ENDINGS = ("png", "pdf", "csv")

__all__ = ["ENDINGS", "LABBAN_FIGURES", "draw", "rejection_curves", "save"]


def draw(function: Callable[..., Sheet], *tables, **named_tables) -> Sheet:
    """A figure in the package's style."""
    with matplotlib.style.context(MPLSTYLE):
        return function(*tables, **named_tables)


def save(figure: Sheet, path: Path) -> None:
    """Write a figure as .png, .pdf or .svg, or its tables as .csv, by the path's ending."""
    path = Path(path)
    ending = path.suffix.removeprefix(".")
    if ending == "csv":
        write_text(path, _drawn(figure).to_csv(index=False, float_format="%.7g"))
        return
    about = {"png": {"Description": figure.caption}, "pdf": {"Subject": figure.caption}}
    metadata = {"Title": path.stem} | about.get(ending, {}) | TIMELESS.get(ending, {"Date": None})
    with matplotlib.style.context(MPLSTYLE), replacing(path) as temporary:
        figure.savefig(temporary, format=ending, dpi=DPI, metadata=metadata)


def _drawn(figure: Sheet) -> pd.DataFrame:
    """All drawn tables under each other, the name of each in the first column."""
    drawn = pd.concat([table.assign(table=key) for key, table in figure.drawn.items()])
    return drawn[["table", *(column for column in drawn if column != "table")]]
