"""The membrane block of a campaign, which may be made by a recipe, and what a recipe amounts to."""

from __future__ import annotations

from typing import Self

from membranes.building.options import MembraneOptions, ReactionOptions, RelaxationOptions
from membranes.networks.monomers import MONOMERS, molar_mass
from membranes.recipes.options import Pack, React, Recipe, Relax, SecondAmidation, Soak, Steps
from membranes.recipes.speciation import Speciation, speciation


class Membrane(MembraneOptions):
    """A membrane of a campaign, made by the steps of ``recipe`` where there are some.

    With a recipe the other fields say what is packed, how it first reacts and how it is relaxed.
    """

    recipe: Steps | None = None

    @classmethod
    def of_recipe(cls, recipe: Recipe) -> Self:
        """Return the block of a recipe."""
        pack, relaxed = recipe.steps[0], recipe.steps[-1]
        react = next(step for step in recipe.steps if step.step == "react")
        counts, box = amounts(pack, speciation(pack.pH))
        return cls(
            monomers=counts,
            box_nm=box,
            packing_tolerance_angstrom=pack.packing_tolerance_angstrom,
            reaction=shared(ReactionOptions, react),
            relaxation=shared(RelaxationOptions, relaxed),
            recipe=recipe.steps,
        )

    @property
    def most_sites(self) -> dict[str, int]:
        """Amines and acyl chlorides that enter: no network has more free amines and carboxyls.

        Of a dose for each residual amine, one molecule for each amine that is packed is counted
        times that dose.
        """
        amines, acyls = self.monomers.amine_sites, self.monomers.acyl_sites
        for step in self.recipe or ():
            if isinstance(step, SecondAmidation):
                dose = step.molecules or max(1, round((step.per_residual_amine or 0) * amines))
                acyls += dose * len(MONOMERS[step.reagent].centres)
        return {"NH2+": amines, "COO-": acyls}

    @property
    def simulated(self) -> list[tuple[float, float]]:
        """Picoseconds and timestep (fs) of every stretch of dynamics.

        Left out are the short runs that bring bonds in.
        """
        if self.recipe is None:
            reaction_ps = sum(stage.duration_ps for stage in self.reaction.stages)
            relaxed = self.relaxation.duration_ps, self.relaxation.timestep_fs
            return [(reaction_ps, self.reaction.timestep_fs), relaxed]
        found = []
        for step in self.recipe:
            if isinstance(step, React | SecondAmidation):
                reaction = step if isinstance(step, React) else step.reaction
                duration_ps = sum(stage.duration_ps for stage in reaction.stages)
                found.append((duration_ps, reaction.timestep_fs))
            elif isinstance(step, Soak):
                found.append((step.duration_ps, step.timestep_fs))
            elif isinstance(step, Relax):
                found += [(step.drying_ps, min(step.timestep_fs, 1.0))]
                found += [(step.duration_ps, step.timestep_fs)]
        return [(duration_ps, timestep_fs) for duration_ps, timestep_fs in found if duration_ps]


def shared(model, options):
    """Return the part of options that belongs to a model that theirs is made from."""
    return model(**{name: getattr(options, name) for name in model.model_fields})


def amounts(step: Pack, forms: Speciation) -> tuple[dict[str, int], tuple[float, float, float]]:
    """Return monomers and box of a packing, with more piperazine for what is protonated if asked.

    The reaction takes place where the fluxes of free amine and of acyl chloride meet in a fixed
    ratio. Where a share s of the nitrogens is protonated, 1 / (1 - s) as much piperazine has to
    come for that, and all of it is in the film; the box gets higher at its density.
    """
    counts = step.monomers.packed
    if step.hold == "molecules":
        return counts, step.box_nm
    before = sum(number * molar_mass(kind) for kind, number in counts.items())
    counts["PIP"] = round(counts["PIP"] / (1 - forms.nitrogens))
    after = sum(number * molar_mass(kind) for kind, number in counts.items())
    x, y, z = step.box_nm
    return counts, (x, y, round(z * after / before, 6))
