"""Bins along z for numbers per ion."""

import numpy as np

from analysis.kernels import slab_edges
from analysis.trials import Trials

BIN_ANGSTROM = 2.0
"""Width of the bins in z: less than a first shell, and wide enough for the samples of one ion."""


def z_edges(trials: Trials) -> np.ndarray:
    """Return edges (angstrom) of bins over the box, at whole multiples of their width."""
    return slab_edges(10 * float(trials.first.box_nm[2]), BIN_ANGSTROM)


def occupied_bins(samples: np.ndarray) -> slice:
    """Return the bins (last axis) from the first to the last that holds a sample.

    >>> occupied_bins(np.array([[0, 0, 3, 0, 1, 0], [0, 1, 0, 0, 0, 0]]))
    slice(1, 5, None)
    """
    bins = np.flatnonzero(samples.reshape(-1, samples.shape[-1]).any(axis=0))
    return slice(int(bins[0]), int(bins[-1]) + 1) if len(bins) else slice(0, 0)
