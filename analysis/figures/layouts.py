"""The charge layouts of one membrane, seen from the side."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from analysis.figures.sheet import Sheet, sides
from analysis.figures.style import MARKERS, PALETTE, Z_LABEL_SHORT, color, label, ordered

PANEL_INCHES = (1.85, 2.6)
COLUMNS = 4
SHARES = (1.0, 1.5)
"""Heights of histogram and of the view from the side."""
BIN_ANGSTROM = 4.0
MARKER_POINTS = {"NH2+": 7.0, "COO-": 4.5}
"""A star fills less of its size than a diamond."""
MARGIN_ANGSTROM = 1.0
MEMBRANE_SHARE = 0.6
"""Height of the largest membrane density, as a share of the histograms' axis."""


def charge_layouts(groups: pd.DataFrame, density: pd.DataFrame, layouts: pd.DataFrame) -> Figure:
    """Draw where the charged groups of each layout are: histogram along z, and in the xz plane.

    Parameters
    ----------
    groups : DataFrame
        layout, kind, x_angstrom, z_angstrom.
    density : DataFrame
        z_angstrom, density_g_cm3 of the same membrane.
    layouts : DataFrame
        network (one), layout, kind, count, net_charge_e, dense_low_angstrom, dense_high_angstrom.
    """
    names = list(dict.fromkeys(layouts.layout))
    rows = -(-len(names) // COLUMNS)
    columns = min(COLUMNS, len(names))
    width, height = PANEL_INCHES
    sheet = Sheet(0.6 + width * columns, 0.3 + height * rows)
    groups, density = sheet.keep("groups", groups), sheet.keep("density", density)
    layouts = sheet.keep("layouts", layouts)
    edges = bins(density)
    counts = {name: histograms(groups[groups.layout == name], edges) for name in names}
    highest = max(
        (number.max() for kinds in counts.values() for number in kinds.values()), default=1
    )
    grid = sheet.subplots(
        rows * len(SHARES),
        columns,
        sharex=True,
        sharey="row",
        squeeze=False,
        height_ratios=SHARES * rows,
    )
    for axes in grid.ravel():
        axes.set_visible(False)
    for number, name in enumerate(names):
        row, column = divmod(number, columns)
        above, below = grid[2 * row, column], grid[2 * row + 1, column]
        own = layouts[layouts.layout == name]
        lowest = number + columns >= len(names)
        draw_histogram(above, counts[name], edges, density, 1.15 * highest)
        draw_side(below, groups[groups.layout == name], own)
        above.set_title(f"{name} ({charge_text(own.net_charge_e.iloc[0])})")
        below.tick_params(labelbottom=lowest)
        below.set_xlabel(Z_LABEL_SHORT if lowest else "")
        if column == 0:
            above.set_ylabel(f"groups / {BIN_ANGSTROM:g} Å")
            below.set_ylabel("x (Å)")
    grid[0, 0].set_xlim(edges[0] - MARGIN_ANGSTROM, edges[-1] + MARGIN_ANGSTROM)
    sheet.key(handles(layouts))
    return sheet.finish(caption(layouts, density))


def bins(density: pd.DataFrame) -> np.ndarray:
    """Return the edges of the histograms: multiples of their width around all of the membrane."""
    low = np.floor(density.z_angstrom.min() / BIN_ANGSTROM)
    high = np.ceil(density.z_angstrom.max() / BIN_ANGSTROM)
    return BIN_ANGSTROM * np.arange(low, high + 1)


def histograms(groups: pd.DataFrame, edges: np.ndarray) -> dict[str, np.ndarray]:
    """Return the number of groups of each kind in each bin."""
    return {
        kind: np.histogram(groups.z_angstrom[groups.kind == kind], edges)[0]
        for kind in ordered(groups.kind)
    }


def draw_histogram(axes, counts, edges, density: pd.DataFrame, top: float) -> None:
    """Draw the histograms as outlines over the membrane's density in grey."""
    axes.set_visible(True)
    scaled = MEMBRANE_SHARE * top * density.density_g_cm3 / density.density_g_cm3.max()
    axes.fill_between(density.z_angstrom, scaled, color=PALETTE["membrane"], alpha=0.18, lw=0)
    for kind, number in counts.items():
        axes.stairs(number, edges, color=color(kind), fill=True, alpha=0.35)
        axes.stairs(number, edges, color=color(kind), lw=1.1)
    axes.set_ylim(0, top)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    sides(axes)


def draw_side(axes, groups: pd.DataFrame, layout: pd.DataFrame) -> None:
    """Draw the groups in the xz plane, the dense region between lines."""
    axes.set_visible(True)
    for kind in ordered(groups.kind):
        own = groups[groups.kind == kind]
        axes.plot(
            own.z_angstrom,
            own.x_angstrom,
            ls="none",
            marker=MARKERS[kind],
            ms=MARKER_POINTS[kind],
            color=color(kind),
            mec="white",
            mew=0.3,
        )
    for limit in ("dense_low_angstrom", "dense_high_angstrom"):
        axes.axvline(layout[limit].iloc[0], color=PALETTE["membrane"], lw=0.6, ls=(0, (4, 3)))


def charge_text(charge: int) -> str:
    """Return the net charge as printed.

    >>> charge_text(14), charge_text(-30), charge_text(0)
    ('+14 e', '−30 e', '0 e')
    """
    return (f"{charge:+d} e" if charge else "0 e").replace("-", "−")


def handles(layouts: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    grey = PALETTE["membrane"]
    return [
        *(
            Line2D([], [], ls="none", marker=MARKERS[kind], color=color(kind), label=label(kind))
            for kind in ordered(layouts.kind)
        ),
        Patch(color=grey, alpha=0.25, label="membrane density"),
        Line2D([], [], color=grey, lw=0.6, ls=(0, (4, 3)), label="dense region"),
    ]


def caption(layouts: pd.DataFrame, density: pd.DataFrame) -> str:
    """Return the caption: counts, and what is drawn how."""
    numbers = "; ".join(
        f"{name} " + ", ".join(f"{label(row.kind)} n = {row.n}" for row in own.itertuples())
        for name, own in layouts.rename(columns={"count": "n"}).groupby("layout", sort=False)
    )
    return (
        f"Charged groups of each layout in network {layouts.network.iloc[0]}: {numbers}. Above: "
        f"groups in bins of {BIN_ANGSTROM:g} Å over the mass density of the polymer, its maximum "
        f"({density.density_g_cm3.max():.2f} g cm⁻³) drawn at {100 * MEMBRANE_SHARE:g} % of the "
        "height. Below: the groups in the xz plane, x within the periodic box, on their N and "
        "carboxyl C; dashed: limits of the dense region. The dry network, as it was charged."
    )
