"""Snapshots: positions of every ion and charged group at the requested times."""

import numpy as np
import pandas as pd

from analysis.kernels import wrap
from analysis.options import AnalysisOptions
from analysis.trials import Trials, frame_at

TABLES = ("snapshots",)


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the table `snapshots`: one row per stored atom, trial and time."""
    times = trials.snapshot_times(options.snapshots_ns)
    line = options.permeated_above_angstrom
    parts = [
        positions_at(store, time).assign(
            line_angstrom=line, reachable=line < trials.pistons_at(time)[1]
        )
        for store in trials.stores
        for time in times
    ]
    table = pd.concat(parts, ignore_index=True)
    permeated = table.pop("path_angstrom") > line
    return {"snapshots": table.assign(permeated=permeated)}


def positions_at(store, time_ns: float) -> pd.DataFrame:
    """Return the positions of one trial at one time."""
    frame = frame_at(store, time_ns)
    box = np.array([store.box_nm[0], store.box_nm[1], 0.0])
    x, y, _ = 10 * wrap(store.arrays["positions_nm"][frame], box).T
    return store.atoms[["role", "species", "group"]].assign(
        definition="place in the box",
        trial=str(store.trial),
        time_ns=time_ns,
        x_angstrom=x,
        y_angstrom=y,
        z_angstrom=store.z_angstrom[frame],
        path_angstrom=store.z_path_angstrom[frame],
    )
