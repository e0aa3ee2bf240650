"""Ions and neutral solutes have a charge, diffusivity at 25 C, Stokes radius, mass and source."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.continuum import water
from analysis.continuum.arrays import Array
from analysis.continuum.constants import BOLTZMANN, TEMPERATURE_K, WATER_VISCOSITY
from analysis.continuum.names import spelt

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


PHREEQC = (
    "diffusivity: database of PHREEQC 3 (Parkhurst and Appelo, USGS Techniques and Methods 6-A43, "
    "2013); radius by Stokes and Einstein in water of 0.89 mPa s"
)
CUSSLER = (
    "diffusivity: Cussler, Diffusion: Mass Transfer in Fluid Systems, Cambridge (1997); radius by "
    "Stokes and Einstein in water of 0.89 mPa s"
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
        ("HCO3-", -1, 1.185, 0.207, 61.0168, CONDUCTIVITY),
        ("CO3--", -2, 0.923, 0.266, 60.0089, CONDUCTIVITY),
        ("OH-", -1, 5.273, 0.0465, 17.0073, CONDUCTIVITY),
        ("F-", -1, 1.475, 0.166, 18.9984, CONDUCTIVITY),
        ("Br-", -1, 2.080, 0.118, 79.904, CONDUCTIVITY),
        ("I-", -1, 2.045, 0.120, 126.9045, CONDUCTIVITY),
        ("NO2-", -1, 1.912, 0.128, 46.0055, CONDUCTIVITY),
        ("ClO4-", -1, 1.792, 0.137, 99.451, CONDUCTIVITY),
        ("HSO4-", -1, 1.385, 0.177, 97.07, CONDUCTIVITY),
        ("H2PO4-", -1, 0.959, 0.256, 96.987, CONDUCTIVITY),
        ("HPO4--", -2, 0.759, 0.323, 95.979, CONDUCTIVITY),
        ("PO4---", -3, 0.824, 0.298, 94.971, CONDUCTIVITY),
        ("CH3COO-", -1, 1.089, 0.225, 59.044, CONDUCTIVITY),
        ("NH4+", 1, 1.957, 0.125, 18.039, CONDUCTIVITY),
        ("Rb+", 1, 2.072, 0.118, 85.468, CONDUCTIVITY),
        ("Cs+", 1, 2.056, 0.119, 132.905, CONDUCTIVITY),
        ("Sr2+", 2, 0.791, 0.310, 87.62, CONDUCTIVITY),
        ("Ba2+", 2, 0.847, 0.290, 137.327, CONDUCTIVITY),
        ("Mn2+", 2, 0.712, 0.345, 54.938, CONDUCTIVITY),
        ("Fe2+", 2, 0.719, 0.341, 55.845, CONDUCTIVITY),
        ("Ni2+", 2, 0.661, 0.371, 58.693, CONDUCTIVITY),
        ("Cu2+", 2, 0.714, 0.344, 63.546, CONDUCTIVITY),
        ("Zn2+", 2, 0.703, 0.349, 65.38, CONDUCTIVITY),
        ("Pb2+", 2, 0.945, 0.260, 207.2, CONDUCTIVITY),
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
"""Organic solutes by name, in the order of their mass: those that pores are measured with."""
SMALL_SOLUTES = _solutes(
    (
        ("SiO2", 0, 1.10, 0.223, 60.084, PHREEQC + "; of Si(OH)4, which tables give as SiO2"),
        ("H4SiO4", 0, 1.10, 0.223, 96.113, PHREEQC),
        ("boric acid", 0, 1.10, 0.223, 61.83, PHREEQC),
        ("boron", 0, 1.10, 0.223, 10.81, PHREEQC + "; of B(OH)3, which tables give as B"),
        ("CO2", 0, 1.92, 0.128, 44.009, CUSSLER),
        ("NH3", 0, 1.64, 0.150, 17.031, CUSSLER),
        ("urea", 0, 1.38, 0.178, 60.056, CUSSLER),
    )
)
"""Small neutral solutes by name. Silica and boron of a table count as what they are in water."""
KNOWN = IONS | SOLUTES | SMALL_SOLUTES
"""Ions and neutral solutes that have a name."""

PAULING_RADII = {
    "Li+": 0.060e-9,
    "Na+": 0.095e-9,
    "K+": 0.133e-9,
    "Mg2+": 0.065e-9,
    "Ca2+": 0.099e-9,
    "Cl-": 0.181e-9,
    "NO3-": 0.179e-9,
    "SO4--": 0.230e-9,
    "NH4+": 0.148e-9,
    "Rb+": 0.148e-9,
    "Cs+": 0.169e-9,
    "Sr2+": 0.113e-9,
    "Ba2+": 0.135e-9,
    "F-": 0.136e-9,
    "Br-": 0.195e-9,
    "I-": 0.216e-9,
    "OH-": 0.133e-9,
    "HCO3-": 0.156e-9,
    "CO3--": 0.178e-9,
    "H2PO4-": 0.200e-9,
}
"""Crystal radii, m: Pauling, The Nature of the Chemical Bond, Cornell (1960); those of polyatomic
anions, thermochemical, Marcus, J. Chem. Soc. Faraday Trans. 87, 2995 (1991)."""
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
    """Ion or neutral solute by name, in any spelling; an Ion is itself.

    ValueError lists the known ones.

    >>> find("SO42-").name, find("Ca++").name, find("bicarbonate").name
    ('SO4--', 'Ca2+', 'HCO3-')
    """
    if isinstance(key, Ion):
        return key
    known = {name: ion.charge for name, ion in KNOWN.items()}
    name = spelt(key, known) if isinstance(key, str) else None
    if name is None:
        raise ValueError(f"ion {key!r} is unknown, allowed: {', '.join(KNOWN)}, or an Ion")
    return KNOWN[name]


def stokes_einstein(value: float) -> float:
    """Radius (m) of a diffusivity (m2/s) at 25 C in water, or the other way round.

    >>> round(stokes_einstein(1.185e-9) * 1e9, 3)
    0.207
    """
    if not 0 < value < np.inf:
        raise ValueError(f"a diffusivity or radius is {value:g}, allowed is positive")
    return BOLTZMANN * TEMPERATURE_K / (6 * np.pi * WATER_VISCOSITY * value)


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
