"""Densities and charge along z."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.along_z import SMALLEST, say_none
from analysis.figures.bands import band, percents
from analysis.figures.sheet import (
    Sheet,
    band_text,
    outer_span,
    panels,
    show,
    sides,
    span,
    stacks,
    titled,
)
from analysis.figures.style import PALETTE, Z_LABEL, color, label, ordered
from analysis.observables.profiles import WET

PANEL_INCHES = (2.6, 4.1)
SHARES = (1.5, 0.9, 1.0, 1.0)
"""Heights of densities, porosity, groups and charge."""


def profiles(
    density: pd.DataFrame,
    porosity: pd.DataFrame,
    groups: pd.DataFrame,
    charge: pd.DataFrame,
    extent: pd.DataFrame,
    trials: pd.DataFrame,
) -> Figure:
    """Draw mass density of membrane and water, porosity, charged groups and their charge."""
    places, rows, columns = panels(density)
    width, height = PANEL_INCHES
    sheet = Sheet(0.6 + width * columns, 0.3 + height * rows)
    density = sheet.keep("density", density[(density.trial == "all") & (density.of != WET)])
    porosity = sheet.keep("porosity", porosity[porosity.trial == "all"])
    groups = sheet.keep("groups", groups[groups.trial == "all"])
    formal = (charge.trial == "all") & (charge.of == "charged groups")
    charge = sheet.keep("charge", charge[formal])
    frames = stacks(sheet, rows, columns, SHARES)
    frames[0, 0, 0].set_xlim(outer_span(extent, "feed piston", "permeate piston"))
    limits = (
        (0, 1.1 * top(density, "g_cm3")),
        (0, 105),
        (0, 1.1 * top(groups, "per_nm3")),
        (
            1.1 * charge[["low_e_nm3", "density_e_nm3"]].min().min(),
            1.1 * top(charge, "e_nm3"),
        ),
    )
    names = ("density\n(g/cm$^3$)", "porosity\n(%)", "groups\n(1/nm$^3$)", "charge\n(e/nm$^3$)")
    for panel in places:
        cell = panel.cell
        stack = frames[panel.row, panel.column]
        show(stack, panel, names, limits, Z_LABEL)
        draw_porosity(stack[1], cell.of(porosity))
        units = ("g_cm3", "per_nm3", "e_nm3")
        for table, axes, unit in zip(
            (density, groups, charge), stack[[0, 2, 3]], units, strict=True
        ):
            for species, curve in cell.of(table).groupby("of", sort=False):
                draw_curve(axes, CHARGE if unit == "e_nm3" else color(species), curve, unit)
        for axes in stack[2:]:
            say_none(axes, cell.of(groups))
        decorate(stack, cell.of(extent))
        titled(stack[0], cell, trials)
    sheet.key(handles(groups))
    return sheet.finish(caption(density))


CHARGE = "#333333"


def top(table: pd.DataFrame, unit: str) -> float:
    """Return the largest value or band of a table."""
    return max(table[[f"high_{unit}", f"density_{unit}"]].max().max(), SMALLEST)


def draw_curve(axes, tint: str, curve: pd.DataFrame, unit: str) -> None:
    """Draw one profile with its band over trials."""
    z = curve.z_angstrom
    band(axes, z, curve, unit, color=tint, alpha=0.2)
    axes.plot(z, curve[f"density_{unit}"], color=tint, lw=1.1)


def draw_porosity(axes, curve: pd.DataFrame) -> None:
    """Draw the share that the membrane leaves, with its band over trials."""
    z, tint = curve.z_angstrom, PALETTE["membrane"]
    band(axes, z, curve, "share", color=tint, alpha=0.2, convert=percents)
    axes.plot(z, 100 * curve.void_share, color=tint, lw=1.1)


def decorate(stack, extent: pd.DataFrame) -> None:
    """Faces of the membrane, the sides, the zero of charge."""
    for axes in stack:
        for face in span(extent, "feed face", "permeate face"):
            axes.axvline(face, color=PALETTE["membrane"], lw=0.8, ls=(0, (4, 3)), zorder=0)
    stack[3].axhline(0, color="#BBBBBB", lw=0.6, zorder=0)
    sides(stack[0])


def handles(groups: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    present = ordered(groups.of[groups.density_per_nm3 > 0])
    names = ["membrane", "water", *present]
    lines = [Line2D([], [], color=color(name), label=label(name)) for name in names]
    charge = Line2D([], [], color=CHARGE, label="charge of groups")
    face = Line2D([], [], color=PALETTE["membrane"], lw=0.8, ls=(0, (4, 3)), label="5 % faces")
    return [*lines, charge, face]


def caption(density: pd.DataFrame) -> str:
    """Return the caption: averages and bands."""
    return (
        "Mass density of membrane and water, porosity (what spheres of 1.4 Å can cover between the "
        "membrane's atoms), number density of charged groups and their formal "
        "charge, averaged over trials and over every frame from t = 0 on: no time is left out for "
        "settling. "
        f"{band_text(density, ', cut off at 0 but for charge')} Dashed: faces at 5 % of the "
        "membrane's largest density. The z axis ends at the pistons."
    )
