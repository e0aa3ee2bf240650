"""Profiles along z of a slab that is not periodic in z."""

import numpy as np
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite


def slab_edges(half_length: float, width: float) -> np.ndarray:
    """Place bin edges at multiples of width, 0 among them, to cover -half_length..half_length.

    Raises
    ------
    ValueError
        A length that is not positive.

    Examples
    --------
    >>> slab_edges(0.25, 0.1).round(3).tolist()
    [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3]
    """
    if not (half_length > 0 and width > 0):
        raise ValueError(f"half_length {half_length} and width {width} must both be positive")
    count = int(np.ceil(half_length / width - 1e-9))
    return np.arange(-count, count + 1) * width


def slab_bins(z: ArrayLike, edges: ArrayLike) -> np.ndarray:
    """Assign each z the number of its bin of equal width.

    Parameters
    ----------
    z : array_like, shape (n,)
    edges : array_like, shape (b + 1,)
        Ascending and evenly spaced; a bin includes its lower edge.

    Returns
    -------
    bins : int array, shape (n,)

    Raises
    ------
    ValueError
        A z that is not finite or lies outside the edges: nothing is dropped silently.

    Examples
    --------
    >>> slab_bins([0.1, 0.2, 0.5], [0.0, 0.2, 0.4, 0.6]).tolist()
    [0, 1, 2]
    """
    points = finite(z, "z")
    limits = np.asarray(edges, dtype=float)
    per_length = (len(limits) - 1) / (limits[-1] - limits[0])
    bins: np.ndarray = np.floor((points - limits[0]) * per_length).astype(int)
    if bins.size and (bins.min() < 0 or bins.max() >= len(limits) - 1):
        raise ValueError(
            f"z reaches from {points.min():.4g} to {points.max():.4g}, "
            f"outside the bins from {limits[0]:.4g} to {limits[-1]:.4g}"
        )
    return bins


def bin_sums(z: ArrayLike, edges: ArrayLike, weights: ArrayLike | None = None) -> np.ndarray:
    """Sum the weights (default: count the points) in each bin of equal width.

    Parameters
    ----------
    z, edges
        As of `slab_bins`.
    weights : array_like, shape (n,), optional

    Returns
    -------
    sums : array, shape (b,)

    Raises
    ------
    ValueError
        As of `slab_bins`.
    """
    bins, count = slab_bins(z, edges), len(np.asarray(edges)) - 1
    return np.bincount(bins, weights=weights, minlength=count).astype(float)
