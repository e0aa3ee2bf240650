"""Start of a trial: its own places of the feed ions, held in the feed until t = 0."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mdtools import provenance, seeds
from mdtools.bundle import Bundle
from mdtools.cells import ions, restraints
from mdtools.cells.dynamics import at_temperature, start_state
from mdtools.cells.segments import CellDynamics
from mdtools.cells.water_tiling import nearest
from mdtools.constants import WATER_SITES
from mdtools.errors import SettingsError
from mdtools.ions import SHAPES
from mdtools.options import CellOptions, PlatformOptions
from mdtools.periodic import minimum_image
from mdtools.roles import FEED_ION, IONS, MEMBRANE, PISTON, WATER_OXYGEN
from mdtools.slab import faces_of_atoms
from mdtools.systems.constraints import check_constraints
from mdtools.systems.diagnosis import labels
from mdtools.systems.heavy_hydrogens import of_preset

SHEET_NM = 0.3
"""Smallest distance along z from a new place of an ion to the sheet."""


def start_trial(
    bundle: Bundle,
    options: CellOptions,
    platform: PlatformOptions,
    seed: int,
    *,
    state: Path | None = None,
    stop: Callable[[], bool] | None = None,
    log: Callable[[str], None] | None = None,
    finished: bool = False,
) -> Bundle:
    """Give the feed ions of an equilibrated cell places of their own and let them settle there.

    Each feed ion changes places with a water of the feed, at least `ions.ION_SEPARATION_NM` from
    other ions (from other feed ions less, where the feed is crowded). The cell is then minimised
    and run for ``options.settling`` ps with the pistons on, no drive, and the ions behind a soft
    wall before the membrane; the bundle has no wall. With shared feed ions the cell is returned as
    it is.

    Parameters
    ----------
    bundle : Bundle
        Of `mdtools.cells.equilibrate.equilibrate`.
    seed : int
        Of this trial; the same seed on one CPU thread gives the same bundle, stopped or not.
    state, stop, log, finished : optional
        As of `mdtools.cells.equilibrate.equilibrate`: settling goes on where it was stopped.

    Raises
    ------
    SettingsError
        If the feed has fewer waters before the wall than feed ions, or the state is damaged.
    PhysicsError
        If the cell blows up, naming the atoms.
    TryAgain
        If ``stop()`` turned true.
    """
    if options.feed_ions == "shared":
        return dataclasses.replace(bundle, path=None, hashes=None)
    walls, face = _walls(bundle)
    positions, separation = exchanged(bundle, seeds.generator(seed, "feed ions"))
    check_constraints(positions, bundle.system)
    system = restraints.walled(
        bundle.system,
        bundle.roles,
        walls,
        float(bundle.box_nm[2]),
        feed_ions=True,
        counter_ions=options.counter_ions == "held",
    )
    box = bundle.state.getPeriodicBoxVectors()
    system.setDefaultPeriodicBoxVectors(*box)
    dynamics = CellDynamics(
        of_preset(system, bundle.topology["element"], options.preset),
        labels(bundle),
        options,
        platform,
        seed,
        doing="settling of the feed ions",
        measure=lambda _: {},
        state=state,
        stop=stop,
        log=log,
        finished=finished,
    )
    end = dynamics.run(positions, options.settling)
    start = start_state(bundle.system, end.positions, end.velocities, box)
    if options.heavy:
        kelvin = options.temperature_K
        start = at_temperature(bundle.system, start, kelvin, seeds.integer(seed, "true masses"))
    report = {
        "settling_ps": options.settling,
        "wall_z_nm": walls[0],
        "wall_from_face_nm": face - walls[0],
        "ion_separation_nm": separation,
        "feed_ions_z_nm": end.positions[bundle.atoms(FEED_ION), 2].tolist(),
        "cell_state_sha256": (bundle.hashes or {}).get("state.xml"),
    }
    facts = provenance.record(stage="start", seed=seed, platform=end.platform, start=report)
    kept = {"report": bundle.provenance.get("report", {})}
    return dataclasses.replace(
        bundle,
        state=start,
        provenance=facts | kept,
        path=None,
        hashes=None,
    )


def exchanged(bundle: Bundle, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Give each feed ion the place of a water of the feed.

    Returns
    -------
    positions : (N, 3) array, nm
    separation_nm : float
        Smallest distance asked of the feed ions' new places: 0.5 nm, less if the feed is crowded.

    Raises
    ------
    SettingsError
        If there are too few waters between sheet and wall.
    """
    positions = bundle.positions.copy()
    feed_ions = bundle.atoms(FEED_ION)
    wall = _walls(bundle)[0][0]
    low = _sheet(bundle, "feed") + SHEET_NM
    others = np.setdiff1d(bundle.atoms(*IONS), feed_ions)
    water = bundle.atoms(WATER_OXYGEN)
    water = water[(positions[water, 2] > low) & (positions[water, 2] < wall)]
    if len(others) and len(water):
        apart = nearest(positions[water], positions[others], bundle.box_nm[:2])
        water = water[apart > ions.ION_SEPARATION_NM]
    if len(water) < len(feed_ions):
        raise SettingsError(
            f"{len(feed_ions)} feed ions, but only {len(water)} waters lie between the feed's "
            f"sheet and the wall at {wall:.2f} nm, away from other ions; raise "
            "cell.waters_per_reservoir"
        )
    membrane = positions[bundle.atoms(MEMBRANE)]
    chosen, separation = ions.choose_sites(
        positions[water], len(feed_ions), membrane, bundle.box_nm[:2], rng, "feed"
    )
    species = bundle.roles["species"][bundle.roles["role"] == FEED_ION]
    for ion, name, oxygen in zip(feed_ions, species, water[chosen], strict=True):
        shift = minimum_image(positions[oxygen] - positions[ion], bundle.box_nm)
        positions[oxygen : oxygen + WATER_SITES] -= shift
        positions[ion : ion + len(SHAPES[name])] += shift
    return positions, separation


def _walls(bundle: Bundle) -> tuple[tuple[float, float], float]:
    """Return the z in nm of the ions' walls, and of the membrane's feed face."""
    membrane = bundle.atoms(MEMBRANE)
    mass = bundle.topology["mass"].to_numpy()[membrane]
    faces = faces_of_atoms(bundle.positions[membrane, 2], mass)
    sheets = _sheet(bundle, "feed"), _sheet(bundle, "permeate")
    return restraints.walls_z(faces, sheets), faces[0]


def _sheet(bundle: Bundle, side: str) -> float:
    pistons = bundle.roles[(bundle.roles["role"] == PISTON) & (bundle.roles["side"] == side)]
    return float(bundle.positions[pistons["atom"], 2].mean())
