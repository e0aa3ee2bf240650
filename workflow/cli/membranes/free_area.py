"""The command ``polyamide membranes free-area``.

What takes seconds to import is imported by the command.
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
    read_network,
    simulation_errors_in_one_line,
)
from workflow.cli.terminal import console, refuse, to_be_written

COMMAND = "membranes free-area"


class Cation(StrEnum):
    """Counter-ions of a negative network."""

    lithium = "Li+"
    sodium = "Na+"
    potassium = "K+"
    magnesium = "Mg2+"
    calcium = "Ca2+"


def free_area(
    source: NetworkSource,
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", callback=to_be_written, help="Where series and report go."),
    ],
    duration_ps: Annotated[float, typer.Option(min=0.001, help="At free area.")],
    equilibration_ps: Annotated[
        float, typer.Option(min=0.001, help="Before, at the network's own area.")
    ] = 100.0,
    warm_up_ps: Annotated[
        float, typer.Option(min=0.001, help="Between, while the moves adapt their steps.")
    ] = 20.0,
    water_nm: Annotated[float, typer.Option(min=0.5, help="Water outside of each face.")] = 1.0,
    pressure_mpa: Annotated[float, typer.Option(help="Lateral and normal; tension below 0.")] = 0.1,
    cation: Annotated[Cation, typer.Option(help="Counter-ion of a negative network.")] = (
        Cation.sodium
    ),
    truncated: Annotated[
        bool, typer.Option("--truncated", help="Lennard-Jones without a tail correction.")
    ] = False,
    timestep_fs: Annotated[float, typer.Option(min=0.01, max=2.0)] = 2.0,
    cutoff_nm: Annotated[float, typer.Option(min=0.1, help="Below half of each box length.")] = 0.9,
    seed: Annotated[int, typer.Option(min=0, help="Of ions, noise and moves.")] = 0,
    platform: Annotated[str, typer.Option(metavar="|".join(PLATFORMS))] = "auto",
    cpu_threads: Annotated[int, CPU_THREADS] = 1,
    folder: Library = None,
) -> None:
    """Hydrate a network without sheets and let its area go: strain, lateral pressure, water."""
    from pydantic import ValidationError

    from mdtools.options import FreeAreaOptions, NonbondedOptions, PlatformOptions

    check_platform(platform)
    try:
        options = FreeAreaOptions(
            duration_ps=duration_ps,
            equilibration_ps=equilibration_ps,
            warm_up_ps=warm_up_ps,
            water_nm=water_nm,
            pressure_MPa=pressure_mpa,
            cation=cation.value,
            tail_correction=not truncated,
            timestep_fs=timestep_fs,
        )
    except ValidationError as error:
        raise refuse(f"{COMMAND}: {error.errors()[0]['msg']}") from None
    with simulation_errors_in_one_line(COMMAND):
        network = read_network(source, folder)
        from workflow.jobs.free_area import free_area_of_membrane

        report = free_area_of_membrane(
            network,
            source,
            out,
            options,
            nonbonded=NonbondedOptions(cutoff_nm=cutoff_nm),
            seed=seed,
            platform=PlatformOptions(name=platform, cpu_threads=cpu_threads),
        )
    before = report["summary"]["at_fixed_area"]
    strain = report["summary"]["area_strain_percent"]
    for line in (
        f"At its own area: lateral pressure {_with_interval(before['lateral_pressure_MPa'], 0)} "
        f"MPa; {before['in_words']}",
        f"Areal strain: {_with_interval(strain, 2)} %; {strain['in_words']}",
    ):
        console.print(line, markup=False, highlight=False)


def _with_interval(averaged: dict, digits: int) -> str:
    mean = f"{averaged['mean']:.{digits}f}"
    if averaged["interval"] is None:
        return mean
    low, high = (f"{edge:.{digits}f}" for edge in averaged["interval"])
    return f"{mean} ({low} to {high})"
