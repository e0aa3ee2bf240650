"""The command ``polyamide``."""

import importlib.util
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from mdtools.options import PLATFORMS, PlatformOptions
from workflow import analyse_cli, dspmde_cli, membranes_cli

app = typer.Typer(
    help="Ion transport through polyamide membranes, from a campaign file to figures.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

EXIT_PHYSICS = 65
EXIT_SETTINGS = 78
SLURM_PLUGIN = "snakemake_executor_plugin_slurm"
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


def refuse(line: str) -> typer.Exit:
    """Say in one line what was asked for and cannot be; to be raised."""
    print(line, file=sys.stderr)
    return typer.Exit(EXIT_SETTINGS)


def _show_version(asked: bool) -> None:
    if asked:
        from mdtools.provenance import versions

        print(f"polyamide {versions()['package']}")
        raise typer.Exit


app.add_typer(membranes_cli.app, name="membranes")
app.add_typer(dspmde_cli.app, name="dspmde")
app.command()(analyse_cli.analyse)


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Ion transport through polyamide membranes, from a campaign file to figures."""


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
    from workflow import expected

    asked = read_campaign(campaign)
    if profile is Profile.slurm and importlib.util.find_spec(SLURM_PLUGIN) is None:
        raise refuse(
            "profile slurm: Snakemake's Slurm plugin is not installed; install it with "
            '`make venv LOCKS="requirements.lock requirements-slurm.lock"`, on NVIDIA GPUs with '
            "requirements-cuda12.lock in place of requirements.lock"
        )
    results = Path("results") / asked.name
    if not dry_run:
        expected.write(asked, results)
    console.print(f"Report, once done: {results}/report.html")
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
    from workflow import plan as planning

    # Every figure has one; counting them spares the import of matplotlib.
    captions = list((HERE / "report").glob("*.rst"))
    asked = read_campaign(campaign)
    stages = planning.stages(asked, len(captions))
    table = Table(title=f"Plan of {campaign}", box=SIMPLE)
    table.add_column("stage")
    for column in ("jobs", "particles, about", "MD steps", "simulated / ns", "disk"):
        table.add_column(column, justify="right")
    for stage in (*stages, planning.total(stages)):
        if stage.name == "total":
            table.add_section()
        numbers = (stage.jobs, stage.particles, stage.steps, stage.simulated_ns)
        table.add_row(stage.name, *map(_number, numbers), _disk(stage.disk_bytes))
    console.print(table)
    console.print(f"{planning.total(stages).jobs} jobs")
    for note in planning.notes(asked):
        console.print(f"Note: {note}", markup=False, highlight=False)
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


def _disk(size: float | None) -> str:
    """Bytes in the unit that suits them.

    >>> _disk(2.5e6), _disk(3.1e11)
    ('2.5 MB', '310 GB')
    """
    if size is None:
        return ""
    unit, factor = ("GB", 1e9) if size >= 1e9 else ("MB", 1e6)
    return f"{size / factor:,.3g} {unit}"


@app.command()
def status(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", exists=True, file_okay=False)],
) -> None:
    """Show how far every run of a campaign is: ns done, ns/day, time to go."""
    from workflow import expected

    runs = expected.status(results)
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
    """Look at this machine: versions, OpenMM platforms, driver, packmol, disk.

    "ok" is as it should be, "--" is not there and not needed, "MEND" must be mended.
    """
    from workflow.doctor import Mark, findings

    colours = {Mark.OK: "green", Mark.NOTE: "dim", Mark.MEND: "red"}
    found = findings(Path.cwd())
    for finding in found:
        console.print(f"{finding.mark:4} ", style=colours[finding.mark], end="")
        console.print(f"{finding.what}: {finding.seen}", markup=False, highlight=False)
        if finding.mark is Mark.MEND:
            console.print(f"       {finding.remedy}", highlight=False)
    if any(finding.mark is Mark.MEND for finding in found):
        raise typer.Exit(1)


@app.command()
def selfcheck(
    cell: Annotated[
        Path | None,
        typer.Argument(metavar="[CELL]", help="Cell of a campaign; a box of water if left out."),
    ] = None,
    platform: Annotated[
        str, typer.Option(metavar="|".join(PLATFORMS), help="OpenMM platform to check.")
    ] = "auto",
) -> None:
    """Compare the forces of a platform with those of OpenMM's Reference platform."""
    import openmm

    from workflow.faults import choices, hint
    from workflow.job import Answered

    if platform not in PLATFORMS:
        said = f"no such platform, allowed are {choices(PLATFORMS)}{hint(platform, PLATFORMS)}"
        raise refuse(f"selfcheck: --platform {platform}: {said}")
    try:
        with Answered("selfcheck"):
            found = _compare_forces(cell, PlatformOptions(name=platform))
    except openmm.OpenMMException as error:
        reason = " ".join(str(error).split())
        raise refuse(f"selfcheck: --platform {platform} does not work here: {reason}") from None
    console.print(
        f"{found['platform']}: median relative error of the forces on "
        f"{found['particles']} particles {found['median_relative_force_error']:.2g}, "
        f"{'passed' if found['passed'] else 'FAILED'}"
    )
    if not found["passed"]:
        raise typer.Exit(EXIT_PHYSICS)


def _compare_forces(cell: Path | None, options: PlatformOptions) -> dict:
    from mdtools import Bundle
    from mdtools.options import NonbondedOptions
    from mdtools.selfcheck import selfcheck as compare
    from mdtools.waterbox import water_box

    if cell is None:
        system, state = water_box(NonbondedOptions())
    else:
        bundle = Bundle.load(cell)
        system, state = bundle.system, bundle.state
    return compare(system, state, options) | {"particles": system.getNumParticles()}


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
    from workflow.job import Answered

    asked = read_campaign(campaign)
    with Answered(f"{layout} {salt} trial {trial}"):
        progress = advance(asked, layout, salt, trial, until_ps, record)
        console.print(f"{layout} {salt} trial {trial}: {progress['ns_done']:g} ns done")
