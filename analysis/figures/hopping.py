"""Hops of feed ions between charged groups, and their residence times."""

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from analysis.figures.bands import band, bar, percents
from analysis.figures.few import FEWEST_EVENTS, enough, few
from analysis.figures.sheet import (
    START,
    Cell,
    Sheet,
    cells,
    over_membranes_words,
    panels,
    sides,
    span,
    titled,
)
from analysis.figures.style import (
    MARKERS,
    PALETTE,
    Z_LABEL_SHORT,
    color,
    label,
    ordered,
)
from analysis.figures.water import around, label_few
from analysis.observables.shared.group_dwells import ANY, HANDED, HOW, SHIFTED
from mdtools.roles import FEED_ION

PANEL_INCHES = (2.7, 5.0)
SHARES = (1.9, 1.1, 1.3)
"""Heights of the network, of the fates and of the survival curves."""
FATE = "fate after a group"
TINTS = dict(zip(HOW, (1.0, 0.62, 0.3, 0.0), strict=True))
"""Share of a species' colour in the part of a bar; the rest is light grey."""
LIGHT = 0.9
SITE_DASHES = {"COO-": "-", "NH2+": (0, (4, 1.6))}
THICKEST, THINNEST, DARKEST, FAINTEST = 4.0, 0.25, 0.85, 0.25
"""Points and opacity of the line of the most hops and of the fewest."""
SMALLEST, LARGEST = {"NH2+": 34.0, "COO-": 14.0}, 75.0
"""Square points of the marks of a group that is never visited, more for a star, which fills less of
them, and of the most visited one."""
BESIDE = 1.02
"""Where numbers of departures begin, as a share of the axis of shares, which ends before them."""
PICOSECONDS_BELOW_NS = 1.0
NEEDED = (
    *("species", "site", "definition", "how", "n", "interval", "count", "time_ns", "layout"),
    *("salt", "survival_share", "at_risk", "cutoff_angstrom", "leave_angstrom"),
    *(f"{end}{name}" for end in ("origin", "target") for name in ("", "_kind")),
    "origin_z_angstrom",
)
"""Columns that are read, also of tables without rows."""
ROOM = 3.0
"""Angstrom beyond the outermost groups and faces."""
BELOW, ABOVE = 1.08, 1.3
"""Reach of the x axis in half box lengths: marks at the edge stay whole, words stand above them."""
FEW = few("stays")
NO_GROUPS = "no charged groups"
MIDDLE = {"ha": "center", "va": "center", "fontsize": 7}


def hopping(
    hop_edges: pd.DataFrame,
    hop_shares: pd.DataFrame,
    dwell_survival: pd.DataFrame,
    extent: pd.DataFrame,
    trials: pd.DataFrame,
) -> Figure:
    """Draw the groups with moves between them, what follows a stay, and how long stays last."""
    places, rows, columns = panels(extent)
    width, height = PANEL_INCHES
    sheet = Sheet(0.95 + width * max(columns, 2), 0.3 + height * rows)
    edges = sheet.keep("hop_edges", pooled(hop_edges))
    fates = pooled(hop_shares)
    fates = sheet.keep("hop_shares", fates[fates.site == ANY])
    curves = pooled(dwell_survival)
    curves = sheet.keep("dwell_survival", curves[curves.site != ANY])
    grid = sheet.subplots(3 * rows, columns, squeeze=False, height_ratios=SHARES * rows)
    for axes in grid.ravel():
        axes.set_visible(False)
    between = edges[~same(edges)]
    most = int(both_ways(between)["count"].max()) if len(between) else 0
    longest = curves.time_ns.max() if len(curves) else 1.0
    scale, unit = (1, "ns") if longest >= PICOSECONDS_BELOW_NS else (1000, "ps")
    limits = around(scale * curves.time_ns) if len(curves) else (0.1, 10.0)
    for panel in places:
        network, bars, lower = grid[3 * panel.row : 3 * panel.row + 3, panel.column]
        for axes in (network, bars, lower):
            axes.set_visible(True)
        half = panel.cell.of(trials).box_x_angstrom.iloc[0] / 2
        draw_network(network, panel.cell.of(edges), panel.cell.of(extent), half, max(most, 1))
        draw_fates(bars, panel.cell.of(fates), panel.left)
        lower.set(xscale="log", xlim=limits, ylim=(0, 103))
        label_few(lower.xaxis, limits)
        draw_survival(lower, panel.cell.of(curves), scale)
        network.tick_params(labelleft=panel.left)
        lower.tick_params(labelleft=panel.left)
        network.set_ylabel("x (Å)" if panel.left else "")
        network.set_xlabel(Z_LABEL_SHORT)
        bars.set_xlabel("share of departures (%)")
        lower.set_ylabel("stays that\nlast longer (%)" if panel.left else "")
        lower.set_xlabel(f"time at a group ({unit})")
        titled(network, panel.cell, trials)
    sheet.key(handles(edges))
    return sheet.finish(caption(fates, curves, most))


def pooled(table: pd.DataFrame) -> pd.DataFrame:
    """Return the feed ions over all trials, of any site where a cell has no groups."""
    own = table[(table.role == FEED_ION) & (table.trial == "all")]
    return own.reindex(columns=list(dict.fromkeys([*own, *NEEDED])))


def same(edges: pd.DataFrame) -> pd.Series:
    """Return whether a row is of returns to the group that was left."""
    return (edges.origin == edges.target) & (edges.origin_kind == edges.target_kind)


def both_ways(edges: pd.DataFrame) -> pd.DataFrame:
    """Return the hops between each two groups of a cell and species, both ways together."""
    ends = [
        list(zip(edges[f"{end}_kind"], edges[end], strict=True)) for end in ("origin", "target")
    ]
    ordered_ends = [tuple(sorted(pair)) for pair in zip(*ends, strict=True)]
    keys = ["layout", "salt", "species", "ends"]
    grouped = edges.assign(ends=ordered_ends).groupby(keys, sort=False)
    return grouped.first().assign(count=grouped["count"].sum()).reset_index()


def draw_network(axes, edges, extent: pd.DataFrame, half: float, most: int) -> None:
    """Draw the groups in z and x with a line for the hops between each two of them."""
    feed, permeate = span(extent, "feed face", "permeate face")
    axes.axvspan(feed, permeate, color=PALETTE["membrane"], alpha=0.1, lw=0)
    groups = edges[same(edges)]
    z = groups.origin_z_angstrom
    axes.set_xlim(min([feed, *z]) - ROOM, max([permeate, *z]) + ROOM)
    axes.set_ylim(-BELOW * half, ABOVE * half)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    sides(axes)
    if groups.empty:
        axes.text(0.5, 0.5, NO_GROUPS, transform=axes.transAxes, **MIDDLE)
        return
    for row in both_ways(edges[~same(edges)]).itertuples():
        draw_edge(axes, row, half, most)
    draw_groups(axes, groups)


def draw_edge(axes, row, half: float, most: int) -> None:
    """Draw the hops between two groups, by the shorter way around the box along x."""
    z = np.array([row.origin_z_angstrom, row.target_z_angstrom])
    x = np.array([row.origin_x_angstrom, row.target_x_angstrom])
    apart = x[1] - x[0]
    image = 2 * half * np.round(apart / (2 * half))
    part = np.sqrt(row.count / most)
    width, alpha = max(THICKEST * part, THINNEST), FAINTEST + (DARKEST - FAINTEST) * part
    style: dict = {
        "color": color(row.species),
        "lw": width,
        "alpha": alpha,
        "solid_capstyle": "butt",
    }
    around_box = [(x[0], x[1] - image), (x[0] + image, x[1])] if image else [tuple(x)]
    for ends in around_box:
        (line,) = axes.plot(z, ends, zorder=2, **style)
        line.set_clip_path(box_patch(axes, half))


def box_patch(axes, half: float) -> Rectangle:
    """Return the periodic box along x, to which lines to an image are cut."""
    low, high = axes.get_xlim()
    return Rectangle((low, -half), high - low, 2 * half, transform=axes.transData)


def draw_groups(axes, groups: pd.DataFrame) -> None:
    """Draw the groups, the larger the longer ions of any species were at them."""
    by = groups.groupby(["origin_kind", "origin"], sort=False)
    held = by.origin_ns.sum()
    place = by[["origin_z_angstrom", "origin_x_angstrom"]].first()
    part = held / max(held.max(), 1e-9)
    for name in ordered(place.index.get_level_values(0)):
        own, least = place.loc[name], SMALLEST[name]
        axes.scatter(
            own.origin_z_angstrom,
            own.origin_x_angstrom,
            s=least + (LARGEST - least) * part.loc[name],
            marker=MARKERS[name],
            color=color(name),
            edgecolors="white",
            linewidths=0.4,
            zorder=3,
        )


def draw_fates(axes, fates: pd.DataFrame, named: bool) -> None:
    """Draw the fates after departures of each species, at groups and at shifted groups."""
    species = ordered(fates.species) if len(fates) else []
    lines = [(name, shifted) for name in species for shifted in ("", SHIFTED)]
    axes.set(xlim=(0, 100), ylim=(max(len(lines), 1) - 0.4, -0.6))
    names = [label(name) if not shifted else "by chance" for name, shifted in lines]
    axes.set_yticks(range(len(lines)), names if named else [""] * len(lines))
    axes.tick_params(axis="y", length=0)
    axes.set_xticks([0, 25, 50, 75, 100])
    if not lines:
        axes.text(0.5, 0.5, NO_GROUPS, transform=axes.transAxes, **MIDDLE)
    for y, (name, shifted) in enumerate(lines):
        own = fates[(fates.species == name) & (fates.definition == f"{FATE}{shifted}")]
        draw_bar(axes, y, own.set_index("how"), color(name))


def draw_bar(axes, y: int, rows: pd.DataFrame, tint: str) -> None:
    """Draw one bar, with the interval of its first part and the number of departures."""
    n = rows.n.iloc[0]
    beside = {"transform": axes.get_yaxis_transform(), "ha": "left", "va": "center"}
    axes.text(BESIDE, y, f"{n:g}", fontsize=6.5, color=tint, **beside)
    if n == 0:
        axes.text(50, y, "no departures", fontsize=6.5, ha="center", va="center", color="#777777")
        return
    left = 0.0
    for how in HOW:
        share = 100 * rows.share[how]
        axes.barh(y, share, left=left, height=0.62, color=shade(tint, TINTS[how]))
        left += share
    first = rows.loc[HANDED]
    edges = [100 * first.low_share, 100 * first.high_share]
    axes.plot(edges, [y, y], color="#222222", lw=0.9, marker="|", ms=4, mew=0.9)
    bar(axes, [y], rows.loc[[HANDED]], "share", convert=percents, across=True, color="#222222")


def shade(tint: str, part: float) -> tuple[float, ...]:
    """Return a colour mixed with light grey.

    >>> shade("#000000", 0.0)
    (0.9, 0.9, 0.9)
    """
    return tuple(part * channel + (1 - part) * LIGHT for channel in to_rgb(tint))


def draw_survival(axes, curves: pd.DataFrame, scale: float) -> None:
    """Draw the share of stays at each kind of group that last longer."""
    axes.set_yticks([0, 25, 50, 75, 100])
    axes.grid(axis="y", lw=0.4, color="#DDDDDD")
    keys = ["species", "site"]
    known = enough(curves, keys)
    if known.empty:
        axes.text(0.5, 0.62, FEW if len(curves) else NO_GROUPS, transform=axes.transAxes, **MIDDLE)
        return
    for (species, site), own in known.groupby(keys, sort=False):
        time, tint = scale * own.time_ns, color(species)
        axes.plot(
            time,
            100 * own.survival_share,
            color=tint,
            ls=SITE_DASHES[site],
            lw=1.2,
            drawstyle="steps-post",
            zorder=3,
        )
        shade = {"color": tint, "alpha": 0.12, "convert": percents}
        band(axes, time, own, "share", step="post", **shade)


def handles(edges: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    grey = "#555555"
    kinds = ordered(edges.origin_kind) if len(edges) else []
    return [
        *(Line2D([], [], color=color(n), lw=2, label=label(n)) for n in ordered(edges.species)),
        *(
            Line2D([], [], ls="none", marker=MARKERS[n], color=color(n), label=f"{label(n)} groups")
            for n in kinds
        ),
        *(Patch(color=shade(grey, part), label=how) for how, part in TINTS.items()),
        *(Line2D([], [], color=grey, ls=SITE_DASHES[n], label=f"at {label(n)}") for n in kinds),
    ]


def cell_text(cell: Cell, fates: pd.DataFrame) -> str:
    """Return the hand-overs of one panel, and those that chance gives."""
    rows = cell.of(fates)
    rows = rows[rows.how == HANDED]
    texts = []
    for name in ordered(rows.species):
        real, chance = (
            rows[(rows.species == name) & (rows.definition == f"{FATE}{shifted}")].iloc[0]
            for shifted in ("", SHIFTED)
        )
        texts.append(f"{label(name)} {percent_of(real)}, by chance {percent_of(chance)}")
    return f"{cell.title}: {'; '.join(texts)}"


def percent_of(row) -> str:
    """Return the share of hand-overs of a row as a caption has it."""
    if row.n == 0:
        return "none of 0"
    if not np.isfinite(row.low_share):
        return f"{100 * row.share:.0f} %"
    return f"{100 * row.share:.0f} % ({100 * row.low_share:.0f} to {100 * row.high_share:.0f})"


def caption(fates: pd.DataFrame, curves: pd.DataFrame, most: int) -> str:
    """Return the caption: what is drawn, parameters, shares of hand-overs, kinds of intervals."""
    if fates.empty:
        return "No stays, departures or moves: there are no charged groups."
    known = fates[fates.n > 0]
    levels = known.interval.astype(str).str.split(" of ").str[0].unique()
    level = levels[0] if len(levels) else "95 % Clopper-Pearson"
    level = over_membranes_words(known.interval.astype(str)) or level
    kinds = [kind for kind in curves.interval.unique() if not kind.startswith("none")]
    band = f"Band: pointwise {kinds[0]}." if kinds else "No band."
    moves = f", which is at most {most}" if most else "; there are none"
    enter, leave = (
        "/".join(f"{value:g}" for value in sorted(fates[name].unique()))
        for name in ("cutoff_angstrom", "leave_angstrom")
    )
    shares = "; ".join(cell_text(cell, fates) for cell in cells(fates))
    return (
        "Top: charged groups at their mean places, the larger the longer feed ions were at them; "
        "lines: moves of feed ions from one group to their next, to and fro together, as wide as "
        f"the square root of their number{moves}; x is within the periodic box. "
        f"An ion is at a group from coming within {enter} Å of it until it is farther than {leave} "
        "Å from it. Middle: what follows a departure from a group; numbers beside: departures. By "
        "chance: the same with all groups moved by half the box along x and y. Handed over are, "
        f"with their interval (bar, {level}): {shares}. Bottom: Kaplan-Meier survival of stays, of "
        f"{FEWEST_EVENTS} or more. {band} All pooled over trials; {START}."
    )
