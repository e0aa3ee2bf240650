"""Mean z of the feed ions in time: runs beside their continuum twins."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.comparison.parts import (
    GREY,
    TWIN,
    TWIN_DASHES,
    basis_text,
    faces_nm,
    intervals_text,
    ion_handles,
    joined,
    mean_z_of,
    membrane_handle,
    say_no_run,
    what_ions_show,
    without_run_text,
)
from analysis.figures.mean_z import PICOSECONDS_BELOW_NS
from analysis.figures.sheet import START, Sheet, panels, show, stacks
from analysis.figures.style import PALETTE, color, ordered

PANEL_INCHES = (2.2, 1.9)
ROOM = 0.08
"""Below and above all that is drawn, as a share of its range."""
BARS = 4
"""Times at which the range of as many ions as there are is drawn."""
BESIDE = 0.014
"""Between the bars of two ions, as a share of the time axis."""
RIGHT = 0.03
"""Free behind the last time, as a share of it, for its bars."""


def twin_mean_z(
    md_and_continuum: pd.DataFrame,
    parameters: pd.DataFrame,
    extent: pd.DataFrame | None = None,
    *,
    level: float = 0.95,
) -> Figure:
    """Draw mean z of runs as lines with bands, of twins dashed, with bars of what n ions show.

    Parameters
    ----------
    md_and_continuum : DataFrame
        Of which the rows of mean_z_nm.
    parameters : DataFrame
        Of which thickness_nm, for faces that `extent` does not tell.
    extent : DataFrame, optional
        Observable of that name.
    level : float
        Of the ranges of the twins.
    """
    means = mean_z_of(md_and_continuum)
    places, rows, columns = panels(means)
    width, height = PANEL_INCHES
    sheet = Sheet(0.7 + width * max(columns, 2), 0.3 + height * rows)
    means = sheet.keep("md_and_continuum", means)
    scale, unit = (1, "ns") if means.time_ns.max() >= PICOSECONDS_BELOW_NS else (1000, "ps")
    faces = {panel.cell: faces_nm(panel.cell, parameters, extent) for panel in places}
    limits = z_limits(means, [known[0] for known in faces.values() if known])
    last = scale * means.time_ns.max()
    grid = stacks(sheet, rows, columns, (1.0,))
    grid[0, 0, 0].set_xlim(0, (1 + RIGHT) * last or 1)
    for panel in places:
        (axes,), cell = grid[panel.row, panel.column], panel.cell
        show((axes,), panel, ("mean z from membrane\ncentre (nm)",), (limits,), f"t ({unit})")
        if faces[cell]:
            draw_membrane(axes, *faces[cell])
        own = cell.of(means)
        ions = ordered(own.ion)
        for number, ion in enumerate(ions):
            shift = BESIDE * last * (number - (len(ions) - 1) / 2)
            draw_ion(axes, color(ion), own[own.ion == ion].sort_values("time_ns"), scale, shift)
        axes.set_title(cell.title)
        if own.md.isna().all():
            say_no_run(axes)
    sheet.key(handles(means))
    return sheet.finish(caption(means, level))


def z_limits(means: pd.DataFrame, feed_faces: list[float]) -> tuple[float, float]:
    """Return the range (nm) of all lines, bands and bars and of the feed faces, with some room."""
    columns = ["md", "md_low", "md_high", "continuum", "continuum_low", "continuum_high"]
    values = means[columns].to_numpy(dtype=float)
    low = min([np.nanmin(values), *feed_faces])
    high = max([np.nanmax(values), *feed_faces])
    room = ROOM * ((high - low) or 1)
    return low - room, high + room


def draw_membrane(axes, feed: float, permeate: float) -> None:
    """Draw the membrane as a grey bar with its centre, and the sides in corners ions come to last.

    What lies beyond the axis is left out.
    """
    axes.axhspan(feed, permeate, color=PALETTE["membrane"], alpha=0.16, lw=0, zorder=0)
    low, high = axes.get_ylim()
    if low < 0 < high:
        axes.axhline(0, color=PALETTE["membrane"], lw=0.6, ls=(0, (4, 3)), zorder=0)
    words: dict = {"transform": axes.transAxes, "fontsize": 6.5, "style": "italic", "color": GREY}
    if low < feed:
        axes.text(0.99, 0.02, "feed", ha="right", va="bottom", **words)
    if high > permeate:
        axes.text(0.02, 0.98, "permeate", ha="left", va="top", **words)


def draw_ion(axes, tint: str, rows: pd.DataFrame, scale: float, shift: float) -> None:
    """Draw one ion in one panel: the runs that there are, the twin, its ranges as bars."""
    ran = rows[rows.md.notna()]
    time = scale * ran.time_ns
    axes.fill_between(time, ran.md_low, ran.md_high, color=tint, alpha=0.2, lw=0)
    axes.plot(time, ran.md, color=tint, zorder=3)
    axes.plot(scale * rows.time_ns, rows.continuum, color=tint, ls=TWIN_DASHES, lw=1.2, zorder=4)
    shown = bar_rows(ran if len(ran) else rows)
    below, above = shown.continuum - shown.continuum_low, shown.continuum_high - shown.continuum
    axes.errorbar(
        scale * shown.time_ns + shift,
        shown.continuum,
        (below.clip(lower=0), above.clip(lower=0)),
        fmt="none",
        ecolor=tint,
        elinewidth=0.8,
        capsize=1.8,
        capthick=0.8,
        zorder=4,
    )


def bar_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of an ion at times that are spread evenly, the last among them."""
    times = rows.time_ns.to_numpy()
    wanted = times.max() * np.arange(1, BARS + 1) / BARS
    nearest = np.unique(np.abs(times[:, None] - wanted).argmin(axis=0))
    return rows.iloc[nearest]


def handles(means: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    runs = [
        Line2D([], [], color=GREY, label="runs"),
        Patch(color=GREY, alpha=0.25, label="their interval"),
    ]
    ranges = [
        Line2D([], [], ls="none", color=GREY, marker="|", ms=9, mew=0.8, label="range of n ions")
    ]
    return [
        *ion_handles(means.ion),
        *(runs if means.md.notna().any() else []),
        Line2D([], [], color=GREY, ls=TWIN_DASHES, lw=1.2, label="twin"),
        *(ranges if means.ions.notna().any() else []),
        membrane_handle(),
    ]


def caption(means: pd.DataFrame, level: float) -> str:
    """Return the caption: runs, twins, what their ranges are, and what they rest on."""
    runs = (
        f"Runs: mean of the trials' means, band: pointwise {intervals_text(means)}; {START}."
        if means.md.notna().any()
        else ""
    )
    counted = means.ions.notna().any()
    return joined(
        "Mean z of the feed ions, runs beside the continuum twins of the same cells.",
        runs,
        f"Bars around the twin: {what_ions_show(means, level)}." if counted else "",
        f"{TWIN}.",
        basis_text(means),
        without_run_text(means),
        "Grey: membrane between its faces, with its centre dashed, as far as the axis reaches.",
    )
