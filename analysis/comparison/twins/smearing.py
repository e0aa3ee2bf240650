"""Things at places along z put into bins, as they are or as Gaussians that stay in a region."""

import numpy as np
import scipy

from analysis.continuum.arrays import Array

SMOOTH_STEP = 0.2
"""Of the smoothing length: how finely a smooth profile is tabulated."""


def binned(z: Array, weights: Array, edges: Array) -> Array:
    """Sums of weights in bins, which have their lower edge; what is outside is in the outermost."""
    bins = np.clip(np.searchsorted(edges, z, side="right") - 1, 0, len(edges) - 2)
    return np.asarray(np.bincount(bins, weights, minlength=len(edges) - 1))


def smeared(
    z: Array, weights: Array, region: tuple[float, float], width: float
) -> tuple[Array, Array]:
    """Edges of bins in a region, and weights in them once each is a Gaussian of this width.

    What would leave the region is reflected, so that the sum stays.
    """
    low, high = region
    count = max(1, round((high - low) / (SMOOTH_STEP * width)))
    edges = np.linspace(low, high, count + 1)
    below = sum(
        (_below((edges[:, None] - image) / width) for image in (z, 2 * low - z, 2 * high - z)),
        np.zeros((count + 1, len(z))),
    )
    # Of each one, so that what further images would add does not miss from the sum.
    shares = np.diff(below, axis=0)
    return edges, (shares / shares.sum(axis=0)) @ weights


def _below(x: Array) -> Array:
    """Share of a standard Gaussian below x."""
    return np.asarray((1 + scipy.special.erf(x / np.sqrt(2))) / 2)
