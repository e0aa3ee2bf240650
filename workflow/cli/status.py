"""The command ``polyamide status``: how far the runs of a campaign are."""

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.table import Table

from workflow.cli.terminal import console


def status(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", exists=True, file_okay=False)],
) -> None:
    """Show how far every run of a campaign is: ns done, ns/day, time to go."""
    from workflow.campaign.runs import status as status_of_runs

    runs = status_of_runs(results)
    if runs.empty:
        console.print(f"{results}: no run has started yet")
        return
    if runs["campaign"].nunique() == 1:
        runs = runs.drop(columns="campaign")
    table = Table(title=f"Runs of {results}", box=SIMPLE)
    for column in runs.columns:
        table.add_column(column.replace("_", " "), no_wrap=True)
    for row in runs.itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    console.print(table)
    done = (runs["state"] == "done").sum()
    console.print(f"{done} of {len(runs)} runs done")


def _cell(value) -> str:
    if value is None or value != value:
        return "?"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
