"""Options of recipes in a campaign file: one model for each step; units end every key."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from mdtools.errors import MisplacedError
from mdtools.forcefield.states import DIACYLS
from mdtools.options import NonNegative, Options, Positive
from membranes.building.options import MonomerCounts, ReactionOptions, RelaxationOptions

Reagent = Literal["OC", "MC", "SC", "GC", "TMC"]
REAGENTS: tuple[str, ...] = (*DIACYLS, "TMC")
"""Acyl chlorides of a second amidation; each of them has templates in every state of its arms."""
Share = Annotated[float, Field(ge=0, le=1)]


class Pack(Options):
    """Monomers packed at random; the pH of the piperazine solution protonates some of the amines.

    With ``hold`` at "reactive amines" the piperazine, and with it the height of the box, is raised
    until as many of its nitrogens are free as without protonation.
    """

    step: Literal["pack"] = "pack"
    monomers: MonomerCounts
    box_nm: tuple[Positive, Positive, Positive]
    packing_tolerance_angstrom: Positive = 2.0
    pH: Annotated[float, Field(ge=0, le=14)] | None = None
    hold: Literal["molecules", "reactive amines"] = "molecules"

    @model_validator(mode="after")
    def _of_piperazine(self):
        if self.monomers.MPD:
            raise ValueError(
                f"monomers.MPD is {self.monomers.MPD}, allowed is 0: what the pH, the hydrogen "
                "chloride and a second reagent do is known of films of piperazine"
            )
        return self


class Zone(Options):
    """Acyl chlorides up to a height, 0 at the aqueous and 1 at the organic face, that may react."""

    up_to: Annotated[float, Field(gt=0, le=1)]
    probability: Share


class React(ReactionOptions):
    """First amidation; acyl chlorides react with a probability that depends on their height.

    ``hydrochloric_acid`` is "removed", or "protonates"; ``proton_exchange`` lets the solution take
    protons from amines near it: see ``membranes.recipes.rules``.
    """

    step: Literal["react"] = "react"
    zones: tuple[Zone, ...] = ()
    hydrochloric_acid: Literal["removed", "protonates"] = "removed"
    proton_exchange: bool = False

    @model_validator(mode="after")
    def _zones_cover_the_film(self):
        heights = [zone.up_to for zone in self.zones]
        if heights and (heights[-1] != 1 or any(b <= a for a, b in pairwise(heights))):
            raise ValueError(f"zones end at {heights}, allowed is rising, the last one at 1")
        return self


class Leach(Options):
    """Clusters of up to so many residues that are not tethered to the network are removed."""

    step: Literal["leach"] = "leach"
    largest_residues: Annotated[int, Field(ge=1)]


class Soak(Options):
    """The film swells by a factor along z and re-arranges; ``relax`` dries it again."""

    step: Literal["soak"] = "soak"
    swelling: Annotated[float, Field(ge=1, le=3)] = 1.25
    duration_ps: Positive = 2.0
    temperature_K: Positive = 600.0
    timestep_fs: Annotated[float, Field(gt=0, le=1)] = 1.0
    friction_per_ps: Positive = 2.0


class SecondAmidation(Options):
    """An acyl chloride enters from the organic side and reacts with amines that are left.

    The dose is a number of molecules, or a number for each residual amine.
    """

    step: Literal["second_amidation"] = "second_amidation"
    reagent: Reagent
    molecules: Annotated[int, Field(ge=1)] | None = None
    per_residual_amine: Positive | None = None
    deprotonate: bool = True
    probe_angstrom: Positive = 2.2
    closest_angstrom: Positive = 1.8
    reaction: ReactionOptions

    @model_validator(mode="after")
    def _one_dose(self):
        if (self.molecules is None) == (self.per_residual_amine is None):
            raise ValueError("give molecules or per_residual_amine, one of them")
        return self


class Hydrolyse(Options):
    """Every acyl chloride that is left becomes a carboxylic acid."""

    step: Literal["hydrolyse"] = "hydrolyse"


class Relax(RelaxationOptions):
    """The film is dried if it was swollen, and relaxed; the last step."""

    step: Literal["relax"] = "relax"
    drying_ps: NonNegative = 1.0


Step = Annotated[
    Pack | React | Leach | Soak | SecondAmidation | Hydrolyse | Relax, Field(discriminator="step")
]


def _in_order(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    if found := disorder(steps):
        index, words = found
        raise MisplacedError((index,), words)
    return steps


Steps = Annotated[tuple[Step, ...], Field(min_length=1), AfterValidator(_in_order)]
"""Steps in an order that can be carried out."""


class Recipe(Options):
    """A recipe is the list of steps that make a membrane, from the monomers on."""

    steps: Steps


def disorder(steps: Sequence[Step]) -> tuple[int, str] | None:
    """Return the index of the step that is out of order and why; None if all can be carried out.

    >>> disorder([Hydrolyse()])
    (0, 'step 1 of 1 is hydrolyse, allowed is pack first')
    """
    names, total = [step.step for step in steps], len(steps)
    if names[0] != "pack":
        return 0, f"step 1 of {total} is {names[0]}, allowed is pack first"
    if names[-1] != "relax":
        return total - 1, f"step {total} of {total} is {names[-1]}, allowed is relax last"
    acyls = False
    reacted = False
    for number, name in enumerate(names, start=1):
        where = f"step {number} of {total} is {name}"
        if name == "pack" and number > 1:
            return number - 1, f"{where}, allowed is one pack"
        if name == "relax" and number < total:
            return number - 1, f"{where}, allowed is relax last"
        if name in ("react", "hydrolyse") and not acyls:
            gone = "but no acyl chloride is left: an earlier step has hydrolysed them"
            return number - 1, f"{where}, {gone}"
        if name in ("leach", "second_amidation") and not reacted:
            return number - 1, f"{where}, but nothing has reacted yet: allowed is after react"
        acyls = name in ("pack", "second_amidation") or (acyls and name != "hydrolyse")
        reacted = reacted or name == "react"
    if not reacted:
        return total - 1, f"no step of {total} is react"
    if acyls:
        return total - 1, f"no step of {total} hydrolyses the acyl chlorides that are left"
    return None
