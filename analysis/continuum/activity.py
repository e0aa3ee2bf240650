"""Activity coefficients and osmotic pressure of a batch of solutions: ideal, Davies or Pitzer."""

from collections.abc import Sequence

import numpy as np

from analysis.continuum import pitzer, water
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
PER_LITRE = 1e-3
"""mol/L of a mol/m3."""


def coefficients(
    kind: str,
    ions: Sequence[str | Ion],
    concentrations,
    temperature: float = TEMPERATURE_K,
    permittivity: float | None = None,
) -> np.ndarray:
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
    concentrations = np.asarray(concentrations, dtype=float)
    if _known(kind) == "ideal":
        return np.ones_like(concentrations)
    ions = [find(ion) for ion in ions]
    if kind == "pitzer":
        return pitzer.coefficients(ions, concentrations / WATER_DENSITY, temperature)[0]
    charges = np.array([float(ion.charge) for ion in ions])
    strength = concentrations @ charges**2 / 2 * PER_LITRE
    return davies(charges, strength, debye_hueckel_slope(temperature, permittivity))


def davies(charges, strength, slope) -> np.ndarray:
    """Davies' coefficients (..., n): log10 gamma = -A z^2 (sqrt I / (1 + sqrt I) - 0.3 I).

    Parameters
    ----------
    charges : (n,) array
    strength : (...) array, mol/L, or mol/kg with A on that scale
    slope : A, in the strength's unit to the power -1/2

    >>> davies([1, 2], 0.1, 0.511).round(4)
    array([0.7808, 0.3717])
    """
    strength = np.maximum(np.asarray(strength, dtype=float), 0.0)
    root = np.sqrt(strength)
    exponent = slope * (root / (1 + root) - DAVIES * strength)
    return 10 ** (-exponent[..., None] * np.square(np.asarray(charges, dtype=float)))


def debye_hueckel_slope(temperature=TEMPERATURE_K, permittivity=None):
    """A of log10 gamma = -A z^2 sqrt I, I in mol/L: e^3 sqrt(2 N c) / (ln 10 8 pi (eps kT)^1.5).

    >>> float(debye_hueckel_slope().round(4))
    0.511
    """
    if permittivity is None:
        permittivity = water.permittivity(temperature)
    energy = VACUUM_PERMITTIVITY * permittivity * BOLTZMANN * temperature
    above = ELEMENTARY_CHARGE**3 * np.sqrt(2 * AVOGADRO / PER_LITRE)
    return above / (8 * np.pi * np.log(10) * energy**1.5)


def osmotic(
    kind: str, ions: Sequence[str | Ion], concentrations, temperature: float = TEMPERATURE_K
) -> np.ndarray:
    """Osmotic pressure (B,) in Pa: RT sum c, times the osmotic coefficient for "pitzer".

    "davies" has van 't Hoff's too, as its users have it.

    >>> float(osmotic("ideal", ["Na+", "Cl-"], [[100.0, 100.0]])[0].round())
    495791.0
    """
    concentrations = np.asarray(concentrations, dtype=float)
    pressure = GAS_CONSTANT * temperature * concentrations.sum(axis=-1)
    if _known(kind) != "pitzer":
        return pressure
    return pressure * pitzer.coefficients(ions, concentrations / WATER_DENSITY, temperature)[1]


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"activity is {kind!r}, allowed: {', '.join(KINDS)}")
    return kind
