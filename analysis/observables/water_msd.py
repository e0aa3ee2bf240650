"""How water moves inside the membrane, and how much of it leaves."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.kernels import MSD, diffusivity, log_lags, msd, power_law
from analysis.kernels.anomalous import FEWEST_LAGS
from analysis.options import AnalysisOptions
from analysis.statistics import Interval, over_trials
from analysis.store import Store
from analysis.trials import POOLED, Trials
from analysis.water import WaterPaths

TABLES = ("water_msd", "water_diffusion")

CONVENTIONS = {"continuous": "MSD, inside all along", "both": "MSD, inside at both ends"}
"""Conventions of `kernels.msd` by the names in the tables. There is no "start": displacements that
end in the reservoirs are not those of water in the membrane."""
DIRECTIONS = {"lateral": 2, "axial": 1, "total": 3}
LONGEST_SHARE = 0.1
"""Of the run: at longer lags few displacements are independent of one another."""
FELT_SHARE = 0.3
"""Of w^2/6, the axial MSD of places anywhere in a region of width w: beyond it the choice of those
that stay inside, not the medium, bends the MSD."""
ANGSTROM2_PER_NM2 = 100.0
NM2_PER_NS = 1000.0
"""Of one nm2/ps; 1 nm2/ns is 1e-9 m2/s."""
NO_WATER = "no water inside the dense region in any frame"
PLACE = "dense region"


@dataclass(frozen=True)
class Moves:
    """Displacements of the water of one trial under one convention, or a note on why not."""

    trial: str
    frames: int
    interval_ps: float
    msd: MSD | None
    note: str = ""


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Tables `water_msd`, at lags up to half of the frames, and `water_diffusion`."""
    curves, fits = [], []
    for convention in CONVENTIONS:
        moves = [moves_of(store, trials.dense_region, convention) for store in trials.stores]
        for direction in DIRECTIONS:
            about = {
                "definition": CONVENTIONS[convention],
                "place": PLACE,
                "from_angstrom": trials.dense_region[0],
                "to_angstrom": trials.dense_region[1],
                "direction": direction,
            }
            curves.append(curve_rows(moves, direction, options).assign(**about))
            fits.append(fit_rows(moves, direction, trials.dense_region, options).assign(**about))
    return {
        "water_msd": pd.concat(curves, ignore_index=True),
        "water_diffusion": pd.concat(fits, ignore_index=True),
    }


def moves_of(store: Store, region: tuple[float, float], convention: str) -> Moves:
    """Displacements within a region (angstrom) of one trial."""
    low, high = region[0] / 10, region[1] / 10
    paths = WaterPaths.of_store(store).ever(low, high)
    frames, trial = len(paths.time_ps), str(store.trial)
    if frames < 2:
        return Moves(trial, frames, np.nan, None, "one full frame, a displacement needs two")
    if paths.positions_nm.shape[1] == 0:
        return Moves(trial, frames, paths.interval_ps, None, NO_WATER)
    found = msd(paths.positions_nm, paths.inside(low, high), convention)
    return Moves(trial, frames, paths.interval_ps, found)


def curve_rows(moves: list[Moves], direction: str, options: AnalysisOptions) -> pd.DataFrame:
    """MSD of each trial and over trials; a trial without has one row that says why."""
    known = [one for one in moves if one.msd is not None]
    missing = [one for one in moves if one.msd is None]
    parts = [empty_row(one.trial, one.note) for one in missing]
    curves = []
    for one in known:
        lags = log_lags(max(one.frames // 2, 1))
        values = ANGSTROM2_PER_NM2 * getattr(one.msd, direction)[lags]
        curves.append(pd.Series(values, index=lags))
        parts.append(
            pd.DataFrame(
                {
                    "trial": one.trial,
                    "lag_ps": lags * one.interval_ps,
                    "msd_angstrom2": values,
                    "low_angstrom2": np.nan,
                    "high_angstrom2": np.nan,
                    "stayed_share": one.msd.stayed[lags],
                    "pairs": one.msd.count[lags],
                    "interval": "none",
                    "note": "",
                }
            )
        )
    if missing:
        return pd.concat([*parts, empty_row(POOLED, because(missing))], ignore_index=True)
    lags = sorted(set.intersection(*(set(curve.index) for curve in curves)))
    values = np.array([curve[lags].to_numpy() for curve in curves])
    band = over_known_trials(values, options.level)
    pooled = {
        "trial": POOLED,
        "lag_ps": np.array(lags) * known[0].interval_ps,
        "msd_angstrom2": band.value,
        "low_angstrom2": np.maximum(band.low, 0),
        "high_angstrom2": band.high,
        "stayed_share": np.mean([one.msd.stayed[lags] for one in known], axis=0),
        "pairs": np.sum([one.msd.count[lags] for one in known], axis=0),
        "interval": band.kind,
        "note": "",
    }
    return pd.concat([*parts, pd.DataFrame(pooled)], ignore_index=True)


def empty_row(trial: str, note: str) -> pd.DataFrame:
    """What a table holds where there is nothing to hold."""
    nothing = dict.fromkeys(
        ("lag_ps", "msd_angstrom2", "low_angstrom2", "high_angstrom2", "stayed_share"), [np.nan]
    )
    return pd.DataFrame(
        {"trial": [trial], **nothing, "pairs": [0], "interval": ["none"], "note": [note]}
    )


def because(moves: list[Moves]) -> str:
    """Why trials together have no number: the notes of those that have one."""
    return together({one.trial: one.note for one in moves})


def together(notes: dict[str, str]) -> str:
    """Notes of trials as one; a note that all share is said once.

    >>> together({"1": "no water", "2": "no water"}), together({"1": "", "2": "no water"})
    ('no water', 'trial 2: no water')
    """
    if len(set(notes.values())) == 1:
        return next(iter(notes.values()))
    return "; ".join(f"trial {trial}: {note}" for trial, note in notes.items() if note)


def over_known_trials(values: np.ndarray, level: float) -> Interval:
    """Interval over trials (first axis), NaN where a trial has no value."""
    known = np.isfinite(values).all(axis=0)
    band = over_trials(np.where(known, values, 0.0), level)
    edges = (np.where(known, edge, np.nan) for edge in (band.value, band.low, band.high))
    return Interval(*edges, band.kind)


def window_ps(moves: list[Moves], options: AnalysisOptions) -> tuple[float, float]:
    """Lags of the fit: as asked, or from one interval to a tenth of the shortest trial."""
    if options.msd_window_ps is not None:
        return options.msd_window_ps
    interval = min(one.interval_ps for one in moves)
    last = max(int(LONGEST_SHARE * min(one.frames for one in moves)), FEWEST_LAGS)
    return interval, last * interval


def fit_rows(moves: list[Moves], direction: str, region, options: AnalysisOptions) -> pd.DataFrame:
    """Exponent over the window and diffusivity at its end, per trial and over trials."""
    low, high = window_ps(moves, options)
    single = [fit_one(one, direction, region, low, high) for one in moves]
    numbers = np.array([[alpha, value] for alpha, value, _ in single])
    notes = [note for *_, note in single]
    rows = [
        (one.trial, alpha, np.nan, np.nan, value, np.nan, np.nan, "none", note)
        for one, (alpha, value, note) in zip(moves, single, strict=True)
    ]
    band = over_known_trials(numbers, options.level)
    alpha, value = zip(band.value, band.low, band.high, strict=True)
    said = together(dict(zip((one.trial for one in moves), notes, strict=True)))
    rows.append((POOLED, *alpha, value[0], np.maximum(value[1], 0), value[2], band.kind, said))
    columns = ["trial", "alpha", "low_alpha", "high_alpha"]
    columns += ["diffusivity_nm2_ns", "low_nm2_ns", "high_nm2_ns", "interval", "note"]
    return pd.DataFrame(rows, columns=columns).assign(from_ps=low, to_ps=high)


def fit_one(one: Moves, direction: str, region, low_ps: float, high_ps: float) -> tuple:
    """Exponent, diffusivity (nm2/ns) and a note of one trial; both NaN if the note says why."""
    if one.msd is None:
        return np.nan, np.nan, one.note
    first = max(int(np.ceil(low_ps / one.interval_ps - 1e-6)), 1)
    last = min(int(high_ps / one.interval_ps + 1e-6), one.frames // 2)
    if last - first + 1 < FEWEST_LAGS:
        return (
            np.nan,
            np.nan,
            f"{max(last - first + 1, 0)} lags of {one.interval_ps:g} ps within {low_ps:g} to "
            f"{high_ps:g} ps and half of the {one.frames} full frames, a fit needs {FEWEST_LAGS}",
        )
    width = (region[1] - region[0]) / 10
    if direction != "lateral" and not one.msd.axial[last] <= FELT_SHARE * width**2 / 6:
        return np.nan, np.nan, f"axial MSD beyond {FELT_SHARE:g} of w2/6: the limits are felt"
    lags, values = log_lags(last, first), getattr(one.msd, direction)
    try:
        law = power_law(lags, values[lags], first, last)
    except ValueError as error:
        return np.nan, np.nan, str(error)
    moved = diffusivity(values[last], last * one.interval_ps, DIRECTIONS[direction])
    beyond = last > max(LONGEST_SHARE * one.frames, 1)
    note = f"window beyond {LONGEST_SHARE:g} of the run" if beyond else ""
    return law.exponent, NM2_PER_NS * float(moved), note
