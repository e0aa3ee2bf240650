"""Interaction energy of the feed ions with the membrane along z, in vacuum."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.kernels.ion_energies import PRESETS, SCOPES, TERMS
from analysis.observables.shared.stacking import stacked
from analysis.observables.shared.z_bins import BIN_ANGSTROM, occupied_bins, z_edges
from analysis.options import AnalysisOptions
from analysis.statistics import over_present
from analysis.store import Store
from analysis.trials import POOLED, Trials
from mdtools.roles import FEED_ION

TABLES = ("energy_z", "energy_ions")

PROFILE, SINGLE = "interaction energy", "interaction energy of one ion"
UNKNOWN = "Lennard-Jones parameters are not known: the total is the electrostatic energy"
UNLIKE = "the atoms taken for an ion have another charge than its name says: no energy"
SHARED = (
    "Coulomb (332.0636 q q' / r kcal/mol, r in Å) and Lennard-Jones energy of a feed ion with "
    "atoms of the membrane, as if there were no water: nothing screens it, so it is far larger "
    "than any difference of free energy, and compares only within one preset. Scope 'charged "
    "groups' is the central atom of each NH2+ and COO-, the atoms bonded to it and the hydrogens "
    "on these, with group_charge_e in all; 'membrane' is every atom of it. Preset "
    "'namdenergy_default' is what VMD's NAMDEnergy does unless told otherwise: charges shifted to "
    "0 at 12 Å, van der Waals switched off from 10 to 12 Å, no periodic images (the cell is "
    "wrapped along x and y, so a charge beyond its edge is missed); 'full_minimage' has no cutoff "
    "and takes the nearest image along x and y, none along z. Frames are those of energy_every_ps. "
    "Counter-ions are left out: they are there to neutralise the membrane, and the drive does not "
    "pull them."
)
DEFINITIONS = {
    PROFILE: (
        f"{SHARED} Mean over all samples (an ion in a frame) in a bin of z of {BIN_ANGSTROM:g} Å "
        "in a trial, from t = 0 to the trial's end: a sum of energies over a number of samples, "
        "so an ion that rests in a bin weighs more than one that passes. 'all' is the mean of the "
        "n_trials that have samples in the bin; its t interval is that of the total and is given "
        "only where all trials have. sd_over_ions is the standard deviation of the mean totals of "
        "the n ions that were ever in the bin, those of all trials together for 'all'."
    ),
    SINGLE: (
        f"{SHARED} Mean total energy of each feed ion of each trial over its samples in a bin of z "
        f"of {BIN_ANGSTROM:g} Å, in the bins that it was ever found in; ion is its number among "
        "the feed ions of its species."
    ),
}
PROFILE_COLUMNS = (
    "definition",
    "preset",
    "scope",
    "species",
    "trial",
    "z_angstrom",
    "electrostatic_kcal_mol",
    "vdw_kcal_mol",
    "total_kcal_mol",
    "low_kcal_mol",
    "high_kcal_mol",
    "interval",
    "sd_over_ions_kcal_mol",
    "samples",
    "n",
    "n_trials",
    "group_charge_e",
    "note",
)
ION_COLUMNS = (
    "definition",
    "preset",
    "scope",
    "species",
    "trial",
    "ion",
    "z_angstrom",
    "total_kcal_mol",
    "samples",
)
TOTAL = len(TERMS)
"""Index of the total, behind those of the terms."""


@dataclass(frozen=True)
class BinnedEnergies:
    """Energies of the ions of a species in one trial, by bin of z.

    Attributes
    ----------
    sums : array, shape (presets, scopes, terms and their total, ions, bins), kcal/mol
    samples : int array, shape (ions, bins)
    charge_e : float
        Of the charged groups.
    """

    sums: np.ndarray
    samples: np.ndarray
    charge_e: float

    @property
    def means(self) -> np.ndarray:
        """Mean energies of the trial, shape (presets, scopes, terms and total, bins)."""
        return ratio(self.sums.sum(axis=-2), self.samples.sum(axis=0))

    @property
    def of_ions(self) -> np.ndarray:
        """Mean total energy of each ion, shape (presets, scopes, ions, bins)."""
        return ratio(self.sums[:, :, TOTAL], self.samples)


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the tables `energy_z` and `energy_ions` of the feed ions."""
    edges = z_edges(trials)
    centers = (edges[1:] + edges[:-1]) / 2
    profiles, ions = [], []
    for species in trials.first.species(FEED_ION):
        by_trial = [binned_energies(store, species, edges) for store in trials.stores]
        for at, key_columns in variants(species):
            profiles += profile_rows(trials, by_trial, at, centers, key_columns, options.level)
            ions += ion_rows(trials, by_trial, at, centers, key_columns)
    return {
        "energy_z": stacked(profiles, PROFILE_COLUMNS),
        "energy_ions": stacked(ions, ION_COLUMNS),
    }


def variants(species: str) -> list[tuple]:
    """Return index and key columns of each preset and scope."""
    return [
        ((i, j), {"preset": preset, "scope": scope, "species": species})
        for i, preset in enumerate(PRESETS)
        for j, scope in enumerate(SCOPES)
    ]


def binned_energies(store: Store, species: str, edges: np.ndarray) -> BinnedEnergies:
    """Sum the energies of one trial by ion and bin of z."""
    columns = store.columns(FEED_ION, species)
    at = np.searchsorted(store.ion_columns, columns)
    energies = store.arrays["energy_kcal_mol"][:, at].astype(float)
    # Without Lennard-Jones parameters vdw is NaN, and the total what is known.
    total = np.nansum(energies, axis=-1, keepdims=True)
    total[np.isnan(energies[..., :1])] = np.nan
    energies = np.moveaxis(np.concatenate([energies, total], axis=-1), (0, 1), (-2, -1))
    z = store.z_angstrom[store.frames_at(store.arrays["energy_time_ps"])][:, columns]
    ions, bins = len(columns), len(edges) - 1
    place = np.floor((z - edges[0]) / BIN_ANGSTROM).astype(int) + bins * np.arange(ions)
    shape = (*energies.shape[:-2], ions, bins)
    rows = energies.reshape(np.prod(shape[:-2]), place.size)
    sums = np.array([np.bincount(place.ravel(), row, ions * bins) for row in rows])
    samples = np.bincount(place.ravel(), minlength=ions * bins).reshape(ions, bins)
    return BinnedEnergies(sums.reshape(shape), samples, float(store.arrays["group_charge_e"]))


def ratio(sums, samples) -> np.ndarray:
    """Return sums divided by numbers of samples, NaN where there are none."""
    shape = np.broadcast_shapes(sums.shape, samples.shape)
    return np.divide(sums, samples, out=np.full(shape, np.nan), where=samples > 0)


def profile_rows(
    trials, by_trial: list[BinnedEnergies], at, centers, key_columns: dict, level
) -> list:
    """Return rows of `energy_z` of one preset, scope and species: each trial, then all."""
    inside = occupied_bins(np.concatenate([one.samples for one in by_trial]))
    means = [one.means[at][:, inside] for one in by_trial]
    pooled = over_present(means, level)
    labels = [*(str(store.trial) for store in trials.stores), POOLED]
    groups = [*([one] for one in by_trial), by_trial]
    values = [*means, pooled.value]
    parts = []
    for trial, group, mean in zip(labels, groups, values, strict=True):
        of_ions = np.concatenate([one.of_ions[at][:, inside] for one in group])
        everyone = trial == POOLED
        counts = sum(one.samples.sum(axis=0) for one in group)[inside]
        rows = {
            "trial": trial,
            "z_angstrom": centers[inside],
            "electrostatic_kcal_mol": mean[0],
            "vdw_kcal_mol": mean[1],
            "total_kcal_mol": mean[TOTAL],
            "low_kcal_mol": pooled.low[TOTAL] if everyone else np.nan,
            "high_kcal_mol": pooled.high[TOTAL] if everyone else np.nan,
            "interval": pooled.kind[TOTAL] if everyone else "none",
            "sd_over_ions_kcal_mol": sd_over_known_ions(of_ions),
            "samples": counts,
            "n": np.isfinite(of_ions).sum(axis=0),
            "n_trials": np.isfinite([m[TOTAL] for m in means] if everyone else [mean[TOTAL]]).sum(
                axis=0
            ),
            "group_charge_e": np.mean([one.charge_e for one in group]),
            "note": np.where(
                np.isnan(mean[1]) & np.isfinite(mean[TOTAL]),
                UNKNOWN,
                np.where(np.isnan(mean[TOTAL]) & (counts > 0), UNLIKE, ""),
            ),
        }
        parts.append(pd.DataFrame(rows).assign(definition=PROFILE, **key_columns))
    return parts


def sd_over_known_ions(of_ions: np.ndarray) -> np.ndarray:
    """Return the standard deviation over ions (first axis) with a value; NaN below two."""
    known = np.isfinite(of_ions)
    count = known.sum(axis=0)
    mean = ratio(np.where(known, of_ions, 0.0).sum(axis=0), count)
    squares = np.where(known, (of_ions - mean) ** 2, 0.0).sum(axis=0)
    return np.sqrt(ratio(squares, np.maximum(count - 1, 0)))


def ion_rows(
    trials: Trials, by_trial: list[BinnedEnergies], at, centers, key_columns: dict
) -> list:
    """Return rows of `energy_ions` of one preset, scope and species."""
    parts = []
    for store, one in zip(trials.stores, by_trial, strict=True):
        ion, bins = np.nonzero(one.samples)
        rows = {
            "trial": str(store.trial),
            "ion": ion,
            "z_angstrom": centers[bins],
            "total_kcal_mol": one.of_ions[at][ion, bins],
            "samples": one.samples[ion, bins],
        }
        parts.append(pd.DataFrame(rows).assign(definition=SINGLE, **key_columns))
    return parts
