"""The command ``polyamide plan``: what a campaign will take."""

from typing import Annotated

import typer

from analysis.catalogue import FIGURES, figure_stems, table_names
from workflow.cli import talk
from workflow.cli.terminal import CampaignFile, console, read_campaign, refuse

CARDS = (1, 4, 8)
"""GPUs that days are told for, where a user does not say."""
SECONDS = 20.0
SECONDS_PER_MINUTE = 60


def plan(
    file: CampaignFile,
    ns_per_day: Annotated[
        float | None,
        typer.Option(
            min=1e-6,
            help="Speed of one transport run, in a pack if there are packs.",
        ),
    ] = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure the speed of this machine now.")
    ] = False,
    seconds: Annotated[
        float, typer.Option(min=1, max=600, help="Wall time that --measure takes.")
    ] = SECONDS,
    gpus: Annotated[
        int | None, typer.Option(min=1, help="Tell the days on so many GPUs; 1, 4, 8 if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Say what a campaign will take: jobs, steps, disk, files, GPU-hours. Starts nothing."""
    from mdtools.runs import rates
    from mdtools.systems.platforms import installed_platforms
    from workflow.campaign import packing
    from workflow.campaign import plan as planning
    from workflow.campaign import speeds as speeding

    if measure and ns_per_day is not None:
        raise refuse("plan: --ns-per-day and --measure: allowed is one of them")
    campaign = read_campaign(file)
    stages = planning.stages(
        campaign,
        figures=len(figure_stems(FIGURES, list(campaign.salts))),
        tables=len(table_names()),
    )
    transport = next(stage for stage in stages if stage.name == "transport")
    replicas = campaign.platform.replicas_per_gpu
    platform, device = _here(campaign)
    if ns_per_day is not None:
        known = packing.size(campaign.platform, transport.chains)
        speeds = speeding.given(ns_per_day, transport, known)
    elif measure:
        rate = _measured(campaign, transport, seconds)
        speeds = speeding.measured([rate], transport, replicas)
    else:
        usable = speeding.usable(rates.kept(), campaign, platform, device)
        speeds = speeding.measured(usable, transport, replicas)
    content = _content(campaign, stages, speeds, gpus, installed_platforms())
    if as_json:
        talk.show_json(content, indent=None)
    else:
        elsewhere = ns_per_day is not None or gpus is not None
        here = platform in packing.NO_GPU and not elsewhere
        device = "CPU" if here or not packing.wants_gpu(campaign.platform) else "GPU"
        with talk.aloud():
            _show(file, content, device)


def _here(campaign) -> tuple[str | None, str | None]:
    """Return the platform and the device that the campaign gets on this machine, None without."""
    from mdtools.errors import SettingsError
    from mdtools.systems import devices
    from mdtools.systems.platforms import open_platform

    try:
        name = open_platform(campaign.platform)[0].getName()
    except SettingsError:
        return None, None
    if name == "CUDA" and devices.gpu()[0] is None:
        return name, None
    return name, devices.device(name, campaign.platform.cpu_threads)


def _measured(campaign, transport, seconds: float):
    """Measure a box of the largest cell's size, keep the rate and return it."""
    import openmm

    from mdtools.runs import rates
    from mdtools.systems import devices
    from mdtools.systems.platforms import open_platform
    from mdtools.systems.speed import measure
    from workflow.jobs.exit_codes import exit_code_on_error

    options, timestep_fs = campaign.platform, campaign.transport.timestep_fs
    try:
        with exit_code_on_error("plan: --measure"):
            found = measure(
                transport.particles,
                campaign.nonbonded,
                options,
                timestep_fs=timestep_fs,
                seconds=seconds,
            )
            platform = open_platform(options)[0].getName()
    except openmm.OpenMMException as error:
        reason = " ".join(str(error).split())
        raise refuse(f"plan: --measure: {options.name} does not work here: {reason}") from None
    rate = rates.Rate(
        device=devices.device(platform, options.cpu_threads),
        platform=platform,
        precision=options.precision,
        particles=found.particles,
        timestep_fs=timestep_fs,
        ns_per_day=found.ns_per_day,
        source="box",
    )
    return rates.keep(rate)


def _content(campaign, stages, speeds, gpus: int | None, installed: list[str]) -> dict:
    """Return everything that a plan says, as plain data; hours and days only with a speed."""
    from dataclasses import asdict

    from workflow.campaign import plan as planning
    from workflow.campaign import speeds as speeding

    hours = {
        stage.name: None if speeds is None else speeding.gpu_hours(stage, speeds)
        for stage in stages
    }
    total = planning.total(stages)
    rows = [
        asdict(stage) | {"timestep_fs": stage.timestep_fs, "gpu_hours": hours[stage.name]}
        for stage in stages
    ]
    sum_of_hours = None if speeds is None else sum(value or 0.0 for value in hours.values())
    cards = CARDS if gpus is None else (gpus,)
    days = None
    if speeds is not None:
        days = {str(count): speeding.days(stages, speeds, count) for count in cards}
    return {
        "campaign": campaign.name,
        "stages": rows,
        "total": asdict(total) | {"gpu_hours": sum_of_hours},
        "speed": None if speeds is None else asdict(speeds),
        "days_on_gpus": days,
        "segment_ps": campaign.transport.segment_ps,
        "segment_s": None if speeds is None else _segment_seconds(campaign, speeds),
        "notes": planning.notes(campaign, installed),
    }


def _segment_seconds(campaign, speeds) -> float:
    from workflow.campaign.speeds import segment_seconds

    return segment_seconds(campaign, speeds.transport.ns_per_day)


def _show(file, content: dict, device: str) -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(title=f"Plan of {file}", box=SIMPLE)
    table.add_column("stage")
    columns = ("jobs", "particles, about", "MD steps", "simulated / ns", "disk", "files")
    for column in (*columns, f"{device}-hours"):
        table.add_column(column, justify="right")
    for row in (*content["stages"], content["total"]):
        if row["name"] == "total":
            table.add_section()
        numbers = (row["jobs"], row["particles"], row["steps"], row["simulated_ns"])
        rest = (_disk(row["disk_bytes"]), _number(row["files"]), _hours(row["gpu_hours"]))
        table.add_row(row["name"], *map(_number, numbers), *rest)
    console.print(table)
    console.print(f"{content['total']['jobs']} jobs")
    for note in content["notes"]:
        console.print(f"Note: {note}", markup=False, highlight=False)
    if content["speed"] is None:
        console.print(
            f"{device}-hours: no speed of such a campaign on this machine is kept; --measure "
            "measures it here, or give --ns-per-day, as `polyamide status` shows it for a run",
            highlight=False,
        )
        return
    said = dict.fromkeys(speed["said"] for speed in content["speed"].values())
    days = [f"{value:.3g} on {count}" for count, value in content["days_on_gpus"].items()]
    console.print(
        f"{content['total']['gpu_hours']:.4g} {device}-hours, from {'; '.join(said)}",
        markup=False,
        highlight=False,
    )
    console.print(f"Days on {device}s, stage after stage: {', '.join(days)}", highlight=False)
    console.print(
        f"A segment of {content['segment_ps']:g} ps takes about "
        f"{content['segment_s'] / SECONDS_PER_MINUTE:.3g} min; a walltime has to hold several",
        highlight=False,
    )


def _hours(value: float | None) -> str:
    return "" if value is None else f"{value:,.3g}"


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
