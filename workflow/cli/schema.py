"""The command ``polyamide schema``: what editors need to complete and check campaign files."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from workflow.cli.terminal import console, refuse


def schema(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it there, not to the terminal.")
    ] = None,
) -> None:
    """Print the JSON schema of campaign files; see config/README.md for its use."""
    text = (files("workflow.campaign") / "campaign.schema.json").read_text(encoding="utf-8")
    if out is None:
        print(text, end="")
        return
    if out.is_dir():
        raise refuse(f"schema: --out {out} is a directory, allowed is a file")
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise refuse(f"schema: --out {out}: {error.strerror}") from None
    console.print(f"Schema: {out}", markup=False, highlight=False)
