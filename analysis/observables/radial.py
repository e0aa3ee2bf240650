"""Radial distributions around the ions give the radii of their first shells."""

import numpy as np
import pandas as pd

from analysis.definitions import IN_MEMBRANE
from analysis.kernels import first_valley
from analysis.observables.shared.radial_distributions import (
    FEED,
    MEMBRANE,
    RadialCounts,
    ion_counts,
    partner_counts,
    regions,
    summed,
)
from analysis.observables.shared.stacking import stacked
from analysis.options import AnalysisOptions
from analysis.reading.observer import PARTNERS
from analysis.statistics import PARTLY, over_present, over_trials
from analysis.trials import POOLED, Trials

TABLES = ("radial", "first_shells")

RADIAL, SHELL = "radial distribution", "first shell"
WATER = PARTNERS[0]
COARSER = 2
"""Counted shells in one shell of the table, which is then 0.1 angstrom wide."""
AROUND_ANGSTROM, FEWEST = 0.1, 400
"""So many pairs must an ideal gas have this near to a valley: then g there is known to 5 % of its
plateau, half of what a valley must be deep."""
APART_ANGSTROM = 0.2
"""From here on the difference of a valley and the cutoff that is used is worth a note."""
REGIONS = (
    f"{IN_MEMBRANE} "
    "'feed reservoir': the ion's z is between the mean place of the feed piston and the feed "
    "face, 10 Å from either, or a third of the distance between the two where that is less; "
    "'membrane': it is in the membrane. Both are cut to layers of 2 Å."
)
GAS = (
    "g is the number of pairs over that of an ideal gas which has the partner's mean density "
    "along z, rho(z), and no other structure: an ion at z expects in the shell from r to r + dr "
    "dr times the integral of rho(z') 2 pi r dz' from z - r to z + r. So g is 1 far from the ion "
    "in a reservoir, and near walls and faces, too; in the membrane it also holds that ions and "
    "water share the room that the polymer leaves, and need not tend to 1."
)
DEFINITIONS = {
    RADIAL: (
        "Oxygens of water, oxygens and nitrogens of the membrane around ions of a species (feed "
        "ions and counter-ions) in frames of radial_every_ps, and anions around cations in up to "
        "2000 evenly chosen fast frames after t = 0; the whole of each trial, nearest images along "
        f"x and y. {REGIONS} {GAS} rho is that of the trial, that of the anions of each fifth of "
        "it, as ions move. coordination is the running number of neighbours of an ion up to the "
        "outer edge of a shell, density_per_nm3 their number per volume of the whole shell, which "
        "needs no rho; pairs and references (ions times frames) are what was counted. g of 'all' "
        "is the mean of the n_trials that have one at that distance, with its t interval, cut off "
        "at 0, if all have; its coordination and density_per_nm3 are those of the counts of all "
        "trials together, in which an ion counts the same whatever its trial. Pairs of the "
        "membrane are counted around ions inside only."
    ),
    SHELL: (
        f"Distance of the first valley of g behind its first peak. {REGIONS} {GAS} Of water and of "
        "anions around cations in the feed reservoir, of membrane atoms in the membrane; 'all' is "
        "the valley of the counts of all trials together, its t interval that of the valleys of "
        "the single trials, where each has one. The curve in shells of 0.05 Å is smoothed by a "
        "normal kernel of 0.05 Å, the place is that of a cubic through what was counted within "
        "0.2 Å; where the valley is level within 2 % of the plateau for 0.35 Å or more it is flat "
        "and the middle is given. There is none where an ideal gas would have fewer than "
        f"{FEWEST} pairs within {AROUND_ANGSTROM:g} Å of it. cutoff_angstrom is what coordination "
        "numbers (hydration_cutoff_angstrom) and contacts (pair_cutoff_angstrom) are counted "
        "within; no valley changes it. coordination is the number of neighbours within the cutoff "
        "by these counts."
    ),
}
RADIAL_COLUMNS = (
    "definition",
    "species",
    "partner",
    "place",
    "trial",
    "r_angstrom",
    "g",
    "low_g",
    "high_g",
    "interval",
    "coordination",
    "density_per_nm3",
    "pairs",
    "references",
    "n_trials",
    "from_angstrom",
    "to_angstrom",
)
SHELL_COLUMNS = (
    "definition",
    "species",
    "partner",
    "place",
    "trial",
    "r_angstrom",
    "low_angstrom",
    "high_angstrom",
    "interval",
    "flat",
    "cutoff_angstrom",
    "coordination",
    "references",
    "note",
)


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the tables `radial` and `first_shells`."""
    limits = regions(trials)
    by_trial = [
        partner_counts(store, limits) | ion_counts(store, limits, options)
        for store in trials.stores
    ]
    curves, shells = [], []
    for key in by_trial[0]:
        place, species, partner = key
        of_membrane = partner in PARTNERS and partner != WATER
        if of_membrane and place != MEMBRANE:
            continue
        counted = [one[key] for one in by_trial]
        key_columns = {"species": species, "partner": partner, "place": place}
        low, high = limits[place]
        curve_columns = key_columns | {"from_angstrom": low, "to_angstrom": high}
        curves += radial_rows(trials, counted, curve_columns, options.level)
        if of_membrane or place == FEED:
            cutoff = cutoff_of(species, partner, options)
            shells += shell_rows(trials, counted, key_columns, cutoff, options.level)
    return {
        "radial": stacked(curves, RADIAL_COLUMNS),
        "first_shells": stacked(shells, SHELL_COLUMNS),
    }


def radial_rows(
    trials: Trials, counted: list[RadialCounts], key_columns: dict, level: float
) -> list:
    """Return rows of `radial` of one region, species and partner: each trial, then all."""
    fine = [one.coarser(COARSER) for one in counted]
    pooled = over_present([one.g for one in fine], level)
    band = {
        "g": pooled.value,
        "low_g": np.maximum(pooled.low, 0),
        "high_g": pooled.high,
        "interval": pooled.kind,
        "n_trials": pooled.trials,
    }
    nothing = {"low_g": np.nan, "high_g": np.nan, "interval": "none"}
    parts = []
    for trial, one in zip(labels(trials), [*fine, summed(fine)], strict=True):
        own = {"g": one.g, "n_trials": np.isfinite(one.g).astype(int)} | nothing
        rows = {
            "trial": trial,
            "r_angstrom": one.r_angstrom,
            "coordination": one.coordination,
            "density_per_nm3": one.per_nm3,
            "pairs": one.pairs,
            "references": one.references,
        } | (band if trial == POOLED else own)
        parts.append(pd.DataFrame(rows).assign(definition=RADIAL, **key_columns))
    return parts


def labels(trials: Trials) -> list[str]:
    """Return the names of the trials and of all of them together."""
    return [*(str(store.trial) for store in trials.stores), POOLED]


def cutoff_of(species: str, partner: str, options: AnalysisOptions) -> float:
    """Return the cutoff (angstrom) of a species and partner, NaN if there is none."""
    if partner in PARTNERS:
        return options.hydration_cutoff_angstrom.get(species, np.nan)
    return options.pair_cutoff_angstrom.get(f"{species}/{partner}", np.nan)


def shell_rows(
    trials: Trials, counted: list[RadialCounts], key_columns: dict, cutoff: float, level: float
) -> list[dict]:
    """Return rows of `first_shells` of one species and partner: each trial, then all."""
    everything = [*counted, summed(counted)]
    valleys = [valley(one, key_columns) for one in everything]
    own = [r for r, _, _ in valleys[:-1]]
    band = {"low_angstrom": np.nan, "high_angstrom": np.nan, "interval": "none: one trial"}
    if not np.isfinite(own).all():
        band["interval"] = PARTLY
    elif len(own) > 1:
        interval = over_trials(own, level)
        edges = {"low_angstrom": float(interval.low), "high_angstrom": float(interval.high)}
        band = edges | {"interval": interval.kind}
    rows = []
    for trial, one, minimum in zip(labels(trials), everything, valleys, strict=True):
        r, flat, note = minimum
        outer, running = one.edges_nm[1:] * 10, one.coordination
        reached = one.references > 0 and cutoff <= outer[-1]
        rows.append(
            {"definition": SHELL, **key_columns, "trial": trial, "r_angstrom": r, "flat": flat}
            | {"low_angstrom": np.nan, "high_angstrom": np.nan, "interval": "none"}
            | (band if trial == POOLED else {})
            | {"cutoff_angstrom": cutoff, "references": one.references}
            | {"coordination": float(np.interp(cutoff, outer, running)) if reached else np.nan}
            | {"note": note or difference(r, cutoff)}
        )
    return rows


def valley(counted: RadialCounts, key_columns: dict) -> tuple[float, bool, str]:
    """Return the first minimum of g (angstrom), whether it is flat, and why there is none."""
    if counted.references == 0:
        return np.nan, False, f"no {key_columns['species']} there in any frame that was counted"
    if not counted.pairs.any():
        return (
            np.nan,
            False,
            f"no {key_columns['partner']} near {key_columns['species']} in any frame",
        )
    r = counted.r_angstrom
    try:
        minimum = first_valley(r, np.nan_to_num(counted.g))
    except ValueError as error:
        short = f" ({counted.references} ions in all frames: is the run long enough?)"
        return np.nan, False, f"no first valley: {error}{short}"
    near = counted.ideal[np.abs(r - minimum.r) <= AROUND_ANGSTROM].sum()
    if near < FEWEST:
        few = f"an ideal gas would have {near:.0f} pairs within {AROUND_ANGSTROM:g} Å of it"
        return np.nan, False, f"run too short for a valley: {few}, {FEWEST} are needed"
    return minimum.r, minimum.flat, ""


def difference(r: float, cutoff: float) -> str:
    """Return a note on a valley that is not where the cutoff is.

    >>> difference(3.05, 3.6), difference(3.05, 3.0)
    ('the cutoff is 0.55 Å beyond the valley', '')
    """
    if not np.isfinite(cutoff):
        return "no cutoff is set"
    if abs(r - cutoff) <= APART_ANGSTROM:
        return ""
    side = "beyond" if cutoff > r else "before"
    return f"the cutoff is {abs(r - cutoff):.2f} Å {side} the valley"
