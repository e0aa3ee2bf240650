"""Feed ions in the xz-plane at the requested times, over the membrane and its charged groups."""

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.sheet import (
    STAMP_RED,
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
    MARKERS,
    PALETTE,
    Z_LABEL,
    Z_LABEL_SHORT,
    color,
    kind,
    label,
    ordered,
    time_label,
)
from mdtools.roles import CHARGED_GROUP, FEED_ION

DENSITY_MAP = LinearSegmentedColormap.from_list("membrane", ["#A6A6A600", "#A6A6A6FF"])
PANEL_INCHES = (1.75, 1.4)
NARROW_INCHES = 1.5
"""Width of a panel when salts stand side by side."""
SIZES = {"cation": 20, "anion": 18, "NH2+": 36, "COO-": 13}
BEYOND_LINE = 4.0
"""Room (angstrom) behind the line on which permeated ions stand."""
BELOW, ABOVE = 1.1, 1.32
"""Reach of the x axis in half box lengths: marks at the edge stay whole, words stand above them."""


def snapshots(
    snapshots: pd.DataFrame, density: pd.DataFrame, extent: pd.DataFrame, trials: pd.DataFrame
) -> Figure:
    """Draw feed ions of all trials: a row for each layout, a column for each salt and time."""
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
    density = sheet.keep("density", density[(density.of == "membrane") & (density.trial == "all")])
    limits = z_limits(drawn, extent)
    z_label = Z_LABEL if width == PANEL_INCHES[0] else Z_LABEL_SHORT
    for cell in everything:
        first = times * salts.index(cell.salt)
        row = grid[layouts.index(cell.layout), first : first + times]
        draw_row(row, cell.of(drawn), cell.of(density), cell.of(trials), limits)
        name_row(row, cell, cell.of(drawn), everything)
    for axes in grid[-1]:
        axes.set_xlabel(z_label)
    sheet.key(handles(drawn))
    return sheet.finish(caption(drawn, trials))


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


def draw_row(row, ions, density, trials, limits) -> None:
    """Draw the panels of one layout and salt."""
    half = trials.box_x_angstrom.iloc[0] / 2
    times = sorted(ions.time_ns.unique())
    for axes, time in zip(row, times, strict=False):
        axes.set_visible(True)
        z = density.z_angstrom.to_numpy()
        step = (z[1] - z[0]) / 2
        axes.imshow(
            density.density_g_cm3.to_numpy()[None],
            extent=(z[0] - step, z[-1] + step, -half, half),
            cmap=DENSITY_MAP,
            vmin=0,
            aspect="auto",
            interpolation="bilinear",
            zorder=0,
        )
        here = ions[ions.time_ns == time]
        for species in reversed(ordered(here.species)):
            points = here[here.species == species]
            on_line = points.permeated & points.reachable & (points.role == FEED_ION)
            z = points.z_angstrom.where(~on_line, points.line_angstrom)
            axes.scatter(z, points.x_angstrom, **marker(species))
        if here.reachable.all():
            axes.axvline(here.line_angstrom.iloc[0], **LINE)
        axes.set(xlim=limits, ylim=(-BELOW * half, ABOVE * half))
        sides(axes)
    if note := partial_note(trials):
        row[len(times) - 1].set_title(
            note, loc="right", fontsize=6.5, color=STAMP_RED, fontweight="normal"
        )


LINE = {"color": "#888888", "lw": 0.7, "ls": (0, (1, 1.5)), "zorder": 1}


def marker(species: str) -> dict:
    """Return how a species is marked: ions solid, charged groups behind them and lighter."""
    ion = kind(species) in ("cation", "anion")
    return {
        "marker": MARKERS[kind(species)],
        "s": SIZES[kind(species)],
        "c": color(species),
        "alpha": 0.9 if ion else 0.75,
        "edgecolors": "white" if ion else "none",
        "linewidths": 0.4 if ion else 0,
        "zorder": 3 if ion else 2,
        "clip_on": False,
    }


def handles(drawn: pd.DataFrame) -> list:
    """Return the legend handles of every species with its number of marks in one panel."""
    marks = [
        Line2D(
            [],
            [],
            ls="none",
            marker=MARKERS[kind(name)],
            color=color(name),
            ms=np.sqrt(SIZES[kind(name)]) * 1.2,
            label=label(name),
        )
        for name in ordered(drawn.species)
    ]
    shade = Line2D([], [], lw=7, color=PALETTE["membrane"], alpha=0.6, label="membrane density")
    return [*marks, shade]


def caption(drawn: pd.DataFrame, trials: pd.DataFrame) -> str:
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
        f"{groups or 'There are no charged groups. '}Grey: mass density of the "
        f"membrane, mean over trials, each row scaled to its maximum. {permeated}z is measured "
        "from the membrane's centre of mass and begins at the feed piston, x is wrapped into the "
        f"periodic box, which is as high as the grey.{cut_note(trials)}"
    )


def trials_text(ions: pd.DataFrame) -> str:
    """Return how many trials are drawn over one another."""
    count = ions.trial.nunique()
    return f"{count} trials overlaid; {START}" if count > 1 else "one trial"
