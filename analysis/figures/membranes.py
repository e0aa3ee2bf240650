"""Figures over several membranes: the figures of one, in which a membrane stands for a trial.

What a figure of one membrane draws of the mean over trials, thick and with its band, is then the
mean over membranes with its interval over these; what it draws of single trials are the means of
single membranes.
"""

import re

import pandas as pd
from matplotlib.text import Text

from analysis.figures.sheet import START, Sheet
from analysis.joinings import ACROSS, ALONE, BETWEEN, MEMBRANE, NUMBER, TOGETHER
from analysis.statistics import PARTLY, PARTLY_MEMBRANES
from analysis.trials import POOLED

OF_ONE = ("hop_edges",)
"""Tables of which only the first membrane is drawn, as groups are its own."""
APART = "membranes were made apart, and each counts once, with the mean over its trials"
"""What stands in captions where those of one membrane have what trials share."""
KEPT = (
    APART,
    "each ion of each trial",
    "of each cation, of each trial",
    "Longer trials are cut",
    "of trial ",
    "in a trial)",
)
"""Words of captions about trials that stay as they are."""
WORDS = (
    (START, APART),
    ("first valleys of the counts of all trials", "means of the membranes' first valleys"),
    ("all trials pooled", "means over membranes"),
    ("All pooled over trials", "Means over membranes"),
    ("pooled over trials", "mean over membranes"),
    (", pooled", ", mean"),
)
"""Words of captions and legends, and those that take their place."""


JOINED_LATER = {"overview": ("mean_z", "permeation", "water", "pair_number")}
"""Tables that a figure takes as they are, since it joins what it makes of each membrane."""


def views(figure: str, tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return what a figure is drawn from: tables over membranes as over trials, others as are."""
    later = JOINED_LATER.get(figure, ())
    return {
        key: table if key in later else as_one_level(key, table) for key, table in tables.items()
    }


def are_several(tables: dict[str, pd.DataFrame]) -> bool:
    """Whether tables are over several membranes."""
    return any(MEMBRANE in table for table in tables.values())


def numbers(tables: dict[str, pd.DataFrame]) -> tuple[list[str], list[int]]:
    """Return the names of the membranes, and the numbers of trials that they have."""
    table = next(one for one in tables.values() if MEMBRANE in one)
    single = table[~table[MEMBRANE].isin((ACROSS, TOGETHER))]
    names = list(dict.fromkeys(single[MEMBRANE]))
    if (trials := tables.get("trials")) is not None:
        single = trials[(trials.trial != POOLED) & ~trials[MEMBRANE].isin((ACROSS, TOGETHER))]
    counted = single[single.trial != POOLED].groupby(MEMBRANE).trial.nunique()
    return names, sorted({int(count) for count in counted})


def as_one_level(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table over membranes as one over trials, of which each is a membrane.

    Rows of single trials, and of all that is counted in all membranes together, are left out; where
    there is nothing over trials, as of single ions, trials are named with their membranes.
    """
    if MEMBRANE not in table:
        return table
    if name in OF_ONE:
        first = table[MEMBRANE].iloc[0] if len(table) else ""
        return table[table[MEMBRANE] == first].drop(columns=MEMBRANE)
    if name in ALONE:
        trial = table[MEMBRANE] + " " + table.trial
        return table.assign(trial=trial).drop(columns=MEMBRANE)
    if name == "z_pdf":
        return _over_all(table)
    pooled = table[(table.trial == POOLED) & (table[MEMBRANE] != TOGETHER)]
    if "time_ns" in pooled and (over := pooled[pooled[MEMBRANE] == ACROSS]).time_ns.notna().any():
        pooled = pooled[~(pooled.time_ns > over.time_ns.max())]
    view = pooled.assign(trial=pooled[MEMBRANE].replace(ACROSS, POOLED))
    for column in ("interval", "slope_interval"):
        if column in view:
            # The interval of a single membrane is over its trials, and no band of these figures.
            view[column] = view[column].where(view.trial == POOLED, "none")
    return _worded(view).reset_index(drop=True)


def _over_all(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows over all membranes alone."""
    return _worded(table[table[MEMBRANE] == ACROSS])


def _worded(view: pd.DataFrame) -> pd.DataFrame:
    if "interval" in view:
        view = view.assign(interval=view.interval.replace(PARTLY_MEMBRANES, PARTLY))
    columns = [name for name in (MEMBRANE, NUMBER) if name in view]
    if "n_trials" in view:
        # How many have a value, as a figure of one membrane counts trials.
        known = view[NUMBER].where(view.trial == POOLED, (view.n_trials > 0).astype(int))
        view = view.assign(n_trials=known)
    return view.drop(columns=columns)


def reword(sheet: Sheet, tables: dict[str, pd.DataFrame]) -> None:
    """Let a figure that was drawn from such views speak of membranes."""
    names, trials = numbers(tables)
    several = " to ".join(str(n) for n in dict.fromkeys((trials[0], trials[-1])))
    for text in sheet.findobj(Text):
        text.set_text(reworded(text.get_text()))
    of_all = f"{len(names)} membranes x {several} trials ({', '.join(names)})."
    if any(table in OF_ONE for table in tables):
        of_all += f" Places of groups and moves between them are those of {names[0]} alone."
    sheet.caption = f"{of_all} {reworded(sheet.caption)}{inner_words(sheet)}"
    sheet.drawn = {name: _named(name, table) for name, table in sheet.drawn.items()}


def inner_words(sheet: Sheet) -> str:
    """Return what the inner intervals of a figure are, empty where it shows none."""
    drawn = [
        table for table in sheet.drawn.values() if "interval_within" in table and BETWEEN in table
    ]
    kinds = [kind for table in drawn for kind in table.interval_within.dropna().unique()]
    known = list(dict.fromkeys(kind for kind in kinds if not kind.startswith("none")))
    if known:
        return (
            f" Darker in bands, thick behind bars: {' / '.join(known)}, which holds nothing "
            "of how much other membranes would differ."
        )
    reasons = dict.fromkeys(kind.removeprefix("none: ") for kind in kinds)
    return f" No interval over trials within membranes: {'; '.join(reasons)}." if reasons else ""


def _named(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a drawn table with its membranes under their name."""
    if name in ALONE:
        return table
    for column in [one for one in ("interval", "slope_interval") if one in table]:
        table = table.assign(**{column: table[column].map(reworded, na_action="ignore")})
    return table.rename(columns={"trial": MEMBRANE})


def reworded(text: str) -> str:
    """Return words on trials as words on membranes.

    >>> reworded("Mean of the trials' means; thin: each trial; 6 trials overlaid.")
    "Mean of the membranes' means; thin: each membrane; 6 trials overlaid."
    """
    for old, new in WORDS:
        text = text.replace(old, new)
    kept = "|".join([*map(re.escape, KEPT), r"\d+ trials overlaid"])
    parts = re.split(f"({kept})", text)
    parts[::2] = [re.sub(r"\btrial(s?)\b", r"membrane\1", part) for part in parts[::2]]
    return "".join(parts)
