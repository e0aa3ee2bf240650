"""Hops of ions from one charged group to the next, and how far they advance by hopping."""

import numpy as np
import pandas as pd

from analysis.definitions import IN_MEMBRANE
from analysis.kernels import clopper_pearson, hop_counts
from analysis.observables.shared.group_dwells import (
    AT,
    HOW,
    LOST,
    NO_HOP,
    GroupDwells,
    Parts,
    advance,
    rows_of,
    site_names,
    tables_of_ions,
    with_shifted,
)
from analysis.observables.shared.ions import fast_interval_ps
from analysis.observables.shared.survival import PER_NS
from analysis.options import AnalysisOptions
from analysis.statistics import over_trials, percent
from analysis.trials import POOLED, Trials

TABLES = ("hop_edges", "hop_shares", "hop_advance")

NET = "net"
"""Value of the column how for the total advance."""
FATE, ADVANCE, EDGES = "fate after a group", "advance by hops", "hops between groups"
HOPS = {
    FATE: (
        f"{AT} Of all departures from groups (stays with an end that was seen): 'handed over', in "
        "the very frame in which it left the ion was within group_cutoff_angstrom of another "
        "group; 'free flight', it was at no group for one frame or more, however far it went, "
        "before it came to another; 'returned', it came back to the group it had left; 'no "
        "arrival', it was at no group up to the end of the run. site is the kind of the group "
        "left; flight_ns the mean time between. 'all' pools the departures of the trials. The "
        "interval is exact for independent departures; those of one ion are hardly that."
    ),
    ADVANCE: (
        f"{AT} {IN_MEMBRANE} Way along +z per ion in the membrane, from t = 0 to the end of a "
        "trial (z clipped to the faces). The place of an ion in a stay is its mean z there, and a "
        "move from one stay to the next advances it by the difference: 'handed over', 'free "
        "flight' and 'returned' as in hop_shares; 'no hop' is the way before the first stay "
        "and after the last, and all of the way of ions that had none. They add up to 'net' "
        "without rest. advance_share is the part in net, where that is positive. 'all' is the mean "
        "of the trials with its t interval. A free flight is no evidence of hopping: compare with "
        "the same for moved groups."
    ),
}
DEFINITIONS = with_shifted(HOPS) | {
    EDGES: (
        f"{AT} count is the number of moves of ions from a stay at the origin to their next stay, "
        "at the target; returns to the group just left stand where target is origin. Every group "
        "has a row for returns, also if there were none; other pairs of groups without a move have "
        "no row. flight_ns is the mean time at no group in between, 0 if handed over; origin_ns "
        "the time that ions of the species were at the origin: count / origin_ns is the rate. x, y "
        "(wrapped) and z are means over the run; in 'all' count and origin_ns are sums over the "
        "trials, z the mean, and x and y those of the first trial."
    ),
}
PLACE = ("x_angstrom", "y_angstrom", "z_angstrom")
EDGE_COLUMNS = (
    "definition",
    "trial",
    *(
        f"{end}{name}"
        for end in ("origin", "target")
        for name in ("", "_kind", *(f"_{axis}" for axis in PLACE))
    ),
    "count",
    "flight_ns",
    "origin_ns",
)
FATE_COLUMNS = (
    "definition",
    "site",
    "trial",
    "how",
    "count",
    "n",
    "share",
    "low_share",
    "high_share",
    "flight_ns",
    "interval",
    "note",
)
ADVANCE_COLUMNS = (
    "definition",
    "trial",
    "how",
    "advance_angstrom",
    "low_angstrom",
    "high_angstrom",
    "advance_share",
    "n",
    "interval",
    "note",
)
COLUMNS = dict(zip(TABLES, (EDGE_COLUMNS, FATE_COLUMNS, ADVANCE_COLUMNS), strict=True))


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the TABLES, without rows in a cell without charged groups or ions."""
    interval, level = fast_interval_ps(trials), options.level
    advances: dict[str, list[pd.DataFrame]] = {}

    def parts(by_trial: list[GroupDwells], key_columns: dict, shifted: str) -> Parts:
        for site in site_names(by_trial):
            fate = fate_rows(by_trial, key_columns, site, interval, level)
            yield "hop_shares", fate.assign(definition=f"{FATE}{shifted}")
        if shifted not in advances:
            advances[shifted] = [advance(one, trials.faces) for one in by_trial]
        way = advance_rows(by_trial, advances[shifted], key_columns, level)
        yield "hop_advance", way.assign(definition=f"{ADVANCE}{shifted}")
        if not shifted:
            yield "hop_edges", edge_rows(by_trial, key_columns, interval)

    return tables_of_ions(trials, options, COLUMNS, parts)


def fate_rows(
    by_trial: list[GroupDwells], key_columns: dict, site: str, interval_ps: float, level: float
) -> pd.DataFrame:
    """Return the fates of ions after they left a group, per trial and pooled."""
    counted = {one.trial: fates(one, key_columns, site) for one in by_trial}
    pooled = pd.concat(counted.values()).groupby("how", sort=False).sum().reset_index()
    rows = []
    for trial, own in (counted | {POOLED: pooled}).items():
        n = int(own["count"].sum())
        for row in own.itertuples():
            low, high = clopper_pearson(row.count, n, level) if n else (np.nan, np.nan)
            kind = f"{percent(level)} Clopper-Pearson of {n} departures" if n else "none"
            flown = row.frames * interval_ps / PER_NS
            rows.append(
                {
                    "trial": trial,
                    "how": row.how,
                    "count": row.count,
                    "n": n,
                    "share": row.count / n if n else np.nan,
                    "low_share": float(low),
                    "high_share": float(high),
                    "flight_ns": flown / row.count if row.count and row.how != LOST else np.nan,
                    "interval": kind,
                    "note": "" if n else "no departures",
                }
            )
    return pd.DataFrame(rows).assign(site=site)


def fates(one: GroupDwells, key_columns: dict, site: str) -> pd.DataFrame:
    """Return number and frames of flight of departures by HOW of one trial."""
    own_dwells, own_hops = (
        rows_of(table, **key_columns, kind=site) for table in (one.dwells, one.hops)
    )
    how, flown = own_hops.how.to_numpy(), (own_hops.arrived - own_hops.left).to_numpy()
    left = int((~own_dwells.right_censored).sum())
    counts = [left - len(how) if name == LOST else int((how == name).sum()) for name in HOW]
    frames = [int(flown[how == name].sum()) for name in HOW]
    return pd.DataFrame({"how": HOW, "count": counts, "frames": frames})


def advance_rows(
    by_trial: list[GroupDwells], advances: list[pd.DataFrame], key_columns: dict, level: float
) -> pd.DataFrame:
    """Return the mean advance per ion by kind of hop and in all, per trial and over trials.

    `advances` are those of all ions of each trial.
    """
    hows, names = [NET, *HOW[:3], NO_HOP], [*(one.trial for one in by_trial), POOLED]
    per_ion = [
        ways.loc[one.columns(**key_columns)] for one, ways in zip(by_trial, advances, strict=True)
    ]
    means = np.array([way.assign(**{NET: way.sum(axis=1)})[hows].mean() for way in per_ion])
    band = over_trials(means, level)
    numbers = [len(way) for way in per_ion]
    rows = []
    for trial, values, n in zip(names, [*means, band.value], [*numbers, sum(numbers)], strict=True):
        pooled = trial == POOLED
        note = "" if values[0] > 0 else "no net advance"
        if pooled and band.low[0] <= 0 < values[0]:
            note = "net advance is not told from 0: shares mean little"
        for k, how in enumerate(hows):
            rows.append(
                {
                    "trial": trial,
                    "how": how,
                    "advance_angstrom": values[k],
                    "low_angstrom": band.low[k] if pooled else np.nan,
                    "high_angstrom": band.high[k] if pooled else np.nan,
                    "advance_share": values[k] / values[0] if values[0] > 0 else np.nan,
                    "n": n,
                    "interval": band.kind if pooled else "none",
                    "note": note,
                }
            )
    return pd.DataFrame(rows)


def edge_rows(by_trial: list[GroupDwells], key_columns: dict, interval_ps: float) -> pd.DataFrame:
    """Return the hops between each two groups, per trial and of all trials."""
    totals = [edges_of(one, key_columns) for one in by_trial]
    places = [one.groups[list(PLACE)].to_numpy() for one in by_trial]
    parts = [
        edge_table(by_trial[0].groups, *matrices, place, interval_ps).assign(trial=one.trial)
        for one, matrices, place in zip(by_trial, totals, places, strict=True)
    ]
    summed = [sum(column) for column in zip(*totals, strict=True)]
    # Places of one group in two trials may be on two sides of the periodic boundary: the first
    # trial's serve for x and y.
    place = np.column_stack([places[0][:, :2], np.mean(places, axis=0)[:, 2]])
    parts.append(edge_table(by_trial[0].groups, *summed, place, interval_ps).assign(trial=POOLED))
    return pd.concat(parts, ignore_index=True).assign(definition=EDGES)


def edges_of(one: GroupDwells, key_columns: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return counts (S, S), frames of flight (S, S) and frames at each group (S,) of a trial."""
    own_dwells, own_hops = rows_of(one.dwells, **key_columns), rows_of(one.hops, **key_columns)
    sites = len(one.groups)
    frames, at_group = np.zeros((sites, sites)), np.zeros(sites)
    ends = own_hops.origin.to_numpy(dtype=int), own_hops.target.to_numpy(dtype=int)
    np.add.at(frames, ends, (own_hops.arrived - own_hops.left).to_numpy(dtype=float))
    np.add.at(
        at_group,
        own_dwells.site.to_numpy(),
        (own_dwells.end - own_dwells.start).to_numpy(dtype=float),
    )
    return hop_counts(own_hops, sites), frames, at_group


def edge_table(groups: pd.DataFrame, counts, frames, at_group, place, interval_ps) -> pd.DataFrame:
    """Return rows of every pair of groups with a hop, and of every group with itself."""
    origin, target = np.nonzero(counts + np.eye(len(groups), dtype=int))
    count = counts[origin, target]
    scale = interval_ps / PER_NS
    flight = np.divide(
        scale * frames[origin, target], count, out=np.full(len(count), np.nan), where=count > 0
    )
    table = {}
    for name, index in (("origin", origin), ("target", target)):
        table[name] = groups.number.to_numpy()[index]
        table[f"{name}_kind"] = groups.kind.to_numpy()[index]
        for axis, column in enumerate(PLACE):
            table[f"{name}_{column}"] = place[index, axis]
    return pd.DataFrame(
        {**table, "count": count, "flight_ns": flight, "origin_ns": scale * at_group[origin]}
    )
