"""Mean z of the feed ions in time."""

import numpy as np
import pandas as pd

from analysis.observables.shared.stacking import stacked
from analysis.observables.shared.time_series import sample_times, spacing_ns
from analysis.options import AnalysisOptions
from analysis.statistics import over_trials, sd_over_ions
from analysis.trials import POOLED, Trials, frame_at
from mdtools.roles import FEED_ION

TABLES = ("mean_z",)

COLUMNS = (
    "definition",
    "species",
    "trial",
    "time_ns",
    "z_angstrom",
    "low_angstrom",
    "high_angstrom",
    "interval",
    "sd_over_ions_angstrom",
    "n",
)


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the table `mean_z`: each trial to its end, all of them up to the common time."""
    parts = [
        rows
        for species in trials.first.species(FEED_ION)
        for rows in species_rows(trials, species, options)
    ]
    return {"mean_z": stacked(parts, COLUMNS)}


def species_rows(trials: Trials, species: str, options: AnalysisOptions) -> list[pd.DataFrame]:
    """Return rows of each trial, then of all, which have no interval at t = 0."""
    parts, means = [], []
    every = spacing_ns(trials, options.mean_z_every_ns)
    for store in trials.stores:
        times = sample_times(store, every)
        frames = [frame_at(store, time) for time in times]
        z = store.z_path_angstrom[frames][:, store.columns(FEED_ION, species)]
        means.append(z.mean(axis=1))
        parts.append(
            pd.DataFrame(
                {
                    "trial": str(store.trial),
                    "time_ns": times,
                    "z_angstrom": means[-1],
                    "low_angstrom": np.nan,
                    "high_angstrom": np.nan,
                    "interval": "none",
                    "sd_over_ions_angstrom": sd_over_ions(z),
                    "n": z.shape[1],
                }
            )
        )
    common = min(len(mean) for mean in means)
    pooled = over_trials([mean[:common] for mean in means], options.level)
    times = np.arange(common) * every
    apart = times > 0
    parts.append(
        pd.DataFrame(
            {
                "trial": POOLED,
                "time_ns": times,
                "z_angstrom": pooled.value,
                "low_angstrom": np.where(apart, pooled.low, np.nan),
                "high_angstrom": np.where(apart, pooled.high, np.nan),
                "interval": np.where(apart, pooled.kind, "none"),
                "sd_over_ions_angstrom": np.nan,
                "n": sum(part.n.iloc[0] for part in parts),
            }
        )
    )
    return [part.assign(definition="mean z", species=species) for part in parts]
