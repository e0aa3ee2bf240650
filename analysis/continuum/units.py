"""Units that fluxes, pressures, concentrations, temperatures and rejections are given in."""

from collections.abc import Mapping

from analysis.continuum.species import Ion, find
from analysis.continuum.water import ZERO_CELSIUS

NANO, MICRO, MILLI = 1e-9, 1e-6, 1e-3
LMH = 1e-3 / 3600
"""L/m2/h in m/s."""
PASCAL_PER_BAR = 1e5

SPEED = {"m/s": 1.0, "um/s": MICRO, "lmh": LMH, "l/m2/h": LMH}
PRESSURE = {"pa": 1.0, "kpa": 1e3, "mpa": 1e6, "bar": PASCAL_PER_BAR}
SHARE = {"fraction": 1.0, "percent": 0.01}
CONCENTRATION = ("mol/m3", "mol/l", "mmol/l", "mg/l", "g/l")
"""Those with a mass need the ion's molar mass."""
TEMPERATURE = ("k", "c")
AMOUNT = {"mol/m3": 1.0, "mol/l": 1e3, "mmol/l": 1.0}
MASS = {"mg/l": 1e-3, "g/l": 1.0}
"""kg/m3."""


def factor(unit: str, units: Mapping[str, float]) -> float:
    """Size in SI units of a unit, whose letters may be small or capital.

    mPa is not taken for MPa. Raises ValueError that lists what is allowed.

    >>> factor("LMH", SPEED) * 3.6 == factor("um/s", SPEED)
    True
    """
    name = "" if unit.startswith("mP") else unit.lower()
    if name not in units:
        raise ValueError(f"unit {unit!r}, allowed: {', '.join(units)}")
    return units[name]


def concentration(value: float, unit: str, ion: str | Ion) -> float:
    """Concentration of an ion in mol/m3.

    Raises ValueError for an unknown unit, or an ion without the molar mass that the unit needs.

    >>> round(concentration(1394.0, "mg/L", "Mg2+"), 4)
    57.3545
    """
    name = unit.lower()
    if name in AMOUNT:
        return value * AMOUNT[name]
    if name not in MASS:
        raise ValueError(f"unit {unit!r}, allowed: {', '.join(CONCENTRATION)}")
    mass = find(ion).molar_mass
    if mass is None:
        raise ValueError(f"unit {unit!r} of {find(ion).name}, which has no molar mass")
    return value * MASS[name] / mass


def kelvin(value: float, unit: str) -> float:
    """Temperature in K of one in K or C; ValueError for another unit.

    >>> kelvin(25.0, "C")
    298.15
    """
    if unit.lower() not in TEMPERATURE:
        raise ValueError(f"unit {unit!r}, allowed: K, C")
    return value + ZERO_CELSIUS if unit.lower() == "c" else value
