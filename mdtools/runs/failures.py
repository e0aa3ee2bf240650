"""Failed segments: their diagnosis, the files that are kept of them, and how to rerun them."""

import json
import os
import tempfile
from pathlib import Path

import numpy as np
import openmm

from mdtools import atomic
from mdtools.bundle import Bundle
from mdtools.errors import PhysicsError
from mdtools.options import PlatformOptions, TransportOptions
from mdtools.provenance import versions
from mdtools.runs import segments
from mdtools.runs.health import SegmentFailure
from mdtools.runs.progress import FAILED
from mdtools.runs.segment import SegmentPlan, run_segment
from mdtools.systems import diagnosis

DIRECTORY = "failures"
DIAGNOSIS, START, LAST_GOOD, RERUN = "diagnosis.json", "start.xml", "last_good.xml", "rerun.py"

SCRIPT = '''"""Run {title} again on the CPU and print what goes wrong."""

from pathlib import Path

from mdtools.runs.failures import rerun

print(rerun(Path(__file__).parent))
'''


def write(
    plan: SegmentPlan, run: Path, segment: int, attempt: int, start, failure: SegmentFailure
) -> dict:
    """Keep and diagnose a failed attempt under ``failures/seg_<k>/attempt_<n>``.

    Parameters
    ----------
    run : Path
        Directory of the run.
    start : openmm.State
        The state that the segment started from.

    Returns
    -------
    dict
        The content of its diagnosis.json; ``message`` is a sentence for people.
    """
    target = run / DIRECTORY / segments.name(segment) / f"attempt_{attempt}"
    content = {
        "run": list(plan.key),
        "segment": segment,
        "attempt": attempt,
        "campaign_seed": plan.seed,
        "integrator_seed": plan.random_seed("segment", segment, attempt),
        "bundle": os.path.relpath(plan.bundle.directory.resolve(), target.resolve()),
        "options": plan.options.model_dump(),
        "platform": plan.platform.model_dump(),
        "versions": versions(),
        **diagnose(plan, segment, attempt, failure),
    }
    title = f"segment {segment}, attempt {attempt}, of {'/'.join(map(str, plan.key)) or run.name}"
    with atomic.new_directory(target, replace=True) as staged:
        for name, state in ((START, start), (LAST_GOOD, failure.last_good)):
            (staged / name).write_text(openmm.XmlSerializer.serialize(state))
        (staged / DIAGNOSIS).write_text(atomic.json_text(content), encoding="utf-8")
        (staged / RERUN).write_text(SCRIPT.format(title=title))
    return content | {"directory": str(target.relative_to(run))}


def diagnose(plan: SegmentPlan, segment: int, attempt: int, failure: SegmentFailure) -> dict:
    """Diagnose a failure: step, time, what is wrong, and the forces and atoms that cause it.

    The last steps before the failure are repeated on the CPU, to see where a blow-up begins; if
    there is none, forces are those of the frame that failed the checks.
    """
    near, near_step = _approach(plan, segment, attempt, failure)
    context = plan.context(diagnosis.CPU, segment, attempt)
    plan.place(context, near, near_step)
    driven = plan.driven(context)
    state, after = diagnosis.replay(
        context, near, failure.step - near_step, lambda step: driven.scale(near_step + step)
    )
    if after is not None:
        step = near_step + after
    elif failure.failed_state is not None:
        state, step = failure.failed_state, failure.step
    else:
        state, step = failure.last_good, failure.last_good_step
    driven.scale(step)
    content = {
        "step": failure.step,
        "time_ps": plan.grid.time_ps(failure.step),
        "problems": failure.problems,
        "last_good_step": failure.last_good_step,
        "runaway_step": None if after is None else near_step + after,
        **diagnosis.describe(plan.bundle, plan.system, state, dict(context.getParameters())),
    }
    return content | {"message": _message(content)}


def _approach(
    plan: SegmentPlan, segment: int, attempt: int, failure: SegmentFailure
) -> tuple[openmm.State, int]:
    """Go on from the last good state where the run did, up to the fast frame before the failure.

    Good states lie as far apart as full frames, too far for single steps on the CPU.

    Returns
    -------
    state : openmm.State
        The last finite one; the good one if the platform does not answer any more.
    step : int
        That it belongs to.
    """
    stride = plan.grid.fast_steps
    state, step = failure.last_good, failure.last_good_step
    if failure.step - step <= stride:
        return state, step
    try:
        context = plan.context(plan.platform, segment, attempt)
        plan.place(context, state, step)
        driven = plan.driven(context)
        while failure.step - step > stride:
            driven.advance(step, stride, None)
            reached = context.getState(positions=True, velocities=True)
            if not np.isfinite(reached.getPositions(asNumpy=True)._value).all():
                break
            state, step = reached, step + stride
    except openmm.OpenMMException:
        pass
    return state, step


def give_up(run: Path, segment: int, attempts: list[dict]) -> PhysicsError:
    """Write FAILED.json after the last attempt; returns the error to raise."""
    last = attempts[-1]
    safe = f"segments 0 to {segment - 1} are whole" if segment else "no segment was finished"
    message = (
        f"{run} failed {len(attempts)} times in segment {segment}. {last['message']} "
        f"The last good state is kept: {safe}. "
        f"To see it again: python {run / last['directory'] / RERUN}. "
        f"To let the run try again, delete {run / FAILED}."
    )
    content = {"segment": segment, "message": message, "attempts": attempts}
    atomic.write_json(run / FAILED, content)
    return PhysicsError(message)


def refuse_failed(run: Path) -> None:
    """Raise PhysicsError with the kept diagnosis if the run has failed for good."""
    path = run / FAILED
    if path.exists():
        content = atomic.read_json(path) or {}
        raise PhysicsError(content.get("message", f"{path} says that this run failed; delete it"))


def rerun(directory: Path, platform: PlatformOptions = diagnosis.CPU) -> str:
    """Run a failed segment again; returns what goes wrong, in a sentence.

    Parameters
    ----------
    directory : Path
        With diagnosis.json and start.xml.
    """
    kept = json.loads((directory / DIAGNOSIS).read_text(encoding="utf-8"))
    plan = SegmentPlan(
        Bundle.load(directory / kept["bundle"]),
        TransportOptions(**kept["options"]),
        platform,
        kept["campaign_seed"],
        tuple(kept["run"]),
    )
    start = openmm.XmlSerializer.deserialize((directory / START).read_text())
    segment, attempt = kept["segment"], kept["attempt"]
    with tempfile.TemporaryDirectory() as scratch:
        try:
            run_segment(plan, segment, attempt, start, Path(scratch))
        except SegmentFailure as failure:
            return diagnose(plan, segment, attempt, failure)["message"]
    return f"Segment {segment}, attempt {attempt} ran to its end on {platform.name}."


def _message(content: dict) -> str:
    worst = content["worst_atoms"][0]
    near = worst["neighbours"]
    place = f", {near[0]['distance_nm']:.3f} nm from {near[0]['label']}" if near else ""
    size = worst["force_kJ_mol_nm"]
    force = f"{size:.2e}" if isinstance(size, float) else size
    runaway = content["runaway_step"]
    begins = "" if runaway is None else f" at step {runaway}"
    return (
        f"At step {content['step']} ({content['time_ps']:g} ps): {'; '.join(content['problems'])}. "
        f"The largest force{begins}, {force} kJ/mol/nm, mostly from {worst['mostly_from']}, "
        f"is on {worst['label']}{place}."
    )
