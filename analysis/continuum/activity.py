"""Batches of solutions have activity coefficients and osmotic pressures: ideal, Davies, Pitzer."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.continuum import pitzer, water
from analysis.continuum.arrays import Array
from analysis.continuum.constants import (
    AVOGADRO,
    BOLTZMANN,
    ELEMENTARY_CHARGE,
    GAS_CONSTANT,
    TEMPERATURE_K,
    VACUUM_PERMITTIVITY,
    WATER_DENSITY,
)
from analysis.continuum.species import Ion, find

KINDS = ("ideal", "davies", "pitzer")
DAVIES = 0.3
"""Share of the ionic strength; Davies, Ion Association, Butterworths, London (1962)."""
DAVIES_UP_TO = 0.5
"""mol/L of ionic strength that Davies' law is meant for; far above, its coefficients grow without
bound."""
PER_LITRE = 1e-3
"""mol/L of a mol/m3."""


def coefficients(
    kind: str,
    ions: Sequence[str | Ion],
    concentrations: npt.ArrayLike,
    temperature: float = TEMPERATURE_K,
    permittivity: float | None = None,
) -> Array:
    """Activity coefficients (B, n) of the ions of a batch of solutions.

    "ideal": 1. "davies": log10 gamma = -A z^2 (sqrt I / (1 + sqrt I) - 0.3 I), I in mol/L; meant
    for up to 0.5 mol/L. "pitzer": :mod:`analysis.continuum.pitzer`, the molality being the
    concentration over 997.05 kg/m3 of water, which neglects the volume of the ions.

    Parameters
    ----------
    ions : n names or Ions
    concentrations : (B, n) array, mol/m3
    temperature : K
    permittivity : relative, or None for water's at that temperature
        Of Davies' A; 0.5110 at 25 C.

    Raises
    ------
    ValueError
        ``kind`` is unknown, or Pitzer has no parameters for a salt.

    >>> coefficients("davies", ["Na+", "Cl-"], [[100.0, 100.0]]).round(4)
    array([[0.7808, 0.7808]])
    """
    amounts = np.asarray(concentrations, dtype=float)
    if _known(kind) == "ideal":
        return np.ones_like(amounts)
    if kind == "pitzer":
        return pitzer.coefficients(ions, amounts / WATER_DENSITY, temperature)[0]
    charges = np.array([float(find(ion).charge) for ion in ions])
    strength = amounts @ charges**2 / 2 * PER_LITRE
    return davies(charges, strength, debye_hueckel_slope(temperature, permittivity))


def strongest(ions: Sequence[str | Ion], concentrations: npt.ArrayLike) -> float:
    """Largest ionic strength of a batch (..., n) of solutions in mol/m3, mol/L; NaN counts not.

    >>> round(strongest(["Na+", "SO4--"], [[200.0, 100.0], [20.0, 10.0]]), 6)
    0.3
    """
    amounts = np.asarray(concentrations, dtype=float)
    charges = np.array([float(find(ion).charge) for ion in ions])
    strength = amounts @ charges**2 / 2 * PER_LITRE
    finite = strength[np.isfinite(strength)]
    return float(finite.max()) if finite.size else 0.0


def beyond_davies(strength: float) -> str:
    """What is to be said of Davies' law at an ionic strength, mol/L; empty within its range.

    >>> beyond_davies(0.5), beyond_davies(7.06)[:54]
    ('', ', beyond its range (up to 7.1 mol/L of ionic strength;')
    """
    if not strength > DAVIES_UP_TO:
        return ""
    return (
        f", beyond its range (up to {strength:.2g} mol/L of ionic strength; it is meant for up to "
        f"{DAVIES_UP_TO:g}; pitzer holds to several mol/L)"
    )


def davies(charges: npt.ArrayLike, strength: npt.ArrayLike, slope: npt.ArrayLike) -> Array:
    """Davies' coefficients (..., n): log10 gamma = -A z^2 (sqrt I / (1 + sqrt I) - 0.3 I).

    Parameters
    ----------
    charges : (n,) array
    strength : (...) array, mol/L, or mol/kg with A on that scale
    slope : A, in the strength's unit to the power -1/2

    >>> davies([1, 2], 0.1, 0.511).round(4)
    array([0.7808, 0.3717])
    """
    ionic = np.maximum(np.asarray(strength, dtype=float), 0.0)
    root = np.sqrt(ionic)
    exponent: Array = np.asarray(slope) * (root / (1 + root) - DAVIES * ionic)
    gamma: Array = 10 ** (-exponent[..., None] * np.square(np.asarray(charges, dtype=float)))
    return gamma


def debye_hueckel_slope(
    temperature: npt.ArrayLike = TEMPERATURE_K, permittivity: npt.ArrayLike | None = None
) -> Array:
    """A of log10 gamma = -A z^2 sqrt I, I in mol/L: e^3 sqrt(2 N c) / (ln 10 8 pi (eps kT)^1.5).

    >>> float(debye_hueckel_slope().round(4))
    0.511
    """
    if permittivity is None:
        permittivity = water.permittivity(temperature)
    relative, kelvin = np.asarray(permittivity), np.asarray(temperature)
    energy = VACUUM_PERMITTIVITY * relative * BOLTZMANN * kelvin
    above = ELEMENTARY_CHARGE**3 * np.sqrt(2 * AVOGADRO / PER_LITRE)
    slope: Array = above / (8 * np.pi * np.log(10) * energy**1.5)
    return slope


def osmotic(
    kind: str,
    ions: Sequence[str | Ion],
    concentrations: npt.ArrayLike,
    temperature: float = TEMPERATURE_K,
) -> Array:
    """Osmotic pressure (B,) in Pa: RT sum c, times the osmotic coefficient for "pitzer".

    "davies" has van 't Hoff's too, as its users have it.

    >>> float(osmotic("ideal", ["Na+", "Cl-"], [[100.0, 100.0]])[0].round())
    495791.0
    """
    amounts = np.asarray(concentrations, dtype=float)
    pressure: Array = GAS_CONSTANT * temperature * amounts.sum(axis=-1)
    if _known(kind) != "pitzer":
        return pressure
    return pressure * pitzer.coefficients(ions, amounts / WATER_DENSITY, temperature)[1]


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"activity is {kind!r}, allowed: {', '.join(KINDS)}")
    return kind
