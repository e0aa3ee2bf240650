"""The command ``polyamide analyse``: trajectories of other programs.

What takes seconds to import is imported by the command that needs it.
"""

import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from workflow.cli.terminal import console, refuse, to_be_written


def analyse(
    study: Annotated[
        Path,
        typer.Argument(metavar="STUDY.yaml", help="Topology, trajectories and what is what."),
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
    from analysis.catalogue import tables_of
    from analysis.figures import FIGURES, draw
    from analysis.reading.observer import CollectError
    from analysis.store import StoreError
    from analysis.universes import Study, notes_of
    from analysis.universes import analyse as measure
    from workflow.pages import outside

    # What of their words concerns the user is said by the analysis itself.
    warnings.filterwarnings("ignore", module=r"MDAnalysis\b")
    try:
        settings = Study.read(study)
        results = measure(settings, out, workers, progress=sys.stderr.isatty())
    except (CollectError, StoreError, ValueError) as error:
        raise refuse(f"analyse: {error}") from error
    for note in notes_of(settings, out):
        print(f"analyse: note: {note}", file=sys.stderr)
    console.print(f"Tables: {out}/observables/{settings.layout}/{settings.salt}", markup=False)
    drawn, failed = [], []
    if figures:
        for name in FIGURES:
            try:
                stem = out / "figures" / name
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
        console.print(f"Figures: {out}/figures", markup=False)
    console.print(f"Report: {outside.write(settings, results, drawn, out)}", markup=False)
    if failed:
        raise typer.Exit(1)
