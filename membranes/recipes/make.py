"""A campaign's membrane on disk, made by its recipe or in one step."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from mdtools import provenance
from mdtools.atomic import text_sha256
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes.building.builder import UNFINISHED, build, made_once
from membranes.building.options import MembraneOptions
from membranes.networks.network import Network
from membranes.recipes.fabricate import fabricate
from membranes.recipes.membrane import Membrane, shared
from membranes.recipes.options import Recipe
from membranes.recipes.speciation import speciation


def make(
    membrane: Membrane,
    *,
    seed: int,
    directory: Path,
    nonbonded: NonbondedOptions | None = None,
    platform: PlatformOptions | None = None,
    facts: dict | None = None,
    log: Callable[[str], None] = print,
) -> Network:
    """Make a campaign's membrane by its recipe, or build it as ``membranes.build`` does.

    The films between steps, and the states of a step that was stopped, are kept until the network
    is there. ``events.csv`` tells the step of each amide; ``report.json`` the recipe, and the
    numbers of its steps.

    Raises
    ------
    RecipeError, DoseError, LeachError
        As ``fabricate`` does.
    PackingError, ConversionError, PhysicsError, NetworkError, TryAgain
        As ``membranes.build`` does.
    """
    nonbonded = (nonbonded or NonbondedOptions()).of_networks
    given = {"seed": seed, "nonbonded": nonbonded, "platform": platform, "log": log}
    directory = Path(directory)
    if membrane.recipe is None:
        return build(shared(MembraneOptions, membrane), directory=directory, facts=facts, **given)
    recipe = Recipe(steps=membrane.recipe)

    def made() -> tuple[Network, pd.DataFrame, dict]:
        film = fabricate(recipe, store=directory / UNFINISHED, **given)
        told = {
            "assumptions": assumptions(recipe),
            "recipe": recipe.model_dump(mode="json")["steps"],
            "steps": list(film.steps),
        }
        return film.network, film.event_table(), told | (facts or {})

    return made_once(directory, _key(recipe, seed, nonbonded), made, log)


def _key(recipe: Recipe, seed: int, nonbonded: NonbondedOptions) -> str:
    known = provenance.versions()
    plain = {
        "recipe": recipe.model_dump(mode="json"),
        "seed": seed,
        "nonbonded": nonbonded.model_dump(mode="json"),
        "versions": {name: known[name] for name in ("openmm", "package")},
    }
    return text_sha256(json.dumps(plain, sort_keys=True))


def assumptions(recipe: Recipe) -> list[str]:
    """List what a reader of results has to know about how a network was made by a recipe."""
    pack, relaxed = recipe.steps[0], recipe.steps[-1]
    kinds = {step.step for step in recipe.steps}
    protonates = any(getattr(s, "hydrochloric_acid", "") == "protonates" for s in recipe.steps)
    acid = "protonates free amines" if protonates else "is removed"
    lines = [
        f"network made by a recipe of {len(recipe.steps)} steps: "
        f"{', '.join(step.step for step in recipe.steps)}",
        f"amine H and acyl Cl react between soft walls; HCl {acid} as it forms",
    ]
    if pack.pH is not None:
        share = speciation(pack.pH).nitrogens
        lines.append(
            f"piperazine at pH {pack.pH:g}: {share:.1%} of its nitrogens are protonated and do not "
            "react; such an amine and its chloride are to the dynamics the neutral amine"
        )
    if "soak" in kinds:
        lines.append("n-hexane is a swelling step along z, no molecules")
    if "second_amidation" in kinds:
        lines.append("what of a reagent binds no amine is rinsed; acyl chlorides left become COOH")
    return [
        *lines,
        f"network relaxed for {relaxed.duration_ps:g} ps at {relaxed.temperature_K:g} K, dry, "
        f"between the same walls, hydrogens {relaxed.hydrogens}, {relaxed.timestep_fs:g} fs a step",
        "GAFF 1.81 with AM1-BCC charges, TIP4P water; which groups are charged stays fixed",
    ]
