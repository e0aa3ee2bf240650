"""Arguments that the commands ``polyamide membranes`` share, and how they are checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from mdtools.platform_names import PLATFORMS
from workflow.cli import completion
from workflow.cli.terminal import refuse

NetworkSource = Annotated[
    str,
    typer.Argument(
        metavar="NAME|DIR|FILE",
        help="Ready membrane, directory of a network such as results/demo/charged/pH7, or "
        "packed file.",
        show_default=False,
        autocompletion=completion.networks,
    ),
]

Library = Annotated[
    Path | None,
    typer.Option("--library", metavar="DIR", help="A library of your own, not the package's."),
]

CPU_THREADS = typer.Option(
    min=1, help="Of the CPU platform; with several, sums differ in their last bits."
)


def read_network(source: str, folder: Path | None):
    """Read the network of a name, directory or file; SettingsError if there is none."""
    from mdtools.errors import SettingsError
    from membranes import library
    from membranes.networks.errors import NetworkError

    try:
        return library.find(source, folder or library.DATA)
    except NetworkError as error:
        raise SettingsError(error) from None


def relaxation_options(command: str, **given):
    """Return the options of a relaxation; contradictory ones are refused in one line."""
    from pydantic import ValidationError

    from membranes.building.options import RelaxationOptions

    try:
        return RelaxationOptions(**given)
    except ValidationError as error:
        raise refuse(f"{command}: {error.errors()[0]['msg']}") from None


@contextmanager
def simulation_errors_in_one_line(command: str) -> Iterator[None]:
    """End a command with one line and an exit code for its errors and those of OpenMM."""
    import openmm

    from workflow.jobs.exit_codes import exit_code_on_error

    try:
        with exit_code_on_error(command):
            yield
    except openmm.OpenMMException as error:
        raise refuse(f"{command}: {' '.join(str(error).split())}") from None


def check_platform(platform: str) -> None:
    """Refuse a platform that does not exist."""
    from workflow.campaign.faults import choices

    if platform not in PLATFORMS:
        raise refuse(f"--platform {platform}: allowed are {choices(PLATFORMS)}")
