"""Pitzer and Kim's equations give activity and osmotic coefficients of mixed electrolytes.

Pitzer and Kim, J. Am. Chem. Soc. 96, 5701 (1974), in the form of Harvie, Moller and Weare,
Geochim. Cosmochim. Acta 48, 723 (1984), with the unsymmetrical mixing of Pitzer, J. Solution
Chem. 4, 249 (1975). On the molal scale; single-ion values are defined only up to exp(z s).
"""

import warnings
from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt
import scipy

from analysis.continuum import water
from analysis.continuum.arrays import Array
from analysis.continuum.constants import TEMPERATURE_K
from analysis.continuum.pitzer_mixing import electrostatic
from analysis.continuum.pitzer_parameters import Parameters, parameters
from analysis.continuum.species import Concentrations, Ion, find

DEBYE_HUECKEL = 0.3915
"""A_phi at 25 C, (kg/mol)^(1/2)."""
CLOSEST = 1.2
"""b, (kg/mol)^(1/2)."""
ALPHA, ALPHA_TWO_TWO, ALPHA_PAIRING = 2.0, 1.4, 12.0
"""(kg/mol)^(1/2), of beta1, of beta1 where both ions are divalent, of beta2."""
SMALLEST_STRENGTH = 1e-12
"""mol/kg; stands in for no ions at all, where the limiting law holds."""


class Activity(TypedDict):
    """Coefficients by ion, osmotic, and mean ones by salt."""

    gamma: dict[str, Array]
    osmotic: Array
    mean: dict[str, Array]


def activity(molalities: Concentrations, temperature: float = TEMPERATURE_K) -> Activity:
    """Coefficients of one solution, or of a batch where the molalities are arrays.

    Parameters
    ----------
    molalities : mol/kg of water, by ion name
    temperature : K
        Enters by A_phi; the interaction parameters are those of 25 C.

    Returns
    -------
    dict
        ``gamma`` by ion, ``osmotic``, and ``mean`` by salt, as in "MgCl2", for every cation with
        every anion.

    Raises
    ------
    ValueError
        Unknown ion or salt, a negative molality, a solution that is not neutral.

    >>> result = activity({"Na+": 1.0, "Cl-": 1.0})
    >>> float(result["mean"]["NaCl"].round(8)), float(result["osmotic"].round(7))
    (0.65494154, 0.9355981)
    """
    ions = [find(key) for key in molalities]
    values = np.broadcast_arrays(*(np.asarray(m, dtype=float) for m in molalities.values()))
    shape = values[0].shape
    molality = np.stack([value.reshape(-1) for value in values], axis=1)
    charges = np.array([ion.charge for ion in ions])
    for i, ion in enumerate(ions):
        if not (np.isfinite(molality[:, i]) & (molality[:, i] >= 0)).all():
            raise ValueError(f"molality of {ion.name} is {molality[:, i].min():g}, allowed is >= 0")
    imbalance = molality @ charges
    if (np.abs(imbalance) > 1e-6 * (molality @ np.abs(charges))).any():
        worst = imbalance[np.abs(imbalance).argmax()]
        raise ValueError(f"molalities are not neutral: their charges sum to {worst:+.6g} mol/kg")
    gamma, osmotic = coefficients(ions, molality, temperature)
    logs = np.log(gamma)
    mean = {
        _formula(c, a): np.exp(
            (-a.charge * logs[:, i] + c.charge * logs[:, j]) / (c.charge - a.charge)
        ).reshape(shape)
        for i, c in enumerate(ions)
        for j, a in enumerate(ions)
        if c.charge > 0 > a.charge
    }
    by_ion = {ion.name: gamma[:, i].reshape(shape) for i, ion in enumerate(ions)}
    return {"gamma": by_ion, "osmotic": osmotic.reshape(shape), "mean": mean}


def coefficients(
    ions: Sequence[str | Ion], molality: npt.ArrayLike, temperature: npt.ArrayLike = TEMPERATURE_K
) -> tuple[Array, Array]:
    """Activity coefficients and osmotic coefficients of a batch of solutions.

    Parameters
    ----------
    ions : n names or Ions
        Neutral ones are ideal.
    molality : (B, n) array, mol/kg
        Not checked for electroneutrality.

    Returns
    -------
    gamma : (B, n) array
    osmotic : (B,) array
        1 where there is nothing dissolved.

    Warns
    -----
    UserWarning
        Names the mixing parameters that no source gives for ions that are there together.
    """
    table = parameters(tuple(find(ion) for ion in ions))
    molality = np.asarray(molality, dtype=float)
    if table.missing:
        warnings.warn(
            f"no Pitzer mixing parameter is known for: {'; '.join(table.missing)}; taken as 0, so "
            "that the mixture is less certain than its salts",
            UserWarning,
            stacklevel=2,
        )
    z = table.charges
    strength = np.maximum((z**2 * molality).sum(axis=1) / 2, SMALLEST_STRENGTH)
    debye_hueckel = debye_hueckel_slope(temperature) * np.ones(len(molality))
    pair, pair_slope, pair_osmotic = _pairs(table, strength)
    unlike, unlike_slope = electrostatic(z, strength, debye_hueckel)
    charge = (np.abs(z) * molality).sum(axis=1)

    def twice(matrix: Array) -> Array:
        form: Array = np.einsum("bi,bij,bj->b", molality, matrix, molality)
        return form

    ternary = np.einsum("ijk,bj,bk->bi", table.psi, molality, molality)
    c_sum = np.einsum("bi,ij,bj->b", molality, table.c, molality)
    root = np.sqrt(strength)
    common = (
        -debye_hueckel * (root / (1 + CLOSEST * root) + 2 / CLOSEST * np.log1p(CLOSEST * root))
        + (twice(pair_slope) + twice(unlike_slope)) / 2
    )
    second = np.einsum("bij,bj->bi", pair + table.theta + unlike, molality)
    logs = (
        z**2 * common[:, None]
        + 2 * second
        + charge[:, None] * (molality @ table.c)
        + ternary / 2
        + np.abs(z) * c_sum[:, None] / 2
    )
    mixing = table.theta + unlike + strength[:, None, None] * unlike_slope
    excess = (
        -2 * debye_hueckel * strength * root / (1 + CLOSEST * root)
        + twice(pair_osmotic + mixing)
        + charge * c_sum
        + (molality * ternary).sum(axis=1) / 3
    )
    total = molality.sum(axis=1)
    return np.exp(logs), 1 + excess / np.where(total > 0, total, 1.0)


def debye_hueckel_slope(temperature: npt.ArrayLike = TEMPERATURE_K) -> Array:
    """A_phi in (kg/mol)^(1/2): 0.3915 at 25 C, elsewhere by its density^(1/2) (eps T)^(-3/2).

    >>> float(debye_hueckel_slope(273.15).round(3))
    0.378
    """

    def scale(t: Array) -> Array:
        return np.sqrt(water.density(t)) * (water.permittivity(t) * t) ** -1.5

    kelvin = np.asarray(temperature, dtype=float)
    return DEBYE_HUECKEL * scale(kelvin) / scale(np.asarray(TEMPERATURE_K))


def _pairs(table: Parameters, strength: Array) -> tuple[Array, Array, Array]:
    """B, dB/dI and B_phi of ions of opposite sign, each (B, n, n)."""
    two_two = (np.abs(np.outer(table.charges, table.charges)) >= 4)[None]
    root = np.sqrt(strength)[:, None, None]
    strength = strength[:, None, None]
    first = np.where(two_two, ALPHA_TWO_TWO, ALPHA) * root
    second = ALPHA_PAIRING * root
    value = table.beta0 + table.beta1 * _g(first) + table.beta2 * _g(second)
    slope = -(table.beta1 * _g_slope(first) + table.beta2 * _g_slope(second)) / strength
    osmotic = table.beta0 + table.beta1 * np.exp(-first) + table.beta2 * np.exp(-second)
    return value, slope, osmotic


def _g(x: Array) -> Array:
    """2 [1 - (1 + x) exp(-x)] / x^2."""
    value: Array = 2 * scipy.special.gammainc(2, x) / x**2
    return value


def _g_slope(x: Array) -> Array:
    """2 [1 - (1 + x + x^2/2) exp(-x)] / x^2, minus Pitzer's g'."""
    value: Array = 2 * scipy.special.gammainc(3, x) / x**2
    return value


def _formula(cation: Ion, anion: Ion) -> str:
    divisor = np.gcd(cation.charge, -anion.charge)
    parts = ((cation, -anion.charge // divisor), (anion, cation.charge // divisor))
    text = ""
    for ion, count in parts:
        symbol = ion.name.rstrip("+-0123456789") if ion.charge > 0 else ion.name.rstrip("+-")
        if count > 1:
            several = sum(letter.isupper() for letter in symbol) > 1
            symbol = f"({symbol}){count}" if several else f"{symbol}{count}"
        text += symbol
    return text
