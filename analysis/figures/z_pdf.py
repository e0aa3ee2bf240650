"""Probability density of z of the feed ions at the last time, over the membrane's groups."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.along_z import GROUPS, draw_strip, strip_limits
from analysis.figures.bands import band
from analysis.figures.sheet import (
    Sheet,
    band_text,
    cells,
    cut_note,
    last_time,
    outer_span,
    panels,
    show,
    sides,
    stacks,
    titled,
)
from analysis.figures.style import PALETTE, Z_LABEL, color, label, ordered, time_label
from mdtools.roles import FEED_ION

PANEL_INCHES = (2.6, 2.5)
MEMBRANE_SHARE = 0.45
"""Height of the membrane's largest density, as a share of the panel above zero."""
SHARES = (3.0, 1.0)
"""Heights of the densities of ions and of the charged groups."""
LANES = (0.3, 0.72)
"""Where the ticks of the first and the last species stand, as shares of the room below zero."""
ABOVE_CURVES = 1.3
"""Height of the axis over the highest curve; wide bands of few trials leave it."""
LEAK_WORTH_A_WORD = 0.005
"""Share of a smoothed density beyond the pistons from which on the caption says so."""


def z_pdf(
    z_pdf: pd.DataFrame,
    snapshots: pd.DataFrame,
    density: pd.DataFrame,
    groups: pd.DataFrame,
    extent: pd.DataFrame,
    trials: pd.DataFrame,
) -> Figure:
    """Draw pooled densities with bands over trials, every ion as a tick, groups below."""
    curves, ions = last_time(z_pdf), last_time(snapshots)
    places, rows, columns = panels(curves)
    width, height = PANEL_INCHES
    sheet = Sheet(0.5 + width * columns, 0.3 + height * rows)
    sheet.keep("z_pdf", curves)
    ions = sheet.keep("snapshots", ions[ions.role == FEED_ION])
    density = sheet.keep("density", density[(density.of == "membrane") & (density.trial == "all")])
    groups = sheet.keep("groups", groups[groups.trial == "all"])
    top = ABOVE_CURVES * curves.density_per_angstrom.max()
    limits = (-0.1 * top, top), strip_limits(groups)
    names = "PDF of z (1/Å)", GROUPS
    frames = stacks(sheet, rows, columns, SHARES)
    frames[0, 0, 0].set_xlim(outer_span(extent, "feed piston", "permeate piston"))
    for panel in places:
        cell = panel.cell
        main, strip = frames[panel.row, panel.column]
        show((main, strip), panel, names, limits, Z_LABEL)
        shade(main, cell.of(density), top)
        own = cell.of(curves)
        kinds = ordered(own.species)
        for species, lane in zip(kinds, np.linspace(*LANES, len(kinds)), strict=True):
            draw_ions(main, species, own[own.species == species], cell.of(ions), lane)
        draw_strip(strip, cell.of(groups))
        sides(main)
        titled(main, cell, trials)
    sheet.key(handles(curves, groups))
    return sheet.finish(caption(curves, trials))


def shade(axes, density: pd.DataFrame, top: float) -> None:
    """Membrane density in the background, below the curves."""
    scaled = MEMBRANE_SHARE * top * density.density_g_cm3 / density.density_g_cm3.max()
    axes.fill_between(density.z_angstrom, scaled, color=PALETTE["membrane"], alpha=0.18, lw=0)


def draw_ions(axes, species: str, curve: pd.DataFrame, ions: pd.DataFrame, lane: float) -> None:
    """Draw one species: curve, band, and a tick for every ion below zero."""
    tint = color(species)
    z = curve.z_angstrom
    band(axes, z, curve, "per_angstrom", color=tint, alpha=0.16)
    axes.plot(z, curve.density_per_angstrom, color=tint)
    ticks = ions.z_angstrom[ions.species == species]
    heights = [axes.get_ylim()[0] * lane] * len(ticks)
    axes.plot(ticks, heights, ls="none", marker="|", ms=4.5, mew=0.8, color=tint)


def handles(curves: pd.DataFrame, groups: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    ions = [
        Line2D([], [], color=color(name), label=label(name)) for name in ordered(curves.species)
    ]
    present = groups[groups.density_per_nm3 > 0]
    outlines = [
        Line2D(
            [], [], color=color(name), lw=1.1, drawstyle="steps-mid", label=f"{label(name)} groups"
        )
        for name in ordered(present.of)
    ]
    shade = Patch(color=PALETTE["membrane"], alpha=0.25, label="membrane density")
    return [*ions, *outlines, shade]


def caption(curves: pd.DataFrame, trials: pd.DataFrame) -> str:
    """Return the caption: time, numbers, bandwidths and bands."""
    times = " / ".join(time_label(t) for t in sorted(curves.time_ns.unique()))
    widths = "; ".join(f"{cell.title}: {widths_text(cell.of(curves))}" for cell in cells(curves))
    text = (
        f"Probability density of the feed ions' z at {times}, pooled over trials. Bandwidths and "
        f"numbers of ions: {widths}. {band_text(curves, ', cut off at 0')} Ticks: single ions. "
        f"Grey: membrane mass density, its maximum drawn at {100 * MEMBRANE_SHARE:g} % of the "
        "panel's height. The z axis ends at the pistons."
    )
    leak = curves.outside_share.max()
    if leak > LEAK_WORTH_A_WORD:
        text += (
            f" The kernel smooths up to {100 * leak:.1f} % of a curve beyond the pistons, "
            "where no ion is."
        )
    return text + cut_note(trials)


def widths_text(curves: pd.DataFrame) -> str:
    """Return the bandwidth and number of ions of each species in one panel."""
    first = curves.drop_duplicates("species").set_index("species")
    return ", ".join(
        f"{label(name)} {first.bandwidth_angstrom[name]:.1f} Å (n = {first.n[name]})"
        for name in ordered(first.index)
    )
