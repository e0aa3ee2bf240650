"""The file of a fabrication study: membranes, the steps that they share, how they are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import Field

from analysis.continuum import SOLUTES
from mdtools import seeds
from mdtools.errors import SettingsError
from mdtools.options import NonbondedOptions, Options, PlatformOptions
from membranes.recipes.errors import RecipeError
from membranes.recipes.family import Family
from membranes.recipes.options import Recipe, Steps
from workflow.campaign import recipe_checks
from workflow.campaign.faults import (
    Fault,
    Location,
    YamlSource,
    as_json,
    choices,
    errors,
    from_pydantic,
    hint,
)
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
    recipes: dict[Word, Steps] = {}
    nonbonded: NonbondedOptions = NonbondedOptions()
    platform: PlatformOptions = PlatformOptions()
    observation: ObservationOptions = ObservationOptions()

    @classmethod
    def read(cls, path: str | Path) -> FabricationStudy:
        """Read a YAML file.

        Raises SettingsError with a line for each fault: file, line, key, value, what is allowed.
        """
        source = YamlSource.open(Path(path), "study")
        found = [from_pydantic(cls, error) for error in errors(cls, source.data)]
        faults = source.repeated_keys() + found
        if not found:
            study = cls.model_validate_json(as_json(source.data), strict=True)
            faults += study.faults()
        if faults:
            raise SettingsError("\n".join(source.messages(faults)))
        return study

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong across its blocks: names without a recipe, steps of wrong numbers.

        A number that is wrong for several membranes is told once, for the first of them.
        """
        told: set[Location] = set()
        for index, name in enumerate(self.membranes):
            if name in self.membranes[:index]:
                yield Fault(("membranes", index), "given twice, allowed is once")
                continue
            try:
                recipe = self.recipe(name)
            except RecipeError as error:
                yield Fault(("membranes", index), str(error))
                continue
            for fault in self._of_steps(name, recipe):
                if fault.location not in told:
                    told.add(fault.location)
                    yield fault
        if self.nonbonded.slab_correction:
            yield Fault(
                ("nonbonded", "slab_correction"),
                "allowed is false: it is of cells between pistons, and films are made without",
            )
        reference = self.observation.reference_solute
        if reference not in SOLUTES:
            yield Fault(
                ("observation", "reference_solute"),
                f"no such solute, allowed are {choices(SOLUTES)}{hint(reference, SOLUTES)}",
            )

    def _of_steps(self, name: str, recipe: Recipe) -> Iterator[Fault]:
        """Yield faults of a membrane's steps, where the file declares them."""
        places: list[Location]
        if name in self.recipes:
            places = [("recipes", name, index) for index in range(len(recipe.steps))]
        else:
            places = [("family", *place) for place in self.family.places(recipe)]
        for fault in recipe_checks.faults(recipe.steps):
            index, *inner = fault.location
            yield replace(fault, location=(*places[int(index)], *inner))
        half = min(recipe.steps[0].box_nm[:2]) / 2
        if self.nonbonded.cutoff_nm >= half:
            yield Fault(
                ("nonbonded", "cutoff_nm"),
                f"allowed is below {half:g} nm, half of the shortest lateral length of "
                f"{'.'.join(map(str, places[0]))}.box_nm",
            )

    def recipe(self, membrane: str) -> Recipe:
        """Return the recipe of a membrane; RecipeError as ``Family.recipe``."""
        if membrane in self.recipes:
            return Recipe(steps=self.recipes[membrane])
        return self.family.recipe(membrane)

    def film_seed(self, repeat: int) -> int:
        """Return the seed of a repeat, from 1; all membranes share it, and what they begin with."""
        return seeds.integer(self.seed, "film", repeat)

    @property
    def members(self) -> list[tuple[str, int]]:
        """Membranes and numbers of repeats, all of a membrane together."""
        return [(name, repeat) for name in self.membranes for repeat in range(1, self.repeats + 1)]
