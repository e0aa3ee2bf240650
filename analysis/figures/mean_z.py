"""Mean z of the feed ions in time."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.sheet import Sheet, band_text, outer_span, panels, show, span, stacks, titled
from analysis.figures.style import PALETTE, color, label

PANEL_INCHES = (2.4, 2.1)
PICOSECONDS_BELOW_NS = 1.0


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
        (axes,), case = grid[panel.row, panel.column], panel.case
        show((axes,), panel, ("mean z from membrane\ncentre (Å)",), (limits,), f"t ({unit})")
        draw_membrane(axes, case.of(extent))
        for species, curves in case.of(drawn).groupby("species", sort=False):
            draw_species(axes, color(species), curves, scale)
        titled(axes, case, trials)
    sheet.key(handles(drawn))
    return sheet.finish(caption(drawn))


def z_limits(drawn: pd.DataFrame, extent: pd.DataFrame) -> tuple[float, float]:
    """Range of all lines, bands and faces with some room."""
    values = drawn[["z_angstrom", "low_angstrom", "high_angstrom"]]
    feed, permeate = outer_span(extent, "feed face", "permeate face")
    low, high = min(values.min().min(), feed), max(values.max().max(), permeate)
    return low - 0.08 * (high - low), high + 0.08 * (high - low)


def draw_membrane(axes, extent: pd.DataFrame) -> None:
    """Membrane between its faces as a grey bar with its centre, feed below, permeate above."""
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
            ha="right",
            va=side,
            fontsize=6.5,
            style="italic",
            color="#555555",
        )


def draw_species(axes, tint: str, curves: pd.DataFrame, scale: float) -> None:
    """One species in one panel."""
    for trial, curve in curves.groupby("trial", sort=False):
        time = scale * curve.time_ns
        if trial == "all":
            axes.fill_between(time, curve.low_angstrom, curve.high_angstrom, color=tint, alpha=0.2)
            axes.plot(time, curve.z_angstrom, color=tint, zorder=3)
        else:
            axes.plot(time, curve.z_angstrom, color=tint, lw=0.5, alpha=0.6)


def handles(drawn: pd.DataFrame) -> list:
    """Legend of what is drawn."""
    lines = [
        Line2D([], [], color=color(name), label=label(name)) for name in drawn.species.unique()
    ]
    thin = Line2D([], [], color="#555555", lw=0.6, label="single trials")
    return [*lines, thin, Patch(color=PALETTE["membrane"], alpha=0.25, label="membrane")]


def caption(drawn: pd.DataFrame) -> str:
    """Numbers and bands."""
    pooled = drawn[drawn.trial == "all"]
    numbers = ", ".join(
        f"{'/'.join(map(str, sorted(rows.n.unique())))} {label(name)}"
        for name, rows in pooled.groupby("species", sort=False)
    )
    return (
        f"Mean z of the feed ions ({numbers} in each panel over all trials). Thick line: mean of "
        f"the trials' means, up to the time that every trial has reached. "
        f"{band_text(pooled)} Grey: membrane between its faces at 5 % of its largest density."
    )
