"""Fixed charge of each layout along z."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from analysis.figures.comparison.parts import Z_LABEL_SHORT, membrane_handle
from analysis.figures.layouts import charge_text
from analysis.figures.sheet import COLUMNS, Sheet, sides
from analysis.figures.style import PALETTE, color, label

PANEL_INCHES = (1.9, 1.7)
NAME = "$X_d$ (mol m⁻³)"
ROOM = 1.25
"""Over the highest bar, where feed and permeate are written."""
BEYOND = 0.08
"""Drawn on either side of the membrane, as a share of its thickness."""
DOTS = (0, (1, 1.3))
SIGNS = {"positive": "NH2+", "negative": "COO-"}


def charge_bars(charge_profiles: pd.DataFrame) -> Figure:
    """Draw X_d(z) of the groups of each sign as bars, their sum as a line.

    Parameters
    ----------
    charge_profiles : DataFrame
        layout, z_low_nm, z_high_nm, charge_e, charge_density_mol_m3, and the latter with positive_
        and negative_ in front.
    """
    names = list(dict.fromkeys(charge_profiles.layout))
    columns = min(COLUMNS, len(names))
    rows = -(-len(names) // columns)
    width, height = PANEL_INCHES
    sheet = Sheet(0.8 + width * max(columns, 2), 0.3 + height * rows)
    table = sheet.keep("charge_profiles", charge_profiles)
    grid = sheet.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in grid.ravel():
        axes.set_visible(False)
    for number, name in enumerate(names):
        row, column = divmod(number, columns)
        axes, own = grid[row, column], table[table.layout == name]
        lowest = number + columns >= len(names)
        draw_layout(axes, own)
        axes.set_title(f"{name} ({charge_text(round(own.charge_e.sum()))})")
        axes.tick_params(labelbottom=lowest)
        axes.set_xlabel(Z_LABEL_SHORT if lowest else "")
        axes.set_ylabel(NAME if column == 0 else "")
    bars = table[[f"{sign}_charge_density_mol_m3" for sign in SIGNS]]
    low, high = min(bars.min().min(), 0.0), max(bars.max().max(), 0.0)
    room = (ROOM - 1) * ((high - low) or 1)
    grid[0, 0].set_ylim(low - room / 3, high + room)
    faces = table.z_low_nm.min(), table.z_high_nm.max()
    beyond = BEYOND * (faces[1] - faces[0])
    grid[0, 0].set_xlim(faces[0] - beyond, faces[1] + beyond)
    grid[0, 0].yaxis.set_major_locator(MaxNLocator(5))
    sheet.key(handles(table))
    return sheet.finish(caption(table))


def draw_layout(axes, rows: pd.DataFrame) -> None:
    """Draw the bars of one layout over the membrane in grey."""
    axes.set_visible(True)
    edges = [*rows.z_low_nm, rows.z_high_nm.iloc[-1]]
    for sign, kind in SIGNS.items():
        density = rows[f"{sign}_charge_density_mol_m3"]
        axes.stairs(density, edges, color=color(kind), fill=True, alpha=0.75)
    axes.stairs(rows.charge_density_mol_m3, edges, color="black", lw=0.9, baseline=None)
    axes.axhline(0, color=PALETTE["membrane"], lw=0.6)
    widths = np.diff(edges)
    mean = (rows.charge_density_mol_m3 * widths).sum() / widths.sum()
    axes.plot([edges[0], edges[-1]], [mean, mean], color="black", lw=0.9, ls=DOTS)
    axes.axvspan(edges[0], edges[-1], color=PALETTE["membrane"], alpha=0.12, lw=0, zorder=0)
    sides(axes)


def handles(table: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    there = [kind for sign, kind in SIGNS.items() if table[f"{sign}_charge_e"].any()]
    return [
        *(Patch(color=color(kind), alpha=0.75, label=f"{label(kind)} groups") for kind in there),
        Line2D([], [], color="black", lw=0.9, label="both"),
        Line2D([], [], color="black", lw=0.9, ls=DOTS, label="mean"),
        membrane_handle(),
    ]


def caption(table: pd.DataFrame) -> str:
    """Return the caption: numbers of groups, and what X_d is."""
    told: dict[str, list[str]] = {}
    for name, rows in table.groupby("layout", sort=False):
        counts = [
            f"{abs(rows[f'{sign}_charge_e'].sum()):.0f} {label(kind)}"
            for sign, kind in SIGNS.items()
            if rows[f"{sign}_charge_e"].any()
        ]
        told.setdefault(" and ".join(counts) or "no groups", []).append(str(name))
    groups = "; ".join(f"{counts} in {', '.join(names)}" for counts, names in told.items())
    widths = table.z_high_nm - table.z_low_nm
    bins = " to ".join(dict.fromkeys(f"{end:.2f}" for end in (widths.min(), widths.max())))
    return (
        f"Fixed charge along z in bins of {bins} nm, from face to face; in titles the net charge. "
        f"Groups: {groups}. Dotted: the net charge spread evenly. Nominal: every group counts as 1 "
        "e where it lies, per volume of the box; per volume of pore fluid it is X_d over the "
        "porosity. Charges that DSPM-DE is fitted with are several times smaller."
    )
