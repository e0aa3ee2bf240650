"""Shares of the feed ions beyond the faces and lines of the membrane."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.bands import bar, percents
from analysis.figures.sheet import (
    START,
    Sheet,
    cells,
    cut_note,
    last_time,
    noted,
    over_membranes_words,
    partial_note,
)
from analysis.figures.style import color, label, marker, ordered, time_label

PANEL_INCHES = (1.75, 1.9)
OFFSET, BESIDE, STEP = 0.1, 0.1, 0.07
CROWDED = 0.3
"""Offset of the outermost of more than two species, whose single trials are not drawn aside."""
"""Of a species from the middle of its layout, of its first trial from there, and of the next
trials, in units of the distance of layouts."""


def permeation(permeation: pd.DataFrame, trials: pd.DataFrame) -> Figure:
    """Draw shares by place at the last time: a row for each salt, a column for each line."""
    table = last_time(permeation)
    drawn = table[table.definition == "at time"]
    start = permeation[(permeation.time_ns == 0) & (permeation.trial == "all")]
    start = start[start.definition == "at time"]
    lines, salts = drawn.line.unique(), drawn.salt.unique()
    layouts = list(dict.fromkeys(cell.layout for cell in cells(drawn)))
    sheet = Sheet(
        0.8 + max(PANEL_INCHES[0], 0.24 * len(layouts) + 0.5) * len(lines),
        0.55 + PANEL_INCHES[1] * len(salts),
    )
    sheet.keep("permeation", pd.concat([start, drawn], ignore_index=True))
    grid = sheet.subplots(len(salts), len(lines), sharex=True, sharey=True, squeeze=False)
    for row, salt in zip(grid, salts, strict=True):
        for axes, line in zip(row, lines, strict=True):
            here = drawn[(drawn.salt == salt) & (drawn.line == line)]
            before = start[(start.salt == salt) & (start.line == line)]
            draw_line(axes, here, before, layouts)
        noted(row[-1], trials[trials.salt == salt])
        row[0].set_ylabel(f"{salt}: share of\nfeed ions (%)")
    for axes, line in zip(grid[0], lines, strict=True):
        axes.set_title(heading(line, drawn))
    for axes in grid[-1]:
        slanted = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xticks(range(len(layouts)), layouts, **slanted if len(layouts) > 3 else {})
    for axes in grid.ravel():
        axes.set(xlim=(-0.6, len(layouts) - 0.4), ylim=(-5, 105))
        axes.set_yticks([0, 25, 50, 75, 100])
        axes.grid(axis="y", lw=0.4, color="#DDDDDD")
    sheet.key(handles(drawn))
    return sheet.finish(caption(drawn, trials))


def heading(line: str, drawn: pd.DataFrame) -> str:
    """Return the title of a column."""
    z = drawn.line_angstrom[drawn.line == line].iloc[0]
    return {
        "feed face": "past feed face",
        "center": "past centre",
        "permeate face": "past permeate face",
        "permeated": f"z > {z:g} Å",
    }[line]


def draw_line(axes, table: pd.DataFrame, start: pd.DataFrame, layouts: list[str]) -> None:
    """Draw one panel: every layout and species, start, pooled with interval, single trials."""
    if not table.reachable.any():
        axes.text((len(layouts) - 1) / 2, BETWEEN_TICKS, NOT_REACHED, **FAINT)
        return
    for x, layout in enumerate(layouts):
        rows = table[table.layout == layout]
        if len(rows) and not rows.reachable.all():
            axes.text(x, 50, NOT_REACHED, rotation=90, **FAINT)
            continue
        names = ordered(rows.species)
        reach = OFFSET if len(names) <= 2 else CROWDED
        for species, side in zip(names, np.linspace(-reach, reach, len(names)), strict=True):
            aside = np.sign(side) * (len(names) <= 2)
            draw_share(axes, x + side, species, rows[rows.species == species], aside)
            before = start[(start.layout == layout) & (start.species == species)]
            axes.plot([x + side] * len(before), 100 * before.share, **AT_START)


NOT_REACHED = "beyond the piston"
BETWEEN_TICKS = 62.5
"""Height (%) of a word that no line of the grid strikes through."""
AT_START: dict = {
    "ls": "none",
    "marker": "_",
    "ms": 6.5,
    "mew": 1.1,
    "color": "#222222",
    "zorder": 4,
}
FAINT = {"ha": "center", "va": "center", "fontsize": 7, "color": "#888888"}


def draw_share(axes, x: float, species: str, rows: pd.DataFrame, aside: float) -> None:
    """Draw the pooled share with its interval; single trials as hollow marks to one side of it."""
    pooled = rows[rows.trial == "all"].iloc[0]
    tint, shape = color(species), marker(species)
    low, high = pooled.share - pooled.low_share, pooled.high_share - pooled.share
    axes.errorbar(
        x,
        100 * pooled.share,
        100 * np.array([[low], [high]]),
        color=tint,
        marker=shape,
        ms=4.5,
        lw=1.2,
        zorder=3,
    )
    bar(axes, x, rows[rows.trial == "all"], "share", convert=percents, color=tint)
    single = rows[rows.trial != "all"]
    steps = BESIDE + STEP * np.arange(len(single))
    axes.scatter(
        x + aside * steps,
        100 * single.share,
        marker=shape,
        s=9,
        facecolors="none",
        edgecolors=tint,
        linewidths=0.6,
        alpha=0.9,
    )


def handles(drawn: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    pooled = [
        Line2D([], [], color=color(n), marker=marker(n), ms=4.5, label=f"{label(n)}, pooled")
        for n in ordered(drawn.species)
    ]
    single = Line2D(
        [], [], ls="none", marker="o", mfc="none", color="#555555", ms=3, label="single trials"
    )
    return [*pooled, single, Line2D([], [], label="at t = 0", **AT_START)]


def caption(drawn: pd.DataFrame, trials: pd.DataFrame) -> str:
    """Return the caption: time, numbers and what the intervals are, and are not."""
    pooled = drawn[drawn.trial == "all"]
    times = " / ".join(time_label(t) for t in sorted(pooled.time_ns.unique()))
    numbers = " / ".join(f"{n}" for n in sorted(pooled.n.unique()))
    exact = pooled.interval.str.split(" Clopper").str[0].iloc[0]
    bars = over_membranes_words(pooled.interval) or (
        f"{exact} Clopper-Pearson, which takes ions as independent"
    )
    text = (
        f"Feed ions whose z at {times} lies beyond the line, n = {numbers} of each species, pooled "
        f"over trials. Bars: {bars}; the hollow marks show how far single trials differ ({START}). "
        "Dashes: share already beyond the line at t = 0, which is no transport. Faces, at 5 % of "
        "the membrane's largest density, are each layout and salt's own and differ in z."
    )
    if not pooled.reachable.all():
        text += " The permeate reservoir does not reach up to the line where the panel says so."
    notes = {f"{c.title}: {note}" for c in cells(trials) if (note := partial_note(c.of(trials)))}
    return text + cut_note(trials) + "".join(f" {note}." for note in sorted(notes))
