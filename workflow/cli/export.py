"""The commands ``polyamide export``: results for other people's programs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workflow.cli import completion, talk
from workflow.cli.terminal import console, to_be_written

app = talk.Program(no_args_is_help=True, help="Results for other people's programs.")


class CellFormat(StrEnum):
    """Formats of `mdtools.exports.whole_cells`, and all of them."""

    gromacs = "gromacs"
    lammps = "lammps"
    all = "all"


@app.callback()
def _group() -> None:
    """Results for other people's programs."""


@app.command()
def crate(
    results: Annotated[
        Path,
        typer.Argument(
            metavar="RESULTS", help="results/<campaign>.", autocompletion=completion.results
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Directory, or a file that ends with .zip; <campaign>.crate.zip."),
    ] = None,
    trajectories: Annotated[
        bool, typer.Option("--trajectories", help="Also all frames of the runs.")
    ] = False,
    license: Annotated[
        str | None, typer.Option(metavar="URL", help="Of the results, which are yours.")
    ] = None,
) -> None:
    """Pack results, campaign, workflow, versions and seeds into an RO-Crate.

    By the profile Workflow Run Crate 0.5; read again and checked before it takes its name.
    """
    from workflow.crates.write import NOT_STATED, write
    from workflow.jobs.exit_codes import exit_code_on_error

    target = out or Path(f"{results.resolve().name}.crate.zip")
    with exit_code_on_error("export crate"):
        count = write(results, target, trajectories=trajectories, license=license or NOT_STATED)
    console.print(f"{target}: {count} files of results, checked", markup=False, highlight=False)


@app.command()
def cell(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="CELL",
            help="results/<campaign>/cell/<layout>/<salt>, or start/<layout>/<salt>/trial<k>.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", callback=to_be_written, help="Where the files go.")
    ],
    format: Annotated[CellFormat, typer.Option(help="For which program.")] = CellFormat.all,
    force: Annotated[
        float | None,
        typer.Option(min=0, metavar="KCAL_MOL_A", help="Drive on each feed ion, times |z|; 0.072."),
    ] = None,
) -> None:
    """Write a cell with water, ions and pistons as files that GROMACS or LAMMPS runs."""
    from mdtools.exports.whole_cells import CELL_FORMATS, export_cell
    from mdtools.options import DriveOptions
    from workflow.jobs.exit_codes import exit_code_on_error

    drive = DriveOptions() if force is None else DriveOptions(force_kcal_mol_angstrom=force)
    with exit_code_on_error("export cell"):
        parts = source.resolve().parts
        stem = "-".join(parts[-3:] if parts[-1].startswith("trial") else parts[-2:])
        for name in CELL_FORMATS if format is CellFormat.all else (format.value,):
            for path in export_cell(source, name, out, stem, drive):
                console.print(str(path), markup=False, highlight=False)


@app.command()
def trajectory(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN", help="results/<campaign>/transport/<layout>/<salt>/trial<k>."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Ends with .xtc or .dcd.")],
    every: Annotated[int, typer.Option(min=1, help="Write one of so many frames.")] = 1,
) -> None:
    """Write all full frames of a run as one XTC or DCD file, with a PSF beside it."""
    from mdtools.exports.trajectory import write_trajectory
    from workflow.jobs.exit_codes import exit_code_on_error

    with exit_code_on_error("export trajectory"):
        written = write_trajectory(run, out, every)
    console.print(
        f"{written.path}: {written.frames} frames of {written.atoms} atoms, the first at "
        f"{written.first_ps:g} ps, one every {written.interval_ps:g} ps\n{written.topology}",
        markup=False,
        highlight=False,
    )
