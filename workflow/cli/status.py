"""The command ``polyamide status``: how far the runs of a campaign are."""

import time
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

from mdtools.constants import SECONDS_PER_HOUR
from mdtools.durations import in_words
from mdtools.provenance import utc_now
from mdtools.runs.status import STATES, columns_of, totals
from workflow.campaign.runs import are_there
from workflow.campaign.runs import status as status_of_runs
from workflow.campaign.runs import windows as status_of_windows
from workflow.cli import talk
from workflow.cli.terminal import Results, console, refuse
from workflow.jobs.exit_codes import exit_code_on_error

SHARED = ("pack", "gpu")
"""Columns of runs that share a GPU; shown if any does."""
HEADINGS = {
    "ns_done": "ns done",
    "ns_target": "of ns",
    "percent": "%",
    "ns_per_day": "ns/day",
    "eta_h": "time left",
}
"""Of columns whose names do not read as words."""
EVERY_S = 5.0
LINES_AROUND = 8
"""Lines of the screen that the table's rows cannot have."""


class Watching(TyperCommand):
    """A command whose option ``--watch`` may stand alone or with a number of seconds."""

    def parse_args(self, ctx, args: list[str]) -> list[str]:
        """Give a lone ``--watch`` its default."""
        given = [
            f"--watch={EVERY_S:g}" if word == "--watch" and not _is_number(after) else word
            for word, after in pairwise([*args, ""])
        ]
        return super().parse_args(ctx, given)


def status(
    results: Results,
    watch: Annotated[
        float | None,
        typer.Option(
            metavar="[SECONDS]", min=0.1, help=f"Look again every so often ({EVERY_S:g} s)."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Show how far every run and the whole campaign is: ns done, ns/day, time to go."""
    if not are_there(results):
        raise refuse(
            f"status: {results} holds no results: allowed is results/CAMPAIGN, which "
            "`polyamide run` writes, or a folder of such"
        )
    with exit_code_on_error("status"), talk.aloud():
        _show(results, watch, as_json)


def _show(results: Path, watch: float | None, as_json: bool) -> None:
    """Print once, or again and again until Ctrl-C."""
    if watch is None:
        _print(results, as_json)
        return
    from rich.live import Live

    try:
        if as_json or not console.is_terminal:
            while True:
                _print(results, as_json)
                time.sleep(watch)
        with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
            while True:
                live.update(_view(results, console.height - LINES_AROUND), refresh=True)
                time.sleep(watch)
    except KeyboardInterrupt:
        return


def _print(results: Path, as_json: bool) -> None:
    if as_json:
        talk.show_json(report(results), indent=None)
    else:
        console.print(_view(results))
        console.file.flush()


def report(results: Path) -> dict:
    """Return ``results``, ``when_utc``, ``runs``, ``totals`` and ``eta_h`` of all together.

    ``windows`` are the totals of umbrella windows, None where there are none.
    """
    runs = status_of_runs(results)
    sums, windows = totals(runs), status_of_windows(results)
    return {
        "results": str(results),
        "when_utc": utc_now(),
        "runs": runs,
        "totals": sums,
        "windows": totals(windows) if windows else None,
        "eta_h": sums["eta_h"],
    }


def _view(results: Path, most_rows: int | None = None):
    """Draw the table and the line below it; ``most_rows`` keeps what matters most on a screen."""
    content = report(results)
    runs = content["runs"]
    if not runs:
        return f"{results}: no run has started yet"
    shown = runs
    if most_rows is not None and len(runs) > most_rows:
        shown = sorted(runs, key=lambda run: STATES.index(run["state"]))[: max(1, most_rows)]
    columns = [name for name in columns_of(runs) if name != "campaign" or _several(runs, name)]
    columns += [name for name in SHARED if any(run[name] is not None for run in runs)]
    from rich.box import SIMPLE
    from rich.console import Group
    from rich.table import Table

    table = Table(title=f"Runs of {results}", box=SIMPLE)
    for column in columns:
        table.add_column(HEADINGS.get(column, column), no_wrap=True)
    for run in shown:
        unshared = {name: "" for name in SHARED if run[name] is None}
        row = run | unshared
        table.add_row(*(_cell(column, row.get(column, "")) for column in columns))
    lines = [_summary(content["totals"]), *_raised(runs)]
    if content["windows"]:
        lines.append(f"Free energies: {_summary(content['windows'], 'windows')}")
    if len(shown) < len(runs):
        lines.append(f"{len(runs) - len(shown)} runs more than the screen has room for")
    return Group(table, *lines)


def _several(runs: list[dict], name: str) -> bool:
    return len({run[name] for run in runs}) > 1


def _summary(totals: dict, what: str = "runs") -> str:
    """Say in a line how far all runs together are and when they will be done."""
    line = f"{totals['done']} of {totals['runs']} {what} done"
    counted = [(totals[state], state) for state in ("running", "failed") if totals[state]]
    line += "".join(f", {count} {state}" for count, state in counted)
    line += f"; {totals['ns_done']:.4g} of {totals['ns_target']:.4g} ns"
    if not totals["ns_left"]:
        return line
    if totals["ns_per_day"] is None:
        return f"{line}; no speed is known yet"
    left = in_words(totals["eta_h"] * SECONDS_PER_HOUR)
    if totals["speed_of"] == "running":
        return f"{line}; done in {left} at the {totals['ns_per_day']:.4g} ns/day of what runs now"
    return (
        f"{line}; nothing is running; {left} at the {totals['ns_per_day']:.4g} ns/day of "
        "those that ran last"
    )


def _raised(runs: list[dict]) -> list[str]:
    """Say which runs have ended, or will, before the campaign file that was raised since."""
    raised = [run for run in runs if run["raised_from_ns"] is not None]
    if not raised:
        return []
    targets = sorted({run["ns_target"] for run in raised})
    before = sorted({run["raised_from_ns"] for run in raised})
    names = (" and ".join(f"{value:g}" for value in values) for values in (before, targets))
    was, now = names
    ended = sum(run["ns_done"] >= run["raised_from_ns"] for run in raised)
    return [
        f"The file was raised from {was} to {now} ns: {ended} of {len(runs)} runs have reached "
        "what it said before; `polyamide run` goes on with them"
    ]


def _cell(column: str, value) -> str:
    if value is None:
        return "?"
    if column == "eta_h":
        return in_words(value * SECONDS_PER_HOUR) if value else ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
