"""Jobs of a fabrication study: one film made by its recipe, kept with what was observed of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from mdtools import provenance, records
from membranes.networks.network import Network
from membranes.recipes.fabricate import fabricate, first_steps, prefix
from workflow.fabrication.files import PROFILES, REPORT, film_directory, steps_directory
from workflow.fabrication.observe import observe, profiles
from workflow.fabrication.study import FabricationStudy


def make_nascent(
    study: FabricationStudy,
    results: Path,
    membrane: str,
    repeat: int,
    log: Callable[[str], None] = print,
) -> None:
    """Make the film of a membrane's first amidation, which others of its family go on from."""
    recipe = study.recipe(membrane)
    first_steps(
        recipe,
        max(1, prefix(recipe.steps)),
        seed=study.film_seed(repeat),
        store=steps_directory(results),
        nonbonded=study.nonbonded,
        platform=study.platform,
        log=log,
    )


def make_film(
    study: FabricationStudy,
    results: Path,
    membrane: str,
    repeat: int,
    log: Callable[[str], None] = print,
) -> Network:
    """Make a membrane's film and keep its network, ``profiles.csv`` and ``report.json``.

    Raises
    ------
    RecipeError, PackingError, ConversionError, PhysicsError
        As ``membranes.recipes.fabricate`` does.
    """
    recipe = study.recipe(membrane)
    film = fabricate(
        recipe,
        seed=study.film_seed(repeat),
        store=steps_directory(results),
        nonbonded=study.nonbonded,
        platform=study.platform,
        log=log,
    )
    directory = film_directory(results, membrane, repeat)
    film.network.save(directory)
    profiles(film.network, study.observation).to_csv(directory / PROFILES, index=False)
    report = {
        "membrane": membrane,
        "repeat": repeat,
        "recipe": recipe.model_dump(mode="json"),
        "steps": list(film.steps),
        "observed": observe(film.network, attached(film.steps), study.observation),
        "network": film.network.report(),
        "provenance": provenance.record(platform=study.platform.model_dump()),
    }
    records.write(directory / REPORT, report)
    log(f"wrote {directory}")
    return film.network


def attached(steps: Sequence[dict]) -> dict[str, int]:
    """Return the grafts and bridges of a film's second amidation, nothing without one."""
    for step in steps:
        if step["step"] == "second_amidation":
            return {name: step[name] for name in ("grafts", "bridges")}
    return {}
