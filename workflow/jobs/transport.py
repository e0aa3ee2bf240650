"""The job of one chunk of a transport run, from its present state to a given time."""

from pathlib import Path

from mdtools import Run
from mdtools.atomic import write_json
from mdtools.runs.stopping import slurm_seconds_left, stop_on_signals
from workflow.campaign.model import Campaign


def advance(
    campaign: Campaign,
    layout: str,
    salt: str,
    trial: int,
    until_ps: float,
    cell: Path,
    record: Path,
) -> dict:
    """Advance a trial and record which segments it then consists of; returns its progress.

    Parameters
    ----------
    cell : Path
        Directory of the start of this trial, a bundle.
    record : Path
        File in the run's directory results/<campaign>/transport/<layout>/<salt>/trial<k>/.

    Raises
    ------
    mdtools.errors.TryAgain, mdtools.errors.PhysicsError, mdtools.errors.InputsChanged
        As `mdtools.Run.advance`.
    OSError
        If there is no room for the record; the run itself is complete.
    """
    run = Run(
        record.parent,
        cell,
        campaign.transport,
        seed=campaign.seed,
        key=("transport", layout, salt, trial),
        platform=campaign.platform,
    )
    with stop_on_signals() as stop:
        progress = run.advance(until_ps, stop, slurm_seconds_left)
    write_json(record, run.receipt(until_ps))
    return progress
