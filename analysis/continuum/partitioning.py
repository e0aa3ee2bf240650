"""Equilibrium at the interfaces of a membrane is steric, dielectric (Born, image) and Donnan."""

from collections.abc import Mapping
from numbers import Real

import numpy as np
import numpy.typing as npt
import scipy

from analysis.continuum.arrays import Array
from analysis.continuum.constants import (
    BOLTZMANN,
    ELEMENTARY_CHARGE,
    FARADAY,
    GAS_CONSTANT,
    MATRIX_PERMITTIVITY,
    TEMPERATURE_K,
    VACUUM_PERMITTIVITY,
    WATER_PERMITTIVITY,
)
from analysis.continuum.species import CAVITY_RADII, PAULING_RADII, Ion

BORN_RADII = ("stokes", "pauling", "cavity")
IMAGE_KINDS = ("exact", "rehman-2023")
BornRadius = str | float | Mapping[str, float]

NEWTON_STEPS = 80
LARGEST_STEP = 1.5
"""RT/F: with it Newton's method on the monotone Donnan sum converges from any start."""
TOLERANCE = 1e-13
IMAGE_NODES = 64
"""Of the image integral: with them it is within 1e-9 of its limit."""
IMAGE_RANGE = (-3.4, 2.6)
"""Of t where k = exp(t - exp(-t)), the double exponential rule of a half line on which the
integrand dies out as exp(-2 k) and has a logarithm at 0."""


def steric(lam: npt.ArrayLike) -> Array:
    """Share (1 - lambda)^2 of a pore's cross-section that a sphere's centre can reach."""
    lam = np.asarray(lam, dtype=float)
    return np.where(lam < 1, (1 - np.minimum(lam, 1)) ** 2, 0.0)


def born(
    ion: Ion,
    pore_permittivity: npt.ArrayLike,
    bulk_permittivity: npt.ArrayLike = WATER_PERMITTIVITY,
    temperature: float = TEMPERATURE_K,
    radius: BornRadius = "stokes",
) -> Array:
    """Born partition coefficient exp(-dW/kT), dW = z^2 e^2 / (8 pi eps0 r) (1/eps_p - 1/eps_b).

    Born, Z. Phys. 1, 45 (1920). A neutral solute has 1.

    Parameters
    ----------
    radius : "stokes", "pauling", "cavity", a number in m, or a mapping from ion names to m
        Whose r; see :func:`born_radius`.

    >>> float(born(Ion("Na+", 1, 1.33e-9, 0.184e-9), 41.0).round(9))
    0.169402111
    """
    permittivity = np.asarray(pore_permittivity, dtype=float)
    if ion.charge == 0:
        return np.ones_like(permittivity)
    energy = (ion.charge * ELEMENTARY_CHARGE) ** 2 / (
        8 * np.pi * VACUUM_PERMITTIVITY * born_radius(ion, radius)
    )
    contrast: Array = 1 / permittivity - 1 / np.asarray(bulk_permittivity, dtype=float)
    return np.exp(-energy * contrast / (BOLTZMANN * temperature))


def born_radius(ion: Ion, radius: BornRadius = "stokes") -> float:
    """Radius in m that Born's energy is computed with.

    Parameters
    ----------
    radius : "stokes", "pauling", "cavity", a number in m, or a mapping from ion names to m

    Raises
    ------
    ValueError
        The name is unknown, the number not positive, or the table has no such ion.

    >>> round(born_radius(Ion("Na+", 1, 1.33e-9, 0.184e-9), "cavity") * 1e9, 3)
    0.168
    """
    if isinstance(radius, str) and radius == "stokes":
        return ion.stokes_radius
    if isinstance(radius, str):
        if radius not in BORN_RADII:
            raise ValueError(f"born_radius is {radius!r}, allowed: {', '.join(BORN_RADII)} or m")
        radius = PAULING_RADII if radius == "pauling" else CAVITY_RADII
    if isinstance(radius, Mapping):
        if ion.name not in radius:
            raise ValueError(
                f"born_radius has no {ion.name}, only {', '.join(radius)}; allowed for every ion: "
                "stokes, or one number"
            )
        radius = radius[ion.name]
    if not isinstance(radius, Real) or not 0 < radius < np.inf:
        raise ValueError(f"born_radius of {ion.name} is {radius!r}, allowed is positive, in m")
    return float(radius)


def image_integral(
    mu: npt.ArrayLike, permittivity_ratio: npt.ArrayLike, kind: str = "exact"
) -> Array:
    """Integral I of the image energy of an ion on the axis of a cylindrical pore.

    I = int_0^inf (K0(k) K1(v) - b K0(v) K1(k)) / (I1(v) K0(k) + b I0(v) K1(k)) dk with
    v^2 = k^2 + mu^2; Yaroshchuk, Adv. Colloid Interface Sci. 85, 193 (2000). Integrated by a
    double exponential rule.

    Parameters
    ----------
    mu : array_like
        Pore radius over the Debye length in the pore.
    permittivity_ratio : array_like
        Of the matrix over the pore; 0 needs mu > 0, as the integral grows without bound.
    kind : "exact" or "rehman-2023"
        b = (k/v) times the ratio, as continuity of eps d(phi)/dr at the wall demands; or the
        b = (k/v) (1 - ratio) / (1 + ratio) that eq. 7 of Rehman, Sheriff and Lienhard, Water
        Research 243 (2023), prints, which repels most where there is no contrast.

    >>> float(image_integral(1.0, 4.5 / 42).round(6))
    0.760067
    >>> float(image_integral(0.0, 1.0))
    0.0
    """
    if kind not in IMAGE_KINDS:
        raise ValueError(f"image_charges is {kind!r}, allowed: {', '.join(IMAGE_KINDS)}")
    mu, ratio = np.asarray(mu, dtype=float), np.asarray(permittivity_ratio, dtype=float)
    if not ((mu >= 0) & np.isfinite(mu)).all():
        raise ValueError(f"mu is {mu[~((mu >= 0) & np.isfinite(mu))].flat[0]:g}, allowed is >= 0")
    if not ((ratio >= 0) & np.isfinite(ratio)).all():
        bad = ratio[~((ratio >= 0) & np.isfinite(ratio))].flat[0]
        raise ValueError(f"permittivity_ratio is {bad:g}, allowed is >= 0")
    t, step = np.linspace(*IMAGE_RANGE, IMAGE_NODES, retstep=True)
    k = np.exp(t - np.exp(-t))
    weight = step * k * (1 + np.exp(-t))
    v = np.hypot(k, mu[..., None])
    contrast = ratio if kind == "exact" else (1 - ratio) / (1 + ratio)
    b = k / v * contrast[..., None]
    bessel = scipy.special
    above = bessel.k0e(k) * bessel.k1e(v) - b * bessel.k0e(v) * bessel.k1e(k)
    below = bessel.i1e(v) * bessel.k0e(k) + b * bessel.i0e(v) * bessel.k1e(k)
    integral: Array = (weight * np.exp(-2 * v) * above / below).sum(axis=-1)
    return integral


def image(
    ion_or_charges: Ion | npt.ArrayLike,
    mu: npt.ArrayLike,
    pore_radius: npt.ArrayLike,
    pore_permittivity: npt.ArrayLike,
    matrix_permittivity: npt.ArrayLike = MATRIX_PERMITTIVITY,
    temperature: npt.ArrayLike = TEMPERATURE_K,
    kind: str = "exact",
) -> Array:
    """Image partition coefficient exp(-(2 alpha / pi) I), alpha = z^2 e^2 / (8 pi eps0 eps kT r).

    ``eps`` is the pore's permittivity and r its radius, I of :func:`image_integral`.

    Parameters
    ----------
    ion_or_charges : Ion, or (n,) or (..., n) array of charges
    mu, pore_radius, pore_permittivity, matrix_permittivity, temperature : (...) arrays
        mu of :func:`image_screening`, from the composition in the pore: so a caller iterates.

    Returns
    -------
    array : (...) for an Ion, (..., n) for charges

    >>> float(image(1, 0.710580, 0.5e-9, 42.0).round(5))
    0.29177
    """
    permittivity = np.asarray(pore_permittivity, dtype=float)
    ratio = np.asarray(matrix_permittivity, dtype=float) / permittivity
    kelvin, radius = np.asarray(temperature), np.asarray(pore_radius)
    alpha: Array = ELEMENTARY_CHARGE**2 / (
        8 * np.pi * VACUUM_PERMITTIVITY * permittivity * BOLTZMANN * kelvin * radius
    )
    exponent = 2 * alpha / np.pi * image_integral(mu, ratio, kind)
    if isinstance(ion_or_charges, Ion):
        return np.exp(-exponent * ion_or_charges.charge**2)
    charges = np.asarray(ion_or_charges, dtype=float)
    return np.exp(-(charges**2) * (exponent if charges.ndim == 0 else exponent[..., None]))


def image_screening(
    pore_concentrations: npt.ArrayLike,
    charges: npt.ArrayLike,
    pore_radius: npt.ArrayLike,
    pore_permittivity: npt.ArrayLike,
    temperature: npt.ArrayLike = TEMPERATURE_K,
) -> Array:
    """Pore radius over the Debye length in the pore: mu^2 = r^2 F^2 sum z^2 q / (eps0 eps RT).

    Pore's permittivity and composition; fixed charges do not screen.

    Parameters
    ----------
    pore_concentrations : (..., n) array, mol/m3
    charges : (n,) or (..., n) array

    >>> float(image_screening([100.0, 100.0], [1, -1], 0.5e-9, 42.0).round(5))
    0.71058
    """
    strength = (np.square(charges) * np.asarray(pore_concentrations, dtype=float)).sum(axis=-1)
    squared = FARADAY**2 * strength / (VACUUM_PERMITTIVITY * GAS_CONSTANT * np.asarray(temperature))
    mu: Array = np.asarray(pore_radius) * np.sqrt(squared / np.asarray(pore_permittivity, float))
    return mu


def donnan(
    concentrations: npt.ArrayLike,
    charges: npt.ArrayLike,
    charge_density: npt.ArrayLike,
    partition: npt.ArrayLike = 1.0,
) -> tuple[Array, Array]:
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
    source = np.asarray(partition) * np.asarray(concentrations, dtype=float)
    source, z = np.broadcast_arrays(source, np.asarray(charges, dtype=float))
    density = np.asarray(charge_density, dtype=float)
    shape = np.broadcast_shapes(source.shape[:-1], density.shape)
    source = np.broadcast_to(source, (*shape, source.shape[-1]))
    potential = np.zeros(shape)
    for _ in range(NEWTON_STEPS):
        pore = source * np.exp(-z * potential[..., None])
        excess = (z * pore).sum(axis=-1) + density
        slope = (z**2 * pore).sum(axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.clip(excess / slope, -LARGEST_STEP, LARGEST_STEP)
        potential = potential + step
        if not (np.abs(step) > TOLERANCE * np.maximum(1, np.abs(potential))).any():
            break
    pore = source * np.exp(-z * potential[..., None])
    unbalanced = np.abs((z * pore).sum(axis=-1) + density) > 1e-6 * (
        np.abs(density) + np.abs(z * pore).sum(axis=-1)
    )
    return pore, np.where(unbalanced, np.nan, potential)
