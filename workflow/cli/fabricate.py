"""The command ``polyamide fabricate``: the films of a fabrication study, and what they are worth.

What takes seconds to import is imported by the command that needs it.
"""

from pathlib import Path
from typing import Annotated

import typer

from workflow.cli.membranes.arguments import simulation_errors_in_one_line
from workflow.cli.terminal import to_be_written


def fabricate(
    file: Annotated[
        Path, typer.Argument(metavar="STUDY.yaml", help="Membranes and their recipes.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR", callback=to_be_written, help="Where films, tables, figures go."
        ),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Only read the file and list what would be made.")
    ] = False,
) -> None:
    """Make every film of a study, one after another, and write its tables, figures and page."""
    from workflow.fabrication.films import make_film
    from workflow.fabrication.study import FabricationStudy
    from workflow.fabrication.write import write

    with simulation_errors_in_one_line("fabricate"):
        study = FabricationStudy.read(file)
        for membrane, repeat in study.members:
            steps = ", ".join(step.step for step in study.recipe(membrane).steps)
            print(f"{membrane}, repeat {repeat}: {steps}", flush=True)
            if not check:
                make_film(study, out, membrane, repeat)
        if not check:
            write(study, out)
