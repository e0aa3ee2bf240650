"""Feed ions in the xz-plane at the requested times, over the membrane and its charged groups."""

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.sheet import (
    NOTE_RED,
    START,
    Cell,
    Sheet,
    cells,
    cut_note,
    outer_span,
    partial_note,
    sides,
)
from analysis.figures.style import (
    PALETTE,
    color,
    kind,
    label,
    marker,
    ordered,
    time_label,
    z_label,
)
from analysis.options import Background
from mdtools.roles import CHARGED_GROUP, FEED_ION

DENSITY_MAP = LinearSegmentedColormap.from_list("membrane", ["#A6A6A600", "#A6A6A6FF"])
PANEL_INCHES = (1.75, 1.4)
NARROW_INCHES = 1.5
"""Width of a panel when salts stand side by side."""
SIZES = {"cation": 20, "anion": 18, "NH2+": 36, "COO-": 13}
BEYOND_LINE = 4.0
"""Room (angstrom) behind the line on which permeated ions stand."""
SHADE_COLUMNS = ("layout", "salt", "trial", "x_angstrom", "z_angstrom", "density_g_cm3")
GREY = {
    "map": (
        "Grey: mass density of the membrane in the xz-plane, over all y, mean over frames and "
        "trials, one scale for all panels; darker is denser. "
    ),
    "profile": (
        "Grey: mass density of the membrane along z, mean over frames and trials, one scale for "
        "all panels; darker is denser. "
    ),
    "none": "",
}
"""What the caption says of each background."""
BELOW, ABOVE = 1.1, 1.32
"""Reach of the x axis in half box lengths: marks at the edge stay whole, words stand above them."""


def snapshots(
    snapshots: pd.DataFrame,
    density: pd.DataFrame,
    density_map: pd.DataFrame,
    extent: pd.DataFrame,
    trials: pd.DataFrame,
    *,
    snapshot_background: Background = "map",
) -> Figure:
    """Draw feed ions of all trials: a row for each layout, a column for each salt and time.

    ``snapshot_background`` is what of the membrane stands behind them: its density in the xz plane
    (``map``), along z alone (``profile``), or nothing (``none``).
    """
    everything = cells(snapshots)
    layouts = list(dict.fromkeys(cell.layout for cell in everything))
    salts = list(dict.fromkeys(cell.salt for cell in everything))
    times = max(snapshots.groupby(["salt", "layout"]).time_ns.nunique())
    columns = times * len(salts)
    width = PANEL_INCHES[0] if len(salts) == 1 else NARROW_INCHES
    sheet = Sheet(0.9 + width * max(columns, 2), 0.35 + PANEL_INCHES[1] * len(layouts))
    grid = sheet.subplots(len(layouts), columns, sharex=True, sharey=True, squeeze=False)
    for axes in grid.ravel():
        axes.set_visible(False)
    drawn = sheet.keep("snapshots", chosen(snapshots))
    shades = {"map": density_map, "profile": density.assign(x_angstrom=0.0)}
    shade = shades.get(snapshot_background)
    if shade is not None:
        shade = shade[(shade.of == "membrane") & (shade.trial == "all")]
        shade = sheet.keep("density", shade[list(SHADE_COLUMNS)])
    limits = z_limits(drawn, extent)
    for cell in everything:
        first = times * salts.index(cell.salt)
        row = grid[layouts.index(cell.layout), first : first + times]
        own = cell.of(drawn)
        if shade is not None:
            draw_shade(
                row, own, cell.of(shade), half_box(cell.of(trials)), shade.density_g_cm3.max()
            )
        draw_row(row, own, cell.of(trials), limits)
        name_row(row, cell, own, everything)
    for axes in grid[-1]:
        axes.set_xlabel(z_label(columns))
    words = GREY[snapshot_background]
    sheet.key(handles(drawn, None if shade is None else shade.density_g_cm3.max()))
    return sheet.finish(caption(drawn, trials, words))


def chosen(table: pd.DataFrame) -> pd.DataFrame:
    """Return the feed ions of all trials, charged groups of the first one."""
    first = table.trial[table.trial != "all"].iloc[0]
    groups = (table.role == CHARGED_GROUP) & (table.trial == first)
    return table[(table.role == FEED_ION) | groups]


def z_limits(drawn: pd.DataFrame, extent: pd.DataFrame) -> tuple[float, float]:
    """Return the range of z from piston to the line of permeated ions.

    It ends at the other piston if that is nearer.

    An ion of an early time may lie beyond the mean place of a piston.
    """
    feed, permeate = outer_span(extent, "feed piston", "permeate piston")
    low = min(feed, drawn.z_angstrom.min())
    if drawn.reachable.all():
        return low, drawn.line_angstrom.max() + BEYOND_LINE
    return low, max(permeate, drawn.z_angstrom.max())


def name_row(row, cell: Cell, drawn: pd.DataFrame, everything: list[Cell]) -> None:
    """Layout at the left, times above the topmost row of a salt and where they differ from it."""
    same = [other for other in everything if other.salt == cell.salt]
    alone = len(same) == len(everything)
    if alone or cell.salt == everything[0].salt:
        salt = f", {cell.salt}" if alone else ""
        row[0].set_ylabel(f"{cell.layout}{salt}\nx (Å)")
    for axes, time in zip(row, sorted(drawn.time_ns.unique()), strict=False):
        prefix = "" if alone else f"{cell.salt}, "
        if cell == same[0] or axes.get_title(loc="right"):
            axes.set_title(f"{prefix}t = {time_label(time)}", fontweight="normal")


def half_box(trials: pd.DataFrame) -> float:
    """Return half of the box along x, angstrom."""
    return trials.box_x_angstrom.iloc[0] / 2


def draw_shade(row, ions, shade, half: float, highest: float) -> None:
    """Draw the density of the membrane into the panels of one layout and salt."""
    grid = shade.pivot(index="x_angstrom", columns="z_angstrom", values="density_g_cm3")
    z = grid.columns.to_numpy()
    step = (z[1] - z[0]) / 2 if len(z) > 1 else 0.5
    for axes, _ in zip(row, sorted(ions.time_ns.unique()), strict=False):
        axes.imshow(
            grid.to_numpy(),
            extent=(z[0] - step, z[-1] + step, -half, half),
            origin="lower",
            cmap=DENSITY_MAP,
            vmin=0,
            vmax=highest,
            aspect="auto",
            interpolation="bilinear",
            zorder=0,
        )


def draw_row(row, ions, trials, limits) -> None:
    """Draw the panels of one layout and salt."""
    half = half_box(trials)
    times = sorted(ions.time_ns.unique())
    for axes, time in zip(row, times, strict=False):
        axes.set_visible(True)
        here = ions[ions.time_ns == time]
        for species in reversed(ordered(here.species)):
            points = here[here.species == species]
            on_line = points.permeated & points.reachable & (points.role == FEED_ION)
            z = points.z_angstrom.where(~on_line, points.line_angstrom)
            axes.scatter(z, points.x_angstrom, **mark(species))
        if here.reachable.all():
            axes.axvline(here.line_angstrom.iloc[0], **LINE)
        axes.set(xlim=limits, ylim=(-BELOW * half, ABOVE * half))
        sides(axes)
    if note := partial_note(trials):
        row[len(times) - 1].set_title(
            note, loc="right", fontsize=6.5, color=NOTE_RED, fontweight="normal"
        )


LINE = {"color": "#888888", "lw": 0.7, "ls": (0, (1, 1.5)), "zorder": 1}


def mark(species: str) -> dict:
    """Return how a species is marked: ions solid, charged groups behind them and lighter."""
    ion = kind(species) in ("cation", "anion")
    return {
        "marker": marker(species),
        "s": SIZES[kind(species)],
        "c": color(species),
        "alpha": 0.9 if ion else 0.75,
        "edgecolors": "white" if ion else "none",
        "linewidths": 0.4 if ion else 0,
        "zorder": 3 if ion else 2,
        "clip_on": False,
    }


def handles(drawn: pd.DataFrame, highest: float | None) -> list:
    """Return the legend handles of every species, and of the density if it is drawn."""
    marks = [
        Line2D(
            [],
            [],
            ls="none",
            marker=marker(name),
            color=color(name),
            ms=np.sqrt(SIZES[kind(name)]) * 1.2,
            label=label(name),
        )
        for name in ordered(drawn.species)
    ]
    if highest is None:
        return marks
    name = f"membrane, 0 to {highest:.2g} g/cm³"
    return [*marks, Patch(color=PALETTE["membrane"], alpha=0.6, label=name)]


def caption(drawn: pd.DataFrame, trials: pd.DataFrame, grey: str) -> str:
    """Return the caption: what is drawn, with the numbers of ions and trials."""
    ions = drawn[drawn.role == FEED_ION]
    counts = ions.groupby(["layout", "salt", "time_ns", "species"]).size()
    of_species = counts.groupby("species")
    numbers = ", ".join(
        f"{'/'.join(map(str, sorted(set(of_species.get_group(name)))))} {label(name)}"
        for name in ordered(ions.species)
    )
    line = f"{ions.line_angstrom.iloc[0]:g} Å"
    permeated = (
        f"Feed ions beyond {line} have permeated and stand on the dotted line, wherever they are. "
        if ions.reachable.all()
        else f"The permeate piston stands before {line}, where an ion would count as permeated. "
    )
    first = drawn.trial[drawn.role == CHARGED_GROUP].unique()
    groups = f"Charged groups at the same time, of trial {first[0]} only. " if len(first) else ""
    return (
        f"Feed ions projected on the xz-plane ({numbers} in a panel), {trials_text(ions)}. "
        f"{groups or 'There are no charged groups. '}{grey}{permeated}z is measured "
        "from the membrane's centre of mass and begins at the feed piston, x is wrapped into the "
        f"periodic box and not to the scale of z.{cut_note(trials)}"
    )


def trials_text(ions: pd.DataFrame) -> str:
    """Return how many trials are drawn over one another."""
    count = ions.trial.nunique()
    return f"{count} trials overlaid; {START}" if count > 1 else "one trial"
