"""The command ``polyamide burst``: a campaign on a GPU that is lent for minutes."""

import time
from pathlib import Path
from typing import Annotated

import typer

from workflow.cli.terminal import (
    CampaignFile,
    MembraneName,
    console,
    read_membrane,
    to_be_written,
)

CARRY_S = 10.0
"""Kept for the archives at the end."""


def burst(
    file: CampaignFile,
    minutes: Annotated[float, typer.Option(min=0.1, help="Wall time to use, all in.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", callback=to_be_written, help="Results; results/<campaign> if left out."
        ),
    ] = None,
    table: Annotated[bool, typer.Option(help="Measure the table of speeds first.")] = True,
    figures: Annotated[bool, typer.Option(help="Write observables and figures in the end.")] = True,
    carry: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", callback=to_be_written, help="Pack the results into archives there."
        ),
    ] = None,
    carry_mb: Annotated[float, typer.Option(min=0.1, help="Largest size of an archive.")] = 16.0,
    carry_files: Annotated[int, typer.Option(min=1, help="Most archives.")] = 8,
    membrane: MembraneName = "",
) -> None:
    """Measure a GPU, then advance all runs of a campaign in packs until the time is up.

    Whatever the runs start from is made first, if it is not there. What is left behind is a normal
    campaign, which goes on with the same command, or with `polyamide run`.
    """
    began = time.time()
    campaign, home = read_membrane(file, membrane)
    from mdtools.runs.stopping import stop_on_signals
    from workflow.burst.session import Session
    from workflow.jobs.exit_codes import exit_code_on_error

    results = out or home

    def log(line: str) -> None:
        console.print(f"{time.time() - began:6.0f} s  {line}", markup=False, highlight=False)

    with exit_code_on_error("burst"), stop_on_signals() as stop:
        until = began + 60 * minutes - (0 if carry is None else CARRY_S)
        session = Session(campaign, file, results, until, stop, log, membrane)
        try:
            session.run(table=table, figures=figures)
        finally:
            # Whatever has ended it: what was done is lost with the machine otherwise.
            if carry is not None:
                session.carry(carry, carry_mb, carry_files, began)
