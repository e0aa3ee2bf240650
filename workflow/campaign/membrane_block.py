"""What a campaign is made of: the block ``membrane`` of its file, and the list ``membranes``.

The block has monomers, the name of a ready one, or a recipe.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field

from mdtools import seeds
from mdtools.options import Options
from membranes.library import LibraryError, membrane_block
from membranes.recipes.errors import RecipeError
from membranes.recipes.family import Family
from membranes.recipes.membrane import Membrane
from membranes.recipes.options import Recipe, Steps
from workflow.campaign import membranes
from workflow.campaign.faults import Fault, Location, as_json, errors, from_pydantic

BLOCK = "membrane"
LONGEST_NAME = 60
PARTS = {
    "monomers": "pack",
    "box_nm": "pack",
    "packing_tolerance_angstrom": "pack",
    "reaction": "react",
    "relaxation": "relax",
}
"""Steps that say what the keys of a membrane without a recipe do."""


class Named(Options):
    """A recipe by its name in a family."""

    recipe: Annotated[str, Field(max_length=LONGEST_NAME)]
    family: Family


class Listed(Options):
    """A recipe by its steps."""

    recipe: Steps


@dataclass(frozen=True)
class Block:
    """A block is a campaign's data with its membrane written out, and where the file says what.

    Attributes
    ----------
    data : dict
        None of a membrane that has faults.
    faults : tuple of Fault
    places : dict
        Where in the file stands what is at a location of ``data``.
    """

    data: Any
    faults: tuple[Fault, ...] = ()
    places: dict[Location, Location] | None = None

    def told(self, found: Iterable[Fault]) -> list[Fault]:
        """Return faults of ``data`` at their places in the file, with those of the block."""
        told = {fault.location[:1] for fault in self.faults}
        if self.faults and BLOCK not in self.data:
            told.add((BLOCK,))
        others = [fault for fault in found if fault.location[:1] not in told]
        placed = (replace(fault, location=self._place(fault.location)) for fault in others)
        return [*self.faults, *placed]

    def _place(self, location: Location) -> Location:
        for length in range(len(location), 0, -1):
            if place := (self.places or {}).get(location[:length]):
                return (*place, *location[length:])
        return location


def read(data) -> Block:
    """Write out the membranes of a campaign's data where they are names or a recipe."""
    if isinstance(data, dict) and membranes.KEY in data:
        if faults := tuple(membranes.faults_of_list(data)):
            rest = {key: value for key, value in data.items() if key != membranes.KEY}
            if isinstance(block := rest.get(BLOCK), dict) and "ready" in block:
                del rest[BLOCK]
            inner = read(rest)
            return replace(inner, faults=(*faults, *inner.faults))
        data = _listed(data)
    block = data.get(BLOCK) if isinstance(data, dict) else None
    if not isinstance(block, dict):
        return Block(data)
    if isinstance(block.get("ready"), str):
        return _ready(data, block)
    if "recipe" in block or "family" in block:
        return _made(data, block)
    return Block(data)


def _listed(data: dict) -> dict:
    """Return data whose membrane is of the list: a list of one is as if it were no list."""
    entries = data[membranes.KEY]
    ready = next((entry for entry in entries if isinstance(entry, str)), None)
    if len(entries) > 1:
        return data if BLOCK in data else data | {BLOCK: {"ready": ready}}
    rest = {key: value for key, value in data.items() if key != membranes.KEY}
    if ready is not None:
        return rest | {BLOCK: {"ready": ready}}
    if type(seed := data.get("seed")) is int and seed >= 0:
        rest["seed"] = seed_of(seed, entries[0])
    return rest


def seed_of(campaign_seed: int, entry: str | int) -> int:
    """Return the seed of one membrane among several, and of all that is done with it."""
    return seeds.integer(campaign_seed, BLOCK, membranes.name_of(entry))


def _ready(data: dict, block: dict) -> Block:
    if others := [key for key in block if key != "ready"]:
        return _faulty(data, [Fault((key,), "beside ready nothing is allowed") for key in others])
    try:
        return Block(data | {BLOCK: membrane_block(block["ready"])})
    except LibraryError as error:
        return _faulty(data, [Fault(("ready",), str(error))])


def _made(data: dict, block: dict) -> Block:
    """Write out a recipe, or say what is wrong with it."""
    model = Listed if isinstance(block.get("recipe"), list) else Named
    known = list(model.model_fields)
    said = "beside a recipe only " + (
        "its family is allowed" if model is Named else "nothing is allowed"
    )
    beside = [Fault((key,), f"{said}: its steps say the rest") for key in block if key not in known]
    own = {key: value for key, value in block.items() if key in known}
    found = [from_pydantic(model, error) for error in errors(model, own)]
    if beside or found:
        return _faulty(data, beside + found)
    if model is Listed:
        recipe = Recipe.model_validate_json(as_json({"steps": own["recipe"]}), strict=True)
        places: list[Location] = [("recipe", index) for index in range(len(recipe.steps))]
    else:
        named = Named.model_validate_json(as_json(own), strict=True)
        try:
            recipe = named.family.recipe(named.recipe)
        except RecipeError as error:
            return _faulty(data, [Fault(("recipe",), str(error))])
        places = [("family", *place) for place in named.family.places(recipe)]
    written = Membrane.of_recipe(recipe).model_dump(mode="json")
    return Block(data | {BLOCK: written}, places=_places(recipe, places))


def _places(recipe: Recipe, steps: list[Location]) -> dict[Location, Location]:
    """Return where the file says what stands in a written-out block, by the places of its steps."""
    names = [step.step for step in recipe.steps]
    found: dict[Location, Location] = {
        (BLOCK, "recipe", index): (BLOCK, *place) for index, place in enumerate(steps)
    }
    for key, name in PARTS.items():
        inner = () if key in ("reaction", "relaxation") else (key,)
        found[BLOCK, key] = (BLOCK, *steps[names.index(name)], *inner)
    return found


def _faulty(data: dict, faults: list[Fault]) -> Block:
    """Return data without their membrane, and its faults."""
    rest = {key: value for key, value in data.items() if key != BLOCK}
    return Block(rest, tuple(replace(f, location=(BLOCK, *f.location)) for f in faults))
