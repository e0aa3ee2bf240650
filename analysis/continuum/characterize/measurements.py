"""Measurements are a table of rejections and pure water fluxes, checked and in SI units."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.characterize.columns import ColumnMap, from_headings, from_map
from analysis.continuum.characterize.faults import MeasurementsError, fault, of_table, text_of
from analysis.continuum.characterize.rows import Line, Point
from analysis.continuum.species import KNOWN, Ion

if TYPE_CHECKING:
    import pandas as pd

SMALL_PERCENT, ENOUGH_TO_TELL = 0.01, 4
"""Largest rejection, of so many or more, of a table that is taken for one of fractions although
its heading says percent."""


@dataclass(frozen=True)
class Measurements:
    """Points of one or several membranes, in the order of their table.

    Attributes
    ----------
    points : tuple of Point
    source : str
        Path of the table, for messages.
    """

    points: tuple[Point, ...]
    source: str

    @classmethod
    def read(
        cls,
        path: str | Path,
        columns: str | Path | Mapping[str, Any] | None = None,
        ions: Iterable[Ion] = (),
    ) -> "Measurements":
        """Read a CSV file, whose first line has the headings; lines that begin with # are skipped.

        Parameters
        ----------
        path : CSV, UTF-8
        columns : path of a YAML file, or a dict; see ``characterize.columns``
            Map from other headings and units to ours; None for a table with our headings.
        ions : further ions and solutes, besides ``KNOWN``

        Raises
        ------
        MeasurementsError
            The first thing that is wrong: file, line, column, value, and what is allowed.
        """
        return cls._parse(io.StringIO(text_of(path)), str(path), columns, ions)

    @classmethod
    def from_rows(
        cls,
        rows: Sequence[Mapping[str, object]],
        columns: Mapping[str, Any] | None = None,
        ions: Iterable[Ion] = (),
        source: str = "rows",
    ) -> "Measurements":
        """Measurements of dicts by heading, as the lines of a table; a missing key is empty.

        >>> row = {"membrane": "M", "flux_um_s": 5, "feed_Na+_mol_m3": 10, "feed_Cl-_mol_m3": 10}
        >>> data = Measurements.from_rows([row | {"ion": "Na+", "rejection": 0.5}])
        >>> float(data.flux[0].round(9)), data.ions
        (5e-06, ('Na+',))
        """
        headings = list(dict.fromkeys(key for row in rows for key in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, headings)
        writer.writeheader()
        writer.writerows(rows)
        return cls._parse(io.StringIO(text.getvalue()), source, columns, ions)

    @classmethod
    def _parse(
        cls,
        lines: Iterable[str],
        path: str,
        columns: str | Path | Mapping[str, Any] | None,
        ions: Iterable[Ion],
    ) -> "Measurements":
        numbers, kept = of_table(lines)
        reader = csv.DictReader(kept, skipinitialspace=True)
        headings = [heading.strip() for heading in reader.fieldnames or []]
        reader.fieldnames = headings
        if not headings:
            raise MeasurementsError(f"{path}: empty, allowed is a CSV file with a line of headings")
        if len(headings) == 1 and (parted := re.search(r"[;\t|]", headings[0])):
            raise fault(path, numbers[0], None, f"cells are parted by {parted[0]!r}", "a comma")
        twice = {heading for heading in headings if headings.count(heading) > 1}
        if twice:
            raise fault(path, numbers[0], min(twice), "given twice", "once")
        where = from_headings(headings, path) if columns is None else from_map(columns, headings)
        known = {**KNOWN, **{ion.name: ion for ion in ions}}
        points: list[Point] = []
        for row in reader:
            line = numbers[reader.line_num - 1]
            extra = row.pop(None, None)
            if extra:
                raise fault(path, line, None, f"{len(extra)} cells too many", "none")
            if any((text or "").strip() for text in row.values()):
                points += Line(path, line, row, where, known).points()
        if not points:
            raise MeasurementsError(f"{path}: no measurement, allowed is at least one")
        _refuse_repeated(path, points)
        _refuse_mixed(path, points)
        _refuse_small_percent(path, points, where)
        return cls(tuple(points), path)

    def __len__(self) -> int:
        return len(self.points)

    @property
    def membranes(self) -> tuple[str, ...]:
        """Names, each once, in the order of the table."""
        return tuple(dict.fromkeys(point.membrane for point in self.points))

    @property
    def feeds(self) -> tuple[str, ...]:
        """Names of the feeds, each once."""
        return tuple(dict.fromkeys(point.feed for point in self.points if point.composition))

    @property
    def series(self) -> tuple[str, ...]:
        """Words of the column ``series``, each once; a pH, say."""
        return tuple(dict.fromkeys(point.series for point in self.points))

    @property
    def ions(self) -> tuple[str, ...]:
        """Ions and solutes with a measured rejection, each once."""
        names = (point.ion.name for point in self.points if point.ion is not None)
        return tuple(dict.fromkeys(names))

    @property
    def rejection(self) -> Array:
        """(N,) fractions; NaN of pure water."""
        return np.array([point.rejection for point in self.points])

    @property
    def sd(self) -> Array:
        """(N,) standard deviations of ``rejection``; NaN where not given."""
        return np.array([point.sd for point in self.points])

    @property
    def flux(self) -> Array:
        """(N,) m/s; NaN where not given."""
        return np.array([point.flux for point in self.points])

    @property
    def pressure(self) -> Array:
        """(N,) Pa; NaN where not given."""
        return np.array([point.pressure for point in self.points])

    def of(
        self, membrane: str | None = None, feed: str | None = None, series: str | None = None
    ) -> "Measurements":
        """Measurements of one membrane, feed or series; MeasurementsError if there are none."""
        asked = {"membrane": membrane, "feed": feed, "series": series}
        given = {role: word for role, word in asked.items() if word is not None}
        kept = self.where(lambda point: all(getattr(point, k) == v for k, v in given.items()))
        if not kept.points:
            listed = "; ".join(f"{role} {word!r}" for role, word in given.items())
            names = (*self.membranes, *self.feeds, *self.series)
            known = ", ".join(repr(name) for name in names)
            raise MeasurementsError(f"{self.source}: nothing of {listed}, there are {known}")
        return kept

    def where(self, keep: Callable[[Point], bool]) -> "Measurements":
        """Measurements of the points that a function says yes to."""
        return Measurements(tuple(point for point in self.points if keep(point)), self.source)

    def table(self) -> "pd.DataFrame":
        """One row a point: line, membrane, feed, series, ion, flux_m_s, pressure_pa and so on."""
        import pandas as pd

        rows = [
            {
                "line": point.line,
                "membrane": point.membrane,
                "feed": point.feed,
                "series": point.series,
                "ion": None if point.ion is None else point.ion.name,
                "flux_m_s": point.flux,
                "pressure_pa": point.pressure,
                "temperature_K": point.temperature,
                "rejection": point.rejection,
                "sd": point.sd,
            }
            for point in self.points
        ]
        return pd.DataFrame(rows)


def _refuse_repeated(path: str, points: Sequence[Point]) -> None:
    seen: dict[tuple[object, ...], int] = {}
    for p in points:
        drive = (str(p.flux), str(p.pressure), p.temperature, p.permittivity)
        key = (p.membrane, p.series, p.composition, p.ion, *drive)
        if key in seen:
            what = "pure water" if p.ion is None else f"rejection of {p.ion.name}"
            value = f"{what} again, with the same conditions as line {seen[key]}"
            raise fault(path, p.line, None, value, "once: average repeats and give their sd")
        seen[key] = p.line


def _refuse_mixed(path: str, points: Sequence[Point]) -> None:
    measured = [point for point in points if point.ion is not None]
    without = [point for point in measured if np.isnan(point.sd)]
    if without and len(without) < len(measured):
        line = next(point.line for point in measured if not np.isnan(point.sd))
        value = f"empty, while line {line} has one"
        raise fault(path, without[0].line, "sd", value, "an sd in all lines or in none")


def _refuse_small_percent(path: str, points: Sequence[Point], columns: ColumnMap) -> None:
    """Rejections in percent of which none reaches one percent are fractions."""
    given = [column for column in columns.of("rejection") if column.unit == "percent"]
    shares = [abs(point.rejection) for point in points if point.ion is not None]
    few = len(shares) < ENOUGH_TO_TELL or bool(columns.of("permeate"))
    if given and not few and max(shares) <= SMALL_PERCENT:
        value = f"no rejection is beyond {SMALL_PERCENT:.0%}"
        raise fault(path, None, given[0].name, value, "the unit fraction, if these are fractions")
