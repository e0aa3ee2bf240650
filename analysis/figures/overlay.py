"""All layouts over one another: water around the feed ions along z, and the charged groups."""

from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.along_z import FACES, draw_mean
from analysis.figures.coordination import ROOM, WATER
from analysis.figures.sheet import START, Sheet, cells, noted, outer_span, partial_note, sides, span
from analysis.figures.style import label, ordered, z_label
from analysis.observables.shared.z_bins import BIN_ANGSTROM

PANEL_INCHES = (2.5, 3.4)
SHARES = (1.5, 1.0)
"""Heights of the neighbours and of the charged groups."""
KINDS = ("NH2+", "COO-")
LAYOUT_COLORS = (
    *("#332288", "#CC6677", "#117733", "#DDCC77"),
    *("#88CCEE", "#882255", "#44AA99", "#999933"),
)
"""The muted scheme of Tol (2021), made to stay apart for colour-blind readers."""
DASHES = ("-", (0, (4, 1.4)), (0, (1, 1.1)), (0, (5, 1.2, 1, 1.2)))
"""One line style after the other, so that neighbours in the legend differ in more than colour."""


def overlay(
    coordination: pd.DataFrame,
    groups: pd.DataFrame,
    extent: pd.DataFrame,
    trials: pd.DataFrame,
) -> Figure:
    """Draw water around each ion and groups of each kind along z, a line for each layout."""
    water = coordination[(coordination.partner == WATER) & (coordination.trial == "all")]
    salts = list(dict.fromkeys(cell.salt for cell in cells(trials)))
    species = {salt: ordered(water.species[water.salt == salt]) for salt in salts}
    starts = np.cumsum([0, *(max(len(species[salt]), len(KINDS)) for salt in salts)])
    width, height = PANEL_INCHES
    sheet = Sheet(0.7 + width * starts[-1], 0.3 + height)
    water = sheet.keep("coordination", water)
    groups = sheet.keep("groups", groups[groups.trial == "all"])
    grid = sheet.subplots(
        2, starts[-1], sharex=True, sharey="row", squeeze=False, height_ratios=SHARES
    )
    for axes in grid.ravel():
        axes.set_visible(False)
    styles = styles_of(trials)
    for salt, first in zip(salts, starts[:-1], strict=True):
        noted(grid[0, first], trials[trials.salt == salt])
        above = zip(grid[0, first:], species[salt], strict=False)
        for axes, name in above:
            own = water[(water.salt == salt) & (water.species == name)]
            draw_water(axes, own, styles)
            axes.set_title(f"{label(name)}, {salt}")
        for axes, kind in zip(grid[1, first:], KINDS, strict=False):
            draw_groups(axes, groups[(groups.salt == salt) & (groups.of == kind)], styles)
            axes.set_title(f"{label(kind)} groups, {salt}", fontweight="normal")
        for axes in grid[:, first : first + len(KINDS)].ravel():
            draw_mean_faces(axes, extent[extent.salt == salt])
    finish_axes(grid, water, groups, outer_span(extent, "feed piston", "permeate piston"))
    sheet.key(handles(styles))
    return sheet.finish(caption(water, trials))


def styles_of(trials: pd.DataFrame) -> dict[str, dict]:
    """Return colour and dashes of each layout, in the order of the campaign."""
    names = list(dict.fromkeys(cell.layout for cell in cells(trials)))
    looks = zip(names, cycle(LAYOUT_COLORS), cycle(DASHES), strict=False)
    return {name: {"color": tint, "ls": dashes} for name, tint, dashes in looks}


def draw_water(axes, water: pd.DataFrame, styles: dict) -> None:
    """Draw the water around one species, a line for each layout."""
    axes.set_visible(True)
    sides(axes)
    for layout, style in styles.items():
        rows = water[water.layout == layout].sort_values("z_angstrom")
        if len(rows):
            draw_mean(axes, rows.z_angstrom, rows, rows.coordination, lw=1.3, zorder=3, **style)


def draw_groups(axes, groups: pd.DataFrame, styles: dict) -> None:
    """Draw one kind of charged groups as outlines, one for each layout that has some."""
    axes.set_visible(True)
    for layout, style in styles.items():
        rows = groups[groups.layout == layout].sort_values("z_angstrom")
        if rows.density_per_nm3.any():
            z = rows.z_angstrom.to_numpy()
            step = z[1] - z[0]
            edges = np.append(z - step / 2, z[-1] + step / 2)
            filled = rows.density_per_nm3.where(rows.density_per_nm3 > 0)
            axes.stairs(filled, edges, lw=1.1, **style)
    if not groups.density_per_nm3.any():
        middle = {"transform": axes.transAxes, "ha": "center", "va": "center", "fontsize": 7}
        axes.text(0.5, 0.45, "none", color="#555555", **middle)


def draw_mean_faces(axes, extent: pd.DataFrame) -> None:
    """Draw the faces of the membrane, the mean of those of the layouts."""
    faces = [span(cell.of(extent), "feed face", "permeate face") for cell in cells(extent)]
    for face in np.mean(faces, axis=0):
        axes.axvline(face, zorder=0, **FACES)


def finish_axes(grid, water: pd.DataFrame, groups: pd.DataFrame, limits) -> None:
    """Set limits and labels, these only at the edges of the grid."""
    top, dense = water.coordination.max(), groups.density_per_nm3.max()
    grid[0, 0].set(xlim=limits, ylim=(0, ROOM * top if top > 0 else 1.0))
    grid[0, 0].set_ylabel("water in the first\nshell (per ion)")
    grid[1, 0].set(ylim=(0, 1.15 * dense if dense > 0 else 1.0))
    grid[1, 0].set_ylabel("groups\n(1/nm$^3$)")
    for axes in grid[1]:
        axes.set_xlabel(z_label(grid.shape[1]))


def handles(styles: dict) -> list:
    """Return the handles of the legend: the layouts and the faces."""
    lines = [Line2D([], [], lw=1.3, label=name, **style) for name, style in styles.items()]
    return [*lines, Line2D([], [], label="5 % faces, mean", **FACES)]


def widths_text(water: pd.DataFrame) -> str:
    """Return how wide the intervals of each species are, which are not drawn.

    >>> rows = {"salt": "NaCl", "species": "Cl-", "low_coordination": 5, "high_coordination": 6}
    >>> widths_text(pd.DataFrame([rows]))
    'Cl⁻ (NaCl) 0.50'
    """
    half = (water.high_coordination - water.low_coordination) / 2
    medians = half.groupby([water.salt, water.species], sort=False).median().dropna()
    return ", ".join(
        f"{label(name)} ({salt}) {medians[salt, name]:.2f}"
        for salt in dict.fromkeys(water.salt)
        for name in ordered(water.species)
        if (salt, name) in medians.index
    )


def caption(water: pd.DataFrame, trials: pd.DataFrame) -> str:
    """Return the caption: what is overlaid, and how well each line is known."""
    wide = widths_text(water)
    bands = (
        f"Half of their intervals over trials, in the median bin: {wide}; lines that are nearer "
        "than that are not told apart. "
        if wide
        else "No line has an interval over trials. "
    )
    cutoffs = water.drop_duplicates("species").set_index("species").cutoff_angstrom
    shells = ", ".join(f"{cutoffs[name]:g} Å of {label(name)}" for name in ordered(cutoffs.index))
    notes = {f"{c.title}: {note}" for c in cells(trials) if (note := partial_note(c.of(trials)))}
    return (
        f"Above: oxygens of water within {shells}, mean over feed ions by their z in bins of "
        f"{BIN_ANGSTROM:g} Å, frames and trials ({START}), thinner where not every trial has a "
        f"mean. {bands}Below: charged groups per volume, mean over frames and trials. A line for "
        "each layout. z from the membrane's centre of mass; dashed: faces, mean of the layouts."
        + "".join(f" {note}." for note in sorted(notes))
    )
