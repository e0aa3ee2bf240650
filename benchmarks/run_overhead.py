"""How much of a bare loop's speed a run keeps, with all its frames, checks and files.

python -m benchmarks.run_overhead [--cell DIR] [--particles 800] [--pairs 3] [--short-ps 10]
                                 [--long-ps 20] [--platform CPU|CUDA|...] [--threads 1]
python -m benchmarks.run_overhead --frames-only [--cell DIR] [--particles 42429] [--frames 50]
                                 [--ns-per-day 300] [--ns-per-day 1040]

Both at the study's rates: 1 fs, fast frames every 2 ps, full ones every 10 ps.

1. Pairs of a bare loop, which writes nothing, and a run of the same steps; a run is measured by the
   difference of two of its segments. Ratio of their speeds by wall time, and by processor time of
   all threads, that of the writer among them. Limit: a median of 0.99, on a machine that does
   nothing else. On one that does, ratios spread far wider than that. So the run is also taken
   apart: time in stretches of integration, between two of them, and of the thread behind, as if
   that were waited for. Only where steps are done when they return, on processors, does that say
   what frames cost. By default a cube of salt water; the fewer the particles, the cheaper a step
   and the larger the share of what comes with every frame.
2. ``--frames-only``: what a frame takes where no steps do. Medians over full and over fast frames
   of how long the thread that integrates is held up (states fetched and handed on), and of how long
   the thread behind it checks and writes; as shares of the time between two fast frames at a speed
   that is assumed, not measured. Between the frames a sleep stands in for integration, cut into
   calls as that is: how much longer than without frames that takes in the mean. Then what the end
   of a segment takes, whose trajectory is read back. By default the atoms are those of a made-up
   cell of the study's size. A GPU adds the time for its queue to run empty, for coordinates to come
   over, and for the forces of a full frame's energy.
"""

import argparse
import dataclasses
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np

from benchmarks.still_frames import PERIOD, frame_times, still_cell, stretches, typical
from mdtools import Bundle
from mdtools.constants import FS_PER_PS, PS_PER_NS, SECONDS_PER_DAY
from mdtools.options import PlatformOptions, TransportOptions
from mdtools.platform_names import PLATFORMS
from mdtools.runs import segment
from mdtools.runs.segment import Frames
from mdtools.runs.speed import bare_loop, plan_of, recorded_loop
from mdtools.systems.integration import Integration
from mdtools.systems.speed import PARTICLES_PER_NM3, Measurement
from mdtools.systems.waterbox import salt_water

LIMIT = 0.99
SMALL, STUDY = 800, 42_429
ASSUMED_NS_PER_DAY = (300.0, 1040.0)
RATES = {"timestep_fs": 1.0, "fast_every_ps": 2.0, "full_every_ps": 10.0}


def options_for(length_ps: float) -> TransportOptions:
    """One segment at the study's rates."""
    return TransportOptions(**RATES, segment_ps=length_ps, duration_ns=length_ps / PS_PER_NS)


def ratios(bare: Measurement, recorded: Measurement) -> tuple[float, float]:
    """Speed of the run over that of the bare loop, by wall time and by processor time."""
    each = recorded.steps / bare.steps
    processor = each * bare.processor_seconds / recorded.processor_seconds
    return each * bare.seconds / recorded.seconds, processor


@dataclasses.dataclass
class Parts:
    """Seconds of a run: ``stretches`` of integration, begin and end of each by wall time, and of
    the thread ``behind`` at every frame, of a processor."""

    stretches: list[tuple[float, float]] = dataclasses.field(default_factory=list)
    behind: list[float] = dataclasses.field(default_factory=list)

    def ratio(self, lengths: list[int]) -> float:
        """Share of integration, where segments have so many stretches each; between segments no
        time counts."""
        begin, end = np.array(self.stretches).T
        inside = np.ones(len(begin) - 1, dtype=bool)
        inside[np.cumsum(lengths)[:-1] - 1] = False
        stretch = (end - begin).mean()
        return float(
            stretch / (stretch + (begin[1:] - end[:-1])[inside].mean() + np.mean(self.behind))
        )


@contextmanager
def taken_apart() -> Iterator[Parts]:
    """Note the parts of all segments that are run meanwhile."""
    parts = Parts()

    class Noted(Integration):
        def advance(self, steps, stop) -> None:
            began = time.perf_counter()
            super().advance(steps, stop)
            parts.stretches.append((began, time.perf_counter()))

    class NotedFrames(Frames):
        def take(self, step, state, energy) -> None:
            used = time.thread_time()
            super().take(step, state, energy)
            parts.behind.append(time.thread_time() - used)

    with patch.multiple(segment, Integration=Noted, Frames=NotedFrames):
        yield parts


def pairs(
    bundle: Bundle, platform: PlatformOptions, short_ps: float, long_ps: float, count: int
) -> list[tuple[float, float, float]]:
    """Measure bare loop and run in turn; each bare loop takes as long as the run's difference.

    Returns ratios by wall time, by processor time, and of the run taken apart.
    """
    options, found = options_for(long_ps), []
    seconds = (long_ps - short_ps) * FS_PER_PS * _seconds_of_a_step(bundle, options, platform)
    lengths = [round(length / options.fast_every_ps) for length in (short_ps, long_ps)]
    for number in range(1, count + 1):
        bare = bare_loop(plan_of(bundle, options, platform), seconds)
        with taken_apart() as parts:
            recorded = recorded_loop(bundle, options, platform, short_ps, long_ps)
        found.append((*ratios(bare, recorded), parts.ratio(lengths)))
        wall, processor, apart = found[-1]
        print(
            f"pair {number}: bare {bare.ns_per_day:.3f} ns/day in {bare.seconds:.0f} s, run "
            f"{recorded.ns_per_day:.3f} ns/day in {recorded.seconds:.0f} s; ratio by wall time "
            f"{wall:.4f}, by processor time {processor:.4f}, taken apart {apart:.5f}",
            flush=True,
        )
    return found


def _seconds_of_a_step(bundle: Bundle, options, platform: PlatformOptions) -> float:
    tried = bare_loop(plan_of(bundle, options, platform), 3.0)
    return tried.seconds / tried.steps


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
        each = times.closing / times.full.sum()
        print(
            f"  closing of the segment: {1e3 * each:.2f} ms for each full frame, "
            f"{100 * each / between / PERIOD:.2f} %"
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
    names = ("by wall time", "by processor time", "taken apart")
    for name, values in zip(names, zip(*found, strict=True), strict=True):
        print(
            f"{name}: median {statistics.median(values):.5f} "
            f"({min(values):.5f} to {max(values):.5f}), limit {LIMIT:g}"
        )


if __name__ == "__main__":
    main()
