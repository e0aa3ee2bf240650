"""The commands ``polyamide membranes``: build, ready membranes, exports and reports.

What takes seconds to import is imported by the command that needs it.
"""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mdtools.constants import PS_PER_NS
from workflow.membranes_arguments import Library, Source
from workflow.membranes_making import build, relax

app = typer.Typer(help="Networks: build, relax, list, export, report.", no_args_is_help=True)

app.command()(build)
app.command()(relax)

BYTES_PER_KB = 1000
COLUMNS = ("seed", "atoms", "N-H conversion", "density / g/cm3", "relaxed / ns", "size / kB")


class Format(StrEnum):
    """Formats of `mdtools.exports`, and all of them."""

    pdb = "pdb"
    mmcif = "mmcif"
    amber = "amber"
    gromacs = "gromacs"
    all = "all"


@app.command("list")
def list_membranes(
    as_json: Annotated[bool, typer.Option("--json", help="All facts, as JSON.")] = False,
    folder: Library = None,
) -> None:
    """List the ready membranes."""
    from rich.box import SIMPLE
    from rich.table import Table

    from membranes import library
    from workflow.cli import console
    from workflow.job import Answered

    with Answered("membranes list"):
        members = library.entries(folder or library.DATA)
    if as_json:
        print(json.dumps(members, indent=1))
        return
    if not members:
        console.print(f"{folder or library.DATA} holds no membranes", markup=False)
        return
    table = Table(title="Ready membranes", box=SIMPLE)
    table.add_column("name")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for name, facts in members.items():
        table.add_row(
            name,
            str(facts.get("campaign_seed", facts["seed"])),
            f"{facts['atoms']:,}",
            f"{facts['nh_conversion']:.3f}",
            f"{facts['density_g_cm3']:.3f}",
            f"{facts['relaxation_ps'] / PS_PER_NS:g}",
            f"{facts['bytes'] / BYTES_PER_KB:.0f}",
        )
    console.print(table)


@app.command("export")
def export_files(
    source: Source,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go.")],
    format: Annotated[Format, typer.Option(help="Which files.")] = Format.all,
    layout: Annotated[
        str | None, typer.Option(help="Charge a neutral network first, e.g. pH7.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the layout.")] = 0,
    folder: Library = None,
) -> None:
    """Write a network as PDB, mmCIF, AMBER or GROMACS files."""
    from workflow.cli import console
    from workflow.job import Answered

    with Answered("membranes export"):
        network = _network(source, folder)
        stem = Path(source).resolve().stem if Path(source).exists() else source
        if layout is not None:
            network, stem = _charged(network, source, layout, seed), f"{stem}-{layout}"
        for path in _write(network, stem, format, out):
            console.print(str(path), markup=False, highlight=False)


def _charged(network, source: str, layout: str, seed: int):
    from mdtools.errors import SettingsError
    from membranes import lay_out

    if charged := len(network.groups):
        raise SettingsError(
            f"{source} has {charged} charged groups already; leave --layout out, or name a "
            "neutral network"
        )
    return lay_out(network, layout, seed=seed)


def _write(network, stem: str, format: Format, out: Path) -> list[Path]:
    from mdtools.errors import SettingsError
    from mdtools.exports import FORMATS, export, parameters
    from membranes.labels import residue_labels
    from membranes.relaxation import centred

    if out.exists() and not out.is_dir():
        raise SettingsError(f"--out {out} is a file, allowed is a directory")
    title = f"{stem}, {len(network.names)} atoms, {network.formal_charge:+d} e"
    content = parameters(centred(network).polymer(), residue_labels(network), title)
    formats = FORMATS if format is Format.all else (format.value,)
    crossing = int(content.images(content.bonds.atoms).any(axis=1).sum())
    if crossing and "amber" in formats:
        print(
            f"note: {crossing} bonds go through the periodic boundary, which sander and pmemd "
            "cannot compute; OpenMM and GROMACS can (docs/library.md)",
            file=sys.stderr,
        )
    return [path for name in formats for path in export(content, name, out, stem)]


@app.command()
def report(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME|DIR|FILE...",
            help="Ready membranes, directories of neutral networks, results of campaigns; several "
            "are taken as samples of one protocol.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the report goes.")],
    folder: Library = None,
) -> None:
    """Report on membranes: every number beside the study's, figures, and a 3-D view."""
    from workflow.cli import console
    from workflow.job import Answered
    from workflow.validation import report as write

    with Answered("membranes report"):
        page = write(sources, out, log=console.print, library=folder)
        console.print(f"Report: {page}", markup=False, highlight=False)


@app.command()
def pack(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Directory of a network.", show_default=False)
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)],
    facts: Annotated[
        Path, typer.Option(metavar="FACTS.json", help="How it was made; see docs/library.md.")
    ],
    folder: Library = None,
) -> None:
    """Pack a network into the library under a name."""
    from mdtools.atomic import read_json
    from mdtools.errors import SettingsError
    from membranes import library
    from workflow.cli import console
    from workflow.job import Answered

    with Answered("membranes pack"):
        known = read_json(facts)
        if not isinstance(known, dict):
            raise SettingsError(f"--facts {facts} is missing or no table in JSON")
        network = _network(str(directory), folder)
        path = library.add(name, network, known, folder or library.DATA)
        size = path.stat().st_size / BYTES_PER_KB
        console.print(f"{path}: {size:.0f} kB", markup=False, highlight=False)


def _network(source: str, folder: Path | None):
    """Network of a name, directory or file; SettingsError if there is none."""
    from mdtools.errors import SettingsError
    from membranes import library
    from membranes.network import NetworkError

    try:
        return library.find(source, folder or library.DATA)
    except NetworkError as error:
        raise SettingsError(error) from None
