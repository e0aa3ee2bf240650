"""Clusters of ions: their sizes at each place, the share of ions in them, their lifetimes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.definitions import IN_MEMBRANE, IN_TIME
from analysis.kernels import Clusters, clusters, contact_events
from analysis.observables.shared.ions import (
    contact_of_all,
    fast_interval_ps,
    gap_frames,
    species_of,
)
from analysis.observables.shared.lifetimes import COLUMNS, OVER_TRIALS, mean_rows
from analysis.observables.shared.stacking import stacked
from analysis.observables.shared.time_series import rows_in_time, spacing_ns, window_means
from analysis.options import AnalysisOptions
from analysis.statistics import over_present
from analysis.store import Store
from analysis.trials import POOLED, Trials, frame_at
from mdtools.roles import charge

TABLES = ("cluster_sizes", "cluster_share", "cluster_lifetime")

SMALLEST = (2, 3)
"""Sizes from which on shares are given."""
STAY = 3
"""Ions of the smallest cluster that an ion stays in: more than a pair."""
PLACES = ("feed reservoir", "membrane", "permeate reservoir", "anywhere")
SIZES, SHARE, LIFETIME = "cluster sizes", "ions in clusters", "stay in a cluster"
STAYS = "stays"
CONTACT = (
    "Clusters are what contacts between cations and anions join (distances within "
    "pair_cutoff_angstrom of the pair of species), in each frame by itself and with no gap; all "
    "ions count, feed ions and counter-ions, and an ion without contact is a cluster of size 1. "
    "Like charges are joined only through an ion of the other sign."
)
DEFINITIONS = {
    SIZES: (
        f"{CONTACT} {IN_MEMBRANE} Share of the ions at a place that are in clusters of that "
        "size, averaged over the fast frames after t = 0 up to until_ns. A cluster is where the "
        "mean z of its ions is, before, in or behind the membrane; place_share of all ions are "
        "there. number is how many such clusters there are in a frame, charge_e their mean net "
        "charge, each cluster of each frame counting once. A trial goes as far as it does; 'all' "
        "is the mean of the shares of the n_trials that have ions there, up to the common time, "
        "with its t interval if all have; number and place_share are means over all trials, "
        "charge_e is over the clusters of all of them."
    ),
    SHARE: (
        f"{CONTACT} Share of all ions that are in clusters of at least `smallest` ions, averaged "
        "over the fast frames after the row before, up to this one; at t = 0 it is that of the "
        f"start. {IN_TIME} n ions are in each trial."
    ),
    LIFETIME: (
        f"{CONTACT} How long an ion is in clusters of at least `smallest` ions at a stretch, "
        "whichever they are: time there over the number of ends seen, the maximum likelihood "
        "estimate of an exponential lifetime when stays are cut off by the begin or end of a run "
        "(censored_share of the n have no end that was seen). Interruptions of up to gap_ps, whole "
        "frames of interval_ps, do not end a stay; they and the cutoff belong to the number. 'all' "
        "pools the stays of the trials. The interval is that of a Poisson count of ends; ions of "
        "one cluster leave together, so it is too narrow: compare with the trials."
    ),
    f"{LIFETIME}{OVER_TRIALS}": (
        f"{CONTACT} Mean of the lifetimes of stays in clusters of at least `smallest` ions "
        "(gap_ps, interval_ps and cutoff belong to the number) of the n_trials that have such "
        "stays, with its t interval if all have."
    ),
}
SIZE_COLUMNS = (
    "definition",
    "place",
    "size",
    "trial",
    "share",
    "low_share",
    "high_share",
    "interval",
    "number",
    "charge_e",
    "place_share",
    "until_ns",
    "n_trials",
    "note",
)
SHARE_COLUMNS = (
    "definition",
    "smallest",
    "trial",
    "time_ns",
    "share",
    "low_share",
    "high_share",
    "interval",
    "n",
)
LIFETIME_COLUMNS = ("species", *COLUMNS, "smallest", "gap_ps", "interval_ps")


@dataclass(frozen=True)
class Tally:
    """Clusters of some frames of one trial by place and size, arrays of shape (places, sizes).

    `count` clusters and the sum of their `charge`; column 0 is of size 0 and empty.
    """

    count: np.ndarray
    charge: np.ndarray
    frames: int

    @property
    def ions(self) -> np.ndarray:
        """Number of ions in the clusters, over all frames."""
        return self.count * np.arange(self.count.shape[1])

    @property
    def share(self) -> np.ndarray:
        """Share of the ions of each place, NaN where there are none."""
        total = self.ions.sum(axis=1, keepdims=True)
        return np.divide(self.ions, total, out=np.full(self.count.shape, np.nan), where=total > 0)

    @property
    def place_share(self) -> np.ndarray:
        """Share of all ions at each place."""
        return self.ions.sum(axis=1) / self.ions[PLACES.index("anywhere")].sum()


@dataclass(frozen=True)
class TrialClusters:
    """Clusters of one trial: tallies of the full trial and up to the common time, shares, stays."""

    full: Tally
    common: Tally
    ions: int
    shares: np.ndarray
    stays: dict[str, pd.DataFrame]


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the tables `cluster_sizes`, `cluster_share` and `cluster_lifetime`."""
    columns = dict(zip(TABLES, (SIZE_COLUMNS, SHARE_COLUMNS, LIFETIME_COLUMNS), strict=True))
    if not len(trials.first.ion_columns):
        return {name: stacked([], own) for name, own in columns.items()}
    interval = fast_interval_ps(trials)
    gap = gap_frames(options.pair_gap_ps, interval)
    by_trial = [trial_clusters(store, trials, gap, options) for store in trials.stores]
    shares = []
    for column, smallest in enumerate(SMALLEST):
        series = [one.shares[:, column] for one in by_trial]
        rows = rows_in_time(trials, series, options, 1.0)
        rows = rows.rename(columns={"value": "share", "low": "low_share", "high": "high_share"})
        shares.append(rows.assign(definition=SHARE, smallest=smallest, n=by_trial[0].ions))
    key_columns = {"smallest": STAY, "gap_ps": gap * interval, "interval_ps": interval}
    labels = [str(store.trial) for store in trials.stores]
    stays = []
    for species in by_trial[0].stays:
        events = {label: one.stays[species] for label, one in zip(labels, by_trial, strict=True)}
        rows = mean_rows(events, LIFETIME, STAYS, interval, options.level)
        stays += [{"species": species} | row | key_columns for row in rows]
    parts = dict(zip(TABLES, (size_rows(trials, by_trial, options), shares, stays), strict=True))
    return {name: stacked(parts[name], own) for name, own in columns.items()}


def trial_clusters(
    store: Store, trials: Trials, gap: int, options: AnalysisOptions
) -> TrialClusters:
    """Find the clusters of one trial and tally them."""
    contact, columns, cations = contact_of_all(store, options)
    species = store.atoms.species.to_numpy()[columns]
    charges = np.array([charge(name) for name in species], dtype=float)
    labelled = clusters(contact, charges[:cations], charges[cations:])
    size, z = labelled.size(), store.z_angstrom[:, columns]
    if length := store.period_z_angstrom:
        first = np.empty(len(labelled.table))
        first[labelled.label.ravel()[::-1]] = z.ravel()[::-1]
        z = z - length * np.rint((z - first[labelled.label]) / length)
    mean_z = np.bincount(labelled.label.ravel(), z.ravel()) / labelled.table["size"]
    if length:
        mean_z -= length * np.rint(mean_z / length)
    place = np.digitize(mean_z, trials.faces)
    end = frame_at(store, trials.common_ns) + 1
    shares = np.stack([(size >= smallest).mean(axis=1) for smallest in SMALLEST], axis=1)
    names = [*species_of(store, 1), *species_of(store, -1)]
    return TrialClusters(
        tally(labelled, place, len(contact)),
        tally(labelled, place, end),
        len(columns),
        window_means(store, shares, spacing_ns(trials, options.mean_z_every_ns)),
        {name: contact_events(size[:, species == name] >= STAY, gap) for name in names},
    )


def tally(labelled: Clusters, place: np.ndarray, end: int) -> Tally:
    """Count the clusters after t = 0 and before a frame, by place and size."""
    table = labelled.table
    chosen = table["frame"].between(1, end - 1).to_numpy()
    reservoirs, sizes = len(PLACES) - 1, labelled.label.shape[1] + 1
    at = place[chosen] * sizes + table["size"].to_numpy()[chosen]
    shape = (reservoirs, sizes)
    count = np.bincount(at, minlength=reservoirs * sizes).reshape(shape)
    charges = np.bincount(at, table["charge"].to_numpy()[chosen], reservoirs * sizes).reshape(shape)
    with_total = [np.concatenate([part, part.sum(axis=0)[None]]) for part in (count, charges)]
    return Tally(with_total[0], with_total[1], end - 1)


def size_rows(
    trials: Trials, by_trial: list[TrialClusters], options: AnalysisOptions
) -> list[dict]:
    """Return rows of `cluster_sizes`: every size up to the largest of any trial."""
    largest = max(int(np.flatnonzero(one.full.count[-1])[-1]) for one in by_trial)
    return [
        row
        for at, place in enumerate(PLACES)
        for size in range(1, largest + 1)
        for row in rows_of(trials, by_trial, (at, size), {"place": place, "size": size}, options)
    ]


def rows_of(
    trials: Trials, by_trial: list[TrialClusters], at: tuple, key_columns: dict, options
) -> list[dict]:
    """Return rows of one place and size: each trial, then all up to the common time."""
    key_columns = {"definition": SIZES} | key_columns
    rows = []
    for store, one in zip(trials.stores, by_trial, strict=True):
        share, place_share = one.full.share[at], one.full.place_share[at[0]]
        of_trial = numbers([one.full], at) | {"until_ns": store.analysed_ns}
        rows.append(
            key_columns
            | {"trial": str(store.trial), "share": share, "place_share": place_share}
            | {"n_trials": int(np.isfinite(share))}
            | {"low_share": np.nan, "high_share": np.nan, "interval": "none"}
            | of_trial
            | {"note": "" if np.isfinite(share) else "no ion there"}
        )
    common = [one.common for one in by_trial]
    band = over_present([one.share[at] for one in common], options.level)
    n_trials, note = int(band.trials), "no ion there"
    if n_trials:
        partly = n_trials < len(common)
        note = f"ions there in {n_trials} of {len(common)} trials" if partly else ""
    all_of = {
        "share": float(band.value),
        "low_share": float(np.maximum(band.low, 0.0)),
        "high_share": float(np.minimum(band.high, 1.0)),
        "interval": str(band.kind),
        "place_share": float(np.mean([one.place_share[at[0]] for one in common])),
        "n_trials": n_trials,
        "until_ns": trials.common_ns,
    }
    return [*rows, key_columns | {"trial": POOLED} | all_of | numbers(common, at) | {"note": note}]


def numbers(tallies: list[Tally], at: tuple) -> dict[str, float]:
    """Return clusters per frame, the mean over trials, and the mean charge of a cluster."""
    count = sum(one.count[at] for one in tallies)
    each = float(np.mean([one.count[at] / one.frames for one in tallies]))
    total = sum(one.charge[at] for one in tallies)
    return {"number": each, "charge_e": float(total / count) if count else np.nan}
