"""The commands ``polyamide doctor`` and ``polyamide selfcheck``: what this machine can do."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mdtools.platform_names import PLATFORMS, PRECISIONS
from workflow.cli import talk
from workflow.cli.terminal import EXIT_PHYSICS, console, refuse

if TYPE_CHECKING:
    from mdtools.options import PlatformOptions
    from workflow.cli.machine import Finding


def doctor(
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Ask the Slurm of this machine, and write profiles/NAME/config.yaml from it.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False,
) -> None:
    """Look at this machine: versions, OpenMM platforms, driver, packmol, disk.

    "ok" is as it should be, "--" is not there and not needed, and "FIX" keeps campaigns from
    running here. With --cluster only the scheduler is asked: partitions, GPUs, walltimes, accounts.
    """
    if cluster is not None:
        _write_profile(cluster)
        return
    from workflow.cli.machine import Mark, findings

    results = findings(Path.cwd())
    if as_json:
        talk.show_json([asdict(finding) for finding in results])
    else:
        with talk.aloud():
            _list(results)
    if any(finding.mark is Mark.FIX for finding in results):
        raise typer.Exit(1)


def _list(results: "list[Finding]") -> None:
    """Print a line for each finding, and below those that must be put right how."""
    from workflow.cli.machine import Mark

    colours = {Mark.OK: "green", Mark.NOTE: "dim", Mark.FIX: "red"}
    for finding in results:
        console.print(f"{finding.mark:3} ", style=colours[finding.mark], end="")
        console.print(f"{finding.what}: {finding.seen}", markup=False, highlight=False)
        if finding.mark is Mark.FIX:
            console.print(f"    {finding.remedy}", highlight=False)


def _write_profile(name: str) -> None:
    """Write a profile for the cluster that this machine belongs to, and say what it has."""
    from mdtools.atomic import write_text
    from workflow.campaign.model import WORD
    from workflow.cluster import profile, slurm

    place = Path("profiles") / name
    if not re.fullmatch(WORD, name) or (profile.SHIPPED / name).exists():
        raise refuse(
            f"doctor: --cluster {name}: allowed is a name of letters, digits, - and _ "
            "that no shipped profile has"
        )
    if (place / profile.FILE).exists():
        raise refuse(f"doctor: {place / profile.FILE} is there; delete it, or give another name")
    try:
        found = slurm.ask()
    except slurm.NoSlurm as error:
        raise refuse(f"doctor: --cluster {name}: {error}") from None
    for line in profile.described(found):
        console.print(line, markup=False, highlight=False)
    place.mkdir(parents=True, exist_ok=True)
    write_text(place / profile.FILE, profile.text_for(found))
    console.print(f"{place / profile.FILE} written; look through it, then")
    console.print(f"polyamide run CAMPAIGN.yaml --profile {name}", markup=False)


def selfcheck(
    cell: Annotated[
        Path | None,
        typer.Option(metavar="BUNDLE", help="Cell of a campaign; a box of water if left out."),
    ] = None,
    platform: Annotated[
        str, typer.Option(metavar="|".join(PLATFORMS), help="OpenMM platform to check.")
    ] = "auto",
    precision: Annotated[
        str, typer.Option(metavar="|".join(PRECISIONS), help="Precision of a GPU.")
    ] = "mixed",
    resume: Annotated[
        bool, typer.Option("--resume", help="Find out whether resumed runs are the same bitwise.")
    ] = False,
) -> None:
    """Compare the forces of a platform with those of OpenMM's Reference platform.

    With --resume also a run that was stopped with one that was not; what is found is kept.
    """
    import openmm

    from mdtools.options import PlatformOptions
    from workflow.jobs.exit_codes import exit_code_on_error

    _allowed("--platform", platform, PLATFORMS)
    _allowed("--precision", precision, PRECISIONS)
    options = PlatformOptions(name=platform, precision=precision)
    try:
        with exit_code_on_error("selfcheck"):
            result = _compare_forces(cell, options)
            said = _forces(result)
            found = _resume(cell, options) if resume and result["passed"] else None
    except openmm.OpenMMException as error:
        reason = " ".join(str(error).split())
        raise refuse(f"selfcheck: --platform {platform} does not work here: {reason}") from None
    console.print(said)
    if found is not None:
        console.print(found)
    if not result["passed"]:
        raise typer.Exit(EXIT_PHYSICS)


def _allowed(option: str, value: str, choices_of: tuple[str, ...]) -> None:
    from workflow.campaign.faults import choices, hint

    if value not in choices_of:
        name = option.strip("-")
        message = f"no such {name}, allowed are {choices(choices_of)}{hint(value, choices_of)}"
        raise refuse(f"selfcheck: {option} {value}: {message}")


def _compare_forces(cell: Path | None, options: "PlatformOptions") -> dict:
    from mdtools import Bundle
    from mdtools.options import NonbondedOptions
    from mdtools.systems.selfcheck import selfcheck as compare
    from mdtools.systems.waterbox import water_box

    if cell is None:
        system, state = water_box(NonbondedOptions())
    else:
        bundle = Bundle.load(cell)
        system, state = bundle.system, bundle.state
    return compare(system, state, options) | {"particles": system.getNumParticles()}


def _forces(result: dict) -> str:
    return (
        f"{result['platform']}: median relative error of the forces on "
        f"{result['particles']} particles {result['median_relative_force_error']:.2g}, "
        f"{'passed' if result['passed'] else 'FAILED'}"
    )


def _resume(cell: Path | None, options: "PlatformOptions") -> str:
    """Check resuming, keep what was found, and say it."""
    from tempfile import TemporaryDirectory

    from mdtools import Bundle
    from mdtools.runs import promises
    from mdtools.runs.resume_check import check
    from mdtools.systems.waterbox import salt_water

    with TemporaryDirectory(prefix="polyamide_selfcheck_") as scratch:
        directory = Path(scratch)
        if cell is None:
            bundle = salt_water(options).save(directory / "bundle")
        else:
            bundle = Bundle.load(cell)
        found = check(bundle, options, directory)
    said = f"{found.platform}: a run of {found.steps} steps of {found.particles} particles that "
    said += "was stopped and resumed "
    if found.differing:
        said += f"differs from one that was not, first in {found.differing[0]}"
    else:
        said += "is identical to one that was not"
    kept = promises.keep(found.platform, options, found.promise)
    return f"{said}: {found.promise}, {'kept' if kept else 'not kept'} for this device"
