"""Membranes, feeds and films of the continuum solver, by name or from a YAML or JSON file."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError, model_validator

from analysis.continuum import Film, Ion, Membrane, Solution
from analysis.continuum.film import flat_channel, hollow_fibre, spiral_wound, stirred_cell
from analysis.continuum.membranes import FEEDS, MEMBRANES
from analysis.continuum.species import KNOWN
from analysis.continuum.units import MICRO, MILLI, NANO, SPEED
from mdtools.errors import SettingsError
from mdtools.options import Options
from workflow.campaign.faults import YamlSource, choices, errors, from_pydantic, hint
from workflow.dspmde.blocks import check_exactly_one
from workflow.dspmde.feed_file import FeedFile, by_ion
from workflow.dspmde.limits import (
    CellRadius,
    Efficiency,
    Height,
    Length,
    MassTransfer,
    Rotation,
    Velocity,
)
from workflow.dspmde.membrane_file import MembraneFile
from workflow.dspmde.units import NUMBER, values

LENGTHS = {"nm": NANO, "um": MICRO, "µm": MICRO, "mm": MILLI, "m": 1.0}
Block = TypeVar("Block", bound=Options)
ENDINGS = (".yaml", ".yml", ".json")
REFERENCE_DIFFUSIVITY = 1e-9
"""m2/s, of the ion that a single mass transfer coefficient is meant for."""
FASTEST_FILM = 1e-2
"""m/s: a coefficient above is a number without its unit."""
DIFFUSIVITY_POWER = 2 / 3
"""Of mass transfer through a laminar film; Leveque."""


class HollowFibre(Options):
    """Keys of a correlation for flow inside a hollow fibre."""

    velocity_m_s: Velocity
    diameter_mm: Height
    length_m: Length

    def mass_transfer(self) -> Callable[[Ion], float]:
        """Return a function of an ion that gives its mass transfer coefficient, m/s."""
        return hollow_fibre(self.velocity_m_s, MILLI * self.diameter_mm, self.length_m)


class FlatChannel(Options):
    """Keys of a correlation for flow in an empty slit."""

    velocity_m_s: Velocity
    height_mm: Height
    length_m: Length

    def mass_transfer(self) -> Callable[[Ion], float]:
        """Return a function of an ion that gives its mass transfer coefficient, m/s."""
        return flat_channel(self.velocity_m_s, MILLI * self.height_mm, self.length_m)


class StirredCell(Options):
    """Keys of a correlation for a stirred dead-end cell."""

    radius_mm: CellRadius
    angular_velocity_rad_s: Rotation

    def mass_transfer(self) -> Callable[[Ion], float]:
        """Return a function of an ion that gives its mass transfer coefficient, m/s."""
        return stirred_cell(MILLI * self.radius_mm, self.angular_velocity_rad_s)


class SpiralWound(Options):
    """Keys of a correlation for a channel with a spacer."""

    velocity_m_s: Velocity
    height_mm: Height
    mixing_length_mm: Height = 6.0
    mixing_efficiency: Efficiency = 0.5

    def mass_transfer(self) -> Callable[[Ion], float]:
        """Return a function of an ion that gives its mass transfer coefficient, m/s."""
        return spiral_wound(
            self.velocity_m_s,
            MILLI * self.height_mm,
            MILLI * self.mixing_length_mm,
            self.mixing_efficiency,
        )


class FilmFile(Options):
    """Keys of a file that describes a film: coefficients of each ion, or a correlation."""

    mass_transfer_m_s: dict[str, MassTransfer] | None = None
    hollow_fibre: HollowFibre | None = None
    flat_channel: FlatChannel | None = None
    stirred_cell: StirredCell | None = None
    spiral_wound: SpiralWound | None = None
    suction: bool = True

    @model_validator(mode="after")
    def _one_kind(self):
        check_exactly_one(self, *(name for name in type(self).model_fields if name != "suction"))
        return self

    def in_si_units(self, ions: Iterable[Ion] = ()) -> Film:
        """Return the film in SI units; `ions` are the feed's, whose own may have coefficients."""
        if self.mass_transfer_m_s is not None:
            own = {ion.name: ion for ion in ions if ion.name not in KNOWN}
            coefficients = by_ion(self.mass_transfer_m_s, own)
            named = {ion.name: value for ion, value in coefficients.items()}
            return Film(named, suction=self.suction)
        kinds = (self.hollow_fibre, self.flat_channel, self.stirred_cell, self.spiral_wound)
        (kind,) = (kind for kind in kinds if kind is not None)
        return Film(kind.mass_transfer(), suction=self.suction)


def find_membrane(source: str) -> Membrane:
    """Return a membrane by name or from a file; SettingsError says what is wrong and allowed."""
    return _find(source, "--membrane", MEMBRANES, MembraneFile)


def find_feed(source: str) -> Solution:
    """Return a feed by name or from a file; SettingsError says what is wrong and allowed."""
    return _find(source, "--feed", FEEDS, FeedFile)


def find_film(source: str, ions: Iterable[Ion] = ()) -> Film:
    """Return a film from a file, or from the coefficient of an ion that diffuses with 1e-9 m2/s.

    Other ions then have it times (D / 1e-9 m2/s)^(2/3). SettingsError as for the others. `ions` are
    the feed's.
    """
    if Path(source).suffix.lower() in ENDINGS:
        return _find(source, "--film", {}, FilmFile, ions=ions)
    _ask_what_is_meant(source)
    (coefficient, *more) = values([source], "--film", SPEED, "m/s")
    if more:
        raise SettingsError(f"--film {source!r}: allowed is one number, or a file")
    if coefficient > FASTEST_FILM:
        raise SettingsError(
            f"--film {source}: {coefficient:g} m/s, allowed is up to {FASTEST_FILM:g}; write "
            "20um/s for micrometres a second"
        )

    def scaled(ion: Ion) -> float:
        return coefficient * (ion.diffusivity / REFERENCE_DIFFUSIVITY) ** DIFFUSIVITY_POWER

    return Film(scaled)


def _ask_what_is_meant(source: str) -> None:
    """Raise SettingsError for a bare number, and for a thickness, with the coefficient of it."""
    matched = re.fullmatch(rf"\s*({NUMBER})\s*([A-Za-zµ]*)\s*", source)
    if not matched:
        return
    number, unit = float(matched[1]), matched[2]
    asked = "allowed is a mass transfer coefficient such as 20um/s, or a file"
    if not unit and number > FASTEST_FILM:
        raise SettingsError(
            f"--film {source}: {number:g} of what? {asked}; a film of {number:g} um is "
            f"{_of_thickness(number * MICRO)}"
        )
    if unit in LENGTHS:
        raise SettingsError(
            f"--film {source}: a thickness; {asked}: this one is "
            f"{_of_thickness(number * LENGTHS[unit])}"
        )


def _of_thickness(thickness: float) -> str:
    """Say the coefficient of a stagnant film: diffusivity over thickness."""
    if not thickness > 0:
        return "none"
    return f"{REFERENCE_DIFFUSIVITY / thickness / MICRO:.3g}um/s for an ion of 1e-9 m2/s"


def _find(source: str, option: str, known: Mapping, model: type[Block], **others: object):
    if source in known:
        return known[source]
    path = Path(source)
    if path.suffix.lower() not in ENDINGS:
        raise SettingsError(
            f"{option} {source}: allowed are {choices(known)}, or a file that ends in "
            f"{choices(ENDINGS)}{hint(source, known)}"
        )
    try:
        return _read(model, path).in_si_units(**others)
    except SettingsError:
        raise
    except ValueError as error:
        raise SettingsError(f"{option} {source}: {error}") from None


def _read(model: type[Block], path: Path) -> Block:
    """Read a YAML or JSON file; SettingsError says the first thing that is wrong in it."""
    try:
        source = YamlSource(path, path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}: allowed is a YAML or JSON file") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        problem = getattr(error, "problem", None) or "not UTF-8 text"
        raise SettingsError(f"{path}: {problem}: allowed is a YAML or JSON file") from None
    if not isinstance(source.data, dict):
        raise SettingsError(f"{path}: allowed is a block of keys and values")
    if repeated := source.repeated_keys():
        raise SettingsError(source.message(repeated[0]))
    found = errors(model, source.data)
    try:
        if not found:
            return model.model_validate(source.data)
    except ValidationError as error:
        found = error.errors()
    fault = from_pydantic(model, found[0])
    if not fault.location:
        raise SettingsError(f"{path}: {fault.remedy}")
    raise SettingsError(source.message(fault))
