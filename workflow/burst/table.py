"""The table of speeds of a machine: one run, packs of several, timestep presets, with what."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from mdtools.options import PRESETS, PlatformOptions, TransportOptions
from mdtools.systems.gpu_sharing import GpuSharing, ServiceRefused
from workflow.burst.loop import GO, NO_TIME, READY, RESUME
from workflow.campaign.packing import wants_gpu
from workflow.jobs.members import Process, run_members

COLUMNS = (
    "measured",
    "replicas",
    "preset",
    "timestep_fs",
    "precision",
    "deterministic",
    "platform",
    "particles",
    "ns_per_day",
    "ns_per_day_slowest",
    "of_bare",
    "seconds",
    "promise",
    "why_not",
)
REPLICAS = (2, 4, 6, 8)
START_S = 10.0
"""What a process is reckoned to need before it integrates, until one was measured."""


@dataclass(frozen=True)
class Budget:
    """How long each measurement integrates, and when all of them are to stop.

    ``seconds``; ``until``: by the clock; ``stop``: if true, too.
    """

    seconds: float
    until: float
    stop: Callable[[], bool] | None = None

    @property
    def spent(self) -> bool:
        """Whether to stop."""
        return time.time() >= self.until or (self.stop is not None and self.stop())


def measure_table(
    bundle: Path,
    options: TransportOptions,
    platform: PlatformOptions,
    budget: Budget,
    *,
    most_replicas: int,
    sharing: GpuSharing | None = None,
    log: Callable[[str], None] = print,
) -> pd.DataFrame:
    """Measure speeds of runs that start from a bundle, the ones that matter most first.

    One run bare; packs; one with all it writes; other presets; whether a resumed run equals one
    that was not stopped; forces that are not deterministic; single precision. What is at work when
    the time is up is ended.

    Parameters
    ----------
    options, platform
        The campaign's.
    most_replicas : int
        Largest pack.
    sharing : GpuSharing
        Through which the members of packs share the GPU; None: nothing is shared, as on CPUs.

    Returns
    -------
    DataFrame
        A row for each: ``ns_per_day`` is the sum over replicas, ``of_bare`` its ratio to one bare
        run at the same timestep, preset and platform; ``promise`` what the resume check found;
        ``why_not`` says why one is missing.
    """
    with tempfile.TemporaryDirectory(
        prefix="polyamide-speed-", ignore_cleanup_errors=True
    ) as directory:
        scratch = Path(directory)
        singles = _singles(options, platform, budget)
        first, rest = singles[:1], singles[1:]
        rows = _of_one_process(bundle, first, budget, scratch / "first", os.environ, log)
        bare = rows[0]["ns_per_day"]
        sizes = [count for count in REPLICAS if count <= most_replicas]
        rows += _packs(bundle, first[0], sizes, budget, scratch, sharing, log)
        rows += _of_one_process(bundle, rest, budget, scratch / "rest", os.environ, log, bare)
    for row in rows:
        if row["preset"] == options.preset and row["timestep_fs"] == options.timestep_fs and bare:
            row["of_bare"] = row["ns_per_day"] and row["ns_per_day"] / bare
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _singles(options: TransportOptions, platform: PlatformOptions, budget: Budget) -> list[dict]:
    """List the measurements of one run at a time: bare first, recorded, then the variants."""
    bare = _measurement("bare", options, platform, budget.seconds)
    # Long enough for several full frames, in steps of them.
    long_ps = 4 * options.full_every_ps
    recorded = bare | {
        "name": "recorded",
        "kind": "recorded",
        "short_ps": options.full_every_ps,
        "long_ps": long_ps,
    }
    others = [
        _measurement("bare", _as(options, preset), platform, budget.seconds)
        for preset in PRESETS
        if preset != options.preset
    ]
    variants = [
        _measurement("bare", options, platform.model_copy(update=change), budget.seconds)
        for change in ({"deterministic": not platform.deterministic}, {"precision": "single"})
        if wants_gpu(platform)
    ]
    resume = bare | {"name": "resume check", "kind": RESUME}
    return [bare, recorded, *others, *variants, resume]


def _as(options: TransportOptions, preset: str) -> TransportOptions:
    """Return the options at another preset and its timestep, for a loop that writes nothing."""
    kept = options.model_dump(exclude={"timestep_fs"})
    frames = {"fast_every_ps": 2, "full_every_ps": 10, "segment_ps": 10, "duration_ns": 0.01}
    return TransportOptions(**kept | frames | {"preset": preset})


def _measurement(
    name: str, options: TransportOptions, platform: PlatformOptions, seconds: float
) -> dict:
    return {
        "name": name,
        "kind": "bare",
        "options": options.model_dump(),
        "platform": platform.model_dump(),
        "seconds": seconds,
    }


def _row(measurement: dict, replicas: int = 1, **found: object) -> dict:
    options, platform = measurement["options"], measurement["platform"]
    empty = dict.fromkeys(COLUMNS)
    return empty | {
        "measured": measurement["name"],
        "replicas": replicas,
        "preset": options["preset"],
        "timestep_fs": options["timestep_fs"],
        "precision": platform["precision"],
        "deterministic": platform["deterministic"],
        **found,
    }


def _of_one_process(
    bundle: Path,
    measurements: Sequence[dict],
    budget: Budget,
    scratch: Path,
    environment,
    log,
    ns_per_day: float | None = None,
) -> list[dict]:
    spec = {"bundle": str(bundle), "measurements": list(measurements), "until": budget.until}
    spec |= {"ns_per_day": ns_per_day}
    answers, why = _run([spec], budget, scratch, environment, log)
    rows = []
    for number, measurement in enumerate(measurements):
        answer = answers[0][number] if number < len(answers[0]) else {"skipped": why}
        rows.append(_row(measurement, **_found([answer])))
    return rows


def _packs(
    bundle: Path,
    measurement: dict,
    sizes: Sequence[int],
    budget: Budget,
    scratch: Path,
    sharing: GpuSharing | None,
    log,
) -> list[dict]:
    """Measure packs of each size; where the service cannot be had, the rows say why."""
    measurement = measurement | {"name": "pack"}
    if not sizes:
        return []
    try:
        with sharing or nullcontext() as service:
            environment = service.environment if service else os.environ
            return [
                _pack(
                    bundle, measurement, count, budget, scratch / f"pack{count}", environment, log
                )
                for count in sizes
            ]
    except ServiceRefused as refusal:
        return [_row(measurement, count, why_not=str(refusal)) for count in sizes]


def _pack(bundle, measurement, count: int, budget: Budget, scratch: Path, environment, log) -> dict:
    if time.time() + START_S + budget.seconds > budget.until:
        return _row(measurement, count, why_not=NO_TIME)
    specs = [
        {
            "bundle": str(bundle),
            "measurements": [measurement],
            "barrier": str(scratch),
            "number": number,
        }
        for number in range(count)
    ]
    answers, why = _run(specs, budget, scratch, environment, log)
    flat = [answer for each in answers for answer in each]
    if len(flat) < count:
        return _row(measurement, count, why_not=why)
    return _row(measurement, count, **_found(flat))


def _found(answers: Sequence[dict]) -> dict:
    if skipped := [answer["skipped"] for answer in answers if "skipped" in answer]:
        return {"why_not": skipped[0]}
    if "promise" in answers[0]:
        return {name: answers[0][name] for name in ("platform", "particles", "promise", "seconds")}
    rates = [answer["ns_per_day"] for answer in answers]
    return {
        "platform": answers[0]["platform"],
        "particles": answers[0]["particles"],
        "ns_per_day": sum(rates),
        "ns_per_day_slowest": min(rates),
        "seconds": max(answer["seconds"] for answer in answers),
    }


def _run(
    specs: Sequence[dict], budget: Budget, scratch: Path, environment, log
) -> tuple[list[list[dict]], str]:
    """Run one process for each specification; returns their lines, and how those ended that failed.

    Processes with a barrier are let go once all are ready; all are ended when the time is up.
    """
    scratch.mkdir(parents=True)
    members = []
    for number, spec in enumerate(specs):
        path = scratch / f"spec{number}.json"
        path.write_text(json.dumps(spec), encoding="utf-8")
        command = [sys.executable, "-m", "workflow.burst.loop", str(path)]
        members.append(Process(f"{scratch.name} {number}", command, scratch / f"out{number}"))

    def let_go_or_stop() -> bool:
        if len(list(scratch.glob(f"{READY}*"))) == len(specs):
            (scratch / GO).touch()
        return budget.spent

    if budget.spent:
        return [[] for _ in specs], NO_TIME
    run_members(
        members, len(members), environment=environment, stop=let_go_or_stop, log=lambda _: None
    )
    answers, last = [], ""
    for member in members:
        lines = member.log.read_text(encoding="utf-8").splitlines()
        answers.append(
            [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
        )
        last = next((line for line in reversed(lines) if not line.startswith("{")), last)
    if budget.spent:
        return answers, NO_TIME
    if last:
        log(f"speed of {scratch.name}: {last}")
    return answers, last or "it ended without an answer"
