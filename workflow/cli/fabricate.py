"""The command ``polyamide fabricate``: the films of a fabrication study, and what they are worth.

What takes seconds to import is imported by the command that needs it.
"""

from pathlib import Path
from typing import Annotated

import typer

from mdtools.filesystem import refusal
from workflow.cli import completion
from workflow.cli.membranes.arguments import simulation_errors_in_one_line
from workflow.cli.terminal import refuse, to_be_written


def fabricate(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="STUDY.yaml",
            help="Membranes and their recipes.",
            autocompletion=completion.yaml_files,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            callback=to_be_written,
            help="Where films, tables, figures go; results/NAME of the study if left out.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only read the file and list what would be made.")
    ] = False,
) -> None:
    """Make every film of a study, one after another, and write its tables, figures and page."""
    from workflow.fabrication.study import FabricationStudy
    from workflow.jobs.exit_codes import exit_code_on_error

    with exit_code_on_error("fabricate"):
        study = FabricationStudy.read(file)
        steps = {
            (membrane, repeat): ", ".join(step.step for step in study.recipe(membrane).steps)
            for membrane, repeat in study.members
        }
    if check:
        for (membrane, repeat), names in steps.items():
            print(f"{membrane}, repeat {repeat}: {names}")
        return
    results = out or Path("results") / study.name
    if reason := refusal(results):
        raise refuse(f"fabricate: {results}: {reason}")
    from workflow.fabrication.films import make_film
    from workflow.fabrication.write import write

    with simulation_errors_in_one_line("fabricate"):
        for (membrane, repeat), names in steps.items():
            print(f"{membrane}, repeat {repeat}: {names}", flush=True)
            make_film(study, results, membrane, repeat)
        write(study, results)
