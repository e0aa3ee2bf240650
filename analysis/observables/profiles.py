"""Densities and charge along z: membrane, its elements and charged groups, water."""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.kernels import bin_sums
from analysis.options import AnalysisOptions
from analysis.statistics import Interval, over_blocks, over_trials
from analysis.trials import POOLED, Trials, filled_blocks, profile
from mdtools.roles import CHARGED_GROUP, GROUP_CHARGE_E

TABLES = ("density", "elements", "groups", "charge", "porosity")

WET = "membrane and water"
"""Their densities together, ions left out."""
NO_RADIUS = "none: an element of the membrane has no van der Waals radius"
CHARGE_UNIT = "e_nm3"
"""Densities in any other unit cannot be negative: their intervals are cut off at 0."""


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the tables `density`, `elements`, `groups`, `charge` and `porosity`."""
    densities = {
        "membrane": ("membrane_g_cm3",),
        "water": ("water_g_cm3",),
        WET: ("membrane_g_cm3", "water_g_cm3"),
    }
    names = trials.first.manifest["elements"]
    elements = {name: row for row, name in enumerate(names)}
    groups = {name: group_profiles(trials, name) for name in GROUP_CHARGE_E}
    formal = [
        sum(GROUP_CHARGE_E[name] * groups[name][number] for name in groups)
        for number in range(len(trials.stores))
    ]

    def stored_profile(label, names, definition, unit, pick=lambda array: array):
        blocks = [pick(sum(filled_blocks(s, name) for name in names)) for s in trials.stores]
        means = [pick(sum(profile(s, name) for name in names)[None])[0] for s in trials.stores]
        return profile_rows(trials, label, means, blocks, definition, unit, options.level)

    def group_profile(label, means, definition, unit):
        return profile_rows(trials, label, means, None, definition, unit, options.level)

    parts = {
        "density": [stored_profile(k, v, "mass density", "g_cm3") for k, v in densities.items()],
        "elements": [
            stored_profile(
                k, ("elements_per_nm3",), "number density", "per_nm3", lambda a, row=v: a[:, row]
            )
            for k, v in elements.items()
        ],
        "groups": [group_profile(k, v, "group density", "per_nm3") for k, v in groups.items()],
        "charge": [
            group_profile("charged groups", formal, "formal charges", CHARGE_UNIT),
            stored_profile("membrane", ("membrane_charge_e_nm3",), "partial charges", CHARGE_UNIT),
        ],
    }
    profiles = {name: pd.concat(rows, ignore_index=True) for name, rows in parts.items()}
    return profiles | {"porosity": porosity(trials, options.level)}


def porosity(trials: Trials, level: float) -> pd.DataFrame:
    """Return the void share of each layer between the pistons, per trial and over trials.

    It is taken in one frame of each block of time, so there is no interval within a trial.
    """
    edges = 10 * trials.first.arrays["face_edges_nm"]
    z = (edges[1:] + edges[:-1]) / 2
    low, high = trials.pistons_at(trials.common_ns)
    inside = (z > low) & (z < high)
    shares = [store.arrays["void_share"][inside] for store in trials.stores]
    nothing = np.full(inside.sum(), np.nan)
    pooled = over_trials(shares, level)
    rows = [
        (
            str(s.trial),
            share,
            nothing,
            nothing,
            NO_RADIUS if np.isnan(share).all() else "none",
        )
        for s, share in zip(trials.stores, shares, strict=True)
    ]
    rows.append(
        (POOLED, pooled.value, np.clip(pooled.low, 0, 1), np.clip(pooled.high, 0, 1), pooled.kind)
    )
    names = ("trial", "void_share", "low_share", "high_share", "interval")
    parts = [
        pd.DataFrame({"z_angstrom": z[inside]} | dict(zip(names, row, strict=True))) for row in rows
    ]
    return pd.concat(parts, ignore_index=True).assign(definition="porosity", of="membrane")


def group_profiles(trials: Trials, species: str) -> list[np.ndarray]:
    """Return the number density of one kind of charged group in each trial, 1/nm3."""
    edges = 10 * trials.first.arrays["edges_nm"]
    bin_nm3 = np.prod(trials.first.box_nm[:2]) * (edges[1] - edges[0]) / 10
    result = []
    for store in trials.stores:
        z = store.z_angstrom[:, store.columns(CHARGED_GROUP, species)]
        # The start is the same in all trials: it counts only where there is nothing else.
        z = z[1:] if len(z) > 1 else z
        result.append(bin_sums(z.ravel(), edges) / (len(z) * bin_nm3))
    return result


def profile_rows(trials: Trials, label, means, blocks, definition, unit, level) -> pd.DataFrame:
    """Return rows of each trial (interval over its blocks, if given) and of all (over trials)."""
    nothing = np.full_like(means[0], np.nan)
    intervals = [
        Interval(mean, nothing, nothing, "none")
        if blocks is None
        else Interval(mean, *limits_and_kind(over_blocks(blocks[number], level)))
        for number, mean in enumerate(means)
    ]
    everything = [*intervals, over_trials(means, level)]
    if unit != CHARGE_UNIT:
        everything = [replace(one, low=np.maximum(one.low, 0)) for one in everything]
    labels = [str(store.trial) for store in trials.stores]
    pistons = trials.pistons_at(trials.common_ns)
    z = trials.centers_angstrom
    inside = (z > pistons[0]) & (z < pistons[1])
    parts = [
        pd.DataFrame(
            {
                "definition": definition,
                "of": label,
                "trial": trial,
                "z_angstrom": z[inside],
                f"density_{unit}": interval.value[inside],
                f"low_{unit}": interval.low[inside],
                f"high_{unit}": interval.high[inside],
                "interval": interval.kind,
            }
        )
        for trial, interval in zip([*labels, POOLED], everything, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def limits_and_kind(interval: Interval) -> tuple:
    """Return low, high and kind, for a mean that is over frames rather than over blocks."""
    return interval.low, interval.high, interval.kind
