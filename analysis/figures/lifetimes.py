"""Lifetimes of ion pairs: survival of contacts, mean lifetime, longest contacts."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.bands import band, bar, percents
from analysis.figures.few import FEWEST_EVENTS, enough, few
from analysis.figures.sheet import START, Cell, Sheet, over_membranes_words, panels, stacks, titled
from analysis.figures.style import color, label, time_label
from analysis.figures.water import around, label_few, number

PANEL_INCHES = (2.6, 3.2)
SHARES = (1.7, 1.0)
"""Heights of survival curves and of the strip of lifetimes."""
STRIP = {
    "ion pair lifetime": "mean",
    "longest contact of a pair": "longest, pair",
    "longest contact of a cation": "longest, cation",
    "longest contact of a trial": "longest, trial",
}
"""Lines of the strip from above by definition."""
DASHES = ("-", (0, (4, 1.6)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)))
PICOSECONDS_BELOW_NS = 1.0
BELOW = 0.22
"""Of single trials below the mark of all, in lines of the strip."""
BETWEEN_TICKS = 0.6
"""Height of a word that no line of the grid strikes through."""
GREY = "#777777"
NO_PAIRS = "no ions of both signs"
FEWEST_INTERVALS = 5
"""Mean lifetimes of fewer intervals of the frames get a warning."""
SINGLE: dict = {"ls": "none", "mfc": "none", "ms": 3, "mew": 0.6}


def lifetimes(
    pair_survival: pd.DataFrame, pair_lifetime: pd.DataFrame, trials: pd.DataFrame
) -> Figure:
    """Draw the survival of contacts over the mean lifetime and the longest contacts."""
    places, rows, columns = panels(trials)
    width, height = PANEL_INCHES
    sheet = Sheet(1.0 + width * max(columns, 2), 0.3 + height * rows)
    curves = sheet.keep("pair_survival", pair_survival)
    marks = sheet.keep("pair_lifetime", pair_lifetime[pair_lifetime.definition.isin(STRIP)])
    times = drawn_times(curves, marks)
    scale, unit = (1000, "ps") if times.max() < PICOSECONDS_BELOW_NS else (1, "ns")
    limits = around(scale * times)
    dashes = dict(zip(dict.fromkeys(curves.pair), DASHES * len(curves), strict=False))
    grid = stacks(sheet, rows, columns, SHARES)
    for panel in places:
        upper, strip = grid[panel.row, panel.column]
        for axes in (upper, strip):
            axes.set_visible(True)
            axes.set(xscale="log", xlim=limits)
            label_few(axes.xaxis, limits)
        own, lasting = panel.cell.of(curves), panel.cell.of(marks)
        draw_curves(upper, own, lasting, dashes, scale)
        draw_strip(strip, lasting, dashes, scale, panel.left)
        upper.set_ylabel("contacts that\nlast longer (%)" if panel.left else "")
        upper.tick_params(which="both", labelleft=panel.left, labelbottom=False)
        strip.tick_params(which="both", labelbottom=panel.lowest)
        strip.set_xlabel(f"time in contact ({unit})" if panel.lowest else "")
        titled(upper, panel.cell, trials)
    sheet.key(handles(marks, dashes))
    return sheet.finish(caption(marks))


def drawn_times(curves: pd.DataFrame, marks: pd.DataFrame) -> pd.Series:
    """Return all times that are drawn, from one interval of the frames on."""
    bars = several(marks)
    bars = bars[bars.trial == "all"]
    values = [curves.time_ns, marks.lifetime_ns, bars.low_ns, bars.high_ns]
    times = pd.concat([part.astype(float) for part in values])
    return times[np.isfinite(times) & (times >= curves.interval_ps.min() / 1000)]


def draw_curves(axes, curves, lasting, dashes: dict, scale: float) -> None:
    """Draw the survival of each pair of species: pooled with band, single trials, exponential."""
    axes.set(ylim=(0, 103))
    axes.set_yticks([0, 25, 50, 75, 100])
    axes.grid(axis="y", lw=0.4, color="#DDDDDD")
    known = enough(curves, ["pair", "trial"])
    if known.empty:
        note = NO_PAIRS
        if len(curves):
            none = curves.survival_share.isna().all()
            note = curves.note[curves.trial == "all"].iloc[0] if none else few("contacts")
        middle = {"transform": axes.transAxes, "ha": "center", "va": "center", "fontsize": 7}
        axes.text(0.5, BETWEEN_TICKS, note, **middle)
        return
    for pair, own in known.groupby("pair", sort=False):
        tint = color(pair.split("/")[0])
        for trial, curve in several(own).groupby("trial", sort=False):
            time, share = scale * curve.time_ns, 100 * curve.survival_share
            if trial != "all":
                axes.plot(time, share, color=tint, lw=0.5, alpha=0.7, drawstyle="steps-post")
                continue
            axes.plot(time, share, color=tint, ls=dashes[pair], drawstyle="steps-post", zorder=3)
            shade = {"color": tint, "alpha": 0.2, "convert": percents}
            band(axes, time, curve, "share", step="post", **shade)
        mean = lasting[(lasting.pair == pair) & (lasting.trial == "all")]
        tau = scale * mean[mean.definition == "ion pair lifetime"].lifetime_ns.iloc[0]
        if np.isfinite(tau):
            time = np.geomspace(*axes.get_xlim(), 200)
            axes.plot(time, 100 * np.exp(-time / tau), color=GREY, lw=0.8, ls=":", zorder=4)


def draw_strip(axes, lasting: pd.DataFrame, dashes: dict, scale: float, named: bool) -> None:
    """Draw mean lifetime and longest contacts, a line for each, pairs of species side by side."""
    axes.set(ylim=(len(STRIP) - 0.4, -0.6))
    axes.set_yticks(range(len(STRIP)), STRIP.values() if named else [""] * len(STRIP))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", lw=0.4, color="#DDDDDD")
    for (pair, definition), rows in lasting.groupby(["pair", "definition"], sort=False):
        order = list(dict.fromkeys(lasting.pair)).index(pair)
        y = list(STRIP).index(definition) + 0.3 * (order - (lasting.pair.nunique() - 1) / 2)
        draw_marks(axes, y, rows, color(pair.split("/")[0]), dashes[pair], scale)


def draw_marks(axes, y: float, rows: pd.DataFrame, tint: str, dash, scale: float) -> None:
    """Draw one line of the strip: all trials with the interval, and each trial below."""
    first = axes.get_xlim()[0]
    for one in several(rows).itertuples():
        pooled = one.trial == "all"
        style: dict = {"color": tint, "zorder": 3} if pooled else {"color": tint} | SINGLE
        value, low, high = (scale * v for v in (one.lifetime_ns, one.low_ns, one.high_ns))
        shape = ">" if is_bound(one) else "o"
        if np.isinf(value):
            value = low
        height = y if pooled else y + BELOW
        axes.plot([value], [height], marker=shape, **{"ms": 4.5} | style)
        if pooled and np.isfinite(low) and np.isfinite(high):
            axes.plot([max(low, first), high], [y, y], color=tint, lw=1.2, ls=dash, zorder=2)
    over = rows[rows.trial == "all"]
    bar(axes, [y] * len(over), over, "ns", convert=lambda ns: scale * ns, across=True, color=tint)


def several(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without those of a trial that is the only one, and so the same as all."""
    return rows if rows.trial.nunique() > 2 else rows[rows.trial == "all"]


def is_bound(row) -> bool:
    """Return whether a lifetime is only known to be longer."""
    return np.isinf(row.lifetime_ns) or ("longest" in row.definition and row.censored_share > 0)


def handles(marks: pd.DataFrame, dashes: dict) -> list:
    """Return the handles of the legend."""
    pairs = [
        Line2D([], [], color=color(pair.split("/")[0]), ls=dash, label=name(pair))
        for pair, dash in dashes.items()
    ]
    grey: dict = {"color": "#555555"}
    legend = [
        *pairs,
        Line2D([], [], lw=0.5, marker="o", **grey, **SINGLE | {"ls": "-"}, label="single trials"),
        Line2D([], [], lw=0.8, ls=":", color=GREY, label="exponential of the mean"),
    ]
    if any(is_bound(row) for row in marks.itertuples()):
        legend.append(Line2D([], [], ls="none", marker=">", ms=4.5, **grey, label="lower bound"))
    return legend


def name(pair: str) -> str:
    """Return the name of a pair of species as printed.

    >>> name("Ca2+/Cl-")
    'Ca²⁺/Cl⁻'
    """
    return "/".join(map(label, pair.split("/")))


def duration(row) -> str:
    """Return a lifetime with its interval in ns or ps; a bound if no end was seen."""
    if not np.isfinite(row.lifetime_ns):
        return f"over {time_label(row.low_ns)}"
    edges = np.array([row.lifetime_ns, row.low_ns, row.high_ns])
    scale, unit = (1, "ns") if edges[np.isfinite(edges)].max() >= 1 else (1000, "ps")
    return f"{number(*(scale * edges))} {unit}"


def short_note(mean: pd.DataFrame, names: list[str]) -> str:
    """Return the warning of mean lifetimes, by name, that frames or gaps set and not the ions.

    >>> row = {"lifetime_ns": 0.004, "interval_ps": 1.0, "gap_ps": 2.0}
    >>> short_note(pd.DataFrame([row]), ["Na+"])[:60]
    ' Mind: the mean of Na+ is below 5 intervals of the frames, s'
    >>> short_note(pd.DataFrame([row | {"lifetime_ns": 0.04}]), ["Na+"])
    ''
    """
    picoseconds = 1000 * mean.lifetime_ns.astype(float).to_numpy()
    limits = {
        f"{FEWEST_INTERVALS} intervals of the frames": FEWEST_INTERVALS * mean.interval_ps,
        "the gap bridged": mean.gap_ps,
    }
    warnings = []
    for what, limit in limits.items():
        below = picoseconds < limit.astype(float).to_numpy() * (1 - 1e-9)
        short = dict.fromkeys(np.array(names, dtype=object)[below])
        warnings += [f"{', '.join(short)} is below {what}"] if short else []
    if not warnings:
        return ""
    return (
        f" Mind: the mean of {', that of '.join(warnings)}, so it says more of these than of ions."
    )


def cell_text(cell: Cell, mean: pd.DataFrame) -> str:
    """Return the mean lifetimes of one panel."""
    parts = []
    for row in cell.of(mean).itertuples():
        counted = f"(n = {row.n}, {row.ends} with their end seen)"
        text = f"{duration(row)} {counted}" if row.n else "no contacts"
        parts.append(f"{name(row.pair)} {text}")
    return f"{cell.title}: {', '.join(parts)}"


def settings(rows: pd.DataFrame) -> str:
    """Return the cutoffs, interval of frames and gap of contacts, for a caption."""
    if rows.empty:
        return "there are none"
    pairs = rows.drop_duplicates("pair").itertuples()
    cutoffs = ", ".join(f"{name(r.pair)} {r.cutoff_angstrom:g} Å" for r in pairs)
    samplings = []
    for interval, gap in rows[["interval_ps", "gap_ps"]].drop_duplicates().to_numpy():
        bridged = f"gaps of up to {time_label(gap / 1000)} bridged" if gap else "no gap bridged"
        samplings.append(f"frames every {time_label(interval / 1000)}, {bridged}")
    return f"within {cutoffs}; {'; '.join(samplings)}"


def bars(marks: pd.DataFrame) -> str:
    """Return the kinds of bands and bars for a caption."""
    if over := over_membranes_words(marks.interval):
        return f"Bands and bars: {over}."
    kinds = [kind.split(" Garwood")[0] for kind in marks.interval if "Garwood" in kind]
    if not kinds:
        return f"No band: {'no contacts' if len(marks) else NO_PAIRS}."
    over = marks.interval[marks.definition.str.startswith("longest") & (marks.trial == "all")]
    over = over.map(lambda kind: kind.replace("none: ", "none, ")).unique()
    return (
        f"Bands ({kinds[0]} Greenwood) and the bar of the mean ({kinds[0]} Garwood) take contacts "
        f"as independent; bar of the longest: {'; '.join(over)}."
    )


def caption(marks: pd.DataFrame) -> str:
    """Return the caption: what is drawn, the numbers of each panel, and their parameters."""
    mean = marks[(marks.definition == "ion pair lifetime") & (marks.trial == "all")]
    drawn_cells = [Cell(*key) for key in mean[["layout", "salt"]].drop_duplicates().to_numpy()]
    numbers = "; ".join(cell_text(cell, mean) for cell in drawn_cells) or NO_PAIRS
    short = short_note(mean, [f"{name(r.pair)} ({r.layout}, {r.salt})" for r in mean.itertuples()])
    return (
        f"Contacts of cations and anions ({settings(mean)}), feed ions and counter-ions, all "
        "trials pooled. Top: share of the contacts that last longer (Kaplan-Meier, of "
        f"{FEWEST_EVENTS} or more, without those from before t = 0). Bottom: mean lifetime, time "
        "in contact over ends seen; longest contact of each pair that met, of each cation, of each "
        "trial, which grow with the length of the run and are lower bounds where contacts were cut "
        "off. "
        f"Mean lifetime: {numbers}.{short} {bars(marks)} Thin lines and hollow marks: single "
        f"trials; {START}."
    )
