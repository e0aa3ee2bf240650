"""Equilibrium at the faces of a membrane: steric, dielectric and Donnan."""

import numpy as np

from analysis.continuum.constants import (
    BOLTZMANN,
    ELEMENTARY_CHARGE,
    TEMPERATURE_K,
    VACUUM_PERMITTIVITY,
    WATER_PERMITTIVITY,
)
from analysis.continuum.species import Ion

NEWTON_STEPS = 80
LARGEST_STEP = 1.5
"""RT/F: with it Newton's method on the monotone Donnan sum converges from any start."""
TOLERANCE = 1e-13


def steric(lam):
    """Share (1 - lambda)^2 of a pore's cross-section that a sphere's centre can reach."""
    lam = np.asarray(lam, dtype=float)
    return np.where(lam < 1, (1 - np.minimum(lam, 1)) ** 2, 0.0)


def born(
    ion: Ion,
    pore_permittivity,
    bulk_permittivity: float = WATER_PERMITTIVITY,
    temperature: float = TEMPERATURE_K,
):
    """Born partition coefficient exp(-dW/kT), dW = z^2 e^2 / (8 pi eps0 r) (1/eps_p - 1/eps_b).

    ``r`` is the Stokes radius. Born, Z. Phys. 1, 45 (1920).

    >>> float(born(Ion("Na+", 1, 1.33e-9, 0.184e-9), 41.0).round(9))
    0.169402111
    """
    energy = (ion.charge * ELEMENTARY_CHARGE) ** 2 / (
        8 * np.pi * VACUUM_PERMITTIVITY * ion.stokes_radius
    )
    contrast = 1 / np.asarray(pore_permittivity, dtype=float) - 1 / bulk_permittivity
    return np.exp(-energy * contrast / (BOLTZMANN * temperature))


def donnan(concentrations, charges, charge_density, partition=1.0):
    """Concentrations in a charged phase in equilibrium with a neutral solution.

    q_i = G_i c_i exp(-z_i psi) with sum(z q) + X = 0; Newton's method with limited steps on the
    monotone sum.

    Parameters
    ----------
    concentrations : (..., n) array, mol/m3
    charges : (n,) or (..., n) array
        Counted by the solution's and the phase's electroneutrality.
    charge_density : (...) array, mol/m3
        X of the phase.
    partition : (..., n) array
        G_i, other than Donnan.

    Returns
    -------
    pore : (..., n) array, mol/m3
    potential : (...) array, RT/F
        NaN where the solution has no ion that could balance the phase's charge.

    >>> pore, potential = donnan([10.0, 10.0], [1, -1], -50.0)
    >>> pore.round(6), float(potential.round(9))
    (array([51.925824,  1.925824]), -1.647231146)
    """
    charges = np.asarray(charges, dtype=float)
    source = np.asarray(partition) * np.asarray(concentrations, dtype=float)
    source, charges = np.broadcast_arrays(source, charges)
    density = np.asarray(charge_density, dtype=float)
    shape = np.broadcast_shapes(source.shape[:-1], density.shape)
    source = np.broadcast_to(source, (*shape, source.shape[-1]))
    potential = np.zeros(shape)
    for _ in range(NEWTON_STEPS):
        pore = source * np.exp(-charges * potential[..., None])
        excess = (charges * pore).sum(axis=-1) + density
        slope = (charges**2 * pore).sum(axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.clip(excess / slope, -LARGEST_STEP, LARGEST_STEP)
        potential = potential + step
        if not (np.abs(step) > TOLERANCE * np.maximum(1, np.abs(potential))).any():
            break
    pore = source * np.exp(-charges * potential[..., None])
    unbalanced = np.abs((charges * pore).sum(axis=-1) + density) > 1e-6 * (
        np.abs(density) + np.abs(charges * pore).sum(axis=-1)
    )
    return pore, np.where(unbalanced, np.nan, potential)
