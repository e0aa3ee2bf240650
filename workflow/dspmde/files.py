"""Membranes, feeds and films of the continuum solver, by name or from a YAML or JSON file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import Field, ValidationError, model_validator

from analysis.continuum import Film, Ion, Membrane, Profile, Solution
from analysis.continuum.constants import MATRIX_PERMITTIVITY, TEMPERATURE_K, WATER_PERMITTIVITY
from analysis.continuum.film import flat_channel, hollow_fibre, spiral_wound, stirred_cell
from analysis.continuum.membranes import FEEDS, MEMBRANES
from analysis.continuum.species import IONS, SOLUTES, SOLUTION_DENSITY, from_mg_per_kg
from analysis.continuum.units import MICRO, MILLI, NANO, SPEED
from mdtools.errors import SettingsError
from mdtools.options import NonNegative, Options, Positive
from workflow.campaign.faults import YamlSource, choices, from_pydantic, hint
from workflow.dspmde.units import values

Finite = Annotated[float, Field(allow_inf_nan=False)]
Block = TypeVar("Block", bound=Options)
ENDINGS = (".yaml", ".yml", ".json")
REFERENCE_DIFFUSIVITY = 1e-9
"""m2/s, of the ion that a single mass transfer coefficient is meant for."""
DIFFUSIVITY_POWER = 2 / 3
"""Of mass transfer through a laminar film; Leveque."""


def check_exactly_one(block: Options, *keys: str) -> None:
    """Raise ValueError unless exactly one of some keys is given."""
    given = [key for key in keys if getattr(block, key) is not None]
    if len(given) != 1:
        raise ValueError(f"allowed is exactly one of {choices(keys)}, given {len(given)}")


class ChargeProfile(Options):
    """Fixed charge along the pore, sampled at x from 0 (feed) to 1 (permeate)."""

    x: tuple[Finite, ...]
    charge_density_mol_m3: tuple[Finite, ...]


class MembraneFile(Options):
    """Keys of a file that describes a membrane."""

    pore_radius_nm: Positive
    effective_thickness_um: Positive
    pore_permittivity: Positive
    charge_density_mol_m3: Finite | None = None
    charge_profile: ChargeProfile | None = None
    matrix_permittivity: Positive = MATRIX_PERMITTIVITY

    @model_validator(mode="after")
    def _one_charge(self):
        check_exactly_one(self, "charge_density_mol_m3", "charge_profile")
        return self

    def in_si_units(self) -> Membrane:
        """Return the membrane in SI units."""
        density, profile = self.charge_density_mol_m3, self.charge_profile
        return Membrane(
            NANO * self.pore_radius_nm,
            MICRO * self.effective_thickness_um,
            self.pore_permittivity,
            density if profile is None else Profile(profile.x, profile.charge_density_mol_m3),
            self.matrix_permittivity,
        )


class FeedFile(Options):
    """Keys of a file that describes a feed."""

    concentrations_mol_m3: dict[str, NonNegative] | None = None
    concentrations_mg_kg: dict[str, NonNegative] | None = None
    density_kg_m3: Positive = SOLUTION_DENSITY
    neutralise_by: str | None = None
    temperature_K: Positive = TEMPERATURE_K
    permittivity: Positive = WATER_PERMITTIVITY

    @model_validator(mode="after")
    def _one_kind(self):
        check_exactly_one(self, "concentrations_mol_m3", "concentrations_mg_kg")
        return self

    def in_si_units(self) -> Solution:
        """Return the feed in SI units."""
        _check_ions(self.concentrations_mol_m3 or self.concentrations_mg_kg)
        concentrations = self.concentrations_mol_m3
        if concentrations is None:
            concentrations = from_mg_per_kg(self.concentrations_mg_kg, self.density_kg_m3)
        others = {"temperature": self.temperature_K, "permittivity": self.permittivity}
        if self.neutralise_by is None:
            return Solution(concentrations, **others)
        if self.neutralise_by not in IONS:
            raise ValueError(f"neutralise_by is {self.neutralise_by!r}, allowed: {choices(IONS)}")
        return Solution.neutralised(concentrations, by=self.neutralise_by, **others)


class HollowFibre(Options):
    """Keys of a correlation for flow inside a hollow fibre."""

    velocity_m_s: Positive
    diameter_mm: Positive
    length_m: Positive

    def mass_transfer(self) -> Callable[[Ion], float]:
        """Return a function of an ion that gives its mass transfer coefficient, m/s."""
        return hollow_fibre(self.velocity_m_s, MILLI * self.diameter_mm, self.length_m)


class FlatChannel(Options):
    """Keys of a correlation for flow in an empty slit."""

    velocity_m_s: Positive
    height_mm: Positive
    length_m: Positive

    def mass_transfer(self) -> Callable[[Ion], float]:
        """Return a function of an ion that gives its mass transfer coefficient, m/s."""
        return flat_channel(self.velocity_m_s, MILLI * self.height_mm, self.length_m)


class StirredCell(Options):
    """Keys of a correlation for a stirred dead-end cell."""

    radius_mm: Positive
    angular_velocity_rad_s: Positive

    def mass_transfer(self) -> Callable[[Ion], float]:
        """Return a function of an ion that gives its mass transfer coefficient, m/s."""
        return stirred_cell(MILLI * self.radius_mm, self.angular_velocity_rad_s)


class SpiralWound(Options):
    """Keys of a correlation for a channel with a spacer."""

    velocity_m_s: Positive
    height_mm: Positive
    mixing_length_mm: Positive = 6.0
    mixing_efficiency: Positive = 0.5

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

    mass_transfer_m_s: dict[str, Positive] | None = None
    hollow_fibre: HollowFibre | None = None
    flat_channel: FlatChannel | None = None
    stirred_cell: StirredCell | None = None
    spiral_wound: SpiralWound | None = None
    suction: bool = True

    @model_validator(mode="after")
    def _one_kind(self):
        check_exactly_one(self, *(name for name in type(self).model_fields if name != "suction"))
        return self

    def in_si_units(self) -> Film:
        """Return the film in SI units."""
        if self.mass_transfer_m_s is not None:
            _check_ions(self.mass_transfer_m_s)
            return Film(self.mass_transfer_m_s, suction=self.suction)
        kinds = (self.hollow_fibre, self.flat_channel, self.stirred_cell, self.spiral_wound)
        (kind,) = (kind for kind in kinds if kind is not None)
        return Film(kind.mass_transfer(), suction=self.suction)


def find_membrane(source: str) -> Membrane:
    """Return a membrane by name or from a file; SettingsError says what is wrong and allowed."""
    return _find(source, "--membrane", MEMBRANES, MembraneFile)


def find_feed(source: str) -> Solution:
    """Return a feed by name or from a file; SettingsError says what is wrong and allowed."""
    return _find(source, "--feed", FEEDS, FeedFile)


def find_film(source: str) -> Film:
    """Return a film from a file, or from the coefficient of an ion that diffuses with 1e-9 m2/s.

    Other ions then have it times (D / 1e-9 m2/s)^(2/3). SettingsError as for the others.
    """
    if Path(source).suffix.lower() in ENDINGS:
        return _find(source, "--film", {}, FilmFile)
    (coefficient, *more) = values([source], "--film", SPEED, "m/s")
    if more:
        raise SettingsError(f"--film {source!r}: allowed is one number, or a file")

    def scaled(ion: Ion) -> float:
        return coefficient * (ion.diffusivity / REFERENCE_DIFFUSIVITY) ** DIFFUSIVITY_POWER

    return Film(scaled)


def _check_ions(concentrations: Mapping[str, float]) -> None:
    known = (*IONS, *SOLUTES)
    for name in concentrations:
        if name not in known:
            raise ValueError(f"ion {name!r} is unknown, allowed: {choices(known)}")


def _find(source: str, option: str, known: Mapping, model: type[Block]):
    if source in known:
        return known[source]
    path = Path(source)
    if path.suffix.lower() not in ENDINGS:
        raise SettingsError(
            f"{option} {source}: allowed are {choices(known)}, or a file that ends in "
            f"{choices(ENDINGS)}{hint(source, known)}"
        )
    try:
        return _read(model, path).in_si_units()
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
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        fault = from_pydantic(model, error.errors()[0])
        if not fault.location:
            raise SettingsError(f"{path}: {fault.remedy}") from None
        raise SettingsError(source.message(fault)) from None
