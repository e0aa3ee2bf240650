"""A family of membranes that differ in what their names say, and in nothing else."""

from __future__ import annotations

from math import sqrt
from typing import Annotated

from pydantic import Field, model_validator

from mdtools.errors import MisplacedError
from mdtools.options import Options, Positive
from membranes.building.options import ReactionOptions
from membranes.networks.monomers import molar_mass
from membranes.recipes.naming import Name, parse
from membranes.recipes.options import (
    Hydrolyse,
    Leach,
    Pack,
    React,
    Recipe,
    Relax,
    SecondAmidation,
    Soak,
)

REFERENCE_REAGENT, REFERENCE_PERCENT, REFERENCE_SECONDS = "MC", 0.5, 30.0
"""Reagent, its wt% and seconds of contact, to which ``per_residual_amine`` and the duration of
``soak`` belong."""


class SecondStep(Options):
    """Second amidation of a family: its dose is for 0.5 wt% of malonyl chloride and 30 s.

    A film takes up what reaches its face, c sqrt(t) by diffusion from a bath at rest (Crank, The
    Mathematics of Diffusion, 1975, eq. 3.15), so that other doses are in proportion to that, with c
    in molecules: wt% over the molar mass.
    """

    per_residual_amine: Positive = 1.0
    deprotonate: bool = True
    probe_angstrom: Positive = 2.2
    closest_angstrom: Positive = 1.8
    reaction: ReactionOptions

    def dose(self, name: Name) -> float:
        """Return the molecules for each residual amine of a membrane."""
        molecules = molar_mass(REFERENCE_REAGENT) / molar_mass(name.reagent)
        concentration = molecules * name.weight_percent / REFERENCE_PERCENT
        return self.per_residual_amine * concentration * sqrt(name.seconds / REFERENCE_SECONDS)


class Family(Options):
    """Steps that all membranes share; names add the pH, the hexane, and reagent and dose.

    Without a second step: pack, react, hydrolyse, rinse, relax. With one, soak and leach come
    after react, and the second amidation after these; the duration of ``soak`` is for 30 s, and in
    proportion to others. ``rinse`` is the leach in water.
    """

    pack: Pack
    react: React
    soak: Soak = Soak()
    leach: Leach
    second_amidation: SecondStep
    rinse_residues: Annotated[int, Field(ge=1)] | None = 1
    relax: Relax

    @model_validator(mode="after")
    def _pH_is_named(self):
        if self.pack.pH is not None:
            raise MisplacedError(("pack", "pH"), "allowed is none: names of membranes say it")
        return self

    def recipe(self, membrane: str) -> Recipe:
        """Return the recipe of a membrane by its name.

        Raises RecipeError for a name that says nothing, or a reagent that has no template.
        """
        name = parse(membrane)
        steps = [self.pack.model_copy(update={"pH": name.pH}), self.react]
        if name.seconds is not None:
            # The bath's time is that of the chains, in proportion.
            duration_ps = self.soak.duration_ps * name.seconds / REFERENCE_SECONDS
            steps += [self.soak.model_copy(update={"duration_ps": duration_ps}), self.leach]
        if name.reagent is not None:
            given = self.second_amidation
            plain = given.model_dump(exclude={"per_residual_amine"}, exclude_unset=True)
            dose = given.dose(name)
            steps.append(SecondAmidation(reagent=name.reagent, per_residual_amine=dose, **plain))
        steps.append(Hydrolyse())
        if self.rinse_residues is not None:
            steps.append(Leach(largest_residues=self.rinse_residues))
        return Recipe(steps=tuple(steps) + (self.relax,))

    def places(self, recipe: Recipe) -> list[tuple[str, ...]]:
        """Return where in the family each step of one of its recipes is declared."""
        hydrolysed = False
        found: list[tuple[str, ...]] = []
        for step in recipe.steps:
            hydrolysed = hydrolysed or step.step == "hydrolyse"
            key = "rinse_residues" if step.step == "leach" and hydrolysed else step.step
            found.append((key,) if key in type(self).model_fields else ())
        return found
