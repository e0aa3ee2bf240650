"""How many feed ions are, or have been, beyond the faces and lines of the membrane."""

import numpy as np
import pandas as pd

from analysis.options import AnalysisOptions
from analysis.statistics import over_trials, share_of_ions
from analysis.trials import POOLED, Trials, frame_at

MEAN_OF_TRIALS = "mean of trials"
"""What the trial column says of a mean of the trials' shares with its t interval."""


def lines(trials: Trials, options: AnalysisOptions) -> dict[str, float]:
    """The lines in z (angstrom) that ions are counted beyond, from feed to permeate."""
    feed, permeate = trials.faces
    return {
        "feed face": feed,
        "center": 0.0,
        "permeate face": permeate,
        "permeated": options.permeated_above_angstrom,
    }


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Table `permeation`: counts and shares per trial, pooled, and as a mean over trials.

    A line beyond the permeate piston is marked `reachable` False: nothing can be counted there.
    """
    rows = [
        {
            "definition": definition,
            "line": line,
            "line_angstrom": z,
            "reachable": z < trials.pistons_at(time)[1],
            "species": species,
            "time_ns": time,
            **row,
        }
        for time in trials.snapshot_times(options.snapshots_ns)
        for species in trials.first.species("feed ion")
        for line, z in lines(trials, options).items()
        for definition in ("at time", "by time")
        for row in shares(counts(trials, species, time, z, definition), trials, options.level)
    ]
    return {"permeation": pd.DataFrame(rows)}


def counts(trials: Trials, species: str, time_ns: float, z: float, definition: str) -> list:
    """(beyond, all) ions of each trial, by their place at the time or by first passage."""
    result = []
    for store in trials.stores:
        end = frame_at(store, time_ns) + 1
        begin = end - 1 if definition == "at time" else 0
        beyond = store.z_angstrom[begin:end, store.columns("feed ion", species)] > z
        result.append((int(beyond.any(axis=0).sum()), beyond.shape[1]))
    return result


def shares(counted: list, trials: Trials, level: float) -> list[dict]:
    """Rows of each trial, pooled, and the mean over trials."""

    def row(trial, count, n, interval):
        low, high = np.clip([interval.low, interval.high], 0, 1)
        return {
            "trial": trial,
            "count": count,
            "n": n,
            "share": float(interval.value),
            "low_share": low,
            "high_share": high,
            "interval": interval.kind,
        }

    rows = [
        row(str(store.trial), k, n, share_of_ions(k, n, level))
        for store, (k, n) in zip(trials.stores, counted, strict=True)
    ]
    k, n = (sum(column) for column in zip(*counted, strict=True))
    rows.append(row(POOLED, k, n, share_of_ions(k, n, level)))
    mean = over_trials([k / n for k, n in counted], level)
    return [*rows, row(MEAN_OF_TRIALS, k, n, mean)]
