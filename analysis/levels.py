"""Two levels: tables of membranes, each over its trials, side by side and over all membranes.

A membrane that was made once more is the larger unit of chance: trials share its network, charged
groups and equilibrated cell. So the mean over all takes the mean of each membrane once, and its
interval is of the spread of these. Beside it stands the interval over the trials of these very
membranes, which holds nothing of what others would be.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from analysis.kernels import poisson_interval
from analysis.statistics import (
    Interval,
    Within,
    over_membranes,
    percent,
    pooled_rate,
    share_of_ions,
    within_membranes,
)
from analysis.trials import POOLED

MEMBRANE = "membrane"
"""Column of tables over several membranes: which one, ACROSS or TOGETHER."""
ACROSS = "all"
"""Membrane of a row that is the mean of the membranes' own rows, with its interval over them."""
TOGETHER = "pooled"
"""Membrane of a row that counts what is in all membranes together, taken as independent."""
NUMBER = "n_membranes"
"""Column: how many membranes have a value, in rows over all of them."""
BETWEEN = "between_share"
"""Column: how much of the variance of single trials is between membranes."""
NO_END = "none: no end was seen in every membrane"
WHOLE_TIME = "time_ns_of_all"
"""Column of the time in all stays, while rows are joined."""
OF_GROUPS = "group_charge_e"
"""Column that a membrane has the same in all of its rows: their mean needs not all of them."""
DIGITS = 6
"""Of the numbers that tell rows apart, such as z: tables have seven."""
SURVIVAL = "survival_share"
AGREE = "none: all membranes agree, which few ions often do by chance"
"""Of shares and rates of what is counted: their spread would be no interval then."""

AGREE_TRIALS = "none: all trials agree, which few ions often do by chance"
"""The same of trials."""


@dataclass(frozen=True)
class Value:
    """A value of a table, the columns of its interval, and the bounds of what it may be."""

    name: str
    low: str
    high: str
    least: float = 0.0
    most: float = np.inf
    interval: str = "interval"

    @property
    def within(self) -> tuple[str, str, str]:
        """Columns of the interval over the trials of these membranes: low, high, what it is."""
        return inner(self.low), inner(self.high), inner(self.interval)


def inner(column: str) -> str:
    """Return the column of the interval within membranes beside that of one over them.

    >>> inner("low_share"), inner("high"), inner("slope_interval")
    ('low_within_share', 'high_within', 'slope_interval_within')
    """
    edge, *unit = column.split("_", 1)
    return "_".join((edge, "within", *unit)) if edge in ("low", "high") else f"{column}_within"


@dataclass(frozen=True)
class Joining:
    """How rows over the trials of each membrane become one over the membranes.

    ``keys``: numbers that tell rows apart, beside all labels; ``until_all``: those of which rows
    are given only where every membrane has one, as times; ``together``: what gives the row of all
    that was counted, from the sums of a row; ``of_few``: such shares without that row; ``counts``:
    columns that are sums here, ``each``: those that are not, as of one trial.
    """

    values: tuple[Value, ...] = ()
    keys: tuple[str, ...] = ()
    until_all: bool = False
    together: Callable[[dict, float], dict | None] | None = None
    of_few: bool = False
    counts: tuple[str, ...] = ()
    each: tuple[str, ...] = ()


def bounded(unit: str, *names: str, least: float = 0.0, most: float = np.inf) -> tuple[Value, ...]:
    """Values whose interval is in the columns low_<unit> and high_<unit>."""
    return tuple(Value(name, f"low_{unit}", f"high_{unit}", least, most) for name in names)


def own(*names: str, least: float = 0.0, most: float = np.inf) -> tuple[Value, ...]:
    """Values whose interval is in the columns low_<value> and high_<value>."""
    return tuple(one for name in names for one in bounded(name, name, least=least, most=most))


def shares_together(row: dict, level: float, of: str = "ions") -> dict | None:
    """Return the share of all that is counted, taken as independent."""
    if not row["n"]:
        return None
    found = _columns(share_of_ions(int(row["count"]), int(row["n"]), level), "share")
    return found | {"interval": f"{percent(level)} Clopper-Pearson of {row['n']:g} {of}"}


def crossings_together(row: dict, level: float) -> dict | None:
    """Return rate and share of all ions, taken as independent."""
    if not row["n"] or not row["ion_ns"] > 0:
        return None
    rate = pooled_rate([row["count"]], [row["ion_ns"]], level)
    share = share_of_ions(int(row["ions"]), int(row["n"]), level)
    both = _columns(rate, "rate_per_ns", "per_ns") | _columns(share, "share")
    return both | {"interval": f"{percent(level)} Garwood of {row['count']:g} events; {share.kind}"}


def contacts_together(row: dict, level: float) -> dict | None:
    """Return the shares of all contacts, taken as independent."""
    if not row["contacts"]:
        return None
    found: dict = {}
    for counted, name, unit in (
        ("chaperoned", "chaperoned_share", "share"),
        ("retreated", "retreated_share", "retreated_share"),
    ):
        share = share_of_ions(int(row[counted]), int(row["contacts"]), level)
        found |= _columns(share, name, unit)
    return found | {"interval": f"{percent(level)} Clopper-Pearson of {row['contacts']:g} contacts"}


def lifetimes_together(row: dict, level: float) -> dict | None:
    """Return time over ends of all membranes, the lifetime of independent exponential stays."""
    time, ends = row.get(WHOLE_TIME, np.nan), row["ends"]
    if not np.isfinite(time) or not ends:
        return None
    fewest, most = poisson_interval(ends, level)
    interval = Interval(
        np.asarray(time / ends),
        np.asarray(time / most),
        np.asarray(time / fewest),
        f"{percent(level)} Garwood of {ends:g} ends, taken as independent",
    )
    return _columns(interval, "lifetime_ns", "ns")


def _columns(interval: Interval, name: str, unit: str | None = None) -> dict:
    unit = unit or name
    return {
        name: float(interval.value),
        f"low_{unit}": float(interval.low),
        f"high_{unit}": float(interval.high),
        "interval": interval.kind,
    }


PROFILE = ("z_angstrom",)
LIFETIME = Joining(bounded("ns", "lifetime_ns"), together=lifetimes_together)
CURVE = Joining(bounded("share", SURVIVAL, most=1.0), keys=("time_ns",), until_all=True)
SLOPES = tuple(
    Value(name, low, high, least, interval="slope_interval")
    for name, low, high, least in (
        ("slope", "low_slope", "high_slope", -np.inf),
        ("middle_angstrom2", "low_middle_angstrom2", "high_middle_angstrom2", 0.0),
        ("generalized_nm2_ns_alpha", "low_nm2_ns_alpha", "high_nm2_ns_alpha", 0.0),
    )
)
DIFFUSION = (*own("alpha", least=-np.inf), *bounded("nm2_ns", "diffusivity_nm2_ns"))
WATER = (
    *own("molecules", "per_nm3"),
    *own("volume_percent"),
    *bounded("percent", "weight_percent"),
    *bounded("g_cm3", "void_g_cm3"),
)
FREE = -np.inf
JOININGS = {
    "trials": Joining(),
    "extent": Joining(bounded("angstrom", "z_angstrom", least=FREE)),
    "density_map": Joining(bounded("g_cm3", "density_g_cm3"), keys=("x_angstrom", "z_angstrom")),
    "z_pdf": Joining(
        bounded("per_angstrom", "density_per_angstrom"),
        keys=("time_ns", "z_angstrom"),
        until_all=True,
    ),
    "mean_z": Joining(
        bounded("angstrom", "z_angstrom", least=FREE), keys=("time_ns",), until_all=True
    ),
    "permeation": Joining(
        own("share", most=1.0), keys=("time_ns",), until_all=True, together=shares_together
    ),
    "density": Joining(bounded("g_cm3", "density_g_cm3"), keys=PROFILE),
    "elements": Joining(bounded("per_nm3", "density_per_nm3"), keys=PROFILE),
    "groups": Joining(bounded("per_nm3", "density_per_nm3"), keys=PROFILE),
    "charge": Joining(bounded("e_nm3", "density_e_nm3", least=FREE), keys=PROFILE),
    "porosity": Joining(bounded("share", "void_share", most=1.0), keys=PROFILE),
    "structure": Joining((Value("value", "low", "high"),)),
    "pore_sizes": Joining(
        bounded("per_angstrom", "density_per_angstrom"), keys=("diameter_angstrom",)
    ),
    "water": Joining(WATER),
    "water_msd": Joining(bounded("angstrom2", "msd_angstrom2"), keys=("lag_ps",), until_all=True),
    "water_diffusion": Joining(DIFFUSION),
    "water_flow": Joining(
        (*bounded("per_ns", "per_ns", least=FREE), *bounded("l_m2_h", "flux_l_m2_h", least=FREE))
    ),
    "anchors_force": Joining(
        (*bounded("pN", "force_pN", least=FREE), *bounded("MPa", "pressure_MPa", least=FREE))
    ),
    "energy_z": Joining(bounded("kcal_mol", "total_kcal_mol", least=FREE), keys=PROFILE),
    "radial": Joining(own("g"), keys=("r_angstrom",)),
    "first_shells": Joining(bounded("angstrom", "r_angstrom")),
    "coordination": Joining(own("coordination"), keys=PROFILE),
    "pair_lifetime": LIFETIME,
    "pair_survival": CURVE,
    "pair_number": Joining(
        (*own("contacts"), *own("cation_share", "anion_share", most=1.0)),
        keys=("time_ns",),
        until_all=True,
    ),
    "cluster_sizes": Joining(own("share", most=1.0), keys=("size",)),
    "cluster_share": Joining(
        own("share", most=1.0), keys=("time_ns", "smallest"), until_all=True, each=("n",)
    ),
    "cluster_lifetime": Joining(LIFETIME.values, keys=("smallest",), together=lifetimes_together),
    "chaperones": Joining(
        (
            *bounded("share", "chaperoned_share", most=1.0),
            *own("retreated_share", most=1.0),
        ),
        together=contacts_together,
        counts=("contacts",),
    ),
    "chaperone_advance": Joining(
        (
            *own("company_angstrom", "alone_angstrom", least=FREE),
            *own("steps_share", most=1.0),
        )
    ),
    "group_share": Joining(
        own(
            *("at_share", "near_share", "at_inside_share", "near_inside_share", "inside_share"),
            most=1.0,
        )
    ),
    "group_residence": LIFETIME,
    "dwell_survival": CURVE,
    "hop_shares": Joining(
        own("share", most=1.0), together=partial(shares_together, of="departures")
    ),
    "hop_advance": Joining(bounded("angstrom", "advance_angstrom", least=FREE)),
    "crossings": Joining(
        (*bounded("per_ns", "rate_per_ns"), *own("share", most=1.0)), together=crossings_together
    ),
    "passage_times": Joining(bounded("ns", "median_ns")),
    "passage_curves": CURVE,
    "ion_msd": Joining(bounded("angstrom2", "msd_angstrom2"), keys=("lag_ps",), until_all=True),
    "ion_diffusion": Joining((*DIFFUSION, *SLOPES)),
}
"""Tables with rows over all trials, by name."""
ALONE = ("snapshots", "energy_ions", "hop_edges")
"""Tables of single trials, ions or groups, of which nothing is a mean over membranes."""
LABELS = (
    *("layout", "salt", "definition", "role", "pair", "species", "partner", "preset", "scope"),
    *("of", "site", "place", "line", "direction", "event", "how", "quantity", "unit", "clipped"),
)
SUMS = (
    *("n", "n_trials", "count", "ions", "samples", "pairs", "references", "ends", "at_risk"),
    *("frames", "chaperoned", "retreated", "ion_ns", "slope_trials"),
)
REDUCED = {
    "from_ns": "max",
    "to_ns": "max",
    "analysed_ns": "min",
    "until_ns": "min",
    "shortest_ns": "min",
    "min_angstrom2": "min",
    "target_ns": "max",
    "max_angstrom2": "max",
}
"""Columns that are neither a mean nor a sum over membranes."""
PARAMETERS = (
    *("cutoff_angstrom", "leave_angstrom", "gap_ps", "interval_ps", "margin_angstrom"),
    *("from_ps", "to_ps", "smallest"),
)
"""Columns that say how a number was made, the same in all membranes that have it."""
ALL_OF = ("complete", "reachable")
ANY_OF = ("flat",)
ENDED = ("ends", "count")
"""Numbers of what ended, out of n; censored_share is the share of the others."""


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
