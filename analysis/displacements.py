"""Mean squared displacements of trials as rows of tables: curves, exponents, diffusivities."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.kernels import MSD, diffusivity, log_lags, power_law
from analysis.kernels.anomalous import FEWEST_LAGS
from analysis.statistics import Interval, over_trials
from analysis.trials import POOLED

DIRECTIONS = {"lateral": 2, "axial": 1, "total": 3}
LONGEST_SHARE = 0.1
"""Of the run: at longer lags few displacements are independent of one another."""
FELT_SHARE = 0.3
"""Of w^2/6, the axial MSD of places anywhere in a region of width w: beyond it the choice of those
that stay inside, not the medium, bends the MSD."""
ANGSTROM2_PER_NM2 = 100.0
NM2_PER_NS = 1000.0
"""Of one nm2/ps; 1 nm2/ns is 1e-9 m2/s."""


@dataclass(frozen=True)
class Moves:
    """Displacements in nm in one trial under one convention, or a note on why there are none."""

    trial: str
    frames: int
    interval_ps: float
    msd: MSD | None
    note: str = ""


@dataclass(frozen=True)
class Curve:
    """One curve of displacements: squares by lag (nm2) of an MSD, between two limits (angstrom)."""

    direction: str
    region: tuple[float, float]
    squares: Callable[[MSD], np.ndarray]


def plain(direction: str, region: tuple[float, float]) -> Curve:
    """The mean squared displacement itself."""
    return Curve(direction, region, lambda found: getattr(found, direction))


def driftless(direction: str, region: tuple[float, float]) -> Curve:
    """The variance of the displacements."""
    return Curve(direction, region, lambda found: found.variance(direction))


def curve_rows(moves: list[Moves], curve: Curve, level: float) -> pd.DataFrame:
    """MSD of each trial and over trials, at lags up to half of the frames.

    A trial without displacements has one row that says why.
    """
    known = [one for one in moves if one.msd is not None]
    missing = [one for one in moves if one.msd is None]
    parts = [empty_row(one.trial, one.note) for one in missing]
    curves = []
    # One grid for all trials, so that a short one has its lags in common with the others.
    grid = log_lags(max([one.frames // 2 for one in known], default=1) or 1)
    for one in known:
        lags = grid[grid <= max(one.frames // 2, 1)]
        values = ANGSTROM2_PER_NM2 * curve.squares(one.msd)[lags]
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
    band = over_known_trials(values, level)
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


def window_ps(
    moves: list[Moves], asked: tuple[float, float] | None, from_share: float = 0.0
) -> tuple[float, float]:
    """Lags of a fit: as asked, or from a share of the shortest trial to a tenth of it.

    At least one interval of frames, and three lags.
    """
    if asked is not None:
        return asked
    interval, shortest = min(one.interval_ps for one in moves), min(one.frames for one in moves)
    first = max(int(from_share * shortest), 1)
    last = max(int(LONGEST_SHARE * shortest), first + FEWEST_LAGS - 1)
    return first * interval, last * interval


def fit_rows(
    moves: list[Moves], curve: Curve, window: tuple[float, float], level: float
) -> pd.DataFrame:
    """Exponent over the window and diffusivity at its end, per trial and over trials."""
    low, high = window
    single = [fit_one(one, curve, low, high) for one in moves]
    numbers = np.array([[alpha, value] for alpha, value, _ in single])
    notes = [note for *_, note in single]
    rows = [
        (one.trial, alpha, np.nan, np.nan, value, np.nan, np.nan, "none", note)
        for one, (alpha, value, note) in zip(moves, single, strict=True)
    ]
    band = over_known_trials(numbers, level)
    alpha, value = zip(band.value, band.low, band.high, strict=True)
    said = together(dict(zip((one.trial for one in moves), notes, strict=True)))
    rows.append((POOLED, *alpha, value[0], np.maximum(value[1], 0), value[2], band.kind, said))
    columns = ["trial", "alpha", "low_alpha", "high_alpha"]
    columns += ["diffusivity_nm2_ns", "low_nm2_ns", "high_nm2_ns", "interval", "note"]
    return pd.DataFrame(rows, columns=columns).assign(from_ps=low, to_ps=high)


def lags_within(one: Moves, low_ps: float, high_ps: float) -> tuple[int, int]:
    """First and last lag in frames of a window, as far as half of the trial's frames."""
    first = max(int(np.ceil(low_ps / one.interval_ps - 1e-6)), 1)
    return first, min(int(high_ps / one.interval_ps + 1e-6), one.frames // 2)


def fit_one(one: Moves, curve: Curve, low_ps: float, high_ps: float) -> tuple:
    """Exponent, diffusivity (nm2/ns) and a note of one trial; both NaN if the note says why."""
    if one.msd is None:
        return np.nan, np.nan, one.note
    first, last = lags_within(one, low_ps, high_ps)
    if last - first + 1 < FEWEST_LAGS:
        return (
            np.nan,
            np.nan,
            f"{max(last - first + 1, 0)} lags of {one.interval_ps:g} ps within {low_ps:g} to "
            f"{high_ps:g} ps and half of the {one.frames} stored frames, a fit needs {FEWEST_LAGS}",
        )
    if one.msd.count[last] == 0:
        return np.nan, np.nan, f"nothing stayed inside for {last * one.interval_ps:g} ps"
    width = (curve.region[1] - curve.region[0]) / 10
    if curve.direction != "lateral" and not one.msd.axial[last] <= FELT_SHARE * width**2 / 6:
        return np.nan, np.nan, f"axial MSD beyond {FELT_SHARE:g} of w2/6: the limits are felt"
    lags, values = log_lags(last, first), curve.squares(one.msd)
    try:
        law = power_law(lags, values[lags], first, last)
    except ValueError as error:
        return np.nan, np.nan, str(error)
    moved = diffusivity(values[last], last * one.interval_ps, DIRECTIONS[curve.direction])
    beyond = last > max(LONGEST_SHARE * one.frames, 1)
    note = f"window beyond {LONGEST_SHARE:g} of the run" if beyond else ""
    return law.exponent, NM2_PER_NS * float(moved), note
