"""Two levels: tables of membranes, each over its trials, side by side and over all membranes.

A membrane that was made once more is the larger unit of chance: trials share its network, charged
groups and equilibrated cell. So the mean over all takes the mean of each membrane once, and its
interval is of the spread of these. Beside it stands the interval over the trials of these very
membranes, which holds nothing of what others would be.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.joinings import (
    ACROSS,
    AGREE,
    AGREE_TRIALS,
    ALL_OF,
    ALONE,
    ANY_OF,
    BETWEEN,
    DIGITS,
    ENDED,
    JOININGS,
    LABELS,
    MEMBRANE,
    NO_END,
    NUMBER,
    OF_GROUPS,
    PARAMETERS,
    REDUCED,
    SUMS,
    SURVIVAL,
    TOGETHER,
    WHOLE_TIME,
    Joining,
    Value,
)
from analysis.statistics import Within, over_membranes, within_membranes
from analysis.trials import POOLED


def joined(name: str, tables: Mapping[str, pd.DataFrame], level: float) -> pd.DataFrame:
    """Return the tables of several membranes as one: their own rows, then those over all.

    Parameters
    ----------
    name : str
        Of the table.
    tables : mapping of DataFrame
        By membrane, as of one campaign of one membrane; rows over its trials have trial 'all'.
    level : float
        Of the intervals.

    Returns
    -------
    table : DataFrame
        With ``membrane`` in front, and ``n_membranes``, NaN in the rows of single ones. Rows of
        membrane 'all' are means over the membranes of their rows over trials, with the t interval
        of these means; a mean without a value in every membrane has none. Their columns of
        ``Value.within`` are the interval over the trials of these membranes, and ``between_share``
        is the share of the variance of single trials that is between membranes, of the first value
        of a table. Rows of membrane 'pooled', where something is counted, count it in all membranes
        together.

    Raises
    ------
    KeyError
        A table that is neither in JOININGS nor in ALONE.
    """
    if name in ALONE:
        return _in_front(_stacked(tables))
    return join(JOININGS[name], tables, level)


def join(joining: Joining, tables: Mapping[str, pd.DataFrame], level: float) -> pd.DataFrame:
    """Return tables as `joined` does, in a way that is given."""
    rows = _stacked(tables)
    pooled = rows[rows.trial == POOLED]
    within = dict.fromkeys(column for one in joining.values for column in one.within)
    columns = [*rows.columns, NUMBER, *within, *([BETWEEN] if within else [])]
    if pooled.empty:
        return _in_front(rows.reindex(columns=columns))
    over = _over(joining, _measured(pooled), rows[rows.trial != POOLED], list(tables), level)
    return _in_front(pd.concat([rows, over], ignore_index=True)[columns])


def _stacked(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(
        [table.assign(**{MEMBRANE: membrane}) for membrane, table in tables.items()],
        ignore_index=True,
    )


def _in_front(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[[MEMBRANE, *(column for column in rows if column != MEMBRANE)]]


def _measured(pooled: pd.DataFrame) -> pd.DataFrame:
    """Add the whole time of stays, of which lifetimes are the share of an end."""
    if not {"lifetime_ns", "ends"} <= {*pooled.columns}:
        return pooled
    time = (pooled.lifetime_ns * pooled.ends).where(pooled.ends > 0)
    counted = pooled.definition.str.endswith(" trials") | pooled.definition.str.startswith(
        "longest"
    )
    # Without any stay there is no time either; without an end the time is not known.
    time = time.mask(pooled.n == 0, 0.0).mask(counted)
    return pooled.assign(**{WHOLE_TIME: time})


@dataclass
class _Table:
    """Rows of all membranes in order of their keys: an array (membranes, rows) of any column."""

    pooled: pd.DataFrame
    membranes: list[str]
    at: np.ndarray
    member: np.ndarray
    count: int
    cached: dict = field(default_factory=dict)

    def column(self, name: str) -> np.ndarray:
        if name not in self.cached:
            values = np.full((len(self.membranes), self.count), np.nan)
            values[self.member, self.at] = pd.to_numeric(self.pooled[name], errors="coerce")
            self.cached[name] = values
        return self.cached[name]


@dataclass
class _Singles:
    """Rows of single trials at the keys of the rows over them: (membranes, trials, rows)."""

    rows: pd.DataFrame
    member: np.ndarray
    trial: np.ndarray
    at: np.ndarray
    shape: tuple[int, int, int]

    def column(self, name: str) -> np.ndarray:
        """Return the values of a column, NaN where there is no row."""
        values = np.full(self.shape, np.nan)
        numbers = pd.to_numeric(self.rows[name], errors="coerce")
        values[self.member, self.trial, self.at] = numbers
        return values


def _singles(
    rows: pd.DataFrame, keys: pd.DataFrame, at: np.ndarray, joining: Joining, membranes: list[str]
) -> _Singles:
    """Find the rows of single trials of each row over trials, by the ``keys`` of the latter."""
    own = _keys(rows, joining)
    known = keys.assign(at=at).drop_duplicates("at")
    found = own.merge(known, on=list(own), how="left")["at"].to_numpy()
    trials = rows.groupby(MEMBRANE, sort=False).trial.transform(lambda one: pd.factorize(one)[0])
    counts = [rows.trial[rows[MEMBRANE] == name].nunique() for name in membranes]
    there = np.isfinite(found)
    numbers = {name: k for k, name in enumerate(membranes)}
    return _Singles(
        rows[there],
        rows[MEMBRANE].map(numbers).to_numpy(dtype=int)[there],
        trials.to_numpy(dtype=int)[there],
        found[there].astype(int),
        (len(membranes), max([1, *counts]), int(at.max()) + 1),
    )


def _keys(rows: pd.DataFrame, joining: Joining) -> pd.DataFrame:
    """Return the labels and rounded numbers that tell rows apart."""
    labels = [name for name in LABELS if name in rows]
    keys = rows[labels].astype(object).where(rows[labels].notna(), "")
    for name in joining.keys:
        keys[name] = rows[name].round(DIGITS).fillna(np.inf)
    return keys


def _over(
    joining: Joining,
    pooled: pd.DataFrame,
    single: pd.DataFrame,
    membranes: list[str],
    level: float,
) -> pd.DataFrame:
    """Return the rows over all membranes."""
    labels = [name for name in LABELS if name in pooled]
    keys = _keys(pooled, joining)
    groups = keys.groupby([*labels, *joining.keys], sort=False, dropna=False)
    at = groups.ngroup().to_numpy()
    numbers = {name: k for k, name in enumerate(membranes)}
    member = pooled[MEMBRANE].map(numbers).to_numpy()
    table = _Table(pooled, membranes, at, member, int(at.max()) + 1)
    present = np.zeros((len(membranes), table.count), dtype=bool)
    present[member, at] = True
    first = np.full(table.count, -1)
    first[at[::-1]] = np.arange(len(at))[::-1]
    over = pooled.iloc[first].reset_index(drop=True)
    over = over.assign(**{MEMBRANE: ACROSS, NUMBER: present.sum(axis=0)})
    over = _reduced(over, table, joining)
    values = {one.name: table.column(one.name) for one in joining.values}
    if SURVIVAL in values:
        values[SURVIVAL] = _ended_curves(values[SURVIVAL], keys, groups, table)
        present = np.isfinite(values[SURVIVAL])
    counted = joining.of_few or joining.together is not None
    singles = _singles(single, keys, at, joining, membranes)
    for number, one in enumerate(joining.values):
        over = _with_value(over, one, values[one.name], level, number == 0, counted)
        within = within_membranes(singles.column(one.name), values[one.name], level)
        over = _with_inner(over, one, within, number == 0, counted)
    if joining.together is not None:
        # Where no membrane has an interval nothing was sampled, as at a start that was set.
        over["sampled"] = np.isfinite(table.column(joining.values[0].low)).any(axis=0)
    over = _noted(over, table)
    if joining.until_all:
        over = over[present.all(axis=0) | ~present.any(axis=0)].reset_index(drop=True)
    return _with_counted(over, joining, level)


def _with_value(
    over: pd.DataFrame, one: Value, values: np.ndarray, level: float, first: bool, counted: bool
) -> pd.DataFrame:
    """Put the mean over membranes of a value in its column, with its interval."""
    endless = np.isinf(values).any(axis=0)
    agree = counted & (values.max(axis=0) == values.min(axis=0)) & (len(values) > 1)
    means = over_membranes(np.where(np.isinf(values), np.nan, values), level)
    kind = np.where(endless, NO_END, np.where(agree, AGREE, means.kind))
    columns = {
        one.name: np.where(endless, np.inf, means.value),
        one.low: np.where(endless | agree, np.nan, np.clip(means.low, one.least, one.most)),
        one.high: np.where(endless | agree, np.nan, np.clip(means.high, one.least, one.most)),
    }
    if first or one.interval != "interval":
        columns |= {one.interval: kind}
    if first:
        columns |= {NUMBER: np.isfinite(values).sum(axis=0)}
    return over.assign(**columns)


def _with_inner(
    over: pd.DataFrame, one: Value, within: Within, first: bool, counted: bool
) -> pd.DataFrame:
    """Put the interval over the trials of these membranes beside that over the membranes."""
    low, high, kind = one.within
    # As over membranes: that few ions agree in all trials is no interval without width.
    agree = counted & (within.low == within.high)
    bounds = {low: within.low, high: within.high}
    columns = {
        name: np.where(agree, np.nan, np.clip(edge, one.least, one.most))
        for name, edge in bounds.items()
    }
    if first or one.interval != "interval":
        columns |= {kind: np.where(agree, AGREE_TRIALS, within.kind)}
    if first:
        columns |= {BETWEEN: within.between_share}
    return over.assign(**columns)


def _ended_curves(values: np.ndarray, keys: pd.DataFrame, groups, table: _Table) -> np.ndarray:
    """Give curves that have come to 0 their 0 at the later times of other membranes."""
    labels = [name for name in keys if name != "time_ns"]
    curve = keys.groupby(labels, sort=False, dropna=False).ngroup().to_numpy()
    of_row = np.zeros(table.count, dtype=int)
    of_row[table.at] = curve
    time = np.zeros(table.count)
    time[table.at] = keys.time_ns.to_numpy(dtype=float)
    filled = values.copy()
    for member in range(len(values)):
        known = np.isfinite(values[member])
        for number in np.unique(of_row[known & (values[member] == 0)]):
            rows = of_row == number
            end = time[rows & known & (values[member] == 0)].min()
            filled[member, rows & (time > end) & np.isfinite(time)] = 0.0
    return filled


def _reduced(over: pd.DataFrame, table: _Table, joining: Joining) -> pd.DataFrame:
    """Put sums, means and the like over membranes in all columns that are no value."""
    own_columns = {name for one in joining.values for name in (one.name, one.low, one.high)}
    fixed = {*LABELS, *joining.keys, MEMBRANE, NUMBER, "trial", "interval", "note"}
    fixed |= {one.interval for one in joining.values}
    for name in [column for column in over if column not in own_columns | fixed]:
        if name in ALL_OF or name in ANY_OF:
            known = np.nan_to_num(table.column(name), nan=float(name in ALL_OF))
            over[name] = (known.all if name in ALL_OF else known.any)(axis=0)
        elif pd.api.types.is_numeric_dtype(table.pooled[name]):
            over[name] = _reduced_column(name, table.column(name), joining)
    for counted in ENDED:
        if {counted, "n", "censored_share"} <= {*over.columns}:
            over["censored_share"] = (1 - over[counted] / over.n).where(over.n > 0)
    return over


def _reduced_column(name: str, values: np.ndarray, joining: Joining) -> np.ndarray:
    """Return the sum, smallest, largest or mean over membranes; a mean needs a value of each."""
    if name == WHOLE_TIME:
        return values.sum(axis=0)
    if name in (*SUMS, *joining.counts) and name not in joining.each:
        return np.nansum(values, axis=0)
    if name in REDUCED:
        return (np.fmin if REDUCED[name] == "min" else np.fmax).reduce(values, axis=0)
    if name in PARAMETERS:
        return np.fmax.reduce(values, axis=0)
    if name == OF_GROUPS:
        known = np.isfinite(values)
        return np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return values.mean(axis=0)


def _noted(over: pd.DataFrame, table: _Table) -> pd.DataFrame:
    """Put the notes of the membranes together; one that all share stands once."""
    if "note" not in over:
        return over
    notes = np.full((len(table.membranes), table.count), None, dtype=object)
    notes[table.member, table.at] = table.pooled.note.astype(object).fillna("").to_numpy()
    texts = []
    for column in notes.T:
        known = {name: note for name, note in zip(table.membranes, column, strict=True) if note}
        everyone = set(known.values()) if None in column else {*column}
        if len(everyone) == 1:
            texts.append(everyone.pop())
        else:
            texts.append("; ".join(f"{name}: {note}" for name, note in known.items()))
    return over.assign(note=texts)


def _with_counted(over: pd.DataFrame, joining: Joining, level: float) -> pd.DataFrame:
    """Add the rows of what is counted in all membranes together."""
    if joining.together is None:
        return over
    inside = [BETWEEN, *(column for one in joining.values for column in one.within)]
    nothing = dict.fromkeys(inside, np.nan)
    rows = [
        row | nothing | {MEMBRANE: TOGETHER} | found
        for row in over.to_dict("records")
        if row["sampled"] and (found := joining.together(row, level)) is not None
    ]
    return pd.concat([over, pd.DataFrame(rows)], ignore_index=True) if rows else over
