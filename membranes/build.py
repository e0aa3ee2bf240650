"""From monomers to a relaxed, neutral network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from mdtools import seeds
from mdtools.errors import PhysicsError
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes.dynamics import Dynamics
from membranes.network import Network
from membranes.options import MembraneOptions, RelaxationOptions
from membranes.packing import pack
from membranes.reaction import Reactor, event_rows
from membranes.report import link_lengths_angstrom
from membranes.rings import pierced_rings
from membranes.treatments import hydrolyse

MINIMISATION_STEPS = 1000
LONGEST_AMIDE_ANGSTROM = 1.6
"""GAFF's length at rest is 1.38 A; at 300 K a bond of this stiffness varies by 0.03 A."""


def build(
    options: MembraneOptions,
    *,
    seed: int,
    directory: Path | None = None,
    nonbonded: NonbondedOptions | None = None,
    platform: PlatformOptions | None = None,
    log: Callable[[str], None] = print,
) -> Network:
    """Pack, polymerise, hydrolyse and relax a PIP-TMC network.

    The same options, seed and package versions give the same network on one CPU thread.

    Parameters
    ----------
    options : MembraneOptions
    seed : int
        Every random choice of the build derives from it.
    directory : Path, optional
        Where the network and its event log are written.

    Raises
    ------
    PackingError, ConversionError
        When the monomers do not fit or do not react far enough; both say what to change.
    PhysicsError
        When the dynamics blow up, or the relaxed network holds a pierced ring or a torn amide.
    """
    nonbonded, platform = nonbonded or NonbondedOptions(), platform or PlatformOptions()
    network = pack(
        options.monomers.model_dump(),
        options.box_nm,
        tolerance_angstrom=options.packing_tolerance_angstrom,
        seed=seeds.integer(seed, "packing"),
        network_seed=seed,
    )
    log(f"packed {len(network.kinds)} monomers, {len(network.names)} atoms")
    reactor = Reactor(network, options.reaction, nonbonded, platform, seed=seed, log=log)
    network = hydrolyse(reactor.run())
    log(f"hydrolysed {len(network.arms_in('COOH'))} acyl chlorides")
    network = relax(network, options.relaxation, nonbonded, platform, seed=seed)
    check_structure(network)
    if directory is not None:
        network.save(directory)
        pd.DataFrame(event_rows(reactor.events)).to_csv(directory / "events.csv", index=False)
    return network


def check_structure(network: Network) -> None:
    """Raise PhysicsError for a pierced ring or an overlong amide, NetworkError for lost bonds."""
    network.check()
    longest = link_lengths_angstrom(network).max(initial=0.0)
    if longest > LONGEST_AMIDE_ANGSTROM:
        raise PhysicsError(
            f"an amide C-N bond is {longest:.2f} A after relaxation, allowed is at most "
            f"{LONGEST_AMIDE_ANGSTROM:g}: lengthen membrane.relaxation or build with another seed"
        )
    rings = pierced_rings(network)
    if len(rings):
        raise PhysicsError(
            f"{len(rings)} bonds pass through rings after relaxation, of residues "
            f"{sorted(set(rings[:, 0].tolist()))}: build with another seed"
        )


def assumptions(options: MembraneOptions) -> list[str]:
    """What a reader of results has to know about how the network was made."""
    reaction, relaxation = options.reaction, options.relaxation
    stages = ", then ".join(
        f"{stage.cutoff_angstrom:g} A for {stage.duration_ps:g} ps" for stage in reaction.stages
    )
    return [
        f"network formed at constant volume between soft walls at {reaction.temperature_K:g} K; "
        f"amine H and acyl Cl react within {stages}; HCl is removed as it forms",
        f"N...C pairs up to {reaction.longest_new_bond_angstrom:g} A may bond, at most "
        f"{reaction.batch_percent:g} % of the amine sites every {reaction.search_every_ps:g} ps "
        f"until {reaction.highest_nh_conversion:.0%} have reacted, "
        "no two bonds between the same two monomers, none through a ring",
        f"network relaxed for {relaxation.duration_ps:g} ps at {relaxation.temperature_K:g} K, "
        "dry, between the same walls",
        "GAFF 1.81 with AM1-BCC charges, TIP4P water; which groups are charged stays fixed",
    ]


def relax(
    network: Network,
    options: RelaxationOptions,
    nonbonded: NonbondedOptions,
    platform: PlatformOptions,
    *,
    seed: int,
) -> Network:
    """Minimise, run dynamics between the walls, minimise; centred at z = 0 and at rest after it."""
    dynamics = Dynamics(
        network,
        nonbonded,
        platform,
        temperature_K=options.temperature_K,
        friction_per_ps=options.friction_per_ps,
        timestep_fs=options.timestep_fs,
        seed=seeds.integer(seed, "relaxation"),
    )
    dynamics.minimise(MINIMISATION_STEPS)
    dynamics.thermalise(options.temperature_K, seeds.integer(seed, "relaxation", "velocities"))
    dynamics.run(options.duration_ps)
    dynamics.minimise(MINIMISATION_STEPS)
    return centred(replace(dynamics.network(), velocities=None))


def centred(network: Network) -> Network:
    """The network with its centre of mass at z = 0 and every residue whole."""
    first = np.concatenate([[0], np.flatnonzero(np.diff(network.residue)) + 1])
    anchor = np.repeat(first, np.diff(np.append(first, len(network.names))))
    origin = network.positions[anchor]
    origin[:, :2] = np.mod(origin[:, :2], network.box_nm[:2])
    whole = origin + network.vectors(anchor, np.arange(len(network.names)))
    whole[:, 2] -= np.average(whole[:, 2], weights=network.masses)
    return replace(network, positions=whole)
