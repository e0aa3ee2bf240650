"""One line of a table becomes measured points in SI units, or a message that says what is wrong."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from analysis.continuum import units, water
from analysis.continuum.characterize.columns import Column, ColumnMap
from analysis.continuum.characterize.faults import MeasurementsError, fault, one_of
from analysis.continuum.constants import TEMPERATURE_K, WATER_PERMITTIVITY
from analysis.continuum.model import NEUTRAL_TO
from analysis.continuum.names import spelt
from analysis.continuum.species import Ion

DRIVES = {
    "flux": (1e-10, 1e-3, "4e-4 to 3600 lmh, 1e-10 to 1e-3 m/s"),
    "pressure": (1e2, 1e9, "0.001 to 10,000 bar"),
}
"""Least and most in SI units, and in words: wider than any membrane, narrower than a wrong unit."""
Cells = Mapping[str, str]
Known = Mapping[str, Ion]


@dataclass(frozen=True)
class Point:
    """A rejection of one ion, or, where ``ion`` is None, a flux of pure water at a pressure.

    Attributes
    ----------
    line : of the table, the headings being line 1
    membrane, feed, series : words of the table; empty where it has none
    composition : pairs of an Ion and its concentration in the feed, mol/m3
    flux, pressure : m/s and Pa; NaN where not given
    temperature, permittivity : K and relative, of the feed
    rejection, sd : fractions; NaN where not given
    """

    line: int
    membrane: str
    feed: str
    series: str
    composition: tuple[tuple[Ion, float], ...]
    ion: Ion | None
    flux: float
    pressure: float
    temperature: float
    permittivity: float
    rejection: float
    sd: float


class Result(NamedTuple):
    """Rejection of an ion and its standard deviation."""

    ion: Ion | None
    rejection: float
    sd: float


@dataclass(frozen=True)
class Line:
    """Cells of a line, and how they are read."""

    path: str
    at: int
    cells: Cells
    columns: ColumnMap
    known: Known

    def points(self) -> list[Point]:
        """Measured points of the line; an empty rejection is none."""
        series, temperature = self.word("series"), self.temperature()
        flux, pressure = self.drive("flux"), self.drive("pressure")
        results = self._results()
        composition = self.composition(bool(results))
        permittivity = self.number_of("permittivity")
        if math.isnan(permittivity):
            permittivity = water_permittivity(temperature)
        elif permittivity <= 0:
            raise self.fault("permittivity", permittivity, "positive")
        if not results:
            pure = not math.isnan(flux) and not math.isnan(pressure) and not composition
            results = [Result(None, math.nan, math.nan)] if pure else []
        elif math.isnan(flux) and math.isnan(pressure):
            raise fault(self.path, self.at, None, "no flux and no pressure", "one or both")
        feed = dict(composition)
        points = []
        for ion, rejection, sd in results:
            if ion is not None and not feed.get(ion):
                listed = ", ".join(other.name for other in feed) or "empty"
                allowed = f"an ion of the feed ({listed})"
                raise fault(self.path, self.at, None, f"rejection of {ion.name}", allowed)
            points.append(
                Point(
                    line=self.at,
                    membrane=self.word("membrane"),
                    feed=self.word("feed") or _named(composition),
                    series=series,
                    composition=composition,
                    ion=ion,
                    flux=flux,
                    pressure=pressure,
                    temperature=temperature,
                    permittivity=permittivity,
                    rejection=rejection,
                    sd=sd,
                )
            )
        return points

    def fault(self, role: str, value: object, allowed: str) -> MeasurementsError:
        """Error at the column of a role."""
        named = [column.name for column in self.columns.of(role)]
        return fault(self.path, self.at, named[0] if named else role, value, allowed)

    def text(self, column: Column) -> str:
        """What stands in a column, without blanks around it."""
        given = column.value if column.heading is None else self.cells.get(column.heading)
        return "" if given is None else str(given).strip()

    def word(self, role: str) -> str:
        """Word of a role; empty where the table has none."""
        return next((self.text(column) for column in self.columns.of(role)), "")

    def number(self, column: Column) -> float:
        """Number in a column, in its own unit; NaN where it is empty."""
        text = self.text(column)
        if not text:
            return math.nan
        try:
            value = float(text)
        except ValueError:
            raise fault(self.path, self.at, column.name, repr(text), "a number") from None
        if not math.isfinite(value):
            raise fault(self.path, self.at, column.name, text, "a finite number")
        return value

    def number_of(self, role: str) -> float:
        """Number of a role that the table has once, in its own unit; NaN where there is none."""
        return next((self.number(column) for column in self.columns.of(role)), math.nan)

    def drive(self, role: str) -> float:
        """Flux or pressure in SI units; NaN where not given."""
        for column in self.columns.of(role):
            value = self.number(column)
            if value <= 0:
                raise self.fault(role, f"{value:g}", "positive")
            scale = units.SPEED if role == "flux" else units.PRESSURE
            drive = value * units.factor(column.unit, scale)
            least, most, words = DRIVES[role]
            if drive < least or drive > most:
                raise self.fault(role, f"{value:g} {column.unit}", f"{words}: is the unit right?")
            return drive
        return math.nan

    def temperature(self) -> float:
        """In K; 25 C where the table has none."""
        for column in self.columns.of("temperature"):
            value = self.number(column)
            if math.isnan(value):
                break
            kelvin = units.kelvin(value, column.unit)
            if not water.LOWEST <= kelvin <= water.HIGHEST:
                raise self.fault("temperature", f"{value:g}", "0 to 100 C (273.15 to 373.15 K)")
            return kelvin
        return TEMPERATURE_K

    def ion(self, word: str, column: str) -> Ion:
        """Ion or solute of a word of the table."""
        name = self.columns.ions.get(word, word)
        found = spelt(name, {known: ion.charge for known, ion in self.known.items()})
        if found is None:
            raise fault(self.path, self.at, column, repr(word), one_of(name, self.known))
        return self.known[found]

    def composition(self, needed: bool) -> tuple[tuple[Ion, float], ...]:
        """Feed of the line in mol/m3, neutral."""
        amounts: dict[Ion, float] = {}
        for column in self.columns.of("concentration"):
            value = self.number(column)
            if math.isnan(value):
                continue
            self._add(amounts, column.ion or self.word("ion"), value, column.unit, column.name)
        balance = self.word("neutralise_by")
        name = self.word("feed")
        if self.columns.feeds and name and not amounts:
            if name not in self.columns.feeds:
                raise self.fault("feed", repr(name), one_of(name, self.columns.feeds))
            block: dict[str, Any] = dict(self.columns.feeds[name])
            unit = str(block.pop("unit", "mol/m3"))
            balance = str(block.pop("neutralise_by", balance))
            for word, value in block.items():
                try:
                    amount = float(value)
                except (TypeError, ValueError):
                    raise self.fault("feed", f"{word} of {name} is {value!r}", "a number") from None
                self._add(amounts, word, amount, unit, f"feed {name}")
        if not amounts:
            if needed:
                allowed = "columns feed_<ion>_<unit>, or a column map with concentration or feeds"
                raise fault(self.path, self.at, None, "no composition of the feed", allowed)
            return ()
        return self._neutral(amounts, balance)

    def _add(
        self, amounts: dict[Ion, float], word: str, value: float, unit: str, column: str
    ) -> None:
        ion = self.ion(word, column)
        if value < 0:
            raise fault(self.path, self.at, column, f"{value:g}", "0 or more")
        try:
            amounts[ion] = units.concentration(value, unit, ion)
        except ValueError as error:
            raise fault(self.path, self.at, column, error, "one of those") from None

    def _neutral(self, amounts: dict[Ion, float], balance: str) -> tuple[tuple[Ion, float], ...]:
        if balance:
            ion = self.ion(balance, "neutralise_by")
            if not ion.charge:
                raise self.fault("neutralise_by", repr(balance), "an ion with a charge")
            rest = sum(other.charge * c for other, c in amounts.items() if other != ion)
            if rest * ion.charge > 0:
                sign = "negative" if rest > 0 else "positive"
                others = f"charges of the others sum to {rest:+.4g} mol/m3"
                raise self.fault("neutralise_by", f"{ion.name}, {others}", f"a {sign} ion")
            amounts[ion] = -rest / ion.charge
        excess = sum(ion.charge * c for ion, c in amounts.items())
        total = sum(abs(ion.charge) * c for ion, c in amounts.items())
        if abs(excess) > NEUTRAL_TO * total:
            value = f"feed is not neutral, its charges sum to {excess:+.4g} of {total:.4g} mol/m3"
            raise fault(
                self.path,
                self.at,
                ", ".join(c.name for c in self.columns.of("concentration")) or "feed",
                value,
                "0; neutralise_by names an ion that is set so",
            )
        return tuple((ion, c) for ion, c in amounts.items() if c > 0)

    def _results(self) -> list[Result]:
        """Ion, rejection and sd of each measured value of the line."""
        spreads: dict[str | None, Column] = {c.ion: c for c in self.columns.of("sd")}
        found = []
        for role, convert in (("rejection", self._share), ("permeate", self._permeate)):
            for column in self.columns.of(role):
                if self.text(column):
                    found.append(self._result(column, convert, spreads))
        return found

    def _result(
        self,
        column: Column,
        convert: Callable[[Column, float, Ion], float],
        spreads: Mapping[str | None, Column],
    ) -> Result:
        word = column.ion or self.word("ion")
        if not word:
            raise fault(self.path, self.at, "ion", "empty", "the ion whose rejection is given")
        ion = self.ion(word, column.name if column.ion else "ion")
        given = self.number(column)
        rejection = convert(column, given, ion)
        if rejection > 1:
            hint = ", or the unit percent" if column.unit == "fraction" else ""
            allowed = (
                f"a rejection up to {'100 percent' if column.unit == 'percent' else '1'}{hint}"
            )
            raise fault(self.path, self.at, column.name, f"{given:g}", allowed)
        spread = spreads.get(column.ion, spreads.get(None))
        sd = math.nan if spread is None else self._sd(spread, ion)
        return Result(ion, rejection, sd)

    def _share(self, column: Column, value: float, ion: Ion) -> float:
        return value * units.SHARE[column.unit]

    def _permeate(self, column: Column, value: float, ion: Ion) -> float:
        if value < 0:
            raise fault(self.path, self.at, column.name, f"{value:g}", "0 or more")
        feed = dict(self.composition(True)).get(ion, 0.0)
        if not feed:
            raise fault(
                self.path, self.at, column.name, f"{ion.name} in the permeate", "in the feed"
            )
        return 1 - units.concentration(value, column.unit, ion) / feed

    def _sd(self, column: Column, ion: Ion) -> float:
        value = self.number(column)
        if math.isnan(value):
            return value
        if value <= 0:
            raise fault(self.path, self.at, column.name, f"{value:g}", "positive; empty if unknown")
        if column.unit in units.SHARE:
            share = value * units.SHARE[column.unit]
            if share > 1:
                allowed = f"up to {'100' if column.unit == 'percent' else '1, or the unit percent'}"
                raise fault(self.path, self.at, column.name, f"{value:g}", allowed)
            return share
        feed = dict(self.composition(True)).get(ion, 0.0)
        return units.concentration(value, column.unit, ion) / feed if feed else math.nan


def water_permittivity(temperature: float) -> float:
    """Of water, with 78.54 at 25 C as in the literature of nanofiltration, scaled to a temperature.

    >>> round(water_permittivity(293.15), 2)
    80.34
    """
    reference = float(water.permittivity(TEMPERATURE_K))
    return WATER_PERMITTIVITY * float(water.permittivity(temperature)) / reference


def _named(composition: tuple[tuple[Ion, float], ...]) -> str:
    """Name of a feed that the table gives none."""
    listed = ", ".join(f"{ion.name} {c:.4g}" for ion, c in composition)
    return listed and f"{listed} mM"
