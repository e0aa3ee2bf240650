"""The commands ``polyamide advance`` and ``polyamide pack``: stages of a campaign as jobs."""

import time
from pathlib import Path
from typing import Annotated

import typer

from workflow.cli.terminal import CampaignFile, MembraneName, console, read_membrane

Results = Annotated[Path, typer.Option(metavar="DIR", help="Results of the campaign.")]
UntilPs = Annotated[
    float | None, typer.Option(min=0, help="Simulated time that runs of transport reach.")
]


def advance(
    file: CampaignFile,
    stage: Annotated[
        str,
        typer.Argument(help="network, charged, hydrated, cell, start, transport, pulled, umbrella"),
    ],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[LAYOUT [SALT [TRIAL or ION [WINDOW]]]]")
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Results of the membrane; results/<campaign> of one."),
    ] = None,
    until_ps: UntilPs = None,
    until_clock: Annotated[
        float | None, typer.Option(help="Seconds since 1970 at which to have stopped.")
    ] = None,
    publish: Annotated[
        bool, typer.Option(help="Write the results, not only the state at the end of the dynamics.")
    ] = True,
    replicas: Annotated[
        int, typer.Option(min=1, help="Members at work on the device at the same time.")
    ] = 1,
    parent: Annotated[
        int | None,
        typer.Option(metavar="PID", help="Stop when this process, which started it, is gone."),
    ] = None,
    membrane: MembraneName = "",
) -> None:
    """Advance one stage of a campaign from wherever it is; ends with 0, 65, 75 or 78."""
    if parent is not None:
        from mdtools.runs.stopping import stop_with_parent

        stop_with_parent(parent)
    campaign, home = read_membrane(file, membrane)
    from mdtools.errors import CardError
    from mdtools.runs.stopping import earliest, slurm_seconds_left
    from workflow.jobs.exit_codes import exit_code_on_error
    from workflow.jobs.members import CARD_FAILED
    from workflow.jobs.stages import Member, stopping
    from workflow.jobs.stages import advance as advance_member

    names = names or []

    def log(line: str) -> None:
        console.print(line, markup=False, highlight=False)

    def clock() -> float | None:
        return None if until_clock is None else until_clock - time.time()

    with exit_code_on_error(" ".join([stage, *names])), stopping(stage) as stop:
        member = Member(campaign, results or home, stage, tuple(names))
        if publish and member.made:
            log(f"{member.directory} is there already; delete it to have it made anew")
            return
        try:
            advance_member(
                member,
                until_ps=until_ps,
                publish=publish,
                stop=stop,
                seconds_left=earliest(slurm_seconds_left, clock),
                replicas=replicas,
                log=log,
            )
        except CardError as error:
            if parent is None:
                raise
            # The pack tells this end from a stop: another member may be to blame for it.
            log(str(error))
            raise typer.Exit(CARD_FAILED) from error
        log(f"{member.directory}: done")


def pack(
    file: CampaignFile,
    stage: Annotated[str, typer.Argument(help="hydrated, cell, start, transport, umbrella")],
    members: Annotated[
        list[str],
        typer.Argument(
            metavar="NAMES...",
            help="LAYOUT of hydrated, LAYOUT/SALT of cell, LAYOUT/SALT/TRIAL of start and "
            "transport, LAYOUT/SALT/ION/WINDOW of umbrella.",
        ),
    ],
    results: Results,
    record: Annotated[Path, typer.Option(help="File that says how each member ended.")],
    until_ps: UntilPs = None,
    membrane: MembraneName = "",
) -> None:
    """Advance several members of a stage on one GPU at a time, each in a process of its own.

    Ends with 0 once each of them is done or has failed for good, 75 if one was stopped, 78.
    """
    campaign, _ = read_membrane(file, membrane)
    from mdtools.runs.stopping import slurm_seconds_left, stop_on_signals
    from workflow.jobs.exit_codes import exit_code_on_error
    from workflow.jobs.packs import Pack, run_pack

    with (
        exit_code_on_error(f"pack {record.stem}"),
        stop_on_signals(seconds_left=slurm_seconds_left) as stop,
    ):
        run_pack(
            campaign,
            file,
            Pack(stage, tuple(members), until_ps, membrane),
            results,
            record,
            stop=stop,
            log=lambda line: console.print(line, markup=False, highlight=False),
        )
