"""Coordination numbers of the feed ions along z: water, membrane, ions of the other sign."""

import numpy as np
import pandas as pd

from analysis.kernels import coordination_profile
from analysis.observables.shared.ions import ion_pairs
from analysis.observables.shared.shells import opposite_counts, partner_counts, shell_cutoffs
from analysis.observables.shared.stacking import stacked
from analysis.observables.shared.z_bins import BIN_ANGSTROM, occupied_bins, z_edges
from analysis.options import AnalysisOptions
from analysis.statistics import over_present
from analysis.store import Store
from analysis.trials import POOLED, Trials
from mdtools.roles import FEED_ION

TABLES = ("coordination",)

COORDINATION = "coordination along z"
FEWEST = 5
"""Samples in a bin, of one trial, below which it has no mean: five numbers that scatter by one, as
those of neighbours do, have a mean that scatters by half."""
OPPOSITE, TOTAL = "opposite ions", "total"
DEFINITIONS = {
    COORDINATION: (
        "Mean number of neighbours of a feed ion in full frames by its z: oxygens of water, "
        "oxygens and nitrogens of the membrane within cutoff_angstrom, "
        "hydration_cutoff_angstrom of the species, the same at every z; ions of the other sign, "
        "feed ions and counter-ions, within the pair_cutoff_angstrom of the pair of species (in "
        "the note); and the total of these. Nearest images along x and y count. In each bin of "
        f"{BIN_ANGSTROM:g} Å it is the sum of neighbours over the number of samples, an ion in a "
        f"full frame each, from t = 0 to the trial's end; bins with fewer than {FEWEST} samples "
        "in a trial have no mean. Samples that follow one another are not independent: the "
        "interval is over trials. 'all' is the mean of the n_trials that have one, with the t "
        "interval where all trials have, cut off at 0; samples are those of all trials."
    )
}
COLUMNS = (
    "definition",
    "species",
    "partner",
    "trial",
    "z_angstrom",
    "coordination",
    "low_coordination",
    "high_coordination",
    "interval",
    "samples",
    "n_trials",
    "cutoff_angstrom",
    "note",
)


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the table `coordination` of the feed ions.

    Raises
    ------
    ValueError
        A species without a cutoff, or a cutoff beyond the neighbours that stores keep.
    """
    species = trials.first.species(FEED_ION)
    cutoffs = shell_cutoffs(trials.first, species, options)
    opposite = [opposite_counts(store, options) for store in trials.stores]
    edges = z_edges(trials)
    parts = []
    for name, cutoff in cutoffs.items():
        by_trial = [
            coordination_profiles(store, name, cutoff, other, edges)
            for store, other in zip(trials.stores, opposite, strict=True)
        ]
        pairs = [p for p in ion_pairs(trials.first, options) if name in (p.cation, p.anion)]
        within = ", ".join(f"{p.name} within {p.cutoff_angstrom:g} Å" for p in pairs)
        for partner in by_trial[0]:
            ions = partner in (OPPOSITE, TOTAL)
            key_columns = {
                "species": name,
                "partner": partner,
                "cutoff_angstrom": np.nan if partner == OPPOSITE else cutoff,
                "note": within if ions else "",
            }
            parts += profile_rows(
                trials, [one[partner] for one in by_trial], edges, key_columns, options.level
            )
    return {"coordination": stacked(parts, COLUMNS)}


def coordination_profiles(
    store: Store, species: str, cutoff: float, opposite, edges
) -> dict[str, tuple]:
    """Return mean neighbours and number of samples in each bin of one trial, by partner."""
    counts = partner_counts(store, species, FEED_ION, cutoff, opposite)
    counts[TOTAL] = sum(counts.values())
    z = store.z_angstrom[store.full_frames][:, store.columns(FEED_ION, species)].ravel()
    return {
        partner: coordination_profile(z, number.ravel(), edges, FEWEST)
        for partner, number in counts.items()
    }


def profile_rows(
    trials: Trials, by_trial: list[tuple], edges, key_columns: dict, level: float
) -> list:
    """Return rows of one species and partner: each trial, then all."""
    samples = np.array([one[1] for one in by_trial])
    inside = occupied_bins(samples)
    means, samples = np.array([one[0][inside] for one in by_trial]), samples[:, inside]
    pooled = over_present(means, level)
    shared = {"z_angstrom": ((edges[1:] + edges[:-1]) / 2)[inside]}
    nothing = {"low_coordination": np.nan, "high_coordination": np.nan, "interval": "none"}
    parts = [
        shared
        | nothing
        | {"trial": str(store.trial), "coordination": mean, "samples": number}
        | {"n_trials": np.isfinite(mean).astype(int)}
        for store, mean, number in zip(trials.stores, means, samples, strict=True)
    ]
    everyone = {
        "trial": POOLED,
        "coordination": pooled.value,
        "low_coordination": np.maximum(pooled.low, 0),
        "high_coordination": pooled.high,
        "interval": pooled.kind,
        "samples": samples.sum(axis=0),
        "n_trials": pooled.trials,
    }
    parts.append(shared | everyone)
    return [pd.DataFrame(part).assign(definition=COORDINATION, **key_columns) for part in parts]
