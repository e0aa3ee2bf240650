"""Numbers of membranes, feeds and films that are possible; others have a wrong unit, or a slip."""

from typing import Annotated

from pydantic import AfterValidator

from analysis.continuum.water import HIGHEST, LOWEST

DENSEST_WATER_PERMITTIVITY = 88.0
"""Relative permittivity of water at 0 C: no pore, and no matrix around it, has more."""


def within(low: float, high: float, unit: str = "", why: str = "") -> AfterValidator:
    """Return a check of a number; its error says what is allowed, and why.

    >>> within(1, 2, "nm").func(3)
    Traceback (most recent call last):
    ValueError: allowed is 1 to 2 nm
    """

    def check(value: float) -> float:
        if not low <= value <= high:
            unit_of = f" {unit}" if unit else ""
            raise ValueError(f"allowed is {low:g} to {high:g}{unit_of}{f': {why}' if why else ''}")
        return value

    return AfterValidator(check)


PoreRadius = Annotated[float, within(0.1, 100, "nm", "the key is in nm")]
Thickness = Annotated[float, within(1e-3, 1e3, "um", "the key is in um, and of the active layer")]
Permittivity = Annotated[
    float,
    within(1, DENSEST_WATER_PERMITTIVITY, "", "relative, from vacuum to water at 0 C"),
]
ChargeDensity = Annotated[float, within(-2e4, 2e4, "mol/m3", "of pore volume")]
Temperature = Annotated[
    float, within(LOWEST, HIGHEST, "K", "where water is liquid; 25 C are 298.15 K")
]
Concentration = Annotated[float, within(0, 3e4, "mol/m3", "no salt dissolves to more")]
MassFraction = Annotated[float, within(0, 1e6, "mg/kg")]
Density = Annotated[float, within(500, 3000, "kg/m3", "water has 997")]
MassTransfer = Annotated[float, within(1e-8, 1e-2, "m/s", "1e-5 m/s are 10 um/s")]
Velocity = Annotated[float, within(1e-5, 20, "m/s")]
Height = Annotated[float, within(0.01, 100, "mm")]
CellRadius = Annotated[float, within(1, 1000, "mm")]
Length = Annotated[float, within(1e-3, 100, "m")]
Rotation = Annotated[float, within(0.1, 1000, "rad/s", "100 rpm are 10.5 rad/s")]
Efficiency = Annotated[float, within(1e-3, 1, "")]
Diffusivity = Annotated[float, within(1e-12, 2e-8, "m2/s", "Na+ has 1.33e-9")]
SoluteRadius = Annotated[float, within(0.01, 50, "nm", "Na+ has 0.184")]
MolarMass = Annotated[float, within(1, 1e6, "g/mol")]
