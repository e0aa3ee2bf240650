"""Probability density of z of the feed ions."""

import numpy as np
import pandas as pd
import scipy

from analysis.kernels import kde, ksdensity_bandwidth
from analysis.observables.shared.stacking import stacked
from analysis.options import AnalysisOptions
from analysis.statistics import over_trials
from analysis.trials import POOLED, Trials
from mdtools.roles import FEED_ION

TABLES = ("z_pdf",)

LEAST_BANDWIDTH_ANGSTROM = 1.0
"""Radius of a small ion: peaks that are narrower tell of chance and of no place."""
SPACING_ANGSTROM = 0.25
"""Distance of the points where the density is written."""
COLUMNS = (
    "definition",
    "role",
    "species",
    "trial",
    "time_ns",
    "z_angstrom",
    "density_per_angstrom",
    "low_per_angstrom",
    "high_per_angstrom",
    "interval",
    "bandwidth_angstrom",
    "outside_share",
    "n",
    "n_trials",
    "clipped",
)


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the table `z_pdf`: pooled density from piston to piston, with a band over trials."""
    parts = []
    for time in trials.snapshot_times(options.snapshots_ns):
        for species in trials.first.species(FEED_ION):
            factor = options.pdf_bandwidth_factor.get(species, 1.0)
            z = trials.pooled_z(FEED_ION, species, time)
            if options.pdf_clip_permeated:
                z = np.minimum(z, options.permeated_above_angstrom)
            curve = density(z, trials.pistons_at(time), factor, options.level)
            key_columns = {"role": FEED_ION, "species": species, "time_ns": time}
            key_columns |= {"definition": "ksdensity", "trial": POOLED}
            parts.append(curve.assign(**key_columns, clipped=options.pdf_clip_permeated))
    return {"z_pdf": stacked(parts, COLUMNS)}


def density(z, pistons: tuple[float, float], factor: float, level: float) -> pd.DataFrame:
    """Return the pooled density of z (trials, n) between the pistons with its band over trials."""
    low, high = np.ceil(pistons[0] / SPACING_ANGSTROM), np.floor(pistons[1] / SPACING_ANGSTROM)
    grid = np.arange(low, high + 1) * SPACING_ANGSTROM
    bandwidth = max(float(ksdensity_bandwidth(z)), LEAST_BANDWIDTH_ANGSTROM / factor)
    band = over_trials([kde(trial, grid, factor, bandwidth) for trial in z], level)
    width = factor * bandwidth
    below_first, below_second = (scipy.special.ndtr((piston - z) / width) for piston in pistons)
    inside = below_second - below_first
    return pd.DataFrame(
        {
            "z_angstrom": grid,
            "density_per_angstrom": band.value,
            "low_per_angstrom": np.maximum(band.low, 0),
            "high_per_angstrom": band.high,
            "interval": band.kind,
            "bandwidth_angstrom": width,
            "outside_share": 1 - inside.mean(),
            "n": z.size,
            "n_trials": len(z),
        }
    )
