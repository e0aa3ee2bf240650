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
from mdtools.runs.background import Background
from mdtools.runs.health import HealthChecks, SegmentFailure
from mdtools.runs.recorder import Recorder, TrackedAtoms
from mdtools.runs.segments import STATE, Grid
from mdtools.systems.drives import SCALE, add_drive, scale_at
from mdtools.systems.forces import DRIVE_GROUP
from mdtools.systems.heavy_hydrogens import of_preset
from mdtools.systems.integration import Integration
from mdtools.systems.platforms import new_context
from mdtools.systems.slab_correction import centre_slab

KJ_NM = unit.kilojoule_per_mole / unit.nanometer
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
        """System of the bundle with the drive added, of the masses of the preset."""
        system = openmm.XmlSerializer.clone(self.bundle.system)
        add_drive(system, self.bundle.roles, self.options.drive)
        return of_preset(system, self.bundle.topology["element"], self.options.preset)

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

    def place(self, context: openmm.Context, state: openmm.State, step: int) -> None:
        """Give a Context a state, the time of its step, and the middle of the cell as it lies."""
        context.setState(state)
        positions = state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)
        centre_slab(context, float(np.mean(self.tracked.piston_z(positions))))
        context.setTime(self.grid.time_ps(step))
        context.setStepCount(step)

    def driven(self, context: openmm.Context) -> "DrivenIntegration":
        """Return the integration of a Context under the drive."""
        return DrivenIntegration(context, self.grid, self.options.drive.ramp_ps)


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

    Frames are checked and written on a thread of their own while the next ones are computed; of a
    fast frame only the positions are fetched, and the forces if there are anchors to carry some.

    Raises
    ------
    SegmentFailure
        If a check fails; the Context is not used again.
    TryAgain
        If ``stop()`` turns true.
    """
    grid, step = plan.grid, plan.grid.first_step(segment)
    anchored = bool(len(plan.tracked.anchors))
    context = plan.context(plan.platform, segment, attempt)
    plan.place(context, start, step)
    if segment == 0:
        kelvin = plan.options.temperature_K * unit.kelvin
        context.setVelocitiesToTemperature(kelvin, plan.random_seed("velocities", 0, attempt))
    driven = plan.driven(context)
    box = start.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.nanometer)
    good = context.getState(positions=True, velocities=True)
    with Recorder(directory, plan.tracked, grid, box.astype(np.float32)) as recorder:
        frames = Frames(plan.health, recorder, good, step)
        with Background() as background:
            for step in grid.frames(segment, grid.fast_steps):
                full = step % grid.full_steps == 0
                try:
                    driven.advance(step - grid.fast_steps, grid.fast_steps, stop)
                    state = context.getState(positions=True, velocities=full, forces=anchored)
                    energy = context.getState(energy=True, groups=REPORTED_GROUPS) if full else None
                except openmm.OpenMMException as error:
                    background.wait()
                    if "nan" not in str(error).lower():
                        raise
                    raise frames.failure(step, [str(error).split(".")[0]]) from error
                background.submit(frames.take, step, state, energy)
    end = context.getState(positions=True, velocities=True)
    (directory / STATE).write_text(openmm.XmlSerializer.serialize(end))
    return recorder.counts


class DrivenIntegration:
    """Integration under a drive that may rise: in each step it is what it is when the step begins.

    So the drive is a function of the step alone, whoever takes the step, and in whatever pieces.
    """

    def __init__(self, context: openmm.Context, grid: Grid, ramp_ps: float):
        self._context, self._grid, self._ramp_ps = context, grid, ramp_ps
        self._integration = Integration(context)

    def advance(self, first: int, steps: int, stop: Callable[[], bool] | None) -> None:
        """Take steps from step ``first`` on; raises TryAgain if ``stop()`` turns true."""
        end = first + steps
        while first < end and self._grid.time_ps(first) < self._ramp_ps:
            self.scale(first)
            self._integration.advance(1, stop)
            first += 1
        self.scale(first)
        self._integration.advance(end - first, stop)

    def scale(self, step: int) -> None:
        """Let the drive act as it does when a step begins; nothing without a ramp."""
        if self._ramp_ps:
            self._context.setParameter(SCALE, scale_at(self._grid.time_ps(step), self._ramp_ps))


class Frames:
    """The frames of a segment as they come: checked, then recorded; keeps the last good state.

    A good state is that of a full frame, or of the segment's start: fast frames have no velocities.
    """

    def __init__(self, health: HealthChecks, recorder: Recorder, good: openmm.State, step: int):
        self.health, self.recorder = health, recorder
        self.good, self.good_step = good, step

    def take(self, step: int, state: openmm.State, energy: openmm.State | None) -> None:
        """Check a frame and record it; ``energy`` is None for one that is not full.

        Raises SegmentFailure for a frame that does not pass.
        """
        positions = state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)
        bad = np.flatnonzero(~np.isfinite(positions).all(axis=1))
        if len(bad):
            raise self.failure(step, [f"{len(bad)} atoms without finite positions"])
        problems = self.health.place_problems(positions)
        if energy is None:
            if problems:
                raise self.failure(step, problems, state)
            self.recorder.fast(step, positions, self.carried(state))
            return
        potential, kinetic = (
            value.value_in_unit(unit.kilojoule_per_mole)
            for value in (energy.getPotentialEnergy(), energy.getKineticEnergy())
        )
        if problems := [*self.health.energy_problems(potential, kinetic), *problems]:
            raise self.failure(step, problems, state)
        self.recorder.fast(step, positions, self.carried(state))
        kelvin = self.health.kinetic_temperature(kinetic)
        self.recorder.full(step, positions, potential, kinetic, kelvin)
        self.good, self.good_step = state, step

    def carried(self, state: openmm.State) -> float:
        """Return the sum of the forces along z on the anchors in kJ/mol/nm; NaN without anchors."""
        anchors = self.recorder.tracked.anchors
        if not len(anchors):
            return float("nan")
        forces = state.getForces(asNumpy=True).value_in_unit(KJ_NM)
        return float(forces[anchors, 2].sum())

    def failure(
        self, step: int, problems: list[str], state: openmm.State | None = None
    ) -> SegmentFailure:
        """Build the failure of the frame of a step, with the last good state before it."""
        return SegmentFailure(step, problems, self.good, self.good_step, state)
