"""Structure of the membrane in water: extent, density, water content and pores of its polymer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.definitions import DENSE_REGION, IN_MEMBRANE
from analysis.kernels import t_interval
from analysis.limits import AREA_MAY_CHANGE
from analysis.observables.shared.membrane_water import integral
from analysis.observables.shared.stacking import stacked
from analysis.observables.water import in_blocks
from analysis.options import AnalysisOptions
from analysis.pores import NITROGEN_ANGSTROM
from analysis.statistics import Interval, over_blocks, over_present, t_kind
from analysis.store import Store
from analysis.trials import (
    POOLED,
    Trials,
    dense_region_of,
    faces_of,
    fine_density,
    smoothed_density,
)
from mdtools.constants import G_CM3_PER_DA_NM3, WATER_DA

TABLES = ("structure", "pore_sizes")

MEMBRANE, DENSE = "membrane", "dense region"
EXTENT, DENSITY, WATER, PORES = (
    "extent of the polymer",
    "density of the polymer",
    "water content",
    "pores of the polymer",
)
NO_PORES = "pore_frames is 0: no pores were measured"
NO_RADIUS = "an element of the polymer has no radius: no pores were measured"
STUDY_AREA_NM2 = 5.2 * 5.2
STUDY = {
    (DENSE, "density_g_cm3"): (0.80, 0.03),
    (DENSE, "mean_pore_diameter_angstrom"): (5.6, 0.3),
    (DENSE, "thickness_nm"): (3.0, np.nan),
    (DENSE, "volume_nm3"): (67.0, np.nan),
}
"""What the charge study (Membranes 15, 184 (2025)) reports of its membranes in water, and the
standard deviation over them; the last two hold for its box."""
OF_THE_BOX = ("thickness_nm", "volume_nm3")
PORE_QUANTITIES = {
    "mean_pore_diameter_angstrom": "mean",
    "mode_pore_diameter_angstrom": "mode",
    "limiting_diameter_angstrom": "limiting",
    "limiting_z_angstrom": "limiting_z",
    "largest_pore_angstrom": "largest",
    "void_fraction": "void_fraction",
    "occupiable_fraction": "occupiable_fraction",
}
"""Numbers of a store's pores by the names that the report of a network uses, too."""
DEFINITIONS = {
    EXTENT: (
        f"{IN_MEMBRANE} {DENSE_REGION} Both are those of the density of each trial, averaged over "
        "its full frames; volume is thickness times the area of the box. 'all' is the mean over "
        "trials with its t interval."
    ),
    DENSITY: (
        "Mass of the polymer alone per volume between the mean faces or limits of all trials, "
        "averaged over the full frames; wet_density_g_cm3 has the water there, too. "
        "peak_density_g_cm3 is the largest running mean of the polymer's density over 2 Å. "
        f"{IN_MEMBRANE} {DENSE_REGION} 'all' is the mean over trials with its t interval."
    ),
    PORES: (
        "Geometric pore sizes between the atoms of the polymer, as hard spheres of the UFF's "
        "sigma, in the dense region of each trial, where a probe of "
        f"{NITROGEN_ANGSTROM:g} Å fits: water and ions are left out, as if they had been taken "
        "away and nothing had moved. `frames` full frames, each in the middle of an equal part of "
        "the trial, on voxels of 0.4 Å; a trial's numbers and curve are their means, its interval "
        "is over these frames and says how much the trial still changes. limiting_z is the largest "
        "sphere that passes from one limit of the region to the other in a frame that does not "
        f"move, limiting the largest that travels along it without end. {DENSE_REGION} 'all' is "
        "the mean over trials with its t interval, low edges cut off at 0."
    ),
}
COLUMNS = (
    "definition",
    "place",
    "quantity",
    "trial",
    "value",
    "low",
    "high",
    "unit",
    "interval",
    "n_trials",
    "frames",
    "study_value",
    "study_sd",
    "note",
)
CURVE_COLUMNS = (
    "definition",
    "place",
    "trial",
    "diameter_angstrom",
    "density_per_angstrom",
    "low_per_angstrom",
    "high_per_angstrom",
    "interval",
    "frames",
)
UNITS = ("g_cm3", "nm3", "nm", "angstrom", "percent")


@dataclass(frozen=True)
class Measured:
    """One quantity at one place: a value of each trial, and the interval within each, if known."""

    definition: str
    place: str
    quantity: str
    values: np.ndarray
    within: list[Interval] | None = None

    @property
    def unit(self) -> str:
        """Unit at the end of the quantity's name, 1 for a number or a share.

        >>> Measured("", "", "wet_density_g_cm3", np.zeros(1)).unit
        'g_cm3'
        >>> Measured("", "", "void_fraction", np.zeros(1)).unit
        '1'
        """
        return next((unit for unit in UNITS if self.quantity.endswith(f"_{unit}")), "1")


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the tables `structure`, a row for each number, and `pore_sizes`."""
    frames = [len(store.arrays["pore_time_ps"]) for store in trials.stores]
    measured = [
        *extents(trials),
        *densities(trials),
        *water_contents(trials, options.level),
        *pore_numbers(trials, options.level),
    ]
    rows = [row for one in measured for row in rows_of(trials, one, frames, options.level)]
    curves = pore_curves(trials, frames, options.level)
    return {"structure": stacked(rows, COLUMNS), "pore_sizes": stacked(curves, CURVE_COLUMNS)}


def extents(trials: Trials) -> Iterator[Measured]:
    """Yield thickness and volume of the membrane and of its dense region."""
    area = float(np.prod(trials.first.box_nm[:2]))
    for place, limits_of in ((MEMBRANE, faces_of), (DENSE, dense_region_of)):
        thickness = np.array([np.ptp(limits_of(store)) / 10 for store in trials.stores])
        yield Measured(EXTENT, place, "thickness_nm", thickness)
        yield Measured(EXTENT, place, "volume_nm3", area * thickness)


def densities(trials: Trials) -> Iterator[Measured]:
    """Yield the polymer's largest and mean densities, alone and with water."""
    peaks = np.array([smoothed_density(store).max() for store in trials.stores])
    yield Measured(DENSITY, MEMBRANE, "peak_density_g_cm3", peaks)
    for place, (low, high) in places(trials).items():
        alone = np.array(
            [
                integral(*fine_density(store), low / 10, high / 10) / (high / 10 - low / 10)
                for store in trials.stores
            ]
        )
        per_nm3 = [in_blocks(store, low, high, blocks=1).per_nm3[0] for store in trials.stores]
        water = np.array(per_nm3) * WATER_DA * G_CM3_PER_DA_NM3
        yield Measured(DENSITY, place, "density_g_cm3", alone)
        yield Measured(DENSITY, place, "wet_density_g_cm3", alone + water)


def water_contents(trials: Trials, level: float) -> Iterator[Measured]:
    """Yield number of waters, and their share of mass and of volume."""
    for place, limits in places(trials).items():
        whole = [in_blocks(store, *limits, blocks=1) for store in trials.stores]
        blocks = [in_blocks(store, *limits) for store in trials.stores]
        for quantity, name in (
            ("waters", "molecules"),
            ("water_percent", "weight_percent"),
            ("water_volume_percent", "volume_percent"),
        ):
            values = np.array([getattr(one, name)[0] for one in whole])
            within = [over_blocks(getattr(one, name), level) for one in blocks]
            yield Measured(WATER, place, quantity, values, within)


def pore_numbers(trials: Trials, level: float) -> Iterator[Measured]:
    """Yield the numbers of the pores, means over the frames in which there are such pores."""
    for quantity, name in PORE_QUANTITIES.items():
        within = [over_frames(of_frames(store, name), level) for store in trials.stores]
        values = np.array([one.value for one in within], dtype=float)
        yield Measured(PORES, DENSE, quantity, values, within)


def of_frames(store: Store, name: str) -> np.ndarray:
    """Return a number of the pores in each frame that has it."""
    column = store.manifest["pore_numbers"].index(name)
    values = store.arrays["pore_numbers"][:, column]
    return values[np.isfinite(values)]


def over_frames(values: np.ndarray, level: float) -> Interval:
    """Return the mean over frames of ONE trial with its t interval; NaN of none."""
    count = len(values)
    if count == 0:
        nothing = np.asarray(np.nan)
        return Interval(nothing, nothing, nothing, "none")
    of = f"{count} frames of one trial"
    kind = t_kind(level, count, of) if count > 1 else "none: one frame"
    return Interval(*t_interval(values, level), kind)


def places(trials: Trials) -> dict[str, tuple[float, float]]:
    """Return the limits of z (angstrom) of both places, means over the trials."""
    return {MEMBRANE: trials.faces, DENSE: trials.dense_region}


def rows_of(trials: Trials, measured: Measured, frames: list[int], level: float) -> Iterator[dict]:
    """Yield the rows of one quantity: each trial, then all."""
    shared = {
        "definition": measured.definition,
        "place": measured.place,
        "quantity": measured.quantity,
        "unit": measured.unit,
    } | study_columns(trials, measured)
    of_pores = measured.definition == PORES
    for number, (store, value) in enumerate(zip(trials.stores, measured.values, strict=True)):
        nothing = Interval(value, np.asarray(np.nan), np.asarray(np.nan), "none")
        one = nothing if measured.within is None else measured.within[number]
        yield (
            shared
            | numbers(one, float(value))
            | {
                "trial": str(store.trial),
                "n_trials": int(np.isfinite(value)),
                "frames": frames[number] if of_pores else store.manifest["full_frames"],
                "note": missing(trials, frames[number]) if not np.isfinite(value) else "",
            }
        )
    pooled = over_present(measured.values, level)
    counted = frames if of_pores else [store.manifest["full_frames"] for store in trials.stores]
    band = Interval(pooled.value, pooled.low, pooled.high, str(pooled.kind))
    yield (
        shared
        | numbers(band, float(pooled.value))
        | {
            "trial": POOLED,
            "n_trials": int(pooled.trials),
            "frames": sum(counted),
            "note": missing(trials, sum(frames)) if not pooled.trials else "",
        }
    )


def numbers(interval: Interval, value: float) -> dict:
    """Return the columns of a value and its interval: nothing here can be negative."""
    low = float(np.maximum(interval.low, 0))
    return {"value": value, "low": low, "high": float(interval.high), "interval": interval.kind}


def missing(trials: Trials, frames: int) -> str:
    """Return why a quantity has no value."""
    if frames:
        return "no sphere of the probe's size fits"
    return NO_RADIUS if trials.first.manifest["parameters"]["pore_frames"] else NO_PORES


def study_columns(trials: Trials, measured: Measured) -> dict:
    """Return what the study reports of a quantity, NaN where it says nothing of such a box."""
    area = float(np.prod(trials.first.box_nm[:2]))
    value, sd = STUDY.get((measured.place, measured.quantity), (np.nan, np.nan))
    other_box = not np.isclose(area, STUDY_AREA_NM2, rtol=AREA_MAY_CHANGE)
    if other_box and measured.quantity in OF_THE_BOX:
        value, sd = np.nan, np.nan
    return {"study_value": value, "study_sd": sd}


def pore_curves(trials: Trials, frames: list[int], level: float) -> list[pd.DataFrame]:
    """Return the pore-size distributions, mean over frames and over trials, up to an empty bin."""
    known = [store for store, count in zip(trials.stores, frames, strict=True) if count]
    if not known:
        return []
    diameter = max((store.arrays["pore_diameter_angstrom"] for store in known), key=len)
    # Bins start at 0, so that the first middle is half a width.
    diameter = np.append(diameter, diameter[-1] + 2 * diameter[0])
    curves = [curve_of(store, len(diameter)) for store in known]
    pooled = over_present(curves, level)
    nothing = np.full(len(diameter), np.nan)
    parts = [
        {"trial": str(store.trial), "density_per_angstrom": curve, "interval": "none"}
        | {"low_per_angstrom": nothing, "high_per_angstrom": nothing}
        | {"frames": len(store.arrays["pore_time_ps"])}
        for store, curve in zip(known, curves, strict=True)
    ]
    everyone = {
        "trial": POOLED,
        "density_per_angstrom": pooled.value,
        "low_per_angstrom": np.maximum(pooled.low, 0),
        "high_per_angstrom": pooled.high,
        "interval": pooled.kind,
        "frames": sum(frames),
    }
    shared = {"definition": PORES, "place": DENSE, "diameter_angstrom": diameter}
    return [pd.DataFrame(shared | part) for part in [*parts, everyone]]


def curve_of(store: Store, bins: int) -> np.ndarray:
    """Return the distribution of one trial, mean over its frames with pores, in so many bins."""
    rows = store.arrays["pore_density_per_angstrom"]
    open_ = rows[rows.any(axis=1)] if rows.any() else rows
    return np.pad(open_.mean(axis=0), (0, bins - rows.shape[1]))
