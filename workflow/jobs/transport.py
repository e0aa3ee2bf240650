"""The job of one chunk of a transport run, from its present state to a given time."""

from collections.abc import Callable
from pathlib import Path

from mdtools import Run, records
from mdtools.errors import TryAgain
from mdtools.runs import failures, segments
from mdtools.runs.stopping import slurm_seconds_left
from workflow.campaign.model import Campaign
from workflow.jobs.pack_record import refuse_unfinished


def advance(
    campaign: Campaign,
    layout: str,
    salt: str,
    trial: int,
    until_ps: float,
    cell: Path,
    directory: Path,
    stop: Callable[[], bool] | None = None,
    seconds_left: Callable[[], float | None] = slurm_seconds_left,
    replicas: int = 1,
) -> dict:
    """Advance a trial from wherever it is; returns its progress.

    Parameters
    ----------
    cell : Path
        Directory of the start of this trial, a bundle.
    directory : Path
        Of the run, results/<campaign>/transport/<layout>/<salt>/trial<k>/.
    replicas : int
        Runs at work on the device at the same time.

    Raises
    ------
    mdtools.errors.TryAgain, mdtools.errors.PhysicsError, mdtools.errors.InputsChanged
        As `mdtools.Run.advance`.
    """
    run = Run(
        directory,
        cell,
        campaign.transport,
        seed=campaign.seed,
        key=("transport", layout, salt, trial),
        platform=campaign.platform,
        replicas=replicas,
    )
    return run.advance(until_ps, stop, seconds_left)


def write_record(
    campaign: Campaign, record: Path, until_ps: float, pack: Path | None = None
) -> None:
    """Record which segments a run consists of, in a file in its directory.

    Parameters
    ----------
    pack : Path
        Record of the pack that has advanced the run: if the run failed there and has not come so
        far since, that is raised.

    Raises
    ------
    mdtools.errors.PhysicsError
        If the run has failed for good, with its diagnosis.
    workflow.jobs.pack_record.MemberFailed
        If it ended otherwise in its pack.
    mdtools.errors.TryAgain
        If it has not come so far.
    OSError
        If there is no room for the record; the run itself is complete.
    """
    run = record.parent
    failures.refuse_failed(run)
    grid = segments.Grid.of(campaign.transport)
    try:
        receipt = segments.receipt(run / segments.DIRECTORY, grid, until_ps)
    except TryAgain:
        if pack is not None:
            refuse_unfinished(pack, "/".join([*run.parts[-3:-1], run.name.removeprefix("trial")]))
        raise
    records.write(record, receipt)
