"""Mean z of the feed ions in time."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.bands import band
from analysis.figures.sheet import Sheet, band_text, every_text, panels, show, span, stacks, titled
from analysis.figures.style import PALETTE, color, label, ordered

PANEL_INCHES = (2.4, 2.1)
PICOSECONDS_BELOW_NS = 1.0
ROOM = 0.12
"""Below and above all that is drawn, as a share of its range."""
DASHES = ((0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (2.5, 1.5)))
"""Of the first trials; those after the last share its dashes."""


def mean_z(mean_z: pd.DataFrame, extent: pd.DataFrame, trials: pd.DataFrame) -> Figure:
    """Draw the mean over trials with its band and each trial as a thin line."""
    places, rows, columns = panels(mean_z)
    width, height = PANEL_INCHES
    sheet = Sheet(0.6 + width * max(columns, 2), 0.3 + height * rows)
    scale, unit = (1, "ns") if mean_z.time_ns.max() >= PICOSECONDS_BELOW_NS else (1000, "ps")
    drawn = sheet.keep("mean_z", mean_z)
    sheet.keep("extent", extent)
    grid = stacks(sheet, rows, columns, (1.0,))
    grid[0, 0, 0].set_xlim(0, scale * drawn.time_ns.max())
    limits = z_limits(drawn, extent)
    for panel in places:
        (axes,), cell = grid[panel.row, panel.column], panel.cell
        show((axes,), panel, ("mean z from membrane\ncentre (Å)",), (limits,), f"t ({unit})")
        draw_membrane(axes, cell.of(extent))
        own = cell.of(drawn)
        for species in ordered(own.species):
            draw_species(axes, color(species), own[own.species == species], scale)
        titled(axes, cell, trials)
    sheet.key(handles(drawn))
    return sheet.finish(caption(drawn))


def z_limits(drawn: pd.DataFrame, extent: pd.DataFrame) -> tuple[float, float]:
    """Return the range of all lines and bands and of the feed faces, with some room.

    The rest of the membrane is seen as far as the ions come: it would fill the panels of a short
    run with grey.
    """
    values = drawn[["z_angstrom", "low_angstrom", "high_angstrom"]]
    faces = extent.z_angstrom[(extent.trial == "all") & (extent.place == "feed face")]
    low, high = min(values.min().min(), faces.min()), max(values.max().max(), faces.max())
    room = ROOM * (high - low)
    return low - room, high + room


def draw_membrane(axes, extent: pd.DataFrame) -> None:
    """Draw the membrane between its faces as a grey bar with its centre, feed below."""
    feed, permeate = span(extent, "feed face", "permeate face")
    axes.axhspan(feed, permeate, color=PALETTE["membrane"], alpha=0.16, lw=0)
    axes.axhline(0, color=PALETTE["membrane"], lw=0.6, ls=(0, (4, 3)))
    for y, text, side in ((feed, "feed", "top"), (permeate, "permeate", "bottom")):
        axes.annotate(
            text,
            (1, y),
            xycoords=("axes fraction", "data"),
            xytext=(-2, -2 if side == "top" else 2),
            textcoords="offset points",
            annotation_clip=True,
            ha="right",
            va=side,
            fontsize=6.5,
            style="italic",
            color="#555555",
        )


def draw_species(axes, tint: str, curves: pd.DataFrame, scale: float) -> None:
    """Draw one species in one panel."""
    pooled = curves[curves.trial == "all"]
    time = scale * pooled.time_ns
    band(axes, time, pooled, "angstrom", color=tint, alpha=0.2)
    axes.plot(time, pooled.z_angstrom, color=tint, zorder=3)
    single = curves[curves.trial != "all"]
    for number, (_, curve) in enumerate(single.groupby("trial", sort=False)):
        dashes = DASHES[min(number, len(DASHES) - 1)]
        axes.plot(scale * curve.time_ns, curve.z_angstrom, color=tint, lw=0.7, ls=dashes)


def handles(drawn: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    lines = [
        Line2D([], [], color=color(name), label=label(name)) for name in ordered(drawn.species)
    ]
    trials = list(dict.fromkeys(drawn.trial[drawn.trial != "all"]))
    thin = [
        Line2D([], [], color="#555555", lw=0.7, ls=dashes, label=f"trial {trial}")
        for trial, dashes in zip(trials, DASHES, strict=False)
    ]
    if len(trials) > len(DASHES):
        thin[-1].set_label(f"trials {trials[len(DASHES) - 1]} to {trials[-1]}")
    return [*lines, *thin, Patch(color=PALETTE["membrane"], alpha=0.25, label="membrane")]


def caption(drawn: pd.DataFrame) -> str:
    """Return the caption: numbers and bands."""
    pooled = drawn[drawn.trial == "all"]
    of_species = pooled.groupby("species").n
    numbers = ", ".join(
        f"{'/'.join(map(str, sorted(of_species.get_group(name).unique())))} {label(name)}"
        for name in ordered(pooled.species)
    )
    return (
        f"Mean z of the feed ions ({numbers} in each panel over all trials), {every_text(drawn)}. "
        "Thick line: mean of the trials' means, up to the time that every trial has reached. "
        f"{band_text(pooled)} Grey: membrane between its faces at 5 % of its largest density, as "
        "far as the axis reaches; the axis is fitted to the curves and the feed faces."
    )
