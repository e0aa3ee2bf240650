"""Mean squared displacements of trials as rows of tables: curves, exponents, diffusivities."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.kernels import MSD, diffusivity, log_lags, power_law
from analysis.limits import FEWEST_LAGS
from analysis.statistics import over_present
from analysis.trials import POOLED

DIRECTIONS = {"lateral": 2, "axial": 1, "total": 3}
LONGEST_SHARE = 0.1
"""Of the run: at longer lags few displacements are independent of one another."""
CONFINED_SHARE = 0.3
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
class TrialDisplacements:
    """Squared displacements of one trial under one convention, or a note on why there are none."""

    trial: str
    frames: int
    interval_ps: float
    msd: MSD | None
    note: str = ""


@dataclass(frozen=True)
class Curve:
    """A curve takes the squares by lag (nm2) from an MSD in a region between two z (angstrom)."""

    direction: str
    region: tuple[float, float]
    squares: Callable[[MSD], np.ndarray]


def mean_square(direction: str, region: tuple[float, float]) -> Curve:
    """Return the curve of the mean squared displacement."""
    return Curve(direction, region, lambda msd: getattr(msd, direction))


def variance_along(direction: str, region: tuple[float, float]) -> Curve:
    """Return the curve of the variance of the displacements, which is free of a mean drift."""
    return Curve(direction, region, lambda msd: msd.variance(direction))


def curve_rows(displacements: list[TrialDisplacements], curve: Curve, level: float) -> pd.DataFrame:
    """Return the MSD of each trial and over trials, at lags up to half of the frames.

    A trial without displacements has one row that says why, and is left out of those over trials.

    Raises
    ------
    ValueError
        Trials whose frames have different intervals.
    """
    known = [one for one in displacements if one.msd is not None]
    interval = common_interval_ps(displacements)
    # One grid for all trials, so that a short one has its lags in common with the others.
    grid = log_lags(max([one.frames // 2 for one in known], default=1) or 1)
    parts = [empty_row(one.trial, one.note) for one in displacements if one.msd is None]
    parts += [trial_curve(one, curve, grid, interval) for one in known]
    if not known:
        return pd.concat([*parts, empty_row(POOLED, joint_note(displacements))], ignore_index=True)
    lags = grid[grid <= max(min(one.frames // 2 for one in known), 1)]
    pooled = pooled_curve(displacements, curve, lags, level).assign(lag_ps=lags * interval)
    return pd.concat([*parts, pooled], ignore_index=True)


def trial_curve(
    one: TrialDisplacements, curve: Curve, grid: np.ndarray, interval_ps: float
) -> pd.DataFrame:
    """Return rows of one trial with displacements, at lags up to half of its frames."""
    assert one.msd is not None, "trials without displacements have rows of their own"
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


def pooled_curve(
    displacements: list[TrialDisplacements], curve: Curve, lags: np.ndarray, level: float
) -> pd.DataFrame:
    """Return rows over the trials with displacements; the share that stayed is of all of these."""
    nothing = np.full(len(lags), np.nan)
    squares = [
        nothing if one.msd is None else curve.squares(one.msd)[lags] for one in displacements
    ]
    band = over_present(ANGSTROM2_PER_NM2 * np.array(squares), level)
    known = [one.msd for one in displacements if one.msd is not None]
    pairs, begun = (
        np.sum([getattr(one, name)[lags] for one in known], axis=0) for name in ("count", "origins")
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
        "note": joint_note(displacements),
    }
    return pd.DataFrame(columns)


def empty_row(trial: str, note: str) -> pd.DataFrame:
    """Return the row of a trial without displacements, with a note on why."""
    nothing = dict.fromkeys(
        ("lag_ps", "msd_angstrom2", "low_angstrom2", "high_angstrom2", "stayed_share"), [np.nan]
    )
    words = {"interval": ["none"], "note": [note]}
    return pd.DataFrame({"trial": [trial], **nothing, "pairs": [0], "n_trials": [0], **words})


def joint_note(displacements: list[TrialDisplacements]) -> str:
    """Return the notes of the trials as one."""
    return joined_notes({one.trial: one.note for one in displacements})


def joined_notes(notes: dict[str, str]) -> str:
    """Return the notes of trials as one; a note that all share stands once.

    >>> joined_notes({"1": "no water", "2": "no water"}), joined_notes({"1": "", "2": "no water"})
    ('no water', 'trial 2: no water')
    """
    if len(set(notes.values())) == 1:
        return next(iter(notes.values()))
    return "; ".join(f"trial {trial}: {note}" for trial, note in notes.items() if note)


def common_interval_ps(displacements: list[TrialDisplacements]) -> float:
    """Return the time between the frames of all trials; NaN if none has two frames.

    Raises
    ------
    ValueError
        Trials that differ: their lags in frames are not the same times.
    """
    intervals = {
        one.trial: one.interval_ps for one in displacements if np.isfinite(one.interval_ps)
    }
    if not intervals:
        return np.nan
    if max(intervals.values()) - min(intervals.values()) > UNEVEN * min(intervals.values()):
        each = ", ".join(f"{trial}: {interval:g} ps" for trial, interval in intervals.items())
        raise ValueError(
            f"trials have frames of different intervals ({each}): a lag in frames is not one time"
        )
    return next(iter(intervals.values()))


def window_ps(
    displacements: list[TrialDisplacements],
    requested_ps: tuple[float, float] | None,
    from_share: float = 0.0,
) -> tuple[float, float]:
    """Return the lags of a fit: as requested, or from a share of the shortest trial to a tenth.

    At least one interval of frames, and three lags. A trial of one frame has no part in it.
    """
    if requested_ps is not None:
        return requested_ps
    interval = common_interval_ps(displacements)
    shortest = min([one.frames for one in displacements if np.isfinite(one.interval_ps)], default=1)
    first = max(int(from_share * shortest), 1)
    last = max(int(LONGEST_SHARE * shortest), first + FEWEST_LAGS - 1)
    return first * interval, last * interval


def fit_rows(
    displacements: list[TrialDisplacements], curve: Curve, window: tuple[float, float], level: float
) -> pd.DataFrame:
    """Return the exponent over the window and the diffusivity at its end, per trial and pooled."""
    low, high = window
    single = [fit_one(one, curve, low, high) for one in displacements]
    numbers = np.array([[alpha, value] for alpha, value, _ in single])
    notes = [note for *_, note in single]
    rows = [
        (one.trial, alpha, np.nan, np.nan, value, np.nan, np.nan, int(np.isfinite(alpha)), "none")
        for one, (alpha, value, _) in zip(displacements, single, strict=True)
    ]
    band = over_present(numbers, level)
    alpha, value = zip(band.value, band.low, band.high, strict=True)
    value = value[0], np.maximum(value[1], 0), value[2]
    rows.append((POOLED, *alpha, *value, band.trials[0], band.kind[0]))
    joint = joined_notes(dict(zip((one.trial for one in displacements), notes, strict=True)))
    noted = [(*row, note, low, high) for row, note in zip(rows, [*notes, joint], strict=True)]
    return pd.DataFrame(noted, columns=FIT_COLUMNS)


def lags_within(one: TrialDisplacements, low_ps: float, high_ps: float) -> tuple[int, int]:
    """Return first and last lag in frames of a window, up to half of the trial's frames."""
    first = max(int(np.ceil(low_ps / one.interval_ps - 1e-6)), 1)
    return first, min(int(high_ps / one.interval_ps + 1e-6), one.frames // 2)


def fit_one(one: TrialDisplacements, curve: Curve, low_ps: float, high_ps: float) -> tuple:
    """Return exponent, diffusivity (nm2/ns) and a note of one trial; NaN with the reason noted."""
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
    if curve.direction != "lateral" and not one.msd.axial[last] <= CONFINED_SHARE * width**2 / 6:
        return np.nan, np.nan, f"axial MSD beyond {CONFINED_SHARE:g} of w2/6: the limits are felt"
    lags, values = log_lags(last, first), curve.squares(one.msd)
    try:
        law = power_law(lags, values[lags], first, last)
    except ValueError as error:
        return np.nan, np.nan, str(error)
    coefficient = diffusivity(values[last], last * one.interval_ps, DIRECTIONS[curve.direction])
    beyond = last > max(LONGEST_SHARE * one.frames, 1)
    note = f"window beyond {LONGEST_SHARE:g} of the run" if beyond else ""
    return law.exponent, NM2_PER_NS * float(coefficient), note
