"""Rejections that the theory gives for the conditions of measurements, of many membranes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from analysis.continuum.arrays import Array, Ints
from analysis.continuum.characterize.faults import MeasurementsError
from analysis.continuum.characterize.measurements import Measurements
from analysis.continuum.characterize.rows import Point
from analysis.continuum.film import Film
from analysis.continuum.model import Membrane, Model, Solution
from analysis.continuum.pressure import solve_driven
from analysis.continuum.species import Ion, at_temperature
from analysis.continuum.transport import CELLS

DRIVES = ("flux", "pressure")
DIFFUSIVITIES = ("feed", "25 C")
CHARGES_BY = ("membrane", "feed", "series")


@dataclass(frozen=True)
class Call:
    """Points that one call of the solver serves: same ions, temperature and kind of drive.

    Attributes
    ----------
    feed : Solution, of concentrations (F,)
    drive : (F,) m/s or Pa
    by_pressure : bool
    groups : (F,) which charge density
    points, columns : (n,) point of the data, and which of F it is of
    ions : n names
    """

    feed: Solution
    drive: Array
    by_pressure: bool
    groups: Ints
    points: Ints
    columns: Ints
    ions: tuple[str, ...]


@dataclass(frozen=True)
class Forward:
    """The theory as a function of a membrane's parameters.

    Attributes
    ----------
    data : Measurements
        With rejections only.
    groups : tuple of str
        Of charge densities.
    assumptions : dict
        In words.
    """

    data: Measurements
    groups: tuple[str, ...]
    model: Model
    film: Film | None
    calls: tuple[Call, ...] = field(repr=False)
    assumptions: dict[str, object] = field(repr=False)

    @classmethod
    def of(
        cls,
        data: Measurements,
        model: Model | None = None,
        film: Film | None = None,
        drive: str | None = None,
        charge_by: str = "membrane",
        diffusivity: str = "feed",
    ) -> "Forward":
        """Theory for measurements of one membrane; see ``fit`` for the arguments."""
        for name, value, allowed in (
            ("drive", drive, (None, *DRIVES)),
            ("charge_by", charge_by, CHARGES_BY),
            ("diffusivity", diffusivity, DIFFUSIVITIES),
        ):
            if value not in allowed:
                listed = ", ".join(map(str, allowed))
                raise ValueError(f"{name} is {value!r}, allowed: {listed}")
        if len(data.membranes) > 1:
            names = ", ".join(data.membranes)
            raise MeasurementsError(
                f"{data.source}: membranes {names}, allowed is one: data.of(membrane=...)"
            )
        kept = data.where(lambda point: point.ion is not None)
        if not kept.points:
            raise MeasurementsError(f"{data.source}: no rejection, allowed is at least one")
        words = [_group(point, charge_by) for point in kept.points]
        groups = tuple(dict.fromkeys(words))
        calls = _calls(kept, [groups.index(word) for word in words], drive, diffusivity)
        by_pressure = sum(len(call.drive) for call in calls if call.by_pressure)
        by_flux = sum(len(call.drive) for call in calls if not call.by_pressure)
        assumptions: dict[str, object] = {
            "drive": f"flux as measured at {by_flux} points, from the pressure at {by_pressure}",
            "charge_density": "one" if groups == ("",) else f"one for each {charge_by}",
            "diffusivities": "at the temperature of the feed, Stokes and Einstein"
            if diffusivity == "feed"
            else "those of 25 C",
            "left_out": f"{len(data) - len(kept)} points of pure water",
        }
        return cls(kept, groups, model or Model(), film, calls, assumptions)

    def __call__(self, values: Mapping[str, Array], charges: Array, cells: int = CELLS) -> Array:
        """Rejections (P, N) in the order of the data; NaN where a solve does not converge.

        Parameters
        ----------
        values : (P,) by name, SI, of radius, thickness and permittivity
        charges : (P, G) mol/m3, one for each of ``groups``
        cells : int
            Most cells of the march.
        """
        result = np.full((len(charges), len(self.data)), np.nan)
        for call in self.calls:
            membrane = Membrane(
                values["pore_radius"][:, None],
                values["effective_thickness"][:, None],
                values["pore_permittivity"][:, None],
                charges[:, call.groups],
            )
            found = solve_driven(
                membrane,
                call.feed,
                call.drive,
                by_pressure=call.by_pressure,
                model=self.model,
                film=self.film,
                cells=cells,
            )
            rejection = np.stack([found.rejection[ion] for ion in found.rejection], axis=-1)
            names = list(found.rejection)
            columns = [names.index(ion) for ion in call.ions]
            result[:, call.points] = rejection[:, call.columns, columns]
        return result


def _group(point: Point, charge_by: str) -> str:
    return "" if charge_by == "membrane" else str(getattr(point, charge_by))


class _Kind(NamedTuple):
    """What the points of one call share."""

    ions: tuple[Ion, ...]
    temperature: float
    permittivity: float
    by_pressure: bool


class _Place(NamedTuple):
    """One solve of a call."""

    concentrations: tuple[float, ...]
    amount: float
    group: int


def _calls(
    data: Measurements, groups: list[int], drive: str | None, diffusivity: str
) -> tuple[Call, ...]:
    gathered: dict[_Kind, dict[_Place, list[tuple[int, str]]]] = {}
    for index, point in enumerate(data.points):
        by_pressure = _by_pressure(data, point, drive)
        ions = tuple(ion for ion, _ in point.composition)
        kind = _Kind(ions, point.temperature, point.permittivity, by_pressure)
        amount = point.pressure if by_pressure else point.flux
        place = _Place(tuple(c for _, c in point.composition), amount, groups[index])
        name = "" if point.ion is None else point.ion.name
        gathered.setdefault(kind, {}).setdefault(place, []).append((index, name))
    calls = []
    for kind, places in gathered.items():
        amounts = np.array([place.concentrations for place in places])
        concentrations: dict[str | Ion, Array] = {
            at_temperature(ion, kind.temperature) if diffusivity == "feed" else ion: amounts[:, i]
            for i, ion in enumerate(kind.ions)
        }
        entries = [
            (index, column, name)
            for column, found in enumerate(places.values())
            for index, name in found
        ]
        calls.append(
            Call(
                feed=Solution(concentrations, kind.temperature, kind.permittivity),
                drive=np.array([place.amount for place in places], dtype=float),
                by_pressure=kind.by_pressure,
                groups=np.array([place.group for place in places], dtype=np.intp),
                points=np.array([entry[0] for entry in entries], dtype=np.intp),
                columns=np.array([entry[1] for entry in entries], dtype=np.intp),
                ions=tuple(entry[2] for entry in entries),
            )
        )
    return tuple(calls)


def _by_pressure(data: Measurements, point: Point, drive: str | None) -> bool:
    given = {"flux": not np.isnan(point.flux), "pressure": not np.isnan(point.pressure)}
    if drive is None:
        return not given["flux"]
    if not given[drive]:
        raise MeasurementsError(
            f"{data.source}, line {point.line}: no {drive}, allowed is one, as drive={drive!r}"
        )
    return drive == "pressure"
