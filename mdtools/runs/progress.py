"""Progress of runs: run.json, which people and later stages read."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mdtools import lease, records
from mdtools.constants import PS_PER_NS, SECONDS_PER_DAY
from mdtools.provenance import versions
from mdtools.runs import segments

if TYPE_CHECKING:
    # Progress is read without OpenMM, which takes a second to load.
    from mdtools.runs.segment import SegmentPlan

FILE = "run.json"
FAILED = "FAILED.json"
"""Of a run that has failed for good: its diagnosis."""
PACK = "pack.json"
"""Beside ``run.json``, of a run that shares a GPU: the pack that it was last in, and the GPU."""


def write(directory: Path, plan: "SegmentPlan", chain: list[dict], session: dict) -> None:
    """Replace run.json.

    Parameters
    ----------
    chain : list of dict
        Manifests of all whole segments.
    session : dict
        The process at work: its machine and the seconds of each of its segments.
    """
    grid, options = plan.grid, plan.options
    content = {
        "key": list(plan.key),
        "bundle": os.path.relpath(plan.bundle.directory.resolve(), directory.resolve()),
        **_frames(grid, len(chain), grid.full_steps),
        "fast": _frames(grid, len(chain), grid.fast_steps),
        "segments": len(chain),
        "segment_ps": options.segment_ps,
        "ramp_ps": options.drive.ramp_ps,
        "target_ps": grid.time_ps(grid.first_step(options.segments)),
        "done_ps": grid.time_ps(grid.first_step(len(chain))),
        "platform": session.get("platform"),
        "promise": _reproducibility(chain),
        "versions": chain[-1]["versions"] if chain else versions(),
        "versions_seen": _distinct([entry["versions"] for entry in chain]),
        "seeds": {
            "campaign": plan.seed,
            "key": list(plan.key),
            "segments": [entry["seed"] for entry in chain],
        },
        "attempts": [entry["attempt"] for entry in chain],
        "sha256": [entry["sha256"] for entry in chain],
        "ns_per_day": speed(options.segment_ps, session),
        "sessions": session.get("number", 0),
        "session": session,
    }
    records.write(directory / FILE, content)


def last_session(directory: Path) -> dict:
    """Read the last session from run.json; empty before the first."""
    return _object(directory / FILE).get("session", {})


def seconds_of_last_segment(session: dict) -> float | None:
    """Return the wall time of the newest segment of a session or of the one before it."""
    return next(reversed(session.get("seconds", [])), session.get("seconds_of_last_segment"))


def of(directory: Path) -> dict:
    """Read the progress of a run directory, which may be missing or incomplete.

    Returns
    -------
    dict
        ``state`` (waiting, running, done, failed), ``ns_done``, ``ns_target``, ``percent``,
        ``segments``, ``ns_per_day``, ``eta_h``, ``sessions``, of the last session ``began_utc``
        and ``worked_s``, ``segment_s`` (wall time of the newest segment), and ``pack`` and ``gpu``
        of a run that shares a GPU; None where not known.
    """
    run, pack = _object(directory / FILE), _object(directory / PACK)
    done, target = run.get("done_ps", 0.0), run.get("target_ps")
    session = run.get("session") or {}
    ns_per_day = run.get("ns_per_day") or _last_speed(run.get("segment_ps"), session)
    left = None if target is None else max(0.0, target - done) / PS_PER_NS
    return {
        "state": _state(directory, left),
        "ns_done": done / PS_PER_NS,
        "ns_target": None if target is None else target / PS_PER_NS,
        "percent": None if target is None else min(100.0, 100 * done / target),
        "segments": run.get("segments", 0),
        "ns_per_day": ns_per_day,
        "eta_h": None if left is None or not ns_per_day else 24 * left / ns_per_day,
        "sessions": run.get("sessions", 0),
        "began_utc": session.get("started_utc"),
        "worked_s": sum(session.get("seconds", [])),
        "segment_s": seconds_of_last_segment(session),
        "pack": pack.get("pack"),
        "gpu": pack.get("gpu"),
    }


def _reproducibility(chain: list[dict]) -> str:
    """Return "bitwise" if every segment has it, by the same versions on one platform."""
    kept = bool(chain) and all(entry["promise"] == "bitwise" for entry in chain)
    ways = _distinct([[entry["versions"], entry["platform"]] for entry in chain])
    return "bitwise" if kept and len(ways) == 1 else "statistical"


def _distinct(entries: list) -> list:
    """Drop repeated entries, keeping the order of first appearance."""
    kept: list = []
    for entry in entries:
        if entry not in kept:
            kept.append(entry)
    return kept


def _object(path: Path) -> dict:
    """Read a file as an object; empty if there is none, or it is not as it was written."""
    return records.read_sound(path) or {}


def _state(directory: Path, left: float | None) -> str:
    if (directory / FAILED).exists():
        return "failed"
    if lease.holder(directory / lease.DIRECTORY):
        return "running"
    return "done" if left == 0 else "waiting"


def _frames(grid: segments.Grid, count: int, interval: int) -> dict:
    frames = count * grid.segment_steps // interval
    return {
        "frames": frames,
        "first_ps": grid.time_ps(interval) if frames else None,
        "last_ps": grid.time_ps(frames * interval) if frames else None,
        "interval_ps": grid.time_ps(interval),
    }


def _last_speed(segment_ps: float | None, session: dict) -> float | None:
    """Return ns/day of the newest segment, for a session that has not finished one."""
    seconds = seconds_of_last_segment(session)
    if not seconds or not segment_ps:
        return None
    return round(segment_ps / PS_PER_NS / seconds * SECONDS_PER_DAY, 3)


def speed(segment_ps: float, session: dict) -> float | None:
    """Average ns/day over the segments of a session; None before the first."""
    seconds = sum(session.get("seconds", []))
    if not seconds:
        return None
    ns = len(session["seconds"]) * segment_ps / PS_PER_NS
    return round(ns / seconds * SECONDS_PER_DAY, 3)
