"""Survival curves as rows of tables: each trial and pooled, at log-spaced times."""

import numpy as np
import pandas as pd

from analysis.kernels import log_lags, survival
from analysis.statistics import percent
from analysis.trials import POOLED

PER_NS = 1000.0
"""ps in a ns."""
PER_DECADE = 30
"""Points of a curve: below 200 from 1 frame to a million."""
CURVE = ("trial", "time_ns", "survival_share", "low_share", "high_share", "at_risk")
COLUMNS = (*CURVE, "interval", "note")


def survival_rows(
    events: dict[str, pd.DataFrame], what: str, interval_ps: float, level: float
) -> pd.DataFrame:
    """Return Kaplan-Meier curves of each trial and of all together, each trial to its end.

    Parameters
    ----------
    events : dict of DataFrame
        By trial: start, end, left_censored and right_censored as of `contact_events`.
    what : str
        What the events are, in the plural.
    interval_ps : float
        Between frames.
    level : float

    Returns
    -------
    rows : DataFrame
        COLUMNS; one row with a note where there is no curve.
    """
    everything = events | {POOLED: pd.concat(events.values(), ignore_index=True)}
    parts = []
    for trial, own in everything.items():
        begun = own[~own["left_censored"].to_numpy(dtype=bool)]
        if begun.empty:
            curve = pd.DataFrame([[trial, *[np.nan] * 4, 0]], columns=CURVE)
            kind, note = (
                "none",
                f"none of the {what} began in the run" if len(own) else f"no {what}",
            )
        else:
            curve = sampled_curve(begun, interval_ps, level).assign(trial=trial)
            kind, note = f"{percent(level)} Greenwood, log(-log), {what} as independent", ""
        parts.append(curve.assign(interval=kind, note=note))
    return pd.concat(parts, ignore_index=True)


def sampled_curve(events: pd.DataFrame, interval_ps: float, level: float) -> pd.DataFrame:
    """Return survival at 0 and at log-spaced times up to the longest event."""
    curve = survival(events, level)
    length = np.sort((events["end"] - events["start"]).to_numpy())
    lags = log_lags(max(int(length[-1]), 1), per_decade=PER_DECADE)
    frames = np.concatenate([[0], lags])
    at = np.searchsorted(curve.time, frames, side="right") - 1
    return pd.DataFrame(
        {
            "time_ns": frames * interval_ps / PER_NS,
            "survival_share": curve.survival[at],
            "low_share": curve.low[at],
            "high_share": curve.high[at],
            "at_risk": len(length) - np.searchsorted(length, frames),
        }
    )
