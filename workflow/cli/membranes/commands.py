"""The commands ``polyamide membranes``: those of the library and reports; the others join here.

What takes seconds to import is imported by the command that needs it.
"""

from pathlib import Path
from typing import Annotated

import typer

from mdtools.constants import PS_PER_NS
from workflow.cli import completion, talk
from workflow.cli.membranes.arguments import Library, read_network
from workflow.cli.membranes.files import export, import_
from workflow.cli.membranes.free_area import free_area
from workflow.cli.membranes.making import build, relax
from workflow.cli.terminal import console, to_be_written

app = talk.Program(
    help="Networks: build, relax, list, export, import, free-area, report.", no_args_is_help=True
)

app.command()(build)
app.command()(relax)
app.command()(export)
app.command("import")(import_)
app.command("free-area")(free_area)

BYTES_PER_KB = 1000
COLUMNS = ("seed", "atoms", "N-H conversion", "density / g/cm3", "relaxed / ns", "size / kB")


@app.command("list")
def list_membranes(
    as_json: Annotated[bool, typer.Option("--json", help="All facts, as JSON.")] = False,
    folder: Library = None,
) -> None:
    """List the ready membranes."""
    from membranes import library
    from workflow.jobs.exit_codes import exit_code_on_error

    with exit_code_on_error("membranes list"):
        members = library.entries(folder or library.DATA)
    if as_json:
        talk.show_json(members)
        return
    if not members:
        talk.show(f"{folder or library.DATA} holds no membranes")
        return
    rows = [
        (
            name,
            str(facts.get("campaign_seed", facts["seed"])),
            f"{facts['atoms']:,}",
            f"{facts['nh_conversion']:.3f}",
            f"{facts['density_g_cm3']:.3f}",
            f"{facts['relaxation_ps'] / PS_PER_NS:g}",
            f"{facts['bytes'] / BYTES_PER_KB:.0f}",
        )
        for name, facts in members.items()
    ]
    columns = {"name": "left"} | dict.fromkeys(COLUMNS, "right")
    talk.show(talk.table("Ready membranes", columns, rows))


@app.command()
def report(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME|DIR|FILE...",
            help="Ready membranes, directories of neutral networks, results of campaigns; several "
            "are taken as samples of one protocol.",
            show_default=False,
            autocompletion=completion.networks,
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", callback=to_be_written, help="Where the report goes.")
    ],
    folder: Library = None,
) -> None:
    """Report on membranes: every number beside the study's, figures, and a 3-D view."""
    from workflow.jobs.exit_codes import exit_code_on_error
    from workflow.pages.network_report import report as write

    with exit_code_on_error("membranes report"):
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
    from workflow.jobs.exit_codes import exit_code_on_error

    with exit_code_on_error("membranes pack"):
        known = read_json(facts)
        if not isinstance(known, dict):
            raise SettingsError(f"--facts {facts} is missing or no table in JSON")
        network = read_network(str(directory), folder)
        path = library.add(name, network, known, folder or library.DATA)
        size = path.stat().st_size / BYTES_PER_KB
        console.print(f"{path}: {size:.0f} kB", markup=False, highlight=False)
