"""Reactions of a recipe: the first amidation with its rules, and a second one with a reagent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from mdtools import seeds
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes.building.journal import Journal
from membranes.building.reaction import Progress, Reactor
from membranes.building.site_rules import SiteRules
from membranes.networks.network import Network
from membranes.networks.residues import without
from membranes.recipes.entry import enter
from membranes.recipes.errors import RecipeError
from membranes.recipes.film import Film
from membranes.recipes.options import React, SecondAmidation
from membranes.recipes.rules import HydrochloricAcid, after_exchange, closed_acyls
from membranes.recipes.speciation import speciation

MACHINE = tuple[NonbondedOptions, PlatformOptions]
NOTHING_KEPT = Journal(None, {})


def react(
    film: Film,
    options: React,
    machine: MACHINE,
    *,
    seed: int,
    journal: Journal = NOTHING_KEPT,
    log: Callable[[str], None] = print,
) -> Film:
    """Let free amines and open acyl chlorides of a film react.

    Raises
    ------
    RecipeError
        Without a free amine or an acyl chloride.
    ConversionError
        As the reaction of ``membranes.build`` does.
    """
    acid = None
    if options.hydrochloric_acid == "protonates":
        amides = frozenset(film.network.sites_in("amide"))
        acid = HydrochloricAcid(speciation(film.pH), amides)
    packed = len(film.protonated)
    if options.proton_exchange:
        generator = seeds.generator(seed, "proton exchange")
        film = replace(film, protonated=after_exchange(film.network, film.protonated, generator))
    closed = closed_acyls(film.network, options.zones, seeds.generator(seed, "zones"))
    _needs_sites(film, closed)
    rules = SiteRules(closed, film.protonated, acid)
    reactor = _reactor(film.network, options, machine, seed, rules, journal, log)
    network = reactor.run()
    more = len(reactor.protonated) - len(film.protonated)
    amines = len(network.arms_in("NH"))
    numbers = {
        "amides": len(reactor.progress.events),
        "amines_left": amines,
        "acyl_chlorides_left": len(network.arms_in("COCl")),
        "acyl_chlorides_closed": len(closed),
        "amines_protonated_when_packed": packed,
        "amines_protonated_at_start": len(film.protonated),
        "amines_protonated_by_hydrochloric_acid": more,
    }
    events = reactor.progress.events
    return film.after("react", numbers, events, network=network, protonated=reactor.protonated)


def second_amidation(
    film: Film,
    options: SecondAmidation,
    machine: MACHINE,
    *,
    seed: int,
    journal: Journal = NOTHING_KEPT,
    log: Callable[[str], None] = print,
) -> Film:
    """Let a reagent enter from the organic face, react with residual amines, and rinse the rest.

    Only the reagent's acyl chlorides react here. Protonated amines are free again, unless
    ``deprotonate`` is off.

    Raises
    ------
    RecipeError
        Without an amine that could react.
    DoseError
        If the dose does not fit.
    """
    protonated = frozenset() if options.deprotonate else film.protonated
    film = replace(film, protonated=protonated)
    residual = len(set(film.network.arms_in("NH")) - protonated)
    _needs_amines(film)
    own = len(film.network.kinds)
    dose = options.molecules or max(1, round(options.per_residual_amine * residual))
    filled, volume = enter(
        film.network,
        options.reagent,
        dose,
        probe_nm=options.probe_angstrom / 10,
        closest_nm=options.closest_angstrom / 10,
        generator=seeds.generator(seed, "entry"),
    )
    log(f"{dose} {options.reagent} for {residual} residual amines")
    closed = frozenset(arm for arm in filled.arms_in("COCl") if arm[0] < own)
    rules = SiteRules(closed, protonated)
    reactor = _reactor(filled, options.reaction, machine, seed, rules, journal, log)
    network = reactor.run()
    held = attachments(network, range(own, len(network.kinds)))
    loose = held["loose"]
    numbers = {
        "reagent": options.reagent,
        "molecules": dose,
        "accessible_nm3": volume,
        "residual_amines": residual,
        "grafts": len(held["grafts"]),
        "bridges": len(held["bridges"]),
        "amides": len(network.links) - len(film.network.links),
        "rinsed": len(loose),
        "amines_left": len(network.arms_in("NH")),
    }
    events = reactor.progress.events
    return film.after("second_amidation", numbers, events, network=without(network, loose))


def attachments(network: Network, residues: Iterable[int]) -> dict[str, list[int]]:
    """Sort residues by how many amides hold them: grafts by one, bridges by more, loose by none.

    The other arms of a graft are acids once the network is hydrolysed.
    """
    held: dict[str, list[int]] = {"loose": [], "grafts": [], "bridges": []}
    for row in residues:
        amides = network.arms[row].count("amide")
        held["loose" if not amides else "grafts" if amides == 1 else "bridges"].append(row)
    return held


def _reactor(network, options, machine, seed, rules, journal: Journal, log) -> Reactor:
    """Return the reactor of a reaction, or of one that is resumed from its journal."""
    progress = None
    if (stored := journal.read()) is not None:
        network, progress = stored[0], Progress.from_facts(stored[1])
        log(f"reaction goes on from {progress.time_ps:.1f} ps, {len(progress.events)} amides")
    return Reactor(
        network,
        options,
        *machine,
        seed=seed,
        journal=journal,
        progress=progress,
        rules=rules,
        log=log,
    )


def _needs_sites(film: Film, closed: frozenset) -> None:
    _needs_amines(film)
    acyls = film.network.arms_in("COCl")
    if not set(acyls) - closed:
        raise RecipeError(
            f"needs acyl chlorides, but the film has {len(acyls)}, of which "
            f"{len(closed)} are closed by react.zones"
        )


def _needs_amines(film: Film) -> None:
    amines = film.network.arms_in("NH")
    if not set(amines) - film.protonated:
        amides = len(film.network.links)
        raise RecipeError(
            f"needs free amines, but the film has {len(amines)}, of which "
            f"{len(film.protonated)} are protonated, beside {amides} amides"
        )
