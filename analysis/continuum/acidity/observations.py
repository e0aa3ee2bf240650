"""Permeations of salts at a pH, taken from a table of measurements."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.continuum.characterize.faults import MeasurementsError, fault
from analysis.continuum.characterize.measurements import Measurements
from analysis.continuum.model import finite_number
from analysis.continuum.species import IONS, Ion

SALTS = ("NaCl", "CaCl2")
PH = re.compile(r"pH\s*=?\s*(\d+(?:\.\d+)?)")
ACID = IONS["H+"]
Composition = tuple[tuple[Ion, float], ...]


@dataclass(frozen=True)
class Observation:
    """Permeation c_permeate / c_feed of one ion of a salt at one pH.

    Attributes
    ----------
    pH : float
    salt : str
        Name of the feed.
    ion : Ion
    composition : pairs of an Ion and its concentration in the feed, mol/m3
    drive : m/s or Pa
    by_pressure : bool
        Which of the two.
    permeation, sd : fractions
    temperature, permittivity : K and relative, of the feed
    """

    pH: float
    salt: str
    ion: Ion
    composition: Composition
    drive: float
    by_pressure: bool
    permeation: float
    sd: float
    temperature: float
    permittivity: float


def observations(
    data: Measurements,
    sd: float | None = None,
    *,
    salts: Sequence[str] = SALTS,
    acid: bool = False,
) -> tuple[Observation, ...]:
    """Permeations of a table whose column ``series`` says the pH, "pH 7", and ``feed`` the salt.

    Parameters
    ----------
    data : Measurements
        Of one membrane. A flux is taken where it is given, else the pressure.
    sd : float
        Standard deviation of every permeation, where the table has none.
    salts : names of feeds that the data must have
    acid : bool
        Add the strong acid that makes a pH to the feed: H+ of 10^-pH mol/L with the salt's anion.

    Raises
    ------
    MeasurementsError
        A salt is missing, a series says no pH, several membranes, or no standard deviation.
    ValueError
        ``sd`` is not positive, or the table has its own.
    """
    if len(data.membranes) > 1:
        names = ", ".join(data.membranes)
        raise MeasurementsError(f"{data.source}: membranes {names}, allowed is one")
    missing = [salt for salt in salts if salt not in data.feeds]
    if missing:
        there = ", ".join(data.feeds) or "none"
        raise MeasurementsError(
            f"{data.source}: no feed {missing[0]!r}, allowed are tables with {', '.join(salts)}; "
            f"there is {there}"
        )
    given = None if sd is None else finite_number("sd", sd, positive=True)
    found = []
    for point in data.points:
        if point.ion is None or point.feed not in salts:
            continue
        named = PH.search(point.series)
        if not named:
            allowed = "a pH, such as 'pH 7'"
            raise fault(data.source, point.line, "series", repr(point.series), allowed)
        own = not np.isnan(point.sd)
        if own == (given is not None):
            raise MeasurementsError(
                f"{data.source}, line {point.line}: sd is given "
                f"{'twice, by the table and the call' if own else 'nowhere'}, allowed is once"
            )
        pH = float(named[1])
        by_pressure = bool(np.isnan(point.flux))
        found.append(
            Observation(
                pH=pH,
                salt=point.feed,
                ion=point.ion,
                composition=with_acid(point.composition, pH) if acid else point.composition,
                drive=point.pressure if by_pressure else point.flux,
                by_pressure=by_pressure,
                permeation=1 - point.rejection,
                sd=point.sd if own else given or np.nan,
                temperature=point.temperature,
                permittivity=point.permittivity,
            )
        )
    return tuple(found)


def with_acid(composition: Composition, pH: float) -> Composition:
    """Composition with H+ of 10^-pH mol/L (activity coefficient 1), balanced by its anion.

    >>> salt = ((IONS["Na+"], 100.0), (IONS["Cl-"], 100.0))
    >>> [(ion.name, round(c, 3)) for ion, c in with_acid(salt, 2.0)]
    [('Na+', 100.0), ('Cl-', 110.0), ('H+', 10.0)]
    """
    added = 10.0 ** (3 - pH)
    anion = next(ion for ion, _ in composition if ion.charge < 0)
    salt = tuple((ion, c - added / ion.charge if ion == anion else c) for ion, c in composition)
    return (*salt, (ACID, added))
