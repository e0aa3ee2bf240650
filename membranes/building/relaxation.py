"""Relaxation of a finished network between the walls, in segments that can be resumed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mdtools import seeds
from mdtools.durations import Pace
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes.building.dynamics import Dynamics
from membranes.building.journal import Journal
from membranes.building.options import RelaxationOptions
from membranes.networks.network import Network

MINIMISATION_STEPS = 1000
ROUNDING_PS = 1e-6


def relax(
    network: Network,
    options: RelaxationOptions,
    nonbonded: NonbondedOptions,
    platform: PlatformOptions,
    *,
    seed: int,
    journal: Journal,
    log: Callable[[str], None] = print,
) -> Network:
    """Minimise, run dynamics between the walls, and minimise; return the network at rest.

    It is centred at z = 0. Every segment starts from the state that the one before it has written.
    """
    segment, done_ps = 0, 0.0
    stored = journal.read()
    if stored and stored[1]["relaxed_ps"] <= options.duration_ps + ROUNDING_PS:
        network, facts = stored
        segment, done_ps = facts["segments"], facts["relaxed_ps"]
        log(f"relaxation goes on from {done_ps:g} ps")
    elif stored:
        relaxed_ps = stored[1]["relaxed_ps"]
        log(f"a relaxation of {relaxed_ps:g} ps is longer than asked for: it is redone")
    pace = Pace(options.duration_ps, done_ps)
    while done_ps < options.duration_ps - ROUNDING_PS:
        dynamics = _dynamics(network, options, nonbonded, platform, seed, segment)
        if not segment:
            dynamics.minimise(MINIMISATION_STEPS)
            velocities = seeds.integer(seed, "relaxation", "velocities")
            dynamics.thermalise(options.temperature_K, velocities)
        length_ps = min(options.segment_ps, options.duration_ps - done_ps)
        dynamics.run(length_ps)
        segment, done_ps, network = segment + 1, done_ps + length_ps, dynamics.network()
        journal.write(network, {"segments": segment, "relaxed_ps": done_ps})
        log(f"relaxed for {done_ps:g} of {options.duration_ps:g} ps{pace.left(done_ps)}")
    dynamics = _dynamics(network, options, nonbonded, platform, seed, segment)
    return _at_rest(dynamics)


def minimised(network: Network, nonbonded: NonbondedOptions, platform: PlatformOptions) -> Network:
    """Minimise a network centred at z = 0 as a relaxation with rigid hydrogens does at its end."""
    # No step is taken: temperature, masses and timestep play no part.
    options = RelaxationOptions(duration_ps=1.0, hydrogens="rigid")
    return _at_rest(_dynamics(between_walls(network), options, nonbonded, platform, 0, 0))


def between_walls(network: Network) -> Network:
    """Shift a network centred at z = 0 to the walls of its dynamics, at 0 and its thickness."""
    middle = np.array([0.0, 0.0, network.box_nm[2] / 2])
    return replace(network, positions=network.positions + middle)


def _dynamics(network, options, nonbonded, platform, seed: int, segment: int) -> Dynamics:
    return Dynamics(
        network,
        nonbonded,
        platform,
        temperature_K=options.temperature_K,
        friction_per_ps=options.friction_per_ps,
        timestep_fs=options.timestep_fs,
        seed=seeds.integer(seed, "relaxation", segment),
        hydrogens=options.hydrogens,
    )


def _at_rest(dynamics: Dynamics) -> Network:
    dynamics.minimise(MINIMISATION_STEPS)
    return centred(replace(dynamics.network(), velocities=None))


def centred(network: Network) -> Network:
    """Return the network with its centre of mass at z = 0 and every residue in one image."""
    first = np.concatenate([[0], np.flatnonzero(np.diff(network.residue)) + 1])
    anchor = np.repeat(first, np.diff(np.append(first, len(network.names))))
    origin = network.positions[anchor]
    origin[:, :2] = np.mod(origin[:, :2], network.box_nm[:2])
    unbroken = origin + network.vectors(anchor, np.arange(len(network.names)))
    unbroken[:, 2] -= np.average(unbroken[:, 2], weights=network.masses)
    return replace(network, positions=unbroken)
