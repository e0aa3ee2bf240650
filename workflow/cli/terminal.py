"""Shared by all commands: the console, refusals in one line, the campaign of a file."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mdtools.filesystem import refusal
from workflow.cli import completion
from workflow.cli.errors import EXIT_SETTINGS

EXIT_PHYSICS = 65
WIDTH_OF_FILES = 120
"""Of tables that are written to a file or a pipe."""

console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else WIDTH_OF_FILES)
CampaignFile = Annotated[
    Path,
    typer.Argument(
        metavar="CAMPAIGN.yaml", show_default=False, autocompletion=completion.yaml_files
    ),
]
MembraneName = Annotated[
    str,
    typer.Option(
        "--membrane",
        metavar="NAME",
        help="Which one of a campaign of several membranes.",
        show_default=False,
    ),
]

Results = Annotated[
    Path,
    typer.Argument(
        metavar="RESULTS", exists=True, file_okay=False, autocompletion=completion.results
    ),
]


STUDIES = {
    "family": ("films and their recipes", "fabricate"),
    "topology": ("trajectories of another program", "analyse"),
}
"""By a key that no campaign has: what a file describes, and the command for it."""


def refuse(line: str) -> typer.Exit:
    """Print in one line why a request is refused; the result is for raising."""
    print(line, file=sys.stderr)
    return typer.Exit(EXIT_SETTINGS)


def to_be_written(parameter: typer.CallbackParam, directory: Path | None) -> Path | None:
    """Refuse a directory that cannot be written to, before anything is computed for it.

    A shell leaves the ``~`` of ``--out=~/x`` as it is.
    """
    directory = directory and Path(os.path.expanduser(directory))
    if directory is not None and (reason := refusal(directory)):
        raise refuse(f"{parameter.opts[0]} {directory}: {reason}")
    return directory


def read_campaign(path: Path):
    """Read a campaign file; a wrong one ends the command with one line per fault and code 78."""
    from workflow.campaign.model import EXIT_CAMPAIGN, Campaign, CampaignError

    try:
        return Campaign.read(path)
    except CampaignError as error:
        print(_of_another_command(path) or error, file=sys.stderr)
        raise typer.Exit(EXIT_CAMPAIGN) from None


def _of_another_command(path: Path) -> str:
    """Return what a file that is no campaign is, and for which command; empty if not known."""
    from mdtools.errors import SettingsError
    from workflow.campaign.faults import YamlSource

    try:
        keys = YamlSource.open(path, "campaign").data
    except SettingsError:
        return ""
    known = keys if isinstance(keys, dict) and not {"layouts", "salts", "cell"} & set(keys) else {}
    for key, (what, command) in STUDIES.items():
        if key in known:
            return f"{path} describes {what}: it is read by `polyamide {command}`"
    return ""


def read_membrane(path: Path, membrane: str):
    """Read the campaign of one membrane, and the directory of its results, as `read_campaign`."""
    from mdtools.errors import SettingsError
    from workflow.campaign.stages import homes

    campaign = read_campaign(path)
    try:
        return campaign.of_membrane(membrane), homes(campaign)[membrane]
    except SettingsError as error:
        raise refuse(f"--membrane: {error}") from None
