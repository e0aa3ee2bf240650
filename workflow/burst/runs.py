"""The runs of a campaign, advanced in packs until a given time of the clock."""

import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mdtools.constants import PS_PER_NS, SECONDS_PER_DAY
from mdtools.errors import PhysicsError, SettingsError, TryAgain
from mdtools.runs.progress import FAILED
from mdtools.runs.segments import DIRECTORY, Grid, published
from mdtools.systems.gpu_sharing import GpuSharing
from workflow.campaign.model import Campaign
from workflow.campaign.speeds import segment_seconds
from workflow.campaign.stages import NAMES, members
from workflow.jobs.members import Process, ending
from workflow.jobs.packs import shared
from workflow.jobs.stages import Member
from workflow.jobs.transport import write_record

ERRORS = {os.EX_DATAERR: PhysicsError, os.EX_CONFIG: SettingsError}
"""What an exit code of a member says that is final."""
BEFORE = tuple(NAMES)[: list(NAMES).index("transport")]
"""Stages that the runs start from; windows of free energies come after them."""
START_S = 15.0
"""What a process is reckoned to need before its first segment and after its last: loading, checking
forces, kernels, the last state on disk."""
GRACE_S = 20.0
"""How long a process may take to stop, as in the diagnosis of a blow-up, before it is killed."""
MARGIN = 1.3
"""A segment has to fit this many times into the time that is left."""


@dataclass(frozen=True)
class Burst:
    """Where a campaign is run, how many runs at a time, and until when by the clock.

    ``membrane``: the name of its membrane in the file, where that has several.
    ``sharing``: the service through which runs share the GPU; None, as on CPUs: they share nothing.
    """

    campaign: Campaign
    file: Path
    results: Path
    until: float
    replicas: int
    sharing: GpuSharing | None = None
    stop: Callable[[], bool] | None = None
    log: Callable[[str], None] = print
    membrane: str = ""

    @property
    def left(self) -> float:
        """Seconds until the end."""
        return self.until - time.time()


def prepare(burst: Burst) -> None:
    """Make all that the runs start from and that is not there yet, stage by stage.

    Raises
    ------
    PhysicsError, SettingsError
        If a member failed so.
    TryAgain
        If the time was up first, or a member ended otherwise. What was done so far stays.
    """
    for stage in BEFORE:
        missing = [
            names
            for names in members(burst.campaign, stage)
            if not Member(burst.campaign, burst.results, stage, names).made
        ]
        if not missing:
            continue
        burst.log(f"{stage}: {len(missing)} to make")
        codes = _side_by_side(burst, stage, missing, burst.until, [])
        failed = {name: code for name, code in codes.items() if code}
        if failed:
            ends = "; ".join(f"{name} {ending(code)}" for name, code in failed.items())
            error = next((ERRORS[code] for code in failed.values() if code in ERRORS), TryAgain)
            raise error(
                f"{stage}: {ends}. The logs are in {burst.results / 'burst' / 'logs'}; what was "
                "done stays, and the same command goes on from there"
            )


def rounds(burst: Burst, ns_per_day: float | None) -> list[list[tuple[str, ...]]]:
    """Cut the runs into groups that share the time that is left, one group after the other.

    The first trials of all layouts with the first salt come first; with little time, only as many
    groups as can each finish a segment, and of those runs the ones that have come least far. Runs
    that are done or have failed for good get no share.

    Parameters
    ----------
    ns_per_day : float or None
        Of one run among so many at a time; None if it is not known: all runs get their share.

    Raises
    ------
    SettingsError
        If not one segment fits.
    """
    runs = [names for names in members(burst.campaign, "transport") if _goes_on(burst, names)]
    if not runs:
        return []
    runs.sort(key=lambda names: _order(burst, names))
    groups = math.ceil(len(runs) / burst.replicas)
    if burst.left < START_S:
        raise SettingsError(
            f"{burst.left:.0f} s are left, and a process needs about {START_S:g} to start: give "
            "more minutes"
        )
    if ns_per_day is not None:
        needed = MARGIN * segment_seconds(burst.campaign, ns_per_day) + START_S
        groups = min(groups, int(burst.left / needed))
        if groups < 1:
            most_ps = (burst.left - START_S) / MARGIN * ns_per_day / SECONDS_PER_DAY * PS_PER_NS
            raise SettingsError(
                f"a segment of {burst.campaign.transport.segment_ps:g} ps takes about "
                f"{needed:.0f} s with {burst.replicas} at a time, and {burst.left:.0f} s are left: "
                f"make transport.segment_ps at most {max(most_ps, 0):.3g}, or give more minutes"
            )
    each = min(burst.replicas, math.ceil(len(runs) / groups))
    return [runs[start : start + each] for start in range(0, groups * each, each)]


def advance(burst: Burst, groups: Sequence[Sequence[tuple[str, ...]]]) -> dict[str, int]:
    """Advance groups of runs one after the other, each for an equal share of the time left.

    Returns
    -------
    dict
        Exit code of each run: 75 for one that the time has stopped.
    """
    codes: dict[str, int] = {}
    for number, group in enumerate(groups):
        until = time.time() + burst.left / (len(groups) - number)
        burst.log(
            f"transport, group {number + 1} of {len(groups)}: {len(group)} runs, "
            f"{until - time.time():.0f} s"
        )
        codes |= _side_by_side(burst, "transport", group, until, ["--until-clock", repr(until)])
    return codes


def write_records(burst: Burst) -> None:
    """Write the record of every chunk that a run has finished, as the workflow looks for them.

    A run that has failed for good, or has a damaged segment, gets none; its own job says why.
    """
    grid = Grid.of(burst.campaign.transport)
    for names in members(burst.campaign, "transport"):
        run = _directory(burst, names)
        done = len(published(run / DIRECTORY))
        for chunk in range(burst.campaign.transport.chunks):
            end_ps = burst.campaign.chunk_end_ps(chunk)
            record = run / f"chunk_{chunk}.json"
            if done >= grid.segments_until(end_ps) and not record.exists():
                with suppress(PhysicsError, TryAgain):
                    write_record(burst.campaign, record, end_ps)


def _directory(burst: Burst, names: tuple[str, ...]) -> Path:
    return Member(burst.campaign, burst.results, "transport", names).directory


def _goes_on(burst: Burst, names: tuple[str, ...]) -> bool:
    run = _directory(burst, names)
    done = len(published(run / DIRECTORY)) >= burst.campaign.transport.segments
    return not done and not (run / FAILED).exists()


def _order(burst: Burst, names: tuple[str, ...]) -> tuple[int, ...]:
    layout, salt, trial = names
    run = _directory(burst, names)
    return (
        len(published(run / DIRECTORY)),
        list(burst.campaign.salts).index(salt),
        int(trial),
        burst.campaign.layouts.index(layout),
    )


def _side_by_side(burst: Burst, stage: str, group, until: float, more: list[str]) -> dict[str, int]:
    """Run one process for each member; all are asked to stop when the time is up."""

    def stop() -> bool:
        return time.time() >= until or (burst.stop is not None and burst.stop())

    with shared(burst.sharing, min(burst.replicas, len(group)), burst.log) as places:
        processes = [_process(burst, stage, names, more, places.slots) for names in group]
        return places.run(processes, stop=stop, grace_s=GRACE_S, log=burst.log)


def _process(burst: Burst, stage: str, names: tuple[str, ...], more, slots: int) -> Process:
    command = [sys.executable, "-m", "workflow", "advance", str(burst.file), stage, *names]
    command += ["--results", str(burst.results), *more]
    command += ["--replicas", str(slots), "--parent", str(os.getpid())]
    command += ["--membrane", burst.membrane] if burst.membrane else []
    log = burst.results / "burst" / "logs" / f"{'_'.join((stage, *names))}.log"
    return Process("/".join(names) or stage, command, log)
