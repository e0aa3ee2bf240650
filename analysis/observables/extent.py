"""Analysed time of each trial, and z of the membrane's faces and of the pistons."""

import numpy as np
import pandas as pd

from analysis.options import AnalysisOptions
from analysis.statistics import over_trials
from analysis.trials import POOLED, Trials, faces_of, frame_at

TABLES = ("trials", "extent")


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the tables `trials` and `extent`."""
    return {"trials": progress(trials), "extent": extent(trials, options)}


def progress(trials: Trials) -> pd.DataFrame:
    """Return the analysed and the target time of each trial and of all, with the box."""
    rows = [
        {
            "trial": str(store.trial),
            "analysed_ns": store.analysed_ns,
            "target_ns": store.manifest["target_ns"],
            "complete": store.manifest["complete"],
        }
        for store in trials.stores
    ]
    rows.append(
        {
            "trial": POOLED,
            "analysed_ns": trials.common_ns,
            "target_ns": max(row["target_ns"] for row in rows),
            "complete": all(row["complete"] for row in rows),
        }
    )
    box = 10 * trials.first.box_nm
    table = pd.DataFrame(rows).assign(box_x_angstrom=box[0], box_y_angstrom=box[1])
    return table.assign(definition="analysed time")


def extent(trials: Trials, options: AnalysisOptions) -> pd.DataFrame:
    """Return z of the membrane's faces and of the pistons, per trial and over trials."""
    names = ("feed face", "permeate face", "feed piston", "permeate piston")
    places: dict[str, list[float]] = {name: [] for name in names}
    for store in trials.stores:
        end = frame_at(store, trials.common_ns) + 1
        z = [*faces_of(store), *store.pistons_angstrom[:end].mean(axis=0)]
        for name, value in zip(places, z, strict=True):
            places[name].append(value)
    rows: list[tuple] = []
    for name, values in places.items():
        definition = "5 % density" if name.endswith("face") else "piston"
        for store, value in zip(trials.stores, values, strict=True):
            rows.append((definition, name, str(store.trial), value, np.nan, np.nan, "none"))
        pooled = over_trials(values, options.level)
        numbers = [float(edge) for edge in (pooled.value, pooled.low, pooled.high)]
        rows.append((definition, name, POOLED, *numbers, pooled.kind))
    columns = ["definition", "place", "trial", "z_angstrom", "low_angstrom", "high_angstrom"]
    return pd.DataFrame(rows, columns=[*columns, "interval"])
