"""How much of a bare loop's speed a run keeps, with all its frames, checks and files.

python benchmarks/run_overhead.py [--cell DIR] [--particles 800] [--pairs 3] [--short-ps 10]
                                  [--long-ps 20] [--platform CPU|CUDA|...] [--threads 1]
python benchmarks/run_overhead.py --frames-only [--cell DIR] [--particles 42429] [--frames 50]
                                  [--ns-per-day 300] [--ns-per-day 1040]

Both at the study's rates: 1 fs, fast frames every 2 ps, full ones every 10 ps.

1. Pairs of a bare loop, which writes nothing, and a run of the same steps; a run is measured by the
   difference of two of its segments. Ratio of their speeds by wall time, and by processor time of
   all threads, that of the writer among them: other work on the machine disturbs the first more.
   Limit: a median of 0.99. By default a cube of salt water; the fewer the particles, the cheaper a
   step and the larger the share of what comes with every frame.
2. ``--frames-only``: what a frame takes where no steps do. Medians over full and over fast frames
   of how long the thread that integrates is held up (states fetched and handed on), and of how
   long the thread behind it checks and writes; as shares of the time between two fast frames at a
   speed that is assumed, not measured. Between the frames a sleep stands in for integration, cut
   into calls as that is: how much longer than without frames that takes in the mean. By default
   the atoms are those of a made-up cell of the study's size. A GPU adds the time for its queue to
   run empty, for coordinates to come over, and for the forces of a full frame's energy.
"""

import argparse
import dataclasses
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import openmm
import pandas as pd
from openmm import unit

from benchmarks import cell as made_up
from mdtools import Bundle
from mdtools.constants import FS_PER_PS, PS_PER_NS, SECONDS_PER_DAY
from mdtools.options import PLATFORMS, PlatformOptions, TransportOptions
from mdtools.roles import FEED_ION, MEMBRANE, PISTON, WATER_OXYGEN
from mdtools.runs.background import Background
from mdtools.runs.recorder import Recorder
from mdtools.runs.segment import REPORTED_GROUPS, Frames, SegmentPlan
from mdtools.runs.speed import bare_loop, plan_of, recorded_loop
from mdtools.systems.integration import Integration
from mdtools.systems.speed import PARTICLES_PER_NM3, Measurement
from mdtools.systems.system import masses
from mdtools.systems.waterbox import salt_water

LIMIT = 0.99
SMALL, STUDY = 800, 42_429
ASSUMED_NS_PER_DAY = (300.0, 1040.0)
RATES = {"timestep_fs": 1.0, "fast_every_ps": 2.0, "full_every_ps": 10.0}
PERIOD = 5
"""Fast frames from one full frame to the next."""


def options_for(length_ps: float) -> TransportOptions:
    """One segment at the study's rates."""
    return TransportOptions(**RATES, segment_ps=length_ps, duration_ns=length_ps / PS_PER_NS)


def ratios(bare: Measurement, recorded: Measurement) -> tuple[float, float]:
    """Speed of the run over that of the bare loop, by wall time and by processor time."""
    each = recorded.steps / bare.steps
    processor = each * bare.processor_seconds / recorded.processor_seconds
    return each * bare.seconds / recorded.seconds, processor


def pairs(
    bundle: Bundle, platform: PlatformOptions, short_ps: float, long_ps: float, count: int
) -> list[tuple[float, float]]:
    """Measure bare loop and run in turn; each bare loop takes as long as the run's difference."""
    options, found = options_for(long_ps), []
    seconds = (long_ps - short_ps) * FS_PER_PS * _seconds_of_a_step(bundle, options, platform)
    for number in range(1, count + 1):
        bare = bare_loop(plan_of(bundle, options, platform), seconds)
        recorded = recorded_loop(bundle, options, platform, short_ps, long_ps)
        found.append(ratios(bare, recorded))
        wall, processor = found[-1]
        print(
            f"pair {number}: bare {bare.ns_per_day:.3f} ns/day in {bare.seconds:.0f} s, run "
            f"{recorded.ns_per_day:.3f} ns/day in {recorded.seconds:.0f} s; ratio by wall time "
            f"{wall:.4f}, by processor time {processor:.4f}",
            flush=True,
        )
    return found


def _seconds_of_a_step(bundle: Bundle, options, platform: PlatformOptions) -> float:
    tried = bare_loop(plan_of(bundle, options, platform), 3.0)
    return tried.seconds / tried.steps


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
        sys.exit(f"--particles is {particles}, the made-up cell has {len(made.names)}")
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


@dataclasses.dataclass(frozen=True)
class FrameTimes:
    """Seconds of each frame (n,), and whether it was a full one: of the thread that integrates,
    ``held``, and of the one behind it, ``behind``, by wall time; ``behind_processor`` of it.
    ``cycle``: from one frame to the next."""

    full: np.ndarray
    held: np.ndarray
    behind: np.ndarray
    behind_processor: np.ndarray
    cycle: np.ndarray

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
    series = (np.array(values) for values in (full, held, behind, processor, cycle))
    return FrameTimes(*series)


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


def print_frames(bundle: Bundle, frames: int, speeds: list[float]) -> None:
    """Print what frames take, and which share of the time between them that is."""
    options = options_for(frames * RATES["fast_every_ps"])
    plan = plan_of(bundle, options, PlatformOptions(name="CPU"))
    print(f"{bundle.system.getNumParticles()} particles, {frames} fast frames, every fifth full")
    for ns_per_day in speeds:
        between = RATES["fast_every_ps"] / PS_PER_NS / ns_per_day * SECONDS_PER_DAY
        print(f"assumed {ns_per_day:g} ns/day: {1000 * between:.0f} ms between fast frames")
        alone = stretches(frames, plan.grid.fast_steps, between)
        with tempfile.TemporaryDirectory() as scratch:
            times = frame_times(plan, Path(scratch), frames, between)
        for full in (False, True):
            held, behind, processor = times.medians(full)
            print(
                f"  {'full' if full else 'fast'} frame: integration held up {1e3 * held:.2f} ms, "
                f"{100 * held / between:.2f} %; behind it {1e3 * behind:.2f} ms "
                f"({1e3 * processor:.2f} ms of processor), {100 * behind / between:.2f} %"
            )
        longer = typical(times.cycle) - typical(alone)
        print(
            f"  on average a stretch with its frame is {1e3 * longer:.2f} ms longer than one "
            f"without: {100 * longer / between:.2f} %",
            flush=True,
        )


def main() -> None:
    """Print ratios of pairs beside their limit, or the times of frames."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cell", type=Path)
    parser.add_argument("--particles", type=int)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--short-ps", type=float, default=10.0)
    parser.add_argument("--long-ps", type=float, default=20.0)
    parser.add_argument("--platform", choices=PLATFORMS, default="CPU")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--frames-only", action="store_true")
    parser.add_argument("--frames", type=int, default=50)
    parser.add_argument("--ns-per-day", type=float, action="append")
    chosen = parser.parse_args()
    if chosen.frames_only:
        bundle = Bundle.load(chosen.cell) if chosen.cell else still_cell(chosen.particles or STUDY)
        print_frames(bundle, chosen.frames, chosen.ns_per_day or list(ASSUMED_NS_PER_DAY))
        return
    platform = PlatformOptions(name=chosen.platform, cpu_threads=chosen.threads)
    with tempfile.TemporaryDirectory() as scratch:
        if chosen.cell:
            bundle = Bundle.load(chosen.cell)
        else:
            length = ((chosen.particles or SMALL) / PARTICLES_PER_NM3) ** (1 / 3)
            bundle = salt_water(platform, length_nm=length).save(Path(scratch) / "cell")
        print(f"{bundle.system.getNumParticles()} particles, {chosen.platform}", flush=True)
        found = pairs(bundle, platform, chosen.short_ps, chosen.long_ps, chosen.pairs)
    for name, values in zip(("wall", "processor"), zip(*found, strict=True), strict=True):
        print(
            f"by {name} time: median {statistics.median(values):.4f} "
            f"({min(values):.4f} to {max(values):.4f}), limit {LIMIT:g}"
        )


if __name__ == "__main__":
    main()
