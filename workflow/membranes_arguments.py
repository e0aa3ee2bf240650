"""Arguments that the commands ``polyamide membranes`` share, and what is made of them."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from mdtools.options import PlatformOptions

PLATFORMS = get_args(PlatformOptions.model_fields["name"].annotation)

Source = Annotated[
    str,
    typer.Argument(
        metavar="NAME|DIR|FILE",
        help="Ready membrane, directory of a network such as results/demo/charged/pH7, or "
        "packed file.",
        show_default=False,
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
    """Network of a name, directory or file; SettingsError if there is none."""
    from mdtools.errors import SettingsError
    from membranes import library
    from membranes.network import NetworkError

    try:
        return library.find(source, folder or library.DATA)
    except NetworkError as error:
        raise SettingsError(error) from None


def check_target(out: Path, platform: str | None) -> None:
    """Refuse a platform that does not exist, and a file in place of a directory."""
    from workflow.cli import refuse
    from workflow.faults import choices

    if platform is not None and platform not in PLATFORMS:
        raise refuse(f"--platform {platform}: allowed are {choices(PLATFORMS)}")
    if out.exists() and not out.is_dir():
        raise refuse(f"--out {out} is a file, allowed is a directory")
