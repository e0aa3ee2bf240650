"""Liquid water at 0.1 MPa has a permittivity, viscosity and density by temperature in K."""

import numpy as np
import numpy.typing as npt

from analysis.continuum.arrays import Array

ZERO_CELSIUS = 273.15
LOWEST, HIGHEST = 273.15, 373.15
"""K; the three fits hold there."""
VISCOSITY_TERMS = ((280.68, -1.9), (511.45, -7.7), (61.131, -19.6), (0.45903, -40.0))
"""1e-6 Pa s and powers of T / 300 K."""


def permittivity(temperature: npt.ArrayLike) -> Array:
    """Relative permittivity; CRC Handbook of Chemistry and Physics, permittivity of liquids.

    The nanofiltration literature takes 78.54 at 25 C, an older value; this one is 0.2 % less.

    >>> float(permittivity(298.15).round(2))
    78.36
    """
    kelvin = _celsius(temperature) + ZERO_CELSIUS
    return 249.21 - 0.79069 * kelvin + 0.72997e-3 * kelvin**2


def viscosity(temperature: npt.ArrayLike) -> Array:
    """Pa s; the simplified correlation of IAPWS SR6-08(2011).

    >>> float(viscosity(298.15).round(7))
    0.00089
    """
    reduced = (_celsius(temperature) + ZERO_CELSIUS) / 300
    terms: Array = sum((a * reduced**b for a, b in VISCOSITY_TERMS), np.zeros(()))
    return 1e-6 * terms


def density(temperature: npt.ArrayLike) -> Array:
    """kg/m3; Kell, J. Chem. Eng. Data 20, 97 (1975), eq. 16.

    >>> float(density(298.15).round(1))
    997.0
    """
    t = _celsius(temperature)
    above = np.polynomial.polynomial.polyval(
        t, (999.83952, 16.945176, -7.9870401e-3, -46.170461e-6, 105.56302e-9, -280.54253e-12)
    )
    return np.asarray(above, dtype=float) / (1 + 16.879850e-3 * t)


def _celsius(temperature: npt.ArrayLike) -> Array:
    kelvin = np.asarray(temperature, dtype=float)
    bad = ~((kelvin >= LOWEST) & (kelvin <= HIGHEST))
    if bad.any():
        raise ValueError(
            f"temperature is {kelvin[bad].flat[0]:g} K, allowed is {LOWEST:g} to {HIGHEST:g} K"
        )
    return kelvin - ZERO_CELSIUS
