"""The commands ``polyamide membranes build`` and ``relax``.

What takes seconds to import is imported by the command that needs it.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mdtools.platform_names import PLATFORMS
from workflow.cli.membranes.arguments import (
    CPU_THREADS,
    Library,
    NetworkSource,
    check_platform,
    relaxation_options,
    simulation_errors_in_one_line,
)
from workflow.cli.terminal import MembraneName, read_membrane, to_be_written


class Protocol(StrEnum):
    """Reaction protocols of `membranes.building.options`."""

    gentle = "gentle"
    paper = "paper"


class Hydrogens(StrEnum):
    """Treatments of hydrogens in a relaxation."""

    flexible = "flexible"
    rigid = "rigid"
    heavy = "heavy"


def build(
    file: Annotated[
        Path, typer.Argument(metavar="CAMPAIGN.yaml", help="Its membrane block is built.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", callback=to_be_written, help="Where the network goes.")
    ],
    seed: Annotated[int | None, typer.Option(min=0, help="In place of the campaign's.")] = None,
    protocol: Annotated[
        Protocol | None, typer.Option(help="Reaction protocol, in place of the campaign's.")
    ] = None,
    relaxation_ps: Annotated[
        float | None, typer.Option(min=0.001, help="In place of the campaign's.")
    ] = None,
    platform: Annotated[
        str | None, typer.Option(metavar="|".join(PLATFORMS), help="In place of the campaign's.")
    ] = None,
    cpu_threads: Annotated[int | None, CPU_THREADS] = None,
    membrane: MembraneName = "",
) -> None:
    """Build one network, or go on with one that was stopped."""
    if platform is not None:
        check_platform(platform)
    campaign, _ = read_membrane(file, membrane)
    from workflow.jobs.membrane import build_membrane

    with simulation_errors_in_one_line("membranes build"):
        build_membrane(
            campaign,
            out,
            seed=seed,
            protocol=protocol and protocol.value,
            relaxation_ps=relaxation_ps,
            platform=platform,
            cpu_threads=cpu_threads,
        )


def relax(
    source: NetworkSource,
    out: Annotated[
        Path, typer.Option(metavar="DIR", callback=to_be_written, help="Where the network goes.")
    ],
    duration_ps: Annotated[float, typer.Option(min=0.001, help="What is added.")],
    hydrogens: Annotated[
        Hydrogens, typer.Option(help="Flexible, rigid, or rigid and heavy.")
    ] = Hydrogens.heavy,
    timestep_fs: Annotated[float, typer.Option(min=0.01, max=4.0)] = 4.0,
    segment_ps: Annotated[float, typer.Option(min=0.01, help="Between states on disk.")] = 100.0,
    seed: Annotated[int, typer.Option(min=0, help="Of velocities and noise.")] = 0,
    platform: Annotated[str, typer.Option(metavar="|".join(PLATFORMS))] = "auto",
    cpu_threads: Annotated[int, CPU_THREADS] = 1,
    folder: Library = None,
) -> None:
    """Relax a finished network for another while, dry; goes on if it was stopped."""
    from mdtools.options import PlatformOptions
    from membranes import library
    from workflow.jobs.membrane import relax_membrane

    check_platform(platform)
    options = relaxation_options(
        "membranes relax",
        duration_ps=duration_ps,
        hydrogens=hydrogens.value,
        timestep_fs=timestep_fs,
        segment_ps=segment_ps,
    )
    with simulation_errors_in_one_line("membranes relax"):
        relax_membrane(
            source,
            out,
            options,
            seed=seed,
            platform=PlatformOptions(name=platform, cpu_threads=cpu_threads),
            library_directory=folder or library.DATA,
        )
