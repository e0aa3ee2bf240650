"""Which layout lets ions how far, and which ion goes further: runs against their twins."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.comparison.parts import (
    GREY,
    TWIN,
    basis_text,
    intervals_text,
    joined,
    mean_z_of,
    say_no_run,
    titles,
    what_ions_show,
)
from analysis.figures.comparison.ranks import MEAN, ranked
from analysis.figures.sheet import START, Sheet, cells
from analysis.figures.style import color, kind, label, marker, ordered, time_label
from analysis.shared_end import at_shared_end

PANEL_INCHES = (2.75, 2.3)
DOT_INCHES = 0.17
"""Height of a layout where twins stand alone."""
HEAD_INCHES = 0.75
"""Height of title and axis of a panel."""
ROOM = 0.06
LABEL_GAP = 0.082
"""Between the names of layouts beside a panel, as a share of its height."""
LABEL_AT = 1.03
"""Where they begin, as a share of its width."""
DARK = "#222222"
"""Of differences between ions."""


def layout_ranks(md_and_continuum: pd.DataFrame, *, level: float = 0.95) -> Figure:
    """Draw mean z and cation less anion of each layout, runs against twins, or twins in order.

    Parameters
    ----------
    md_and_continuum : DataFrame
        Of which the rows of mean_z_nm at the last time that all runs of a salt have.
    level : float
        Of the ranges of the twins.
    """
    ends = at_shared_end(mean_z_of(md_and_continuum))
    table = ranked(md_and_continuum)
    salts = list(dict.fromkeys(table.salt))
    columns = {salt: columns_of(table[table.salt == salt]) for salt in salts}
    ran = {salt: bool(table.md[table.salt == salt].notna().any()) for salt in salts}
    layouts = max(table.layout[table.salt == salt].nunique() for salt in salts)
    dots = HEAD_INCHES + DOT_INCHES * layouts
    heights = [PANEL_INCHES[1] if ran[salt] else dots for salt in salts]
    width = max(len(these) for these in columns.values())
    sheet = Sheet(0.4 + PANEL_INCHES[0] * width, 0.2 + sum(heights))
    table = sheet.keep("layout_ranks", table)
    grid = sheet.subplots(len(salts), width, squeeze=False, height_ratios=heights)
    for axes in grid.ravel():
        axes.set_visible(False)
    for salt, row in zip(salts, grid, strict=True):
        for axes, (what, ion, than) in zip(row, columns[salt], strict=False):
            rows = table[(table.salt == salt) & (table.what == what)]
            rows = rows[(rows.ion == ion) & (rows.than_ion == than)]
            axes.set_visible(True)
            look = look_of(ion, than)
            name = f"mean z of {label(ion)}" if what == MEAN else f"{label(ion)} − {label(than)}"
            axes.set_title(f"{name}, {label(salt)}")
            if rows.md.notna().any():
                draw_against(axes, rows[rows.md.notna()], look, zero=what != MEAN)
            else:
                draw_order(axes, rows, look, zero=what != MEAN)
                say_no_run(axes)
    sheet.key(handles(table))
    return sheet.finish(caption(md_and_continuum, ends, level))


def columns_of(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return what each panel of a salt shows: what, ion, than_ion; means first."""
    pairs = rows[["what", "ion", "than_ion"]].drop_duplicates()
    means = [(MEAN, ion, "") for ion in ordered(pairs.ion[pairs.what == MEAN])]
    rest = [tuple(row) for row in pairs[pairs.what != MEAN].itertuples(index=False)]
    return [*means, *rest]


def look_of(ion: str, than: str) -> dict:
    """Return colour and marker: of an ion, or of a difference."""
    if than:
        return {"color": DARK, "marker": "s"}
    return {"color": color(ion), "marker": marker(ion)}


def lengths(rows: pd.DataFrame, side: str) -> np.ndarray:
    """Return how far the intervals of a side reach below and above, 0 if not known; (2, n)."""
    value, low, high = (rows[side + edge].to_numpy(float) for edge in ("", "_low", "_high"))
    return np.nan_to_num(np.clip([value - low, high - value], 0, None))


def bars(axes, rows: pd.DataFrame, y, look: dict, yerr=None) -> None:
    """Draw points at the twins' values with their ranges, and intervals along y if given."""
    axes.errorbar(
        rows.continuum,
        y,
        xerr=lengths(rows, "continuum"),
        yerr=yerr,
        ls="none",
        ms=4,
        elinewidth=0.8,
        ecolor=look["color"],
        zorder=3,
        **look,
    )


def draw_against(axes, rows: pd.DataFrame, look: dict, *, zero: bool) -> None:
    """Draw runs against twins with both intervals, the line of identity, and names beside."""
    bars(axes, rows, rows.md, look, yerr=lengths(rows, "md"))
    columns = [side + edge for side in ("md", "continuum") for edge in ("", "_low", "_high")]
    values = rows[columns].to_numpy(float)
    low, high = np.nanmin(values), np.nanmax(values)
    room = ROOM * ((high - low) or 1)
    limits = low - room, high + room
    axes.set(xlim=limits, ylim=limits, xlabel="twin (nm)", ylabel="runs (nm)")
    axes.plot(limits, limits, color=GREY, lw=0.7, ls=(0, (4, 3)), zorder=1)
    if zero:
        axes.axhline(0, color="#BBBBBB", lw=0.6, zorder=0)
        axes.axvline(0, color="#BBBBBB", lw=0.6, zorder=0)
    name_beside(axes, rows)


def name_beside(axes, rows: pd.DataFrame) -> None:
    """Write the names of layouts in a column beside a panel, each joined to its point."""
    low, high = axes.get_ylim()
    rows = rows.sort_values("md")
    heights = apart((rows.md.to_numpy(float) - low) / (high - low), LABEL_GAP)
    for row, height in zip(rows.itertuples(), heights, strict=True):
        axes.text(LABEL_AT, height, row.layout, transform=axes.transAxes, va="center", fontsize=6.5)
        axes.annotate(
            "",
            (row.continuum, row.md),
            xytext=(LABEL_AT - 0.01, height),
            textcoords="axes fraction",
            annotation_clip=False,
            zorder=0.5,
            arrowprops={"arrowstyle": "-", "lw": 0.4, "color": "#AAAAAA", "shrinkA": 0},
        )


def apart(heights, gap: float) -> np.ndarray:
    """Return rising heights moved as little as needed to be `gap` apart, within 0 and 1.

    Those that would meet stand around their mean; if all of them need more room, it is shared.

    >>> apart([0.5, 0.5, 0.9], 0.1).round(2).tolist()
    [0.45, 0.55, 0.9]
    """
    wanted = np.asarray(heights, dtype=float)
    if len(wanted) > 1:
        gap = min(gap, 1 / (len(wanted) - 1))
    steps = gap * np.arange(len(wanted))
    # Isotonic regression of what is left without the gaps: neighbours that meet are pooled.
    pools: list[list[float]] = []
    for value in wanted - steps:
        pools.append([value, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, n), (other, m) = pools[-2:]
            pools[-2:] = [[(n * one + m * other) / (n + m), n + m]]
    flat = np.concatenate([np.full(int(n), value) for value, n in pools] or [np.empty(0)])
    return np.clip(flat, 0, 1 - steps[-1] if len(steps) else 1) + steps


def draw_order(axes, rows: pd.DataFrame, look: dict, *, zero: bool) -> None:
    """Draw the twins alone: layouts from the deepest, at the top, to the least deep."""
    rows = rows.sort_values("continuum", kind="stable")
    places = np.arange(len(rows))
    bars(axes, rows, places, look)
    axes.set_yticks(places, rows.layout)
    axes.set(ylim=(-0.7, len(rows) - 0.3), xlabel="twin (nm)")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", lw=0.4, color="#DDDDDD")
    if zero:
        axes.axvline(0, color="#BBBBBB", lw=0.6, zorder=0)


def handles(table: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    ions = ordered(table.ion[table.what == MEAN])
    looks = {label(ion): look_of(ion, "") for ion in ions}
    if (table.what != MEAN).any():
        looks["cation − anion"] = look_of("", "than")
    points = [Line2D([], [], ls="none", ms=4, label=name, **look) for name, look in looks.items()]
    if table.md.isna().all():
        return points
    return [*points, Line2D([], [], color=GREY, lw=0.7, ls=(0, (4, 3)), label="runs = twin")]


def caption(compared: pd.DataFrame, ends: pd.DataFrame, level: float) -> str:
    """Return the caption: time, intervals, what few ions can show, cells that are not drawn."""
    ran, counted = ends.md.notna().any(), ends.ions.notna().any()
    runs = f"Vertical bars: {intervals_text(ends)}; {START}. Horizontal bars" if ran else "Bars"
    pairs = cells(ends[ends.ion.map(kind) == "cation"])
    difference = (
        "The bar of a difference reaches from the least to the most that the bars of both ions "
        "allow: it holds 0 where they overlap."
    )
    alone = [cell for cell in cells(ends) if cell.of(ends).md.isna().all()]
    salts = {cell.salt for cell in cells(ends[ends.md.notna()])}
    left_out = [cell for cell in alone if cell.salt in salts]
    orders = [salt for salt in dict.fromkeys(ends.salt) if salt not in salts]
    return joined(
        f"Mean z of the feed ions at {times_text(ends)}, the last time that all runs of a salt "
        "have, and cation less anion."
        if ran
        else f"Mean z of the feed ions at {times_text(ends)}, and cation less anion, in the order "
        "of the twins.",
        f"{runs}: {what_ions_show(ends, level)}." if counted else "",
        difference if pairs and counted else "",
        f"{TWIN}.",
        basis_text(compared),
        f"No run, and not drawn: {titles(left_out)}." if left_out else "",
        f"No run of {', '.join(orders)}: the twins stand alone, in their order."
        if orders and ran
        else "",
    )


def times_text(ends: pd.DataFrame) -> str:
    """Return the times at which layouts are compared.

    >>> times_text(pd.DataFrame({"time_ns": [100.0, 50.0, 100.0]}))
    '50 ns / 100 ns'
    """
    return " / ".join(time_label(time) for time in sorted(ends.time_ns.unique()))
