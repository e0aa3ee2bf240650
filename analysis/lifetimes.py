"""How long contacts and stays last, as rows of tables: each trial, pooled, and over trials."""

import numpy as np
import pandas as pd

from analysis.kernels import Estimate, maximum_lifetime, mean_lifetime
from analysis.statistics import over_trials, percent
from analysis.survival import PER_NS
from analysis.trials import POOLED

NOTHING = Estimate(np.nan, np.nan, np.nan, 0, np.nan)
NO_END = "no end was seen: low is a bound"
OVER_TRIALS = ", over trials"
"""What follows a definition whose value is the mean of the trials' values."""


def mean_rows(
    events: dict[str, pd.DataFrame], definition: str, what: str, interval_ps: float, level: float
) -> list[dict]:
    """Exponential lifetimes of each trial and pooled, then the mean of the trials' lifetimes.

    Parameters
    ----------
    events : dict of DataFrame
        As of `contact_events`, by trial.
    definition : str
        Name of the lifetime; that of its mean over trials ends in OVER_TRIALS.
    what : str
        What is counted, in the plural.
    interval_ps, level : float
    """
    everything = events | {POOLED: pd.concat(events.values(), ignore_index=True)}
    rows, found = [], {}
    for trial, own in everything.items():
        estimate = NOTHING
        if len(own):
            estimate = mean_lifetime(own, level).scaled(interval_ps / PER_NS)
        kind, note = "none", f"no {what}"
        if estimate.n:
            over = f" of {len(events)} trials" if trial == POOLED and len(events) > 1 else ""
            kind = f"{percent(level)} Garwood of {seen(estimate)} ends{over}, taken as independent"
            note = "" if seen(estimate) else NO_END
        found[trial] = estimate
        rows.append(row(definition, trial, estimate, kind, note))
    single = {trial: found[trial] for trial in events}
    return [*rows, over_trials_row(single, f"{definition}{OVER_TRIALS}", what, level)]


def maximum_rows(
    events: dict[str, pd.DataFrame],
    definition: str,
    what: str,
    reading: str,
    interval_ps: float,
    level: float,
) -> list[dict]:
    """Maximum in one reading of `maximum_lifetime` of each trial, and their mean over trials."""
    found = {
        trial: maximum_lifetime(own, reading, level).scaled(interval_ps / PER_NS)
        if len(own)
        else NOTHING
        for trial, own in events.items()
    }
    rows = [
        row(definition, trial, one, "none", bounded(one) if one.n else f"no {what}")
        for trial, one in found.items()
    ]
    return [*rows, over_trials_row(found, definition, what, level, bounded)]


def over_trials_row(found: dict, definition: str, what: str, level: float, said=None) -> dict:
    """Mean of the trials' values with its t interval; trials without a value are left out."""
    without = [trial for trial, one in found.items() if one.n == 0]
    known = [one for one in found.values() if one.n]
    counted = sum(one.n for one in known)
    whole, kind = NOTHING, "none"
    notes = [f"no {what}"] if not known else []
    if known:
        values = np.array([one.value for one in known])
        cut = sum(one.n * one.censored for one in known) / counted
        whole = Estimate(np.inf, np.nan, np.nan, counted, cut)
        notes = [f"no {what} in trial {', '.join(without)}: left out"] if without else []
        if np.isfinite(values).all():
            band = over_trials(values, level)
            edges = float(band.value), max(float(band.low), 0.0), float(band.high)
            whole, kind = Estimate(*edges, counted, cut), band.kind
        else:
            notes.append("a trial saw no end")
        if said and said(whole):
            notes.append(said(whole))
    return row(definition, POOLED, whole, kind, "; ".join(notes))


def seen(estimate: Estimate) -> int:
    """Number of ends that were seen."""
    return round(estimate.n * (1 - estimate.censored)) if estimate.n else 0


def bounded(estimate: Estimate) -> str:
    """What is to be said of a maximum some of whose contacts were cut off."""
    cut = estimate.n - seen(estimate)
    return f"lower bound: {cut} of {estimate.n} cut off by the begin or end of a run" if cut else ""


def row(definition: str, trial: str, estimate: Estimate, kind: str, note: str) -> dict:
    """One row of a table of lifetimes in ns."""
    return {
        "definition": definition,
        "trial": trial,
        "lifetime_ns": estimate.value,
        "low_ns": estimate.low,
        "high_ns": estimate.high,
        "interval": kind,
        "n": estimate.n,
        "ends": seen(estimate),
        "censored_share": estimate.censored,
        "note": note,
    }
