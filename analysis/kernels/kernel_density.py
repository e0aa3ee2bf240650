"""Kernel density estimates with the bandwidth of Matlab's ksdensity."""

import numpy as np
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite

NORMAL_MAD = 0.6745
"""Median absolute deviation of a unit normal, to the four digits that ksdensity uses."""


def ksdensity_bandwidth(x: ArrayLike) -> np.ndarray:
    """Compute the default bandwidth of Matlab's ksdensity for a normal kernel.

    sigma (4 / 3n)^(1/5) with sigma = median|x - median x| / 0.6745; the range of x takes the place
    of a sigma that is zero, and the bandwidth is 1 when that is zero too (Bowman & Azzalini 1997).

    Parameters
    ----------
    x : array_like, shape (n,)
        Sample, any unit; the bandwidth has the same.

    Raises
    ------
    ValueError
        Empty sample, or an entry that is not finite.

    Examples
    --------
    >>> round(float(ksdensity_bandwidth([1, 3, 2, 5])), 4)
    1.1901
    """
    sample = finite(x, "x").ravel()
    if sample.size == 0:
        raise ValueError("x is empty, a bandwidth needs at least one value")
    sigma = np.median(np.abs(sample - np.median(sample))) / NORMAL_MAD
    if sigma == 0:
        sigma = np.ptp(sample)
    bandwidth = sigma * (4 / (3 * sample.size)) ** 0.2
    return np.asarray(bandwidth if bandwidth > 0 else 1.0)


def kde(
    x: ArrayLike, grid: ArrayLike, factor: float = 1.0, bandwidth: float | None = None
) -> np.ndarray:
    """Estimate the density of a sample with a normal kernel, in 1 / unit of x.

    Parameters
    ----------
    x : array_like, shape (n,)
        Sample.
    grid : array_like
        Where the density is evaluated; the result has its shape.
    factor : float
        Multiplies the bandwidth.
    bandwidth : float, optional
        Before the factor; the default is `ksdensity_bandwidth` of x. Give that of a pooled sample
        to make the estimates of its parts average to the pooled one.

    Raises
    ------
    ValueError
        Empty sample, an entry that is not finite, or a bandwidth that is not positive.

    Examples
    --------
    >>> round(float(kde([0.0], 0.0)), 6)  # one value: bandwidth 1, 1 / sqrt(2 pi)
    0.398942
    """
    sample = finite(x, "x").ravel()
    if sample.size == 0:
        raise ValueError("x is empty, a density needs at least one value")
    width = factor * float(ksdensity_bandwidth(sample) if bandwidth is None else bandwidth)
    if not (np.isfinite(width) and width > 0):
        raise ValueError(f"the bandwidth times the factor is {width}, it must be positive")
    scaled = (finite(grid, "grid")[..., None] - sample) / width
    kernels: np.ndarray = np.exp(-0.5 * scaled**2)
    return np.asarray(kernels.mean(axis=-1) / (width * np.sqrt(2 * np.pi)))
