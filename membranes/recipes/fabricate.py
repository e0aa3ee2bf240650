"""A recipe carried out step by step, from the last step that is on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from mdtools import provenance, seeds
from mdtools.atomic import text_sha256
from mdtools.lease import DIRECTORY as LEASE
from mdtools.lease import WAIT_S, Lease
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes.building.journal import Journal
from membranes.building.packing import pack
from membranes.building.relaxation import relax
from membranes.networks.soundness import check_structure
from membranes.networks.treatments import hydrolyse
from membranes.recipes.amidation import react, second_amidation
from membranes.recipes.errors import RecipeError
from membranes.recipes.film import Film
from membranes.recipes.leach import leach
from membranes.recipes.membrane import amounts
from membranes.recipes.options import Pack, Recipe, Step
from membranes.recipes.rules import protonated_amines
from membranes.recipes.speciation import speciation
from membranes.recipes.swelling import dried, soak

STATE, UNFINISHED = "film.npz", "unfinished.npz"
"""The film after a step, and the state of one that is being carried out."""
SCHEMA = 2
"""Of what is kept of a film."""


def fabricate(
    recipe: Recipe,
    *,
    seed: int,
    store: Path | None = None,
    nonbonded: NonbondedOptions | None = None,
    platform: PlatformOptions | None = None,
    log: Callable[[str], None] = print,
) -> Film:
    """Make a membrane by a recipe; the network is relaxed and centred at z = 0.

    A recipe of pack, react, hydrolyse and relax alone gives the network of ``membranes.build``
    with the same options and seed, bit by bit.

    Parameters
    ----------
    recipe : Recipe
    seed : int
        Every random choice derives from it and from the number of its step.
    store : Path, optional
        Folder that keeps the film after every step. Recipes that begin alike share these films,
        also among processes at work at the same time.

    Raises
    ------
    RecipeError, DoseError, LeachError
        A step that cannot be carried out, with the numbers.
    PackingError, ConversionError, PhysicsError
        As ``membranes.build`` does.
    """
    machine = nonbonded or NonbondedOptions(), platform or PlatformOptions()
    return _after(recipe.steps, len(recipe.steps), seed, store, machine, log)


def prefix(steps: tuple[Step, ...]) -> int:
    """Return the number of steps up to the last ``react``, which recipes of a family share."""
    return max((k + 1 for k, step in enumerate(steps) if step.step == "react"), default=0)


def first_steps(
    recipe: Recipe,
    count: int,
    *,
    seed: int,
    store: Path,
    nonbonded: NonbondedOptions,
    platform: PlatformOptions,
    log: Callable[[str], None] = print,
) -> Film:
    """Carry out the first steps of a recipe, for ``fabricate`` to go on from; raises as it does."""
    return _after(recipe.steps, count, seed, store, (nonbonded, platform), log)


def _after(steps, count: int, seed: int, store, machine, log) -> Film:
    """Return the film after some of the steps, from the store if it is there."""
    if store is None:
        film = _after(steps, count - 1, seed, None, machine, log) if count > 1 else None
        return _carried_out(steps, count - 1, film, seed, machine, Journal(None, {}), log)
    key = _key(steps[:count], seed, machine[0])
    directory = Path(store) / key[:20]
    journal = Journal(directory / STATE, {"key": key})
    if (found := journal.read()) is not None:
        return Film.of(*found)
    film = _after(steps, count - 1, seed, store, machine, log) if count > 1 else None
    with Lease(directory / LEASE, wait_s=WAIT_S, while_waiting=log) as lease:
        if (found := journal.read()) is not None:
            return Film.of(*found)
        unfinished = Journal(directory / UNFINISHED, {"key": key})
        film = _carried_out(steps, count - 1, film, seed, machine, unfinished, log)
        lease.confirm()
        journal.write(film.network, film.facts())
        (directory / UNFINISHED).unlink(missing_ok=True)
    return film


def _key(steps, seed: int, nonbonded: NonbondedOptions) -> str:
    known = provenance.versions()
    plain = {
        "steps": [step.model_dump(mode="json") for step in steps],
        "seed": seed,
        "schema": SCHEMA,
        "nonbonded": nonbonded.model_dump(mode="json"),
        "versions": {name: known[name] for name in ("openmm", "package")},
    }
    return text_sha256(json.dumps(plain, sort_keys=True))


def _carried_out(
    steps, index: int, film: Film | None, seed: int, machine, journal: Journal, log
) -> Film:
    """Carry out one step on a film; errors name the step."""
    where = f"step {index + 1} of {len(steps)}, {steps[index].step}"
    log(where.replace(",", ""))
    try:
        return _done(steps, index, film, seed, machine, journal, log)
    except RecipeError as error:
        raise type(error)(f"{where}: {error}") from error


def _done(steps, index: int, film: Film, seed: int, machine, journal: Journal, log) -> Film:
    step = steps[index]
    # The first step of each kind has the seed of ``membranes.build``.
    first = all(other.step != step.step for other in steps[:index])
    own = seed if first and step.step != "second_amidation" else seeds.integer(seed, "step", index)
    if step.step == "pack":
        return packed(step, seed=own, log=log)
    if step.step == "react":
        return react(film, step, machine, seed=own, journal=journal, log=log)
    if step.step == "leach":
        return leach(film, step.largest_residues)
    if step.step == "soak":
        return soak(film, step, *machine, seed=own, log=log)
    if step.step == "second_amidation":
        return second_amidation(film, step, machine, seed=own, journal=journal, log=log)
    if step.step == "hydrolyse":
        acids = len(film.network.arms_in("COCl"))
        if not acids:
            raise RecipeError("needs acyl chlorides, but the film has none left")
        numbers = {"acids_made": acids}
        return film.after("hydrolyse", numbers, network=hydrolyse(film.network))
    film = dried(film, step, *machine, seed=own)
    network = relax(film.network, step, *machine, seed=own, journal=journal, log=log)
    check_structure(network)
    return film.after("relax", {"relaxed_ps": step.duration_ps}, network=network)


def packed(step: Pack, *, seed: int, log: Callable[[str], None] = print) -> Film:
    """Pack monomers, with the piperazine that a pH asks for, and protonate its amines."""
    forms = speciation(step.pH)
    counts, box = amounts(step, forms)
    network = pack(
        counts,
        box,
        tolerance_angstrom=step.packing_tolerance_angstrom,
        seed=seeds.integer(seed, "packing"),
        network_seed=seed,
    )
    protonated = protonated_amines(network, forms, seeds.generator(seed, "protonation"))
    log(f"packed {counts}, {len(protonated)} amines protonated")
    numbers = {
        "monomers": counts,
        "box_nm": list(box),
        "share_protonated_once": forms.once,
        "share_protonated_twice": forms.twice,
        "amines_protonated": len(protonated),
    }
    film = Film(network, protonated, step.pH)
    return film.after("pack", numbers)
