"""Columns of a table of measurements: our headings, or a map from other headings and units to them.

A map, in YAML or as a dict, has for each role ``{column: heading, unit: ...}``, or ``{value: ...,
unit: ...}`` where all rows share it; rejection, permeate, sd and concentration (of the feed) may
have one such entry for each ion. ``ions`` maps words of the table to our ions, and ``feeds`` names
compositions:

    membrane: {value: NF270}
    flux: {column: Jw, unit: lmh}
    temperature: {value: 20, unit: C}
    rejection: {Li+: {column: R_Li, unit: percent}, Mg2+: {column: R_Mg, unit: percent}}
    concentration: {Li+: {column: cLi, unit: mg/L}, Mg2+: {column: cMg, unit: mg/L}}
    neutralise_by: {value: Cl-}
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.continuum.characterize.faults import MeasurementsError, fault, one_of
from analysis.continuum.units import CONCENTRATION, PRESSURE, SHARE, SPEED, TEMPERATURE

WORDS = ("membrane", "feed", "series", "ion", "neutralise_by")
UNITS: dict[str, tuple[str, ...]] = {
    "flux": tuple(SPEED),
    "pressure": tuple(PRESSURE),
    "temperature": TEMPERATURE,
    "permittivity": ("",),
    "rejection": tuple(SHARE),
    "permeate": CONCENTRATION,
    "sd": (*SHARE, *CONCENTRATION),
    "concentration": CONCENTRATION,
}
"""Units that a role may have, in small letters."""
OF_ONE_ION = ("rejection", "permeate", "sd", "concentration")
"""Roles that may have a column for each ion."""
IGNORED = ("source", "note")
"""Our headings whose text is for readers only."""
SUFFIXES = {
    "lmh": "lmh",
    "um_s": "um/s",
    "m_s": "m/s",
    "bar": "bar",
    "Pa": "pa",
    "kPa": "kpa",
    "MPa": "mpa",
    "K": "k",
    "C": "c",
    "percent": "percent",
    "mol_m3": "mol/m3",
    "mol_L": "mol/l",
    "mmol_L": "mmol/l",
    "mg_L": "mg/l",
    "g_L": "g/l",
}
"""Units at the end of our headings."""
PLAIN = {"rejection": "fraction", "sd": "fraction", "permittivity": ""}
"""Roles whose heading may go without a unit, and the unit that they then have."""


@dataclass(frozen=True)
class Column:
    """Where a role's value stands: under a heading, or once for all rows.

    Attributes
    ----------
    role : one of WORDS or of the keys of UNITS
    heading : of the table's column, or None
    value : of all rows where there is no heading
    unit : in small letters; empty for words
    ion : word of the table for the ion that the column is of; None for that of the row
    """

    role: str
    heading: str | None = None
    value: object = None
    unit: str = ""
    ion: str | None = None

    @property
    def name(self) -> str:
        """For messages: the heading, or the role whose value the map gives."""
        return self.heading if self.heading is not None else self.role


@dataclass(frozen=True)
class ColumnMap:
    """All columns of a table, other words for ions, and feeds that have a name."""

    columns: tuple[Column, ...]
    ions: Mapping[str, str]
    feeds: Mapping[str, Mapping[str, Any]]
    source: str

    def of(self, role: str) -> tuple[Column, ...]:
        """Columns of a role."""
        return tuple(column for column in self.columns if column.role == role)


def from_headings(headings: Iterable[str], path: object) -> ColumnMap:
    """Map of a table with our own headings.

    >>> from_headings(["membrane", "flux_lmh", "feed_Na+_mg_L"], "nf.csv").columns[2]
    Column(role='concentration', heading='feed_Na+_mg_L', value=None, unit='mg/l', ion='Na+')
    """
    columns = []
    for heading in headings:
        if heading in IGNORED:
            continue
        column = _own(heading)
        if column is None:
            raise fault(path, 1, heading, "unknown heading", one_of(heading, own_headings()))
        columns.append(column)
    return ColumnMap(tuple(columns), {}, {}, str(path))


def own_headings() -> list[str]:
    """Every heading that a table may have without a map; <ion> stands for an ion's name."""
    names = list(WORDS)
    for role, units in UNITS.items():
        start = "feed_<ion>" if role == "concentration" else role
        names += [start] if role in PLAIN else []
        names += [f"{start}_{suffix}" for suffix, unit in SUFFIXES.items() if unit in units]
    return [*names, *IGNORED]


def from_map(source: str | Path | Mapping[str, Any], headings: Iterable[str]) -> ColumnMap:
    """Map from a YAML file or a dict to the headings of a table.

    Raises
    ------
    MeasurementsError
        Unknown role or unit, a heading that the table lacks, or no YAML.
    """
    name, data = ("column map", source) if isinstance(source, Mapping) else _yaml(Path(source))
    given = list(headings)
    columns: list[Column] = []
    for role, entry in data.items():
        if role in ("ions", "feeds"):
            if not isinstance(entry, Mapping):
                raise MeasurementsError(f"{name}: {role}: {entry!r}, allowed is a block of names")
            for word, inner in entry.items():
                if role == "feeds" and not isinstance(inner, Mapping):
                    allowed = "a block of ions and concentrations"
                    raise MeasurementsError(f"{name}: feed {word}: {inner!r}, allowed is {allowed}")
            continue
        if role not in (*WORDS, *UNITS):
            allowed = one_of(str(role), (*WORDS, *UNITS, "ions", "feeds"))
            raise MeasurementsError(f"{name}: {role}: unknown, allowed is {allowed}")
        parts: Mapping[str | None, Any] = {None: entry}
        of_ions = isinstance(entry, Mapping) and not {"column", "value"} & set(entry)
        if of_ions and role in OF_ONE_ION:
            parts = entry
        for ion, part in parts.items():
            columns.append(_column(name, role, ion, part, given))
    return ColumnMap(tuple(columns), data.get("ions", {}), data.get("feeds", {}), name)


def _column(name: str, role: str, ion: str | None, entry: object, given: list[str]) -> Column:
    place = f"{name}: {role}" + ("" if ion is None else f" of {ion}")
    block = {"column": entry} if isinstance(entry, str) else entry
    if not isinstance(block, Mapping) or len({"column", "value"} & set(block)) != 1:
        raise MeasurementsError(
            f"{place}: {entry!r}, allowed is {{column: heading}} or {{value: }}"
        )
    if extra := set(block) - {"column", "value", "unit"}:
        allowed = "column, value, unit"
        raise MeasurementsError(f"{place}: key {extra.pop()!r}, allowed is one of {allowed}")
    heading = block.get("column")
    if heading is not None and heading not in given:
        allowed = one_of(str(heading), given)
        raise MeasurementsError(f"{place}: no column {heading!r}, allowed is {allowed}")
    unit = str(block.get("unit", PLAIN.get(role, "")))
    # mPa is no MPa.
    small = unit if unit.startswith("mP") else unit.lower()
    if role in UNITS and small not in UNITS[role]:
        allowed = ", ".join(UNITS[role])
        raise MeasurementsError(f"{place}: unit {unit!r}, allowed is one of {allowed}")
    return Column(role, heading, block.get("value"), small if role in UNITS else "", ion)


def _own(heading: str) -> Column | None:
    if heading in WORDS:
        return Column(heading, heading)
    if heading in PLAIN:
        return Column(heading, heading, unit=PLAIN[heading])
    for suffix, unit in SUFFIXES.items():
        matched = re.fullmatch(rf"(feed_)?(.+?)_{suffix}", heading)
        if not matched:
            continue
        role, ion = ("concentration", matched[2]) if matched[1] else (matched[2], None)
        if role in UNITS and unit in UNITS[role] and (role != "concentration" or ion):
            return Column(role, heading, unit=unit, ion=ion)
    return None


def _yaml(path: Path) -> tuple[str, Mapping[str, Any]]:
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MeasurementsError(f"{path}: {error.strerror}, allowed is a YAML file") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        problem = getattr(error, "problem", None) or "not UTF-8 text"
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise MeasurementsError(f"{path}{line}: {problem}, allowed is YAML") from None
    if not isinstance(data, Mapping):
        raise MeasurementsError(f"{path}: {data!r}, allowed is a block of roles and columns")
    return str(path), data
