"""Figures of the continuum theory: one function each, from tidy tables to a matplotlib Figure."""

from collections.abc import Callable

import matplotlib.style
from matplotlib.figure import Figure

from analysis.figures.continuum.curves import rejection_curves
from analysis.figures.continuum.permeability import permeability_map, pure_water
from analysis.figures.continuum.seawater import divalent_rejections, seawater_performance
from analysis.figures.continuum.sensitivity import (
    charge_density,
    effective_thickness,
    pore_permittivity,
    pore_radius,
)
from analysis.figures.files import ENDINGS, save, save_all
from analysis.figures.sheet import Sheet
from analysis.figures.style import MPLSTYLE

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

__all__ = ["ENDINGS", "LABBAN_FIGURES", "draw", "rejection_curves", "save", "save_all"]


def draw(function: Callable[..., Sheet], *tables, **named_tables) -> Sheet:
    """Return a figure in the package's style."""
    with matplotlib.style.context(MPLSTYLE):
        return function(*tables, **named_tables)
