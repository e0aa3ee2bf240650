"""Where the feed ions are at the last time: densities over the membrane and its groups."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.sheet import (
    Sheet,
    band_text,
    last_time,
    outer_span,
    panels,
    show,
    sides,
    stacks,
    titled,
)
from analysis.figures.style import PALETTE, Z_LABEL, color, kind, label, time_label

PANEL_INCHES = (2.6, 2.5)
SHARES = (3.0, 1.0)
"""Heights of the densities of ions and of the charged groups."""
LANES = {"cation": 0.3, "anion": 0.72}
"""Where the ticks of single ions stand, as shares of the room below zero."""
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
    curves = sheet.keep("z_pdf", curves[curves.role == "feed ion"])
    ions = sheet.keep("snapshots", ions[ions.role == "feed ion"])
    density = sheet.keep("density", density[(density.of == "membrane") & (density.trial == "all")])
    groups = sheet.keep("groups", groups[groups.trial == "all"])
    top = 1.08 * curves[["density_per_angstrom", "high_per_angstrom"]].max().max()
    limits = (-0.1 * top, top), (0, 1.15 * groups.density_per_nm3.max())
    names = "PDF of z (1/Å)", "groups\n(1/nm$^3$)"
    frames = stacks(sheet, rows, columns, SHARES)
    frames[0, 0, 0].set_xlim(outer_span(extent, "feed piston", "permeate piston"))
    for panel in places:
        case = panel.case
        main, strip = frames[panel.row, panel.column]
        show((main, strip), panel, names, limits, Z_LABEL)
        shade(main, case.of(density), top)
        for species, curve in case.of(curves).groupby("species", sort=False):
            draw_ions(main, species, curve, case.of(ions))
        draw_groups(strip, case.of(groups))
        sides(main)
        titled(main, case, trials)
    sheet.key(handles(curves, groups))
    return sheet.finish(caption(curves))


def shade(axes, density: pd.DataFrame, top: float) -> None:
    """Membrane density in the background, its maximum at the top of the panel."""
    scaled = top * density.density_g_cm3 / density.density_g_cm3.max()
    axes.fill_between(density.z_angstrom, scaled, color=PALETTE["membrane"], alpha=0.18, lw=0)


def draw_ions(axes, species: str, curve: pd.DataFrame, ions: pd.DataFrame) -> None:
    """One species: curve, band, and a tick for every ion below zero."""
    tint = color(species)
    z = curve.z_angstrom
    axes.fill_between(z, curve.low_per_angstrom, curve.high_per_angstrom, color=tint, alpha=0.16)
    axes.plot(z, curve.density_per_angstrom, color=tint)
    ticks = ions.z_angstrom[ions.species == species]
    lane = axes.get_ylim()[0] * LANES[kind(species)]
    axes.plot(ticks, [lane] * len(ticks), ls="none", marker="|", ms=4.5, mew=0.8, color=tint)


def draw_groups(axes, groups: pd.DataFrame) -> None:
    """Charged groups below."""
    for species, rows in groups.groupby("of", sort=False):
        if rows.density_per_nm3.any():
            axes.fill_between(
                rows.z_angstrom, rows.density_per_nm3, step="mid", color=color(species), alpha=0.75
            )


def handles(curves: pd.DataFrame, groups: pd.DataFrame) -> list:
    """Legend of what is drawn."""
    ions = [
        Line2D([], [], color=color(name), label=label(name))
        for name in dict.fromkeys(curves.species)
    ]
    present = groups[groups.density_per_nm3 > 0]
    patches = [
        Patch(color=color(name), alpha=0.75, label=label(name))
        for name in dict.fromkeys(present.of)
    ]
    shade = Patch(color=PALETTE["membrane"], alpha=0.25, label="membrane density")
    return [*ions, *patches, shade]


def caption(curves: pd.DataFrame) -> str:
    """Time, numbers, bandwidths and bands."""
    times = " / ".join(time_label(t) for t in sorted(curves.time_ns.unique()))
    numbers = "; ".join(
        f"{label(name)}: n = {span_text(rows.n)}, bandwidth "
        f"{span_text(rows.bandwidth_angstrom.round(1))} Å"
        for name, rows in curves.groupby("species", sort=False)
    )
    text = (
        f"Probability density of the feed ions' z at {times}, pooled over trials ({numbers}). "
        f"{band_text(curves, ', cut off at 0')} Ticks: single ions. Grey: membrane mass density, "
        "scaled. The z axis ends at the pistons."
    )
    leak = curves.outside_share.max()
    if leak > LEAK_WORTH_A_WORD:
        text += (
            f" The kernel smooths up to {100 * leak:.1f} % of a curve beyond the pistons, "
            "where no ion is."
        )
    return text


def span_text(values: pd.Series) -> str:
    """One value, or the range of several."""
    low, high = values.min(), values.max()
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
