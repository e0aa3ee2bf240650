"""Building a relaxed, neutral network from monomers, and relaxing one further."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from mdtools import provenance, records, seeds
from mdtools.atomic import text_sha256
from mdtools.lease import DIRECTORY as LEASE
from mdtools.lease import WAIT_S, Lease
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes import library
from membranes.building.events import Event, event_table
from membranes.building.journal import Journal, fingerprint
from membranes.building.options import (
    MembraneOptions,
    ReactionOptions,
    ReactionStage,
    RelaxationOptions,
)
from membranes.building.packing import pack
from membranes.building.reaction import Progress, Reactor
from membranes.building.relaxation import between_walls, relax
from membranes.networks.errors import NetworkError
from membranes.networks.network import Network
from membranes.networks.soundness import check_structure
from membranes.networks.treatments import hydrolyse

UNFINISHED = "unfinished"
"""Folder beside a network that holds the states a stopped build goes on from."""
EVENTS, REPORT = "events.csv", "report.json"
INPUTS = "inputs_sha256"
"""Key of the report: what the network was made from, so that another process takes it as it is."""


def build(
    options: MembraneOptions,
    *,
    seed: int,
    directory: Path | None = None,
    nonbonded: NonbondedOptions | None = None,
    platform: PlatformOptions | None = None,
    facts: dict | None = None,
    log: Callable[[str], None] = print,
) -> Network:
    """Pack, polymerise, hydrolyse and relax a polyamide network.

    The same options, seed and package versions give the same network on one CPU thread, also when
    the build was stopped and started again: the state after every batch of bonds and after every
    segment of the relaxation is on disk. Longer stages, a longer relaxation, another required
    conversion or platform go on from there; any other change starts over.

    Parameters
    ----------
    options : MembraneOptions
    seed : int
        Every random choice of the build derives from it.
    directory : Path, optional
        Gets the network, ``events.csv`` and ``report.json``, and meanwhile the states of the
        unfinished build.
    facts : dict, optional
        Put into ``report.json``, too.

    Raises
    ------
    PackingError, ConversionError
        When the monomers do not fit or do not react far enough; both say what to change.
    PhysicsError
        When the dynamics blow up, or the relaxed network holds a pierced ring or a torn amide.
    NetworkError
        When the state of an unfinished build is damaged.
    TryAgain
        When another process builds in the same directory.
    """
    inputs = (options, seed, nonbonded or NonbondedOptions(), platform or PlatformOptions(), log)
    if directory is None:
        return _built(*inputs, None)[0]
    directory = Path(directory)

    def make() -> tuple[Network, pd.DataFrame, dict]:
        network, events = _built(*inputs, directory / UNFINISHED)
        return network, event_table(events), {"assumptions": assumptions(options)} | (facts or {})

    return made_once(directory, _key(seed, options=options, nonbonded=inputs[2]), make, log)


def made_once(
    directory: Path,
    key: str,
    make: Callable[[], tuple[Network, pd.DataFrame, dict]],
    log: Callable[[str], None],
) -> Network:
    """Return the network of a directory, made if it is not there yet by one process of many.

    Parameters
    ----------
    key : str
        Hash of all that the network depends on.
    make : callable
        Returns the network, the table of its events, and facts for ``report.json``.
    """
    with Lease(directory / LEASE, wait_s=WAIT_S, while_waiting=log) as lease:
        if (found := _finished(directory, key)) is not None:
            log(f"{directory} holds this network already")
            return found
        network, events, facts = make()
        lease.confirm()
        network.save(directory)
        events.to_csv(directory / EVENTS, index=False)
        records.write(directory / REPORT, network.report() | facts | {INPUTS: key})
        shutil.rmtree(directory / UNFINISHED, ignore_errors=True)
    return network


def _key(seed: int, **inputs) -> str:
    """Hash all that a network depends on."""
    plain = {
        name: value if isinstance(value, str) else value.model_dump(mode="json")
        for name, value in inputs.items()
    }
    return text_sha256(json.dumps([plain, seed, _versions()], sort_keys=True))


def _finished(directory: Path, key: str) -> Network | None:
    """Return the network that another process has finished here meanwhile, if it is whole."""
    report = records.read_sound(directory / REPORT)
    if not isinstance(report, dict) or report.get(INPUTS) != key:
        return None
    try:
        return Network.load(directory)
    except NetworkError:
        return None


def _built(options, seed, nonbonded, platform, log, states) -> tuple[Network, tuple[Event, ...]]:
    """Return the relaxed network and its events, built from the last state on disk if any."""
    if options.ready is not None:
        log(f"ready membrane {options.ready}")
        return library.load(options.ready), ()
    reactor = _reactor(options, nonbonded, platform, seed, states, log)
    reacted = reactor.run()
    network = hydrolyse(reacted)
    log(f"hydrolysed {len(network.arms_in('COOH'))} acyl chlorides")
    # The reacted network, not the hydrolysed one: placing atoms differs between machines in the
    # last bits, and a build may move from one to another.
    journal = _relaxation_journal(states, reacted, options.relaxation, nonbonded)
    network = relax(
        network, options.relaxation, nonbonded, platform, seed=seed, journal=journal, log=log
    )
    check_structure(network)
    return network, reactor.progress.events


def relax_further(
    network: Network,
    options: RelaxationOptions,
    *,
    seed: int,
    directory: Path,
    nonbonded: NonbondedOptions | None = None,
    platform: PlatformOptions | None = None,
    facts: dict | None = None,
    log: Callable[[str], None] = print,
) -> Network:
    """Relax a finished network for another while, with new velocities; a stopped run is resumed.

    Parameters
    ----------
    network : Network
        Centred at z = 0, neutral or charged.
    options : RelaxationOptions
        ``duration_ps`` is what is added.
    seed, directory, facts
        As for ``build``.

    Raises
    ------
    PhysicsError, NetworkError, TryAgain
        As ``build`` does.
    """
    nonbonded, platform = nonbonded or NonbondedOptions(), platform or PlatformOptions()
    directory = Path(directory)
    states = directory / UNFINISHED
    key = _key(seed, network=fingerprint(network), options=options, nonbonded=nonbonded)
    with Lease(directory / LEASE, wait_s=WAIT_S, while_waiting=log) as lease:
        if (found := _finished(directory, key)) is not None:
            log(f"{directory} holds this network already")
            return found
        journal = _relaxation_journal(states, network, options, nonbonded)
        relaxed = relax(
            between_walls(network),
            options,
            nonbonded,
            platform,
            seed=seed,
            journal=journal,
            log=log,
        )
        check_structure(relaxed)
        lease.confirm()
        relaxed.save(directory)
        records.write(directory / REPORT, relaxed.report() | (facts or {}) | {INPUTS: key})
        shutil.rmtree(states, ignore_errors=True)
    return relaxed


def _relaxation_journal(states, network, options, nonbonded) -> Journal:
    key = {
        "network": fingerprint(network),
        "options": options.model_dump(exclude={"duration_ps"}),
        "nonbonded": nonbonded.model_dump(),
        "versions": _versions(),
    }
    return Journal(states and states / "relaxation.npz", key)


def _versions() -> dict[str, str]:
    known = provenance.versions()
    return {name: known[name] for name in ("openmm", "package")}


def _reactor(options, nonbonded, platform, seed, states, log) -> Reactor:
    """Return the reactor of a new build, or of one that is resumed from its journal."""
    reaction = options.reaction
    key = {
        "membrane": options.model_dump(exclude={"reaction", "relaxation"}),
        "reaction": reaction.model_dump(exclude={"stages", "required_nh_conversion"}),
        "nonbonded": nonbonded.model_dump(),
        "seed": seed,
        "versions": _versions(),
    }
    journal = Journal(states and states / "reaction.npz", key)
    stored = journal.read()
    progress = Progress.from_facts(stored[1]) if stored else None
    if progress and progress.fits(reaction):
        network = stored[0]
        log(f"reaction goes on from {progress.time_ps:.1f} ps, {len(progress.events)} amides")
    else:
        progress = None
        if journal.exists:
            log("the unfinished build in this directory is of other options: it starts over")
        network = pack(
            options.monomers.packed,
            options.box_nm,
            tolerance_angstrom=options.packing_tolerance_angstrom,
            seed=seeds.integer(seed, "packing"),
            network_seed=seed,
        )
        log(f"packed {len(network.kinds)} monomers, {len(network.names)} atoms")
    return Reactor(
        network,
        reaction,
        nonbonded,
        platform,
        seed=seed,
        journal=journal,
        progress=progress,
        log=log,
    )


def assumptions(options: MembraneOptions) -> list[str]:
    """List what a reader of results has to know about how the network was built."""
    if options.ready is not None:
        facts = library.facts_of(options.ready)
        return [f"ready membrane {options.ready}, not built here", *facts["protocol"]]
    reaction, relaxation = options.reaction, options.relaxation
    stages = ", then ".join(
        f"{stage.cutoff_angstrom:g} A for {stage.duration_ps:g} ps ({_reach(reaction, stage)})"
        for stage in reaction.stages
    )
    return [
        f"network formed at constant volume between soft walls at {reaction.temperature_K:g} K; "
        f"amine H and acyl Cl react within {stages}; HCl is removed as it forms",
        f"reaction protocol {reaction.protocol}: at most {reaction.batch_percent:g} % of the amine "
        f"sites every {reaction.search_every_ps:g} ps "
        f"until {reaction.highest_nh_conversion:.0%} have reacted, "
        f"no two bonds between the same two monomers; {_defects(reaction)}",
        f"network relaxed for {relaxation.duration_ps:g} ps at {relaxation.temperature_K:g} K, "
        f"dry, between the same walls, hydrogens {relaxation.hydrogens}, "
        f"{relaxation.timestep_fs:g} fs a step",
        "GAFF 1.81 with AM1-BCC charges, TIP4P water; which groups are charged stays fixed",
    ]


def _reach(reaction: ReactionOptions, stage: ReactionStage) -> str:
    longest = stage.longest_new_bond_angstrom or reaction.longest_new_bond_angstrom
    return "N...C at any distance" if longest is None else f"N...C up to {longest:g} A"


def _defects(reaction: ReactionOptions) -> str:
    if reaction.refuse_defects:
        return "bonds that pass through a ring or stay too long are taken back"
    return "whether a bond passes through a ring or stays too long is looked at in the end only"
