"""Frames of a cell that stands still, taken and written as a run does, and what they hold up."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openmm
import pandas as pd
from openmm import unit

from benchmarks import cell as made_up
from mdtools import Bundle
from mdtools.roles import FEED_ION, MEMBRANE, PISTON, WATER_OXYGEN
from mdtools.runs.background import Background
from mdtools.runs.recorder import Recorder
from mdtools.runs.segment import REPORTED_GROUPS, Frames, SegmentPlan
from mdtools.systems.integration import Integration
from mdtools.systems.system import masses

PERIOD = 5
"""Fast frames from one full frame to the next, at the study's rates."""


def forceless(mass_Da: np.ndarray) -> openmm.System:
    """Particles that do not feel anything."""
    system = openmm.System()
    for mass in mass_Da:
        system.addParticle(float(mass))
    return system


def still_cell(particles: int) -> Bundle:
    """So many of the made-up cell's particles, with roles and without forces, on which frames are
    taken; every check passes."""
    made = made_up.make()
    if particles > len(made.names):
        raise SystemExit(f"--particles is {particles}, the made-up cell has {len(made.names)}")
    surplus = np.flatnonzero(made.residues == "WAT")[particles - len(made.names) :]
    kept = np.ones(len(made.names), dtype=bool)
    kept[surplus if particles < len(made.names) else []] = False
    names, residues, places = made.names[kept], made.residues[kept], made.positions[kept]
    parts = {
        WATER_OXYGEN: names == "OW",
        FEED_ION: np.isin(residues, list(made_up.IONS)),
        MEMBRANE: residues == "PA",
    }
    rows = [(atom, role, 0, "") for role, which in parts.items() for atom in np.flatnonzero(which)]
    sheets = np.flatnonzero(residues == "GRA")
    for group, side in enumerate(("feed", "permeate")):
        own = sheets[made.numbers[kept][sheets] == group + 1]
        rows += [(atom, PISTON, group, side) for atom in own]
    roles = pd.DataFrame(rows, columns=["atom", "role", "group", "side"]).assign(species="")
    system = forceless(made.masses[kept])
    system.setDefaultPeriodicBoxVectors(*np.diag(made_up.BOX_NM))
    context = openmm.Context(
        system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference")
    )
    context.setPositions(places)
    context.setVelocitiesToTemperature(300 * unit.kelvin, 1)
    topology = pd.DataFrame({"mass": made.masses[kept], "element": ""})
    state = context.getState(positions=True, velocities=True)
    return Bundle(topology, np.empty((0, 2), dtype=int), system, state, roles, {})


@dataclass(frozen=True)
class FrameTimes:
    """Seconds of each frame (n,), and whether it was a full one: of the thread that integrates,
    ``held``, and of the one behind it, ``behind``, by wall time; ``behind_processor`` of it.
    ``cycle``: from one frame to the next. ``closing`` of the segment: its files on the disk, its
    trajectory read back."""

    full: np.ndarray
    held: np.ndarray
    behind: np.ndarray
    behind_processor: np.ndarray
    cycle: np.ndarray
    closing: float

    def medians(self, full: bool) -> tuple[float, float, float]:
        """Of full or of fast frames, in the order of the fields."""
        chosen = self.full == full
        series = self.held, self.behind, self.behind_processor
        return tuple(float(np.median(values[chosen])) for values in series)  # type: ignore[return-value]


class _Asleep:
    """Stands in for a Context and its integrator: steps that leave Python's lock to others."""

    def __init__(self, seconds_of_a_step: float):
        self._each = seconds_of_a_step

    def getIntegrator(self) -> "_Asleep":
        return self

    def step(self, steps: int) -> None:
        time.sleep(steps * self._each)


def frame_times(plan: SegmentPlan, directory: Path, frames: int, between_s: float) -> FrameTimes:
    """Take and write frames of a cell that stands still and has no forces, as `run_segment` does.

    ``between_s`` is slept between two, by calls as integration cuts them.
    """
    bundle, grid = plan.bundle, plan.grid
    context = openmm.Context(
        forceless(masses(bundle.system)),
        openmm.VerletIntegrator(0.001),
        openmm.Platform.getPlatform("CPU"),
    )
    context.setPositions(bundle.positions)
    context.setVelocities(bundle.state.getVelocities(asNumpy=True))
    box = bundle.state.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.nanometer)
    full, held, behind, processor, cycle = [], [], [], [], []
    asleep = Integration(_Asleep(between_s / grid.fast_steps))  # type: ignore[arg-type]

    def timed(*frame) -> None:
        began, used = time.perf_counter(), time.thread_time()
        taken.take(*frame)
        behind.append(time.perf_counter() - began)
        processor.append(time.thread_time() - used)

    with Recorder(directory, plan.tracked, grid, box.astype(np.float32)) as recorder:
        taken = Frames(plan.health, recorder, bundle.state, 0)
        with Background() as background:
            for number in range(1, frames + 1):
                step, started = number * grid.fast_steps, time.perf_counter()
                full.append(step % grid.full_steps == 0)
                asleep.advance(grid.fast_steps, None)
                began = time.perf_counter()
                state = context.getState(positions=True, velocities=full[-1])
                energy = context.getState(energy=True, groups=REPORTED_GROUPS) if full[-1] else None
                background.submit(timed, step, state, energy)
                ended = time.perf_counter()
                held.append(ended - began)
                cycle.append(ended - started)
        closing = time.perf_counter()
    closing = time.perf_counter() - closing
    series = (np.array(values) for values in (full, held, behind, processor, cycle))
    return FrameTimes(*series, closing)


def stretches(frames: int, fast_steps: int, between_s: float) -> np.ndarray:
    """Seconds (n,) of the same stretches without a frame between them."""
    asleep, seconds = Integration(_Asleep(between_s / fast_steps)), []  # type: ignore[arg-type]
    for _ in range(frames):
        started = time.perf_counter()
        asleep.advance(fast_steps, None)
        seconds.append(time.perf_counter() - started)
    return np.array(seconds)


def typical(cycle: np.ndarray) -> float:
    """Mean over a period, from one full frame to the next, of the medians at each of its places.

    The first period is left out, in which integration learns how long its calls may be.
    """
    return float(np.median(cycle.reshape(-1, PERIOD)[1:], axis=0).mean())
