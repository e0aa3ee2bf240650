"""Arguments that the commands ``polyamide membranes`` share."""

from pathlib import Path
from typing import Annotated

import typer

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
