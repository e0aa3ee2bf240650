"""Clusters of ions: how large they are at each place, and how many ions they hold in time."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter, StrMethodFormatter

from analysis.figures.bands import band, bar, percents
from analysis.figures.lifetimes import duration, settings, short_note
from analysis.figures.sheet import Cell, Sheet, band_text, every_text, panels, titled
from analysis.figures.style import PALETTE, label, ordered, time_label

PANEL_INCHES = (2.6, 3.6)
SHARES = (1.2, 1.0)
"""Heights of sizes and of shares in time."""
PLACES: dict = {
    "feed reservoir": {"color": PALETTE["water"], "marker": "<", "mfc": "none"},
    "membrane": {"color": PALETTE["membrane"], "marker": "s"},
    "permeate reservoir": {"color": PALETTE["water"], "marker": ">"},
}
ASIDE = 0.16
"""Of a place from the next one, in sizes."""
LEAST_PERCENT = 0.01
"""Lowest share on the axis of sizes."""
LARGEST = 10
"""Sizes with a number of their own on the axis; beyond it only every so many have one."""
TINTS = {2: "#111111", 3: "#B07D2B"}
"""Of clusters from these sizes on; black and brown, of no species."""
PICOSECONDS_BELOW_NS = 1.0


def clusters(
    cluster_sizes: pd.DataFrame,
    cluster_share: pd.DataFrame,
    cluster_lifetime: pd.DataFrame,
    pair_lifetime: pd.DataFrame,
    trials: pd.DataFrame,
) -> Figure:
    """Draw sizes of clusters by place over the share of the ions in clusters against time."""
    places, rows, columns = panels(trials)
    width, height = PANEL_INCHES
    sheet = Sheet(0.7 + width * max(columns, 2), 0.3 + height * rows)
    sizes = cluster_sizes[(cluster_sizes.trial == "all") & cluster_sizes.place.isin(PLACES)]
    sizes = sheet.keep("cluster_sizes", sizes)
    shares = sheet.keep("cluster_share", cluster_share)
    stays = sheet.keep("cluster_lifetime", cluster_lifetime[cluster_lifetime.trial == "all"])
    scale, unit = (1, "ns") if shares.time_ns.max() >= PICOSECONDS_BELOW_NS else (1000, "ps")
    top = 1.08 * 100 * np.nanmax(shares[["share", "high_share"]].to_numpy())
    grid = sheet.subplots(2 * rows, columns, squeeze=False, height_ratios=SHARES * rows)
    for axes in grid.ravel():
        axes.set_visible(False)
    for panel in places:
        upper, lower = grid[2 * panel.row : 2 * panel.row + 2, panel.column]
        for axes in (upper, lower):
            axes.set_visible(True)
            axes.tick_params(which="both", labelleft=panel.left)
        draw_sizes(upper, panel.cell.of(sizes), int(sizes["size"].max()))
        draw_shares(lower, panel.cell.of(shares), scale)
        lower.set(xlim=(0, scale * shares.time_ns.max()), ylim=(0, max(top, 1.0)))
        upper.set_xlabel("cluster size (ions)")
        lower.set_xlabel(f"t ({unit})")
        if panel.left:
            upper.set_ylabel("share of the ions\nat a place (%)")
            lower.set_ylabel("share of all\nions (%)")
        titled(upper, panel.cell, trials)
    sheet.key(handles())
    return sheet.finish(caption(sizes, shares, stays, settings(pair_lifetime)))


def draw_sizes(axes, sizes: pd.DataFrame, largest: int) -> None:
    """Draw the share of the ions of each place in clusters of each size, with bars over trials."""
    axes.set(yscale="log", ylim=(LEAST_PERCENT, 150), xlim=(0.4, largest + 0.6))
    axes.yaxis.set_major_locator(LogLocator(numticks=5))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(FixedLocator(range(1, largest + 1, -(-largest // LARGEST))))
    axes.grid(axis="y", lw=0.4, color="#DDDDDD")
    for order, (place, style) in enumerate(PLACES.items()):
        rows = sizes[(sizes.place == place) & (sizes.share > 0)]
        x, share = rows["size"] + ASIDE * (order - 1), 100 * rows.share
        low = (100 * rows.low_share).clip(lower=LEAST_PERCENT / 10)
        axes.vlines(x, low, 100 * rows.high_share, color=style["color"], lw=0.9)
        bar(axes, x, rows, "share", convert=percents, color=style["color"])
        axes.plot(x, share, ms=4, lw=0.6, mew=0.9, **style)


def draw_shares(axes, shares: pd.DataFrame, scale: float) -> None:
    """Draw the share of the ions in clusters from two sizes on, pooled with a band and single."""
    for smallest, tint in TINTS.items():
        own = shares[shares.smallest == smallest]
        for trial, rows in own.groupby("trial", sort=False):
            time, share = scale * rows.time_ns, 100 * rows.share
            if trial != "all":
                axes.plot(time, share, color=tint, lw=0.5, alpha=0.7)
                continue
            axes.plot(time, share, color=tint, zorder=3)
            band(axes, time, rows, "share", color=tint, alpha=0.15, convert=percents)
    axes.grid(axis="y", lw=0.4, color="#DDDDDD")


def handles() -> list:
    """Return the handles of the legend."""
    return [
        *(Line2D([], [], ms=4, lw=0.6, label=place, **style) for place, style in PLACES.items()),
        *(
            Line2D([], [], color=tint, label=f"in clusters of {n} or more")
            for n, tint in TINTS.items()
        ),
        Line2D([], [], color="#555555", lw=0.5, label="single trials"),
    ]


def cell_text(cell: Cell, stays: pd.DataFrame) -> str:
    """Return how long ions of one panel stay in a cluster."""
    rows = {row.species: row for row in cell.of(stays).itertuples()}
    parts = []
    for species in ordered(rows):
        row = rows[species]
        text = f"{duration(row)} (n = {row.n})" if row.n else "never in one"
        parts.append(f"{label(species)} {text}")
    return f"{cell.title}: {', '.join(parts)}"


def caption(sizes: pd.DataFrame, shares: pd.DataFrame, stays: pd.DataFrame, contact: str) -> str:
    """Return the caption: what is drawn, stays in clusters, and what the intervals are."""
    mean = stays[stays.definition == "stay in a cluster"]
    drawn_cells = [Cell(*key) for key in mean[["layout", "salt"]].drop_duplicates().to_numpy()]
    numbers = " / ".join(f"{n}" for n in sorted(shares.n.unique()))
    until = " / ".join(time_label(t) for t in sorted(sizes.until_ns.unique()))
    kinds = [kind.split(" Garwood")[0] for kind in mean.interval if "Garwood" in kind]
    bar = f" ({kinds[0]} Garwood, ions as independent)" if kinds else ""
    stays_text = "; ".join(cell_text(cell, mean) for cell in drawn_cells)
    named = [f"{label(row.species)} ({row.layout}, {row.salt})" for row in mean.itertuples()]
    return (
        f"Clusters of ions joined by contacts between cations and anions ({contact} for stays), "
        f"feed ions and counter-ions (n = {numbers} in a trial); a single ion has size 1. Top: "
        "share of the ions at each place in clusters of each size, mean over trials of the time "
        f"from 0 to {until}, by the mean z of the cluster before, between and behind the faces of "
        "the membrane; bars: as the band. Bottom: share of all ions in clusters, averaged since "
        f"the point before, {every_text(shares)}. {band_text(shares[shares.trial == 'all'])} Mean "
        f"stay in clusters of {mean.smallest.iloc[0]} ions or more"
        f"{bar}: {stays_text}.{short_note(mean, named)}"
    )
