"""The command ``polyamide init``: a file to start from, with comments."""

import re
import shlex
from contextlib import suppress
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from workflow.cli.terminal import console, refuse

FALLBACK = "mine"
SCHEMA = re.compile(r"# yaml-language-server.*\n")
HEAD = """\
# For editors that check and complete: polyamide schema --out campaign.schema.json
# yaml-language-server: $schema=campaign.schema.json
# Keys: `polyamide schema` says what each may be, config/README.md of the package's source what it
# does. `polyamide plan` checks the file and says what it takes.
"""
BLOCKS = {
    "name": "results/NAME is where results go",
    "seed": "every random choice derives from it",
    "stamp": "written across every figure; leave it out for none",
    "membrane": "monomers that react, or a ready one of `polyamide membranes list`, or a recipe",
    "layouts": "which groups carry a charge: a pH, or a named layout",
    "layout_options": "how many groups, profiles along z, titrations",
    "salts": "feed ions of each cell; every layout is run with every salt",
    "trials": "independent runs of each cell, over which intervals are taken",
    "nonbonded": "cut-offs and lattice sums",
    "hydration": "how the dry membrane takes up water",
    "cell": "reservoirs, pistons and their equilibration",
    "transport": "the runs: how long, how often frames are kept, what drives the ions",
    "analysis": "what is measured, and with which cutoffs and windows",
    "platform": "where OpenMM runs: auto, CUDA, HIP, OpenCL, CPU",
}
"""What the blocks of a campaign are for."""


class Kind(StrEnum):
    """Files to start from: campaigns of three sizes, and trajectories of another program."""

    demo = "demo"
    reduced = "reduced"
    paper = "paper"
    study = "study"


def init(
    kind: Annotated[
        Kind,
        typer.Argument(
            help="Campaign of minutes (demo), of a GPU's hours (reduced) or of the published size "
            "(paper); or a study of another program's trajectories."
        ),
    ] = Kind.demo,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Where it is written; KIND.yaml if left out.", show_default=False
        ),
    ] = None,
) -> None:
    """Write a commented file to start from; no file is overwritten."""
    path = out or Path(f"{kind.value}.yaml")
    text = (files("workflow") / "starts" / f"{kind.value}.yaml").read_text(encoding="utf-8")
    if kind is not Kind.study:
        text = campaign_text(text, path.stem)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise refuse(f"init: {path} is there already: give another name by --out") from None
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise refuse(f"init: --out {path}: {error.strerror}") from None
    following = "analyse {} --out results/mine" if kind is Kind.study else "plan {}"
    following = following.format(shlex.quote(str(path)))
    console.print(f"{path} written; next: polyamide {following}", markup=False)


def campaign_text(text: str, stem: str) -> str:
    """Return a campaign's file with a comment above each block, named after its file."""
    from workflow.campaign.model import LONGEST_NAME, WORD

    name = stem if re.fullmatch(WORD, stem) and len(stem) <= LONGEST_NAME else FALLBACK
    text = SCHEMA.sub("", text, count=1)
    text = re.sub(r"^name: .*$", f"name: {name}", text, count=1, flags=re.MULTILINE)
    for block, words in BLOCKS.items():
        text = re.sub(rf"^{block}:", f"# {words}\n{block}:", text, count=1, flags=re.MULTILINE)
    return HEAD + text
