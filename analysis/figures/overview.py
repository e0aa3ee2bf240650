"""What a study is asked first, of every layout: mean z, share permeated, water, pairs."""

import re

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.bands import bar
from analysis.figures.membranes import as_one_level
from analysis.figures.sheet import START, Sheet, cells, cut_note, noted, partial_note
from analysis.figures.style import PALETTE, color, label, marker, ordered, time_label
from analysis.key_results import MEAN_Z, PAIRS, PERMEATED, POOLED, WATER, key_results

PANEL_INCHES = (2.5, 1.75)
NAMES = {
    MEAN_Z: "mean z at the\nend (nm)",
    PERMEATED: "through the\nmembrane (%)",
    WATER: "water in the\nmembrane (%)",
    PAIRS: "cations in a\npair (%)",
}
TITLES = {
    MEAN_Z: "how far ions got",
    PERMEATED: "how many went through",
    WATER: "how wet the membrane is",
    PAIRS: "how many ions are paired",
}
PH_NAME = re.compile(r"^pH ?(\d+(?:\.\d+)?)$")
OF_SO_MANY = re.compile(r" of \d+ .*")
"""End of what an interval is, that differs from layout to layout."""
APART, BESIDE, STEP = 0.16, 0.1, 0.06
"""Of the marks of a layout from its place, of the first trial from there, of the next ones."""
WIDE = 4.0
"""Distance of the outermost layouts, in units of pH, from which on marks are set farther apart."""
NEAREST = 1.0
"""Distance of layouts that are no pH, in units of pH."""
LEAST_PERCENT = 1.0
"""Height of axes of percents in which all is zero."""
GUIDE: dict = {"lw": 0.6, "alpha": 0.6, "zorder": 1}
PAIR_COLOR = "#222222"
TURNED_FROM = 3
"""From so many layouts on, their names are slanted."""


def overview(
    mean_z: pd.DataFrame,
    permeation: pd.DataFrame,
    water: pd.DataFrame,
    pair_number: pd.DataFrame,
    trials: pd.DataFrame,
    *,
    level: float = 0.95,
) -> Figure:
    """Draw the first answers against the layouts, those of a pH along a scale of pH.

    Parameters
    ----------
    level : float
        Of the intervals of pairs over trials.
    """
    everything = cells(trials)
    layouts = list(dict.fromkeys(cell.layout for cell in everything))
    salts = list(dict.fromkeys(cell.salt for cell in everything))
    single = len(salts) == 1
    rows, columns = (2, 2) if single else (len(NAMES), len(salts))
    width, height = PANEL_INCHES
    sheet = Sheet(0.5 + width * columns, 0.4 + height * rows)
    table = key_results(mean_z, permeation, water, pair_number, level)
    table = sheet.keep("overview", as_one_level("key_results", table))
    at = places(layouts)
    grid = sheet.subplots(
        rows, columns, squeeze=False, sharex=True, sharey=False if single else "row"
    )
    for column, salt in enumerate(salts):
        panels = grid.ravel() if single else grid[:, column]
        for axes, quantity in zip(panels, NAMES, strict=True):
            own = table[(table.salt == salt) & (table.quantity == quantity)]
            draw_panel(axes, own, at)
            axes.set_title(TITLES[quantity] + ("" if single else f", {label(salt)}"))
            if single or column == 0:
                axes.set_ylabel(NAMES[quantity])
            set_height(axes, table[table.quantity == quantity])
        noted(panels[0], trials[trials.salt == salt])
    for axes in grid[-1]:
        name_places(axes, at)
    sheet.key(handles(table))
    return sheet.finish(caption(table, trials, at))


def ph_of(layout: str) -> float | None:
    """Return the pH that a layout's name says, None of another name.

    >>> ph_of("pH7"), ph_of("pH 3.5"), ph_of("flip")
    (7.0, 3.5, None)
    """
    found = PH_NAME.match(layout)
    return float(found.group(1)) if found else None


def places(layouts: list[str]) -> dict[str, float]:
    """Return where layouts stand: those of a pH at it, the others behind, in their order.

    >>> places(["flip", "pH7", "pH2"])
    {'pH7': 7.0, 'pH2': 2.0, 'flip': 9.0}
    """
    known = {layout: ph for layout in layouts if (ph := ph_of(layout)) is not None}
    if len(known) < 2:
        return {layout: float(number) for number, layout in enumerate(layouts)}
    last = max(known.values()) + NEAREST
    others = [layout for layout in layouts if layout not in known]
    return known | {layout: last + NEAREST * n for n, layout in enumerate(others, start=1)}


def draw_panel(axes, own: pd.DataFrame, at: dict[str, float]) -> None:
    """Draw one quantity of one salt: all trials with the interval, single ones beside them."""
    names = ordered_names(own)
    unit = max(1.0, (max(at.values()) - min(at.values())) / WIDE)
    axes.grid(axis="y", lw=0.4, color="#DDDDDD")
    for number, name in enumerate(names):
        rows = own[own.species == name]
        tint, shape = look(name)
        shift = unit * APART * (number - (len(names) - 1) / 2)
        pooled = rows[rows.trial == POOLED]
        x = np.array([at[layout] for layout in pooled.layout]) + shift
        edges = [pooled.value - pooled.low, pooled.high - pooled.value]
        bars = np.nan_to_num(np.array(edges, dtype=float))
        axes.errorbar(x, pooled.value, bars, color=tint, marker=shape, ms=4.5, ls="none", lw=1.1)
        bar(axes, x, pooled, "", color=tint)
        guide = pooled.layout.map(lambda layout: ph_of(layout) is not None).to_numpy()
        if guide.sum() > 2 and len(at) > 2:
            order = np.argsort(x[guide])
            axes.plot(x[guide][order], pooled.value[guide].iloc[order], color=tint, **GUIDE)
        draw_trials(axes, rows[rows.trial != POOLED], at, shift, unit, tint, shape)


def draw_trials(axes, rows: pd.DataFrame, at: dict, shift: float, unit: float, *look: str) -> None:
    """Draw single trials, hollow, on the outer side of their mark; none where there is one."""
    side, (tint, shape) = unit * (np.sign(shift) or 1.0), look
    for layout, own in rows.groupby("layout", sort=False):
        if len(own) > 1:
            x = at[layout] + shift + side * (BESIDE + STEP * np.arange(len(own)))
            style = {"mfc": "none", "mew": 0.5, "ms": 2.8, "ls": "none"}
            axes.plot(x, own.value, color=tint, marker=shape, **style)


def ordered_names(own: pd.DataFrame) -> list[str]:
    """Return ions in the order of legends, pairs and what is of the membrane as they come."""
    names = list(dict.fromkeys(own.species))
    ions = [name for name in names if name and "/" not in name]
    return ordered(ions) if ions else names


def look(name: str) -> tuple[str, str]:
    """Return colour and mark of an ion, of a pair of ions, or of the membrane (no name)."""
    if not name:
        return PALETTE["water"], "s"
    if "/" in name:
        return (PAIR_COLOR, "P")
    return color(name), marker(name)


def set_height(axes, table: pd.DataFrame) -> None:
    """Percents begin at zero; where all of them are zero the axis has a height all the same."""
    if table.empty:
        middle = {"transform": axes.transAxes, "ha": "center", "va": "center", "fontsize": 7}
        axes.text(0.5, 0.5, "no pairs can form", **middle)
        axes.set_yticks([])
    elif table.quantity.iloc[0] != MEAN_Z:
        top = np.nanmax(table[["value", "high"]].to_numpy(dtype=float))
        axes.set_ylim(-0.04 * max(top, LEAST_PERCENT), 1.08 * max(top, LEAST_PERCENT))


def name_places(axes, at: dict[str, float]) -> None:
    """Write the names of layouts under an axis."""
    slanted = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(list(at.values()), list(at), **slanted if len(at) > TURNED_FROM else {})
    span = max(at.values()) - min(at.values())
    room = max(0.6, 0.08 * span)
    axes.set_xlim(min(at.values()) - room, max(at.values()) + room)


def handles(table: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    ions = ordered({name for name in table.species if name and "/" not in name})
    pairs = list(dict.fromkeys(name for name in table.species if "/" in name))
    marks = [(name, label(name)) for name in ions]
    marks += [("", "water"), *((name, pair_name(name)) for name in pairs)]
    lines = [
        Line2D([], [], color=look(name)[0], marker=look(name)[1], ms=4.5, ls="none", label=words)
        for name, words in marks
    ]
    small = {"mfc": "none", "ms": 2.8, "ls": "none", "marker": "o"}
    return [*lines, Line2D([], [], color="#555555", label="single trials", **small)]


def pair_name(pair: str) -> str:
    """Return a pair of species as printed."""
    return "/".join(map(label, pair.split("/")))


def caption(table: pd.DataFrame, trials: pd.DataFrame, at: dict[str, float]) -> str:
    """Return the caption: what each panel is, numbers, intervals, what is not finished."""
    pooled = table[table.trial == POOLED]
    times = " / ".join(
        time_label(t) for t in sorted(pooled.time_ns[pooled.quantity == MEAN_Z].unique())
    )
    counts = pooled[pooled.quantity == PERMEATED]
    numbers = " / ".join(f"{n:g}" for n in sorted(counts.n.unique()))
    scale = (
        " Layouts that are named after a pH stand at it, the others behind; thin lines join three "
        "or more of a pH and guide the eye only."
        if any(ph_of(layout) is not None for layout in at)
        else ""
    )
    kinds = {
        quantity: " / ".join(dict.fromkeys(OF_SO_MANY.sub("", one) for one in rows.interval))
        for quantity, rows in pooled.groupby("quantity", sort=False)
    }
    words = {MEAN_Z: "mean z", PERMEATED: "shares through", WATER: "water", PAIRS: "pairs"}
    bars = "; ".join(f"{words[quantity]}: {text}" for quantity, text in kinds.items())
    notes = {f"{c.title}: {note}" for c in cells(trials) if (note := partial_note(c.of(trials)))}
    return (
        f"The first answers, of feed ions at {times}: mean z from the membrane's centre of mass; "
        f"share beyond the permeate face, n = {numbers} ions of a species over all trials; water "
        "between the faces in percent of the wet mass, mean over the run; share of all cations "
        f"that touch an anion, mean over the run. Bars: {bars}. Hollow: single trials; {START}."
        f"{scale}{cut_note(trials)}" + "".join(f" {note}." for note in sorted(notes))
    )
