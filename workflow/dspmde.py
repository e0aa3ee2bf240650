"""The continuum solver for the command line: files in, a tidy table and plain data out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import pandas as pd
import yaml
from pydantic import Field, ValidationError, model_validator

from analysis.continuum import Membrane, Profile, Solution, performance
from analysis.continuum.constants import MATRIX_PERMITTIVITY, TEMPERATURE_K, WATER_PERMITTIVITY
from analysis.continuum.membranes import FEEDS, MEMBRANES
from analysis.continuum.species import SOLUTION_DENSITY, from_mg_per_kg
from mdtools.errors import SettingsError
from mdtools.options import NonNegative, Options, Positive
from workflow.faults import Source, choices, from_pydantic, hint
from workflow.units import LMH, MICRO, NANO, PASCAL_PER_BAR

Finite = Annotated[float, Field(allow_inf_nan=False)]
Block = TypeVar("Block", bound=Options)
FILE_ENDINGS = (".yaml", ".yml", ".json")


class ChargeProfile(Options):
    """Fixed charge against the place in the pore, 0 at the feed and 1 at the permeate."""

    x: tuple[Finite, ...]
    charge_density_mol_m3: tuple[Finite, ...]


class MembraneFile(Options):
    """A membrane in a file."""

    pore_radius_nm: Positive
    effective_thickness_um: Positive
    pore_permittivity: Positive
    charge_density_mol_m3: Finite | None = None
    charge_profile: ChargeProfile | None = None
    matrix_permittivity: Positive = MATRIX_PERMITTIVITY

    @model_validator(mode="after")
    def _one_charge(self):
        if (self.charge_density_mol_m3 is None) == (self.charge_profile is None):
            raise ValueError("allowed is one of charge_density_mol_m3 and charge_profile")
        return self

    def membrane(self) -> Membrane:
        """The membrane in SI units."""
        density, profile = self.charge_density_mol_m3, self.charge_profile
        return Membrane(
            NANO * self.pore_radius_nm,
            MICRO * self.effective_thickness_um,
            self.pore_permittivity,
            density if profile is None else Profile(profile.x, profile.charge_density_mol_m3),
            self.matrix_permittivity,
        )


class FeedFile(Options):
    """A feed in a file."""

    concentrations_mol_m3: dict[str, NonNegative] | None = None
    concentrations_mg_kg: dict[str, NonNegative] | None = None
    density_kg_m3: Positive = SOLUTION_DENSITY
    neutralise_by: str | None = None
    temperature_K: Positive = TEMPERATURE_K  # noqa: N815
    permittivity: Positive = WATER_PERMITTIVITY

    @model_validator(mode="after")
    def _one_kind(self):
        if (self.concentrations_mol_m3 is None) == (self.concentrations_mg_kg is None):
            raise ValueError("allowed is one of concentrations_mol_m3 and concentrations_mg_kg")
        return self

    def solution(self) -> Solution:
        """The feed in SI units."""
        concentrations = self.concentrations_mol_m3
        if concentrations is None:
            concentrations = from_mg_per_kg(self.concentrations_mg_kg, self.density_kg_m3)
        others = {"temperature": self.temperature_K, "permittivity": self.permittivity}
        if self.neutralise_by is None:
            return Solution(concentrations, **others)
        return Solution.neutralised(concentrations, by=self.neutralise_by, **others)


def find_membrane(source: str) -> Membrane:
    """Membrane by name or from a file; SettingsError names what is wrong and what is allowed."""
    return _find(source, "--membrane", MEMBRANES, MembraneFile, MembraneFile.membrane)


def find_feed(source: str) -> Solution:
    """Feed by name or from a file; SettingsError names what is wrong and what is allowed."""
    return _find(source, "--feed", FEEDS, FeedFile, FeedFile.solution)


def _find(source: str, option: str, known: Mapping, model: type[Block], made):
    if source in known:
        return known[source]
    path = Path(source)
    if path.suffix.lower() not in FILE_ENDINGS:
        raise SettingsError(
            f"{option} {source}: allowed are {choices(known)}, or a file that ends in "
            f"{choices(FILE_ENDINGS)}{hint(source, known)}"
        )
    block = read_block(model, path)
    try:
        return made(block)
    except ValueError as error:
        raise SettingsError(f"{option} {source}: {error}") from None


def read_block(model: type[Block], path: Path) -> Block:
    """Block of a YAML or JSON file; SettingsError says the first thing that is wrong in it."""
    try:
        source = Source(path, path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}: allowed is a YAML or JSON file") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        said = getattr(error, "problem", None) or "not UTF-8 text"
        raise SettingsError(f"{path}: {said}: allowed is a YAML or JSON file") from None
    if not isinstance(source.data, dict):
        raise SettingsError(f"{path}: allowed is a block of keys and values")
    if repeated := source.repeated_keys():
        raise SettingsError(source.say(repeated[0]))
    try:
        return model.model_validate(source.data, strict=False)
    except ValidationError as error:
        raise SettingsError(source.say(from_pydantic(model, error.errors()[0]))) from None


def tidy(transport, pressure_bar) -> pd.DataFrame:
    """One row for each flux and ion.

    Parameters
    ----------
    transport : Transport of one membrane and feed, flux of shape (F,)
    pressure_bar : (F,) array

    Returns
    -------
    DataFrame
        flux_lmh, flux_m_s, pressure_bar, ion, feed_mol_m3, wall_mol_m3, permeate_mol_m3,
        rejection, converged; NaN where a case did not converge.
    """
    table = pd.concat(
        pd.DataFrame(
            {
                "flux_lmh": transport.flux / LMH,
                "flux_m_s": transport.flux,
                "pressure_bar": pressure_bar,
                "ion": ion,
                "feed_mol_m3": transport.permeate[ion] / (1 - rejection),
                "wall_mol_m3": transport.wall[ion],
                "permeate_mol_m3": transport.permeate[ion],
                "rejection": rejection,
                "converged": transport.converged,
            }
        )
        for ion, rejection in transport.rejection.items()
    )
    return table.sort_values("flux_m_s", kind="stable").reset_index(drop=True)
