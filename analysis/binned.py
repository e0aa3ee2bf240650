"""Numbers against z: bins, and means of trials of which not all have reached every bin."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.kernels import slab_edges
from analysis.statistics import over_trials
from analysis.trials import Trials

BIN_ANGSTROM = 2.0
"""Width of the bins in z: less than a first shell, and wide enough for the samples of one ion."""

PARTLY = "none: not in all trials"
"""Kind of the interval of a mean where some trials have no value."""


@dataclass(frozen=True)
class Means:
    """Means over the trials that have a value; edges are NaN where not all of them have one."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    kind: np.ndarray
    trials: np.ndarray


def z_edges(trials: Trials) -> np.ndarray:
    """Edges (angstrom) of the bins, at whole multiples of their width, over the whole box."""
    return slab_edges(10 * float(trials.first.box_nm[2]), BIN_ANGSTROM)


def over_present(values, level: float) -> Means:
    """Means over trials (first axis), NaN where a trial has no value.

    The t interval is given only where every trial has one.

    >>> means = over_present([[1.0, 4.0], [3.0, np.nan]], 0.95)
    >>> means.value.tolist(), means.trials.tolist(), np.isfinite(means.low).tolist()
    ([2.0, 4.0], [2, 1], [True, False])
    """
    values = np.asarray(values, dtype=float)
    known = np.isfinite(values)
    counts = known.sum(axis=0)
    everyone = counts == len(values)
    filled = np.where(known, values, 0.0)
    band = over_trials(filled, level)
    mean = np.divide(
        filled.sum(axis=0), counts, out=np.full(counts.shape, np.nan), where=counts > 0
    )
    low, high = (np.where(everyone, edge, np.nan) for edge in (band.low, band.high))
    return Means(mean, low, high, np.where(everyone, band.kind, PARTLY), counts)


def stacked(parts: list[pd.DataFrame], columns: tuple) -> pd.DataFrame:
    """Parts of a table one below the other; a table of its columns without rows if there is none.

    >>> stacked([], ("z_angstrom",)).columns.tolist()
    ['z_angstrom']
    """
    if not parts:
        return pd.DataFrame(columns=list(columns))
    return pd.concat(parts, ignore_index=True)[list(columns)]


def reached(samples: np.ndarray) -> slice:
    """Bins (last axis) from the first to the last that holds a sample of anyone.

    >>> reached(np.array([[0, 0, 3, 0, 1, 0], [0, 1, 0, 0, 0, 0]]))
    slice(1, 5, None)
    """
    bins = np.flatnonzero(samples.reshape(-1, samples.shape[-1]).any(axis=0))
    return slice(int(bins[0]), int(bins[-1]) + 1) if len(bins) else slice(0, 0)
