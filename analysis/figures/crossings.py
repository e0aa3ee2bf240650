"""Feed ions that enter, return and cross, and their passage times."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.bands import band, bar, percents, percents_left
from analysis.figures.few import FEWEST_EVENTS, enough, few
from analysis.figures.sheet import START, Cell, Sheet, cells, over_membranes_words, panels, titled
from analysis.figures.style import color, label, marker, ordered
from analysis.figures.water import number
from mdtools.roles import FEED_ION

PANEL_INCHES = (2.6, 3.6)
SHARES = (1.2, 1.5)
"""Heights of the strip of events and of arrivals."""
EVENTS = {
    "entry from feed": "entered",
    "return to feed": "returned",
    "crossing": "crossed",
    "reverse crossing": "crossed back",
}
"""Lines of the strip from above, as in the tables and as printed."""
DASHES = {"center": (0, (4, 1.6)), "permeate face": "-"}
LINES = {"center": "past centre", "permeate face": "past permeate face"}
PICOSECONDS_BELOW_NS = 1.0
APART = 0.17
"""Of a species from the middle of its line of the strip."""
NS_PER_US = 1000
BESIDE = 1.03
"""Where numbers of events begin, as a share of the axis of shares, which ends before them."""


def crossings(
    crossings: pd.DataFrame, passage_curves: pd.DataFrame, trials: pd.DataFrame
) -> Figure:
    """Draw shares of ions by event over the first passages of centre and permeate face."""
    places, rows, columns = panels(crossings)
    width, height = PANEL_INCHES
    sheet = Sheet(0.95 + width * max(columns, 2), 0.3 + height * rows)
    events = crossings[(crossings.role == FEED_ION) & crossings.event.isin(EVENTS)]
    events = sheet.keep("crossings", events)
    curves = passage_curves[(passage_curves.role == FEED_ION) & passage_curves.line.isin(LINES)]
    curves = sheet.keep("passage_curves", curves[curves.trial == "all"])
    longest = curves.time_ns.max()
    longest = longest if longest > 0 else trials.analysed_ns.max()
    scale, unit = (1, "ns") if longest >= PICOSECONDS_BELOW_NS else (1000, "ps")
    grid = sheet.subplots(2 * rows, columns, squeeze=False, height_ratios=SHARES * rows)
    for axes in grid.ravel():
        axes.set_visible(False)
    for panel in places:
        strip, lower = grid[2 * panel.row : 2 * panel.row + 2, panel.column]
        for axes in (strip, lower):
            axes.set_visible(True)
        draw_strip(strip, panel.cell.of(events), panel.left)
        strip.set_xlabel("share of feed ions (%)")
        lower.set(xlim=(0, scale * longest), ylim=(-2, 102))
        draw_arrivals(lower, panel.cell.of(curves), scale)
        lower.tick_params(labelleft=panel.left)
        lower.set_xlabel(f"time since entering ({unit})")
        lower.set_ylabel("arrived, of ions that\nentered (%)" if panel.left else "")
        titled(strip, panel.cell, trials)
    sheet.key(handles(events))
    return sheet.finish(caption(events, curves, trials.analysed_ns.max()))


def draw_strip(axes, events: pd.DataFrame, named: bool) -> None:
    """Draw the ions with an event as shares with intervals, and how many events there were."""
    axes.set(xlim=(-3, 103), ylim=(len(EVENTS) - 0.5, -0.5))
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.spines["bottom"].set_bounds(-3, 100)
    axes.set_yticks(range(len(EVENTS)), EVENTS.values() if named else [""] * len(EVENTS))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", lw=0.4, color="#DDDDDD")
    species = ordered(events.species)
    for (name, event), own in events.groupby(["species", "event"], sort=False):
        y = list(EVENTS).index(event) + 2 * APART * (species.index(name) - (len(species) - 1) / 2)
        tint, shape = color(name), marker(name)
        pooled = own[own.trial == "all"].iloc[0]
        axes.plot([100 * pooled.low_share, 100 * pooled.high_share], [y, y], color=tint, lw=1.2)
        inner = {"convert": percents, "across": True, "color": tint}
        bar(axes, [y], own[own.trial == "all"], "share", **inner)
        axes.plot([100 * pooled.share], [y], color=tint, marker=shape, ms=4.5, zorder=3)
        single = own[own.trial != "all"]
        if len(single) > 1:
            axes.scatter(
                100 * single.share,
                np.full(len(single), y),
                marker=shape,
                s=10,
                facecolors="none",
                edgecolors=tint,
                linewidths=0.6,
                zorder=2,
            )
        count = f"{pooled['count']:g}"
        beside = {"transform": axes.get_yaxis_transform(), "ha": "left", "va": "center"}
        axes.text(BESIDE, y, count, fontsize=6, color=tint, **beside)


def draw_arrivals(axes, curves: pd.DataFrame, scale: float) -> None:
    """Draw the share of the ions that entered and have passed a line by then."""
    axes.set_yticks([0, 25, 50, 75, 100])
    axes.grid(axis="y", lw=0.4, color="#DDDDDD")
    known = enough(curves, ["species", "line"])
    if known.empty:
        middle = {"transform": axes.transAxes, "ha": "center", "va": "center", "fontsize": 7}
        entered = curves.survival_share.notna().any()
        axes.text(0.5, 0.62, few("ions entered") if entered else "no ion entered", **middle)
        return
    for (species, line), own in known.groupby(["species", "line"], sort=False):
        tint, time = color(species), scale * own.time_ns
        step = {"color": tint, "zorder": 3, "lw": 1.2, "ls": DASHES[line]}
        axes.plot(time, 100 * (1 - own.survival_share), drawstyle="steps-post", **step)
        if line == "permeate face":
            shade = {"color": tint, "alpha": 0.18, "convert": percents_left}
            band(axes, time, own, "share", step="post", **shade)


def handles(events: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    grey: dict = {"color": "#555555"}
    return [
        *(
            Line2D([], [], color=color(n), marker=marker(n), ms=4.5, label=label(n))
            for n in ordered(events.species)
        ),
        Line2D([], [], ls="none", marker="o", mfc="none", ms=3, label="single trials", **grey),
        *(Line2D([], [], ls=DASHES[line], label=name, **grey) for line, name in LINES.items()),
    ]


def cell_text(cell: Cell, events: pd.DataFrame, per_ns: float) -> str:
    """Return the rates of crossing of one panel, per ion and so many nanoseconds."""
    rows = cell.of(events)
    rows = rows[(rows.event == "crossing") & (rows.trial == "all")].set_index("species")
    columns = ["rate_per_ns", "low_per_ns", "high_per_ns"]
    rates = {name: per_ns * rows.loc[name, columns].astype(float) for name in rows.index}
    texts = (
        f"{label(name)} {number(*rates[name], '.2g')} of n = {rows.n[name]}"
        for name in ordered(rows.index)
    )
    return f"{cell.title}: {', '.join(texts)}"


def caption(events: pd.DataFrame, curves: pd.DataFrame, length_ns: float) -> str:
    """Return the caption: what an event is, the rates, and what the intervals are."""
    pooled = events[events.trial == "all"]
    level = pooled.interval.str.split(" Garwood").str[0].iloc[0]
    over = over_membranes_words(pooled.interval)
    of_shares, of_rates = over or f"{level} Clopper-Pearson", over or f"{level} Garwood"
    caution = "" if over else " All intervals take ions and events as independent."
    margin = "/".join(f"{value:g}" for value in sorted(pooled.margin_angstrom.unique()))
    per_ns, unit = (NS_PER_US, "µs") if length_ns >= PICOSECONDS_BELOW_NS else (1, "ns")
    rates = "; ".join(cell_text(cell, events, per_ns) for cell in cells(events))
    kinds = [kind for kind in curves.interval.unique() if not kind.startswith("none")]
    band = f" Band, of the permeate face: pointwise {kinds[0]}." if kinds else ""
    return (
        "Top: feed ions with at least one event in the run, pooled over trials, with their "
        f"interval ({of_shares}); hollow: single trials ({START}). Numbers beside: "
        f"events, of which an ion may have several. An ion has entered once it is {margin} Å "
        "beyond the feed face, crossed once it is as far beyond the permeate face and came from "
        "the feed, and returned once it is as far before the feed face. Bottom: of the feed ions "
        "that entered, the share that has passed the centre or the permeate face by a time since "
        f"their first entry; ions still on their way when a run ends count up to there "
        f"(Kaplan-Meier, of {FEWEST_EVENTS} or more that entered).{band} "
        f"Crossings per ion and {unit} with their interval ({of_rates}): {rates}.{caution}"
    )
