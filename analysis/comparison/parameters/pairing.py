"""How ions of unlike charge hold together in the runs: shares in contact, K_a, clusters."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.parameters.campaign import ALL, Campaign
from analysis.comparison.parameters.found import RUNS, Estimate, Found, Missing, Value, over
from analysis.comparison.parameters.regions import ion_columns
from analysis.continuum.constants import AVOGADRO

if TYPE_CHECKING:
    import pandas as pd

WINDOW_SHARE = 0.5
"""Of each run, its end, that is looked at."""
CLUSTER = 3
"""Ions of the smallest cluster: more than a pair."""
L_MOL_PER_NM3 = 1e-24 * AVOGADRO
"""L/mol of 1 nm3."""
LIFETIME = "ion pair lifetime"
NUMBERS = ("contacts", "cation_share", "anion_share")
WINDOW = f"mean of the last {WINDOW_SHARE:g} of each run"
CONTACT = (
    "cation and anion within cutoff_angstrom of their pair, feed ions and counter-ions, anywhere "
    "in the cell"
)
K_A = (
    f"K_a = n_pairs V / (n_free cations x n_free anions), {WINDOW}: pairs are contacts "
    f"({CONTACT}), free are ions without one, V is the volume that ions share, both reservoirs and "
    "the membrane's by its porosity. Apparent: what gathers both ions in one place, as a face or "
    "the membrane, counts as association. Exp of the mean of ln K_a where every trial has pairs"
)
BY_CHANCE = (
    "K_a that ions without any interaction would have, 4 pi r^3 / 3 with r the cutoff of the pair"
)


def pairing_parameters(of: Campaign, found: Found) -> None:
    """Find shares of ions in contact and in clusters, association constants, lifetimes."""
    try:
        table = of.trials_of("pair_number", ("pair", "time_ns", *NUMBERS, "cutoff_angstrom"))
    except Missing as reason:
        found.missing["paired_share", ""] = str(reason)
        return
    for pair in dict.fromkeys(table["pair"]):
        rows = table[table["pair"] == pair]
        cation, anion = str(pair).split("/")
        ways = [partial(_constant, of, found, rows, cation, anion)]
        found.first("association_constant_L_mol", ways, str(pair))
        found.first("association_by_chance_L_mol", [partial(_chance, of, rows)], str(pair))
        found.first("pair_lifetime_ns", [partial(_lifetime, of, str(pair))], str(pair))
    for ion in of.ions():
        found.first("paired_share", [partial(_share, of, table, ion)], ion)
    found.first("clustered_share", [partial(_clustered, of)])


def _late(rows: "pd.DataFrame", column: str) -> "pd.Series":
    """Mean of a column over the last part of each trial, by trial."""
    last = rows.groupby("trial")["time_ns"].transform("max")
    late = rows[rows["time_ns"] >= (1 - WINDOW_SHARE) * last]
    means: pd.Series = late.groupby("trial")[column].mean()
    return means


def _constant(of: Campaign, found: Found, rows: "pd.DataFrame", cation: str, anion: str) -> Value:
    pairs = _late(rows, "contacts")
    free = (1 - _late(rows, "cation_share")) * (1 - _late(rows, "anion_share"))
    numbers = _number(of, cation) * _number(of, anion)
    if not (free > 0).all():
        raise Missing("a trial without a free ion of either sign")
    each = L_MOL_PER_NM3 * _volume_nm3(of, found) * pairs / (numbers * free)
    source = f"{of.path_of('pair_number')}, {of.stores}"
    if (each > 0).all():
        estimate = over(np.log(each), of.level).mapped(lambda ln: float(np.exp(ln)))
    else:
        estimate = over(each, of.level)
        estimate = replace(estimate, low=float(np.maximum(estimate.low, 0.0)))
    return Value(estimate, "L_mol", K_A, RUNS, source)


def _number(of: Campaign, ion: str) -> int:
    """Ions of a species in a trial, feed ions and counter-ions."""
    count = len(ion_columns(of.trials.first, ion))
    if not count:
        raise Missing(f"no {ion} in the stores of trials")
    return count


def _volume_nm3(of: Campaign, found: Found) -> float:
    """Volume between the pistons less what the polymer takes."""
    known = [found.values.get((name, "")) for name in ("thickness_nm", "porosity")]
    if known[0] is None or known[1] is None:
        raise Missing("no thickness or no porosity of the membrane")
    thickness, porosity = (value.estimate.value for value in known if value is not None)
    pistons = np.mean([store.pistons_angstrom.mean(axis=0) for store in of.trials.stores], axis=0)
    x, y, _ = of.trials.first.box_nm
    length = float(pistons[1] - pistons[0]) / 10
    return float(x * y * (length - (1 - porosity) * thickness))


def _chance(of: Campaign, rows: "pd.DataFrame") -> Value:
    radius = float(rows["cutoff_angstrom"].iloc[0]) / 10
    value = L_MOL_PER_NM3 * 4 / 3 * np.pi * radius**3
    return Value(Estimate(value), "L_mol", BY_CHANCE, RUNS, of.path_of("pair_number"))


def _lifetime(of: Campaign, pair: str) -> Value:
    name = of.path_of("pair_lifetime")
    columns = ("definition", "trial", "pair", "lifetime_ns", "low_ns", "high_ns", "interval")
    table = of.csv(name, columns)
    chosen = (table["definition"] == LIFETIME) & (table["trial"] == ALL) & (table["pair"] == pair)
    if not chosen.any():
        raise Missing(f"{name} has no lifetime of {pair} over all trials")
    row = table[chosen].iloc[0]
    value, low, high = (float(row[key]) for key in ("lifetime_ns", "low_ns", "high_ns"))
    words = "Time in contact over the number of ends seen, all trials pooled"
    if np.isfinite(value):
        estimate = Estimate(value, low, high, str(row["interval"]))
        return Value(estimate, "ns", words, RUNS, name)
    estimate = Estimate(low, low, np.nan, str(row["interval"]))
    return Value(estimate, "ns", words, RUNS, name, "no end was seen: it is at least this")


def _share(of: Campaign, table: "pd.DataFrame", ion: str) -> Value:
    parts = []
    for pair, rows in table.groupby("pair"):
        cation, anion = str(pair).split("/")
        if ion in (cation, anion):
            parts.append(_late(rows, "cation_share" if ion == cation else "anion_share"))
    if not parts:
        raise Missing(f"no pair of {ion} in {of.path_of('pair_number')}")
    # Of ions with several kinds of partners the kind that most have: a lower bound of any partner.
    each = np.max(np.array(parts), axis=0)
    words = f"Share of the ions with an ion of the other sign in contact, {WINDOW}: {CONTACT}"
    return Value(_cut(over(each, of.level)), "1", words, RUNS, of.path_of("pair_number"))


def _clustered(of: Campaign) -> Value:
    rows = of.trials_of("cluster_share", ("smallest", "time_ns", "share"))
    rows = rows[rows["smallest"] == CLUSTER]
    if not len(rows):
        raise Missing(f"{of.path_of('cluster_share')} has no clusters of {CLUSTER} or more")
    words = f"Share of all ions in clusters of {CLUSTER} or more that contacts join, {WINDOW}"
    estimate = _cut(over(_late(rows, "share"), of.level))
    return Value(estimate, "1", words, RUNS, of.path_of("cluster_share"))


def _cut(estimate: Estimate) -> Estimate:
    """The interval of a share within 0 and 1."""
    low, high = (float(np.clip(edge, 0, 1)) for edge in (estimate.low, estimate.high))
    return replace(estimate, low=low, high=high)
