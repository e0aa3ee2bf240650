"""Speed of runs: a bare loop of the integrator, and the same with all that a run writes."""

import tempfile
import time
from pathlib import Path

from mdtools.bundle import Bundle
from mdtools.constants import FS_PER_PS, PS_PER_NS
from mdtools.options import PlatformOptions, TransportOptions
from mdtools.runs.segment import SegmentPlan, run_segment
from mdtools.systems.speed import Measurement, timed_steps


def plan_of(
    bundle: Bundle, options: TransportOptions, platform: PlatformOptions, seed: int = 0
) -> SegmentPlan:
    """Return the plan of a run that is only measured."""
    return SegmentPlan(bundle, options, platform, seed, ("speed",))


def bare_loop(plan: SegmentPlan, seconds: float) -> Measurement:
    """Integrate for so many seconds and write nothing; making the Context is not counted."""
    context = plan.context(plan.platform, 0, 0)
    context.setState(plan.bundle.state)
    context.setVelocitiesToTemperature(plan.options.temperature_K, 1)
    spent = timed_steps(context, seconds)
    return Measurement(plan.system.getNumParticles(), plan.options.timestep_fs, *spent)


def recorded_loop(
    bundle: Bundle,
    options: TransportOptions,
    platform: PlatformOptions,
    short_ps: float,
    long_ps: float,
) -> Measurement:
    """Run two segments of different length with all frames and checks; their difference counts.

    So what a segment takes once (its Context, its last state on disk) is left out.
    """
    taken = []
    for length in (short_ps, long_ps):
        changed = {"segment_ps": length, "duration_ns": length / PS_PER_NS}
        plan = plan_of(bundle, TransportOptions(**options.model_dump() | changed), platform)
        plan.health, plan.system  # noqa: B018  # made once for all segments of a run
        with tempfile.TemporaryDirectory() as scratch:
            start, processor = time.perf_counter(), time.process_time()
            run_segment(plan, 0, 0, bundle.state, Path(scratch))
            taken.append((time.perf_counter() - start, time.process_time() - processor))
    steps = round((long_ps - short_ps) * FS_PER_PS / options.timestep_fs)
    seconds, processor_seconds = (long - short for short, long in zip(*taken, strict=True))
    return Measurement(
        bundle.system.getNumParticles(), options.timestep_fs, steps, seconds, processor_seconds
    )
