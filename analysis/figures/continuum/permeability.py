"""Permeability to pure water: over pore radius and thickness, and of five membranes."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from analysis.figures.continuum.sensitivity import MEASURED_COLOR
from analysis.figures.sheet import Sheet

MAP_INCHES = (4.6, 3.1)
BARS_INCHES = (4.4, 2.6)
LINE = "#8A949E"
LEVELS = (2, 5, 10, 15, 20, 30, 50)
"""L/m2/h/bar; further apart where the permeability changes fast."""
LABEL_OFFSET, LABEL_BELOW = (4, 3), (4, -10)
LEVEL_LABELS = (0.66, 1.85)
"""Radius (nm) at which lines carry their number, or thickness (um) if they leave the map before."""
ROOM = 1.15
UNIT = "L m⁻² h⁻¹ bar⁻¹"


def permeability_map(permeability: pd.DataFrame, membranes: pd.DataFrame) -> Figure:
    """Draw lines of equal permeability over pore radius and effective thickness.

    Parameters
    ----------
    permeability : DataFrame
        pore_radius_nm, effective_thickness_um, permeability_lmh_bar on a full grid.
    membranes : DataFrame
        membrane, pore_radius_nm, effective_thickness_um.
    """
    sheet = Sheet(*MAP_INCHES)
    permeability = sheet.keep("permeability", permeability)
    membranes = sheet.keep("membranes", membranes)
    axes = sheet.subplots()
    grid = permeability.pivot(
        index="effective_thickness_um", columns="pore_radius_nm", values="permeability_lmh_bar"
    )
    lines = axes.contour(grid.columns, grid.index, grid, levels=LEVELS, colors=LINE, linewidths=1)
    axes.clabel(lines, fmt="%g", fontsize=7.5, colors="black", manual=_level_places(permeability))
    axes.plot(membranes.pore_radius_nm, membranes.effective_thickness_um, "o", color="black", ms=4)
    thinnest = membranes.effective_thickness_um.min()
    for row in membranes.itertuples():
        below = row.effective_thickness_um == thinnest
        axes.annotate(
            row.membrane,
            (row.pore_radius_nm, row.effective_thickness_um),
            xytext=LABEL_BELOW if below else LABEL_OFFSET,
            textcoords="offset points",
            fontsize=7,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )
    axes.set(xlabel="pore radius (nm)", ylabel="effective thickness (µm)")
    return sheet.finish(
        f"Lines of equal permeability to pure water ({UNIT}) after Hagen and Poiseuille, "
        "straight cylindrical pores, viscosity 0.89 mPa s; points: the five membranes with their "
        "fitted radius and thickness. Corresponds to figure 4 of Labban et al., J. Membr. Sci. "
        "554, 26 (2018)."
    )


def _level_places(permeability: pd.DataFrame) -> list[tuple[float, float]]:
    """Return where each line on the map carries its number: all follow A = k r^2 / thickness."""
    last = permeability.iloc[-1]
    k = last.permeability_lmh_bar * last.effective_thickness_um / last.pore_radius_nm**2
    radius, thickest = LEVEL_LABELS
    thinnest = permeability.effective_thickness_um.min()
    places = []
    for level in LEVELS:
        thickness = min(k * radius**2 / level, thickest)
        place = (float(np.sqrt(level * thickness / k)), thickness)
        if thickness > thinnest and place[0] > permeability.pore_radius_nm.min():
            places.append(place)
    return places


def pure_water(membranes: pd.DataFrame) -> Figure:
    """Draw permeability to pure water, model and measured.

    Parameters
    ----------
    membranes : DataFrame
        membrane, permeability_lmh_bar, measured_permeability_lmh_bar (NaN if not printed).
    """
    sheet = Sheet(*BARS_INCHES)
    membranes = sheet.keep("membranes", membranes)
    axes = sheet.subplots()
    model_and_measured(axes, membranes, "permeability_lmh_bar", f"permeability ({UNIT})")
    sheet.key(pair_handles())
    both = membranes.dropna(subset=["measured_permeability_lmh_bar"])
    error = both.permeability_lmh_bar / both.measured_permeability_lmh_bar - 1
    return sheet.finish(
        "Permeability to pure water of five membranes: Hagen-Poiseuille with the fitted pore "
        "radius and effective thickness, viscosity 0.89 mPa s, beside the numbers that the text "
        f"prints ({len(both)} of {len(membranes)}; largest difference {100 * error.abs().max():.0f}"
        " %). The fits took these permeabilities as input, so that the agreement is no "
        "prediction. Corresponds to figure 9 of Labban et al., J. Membr. Sci. 554, 26 (2018)."
    )


def model_and_measured(axes, table: pd.DataFrame, column: str, name: str) -> None:
    """Bars of a column by membrane, and its measured twin as squares."""
    places = np.arange(len(table))
    axes.bar(places, table[column], width=0.55, color=LINE)
    axes.plot(
        places,
        table[f"measured_{column}"],
        ls="none",
        marker="s",
        mfc="white",
        mec=MEASURED_COLOR,
        mew=1.4,
        ms=6,
    )
    axes.set_xticks(places, table.membrane)
    top = table[[column, f"measured_{column}"]].max().max()
    axes.set(ylabel=name, ylim=(0, ROOM * top))


def pair_handles() -> list:
    """Return the legend handles of `model_and_measured`."""
    return [
        Line2D([], [], ls="none", marker="s", ms=7, color=LINE, label="model"),
        Line2D(
            [],
            [],
            ls="none",
            marker="s",
            mfc="white",
            mec=MEASURED_COLOR,
            mew=1.4,
            ms=6,
            label="measured",
        ),
    ]
