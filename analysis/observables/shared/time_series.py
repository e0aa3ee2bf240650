"""Time series: values sampled, or averaged over windows, for each trial and over trials."""

import math

import numpy as np
import pandas as pd

from analysis.options import AnalysisOptions
from analysis.statistics import over_trials
from analysis.store import Store
from analysis.trials import POOLED, TOLERANCE_NS, Trials, interval_ns

POINTS = 20
"""Points in time of trials that are shorter than the requested spacing."""


def spacing_ns(trials: Trials, requested_ns: float) -> float:
    """Return the spacing of points in time for all trials: as requested, or less in short trials.

    It is then a twentieth of the common time in whole intervals of the frames, so that all trials
    have the same points.
    """
    if requested_ns <= trials.common_ns + TOLERANCE_NS:
        return requested_ns
    interval = max(interval_ns(store) for store in trials.stores)
    return interval * max(math.ceil(trials.common_ns / interval / POINTS - 1e-6), 1)


def same_start(trials: Trials) -> bool:
    """Return whether the stored positions at t = 0 are the same in all trials."""
    first = trials.first.arrays["positions_nm"][0]
    return all(np.array_equal(store.arrays["positions_nm"][0], first) for store in trials.stores)


def sample_times(store, every_ns: float) -> np.ndarray:
    """Return 0 and every multiple of every_ns that the trial reaches.

    Raises
    ------
    ValueError
        Frames are stored less often than that.
    """
    if interval_ns(store) > every_ns * (1 + 1e-6):
        raise ValueError(
            f"mean_z_every_ns is {every_ns:g}, but trial {store.trial} has a frame only every "
            f"{interval_ns(store):g} ns: allowed is that or more"
        )
    return np.arange(int((store.analysed_ns + TOLERANCE_NS) / every_ns + 1e-6) + 1) * every_ns


def window_means(store: Store, values, every_ns: float) -> np.ndarray:
    """Return means over the fast frames of each window, from after t - every_ns up to t.

    Parameters
    ----------
    values : array_like, shape (T, ...)
        One entry per fast frame.
    every_ns : float

    Returns
    -------
    means : array, shape (times, ...)
        At `sample_times`; the first is the value at t = 0 itself.
    """
    values = np.asarray(values, dtype=float)
    times = sample_times(store, every_ns)
    late = TOLERANCE_NS + 1e-3 * interval_ns(store)
    ends = np.searchsorted(store.arrays["time_ps"] / 1000, times + late)
    sums = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])[[0, *ends]]
    counts = np.diff(ends, prepend=0).reshape(-1, *[1] * (values.ndim - 1))
    return np.diff(sums, axis=0) / counts


def rows_in_time(
    trials: Trials, series: list[np.ndarray], options: AnalysisOptions, upper_limit: float
) -> pd.DataFrame:
    """Return rows of each trial to its end, then of all up to the time that all of them reach.

    Parameters
    ----------
    series : list of arrays, shapes (times,)
        Not negative; one for each trial, at its `sample_times` in steps of `spacing_ns`.
    most : float
        Largest value that an edge of the interval may have.

    Returns
    -------
    rows : DataFrame
        trial, time_ns, value, low, high, interval. At t = 0, where trials of a campaign
        agree, there is no interval.
    """
    every = spacing_ns(trials, options.mean_z_every_ns)
    parts = [
        pd.DataFrame(
            {
                "trial": str(store.trial),
                "time_ns": np.arange(len(values)) * every,
                "value": values,
                "low": np.nan,
                "high": np.nan,
                "interval": "none",
            }
        )
        for store, values in zip(trials.stores, series, strict=True)
    ]
    common = min(map(len, series))
    pooled = over_trials([values[:common] for values in series], options.level)
    apart = np.arange(common) > 0
    everything = {
        "trial": POOLED,
        "time_ns": np.arange(common) * every,
        "value": pooled.value,
        "low": np.where(apart, np.maximum(pooled.low, 0), np.nan),
        "high": np.where(apart, np.minimum(pooled.high, upper_limit), np.nan),
        "interval": np.where(apart, pooled.kind, "none"),
    }
    return pd.concat([*parts, pd.DataFrame(everything)], ignore_index=True)
