"""Mean squared displacements of trials as rows of tables: curves, exponents, diffusivities."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.kernels import MSD, diffusivity, log_lags, power_law
from analysis.kernels.diffusion import FEWEST_LAGS
from analysis.statistics import over_present
from analysis.trials import POOLED

DIRECTIONS = {"lateral": 2, "axial": 1, "total": 3}
LONGEST_SHARE = 0.1
"""Of the run: at longer lags few displacements are independent of one another."""
FELT_SHARE = 0.3
"""Of w^2/6, the axial MSD of places anywhere in a region of width w: beyond it the choice of those
that stay inside, not the medium, bends the MSD."""
ANGSTROM2_PER_NM2 = 100.0
UNEVEN = 1e-3
"""Difference of the intervals of trials, as a share of them, that counts as none."""
NM2_PER_NS = 1000.0
"""Of one nm2/ps; 1 nm2/ns is 1e-9 m2/s."""
CURVE_COLUMNS = (
    "trial",
    "lag_ps",
    "msd_angstrom2",
    "low_angstrom2",
    "high_angstrom2",
    "stayed_share",
    "pairs",
    "n_trials",
    "interval",
    "note",
)
FIT_COLUMNS = (
    "trial",
    "alpha",
    "low_alpha",
    "high_alpha",
    "diffusivity_nm2_ns",
    "low_nm2_ns",
    "high_nm2_ns",
    "n_trials",
    "interval",
    "note",
    "from_ps",
    "to_ps",
)


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

    A trial without displacements has one row that says why, and is left out of those over trials.

    Raises
    ------
    ValueError
        Trials whose frames have different intervals.
    """
    known = [one for one in moves if one.msd is not None]
    interval = common_interval_ps(moves)
    # One grid for all trials, so that a short one has its lags in common with the others.
    grid = log_lags(max([one.frames // 2 for one in known], default=1) or 1)
    parts = [empty_row(one.trial, one.note) for one in moves if one.msd is None]
    parts += [trial_curve(one, curve, grid, interval) for one in known]
    if not known:
        return pd.concat([*parts, empty_row(POOLED, said_by(moves))], ignore_index=True)
    lags = grid[grid <= max(min(one.frames // 2 for one in known), 1)]
    pooled = pooled_curve(moves, curve, lags, level).assign(lag_ps=lags * interval)
    return pd.concat([*parts, pooled], ignore_index=True)


def trial_curve(one: Moves, curve: Curve, grid: np.ndarray, interval_ps: float) -> pd.DataFrame:
    """Rows of one trial, as far as half of its frames."""
    lags = grid[grid <= max(one.frames // 2, 1)]
    values = ANGSTROM2_PER_NM2 * curve.squares(one.msd)[lags]
    columns = {
        "trial": one.trial,
        "lag_ps": lags * interval_ps,
        "msd_angstrom2": values,
        "low_angstrom2": np.nan,
        "high_angstrom2": np.nan,
        "stayed_share": one.msd.stayed[lags],
        "pairs": one.msd.count[lags],
        "n_trials": np.isfinite(values).astype(int),
        "interval": "none",
        "note": "",
    }
    return pd.DataFrame(columns)


def pooled_curve(moves: list[Moves], curve: Curve, lags: np.ndarray, level: float) -> pd.DataFrame:
    """Rows over the trials that have displacements; the share that stayed is of all of these."""
    nothing = np.full(len(lags), np.nan)
    squares = [nothing if one.msd is None else curve.squares(one.msd)[lags] for one in moves]
    band = over_present(ANGSTROM2_PER_NM2 * np.array(squares), level)
    known = [one.msd for one in moves if one.msd is not None]
    pairs, begun = (
        np.sum([getattr(found, name)[lags] for found in known], axis=0)
        for name in ("count", "origins")
    )
    columns = {
        "trial": POOLED,
        "lag_ps": nothing,
        "msd_angstrom2": band.value,
        "low_angstrom2": np.maximum(band.low, 0),
        "high_angstrom2": band.high,
        "stayed_share": np.divide(pairs, begun, out=nothing.copy(), where=begun > 0),
        "pairs": pairs,
        "n_trials": band.trials,
        "interval": band.kind,
        "note": said_by(moves),
    }
    return pd.DataFrame(columns)


def empty_row(trial: str, note: str) -> pd.DataFrame:
    """What a table holds where there is nothing to hold."""
    nothing = dict.fromkeys(
        ("lag_ps", "msd_angstrom2", "low_angstrom2", "high_angstrom2", "stayed_share"), [np.nan]
    )
    words = {"interval": ["none"], "note": [note]}
    return pd.DataFrame({"trial": [trial], **nothing, "pairs": [0], "n_trials": [0], **words})


def said_by(moves: list[Moves]) -> str:
    """Notes of the trials as one."""
    return together({one.trial: one.note for one in moves})


def together(notes: dict[str, str]) -> str:
    """Notes of trials as one; a note that all share is said once.

    >>> together({"1": "no water", "2": "no water"}), together({"1": "", "2": "no water"})
    ('no water', 'trial 2: no water')
    """
    if len(set(notes.values())) == 1:
        return next(iter(notes.values()))
    return "; ".join(f"trial {trial}: {note}" for trial, note in notes.items() if note)


def common_interval_ps(moves: list[Moves]) -> float:
    """Time between the frames of all trials; NaN if none has two frames.

    Raises
    ------
    ValueError
        Trials that differ: their lags in frames are not the same times.
    """
    found = {one.trial: one.interval_ps for one in moves if np.isfinite(one.interval_ps)}
    if not found:
        return np.nan
    if max(found.values()) - min(found.values()) > UNEVEN * min(found.values()):
        each = ", ".join(f"{trial}: {interval:g} ps" for trial, interval in found.items())
        raise ValueError(
            f"trials have frames of different intervals ({each}): a lag in frames is not one time"
        )
    return next(iter(found.values()))


def window_ps(
    moves: list[Moves], asked: tuple[float, float] | None, from_share: float = 0.0
) -> tuple[float, float]:
    """Lags of a fit: as asked, or from a share of the shortest trial to a tenth of it.

    At least one interval of frames, and three lags. A trial of one frame has no part in it.
    """
    if asked is not None:
        return asked
    interval = common_interval_ps(moves)
    shortest = min([one.frames for one in moves if np.isfinite(one.interval_ps)], default=1)
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
        (one.trial, alpha, np.nan, np.nan, value, np.nan, np.nan, int(np.isfinite(alpha)), "none")
        for one, (alpha, value, _) in zip(moves, single, strict=True)
    ]
    band = over_present(numbers, level)
    alpha, value = zip(band.value, band.low, band.high, strict=True)
    value = value[0], np.maximum(value[1], 0), value[2]
    rows.append((POOLED, *alpha, *value, band.trials[0], band.kind[0]))
    said = together(dict(zip((one.trial for one in moves), notes, strict=True)))
    rows = [(*row, note, low, high) for row, note in zip(rows, [*notes, said], strict=True)]
    return pd.DataFrame(rows, columns=FIT_COLUMNS)


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
