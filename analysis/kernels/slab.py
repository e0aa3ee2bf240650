"""Profiles along z of a slab that is not periodic in z."""

import numpy as np

from analysis.kernels.checks import finite


def slab_edges(half_length: float, width: float) -> np.ndarray:
    """Bin edges at whole multiples of width, 0 among them, that cover -half_length..half_length.

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


def slab_bins(z, edges) -> np.ndarray:
    """Number of the bin of equal width that each z falls in.

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
    edges = np.asarray(edges, dtype=float)
    bins = np.floor((points - edges[0]) * ((len(edges) - 1) / (edges[-1] - edges[0]))).astype(int)
    if bins.size and (bins.min() < 0 or bins.max() >= len(edges) - 1):
        raise ValueError(
            f"z reaches from {points.min():.4g} to {points.max():.4g}, "
            f"outside the bins from {edges[0]:.4g} to {edges[-1]:.4g}"
        )
    return bins


def bin_sums(z, edges, weights=None) -> np.ndarray:
    """Sum of weights (default: number of points) in each bin of equal width.

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
    bins = slab_bins(z, edges)
    return np.bincount(bins, weights=weights, minlength=len(edges) - 1).astype(float)


def slab_faces(centers, density, bridge: float, fraction: float = 0.05) -> tuple[float, float]:
    """The two z where a slab ends: its density falls to a fraction of its maximum there.

    The slab is what hangs together around the densest bin: from there outwards to either side,
    bins above the fraction belong to it, and so do those behind a gap narrower than `bridge` (the
    summed width of the bins in a row at or below the fraction). Whatever lies behind a wider gap is
    not the slab, however dense. A face is the crossing of the fraction at the slab's end, linear
    between bin centres.

    Parameters
    ----------
    centers : array_like, shape (b,)
        Ascending and evenly spaced.
    density : array_like, shape (b,)
    bridge : float
        In the unit of centers.
    fraction : float
        Of the maximum.

    Returns
    -------
    feed, permeate : floats in the unit of centers

    Raises
    ------
    ValueError
        No mass at all, or a slab whose density has not fallen to the fraction at an end of the
        range.

    Examples
    --------
    >>> slab_faces([-2, -1, 0, 1, 2], [0, 1, 1, 1, 0], bridge=2, fraction=0.5)
    (-1.5, 1.5)
    >>> slab_faces(range(9), [0, 2, 0, 2, 0, 0, 1, 1, 0], bridge=2, fraction=0.25)  # 2 empty bins
    (0.25, 3.75)
    """
    z, rho = finite(centers, "centers"), finite(density, "density")
    if rho.max(initial=0.0) <= 0:
        raise ValueError("the density is zero everywhere, there is no slab")
    level = fraction * rho.max()
    dense = np.flatnonzero(rho > level)
    width = (z[-1] - z[0]) / max(len(z) - 1, 1)
    # A gap of just the bridged width is no slab, whatever the rounding of the centres.
    apart = np.flatnonzero((np.diff(dense) - 1) * width > bridge * (1 - 1e-9))
    region = next(part for part in np.split(dense, apart + 1) if rho.argmax() in part)
    first, last = region[0], region[-1]
    if first == 0 or last == len(z) - 1:
        raise ValueError("the slab reaches the end of the range, its face cannot be found")

    def crossing(outside: int, inside: int) -> float:
        share = (level - rho[outside]) / (rho[inside] - rho[outside])
        return float(z[outside] + share * (z[inside] - z[outside]))

    return crossing(first - 1, first), crossing(last + 1, last)


def slab_core(centers, density, fraction: float = 0.5, quantile: float = 0.75) -> tuple:
    """The outermost bins whose density is at least a fraction of the plateau.

    The plateau is a quantile of the density over the bins that are not empty: unlike the maximum,
    it does not depend on one dense layer. Hollows between the outermost bins belong to the core.

    Parameters
    ----------
    centers : array_like, shape (b,)
        Ascending and evenly spaced.
    density : array_like, shape (b,)
        Smoothed as the caller sees fit.
    fraction, quantile : float

    Returns
    -------
    low, high : floats, outer edges of those bins in the unit of centers

    Raises
    ------
    ValueError
        No mass at all.

    Examples
    --------
    >>> slab_core([0, 1, 2, 3, 4, 5], [0, 1, 4, 4, 4, 1])
    (1.5, 4.5)
    """
    z, rho = finite(centers, "centers"), finite(density, "density")
    if rho.max(initial=0.0) <= 0:
        raise ValueError("the density is zero everywhere, there is no slab")
    plateau = np.quantile(rho[rho > 0], quantile)
    dense = z[rho >= fraction * plateau]
    half = (z[-1] - z[0]) / max(len(z) - 1, 1) / 2
    return float(dense[0] - half), float(dense[-1] + half)
