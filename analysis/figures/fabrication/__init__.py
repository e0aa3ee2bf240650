"""Figures of fabrication studies: one function each, from tidy tables to a Sheet."""

from collections.abc import Callable

import matplotlib.style

from analysis.figures.fabrication.films import composition, film_structure, reagents
from analysis.figures.fabrication.performance import (
    charge_variants,
    pharmaceuticals,
    selectivity,
    trade_off,
)
from analysis.figures.fabrication.profiles import depth_profiles
from analysis.figures.fabrication.series import series
from analysis.figures.sheet import Sheet
from analysis.figures.style import MPLSTYLE

FABRICATION_FIGURES: dict[str, Callable[..., Sheet]] = {
    function.__name__: function
    for function in (
        composition,
        film_structure,
        depth_profiles,
        selectivity,
        trade_off,
        charge_variants,
        pharmaceuticals,
        reagents,
        series,
    )
}
"""Every figure by its name, in the order of reports."""

__all__ = ["FABRICATION_FIGURES", "draw"]


def draw(name: str, *tables) -> Sheet:
    """Return a figure in the package's style."""
    with matplotlib.style.context(MPLSTYLE):
        return FABRICATION_FIGURES[name](*tables)
