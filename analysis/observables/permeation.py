"""Permeation: feed ions that are, or have been, beyond the faces and lines of the membrane."""

import numpy as np
import pandas as pd

from analysis.observables.shared.stacking import stacked
from analysis.observables.shared.time_series import same_start
from analysis.options import AnalysisOptions
from analysis.statistics import Interval, share_of_ions
from analysis.store import Store
from analysis.trials import POOLED, Trials, frame_at
from mdtools.roles import FEED_ION

TABLES = ("permeation",)

COLUMNS = (
    "definition",
    "line",
    "line_angstrom",
    "reachable",
    "species",
    "time_ns",
    "trial",
    "count",
    "n",
    "share",
    "low_share",
    "high_share",
    "interval",
)

AT_START = "none: the same cell in all trials"
"""Interval of the shares at t = 0 if all trials start from the same positions, which were set and
not sampled."""


def lines(trials: Trials, options: AnalysisOptions) -> dict[str, float]:
    """Return the lines in z (angstrom) beyond which ions are counted, from feed to permeate."""
    feed, permeate = trials.faces
    return {
        "feed face": feed,
        "center": 0.0,
        "permeate face": permeate,
        "permeated": options.permeated_above_angstrom,
    }


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the table `permeation`: counts and shares per trial and pooled, from t = 0 on.

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
        for time in (0.0, *trials.snapshot_times(options.snapshots_ns))
        for species in trials.first.species(FEED_ION)
        for line, z in lines(trials, options).items()
        for definition in ("at time", "by time")
        for row in shares(counts(trials, species, time, z, definition), trials, time, options.level)
    ]
    return {"permeation": stacked(rows, COLUMNS)}


def counts(trials: Trials, species: str, time_ns: float, z: float, definition: str) -> list:
    """Return (beyond, all) ions of each trial, by their z at the time or by first passage."""
    result = []
    for store in trials.stores:
        end = frame_at(store, time_ns) + 1
        begin = end - 1 if definition == "at time" else 0
        beyond = paths_from_feed(store, species, trials)[begin:end] > z
        result.append((int(beyond.any(axis=0).sum()), beyond.shape[1]))
    return result


def paths_from_feed(store: Store, species: str, trials: Trials) -> np.ndarray:
    """Return z in angstrom, shape (T, n), of the feed ions as they come towards the membrane.

    A box that is periodic along z has one reservoir: what is beyond the permeate face at t = 0 is
    on the feed side of the membrane's next image, and its path begins a box length below.
    """
    path = store.z_path_angstrom[:, store.columns(FEED_ION, species)]
    if not store.period_z_angstrom:
        return path
    return path - store.period_z_angstrom * (path[0] > trials.faces[1])


def shares(counted: list, trials: Trials, time_ns: float, level: float) -> list[dict]:
    """Return rows of each trial and pooled, with exact intervals but for a start that trials share.

    There is no t interval over the trials' shares: trials of few ions often agree by chance, and
    its width would then be zero.
    """
    pooled = tuple(sum(column) for column in zip(*counted, strict=True))
    labels = [*(str(store.trial) for store in trials.stores), POOLED]
    rows = []
    for trial, (k, n) in zip(labels, [*counted, pooled], strict=True):
        interval = share_of_ions(k, n, level)
        if time_ns == 0 and same_start(trials):
            nothing = np.asarray(np.nan)
            interval = Interval(interval.value, nothing, nothing, AT_START)
        rows.append(
            {
                "trial": trial,
                "count": k,
                "n": n,
                "share": float(interval.value),
                "low_share": float(interval.low),
                "high_share": float(interval.high),
                "interval": interval.kind,
            }
        )
    return rows
