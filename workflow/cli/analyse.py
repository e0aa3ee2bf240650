"""The command ``polyamide analyse``: trajectories of other programs.

What takes seconds to import is imported by the command that needs it.
"""

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflow.cli import completion, talk
from workflow.cli.study_file import read_study
from workflow.cli.terminal import console, refuse, to_be_written

if TYPE_CHECKING:
    from analysis.results import Results
    from analysis.universes import Study


def analyse(
    study: Annotated[
        Path,
        typer.Argument(
            metavar="STUDY.yaml",
            help="Topology, trajectories and what is what.",
            autocompletion=completion.yaml_files,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", callback=to_be_written, help="Where tables and figures go."),
    ],
    workers: Annotated[int, typer.Option(min=1, help="Trials read at a time.")] = 1,
    figures: Annotated[bool, typer.Option(help="Draw the figures, too.")] = True,
    stamp: Annotated[str | None, typer.Option(help="Word written across every figure.")] = None,
) -> None:
    """Measure what the ions did in trajectories that any program wrote; see docs/outside.md.

    A trial that was read before is not read again unless its files or selections changed.
    """
    settings = read_study("analyse", study)

    from analysis.reading.errors import CollectError
    from analysis.store import StoreError
    from analysis.universes import analyse as measure
    from analysis.universes import notes_of
    from workflow.pages import outside

    # What of their words concerns the user is said by the analysis itself.
    warnings.filterwarnings("ignore", module=r"MDAnalysis\b")
    try:
        bar = sys.stderr.isatty() and not talk.is_quiet()
        results = measure(settings, out, workers, progress=bar, log=_tell)
    except (CollectError, StoreError, ValueError) as error:
        raise refuse(f"analyse: {error}") from error
    for note in notes_of(settings, out):
        print(f"analyse: note: {note}", file=sys.stderr)
    console.print(f"Tables: {out}/observables/{settings.layout}/{settings.salt}", markup=False)
    drawn, failed = _draw(results, settings, out / "figures", stamp) if figures else ([], [])
    console.print(f"Report: {outside.write(settings, results, drawn, out)}", markup=False)
    if failed:
        raise typer.Exit(1)


def _tell(line: str) -> None:
    if not talk.is_quiet():
        print(f"analyse: {line}", file=sys.stderr)


def _draw(
    results: "Results", settings: "Study", directory: Path, stamp: str | None
) -> tuple[list[str], list[str]]:
    """Draw all figures that tables have rows for; return the names of those drawn, and failed."""
    from rich.progress import track

    from analysis.catalogue import tables_of
    from analysis.figures import FIGURES, draw

    drawn, failed = [], []
    hidden = talk.is_quiet() or not console.is_terminal
    for name in track(FIGURES, "Drawing figures", console=console, transient=True, disable=hidden):
        try:
            stem = directory / name
            draw(name, results.directories, stem, stamp, settings.analysis, None)
            drawn.append(name)
        except (ValueError, KeyError, IndexError, AttributeError) as error:
            empty = [table for table in tables_of(name) if not len(results[table])]
            if empty:
                reason = f"{', '.join(empty)} have no rows"
                print(f"analyse: note: figure {name} is not drawn: {reason}", file=sys.stderr)
                continue
            failed.append(name)
            print(f"analyse: figure {name} is not drawn: {error!r}", file=sys.stderr)
    console.print(f"Figures: {directory}", markup=False)
    return drawn, failed
