"""Tables of zeta potentials and of ionised sites, as papers print them, read from CSV files."""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.continuum.acidity.sites import Sites
from analysis.continuum.acidity.zeta import Zeta
from analysis.continuum.arrays import Array
from analysis.continuum.characterize.faults import MeasurementsError, fault, of_table, text_of
from analysis.continuum.constants import AVOGADRO

PH = re.compile(r"p\s*h\b", re.IGNORECASE)
ZETA = re.compile(r"(zeta|ζ).*?\b(mV|V)\b\W*$|(zeta|ζ).*_(mV|V)$", re.IGNORECASE)
SD = re.compile(r"^(sd|std|standard|stdev|s\.d\.|error|uncert|±|\+/-)", re.IGNORECASE)
UNIT = re.compile(r"(mV|V)\W*$", re.IGNORECASE)
KINDS: Mapping[str, re.Pattern[str]] = {
    "COO-": re.compile(r"COO|carbox|acid|negative", re.IGNORECASE),
    "NH2+": re.compile(r"NH2|NH3|amine|ammonium|positive", re.IGNORECASE),
}
"""Words of headings that mean acids and amines."""
PER_NM2 = re.compile(r"nm\s*(\^?-?2|²|⁻²)|nm2", re.IGNORECASE)
PER_M3 = re.compile(r"(?<![a-zµμ])mol\s*[/_ ]?\s*m\s*(\^?-?3|³|⁻³)|mol_m3|mmol\s*/?\s*L|\bmM\b")
PH_RANGE = (0.0, 14.0)
PLAUSIBLE_MV = 300.0
"""A zeta potential beyond is in another unit."""
LARGEST_PER_NM2 = 1e3
"""A layer of 1 um of polymer has fewer groups per area."""


def read_zeta(path: str | Path) -> tuple[Zeta, ...]:
    """Zeta potentials of a CSV file in the order of their pH.

    Its headings are ``pH``, one that says zeta and mV (or V), such as ``zeta potential (mV)`` or
    ``zeta_mV``, and may be one of its standard deviation, ``sd (mV)``: a potential within it has no
    sign.

    Raises
    ------
    MeasurementsError
        File, line, column, value, and what is allowed.
    """
    headings, rows = _rows(path)
    at = _column(path, headings, PH, "pH")
    zeta = _column(path, headings, ZETA, "one that says zeta and its unit, as 'zeta (mV)'")
    size = _millivolts(zeta, 1.0)
    spread = next((name for name in headings if SD.search(name) and not PH.search(name)), None)
    size_of_spread = _millivolts(spread or "", size)
    found = []
    for line, row in rows:
        millivolt = size * _number(path, line, zeta, row[zeta])
        if abs(millivolt) > PLAUSIBLE_MV:
            raise fault(path, line, zeta, f"{row[zeta]}", f"up to {PLAUSIBLE_MV:g} mV: is it mV?")
        sd = 0.0
        if spread and row[spread]:
            sd = size_of_spread * _number(path, line, spread, row[spread])
        sign = 0 if abs(millivolt) <= sd else int(np.sign(millivolt))
        found.append(Zeta(_ph(path, line, at, row[at]), millivolt, sign, str(path)))
    return tuple(sorted(found, key=lambda one: one.pH))


def read_sites(
    path: str | Path,
    at: npt.ArrayLike,
    *,
    thickness_nm: float | None = None,
    porosity: float = 0.5,
) -> Sites:
    """Ionised sites of a CSV file at some pH, between those of the table in straight lines.

    Its headings are ``pH`` and one for each kind of group, which says the group and the unit:
    ``COO- (sites/nm2)``, ``amine_per_nm2``, ``carboxylate (mol/m3)``. Cells may be empty, as the
    two kinds are seldom titrated at the same pH. Numbers per area are spread over the thickness of
    the active layer; those per volume are of the layer, too; both are then taken to its pore fluid.

    Parameters
    ----------
    at : pH of the result
    thickness_nm : nm of the active layer, for numbers per area
    porosity : pore fluid over volume of the layer, 0 to 1

    Raises
    ------
    MeasurementsError
        File, line, column, value, and what is allowed; a pH beyond those of the table; numbers per
        area without a thickness.
    """
    if not 0 < porosity <= 1:
        raise MeasurementsError(f"porosity is {porosity:g}, allowed is above 0, up to 1")
    headings, rows = _rows(path)
    ph = _column(path, headings, PH, "pH")
    asked = np.atleast_1d(np.asarray(at, dtype=float))
    found = {
        kind: _kind(path, headings, rows, ph, kind, asked, thickness_nm) / porosity
        for kind in KINDS
    }
    if not any(kind.search(name) for name in headings for kind in KINDS.values()):
        raise MeasurementsError(
            f"{path}: no column of sites, allowed are headings such as 'COO- (sites/nm2)' and "
            "'NH2+ (sites/nm2)'"
        )
    per = "as printed" if thickness_nm is None else f"over {thickness_nm:g} nm"
    return Sites(
        asked,
        found["NH2+"],
        found["COO-"],
        source=f"{path}, {per}, porosity {porosity:g}, straight lines between its pH",
    )


def _kind(
    path: Path | str,
    headings: Sequence[str],
    rows: list[tuple[int, dict[str, str]]],
    ph: str,
    kind: str,
    asked: Array,
    thickness_nm: float | None,
) -> Array:
    """Sites of a kind (P,) at the asked pH, mol per m3 of the layer; 0 without a column."""
    names = [
        name for name in headings if KINDS[kind].search(name) and not SD.search(name) and name != ph
    ]
    if not names:
        return np.zeros_like(asked)
    if len(names) > 1:
        raise fault(path, 1, names[1], "a second column of the same kind", "one")
    (name,) = names
    per_area = bool(PER_NM2.search(name))
    if not per_area and not PER_M3.search(name):
        raise fault(path, 1, name, "no unit", "sites/nm2 or mol/m3 at its end")
    if per_area and not (thickness_nm and thickness_nm > 0):
        raise MeasurementsError(
            f"{path}: {name!r} is per area, allowed is thickness_nm, of the active layer"
        )
    points = []
    for line, row in rows:
        if not row[name]:
            continue
        value = _number(path, line, name, row[name])
        if value < 0 or (per_area and value > LARGEST_PER_NM2):
            raise fault(path, line, name, row[name], "0 or more, in the unit of the heading")
        points.append((_ph(path, line, ph, row[ph]), value))
    if not points:
        raise MeasurementsError(f"{path}: {name!r} has no value, allowed is at least one")
    known = np.array(sorted(points))
    low, high = known[0, 0], known[-1, 0]
    if (asked < low).any() or (asked > high).any():
        beyond = asked[(asked < low) | (asked > high)][0]
        raise MeasurementsError(
            f"{path}: pH {beyond:g} of {name!r}, allowed is {low:g} to {high:g}, where it was "
            "measured"
        )
    sites = np.asarray(np.interp(asked, known[:, 0], known[:, 1]))
    return sites * 1e27 / AVOGADRO / thickness_nm if thickness_nm and per_area else sites


def _rows(path: str | Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    numbers, lines = of_table(text_of(path).splitlines())
    first = lines[0] if lines else ""
    parted = next((mark for mark in ";\t" if mark in first), ",")
    reader = csv.DictReader(lines, delimiter=parted, skipinitialspace=True)
    headings = [(name or "").strip() for name in reader.fieldnames or []]
    reader.fieldnames = headings
    rows = [
        (numbers[reader.line_num - 1], {name: (row.get(name) or "").strip() for name in headings})
        for row in reader
    ]
    if not rows:
        raise MeasurementsError(f"{path}: no measurement, allowed is at least one")
    return headings, rows


def _column(
    path: Path | str, headings: Sequence[str], pattern: re.Pattern[str], allowed: str
) -> str:
    found = [name for name in headings if pattern.search(name) and not SD.search(name)]
    if len(found) != 1:
        there = ", ".join(map(repr, headings))
        raise MeasurementsError(
            f"{path}: {len(found)} columns for {allowed}, allowed is one; headings are {there}"
        )
    return found[0]


def _number(path: Path | str, line: int, column: str, text: str) -> float:
    cleaned = text.replace("−", "-").replace("–", "-").split("±")[0].strip()
    with suppress(ValueError):
        value = float(cleaned)
        if math.isfinite(value):
            return value
    raise fault(path, line, column, repr(text), "a number with a decimal point")


def _millivolts(heading: str, otherwise: float) -> float:
    """Millivolts in the unit at the end of a heading."""
    unit = UNIT.search(heading)
    return otherwise if unit is None else {"v": 1e3, "mv": 1.0}[unit[1].lower()]


def _ph(path: Path | str, line: int, column: str, text: str) -> float:
    value = _number(path, line, column, text)
    if not PH_RANGE[0] <= value <= PH_RANGE[1]:
        raise fault(path, line, column, text, "a pH of 0 to 14")
    return value
