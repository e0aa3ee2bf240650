"""Chaperones: contacts that carry both ions along z, and advance in company and alone."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.bands import bar, percents
from analysis.figures.lifetimes import NO_PAIRS, name, settings
from analysis.figures.sheet import START, Sheet, cells, noted, over_membranes_words, partial_note
from analysis.figures.style import color, label, marker, ordered, time_label

PANEL_INCHES = (2.3, 2.0)
BETWEEN, BESIDE, STEP = 0.2, 0.06, 0.03
"""Of a mark from the next one of its layout, of its first trial from there, and of the next
trials, in units of the distance of layouts."""
COLUMNS = (
    "contacts that advance\nor retreat (%)",
    "net advance\nalong z (Å)",
    "steps in\ncompany (%)",
)
TITLES = ("both ions of a pair", "in company, alone", "time in company")
NO_CONTACTS = "no contacts\nin the membrane"
ROOM = 0.05
"""Below zero on axes of shares, so that marks at zero are whole."""
DIRECTIONS = {
    "chaperoned": ("chaperoned_share", "low_share", "high_share", "#222222", "^"),
    "retreated": ("retreated_share", "low_retreated_share", "high_retreated_share", "#999999", "v"),
}
"""Columns of share, low and high with colour and mark."""


def chaperones(
    chaperones: pd.DataFrame, chaperone_advance: pd.DataFrame, trials: pd.DataFrame
) -> Figure:
    """Draw what contacts and ions advance: a row for each salt, a column for each quantity."""
    contacts = sheet_rows(chaperones[chaperones.place == "membrane"])
    advances = sheet_rows(chaperone_advance)
    salts = trials.salt.unique()
    layouts = list(dict.fromkeys(cell.layout for cell in cells(trials)))
    width = max(PANEL_INCHES[0], 0.4 * len(layouts) + 0.6)
    sheet = Sheet(0.5 + width * len(COLUMNS), 0.5 + PANEL_INCHES[1] * len(salts))
    sheet.keep("chaperones", contacts)
    sheet.keep("chaperone_advance", advances)
    grid = sheet.subplots(len(salts), len(COLUMNS), sharex=True, sharey="col", squeeze=False)
    for row, salt in zip(grid, salts, strict=True):
        noted(row[-1], trials[trials.salt == salt])
        draw_contacts(row[0], contacts[contacts.salt == salt], layouts)
        for axes, draw in ((row[1], draw_advances), (row[2], draw_steps)):
            draw(axes, advances[advances.salt == salt], layouts)
        for axes, text in zip(row, COLUMNS, strict=True):
            axes.set_ylabel(f"{salt}: {text}")
            axes.grid(axis="y", lw=0.4, color="#DDDDDD")
            axes.tick_params(labelleft=True)
    for axes, title in zip(grid[0], TITLES, strict=True):
        axes.set_title(title)
    for axes in grid[-1]:
        slanted = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xticks(range(len(layouts)), layouts, **slanted if len(layouts) > 3 else {})
        axes.set_xlim(-0.6, len(layouts) - 0.4)
    for axes in grid[0, ::2]:
        axes.set_ylim(bottom=-ROOM * axes.get_ylim()[1])
    for row, salt in zip(grid, salts, strict=True):
        say_none(row, contacts[contacts.salt == salt])
    sheet.key(handles(advances))
    return sheet.finish(caption(contacts, advances, trials))


def sheet_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without those of a trial that is the only one, and so the same as all."""
    several = table.groupby(["layout", "salt"]).trial.transform("nunique") > 2
    return table[several | (table.trial == "all")]


def say_none(row, contacts: pd.DataFrame) -> None:
    """Words in panels in which nothing is drawn, their axes without numbers."""
    word = NO_CONTACTS if len(contacts) else NO_PAIRS
    for axes in row[:1] if len(contacts) else row:
        if not contacts.contacts.any():
            axes.tick_params(left=False, labelleft=False)
            axes.grid(False)
            middle = {"transform": axes.transAxes, "ha": "center", "va": "center", "fontsize": 7}
            axes.text(0.5, 0.6, word, **middle)


def draw_contacts(axes, contacts: pd.DataFrame, layouts: list[str]) -> None:
    """Draw the shares of the contacts in the membrane that carry both ions forth, and back."""
    for x, layout in enumerate(layouts):
        own = contacts[contacts.layout == layout]
        pairs = list(dict.fromkeys(own.pair))
        marks = [(pair, direction) for pair in pairs for direction in DIRECTIONS]
        for (pair, direction), at in zip(marks, places(x, len(marks)), strict=True):
            share, low, high, tint, shape = DIRECTIONS[direction]
            rows = own[own.pair == pair]
            values = 100 * rows[[share, low, high]].to_numpy()
            draw_mark(axes, at, rows.trial, values, {"color": tint, "marker": shape})
            over = rows[rows.trial == "all"]
            bar(axes, [at], over, low.removeprefix("low_"), convert=percents, color=tint)


def draw_advances(axes, advances: pd.DataFrame, layouts: list[str]) -> None:
    """Draw the net advance of each species in company (full marks) and alone (hollow marks)."""
    axes.axhline(0, color="#777777", lw=0.6)
    for x, layout in enumerate(layouts):
        own = advances[advances.layout == layout]
        marks = [
            (group, manner)
            for _, group in grouped(own)
            for manner in ("company_angstrom", "alone_angstrom")
        ]
        for (rows, manner), at in zip(marks, places(x, len(marks)), strict=True):
            values = rows[[manner, f"low_{manner}", f"high_{manner}"]].to_numpy()
            hollow = {"mfc": "white"} if manner == "alone_angstrom" else {}
            draw_mark(axes, at, rows.trial, values, style(rows) | hollow)
            bar(axes, [at], rows[rows.trial == "all"], manner, color=style(rows)["color"])


def draw_steps(axes, advances: pd.DataFrame, layouts: list[str]) -> None:
    """Draw the share of the steps that each species is in company."""
    for x, layout in enumerate(layouts):
        groups = [rows for _, rows in grouped(advances[advances.layout == layout])]
        for rows, at in zip(groups, places(x, len(groups)), strict=True):
            values = 100 * rows[["steps_share", "low_steps_share", "high_steps_share"]].to_numpy()
            draw_mark(axes, at, rows.trial, values, style(rows))
            over, tint = rows[rows.trial == "all"], style(rows)["color"]
            bar(axes, [at], over, "steps_share", convert=percents, color=tint)


def grouped(advances: pd.DataFrame) -> list[tuple]:
    """Return the rows of each pair and species, in the order of legends."""
    return [
        ((pair, species), own[own.species == species])
        for pair, own in advances.groupby("pair", sort=False)
        for species in ordered(own.species)
    ]


def style(rows: pd.DataFrame) -> dict:
    """Return the colour and mark of the species of rows."""
    species = rows.species.iloc[0]
    return {"color": color(species), "marker": marker(species)}


def places(x: float, count: int) -> np.ndarray:
    """Return the places of so many marks about a layout's own."""
    step = min(BETWEEN, 0.7 / max(count, 1))
    return x + step * (np.arange(count) - (count - 1) / 2)


def draw_mark(axes, x: float, trial: pd.Series, values: np.ndarray, look: dict) -> None:
    """Draw a value over all trials with its bar, and small marks of single trials beside it."""
    pooled = trial.to_numpy() == "all"
    ((value, low, high),) = values[pooled]
    tint = look["color"]
    axes.vlines(x, low, high, color=tint, lw=1.1)
    axes.plot([x], [value], ls="none", ms=4.5, mew=0.9, zorder=3, **look)
    single = values[~pooled][:, 0]
    at = x + BESIDE + STEP * np.arange(len(single))
    axes.plot(at, single, ls="none", marker=".", ms=2.2, color=tint)


def handles(advances: pd.DataFrame) -> list:
    """Return the handles of the legend."""
    species = [
        Line2D([], [], ls="none", ms=4.5, color=color(n), marker=marker(n), label=label(n))
        for n in ordered(advances.species)
    ]
    grey: dict = {"ls": "none", "color": "#555555", "ms": 4.5}
    directions = [
        Line2D([], [], ls="none", ms=4.5, color=tint, marker=shape, label=f"pair {word}")
        for word, (*_, tint, shape) in DIRECTIONS.items()
    ]
    return [
        *species,
        Line2D([], [], marker="o", mfc="white", **grey, label="alone"),
        *directions,
        Line2D([], [], marker=".", **grey | {"ms": 2.2}, label="single trials"),
    ]


def caption(contacts: pd.DataFrame, advances: pd.DataFrame, trials: pd.DataFrame) -> str:
    """Return the caption: what is drawn, numbers of contacts, intervals."""
    pooled = contacts[contacts.trial == "all"]
    counted = "; ".join(
        f"{row.layout}, {row.salt}: {name(row.pair)} {row.contacts:g} contacts, {row.chaperoned:g} "
        f"chaperoned, {row.retreated:g} retreated"
        for row in pooled.itertuples()
    )
    advance = " / ".join(f"{a:g} Å" for a in sorted(pooled.advance_angstrom.unique()))
    exact = [kind.split(" of ")[0] for kind in pooled.interval if "Clopper" in kind]
    bars = over_membranes_words(pooled.interval) or (
        f"{exact[0] if exact else 'none'}, contacts as independent"
    )
    until = " / ".join(
        time_label(t) for t in sorted(advances.until_ns[advances.trial == "all"].unique())
    )
    over = [kind for kind in advances.interval.unique() if "t-interval" in kind]
    names = " and ".join(map(name, dict.fromkeys(pooled.pair)))
    several = f" In each layout from left to right: {names}." if pooled.pair.nunique() > 1 else ""
    notes = {f"{c.title}: {note}" for c in cells(trials) if (note := partial_note(c.of(trials)))}
    if advances.empty:
        return f"No contacts: there are {NO_PAIRS}."
    return "".join(f"{note}. " for note in sorted(notes)) + (
        f"Left: contacts ({settings(contacts)}) with their begin or end in the membrane that carry "
        f"BOTH ions at least {advance} along +z (chaperoned) or -z (retreated); without a drive "
        f"both are as likely. {counted}; bars: {bars}. Middle: net advance of an ion along +z, "
        "mean over feed ions and counter-ions, in steps with a partner (full) and without "
        f"(hollow), up to {until}. Right: "
        "share of the steps with a partner; where company has more of the advance than of the "
        "steps, ions advance faster in it. "
        f"Bars: {'; '.join(over) or 'none, one trial'}; {START}.{several}"
    )
