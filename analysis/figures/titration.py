"""Ionised sites of a membrane against pH."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from analysis.figures.journal import ANY_COLOR
from analysis.figures.sheet import Sheet
from analysis.figures.style import MARKERS, PALETTE, color, label, ordered

PANEL_INCHES = (3.3, 2.5)
ROOM = 1.1
"""Height of an axis over the highest thing drawn."""
BELOW_POINTS = 13.0
"""From a square down to the name of its layout."""
PH_MARGIN = 0.5


def titration(curves: pd.DataFrame, measured: pd.DataFrame, used: pd.DataFrame) -> Figure:
    """Draw measured site densities with their fits, and beside them counts in a volume.

    Parameters
    ----------
    curves : DataFrame
        kind, pH, density_per_nm2; thickness_nm and volume_nm3, which turn densities into counts.
    measured : DataFrame
        kind, pH, density_per_nm2, sd_per_nm2.
    used : DataFrame
        kind, layout, pH, count: charged groups of the layouts that stand for a pH.

    Raises
    ------
    ValueError
        If curves hold more than one thickness or volume.
    """
    kinds = ordered(curves.kind)
    width, height = PANEL_INCHES
    sheet = Sheet(0.5 + width * len(kinds), height)
    curves, measured = sheet.keep("curves", curves), sheet.keep("measured", measured)
    used = sheet.keep("used", used)
    thickness, volume = only(curves, "thickness_nm"), only(curves, "volume_nm3")
    grid = sheet.subplots(1, len(kinds), squeeze=False)[0]
    for axes, kind in zip(grid, kinds, strict=True):
        own = [table[table.kind == kind] for table in (curves, measured, used)]
        draw_kind(axes, kind, *own, volume / thickness)
        axes.set(title=label(kind), xlabel="pH")
        axes.set_xlim(curves.pH.min() - PH_MARGIN, curves.pH.max() + PH_MARGIN)
        axes.set_ylabel("ionised sites (nm⁻²)")
        beside = axes.secondary_yaxis("right", functions=scaling(volume / thickness))
        beside.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        beside.set_ylabel(f"groups in {volume:.3g} nm³")
    sheet.key(handles(kinds))
    return sheet.finish(caption(measured, used, thickness, volume))


def only(table: pd.DataFrame, column: str) -> float:
    """Return the one value of a column; ValueError if there are more."""
    values = table[column].unique()
    if len(values) != 1:
        raise ValueError(f"column {column} has the values {sorted(values)}, allowed is one")
    return float(values[0])


def scaling(factor: float):
    """Pair of functions: times factor, and back."""
    return (lambda density: density * factor), (lambda count: count / factor)


def draw_kind(axes, kind: str, fit, points, counts, per_density: float) -> None:
    """Draw the fit, measured points with their sd, and counts of layouts as open squares."""
    tint = color(kind)
    axes.plot(fit.pH, fit.density_per_nm2, color=tint)
    axes.errorbar(
        points.pH,
        points.density_per_nm2,
        points.sd_per_nm2,
        ls="none",
        marker=MARKERS[kind],
        color=tint,
        ms=5,
        capsize=2,
        elinewidth=0.8,
    )
    height = counts["count"] / per_density
    axes.plot(counts.pH, height, ls="none", marker="s", ms=6, mfc="none", mec=PALETTE["membrane"])
    for row in counts.assign(height=height).itertuples():
        axes.annotate(
            row.layout,
            (row.pH, row.height),
            xytext=(0, -BELOW_POINTS),
            textcoords="offset points",
            ha="center",
            fontsize=6.5,
            color=PALETTE["membrane"],
        )
    tops = [fit.density_per_nm2, points.density_per_nm2 + points.sd_per_nm2, height]
    axes.set_ylim(0, ROOM * max(top.max() for top in tops if len(top)))


def handles(kinds: list[str]) -> list:
    """Return the handles of the legend."""
    points = [
        Line2D([], [], ls="none", marker=MARKERS[kind], color=color(kind), label=label(kind))
        for kind in kinds
    ]
    grey = ANY_COLOR[0]
    return [
        *points,
        Line2D([], [], color=grey, label="fit"),
        Line2D([], [], ls="none", marker="s", mfc="none", mec=grey, label="layout (right axis)"),
    ]


def caption(measured: pd.DataFrame, used: pd.DataFrame, thickness: float, volume: float) -> str:
    """Return the caption: source, numbers of points, conversion to counts, counts of layouts."""
    numbers = measured.kind.value_counts()
    points = ", ".join(f"{label(kind)} n = {numbers[kind]}" for kind in ordered(measured.kind))
    counts = "; ".join(
        f"{row.layout} {row.number} {label(row.kind)}"
        for row in used.rename(columns={"count": "number"}).sort_values("pH").itertuples()
    )
    return (
        "Ionised sites of NF270 against pH, per area of membrane and through its whole active "
        f"layer (Ritt et al., PNAS 117, 30191 (2020)): measured points, {points}, with one sd; "
        "lines: Henderson-Hasselbalch fits, one pKa for the amines and two for the carboxyls. "
        f"Right axes: the same sites spread over {thickness:g} nm of thickness, in {volume:.3g} "
        f"nm³ of membrane. Squares: groups that the layouts place in that volume ({counts}). The "
        "study took its amines from these data; its carboxylates follow from the net charge at "
        "pH 7, and lie above the curve at pH 10 too."
    )
