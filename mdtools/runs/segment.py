"""Simulation of one segment: from a start state and a seed to files."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import openmm
from openmm import unit

from mdtools import seeds
from mdtools.bundle import Bundle
from mdtools.options import PlatformOptions, TransportOptions
from mdtools.runs.health import HealthChecks, SegmentFailure
from mdtools.runs.recorder import Recorder, TrackedAtoms
from mdtools.runs.segments import STATE, Grid
from mdtools.systems.forces import DRIVE_GROUP, add_drive
from mdtools.systems.integration import integrate
from mdtools.systems.platforms import new_context

REPORTED_GROUPS = set(range(32)) - {DRIVE_GROUP}


@dataclass(frozen=True)
class SegmentPlan:
    """The inputs that all segments of a run have in common.

    ``seed`` is the campaign's, ``key`` names the run, e.g. ("transport", "pH7", "NaCl", 1).
    """

    bundle: Bundle
    options: TransportOptions
    platform: PlatformOptions
    seed: int
    key: tuple[str | int, ...]

    @cached_property
    def grid(self) -> Grid:
        """Steps and times of frames."""
        return Grid.of(self.options)

    @cached_property
    def tracked(self) -> TrackedAtoms:
        """Atoms of the streams and of the checks."""
        return TrackedAtoms.of(self.bundle)

    @cached_property
    def health(self) -> HealthChecks:
        """Health checks of each frame."""
        return HealthChecks.of(self.bundle, self.tracked, self.options.temperature_K)

    @cached_property
    def system(self) -> openmm.System:
        """System of the bundle with the drive added."""
        system = openmm.XmlSerializer.clone(self.bundle.system)
        add_drive(system, self.bundle.roles, self.options.drive)
        return system

    def random_seed(self, purpose: str, segment: int, attempt: int) -> int:
        """Derive the seed of a segment's integrator ("segment") or velocities ("velocities")."""
        return seeds.integer(self.seed, *self.key, purpose, segment, attempt)

    def context(self, platform: PlatformOptions, segment: int, attempt: int) -> openmm.Context:
        """Create a Context with the integrator of a segment, without positions."""
        return new_context(
            self.system,
            platform,
            temperature_K=self.options.temperature_K,
            friction_per_ps=self.options.friction_per_ps,
            timestep_fs=self.options.timestep_fs,
            seed=self.random_seed("segment", segment, attempt),
        )


def run_segment(
    plan: SegmentPlan,
    segment: int,
    attempt: int,
    start: openmm.State,
    directory: Path,
    stop: Callable[[], bool] | None = None,
) -> dict[str, int]:
    """Run one segment in a new Context and write its files; returns the frame counts.

    The first segment keeps the bundle's positions and draws new velocities, so that trials which
    start from one equilibrated cell are independent. They have a seed of their own: with the
    integrator's, they correlate with its first noise (by 0.35 on the Reference platform).

    Raises
    ------
    SegmentFailure
        If a check fails; the Context is not used again.
    TryAgain
        If ``stop()`` turns true.
    """
    grid, step = plan.grid, plan.grid.first_step(segment)
    context = plan.context(plan.platform, segment, attempt)
    context.setState(start)
    if segment == 0:
        kelvin = plan.options.temperature_K * unit.kelvin
        context.setVelocitiesToTemperature(kelvin, plan.random_seed("velocities", 0, attempt))
    context.setTime(grid.time_ps(step))
    context.setStepCount(step)
    box = start.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.nanometer)
    good = context.getState(positions=True, velocities=True)
    with Recorder(directory, plan.tracked, grid, box.astype(np.float32)) as recorder:
        for step in grid.frames(segment, grid.fast_steps):
            frame = _next_frame(plan.health, context, grid.fast_steps, step, good, stop)
            recorder.fast(step, frame.positions)
            if step % grid.full_steps == 0:
                recorder.full(step, frame.positions, *frame.energies)
            good = frame.state
    end = context.getState(positions=True, velocities=True)
    (directory / STATE).write_text(openmm.XmlSerializer.serialize(end))
    return recorder.counts


@dataclass(frozen=True)
class Frame:
    """A frame that has passed all checks.

    ``state``; ``positions`` (N, 3) in nm; ``energies``: potential without the drive, kinetic
    (kJ/mol), and temperature (K).
    """

    state: openmm.State
    positions: np.ndarray
    energies: tuple[float, float, float]


def _next_frame(
    health: HealthChecks,
    context: openmm.Context,
    steps: int,
    step: int,
    good: openmm.State,
    stop: Callable[[], bool] | None,
) -> Frame:
    """Integrate from the last good frame to the next one, and check that."""
    try:
        integrate(context, steps, stop)
        state = context.getState(positions=True, velocities=True)
        energy = context.getState(energy=True, groups=REPORTED_GROUPS)
    except openmm.OpenMMException as error:
        if "nan" not in str(error).lower():
            raise
        raise SegmentFailure(step, [str(error).split(".")[0]], good, step - steps) from error
    positions = state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)
    bad = np.flatnonzero(~np.isfinite(positions).all(axis=1))
    if len(bad):
        raise SegmentFailure(
            step, [f"{len(bad)} atoms without finite positions"], good, step - steps
        )
    potential, kinetic = (
        value.value_in_unit(unit.kilojoule_per_mole)
        for value in (energy.getPotentialEnergy(), energy.getKineticEnergy())
    )
    if problems := health.problems(positions, potential, kinetic):
        raise SegmentFailure(step, problems, good, step - steps, state)
    return Frame(state, positions, (potential, kinetic, health.kinetic_temperature(kinetic)))
