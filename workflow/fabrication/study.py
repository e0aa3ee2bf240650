"""The file of a fabrication study: membranes, the steps that they share, how they are looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, ValidationError, model_validator

from mdtools import seeds
from mdtools.errors import SettingsError
from mdtools.options import NonbondedOptions, Options, PlatformOptions
from membranes.recipes.family import Family
from membranes.recipes.options import Recipe
from workflow.campaign.faults import YamlSource
from workflow.fabrication.options import ObservationOptions

Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=60)]
"""Names that become directories."""


class FabricationStudy(Options):
    """Everything that the file of a fabrication study may say; see docs/fabrication.md.

    ``membranes`` are names as the study writes them, made by ``family``; ``recipes`` are others,
    each by its own list of steps.
    """

    name: Word
    seed: Annotated[int, Field(ge=0)]
    repeats: Annotated[int, Field(ge=1)] = 3
    stamp: str | None = None
    membranes: Annotated[tuple[Word, ...], Field(min_length=1)]
    family: Family
    recipes: dict[Word, Recipe] = {}
    nonbonded: NonbondedOptions = NonbondedOptions()
    platform: PlatformOptions = PlatformOptions()
    observation: ObservationOptions = ObservationOptions()

    @model_validator(mode="after")
    def _membranes_have_recipes(self):
        repeated = {name for name in self.membranes if self.membranes.count(name) > 1}
        if repeated:
            raise ValueError(f"membranes name {', '.join(sorted(repeated))} twice")
        for name in self.membranes:
            self.recipe(name)
        return self

    @classmethod
    def read(cls, path: str | Path) -> FabricationStudy:
        """Read a YAML file.

        Raises SettingsError with a line for each thing wrong: the file, the key, and why.
        """
        path = Path(path)
        try:
            data = YamlSource(path, path.read_text(encoding="utf-8")).data
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise SettingsError(f"{path}: {' '.join(str(error).split())}") from error
        try:
            return cls.model_validate_json(json.dumps(data, default=str))
        except ValidationError as error:
            lines = [
                f"{path}: {'.'.join(map(str, fault['loc'])) or 'file'}: {_words(fault)}"
                for fault in error.errors()
            ]
            raise SettingsError("\n".join(lines)) from None

    def recipe(self, membrane: str) -> Recipe:
        """Return the recipe of a membrane; RecipeError as ``Family.recipe``."""
        return self.recipes[membrane] if membrane in self.recipes else self.family.recipe(membrane)

    def film_seed(self, repeat: int) -> int:
        """Return the seed of a repeat, from 1; all membranes share it, and what they begin with."""
        return seeds.integer(self.seed, "film", repeat)

    @property
    def members(self) -> list[tuple[str, int]]:
        """Membranes and numbers of repeats, all of a membrane together."""
        return [(name, repeat) for name in self.membranes for repeat in range(1, self.repeats + 1)]


def _words(fault) -> str:
    return fault["msg"].removeprefix("Value error, ")
