"""Dynamics of a cell from rest, in segments between which its state is on disk."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import openmm

from mdtools import seeds
from mdtools.atomic import text_sha256
from mdtools.cells.dynamics import (
    HOTTEST,
    advance,
    kinetic_energy,
    nanometres,
    start_from_rest,
    velocities,
)
from mdtools.constants import FS_PER_PS, GAS_CONSTANT
from mdtools.durations import Pace
from mdtools.errors import PhysicsError, SettingsError
from mdtools.options import CellOptions, PlatformOptions
from mdtools.state_file import Arrays, StateFile
from mdtools.systems.diagnosis import blame
from mdtools.systems.platforms import new_context
from mdtools.systems.system import degrees_of_freedom

SCHEMA = 1
"""Of the state on disk; another one where the same key would give other dynamics."""
FEWEST_SAMPLES = 20
"""Of a segment."""
LONGEST_INTERVAL_PS = 10.0
"""Between two samples."""
DECISIVE = (
    "temperature_K",
    "friction_per_ps",
    "timestep_fs",
    "minimisation_steps",
    "segment_ps",
)
"""Options that decide the state after a number of steps and do not stand in the System."""


@dataclass(frozen=True)
class Snapshot:
    """The state of a cell between two segments.

    Attributes
    ----------
    positions, velocities : (N, 3) array
        In nm and nm/ps.
    steps : int
        Taken since the cell was minimised and settled.
    samples : list of dict
        Of those steps: ``temperature_K``, and what was measured.
    platform : str
        That was the last at work.
    """

    positions: np.ndarray
    velocities: np.ndarray
    steps: int = 0
    samples: list[dict] = field(default_factory=list)
    platform: str = ""


@dataclass(frozen=True)
class CellDynamics:
    """What all segments have in common.

    Each is a function of the state before it and a seed from (seed, its number), in a Context of
    its own: on one CPU thread a dynamics that was stopped equals one that was not, bit for bit.

    Attributes
    ----------
    system : openmm.System
        With restraints, in its default box.
    names : sequence of str
        Of all atoms, for messages.
    doing : str
        For messages: "equilibration".
    state : Path, optional
        File of the state; without it nothing is kept.
    stop : callable, optional
        Asked about every second; if true the segment in work is dropped.
    finished : bool
        Results of it are there: a state of something else is an error.
    """

    system: openmm.System
    names: Sequence[str]
    options: CellOptions
    platform: PlatformOptions
    seed: int
    doing: str
    measure: Callable[[np.ndarray], dict]
    state: Path | None = None
    stop: Callable[[], bool] | None = None
    log: Callable[[str], None] | None = None
    finished: bool = False

    def run(self, positions: np.ndarray, duration_ps: float) -> Snapshot:
        """Minimise, settle and run for a while, or go on from the state on disk to that time.

        A longer duration goes on from where a shorter one has ended, if that was whole segments.

        Raises
        ------
        PhysicsError
            If the cell blows up, naming the atoms.
        SettingsError
            If the state on disk is damaged.
        TryAgain
            If ``stop()`` turned true; the last state is on disk.
        """
        file = StateFile(self.state, self._key(positions), schema=SCHEMA, job=self._job)
        total, segment = self._steps(duration_ps), self._steps(self.options.segment_ps)
        longest_interval = self._steps(LONGEST_INTERVAL_PS)
        interval = min(longest_interval, min(segment, total) / FEWEST_SAMPLES)
        snapshot = self._stored(file, total, segment)
        if snapshot is None:
            snapshot = self._from_rest(positions)
            _write(file, snapshot)
        pace = Pace(total, snapshot.steps)
        while snapshot.steps < total:
            steps = min(segment, total - snapshot.steps)
            snapshot = self._segment(snapshot, steps, snapshot.steps // segment, interval)
            _write(file, snapshot)
            kelvin = snapshot.samples[-1]["temperature_K"]
            self._say(
                f"{self._ps(snapshot.steps)} of {duration_ps:g} ps, at {kelvin:.0f} K"
                f"{pace.left(snapshot.steps)}"
            )
        return snapshot

    def _stored(self, file: StateFile, total: int, segment: int) -> Snapshot | None:
        snapshot = file.read(_snapshot)
        if snapshot is None:
            if file.exists and self.finished:
                raise SettingsError(
                    f"{self.state} is of other inputs, options or version than what would be made "
                    "now, and results made from it are there: delete them to have them made anew"
                )
            if file.exists:
                self._say("the state on disk is of other inputs or options: it starts over")
            return None
        whole = snapshot.steps % segment == 0
        if snapshot.steps != total and not (whole and snapshot.steps < total):
            self._say(f"the state on disk is at {self._ps(snapshot.steps)}: it starts over")
            return None
        self._say(f"goes on after {self._ps(snapshot.steps)}")
        return snapshot

    def _from_rest(self, positions: np.ndarray) -> Snapshot:
        context = self._context("thermostat")
        context.setPositions(positions)
        start_from_rest(
            context,
            self.names,
            minimisation_steps=self.options.minimisation_steps,
            temperature_K=self.options.temperature_K,
            seed=seeds.integer(self.seed, "velocities"),
            stop=self.stop,
        )
        self._say("minimised and settled")
        return _of(context, 0, [])

    def _segment(self, before: Snapshot, steps: int, number: int, interval: float) -> Snapshot:
        context = self._context("segment", number)
        context.setPositions(before.positions)
        context.setVelocities(before.velocities)
        samples = list(before.samples)
        count = math.ceil(steps / interval - 1e-9)
        ends = np.unique(np.linspace(0, steps, count + 1).round().astype(int))
        for begin, end in zip(ends[:-1], ends[1:], strict=True):
            samples.append(self._sample(context, int(end - begin), before.steps + int(end)))
        return _of(context, before.steps + steps, samples)

    def _sample(self, context: openmm.Context, steps: int, at: int) -> dict:
        doing = f"{self.doing} up to {self._ps(at)}"
        before = context.getState(positions=True, velocities=True)
        state = advance(context, self.names, steps, doing, self.stop)
        temperature = 2 * kinetic_energy(state) / (self._freedom * GAS_CONSTANT)
        if temperature > HOTTEST * self.options.temperature_K:
            worst = blame(context, self.names, before, steps)
            raise PhysicsError(f"{doing} is at {temperature:.0f} K; {worst}")
        return {"temperature_K": temperature} | self.measure(nanometres(state))

    def _context(self, *purpose: str | int) -> openmm.Context:
        return new_context(
            self.system,
            self.platform,
            temperature_K=self.options.temperature_K,
            friction_per_ps=self.options.friction_per_ps,
            timestep_fs=self.options.timestep_fs,
            seed=seeds.integer(self.seed, *purpose),
        )

    def _key(self, positions: np.ndarray) -> dict:
        system = openmm.XmlSerializer.serialize(self.system)
        return {
            # Another version of OpenMM goes on, as a run does.
            "system": text_sha256(re.sub(r' openmmVersion="[^"]*"', "", system, count=1)),
            "positions": text_sha256(np.asarray(positions, dtype=float).tobytes().hex()),
            "options": self.options.model_dump(mode="json", include=set(DECISIVE)),
            "seed": self.seed,
        }

    @cached_property
    def _freedom(self) -> int:
        return degrees_of_freedom(self.system)

    @property
    def _job(self) -> str:
        return f"begin the {self.doing}"

    def _steps(self, ps: float) -> int:
        return max(1, round(ps * FS_PER_PS / self.options.timestep_fs))

    def _ps(self, steps: int) -> str:
        return f"{steps * self.options.timestep_fs / FS_PER_PS:g} ps"

    def _say(self, line: str) -> None:
        if self.log is not None:
            self.log(f"{self.doing}: {line}")


def _of(context: openmm.Context, steps: int, samples: list[dict]) -> Snapshot:
    state = context.getState(positions=True, velocities=True)
    platform = context.getPlatform().getName()
    return Snapshot(nanometres(state), velocities(state), steps, samples, platform)


def _write(file: StateFile, snapshot: Snapshot) -> None:
    facts = {name: getattr(snapshot, name) for name in ("steps", "samples", "platform")}
    file.write(facts, {"positions": snapshot.positions, "velocities": snapshot.velocities})


def _snapshot(facts: dict, arrays: Arrays) -> Snapshot:
    return Snapshot(
        arrays["positions"],
        arrays["velocities"],
        facts["steps"],
        facts["samples"],
        facts["platform"],
    )
