"""What a study is asked first: how far the ions got, how many went through, how wet, how paired."""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.joinings import ACROSS, MEMBRANE, TOGETHER, Joining, Value
from analysis.levels import join
from analysis.results import Results
from analysis.statistics import over_trials
from mdtools.constants import ANGSTROM_PER_NM

MEAN_Z, PERMEATED = "mean_z_nm", "permeated_percent"
WATER, PAIRS = "water_percent", "pairs_per_cation_percent"
QUANTITIES = {
    MEAN_Z: "mean z of the feed ions at the end (nm)",
    PERMEATED: "feed ions beyond the permeate face at the end (%)",
    WATER: "water in the wet membrane, by mass (%)",
    PAIRS: "cations in contact with an anion, mean over the run (%)",
}
"""In the order of figures and pages."""
LINE, PLACE = "permeate face", "membrane"
POOLED = "all"
COLUMNS = (
    *("layout", "salt", "quantity", "species", "trial", "time_ns"),
    *("value", "low", "high", "interval", "n"),
)

PERCENTS = Joining((Value("value", "low", "high", most=100.0),), keys=("time_ns",))
TWO_LEVELS = {
    MEAN_Z: Joining((Value("value", "low", "high", least=-np.inf),), keys=("time_ns",)),
    PERMEATED: replace(PERCENTS, of_few=True),
    WATER: PERCENTS,
    PAIRS: replace(PERCENTS, of_few=True),
}
"""How answers of several membranes are joined."""


def key_results(
    mean_z: pd.DataFrame,
    permeation: pd.DataFrame,
    water: pd.DataFrame,
    pair_number: pd.DataFrame,
    level: float,
) -> pd.DataFrame:
    """Tabulate the first answers of each layout and salt, pooled and of each trial.

    Parameters
    ----------
    mean_z, permeation, water, pair_number : DataFrame
        Tables of the observables, with columns layout and salt in front.
    level : float
        Of the t interval of pairs over trials, which their table has at single times only.

    Returns
    -------
    DataFrame
        layout, salt, quantity (of `QUANTITIES`), species (an ion, a pair, or empty), trial,
        time_ns, value, low, high, interval, n (ions or trials; NaN where it counts neither).
        Of several membranes as `analysis.levels.join` returns tables.
    """
    if MEMBRANE in mean_z:
        return _of_all((mean_z, permeation, water, pair_number), level)
    ends = mean_z[mean_z.time_ns == _last(mean_z)]
    z = ends[["z_angstrom", "low_angstrom", "high_angstrom"]] / ANGSTROM_PER_NM
    parts = [_part(ends, MEAN_Z, z, ends.species, ends.n)]
    beyond = permeation[(permeation.definition == "at time") & (permeation.line == LINE)]
    beyond = beyond[beyond.time_ns == _last(beyond)]
    shares = 100 * beyond[["share", "low_share", "high_share"]]
    parts.append(_part(beyond, PERMEATED, shares, beyond.species, beyond.n))
    wet = water[water.place == PLACE]
    percents = wet[["weight_percent", "low_percent", "high_percent"]]
    parts.append(_part(wet.assign(time_ns=float("nan")), WATER, percents, "", float("nan")))
    parts.append(pairs_over_time(pair_number, level))
    return pd.concat([part for part in parts if len(part)], ignore_index=True)[list(COLUMNS)]


def _of_all(tables: tuple[pd.DataFrame, ...], level: float) -> pd.DataFrame:
    """Return the answers of each membrane up to the last time of all, then those over them."""
    names = [one for one in dict.fromkeys(tables[0][MEMBRANE]) if one not in (ACROSS, TOGETHER)]
    cut = [_until_all(table) for table in tables]
    of_each = {}
    for name in names:
        mean_z, permeation, water, pairs = (
            table[table[MEMBRANE] == name].drop(columns=MEMBRANE) for table in cut
        )
        of_each[name] = key_results(mean_z, permeation, water, pairs, level)
    parts = []
    for quantity in QUANTITIES:
        own = {name: table[table.quantity == quantity] for name, table in of_each.items()}
        if all(len(table) for table in own.values()):
            parts.append(join(TWO_LEVELS[quantity], own, level))
    return pd.concat(parts, ignore_index=True)


def _until_all(table: pd.DataFrame) -> pd.DataFrame:
    """Cut a table of several membranes at the last time of its rows over all of them."""
    if "time_ns" not in table:
        return table
    last = table.time_ns.where(table[MEMBRANE] == ACROSS)
    last = last.groupby([table.layout, table.salt]).transform("max")
    return table[~(table.time_ns > last)]


def key_results_of(results: Results, level: float) -> pd.DataFrame:
    """Return `key_results` of an index of tables."""
    return key_results(
        results["mean_z"],
        results["permeation"],
        results["water"],
        results["pair_number"],
        level=level,
    )


def _last(table: pd.DataFrame) -> pd.Series:
    """Last time of the pooled rows of each cell: longer trials are cut there."""
    pooled = table.time_ns.where(table.trial == POOLED)
    return pooled.groupby([table.layout, table.salt]).transform("max")


def _part(table: pd.DataFrame, quantity: str, values: pd.DataFrame, species, n) -> pd.DataFrame:
    value, low, high = (values[name] for name in values)
    own = table[["layout", "salt", "trial", "time_ns", "interval"]]
    return own.assign(quantity=quantity, species=species, value=value, low=low, high=high, n=n)


def pairs_over_time(pair_number: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return the share of cations in contact, mean over the run, of each trial and over trials."""
    rows = []
    of_trials = pair_number[pair_number.trial != POOLED]
    for (layout, salt, pair), own in of_trials.groupby(["layout", "salt", "pair"], sort=False):
        means = 100 * own.groupby("trial", sort=False).cation_share.mean()
        pooled = over_trials(means.to_numpy(), level)
        shared = {"layout": layout, "salt": salt, "quantity": PAIRS, "species": pair}
        shared |= {"time_ns": own.time_ns.max(), "n": len(means)}
        rows += [
            shared | {"trial": trial, "value": value, "interval": "none"}
            for trial, value in means.items()
        ]
        known = dict(
            zip(("value", "low", "high"), (pooled.value, pooled.low, pooled.high), strict=True)
        )
        edges = {name: float(np.clip(one, 0, 100)) for name, one in known.items()}
        rows.append(shared | edges | {"trial": POOLED, "interval": pooled.kind})
    return pd.DataFrame(rows, columns=list(COLUMNS))
