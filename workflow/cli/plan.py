"""The command ``polyamide plan``: what a campaign will take."""

from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.table import Table

from analysis.catalogue import FIGURES
from workflow.cli.terminal import CampaignFile, console, read_campaign


def plan(
    file: CampaignFile,
    ns_per_day: Annotated[
        float | None, typer.Option(min=1e-6, help="Speed of one run on your GPU, for GPU-hours.")
    ] = None,
) -> None:
    """Say what a campaign will take: jobs, particles, steps, disk. Starts nothing."""
    from mdtools.systems.platforms import installed_platforms
    from workflow.campaign import plan as planning

    campaign = read_campaign(file)
    stages = planning.stages(campaign, len(FIGURES))
    table = Table(title=f"Plan of {file}", box=SIMPLE)
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
    for note in planning.notes(campaign, installed_platforms()):
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
    """Format bytes in a unit that suits their number.

    >>> _disk(2.5e6), _disk(3.1e11)
    ('2.5 MB', '310 GB')
    """
    if size is None:
        return ""
    unit, factor = ("GB", 1e9) if size >= 1e9 else ("MB", 1e6)
    return f"{size / factor:,.3g} {unit}"
