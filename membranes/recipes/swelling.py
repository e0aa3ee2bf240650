"""A film swollen along z and dried again: walls and atoms move in small steps, with dynamics.

n-Hexane is not simulated: to enter a dry glassy network takes its molecules far longer than a
simulation lasts. What hexane does here is what the swelling step does: it gives the chains the
room and the time to re-arrange, and room to what is brought in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil, log

import numpy as np

from mdtools import seeds
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes.building.dynamics import Dynamics
from membranes.networks.network import Network
from membranes.recipes.film import Film
from membranes.recipes.options import Relax, Soak

LARGEST_STRAIN = 0.03
"""Of one step: an N-C bond along z gets 0.004 nm longer, which the minimiser takes back."""
MINIMISATION_STEPS = 60


def soak(
    film: Film,
    options: Soak,
    nonbonded: NonbondedOptions,
    platform: PlatformOptions,
    *,
    seed: int,
    log: Callable[[str], None] = print,
) -> Film:
    """Swell a film to a multiple of the height that it has dry, and let it re-arrange."""
    before = film.network
    dry = film.dry_height_nm or float(before.box_nm[2])
    network = to_height(
        before, options.swelling * dry, options, options.duration_ps, nonbonded, platform, seed=seed
    )
    log(f"swollen from {before.box_nm[2]:.3f} to {network.box_nm[2]:.3f} nm")
    numbers = {"height_nm": float(network.box_nm[2]), "dry_height_nm": dry}
    return film.after("soak", numbers, network=network, dry_height_nm=dry)


def dried(
    film: Film,
    options: Relax,
    nonbonded: NonbondedOptions,
    platform: PlatformOptions,
    *,
    seed: int,
) -> Film:
    """Return the film between walls as far apart as before it was swollen."""
    height = film.dry_height_nm
    if height is None or np.isclose(height, film.network.box_nm[2]):
        return film
    # Rigid hydrogens and long steps are for the relaxation that follows.
    bending = options.model_copy(update={"hydrogens": "flexible"})
    network = to_height(
        film.network, height, bending, options.drying_ps, nonbonded, platform, seed=seed
    )
    return replace(film, network=network, dry_height_nm=None)


def to_height(
    network: Network,
    height_nm: float,
    options: Soak | Relax,
    duration_ps: float,
    nonbonded: NonbondedOptions,
    platform: PlatformOptions,
    *,
    seed: int,
) -> Network:
    """Scale a network along z to a height in equal strains, each minimised and run for a while."""
    ratio = height_nm / float(network.box_nm[2])
    count = max(1, ceil(abs(log(ratio)) / LARGEST_STRAIN))
    factor = ratio ** (1 / count)
    for number in range(count):
        stretch = np.array([1.0, 1.0, factor])
        network = replace(
            network,
            positions=network.positions * stretch,
            box_nm=network.box_nm * stretch,
            velocities=None,
        )
        dynamics = Dynamics(
            network,
            nonbonded,
            platform,
            temperature_K=options.temperature_K,
            friction_per_ps=options.friction_per_ps,
            timestep_fs=min(options.timestep_fs, 1.0),
            seed=seeds.integer(seed, "height", number),
        )
        dynamics.minimise(MINIMISATION_STEPS)
        dynamics.thermalise(options.temperature_K, seeds.integer(seed, "velocities", number))
        if duration_ps:
            dynamics.run(duration_ps / count)
        network = dynamics.network()
    return replace(network, velocities=None)
