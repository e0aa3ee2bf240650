"""The commands ``polyamide export``: results for other people's programs."""

from pathlib import Path
from typing import Annotated

import typer

from workflow.cli.terminal import console

app = typer.Typer(no_args_is_help=True, help="Results for other people's programs.")


@app.callback()
def _group() -> None:
    """Results for other people's programs."""


@app.command()
def crate(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="results/<campaign>.")],
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
