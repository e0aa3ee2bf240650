"""Speed of runs: a bare loop of the integrator, and the same with all that a run writes."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from mdtools.bundle import Bundle
from mdtools.constants import FS_PER_PS, PS_PER_NS, SECONDS_PER_DAY
from mdtools.options import PlatformOptions, TransportOptions
from mdtools.runs.segment import SegmentPlan, run_segment

CALL_SECONDS = 0.5
"""About how long the bare loop lets the integrator work at once."""
WARM_UP_CALLS = 2


@dataclass(frozen=True)
class Speed:
    """The speed of a loop: ``ns_per_day``, over ``steps`` in ``seconds`` of wall time."""

    ns_per_day: float
    steps: int
    seconds: float


def plan_of(
    bundle: Bundle, options: TransportOptions, platform: PlatformOptions, seed: int = 0
) -> SegmentPlan:
    """Return the plan of a run that is only measured."""
    return SegmentPlan(bundle, options, platform, seed, ("speed",))


def bare_loop(plan: SegmentPlan, seconds: float) -> Speed:
    """Integrate for so many seconds and write nothing; making the Context is not counted."""
    context = plan.context(plan.platform, 0, 0)
    context.setState(plan.bundle.state)
    context.setVelocitiesToTemperature(plan.options.temperature_K, 1)
    integrator, call = context.getIntegrator(), 1
    for _ in range(WARM_UP_CALLS):
        call = _call(context, call)
    began, steps = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        integrator.step(call)
        steps += call
        # On a GPU steps are only queued; asking for the state waits for them.
        context.getState(positions=True)
    taken = time.perf_counter() - began
    return Speed(_ns_per_day(steps, plan.options.timestep_fs, taken), steps, taken)


def recorded_loop(
    bundle: Bundle,
    options: TransportOptions,
    platform: PlatformOptions,
    short_ps: float,
    long_ps: float,
) -> Speed:
    """Run two segments of different length with all frames and checks; their difference counts.

    So what a segment takes once (its Context, its last state on disk) is left out.
    """
    began, taken = time.perf_counter(), []
    for length in (short_ps, long_ps):
        changed = {"segment_ps": length, "duration_ns": length / PS_PER_NS}
        plan = plan_of(bundle, TransportOptions(**options.model_dump() | changed), platform)
        plan.health, plan.system  # noqa: B018  # made once for all segments of a run
        with tempfile.TemporaryDirectory() as scratch:
            start = time.perf_counter()
            run_segment(plan, 0, 0, bundle.state, Path(scratch))
            taken.append(time.perf_counter() - start)
    steps = round((long_ps - short_ps) * FS_PER_PS / options.timestep_fs)
    rate = _ns_per_day(steps, options.timestep_fs, taken[1] - taken[0])
    return Speed(rate, steps, time.perf_counter() - began)


def _call(context, call: int) -> int:
    """Return how many steps take about `CALL_SECONDS`, from how long the last call took."""
    wanted = CALL_SECONDS
    while True:
        began = time.perf_counter()
        context.getIntegrator().step(call)
        context.getState(positions=True)
        taken = time.perf_counter() - began
        if taken > wanted / 4:
            return max(1, round(call * wanted / taken))
        call *= 4


def _ns_per_day(steps: int, timestep_fs: float, seconds: float) -> float:
    ns = steps * timestep_fs / FS_PER_PS / PS_PER_NS
    return ns / seconds * SECONDS_PER_DAY
