"""The command ``polyamide``."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

app = typer.Typer(
    help="Ion transport through polyamide membranes, from a campaign file to figures.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

EXIT_PHYSICS = 65
WIDTH_OF_FILES = 120
"""Of tables that are written to a file or a pipe."""

console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH_OF_FILES)
HERE = Path(__file__).parent
CampaignFile = Annotated[Path, typer.Argument(metavar="CAMPAIGN.yaml", show_default=False)]


class Profile(StrEnum):
    """Kinds of machine, as in workflow/profiles."""

    laptop = "laptop"
    workstation = "workstation"
    slurm = "slurm"


def read_campaign(path: Path):
    """Campaign of a file; a wrong one ends the command with one line per fault and code 78."""
    from workflow.campaign import EXIT_CAMPAIGN, Campaign, CampaignError

    try:
        return Campaign.read(path)
    except CampaignError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(EXIT_CAMPAIGN) from None


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    context: typer.Context,
    campaign: CampaignFile,
    profile: Annotated[Profile, typer.Option(help="Kind of machine.")] = Profile.laptop,
    cores: Annotated[int | None, typer.Option(min=1, help="Cores, if not the profile's.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only list the jobs.")] = False,
) -> None:
    """Run a campaign, or go on with it; what is done is not done again.

    Anything else on the line is handed to Snakemake.
    """
    name = read_campaign(campaign).name
    console.print(f"Report, once done: results/{name}/report.html")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(HERE / "Snakefile")]
    command += ["--configfile", str(campaign)]
    command += ["--workflow-profile", str(HERE / "profiles" / profile)]
    command += ["--cores", str(cores)] if cores else []
    command += ["--dry-run"] if dry_run else []
    command += context.args
    sys.stdout.flush()
    os.execv(sys.executable, command)


@app.command()
def plan(
    campaign: CampaignFile,
    ns_per_day: Annotated[
        float | None, typer.Option(min=1e-6, help="Speed of one run on your GPU, for GPU-hours.")
    ] = None,
) -> None:
    """Say what a campaign will take: jobs, particles, steps, disk. Starts nothing."""
    from analysis.figures import FIGURES
    from workflow import plan as planning

    stages = planning.stages(read_campaign(campaign), len(FIGURES))
    table = Table(title=f"Plan of {campaign}", box=SIMPLE)
    table.add_column("stage")
    for column in ("jobs", "particles, about", "MD steps", "simulated / ns", "disk / GB"):
        table.add_column(column, justify="right")
    for stage in stages:
        disk = None if stage.disk_bytes is None else stage.disk_bytes / 1e9
        numbers = (stage.jobs, stage.particles, stage.steps, stage.simulated_ns, disk)
        table.add_row(stage.name, *(_number(number) for number in numbers))
    console.print(table)
    console.print(f"{sum(stage.jobs for stage in stages)} jobs")
    if ns_per_day is None:
        console.print("GPU-hours: give --ns-per-day, as `polyamide status` shows it for a run")
    else:
        hours = planning.gpu_hours(stages, ns_per_day)
        console.print(
            f"{hours:.3g} GPU-hours of equilibration and transport at {ns_per_day:g} ns/day a run"
        )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


@app.command()
def status(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", exists=True, file_okay=False)],
) -> None:
    """Show how far every run of a campaign is: ns done, ns/day, time to go."""
    from mdtools.status import campaign_status

    runs = campaign_status(results)
    if runs.empty:
        console.print(f"{results}: no run has started yet")
        return
    if runs["campaign"].nunique() == 1:
        runs = runs.drop(columns="campaign")
    table = Table(title=f"Runs of {results}", box=SIMPLE)
    for column in runs.columns:
        table.add_column(column.replace("_", " "), no_wrap=True)
    for row in runs.itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    console.print(table)
    done = (runs["state"] == "done").sum()
    console.print(f"{done} of {len(runs)} runs done")


def _cell(value) -> str:
    if value is None or value != value:
        return "?"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@app.command()
def doctor() -> None:
    """Look at this machine: versions, OpenMM platforms, driver, packmol, disk."""
    from workflow.doctor import findings

    found = findings(Path.cwd())
    for finding in found:
        mark = "[green]ok  [/green]" if finding.fine else "[red]MEND[/red]"
        console.print(f"{mark} {finding.what}: ", end="")
        console.print(finding.seen, markup=False, highlight=False)
        if not finding.fine:
            console.print(f"       {finding.remedy}", highlight=False)
    if not all(finding.fine for finding in found):
        raise typer.Exit(1)


@app.command()
def selfcheck(
    cell: Annotated[
        Path | None,
        typer.Argument(metavar="[CELL]", help="Cell of a campaign; a box of water if left out."),
    ] = None,
    platform: Annotated[str, typer.Option(help="OpenMM platform, or auto.")] = "auto",
) -> None:
    """Compare the forces of a platform with those of OpenMM's Reference platform."""
    from mdtools import Bundle
    from mdtools.options import NonbondedOptions, PlatformOptions
    from mdtools.selfcheck import selfcheck as compare
    from mdtools.waterbox import water_box

    if cell is None:
        system, state = water_box(NonbondedOptions())
    else:
        bundle = Bundle.load(cell)
        system, state = bundle.system, bundle.state
    found = compare(system, state, PlatformOptions(name=platform))
    console.print(
        f"{found['platform']}: median relative error of the forces on "
        f"{system.getNumParticles()} particles {found['median_relative_force_error']:.2g}, "
        f"{'passed' if found['passed'] else 'FAILED'}"
    )
    if not found["passed"]:
        raise typer.Exit(EXIT_PHYSICS)


@app.command()
def transport(
    campaign: CampaignFile,
    layout: str,
    salt: str,
    trial: int,
    until_ps: Annotated[float, typer.Option(min=0, help="Simulated time to reach.")],
    record: Annotated[Path, typer.Option(help="File that says what was reached.")],
) -> None:
    """Advance one trial, from wherever it is; ends with 0, 65 (physics), 75 (again) or 78."""
    from workflow.chunk import advance
    from workflow.job import exit_code

    try:
        progress = advance(read_campaign(campaign), layout, salt, trial, until_ps, record)
    except (ValueError, RuntimeError) as error:
        if not hasattr(error, "exit_code"):
            raise
        print(f"{layout} {salt} trial {trial}: {error}", file=sys.stderr)
        raise typer.Exit(exit_code(error)) from error
    console.print(f"{layout} {salt} trial {trial}: {progress['ns_done']:g} ns done")
