"""Map of the membrane's mass density in the xz plane, which snapshots of ions stand on."""

import numpy as np
import pandas as pd

from analysis.options import AnalysisOptions
from analysis.statistics import over_trials
from analysis.store import Store
from analysis.trials import POOLED, Trials

TABLES = ("density_map",)


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the table `density_map`: a row for each bin, of each trial and over trials."""
    x, z = (
        10 * (edges[1:] + edges[:-1]) / 2
        for edges in (trials.first.arrays[f"map_{axis}_edges_nm"] for axis in "xz")
    )
    maps = np.array([map_of(store, len(x)) for store in trials.stores])
    layers = np.flatnonzero(maps.any(axis=(0, 1)))
    filled = slice(layers[0], layers[-1] + 1)
    z, maps = z[filled], maps[:, :, filled]
    pooled = over_trials(list(maps), options.level)
    nothing = np.full(maps.shape[1:], np.nan)
    rows = [
        (str(store.trial), one, nothing, nothing, "none")
        for store, one in zip(trials.stores, maps, strict=True)
    ]
    rows.append((POOLED, pooled.value, np.maximum(pooled.low, 0), pooled.high, pooled.kind))
    places = {"x_angstrom": np.repeat(x, len(z)), "z_angstrom": np.tile(z, len(x))}
    parts = [
        pd.DataFrame(
            {"trial": trial}
            | places
            | {"density_g_cm3": one.ravel(), "low_g_cm3": low.ravel(), "high_g_cm3": high.ravel()}
            | {"interval": kind}
        )
        for trial, one, low, high, kind in rows
    ]
    table = pd.concat(parts, ignore_index=True)
    return {"density_map": table.assign(definition="density map", of="membrane")}


def map_of(store: Store, across: int) -> np.ndarray:
    """Return the map of one trial, shape (across, z bins), in bins across the box as many as asked.

    Boxes of trials may differ by two percent along x, and so by a bin: the nearest one is taken.
    """
    density = store.arrays["map_g_cm3"]
    nearest = ((np.arange(across) + 0.5) / across * len(density)).astype(int)
    return density[nearest]
