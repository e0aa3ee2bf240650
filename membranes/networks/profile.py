"""Mass density of the polymer along z, and its dense region."""

from __future__ import annotations

import numpy as np

from mdtools.constants import G_CM3_PER_DA_NM3
from mdtools.slab import dense_bins
from membranes.networks.structure import Structure

BIN_NM = 0.1
SMOOTHING_BINS = 5


def mass_profile(network: Structure) -> tuple[np.ndarray, np.ndarray]:
    """Return bin centres (nm) and mass density (g/cm3) of the polymer along z."""
    z = network.positions[:, 2]
    edges = np.arange(z.min() - BIN_NM, z.max() + 2 * BIN_NM, BIN_NM)
    mass, edges = np.histogram(z, edges, weights=network.masses)
    volume = BIN_NM * float(np.prod(network.box_nm[:2]))
    return (edges[1:] + edges[:-1]) / 2, mass / volume * G_CM3_PER_DA_NM3


def dense_region(network: Structure) -> tuple[float, float]:
    """Return the z limits (nm) between which the smoothed density is above half of its plateau.

    The plateau is the upper quartile of the 0.5 nm running mean of the non-empty bins.
    """
    z, density = mass_profile(network)
    kernel = np.ones(SMOOTHING_BINS)
    # Running mean that at the two ends counts the empty space beyond, as the faces do.
    smooth = np.convolve(density, kernel / SMOOTHING_BINS, mode="same")
    dense = dense_bins(smooth)
    return float(z[dense[0]] - BIN_NM / 2), float(z[dense[-1]] + BIN_NM / 2)


def box_density(network: Structure) -> float:
    """Return the mass of the polymer over the volume of the box that it formed in, g/cm3."""
    return float(network.masses.sum() / np.prod(network.box_nm) * G_CM3_PER_DA_NM3)


def dense_volume(network: Structure) -> float:
    """Return the volume of the dense region, nm3."""
    low, high = dense_region(network)
    return (high - low) * float(np.prod(network.box_nm[:2]))


def dense_density(network: Structure) -> float:
    """Return the mass density of the dense region, g/cm3."""
    low, high = dense_region(network)
    z = network.positions[:, 2]
    mass = network.masses[(z >= low) & (z <= high)].sum()
    return float(mass / dense_volume(network) * G_CM3_PER_DA_NM3)
