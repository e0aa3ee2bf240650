"""Residence times of ions at charged groups."""

import numpy as np
import pandas as pd

from analysis.definitions import IN_MEMBRANE
from analysis.observables.shared.group_dwells import (
    ANY,
    AT,
    GroupDwells,
    Parts,
    rows_of,
    site_names,
    tables_of_ions,
    with_shifted,
)
from analysis.observables.shared.ions import fast_interval_ps
from analysis.observables.shared.lifetimes import COLUMNS as LIFETIME_COLUMNS
from analysis.observables.shared.lifetimes import OVER_TRIALS, mean_rows
from analysis.observables.shared.survival import COLUMNS as SURVIVAL_COLUMNS
from analysis.observables.shared.survival import survival_rows
from analysis.options import AnalysisOptions
from analysis.statistics import over_present
from analysis.trials import POOLED, Trials
from mdtools.slab import between

TABLES = ("group_share", "group_residence", "dwell_survival")

TIME, STAY, SURVIVAL = "time at groups", "stay at a group", "survival at a group"
AT_GROUPS = {
    TIME: (
        f"{IN_MEMBRANE} {AT} Shares of the frames of the ions of a species: at_share of all "
        "frames, at_inside_share of those with the ion in the membrane; inside_share is the share "
        "in the membrane. near_share and near_inside_share are the same for any group "
        "of the kind within group_cutoff_angstrom, without memory; since an ion may be near two "
        "groups, near shares of two kinds add up to more than that of any. 'all' is the mean of "
        "the trials, each as far as it goes, with its t interval; of the shares inside it is that "
        "of the n_trials with an ion inside, and has an interval if these are all."
    ),
    STAY: (
        f"{AT} The lifetime is the time at groups over the number of ends seen, the maximum "
        "likelihood estimate of an exponential stay when stays are cut off by the begin or end of "
        "a run; censored_share is the share of stays with no end that was seen. 'all' pools the "
        "stays of the trials, each as far as it goes. The interval is that of the number of ends "
        "as a Poisson count: it takes stays as independent and exponential."
    ),
}
DEFINITIONS = with_shifted(AT_GROUPS) | {
    f"{STAY}{OVER_TRIALS}": (
        f"{AT} Mean of the mean stays of the n_trials that have stays, with its t interval if all "
        "have: how far trials differ."
    ),
    SURVIVAL: (
        f"{AT} Share of the stays that last longer than a time (Kaplan & Meier), whatever their "
        "law. Stays without an end that was seen count up to their last frame, those from before "
        "the first frame are left out. at_risk stays are known to have lasted up to that time. "
        "'all' pools the stays of the trials; the interval is pointwise, from log(-log) of the "
        "share with Greenwood's variance, and takes stays as independent."
    ),
}
SHARES = ("at_share", "near_share", "at_inside_share", "near_inside_share", "inside_share")
NEVER = "no ion inside the membrane"
EDGES = tuple(f"{side}_{name}" for name in SHARES for side in ("low", "high"))
COLUMNS = {
    "group_share": (
        *("definition", "site", "trial", *SHARES, *EDGES),
        *("interval", "n", "n_trials", "note"),
    ),
    "group_residence": (*LIFETIME_COLUMNS, "site"),
    "dwell_survival": (*SURVIVAL_COLUMNS, "definition", "site"),
}


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the TABLES, without rows in a cell without charged groups or ions."""
    interval, level = fast_interval_ps(trials), options.level

    def parts(by_trial: list[GroupDwells], key_columns: dict, shifted: str) -> Parts:
        for site in site_names(by_trial):
            own = {
                one.trial: rows_of(one.dwells, **key_columns, kind=site).drop(
                    columns=["role", "species"]
                )
                for one in by_trial
            }
            mean = pd.DataFrame(mean_rows(own, f"{STAY}{shifted}", "stays", interval, level))
            if shifted:
                mean = mean[~mean.definition.str.endswith(OVER_TRIALS)]
            else:
                curve = survival_rows(own, "stays", interval, level)
                yield "dwell_survival", curve.assign(definition=SURVIVAL, site=site)
            yield "group_residence", mean.assign(site=site)
            share = time_rows(by_trial, trials.faces, key_columns, site, level)
            yield "group_share", share.assign(definition=f"{TIME}{shifted}")

    return tables_of_ions(trials, options, COLUMNS, parts)


def time_rows(
    by_trial: list[GroupDwells], faces, key_columns: dict, site: str, level: float
) -> pd.DataFrame:
    """Return the shares of time at and near groups of a kind, per trial and over trials."""
    values = [time_shares(one, faces, one.columns(**key_columns), site) for one in by_trial]
    nothing = dict.fromkeys(EDGES, np.nan)
    ever_inside = [bool(np.isfinite(value).all()) for value in values]
    rows: list[dict] = [
        {"trial": one.trial, "interval": "none", "n": len(one.columns(**key_columns))}
        | {"n_trials": int(inside), "note": "" if inside else NEVER}
        | dict(zip(SHARES, value, strict=True))
        | nothing
        for one, value, inside in zip(by_trial, values, ever_inside, strict=True)
    ]
    band = over_present(values, level)
    pooled = {"trial": POOLED, "interval": band.kind[0], "n": sum(row["n"] for row in rows)}
    pooled |= {
        "n_trials": sum(ever_inside),
        "note": "" if all(ever_inside) else f"{NEVER} in a trial",
    }
    for k, name in enumerate(SHARES):
        low, high = np.clip([band.low[k], band.high[k]], 0, 1)
        pooled |= {name: band.value[k], f"low_{name}": low, f"high_{name}": high}
    return pd.DataFrame([*rows, pooled]).assign(site=site)


def time_shares(one: GroupDwells, faces, ions: np.ndarray, site: str) -> list[float]:
    """Return the SHARES of one trial; those inside are NaN if no ion ever was inside."""
    kinds = one.groups.kind.to_numpy()
    state, z = one.state[:, ions], one.z_angstrom[:, ions]
    # State -1 reads the entry behind the groups' own.
    at_group = np.append((kinds == site) | (site == ANY), False)[state]
    near_group = [one.near[kind][:, ions] for kind in one.near if site in (kind, ANY)]
    near_group = np.logical_or.reduce(near_group)
    inside = between(z, faces)
    frames = inside.sum()
    within = [
        (mask & inside).sum() / frames if frames else np.nan for mask in (at_group, near_group)
    ]
    return [at_group.mean(), near_group.mean(), *within, inside.mean()]
