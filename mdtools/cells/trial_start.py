"""Start of a trial: its own places of the feed ions, held in the feed until t = 0."""

import dataclasses

import numpy as np

from mdtools import provenance, seeds
from mdtools.bundle import Bundle
from mdtools.cells import ions, restraints
from mdtools.cells.dynamics import advance, minimise, nanometres, settle, start_state
from mdtools.constants import FS_PER_PS
from mdtools.errors import SettingsError
from mdtools.options import CellOptions, PlatformOptions
from mdtools.periodic import minimum_image
from mdtools.roles import FEED_ION, IONS, MEMBRANE, PISTON, WATER_OXYGEN
from mdtools.slab import mass_faces
from mdtools.systems.constraints import check_constraints
from mdtools.systems.diagnosis import label
from mdtools.systems.platforms import new_context

SITES = 4
"""Particles of a water molecule, the oxygen first."""
SHEET_NM = 0.3
"""Smallest distance along z from a new place of an ion to the sheet."""


def start_trial(
    bundle: Bundle, options: CellOptions, platform: PlatformOptions, seed: int
) -> Bundle:
    """Give the feed ions of an equilibrated cell places of their own and let them settle there.

    Each feed ion changes places with a water of the feed, at least `ions.ION_SEPARATION_NM` from
    other ions where the feed has room. The cell is then minimised and run for
    ``options.settling`` ps with the pistons on, no drive, and the ions behind a soft wall before
    the membrane; the bundle has no wall. With shared feed ions the cell is returned as it is.

    Parameters
    ----------
    bundle : Bundle
        Of `mdtools.cells.equilibrate.equilibrate`.
    seed : int
        Of this trial; the same seed on one CPU thread gives the same bundle.

    Raises
    ------
    SettingsError
        If the feed has fewer waters before the wall than feed ions.
    PhysicsError
        If the cell blows up, naming the atoms.
    """
    if options.feed_ions == "shared":
        return dataclasses.replace(bundle, path=None, hashes=None)
    faces = _faces(bundle)
    positions = exchanged(bundle, seeds.generator(seed, "feed ions"))
    check_constraints(positions, bundle.system)
    held = options.counter_ions == "held"
    system = restraints.walled(
        bundle.system, bundle.roles, faces, feed_ions=True, counter_ions=held
    )
    context = new_context(
        system,
        platform,
        temperature_K=options.temperature_K,
        friction_per_ps=options.friction_per_ps,
        timestep_fs=options.timestep_fs,
        seed=seeds.integer(seed, "thermostat"),
    )
    context.setPeriodicBoxVectors(*bundle.state.getPeriodicBoxVectors())
    context.setPositions(positions)
    names = [label(bundle, atom) for atom in range(len(positions))]
    minimise(context, names, options.minimisation_steps)
    context.setVelocitiesToTemperature(options.temperature_K, seeds.integer(seed, "velocities"))
    settle(context, names)
    steps = max(1, round(options.settling * FS_PER_PS / options.timestep_fs))
    advance(context, names, steps, f"settling of the feed ions over {options.settling:g} ps")
    state = start_state(bundle.system, context.getState(positions=True, velocities=True))
    report = {
        "settling_ps": options.settling,
        "wall_z_nm": restraints.wall_z(faces[0], "feed"),
        "feed_ions_z_nm": nanometres(state)[bundle.atoms(FEED_ION), 2].tolist(),
        "cell_state_sha256": (bundle.hashes or {}).get("state.xml"),
    }
    facts = provenance.record(
        stage="start", seed=seed, platform=context.getPlatform().getName(), start=report
    )
    kept = {"report": bundle.provenance.get("report", {})}
    return dataclasses.replace(bundle, state=state, provenance=facts | kept, path=None, hashes=None)


def exchanged(bundle: Bundle, rng: np.random.Generator) -> np.ndarray:
    """Return positions (N, 3) in nm in which each feed ion has the place of a water of the feed.

    Raises
    ------
    SettingsError
        If there are too few waters between sheet and wall.
    """
    positions = bundle.positions.copy()
    feed_ions = bundle.atoms(FEED_ION)
    wall = restraints.wall_z(_faces(bundle)[0], "feed")
    sheet = bundle.roles[(bundle.roles["role"] == PISTON) & (bundle.roles["side"] == "feed")]
    low = positions[sheet["atom"], 2].mean() + SHEET_NM
    others = np.setdiff1d(bundle.atoms(*IONS), feed_ions)
    water = bundle.atoms(WATER_OXYGEN)
    z = positions[water, 2]
    water = water[(z > low) & (z < wall)]
    occupied = positions[np.concatenate([bundle.atoms(MEMBRANE), others]).astype(int)]
    if len(water) < len(feed_ions):
        raise SettingsError(
            f"{len(feed_ions)} feed ions, but only {len(water)} waters lie between the feed's "
            f"sheet and {wall:.2f} nm, {restraints.WALL_FROM_FACE_NM:g} nm before the membrane; "
            "raise waters_per_reservoir"
        )
    chosen, _ = ions.choose_sites(
        positions[water], len(feed_ions), occupied, bundle.box_nm[:2], rng, "feed"
    )
    for ion, oxygen in zip(feed_ions, water[chosen], strict=True):
        molecule = np.arange(oxygen, oxygen + SITES)
        shift = minimum_image(positions[oxygen] - positions[ion], bundle.box_nm)
        positions[molecule] -= shift
        positions[ion] = positions[ion] + shift
    return positions


def _faces(bundle: Bundle) -> tuple[float, float]:
    membrane = bundle.atoms(MEMBRANE)
    mass = bundle.topology["mass"].to_numpy()[membrane]
    return mass_faces(bundle.positions[membrane, 2], mass)
