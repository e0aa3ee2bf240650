"""Ions and neutral solutes have a charge, diffusivity at 25 C, Stokes radius, mass and source."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.continuum import water
from analysis.continuum.arrays import Array
from analysis.continuum.constants import TEMPERATURE_K

SOLUTION_DENSITY = 1000.0
"""kg/m3: what turns mg/kg into mol/m3 where no density is given."""


@dataclass(frozen=True)
class Ion:
    """A solute; neutral ones have charge 0.

    Attributes
    ----------
    charge : int
        e.
    diffusivity : float
        In water at infinite dilution and 25 C, m2/s.
    stokes_radius : float
        m.
    molar_mass : float or None
        kg/mol.
    source : str
        Of diffusivity and radius.
    """

    name: str
    charge: int
    diffusivity: float
    stokes_radius: float
    molar_mass: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        for name in ("diffusivity", "stokes_radius", "molar_mass"):
            value = getattr(self, name)
            if value is not None and not 0 < value < np.inf:
                raise ValueError(f"{name} of {self.name} is {value:g}, allowed is positive")
        if self.charge != int(self.charge):
            raise ValueError(f"charge of {self.name} is {self.charge}, allowed is a whole number")


LABBAN = "Labban, Liu, Chong and Lienhard, J. Membr. Sci. 554, 26 (2018), table 2"
REHMAN = (
    "radius: Rehman, Sheriff and Lienhard, Water Research 243 (2023); diffusivity from it by "
    "Stokes and Einstein in water of 0.89 mPa s"
)
CONDUCTIVITY = (
    "limiting molar conductivity at 25 C (CRC Handbook): D = RT lambda / (|z| F^2); radius by "
    "Stokes and Einstein in water of 0.89 mPa s"
)
SUGARS = (
    "as in the nanofiltration literature since Bowen, Mohammad and Hilal, J. Membr. Sci. 126, 91 "
    "(1997); within 3 % of Stokes and Einstein"
)
PENTOSES = (
    "as in the nanofiltration literature, primary source not traced; Stokes and Einstein give "
    "0.319 nm for this diffusivity. Ribose as its isomer xylose"
)


def _solutes(rows: Iterable[tuple[str, int, float, float, float, str]]) -> dict[str, Ion]:
    return {
        name: Ion(name, z, 1e-9 * d, 1e-9 * r, 1e-3 * mass, source)
        for name, z, d, r, mass, source in rows
    }


IONS = _solutes(
    (
        ("Na+", 1, 1.33, 0.184, 22.98976928, LABBAN),
        ("Ca2+", 2, 0.792, 0.309, 40.078, LABBAN),
        ("Mg2+", 2, 0.706, 0.347, 24.305, LABBAN),
        ("SO4--", -2, 1.06, 0.230, 96.06, LABBAN),
        ("Cl-", -1, 2.03, 0.121, 35.453, LABBAN),
        ("K+", 1, 1.96, 0.125, 39.0983, REHMAN),
        ("Li+", 1, 1.03, 0.238, 6.94, REHMAN),
        ("H+", 1, 9.311, 0.0264, 1.008, CONDUCTIVITY),
        ("NO3-", -1, 1.902, 0.129, 62.0049, CONDUCTIVITY),
    )
)
"""Ions by name; masses in g/mol (IUPAC), diffusivities in 1e-9 m2/s, radii in nm."""

SOLUTES = _solutes(
    (
        ("glycerol", 0, 0.95, 0.260, 92.094, SUGARS),
        ("ribose", 0, 0.769, 0.290, 150.130, PENTOSES),
        ("xylose", 0, 0.769, 0.290, 150.130, PENTOSES),
        ("glucose", 0, 0.690, 0.365, 180.156, SUGARS),
        ("sucrose", 0, 0.520, 0.471, 342.296, SUGARS),
        ("raffinose", 0, 0.420, 0.584, 504.438, SUGARS),
    )
)
"""Neutral solutes by name, in the order of their mass."""

PAULING_RADII = {
    "Li+": 0.060e-9,
    "Na+": 0.095e-9,
    "K+": 0.133e-9,
    "Mg2+": 0.065e-9,
    "Ca2+": 0.099e-9,
    "Cl-": 0.181e-9,
    "NO3-": 0.179e-9,
    "SO4--": 0.230e-9,
}
"""Crystal radii, m: Pauling, The Nature of the Chemical Bond, Cornell (1960); the two polyatomic
ones, thermochemical, Marcus, J. Chem. Soc. Faraday Trans. 87, 2995 (1991)."""
CAVITY_RADII = {
    "Li+": 0.1316e-9,
    "Na+": 0.1680e-9,
    "K+": 0.2172e-9,
    "Mg2+": 0.1455e-9,
    "Ca2+": 0.1862e-9,
    "Cl-": 0.1937e-9,
    "NO3-": 0.1915e-9,
    "SO4--": 0.2461e-9,
}
"""Radii that give the hydration enthalpies, m: Rashin and Honig, J. Phys. Chem. 89, 5588 (1985);
the two polyatomic ones by their rule for anions, 1.07 times the ionic radius."""


Concentrations = Mapping[str, npt.ArrayLike] | Mapping[str | Ion, npt.ArrayLike]
"""Numbers or arrays that broadcast, by ion name or Ion."""


def find(key: str | Ion) -> Ion:
    """Ion or neutral solute by name; an Ion is itself. ValueError lists the known ones."""
    if isinstance(key, Ion):
        return key
    known = {**IONS, **SOLUTES}
    if not isinstance(key, str) or key not in known:
        raise ValueError(f"ion {key!r} is unknown, allowed: {', '.join(known)}, or an Ion")
    return known[key]


def from_mg_per_kg(
    amounts: Concentrations, density: float | Array = SOLUTION_DENSITY
) -> dict[str | Ion, Array]:
    """Concentrations in mol/m3 of a solution given in mg of each ion per kg of solution.

    Parameters
    ----------
    density : kg/m3, of the solution

    Raises
    ------
    ValueError
        Unknown ion, one without a molar mass, a negative amount or a density that is not positive.

    >>> from_mg_per_kg({"Mg2+": 1394.0})["Mg2+"].round(8)
    np.float64(57.35445382)
    """
    if not np.all(np.asarray(density) > 0):
        raise ValueError(f"density is {density}, allowed is positive, in kg/m3")
    result: dict[str | Ion, Array] = {}
    for key, given in amounts.items():
        ion = find(key)
        if ion.molar_mass is None:
            raise ValueError(f"molar_mass of {ion.name} is None, needed to convert mg/kg")
        amount = np.asarray(given, dtype=float)
        if not (amount >= 0).all():
            raise ValueError(f"mg/kg of {ion.name} is {amount.min():g}, allowed is >= 0")
        result[key] = 1e-6 * amount * density / ion.molar_mass
    return result


def at_temperature(ion: Ion, temperature: float) -> Ion:
    """Ion with its diffusivity of another temperature, by Stokes and Einstein: D ~ T / viscosity.

    Parameters
    ----------
    temperature : K

    >>> warm = at_temperature(IONS["Na+"], 308.15)
    >>> round(warm.diffusivity / IONS["Na+"].diffusivity, 3)
    1.279
    """
    reference = TEMPERATURE_K / water.viscosity(TEMPERATURE_K)
    factor = temperature / water.viscosity(temperature) / reference
    return replace(ion, diffusivity=float(ion.diffusivity * factor))
