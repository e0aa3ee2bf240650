"""Lifetimes of contacts and stays as rows of tables: each trial, pooled, and over trials."""

import numpy as np
import pandas as pd

from analysis.kernels import Estimate, maximum_lifetime, mean_lifetime
from analysis.observables.shared.survival import PER_NS
from analysis.statistics import over_present, percent
from analysis.trials import POOLED

NO_ESTIMATE = Estimate(np.nan, np.nan, np.nan, 0, np.nan)
NO_END = "no end was seen: low is a bound"
OVER_TRIALS = ", over trials"
"""Suffix of a definition whose value is the mean of the trials' values."""
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
    """Return exponential lifetimes of each trial and pooled, then the mean over trials.

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
    rows, estimates = [], {}
    for trial, own in everything.items():
        estimate = NO_ESTIMATE
        if len(own):
            estimate = mean_lifetime(own, level).scaled(interval_ps / PER_NS)
        kind, note = "none", f"no {what}"
        if estimate.n:
            over = f" of {len(events)} trials" if trial == POOLED and len(events) > 1 else ""
            ends = observed_ends(estimate)
            kind = f"{percent(level)} Garwood of {ends} ends{over}, taken as independent"
            note = "" if ends else NO_END
        estimates[trial] = estimate
        with_events = sum(len(each) > 0 for each in (events.values() if trial == POOLED else [own]))
        rows.append(lifetime_row(definition, trial, estimate, with_events, kind, note))
    single = {trial: estimates[trial] for trial in events}
    return [*rows, over_trials_row(single, f"{definition}{OVER_TRIALS}", what, level)]


def maximum_rows(
    events: dict[str, pd.DataFrame],
    definition: str,
    what: str,
    reading: str,
    interval_ps: float,
    level: float,
) -> list[dict]:
    """Return the `maximum_lifetime` in one reading of each trial, and its mean over trials."""
    estimates = {
        trial: maximum_lifetime(own, reading, level).scaled(interval_ps / PER_NS)
        if len(own)
        else NO_ESTIMATE
        for trial, own in events.items()
    }
    rows = [
        lifetime_row(
            definition,
            trial,
            one,
            int(one.n > 0),
            "none",
            bound_note(one) if one.n else f"no {what}",
        )
        for trial, one in estimates.items()
    ]
    return [*rows, over_trials_row(estimates, definition, what, level, bound_note)]


def over_trials_row(
    estimates: dict, definition: str, what: str, level: float, note_of=None
) -> dict:
    """Return the mean over the trials with a value, with its t interval if all have one."""
    without = [trial for trial, one in estimates.items() if one.n == 0]
    known = [one for one in estimates.values() if one.n]
    counted = sum(one.n for one in known)
    mean, kind = NO_ESTIMATE, "none"
    notes = [f"no {what}"] if not known else []
    if known:
        values = np.array([one.value for one in estimates.values()])
        cut = sum(one.n * one.censored for one in known) / counted
        mean = Estimate(np.inf, np.nan, np.nan, counted, cut)
        notes = [f"no {what} in trial {', '.join(without)}: left out"] if without else []
        if not np.isinf(values).any():
            band = over_present(values, level)
            edges = float(band.value), float(np.maximum(band.low, 0.0)), float(band.high)
            mean, kind = Estimate(*edges, counted, cut), str(band.kind)
        else:
            notes.append("a trial saw no end")
        if note_of and note_of(mean):
            notes.append(note_of(mean))
    return lifetime_row(definition, POOLED, mean, len(known), kind, "; ".join(notes))


def observed_ends(estimate: Estimate) -> int:
    """Return the number of events whose end was observed."""
    return round(estimate.n * (1 - estimate.censored)) if estimate.n else 0


def bound_note(estimate: Estimate) -> str:
    """Return a note on a maximum some of whose contacts are censored."""
    cut = estimate.n - observed_ends(estimate)
    return f"lower bound: {cut} of {estimate.n} cut off by the begin or end of a run" if cut else ""


def lifetime_row(
    definition: str, trial: str, estimate: Estimate, n_trials: int, kind: str, note: str
) -> dict:
    """Return one row, COLUMNS, of a table of lifetimes in ns."""
    numbers = estimate.value, estimate.low, estimate.high
    counts = estimate.n, observed_ends(estimate), estimate.censored, n_trials
    return dict(zip(COLUMNS, (definition, trial, *numbers, kind, *counts, note), strict=True))
