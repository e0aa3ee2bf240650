"""How long contacts and stays last, as rows of tables: each trial, pooled, and over trials."""

import numpy as np
import pandas as pd

from analysis.kernels import Estimate, maximum_lifetime, mean_lifetime
from analysis.observables.shared.survival import PER_NS
from analysis.statistics import over_present, percent
from analysis.trials import POOLED

NOTHING = Estimate(np.nan, np.nan, np.nan, 0, np.nan)
NO_END = "no end was seen: low is a bound"
OVER_TRIALS = ", over trials"
"""What follows a definition whose value is the mean of the trials' values."""
COLUMNS = (
    "definition",
    "trial",
    "lifetime_ns",
    "low_ns",
    "high_ns",
    "interval",
    "n",
    "ends",
    "censored_share",
    "n_trials",
    "note",
)


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
        there = sum(len(each) > 0 for each in (events.values() if trial == POOLED else [own]))
        rows.append(row(definition, trial, estimate, there, kind, note))
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
        row(definition, trial, one, int(one.n > 0), "none", bounded(one) if one.n else f"no {what}")
        for trial, one in found.items()
    ]
    return [*rows, over_trials_row(found, definition, what, level, bounded)]


def over_trials_row(found: dict, definition: str, what: str, level: float, said=None) -> dict:
    """Mean over the trials that have a value, with its t interval if all of them have one."""
    without = [trial for trial, one in found.items() if one.n == 0]
    known = [one for one in found.values() if one.n]
    counted = sum(one.n for one in known)
    whole, kind = NOTHING, "none"
    notes = [f"no {what}"] if not known else []
    if known:
        values = np.array([one.value for one in found.values()])
        cut = sum(one.n * one.censored for one in known) / counted
        whole = Estimate(np.inf, np.nan, np.nan, counted, cut)
        notes = [f"no {what} in trial {', '.join(without)}: left out"] if without else []
        if not np.isinf(values).any():
            band = over_present(values, level)
            edges = float(band.value), float(np.maximum(band.low, 0.0)), float(band.high)
            whole, kind = Estimate(*edges, counted, cut), str(band.kind)
        else:
            notes.append("a trial saw no end")
        if said and said(whole):
            notes.append(said(whole))
    return row(definition, POOLED, whole, len(known), kind, "; ".join(notes))


def seen(estimate: Estimate) -> int:
    """Number of ends that were seen."""
    return round(estimate.n * (1 - estimate.censored)) if estimate.n else 0


def bounded(estimate: Estimate) -> str:
    """What is to be said of a maximum some of whose contacts were cut off."""
    cut = estimate.n - seen(estimate)
    return f"lower bound: {cut} of {estimate.n} cut off by the begin or end of a run" if cut else ""


def row(
    definition: str, trial: str, estimate: Estimate, n_trials: int, kind: str, note: str
) -> dict:
    """One row, COLUMNS, of a table of lifetimes in ns."""
    numbers = estimate.value, estimate.low, estimate.high
    counts = estimate.n, seen(estimate), estimate.censored, n_trials
    return dict(zip(COLUMNS, (definition, trial, *numbers, kind, *counts, note), strict=True))
