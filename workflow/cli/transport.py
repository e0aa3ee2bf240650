"""The command ``polyamide transport``: one chunk of one run, as a job of the workflow calls it."""

from pathlib import Path
from typing import Annotated

import typer

from mdtools.errors import SettingsError
from workflow.cli.terminal import CampaignFile, MembraneName, console, read_membrane


def transport(
    file: CampaignFile,
    layout: str,
    salt: str,
    trial: int,
    until_ps: Annotated[float, typer.Option(min=0, help="Simulated time to reach.")],
    record: Annotated[Path, typer.Option(help="File that says what was reached.")],
    cell: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="start/LAYOUT/SALT/trialN of the results if left out."),
    ] = None,
    pack: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Record of the pack that has advanced the trial: only record it."
        ),
    ] = None,
    membrane: MembraneName = "",
) -> None:
    """Advance one trial, from wherever it is; ends with 0, 65 (physics), 75 (again) or 78."""
    campaign, home = read_membrane(file, membrane)
    from mdtools.runs.stopping import stop_on_signals
    from workflow.jobs.exit_codes import exit_code_on_error
    from workflow.jobs.gpu import own_gpu
    from workflow.jobs.stages import Member
    from workflow.jobs.transport import advance, write_record

    with exit_code_on_error(f"{layout} {salt} trial {trial}"), stop_on_signals() as stop:
        Member(campaign, home, "transport", (layout, salt, str(trial)))
        cell = cell or _start(record, layout, salt, trial)
        if pack is None:
            with own_gpu(campaign.platform, stop):
                advance(campaign, layout, salt, trial, until_ps, cell, record.parent, stop)
        write_record(campaign, record, until_ps, pack)
        console.print(f"{layout} {salt} trial {trial}: {until_ps / 1000:g} ns done")


def _start(record: Path, layout: str, salt: str, trial: int) -> Path:
    """Return where the start of a trial is, in the results that its record belongs to."""
    places = record.absolute().parents
    if len(places) < 5:
        raise SettingsError(
            f"--record {record}: allowed is RESULTS/transport/LAYOUT/SALT/trialN/FILE, or --cell"
        )
    return places[4] / "start" / layout / salt / f"trial{trial}"
