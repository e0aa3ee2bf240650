"""The commands ``polyamide membranes export`` and ``import``: files of other programs.

What takes seconds to import is imported by the command that needs it.
"""

import sys
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
    relaxation_options,
    simulation_errors_in_one_line,
)
from workflow.cli.terminal import console, to_be_written


class Format(StrEnum):
    """Formats of `mdtools.exports`, and all of them."""

    pdb = "pdb"
    mmcif = "mmcif"
    amber = "amber"
    gromacs = "gromacs"
    lammps = "lammps"
    all = "all"


def export(
    source: NetworkSource,
    out: Annotated[
        Path, typer.Option(metavar="DIR", callback=to_be_written, help="Where the files go.")
    ],
    format: Annotated[Format, typer.Option(help="Which files.")] = Format.all,
    layout: Annotated[
        str | None, typer.Option(help="Charge a neutral network first, e.g. pH7.")
    ] = None,
    relaxation_ps: Annotated[
        float | None,
        typer.Option(
            min=0.001, help="With --format gromacs: what it needs to relax the network that long."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the layout and the relaxation.")] = 0,
    folder: Library = None,
) -> None:
    """Write a network as PDB, mmCIF, AMBER, GROMACS or LAMMPS files."""
    relaxation = relaxation_ps and relaxation_options(
        "membranes export", duration_ps=relaxation_ps, hydrogens="heavy", timestep_fs=4.0
    )
    with simulation_errors_in_one_line("membranes export"):
        _check_together(format, layout, relaxation)
        network = read_network(source, folder)
        stem = Path(source).resolve().stem if Path(source).exists() else source
        if layout is not None:
            network, stem = _charged(network, source, layout, seed), f"{stem}-{layout}"
        paths = _write(network, stem, format, out)
        if relaxation:
            paths += _write_relaxation(network, stem, relaxation, seed, out)
        for path in paths:
            console.print(str(path), markup=False, highlight=False)


def _check_together(format: Format, layout: str | None, relaxation) -> None:
    from mdtools.errors import SettingsError

    if relaxation and format is not Format.gromacs:
        raise SettingsError("--relaxation-ps needs --format gromacs")
    if relaxation and layout is not None:
        raise SettingsError(
            "--relaxation-ps and --layout together make a network that import cannot find again: "
            "relax the neutral one and lay out what comes back, or name the directory of a charged "
            "network"
        )


def import_(
    source: NetworkSource,
    coordinates: Annotated[
        Path,
        typer.Argument(
            metavar="COORDINATES",
            help="File of another program (.gro, .pdb, .rst7, .xtc, .dcd, ...); the last frame of "
            "a trajectory is taken.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", callback=to_be_written, help="Where the network goes.")
    ],
    platform: Annotated[
        str, typer.Option(metavar="|".join(PLATFORMS), help="Of the minimisation.")
    ] = "auto",
    cpu_threads: Annotated[int, CPU_THREADS] = 1,
    folder: Library = None,
) -> None:
    """Take up a dry network again that another program has moved; it is minimised."""
    from mdtools.options import PlatformOptions

    check_platform(platform)
    with simulation_errors_in_one_line("membranes import"):
        network = read_network(source, folder)
        from workflow.jobs.membrane import import_membrane

        import_membrane(
            network,
            source,
            coordinates,
            out,
            platform=PlatformOptions(name=platform, cpu_threads=cpu_threads),
        )


def _charged(network, source: str, layout: str, seed: int):
    from mdtools.errors import SettingsError
    from membranes import lay_out

    if charged := len(network.groups):
        raise SettingsError(
            f"{source} has {charged} charged groups already; leave --layout out, or name a "
            "neutral network"
        )
    return lay_out(network, layout, seed=seed)


def _write(network, stem: str, format: Format, out: Path) -> list[Path]:
    from mdtools.exports import FORMATS, export, parameters
    from membranes.building.relaxation import centred
    from membranes.networks.labels import residue_labels

    title = f"{stem}, {len(network.names)} atoms, {network.formal_charge:+d} e"
    content = parameters(centred(network).polymer(), residue_labels(network), title)
    formats = FORMATS if format is Format.all else (format.value,)
    crossing = int(content.images(content.bonds.atoms).any(axis=1).sum())
    if crossing and "amber" in formats:
        print(
            f"note: {crossing} bonds go through the periodic boundary, which sander and pmemd "
            "cannot compute; OpenMM and GROMACS can (docs/library.md)",
            file=sys.stderr,
        )
    return [path for name in formats for path in export(content, name, out, stem)]


def _write_relaxation(network, stem: str, relaxation, seed: int, out: Path) -> list[Path]:
    """Write a relaxation that starts at full temperature from rest, as this package's does."""
    from mdtools.options import NonbondedOptions, PlatformOptions
    from membranes.building.relaxation import centred, minimised
    from membranes.other_programs import write_gromacs_relaxation

    rested = minimised(centred(network), NonbondedOptions(), PlatformOptions())
    return write_gromacs_relaxation(rested, relaxation, seed=seed, directory=out, stem=stem)
