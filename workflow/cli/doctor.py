"""The commands ``polyamide doctor`` and ``polyamide selfcheck``: what this machine can do."""

from pathlib import Path
from typing import Annotated

import typer

from mdtools.options import PLATFORMS, PlatformOptions
from workflow.cli.terminal import EXIT_PHYSICS, console, refuse


def doctor() -> None:
    """Look at this machine: versions, OpenMM platforms, driver, packmol, disk.

    "ok" is as it should be, "--" is not there and not needed, "MEND" must be mended.
    """
    from workflow.cli.machine import Mark, findings

    colours = {Mark.OK: "green", Mark.NOTE: "dim", Mark.MEND: "red"}
    results = findings(Path.cwd())
    for finding in results:
        console.print(f"{finding.mark:4} ", style=colours[finding.mark], end="")
        console.print(f"{finding.what}: {finding.seen}", markup=False, highlight=False)
        if finding.mark is Mark.MEND:
            console.print(f"       {finding.remedy}", highlight=False)
    if any(finding.mark is Mark.MEND for finding in results):
        raise typer.Exit(1)


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

    from workflow.campaign.faults import choices, hint
    from workflow.jobs.exit_codes import exit_code_on_error

    if platform not in PLATFORMS:
        message = f"no such platform, allowed are {choices(PLATFORMS)}{hint(platform, PLATFORMS)}"
        raise refuse(f"selfcheck: --platform {platform}: {message}")
    try:
        with exit_code_on_error("selfcheck"):
            result = _compare_forces(cell, PlatformOptions(name=platform))
    except openmm.OpenMMException as error:
        reason = " ".join(str(error).split())
        raise refuse(f"selfcheck: --platform {platform} does not work here: {reason}") from None
    console.print(
        f"{result['platform']}: median relative error of the forces on "
        f"{result['particles']} particles {result['median_relative_force_error']:.2g}, "
        f"{'passed' if result['passed'] else 'FAILED'}"
    )
    if not result["passed"]:
        raise typer.Exit(EXIT_PHYSICS)


def _compare_forces(cell: Path | None, options: PlatformOptions) -> dict:
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
