"""The commands ``polyamide dspmde``: rejections of a membrane by the continuum theory.

What takes seconds to import is imported by the command that needs it.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from mdtools.errors import SettingsError
from workflow.cli.terminal import EXIT_PHYSICS, console, to_be_written
from workflow.jobs.exit_codes import exit_code_on_error

app = typer.Typer(invoke_without_command=True)


class DefaultOf:
    """The default of a field of `Question`, looked up when it is used or shown."""

    def __init__(self, field: str):
        self._field = field

    def __call__(self) -> str | float:
        """Return the default."""
        from workflow.dspmde.question import Question

        return getattr(Question, self._field)

    def __str__(self) -> str:
        return str(self())


def _option(metavar: str, help: str, default_of: str | None = None):
    default = {} if default_of is None else {"default_factory": DefaultOf(default_of)}
    return typer.Option(metavar=metavar, help=help, **default)


Name = Annotated[
    str | None, _option("NAME|FILE", "Its name in `polyamide dspmde list`, or a file.")
]
Fluxes = Annotated[
    list[str] | None, _option("VALUES", "1e-6 (m/s), 3.6lmh, 1,2,5um/s, or 1:20:39lmh.")
]
Pressures = Annotated[
    list[str] | None, _option("VALUES", "In place of a flux: 4bar, 4e5 (Pa), 1:8:15bar.")
]
Hindrance = Annotated[
    str, _option("KIND", "dechadilok-deen, bowen or bungay-brenner.", "hindrance")
]
Activity = Annotated[str, _option("KIND", "In the solutions: ideal, davies or pitzer.", "activity")]
PoreActivity = Annotated[
    str, _option("KIND", "In the pore: ideal, davies or pitzer.", "pore_activity")
]
ImageCharges = Annotated[str, _option("KIND", "none, exact or rehman-2023.", "image_charges")]
BornRadius = Annotated[
    str, _option("KIND|NM", "Born's radius: stokes, pauling, cavity, or nm.", "born_radius")
]
FilmName = Annotated[str | None, _option("VALUE|FILE", "Film on the feed's side, e.g. 20um/s.")]
Viscosity = Annotated[float, _option("MPA_S", "Of the solution, in mPa s.", "viscosity_mPa_s")]
Plot = Annotated[Path | None, _option("FILE", "Draw rejections: .png, .pdf or .svg.")]
Csv = Annotated[Path | None, _option("FILE", "Write a row for each flux and ion.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON in place of a table.")]


@app.callback()
def dspmde(
    context: typer.Context,
    *,
    membrane: Name = None,
    feed: Name = None,
    flux: Fluxes = None,
    pressure: Pressures = None,
    hindrance: Hindrance,
    activity: Activity,
    pore_activity: PoreActivity,
    image_charges: ImageCharges,
    born_radius: BornRadius,
    film: FilmName = None,
    viscosity: Viscosity,
    plot: Plot = None,
    csv: Csv = None,
    as_json: AsJson = False,
) -> None:
    """Continuum theory (DSPM-DE): rejections of a membrane at fluxes or pressures.

    Ends with 65 if a case did not converge, with 78 if something asked for cannot be.
    """
    if context.invoked_subcommand is not None:
        return
    if not any((membrane, feed, flux, pressure)):
        print(context.get_help())
        return
    with exit_code_on_error("dspmde"):
        from workflow.dspmde.question import Question

        question = Question(
            membrane=_required("--membrane", membrane),
            feed=_required("--feed", feed),
            flux=tuple(flux or ()),
            pressure=tuple(pressure or ()),
            hindrance=hindrance,
            activity=activity,
            pore_activity=pore_activity,
            image_charges=image_charges,
            born_radius=born_radius,
            film=film,
            viscosity_mPa_s=viscosity,
        )
        answer = _answer_into_files(question, plot, csv)
    _show(answer, as_json)


def _required(option: str, value: str | None) -> str:
    if value is None:
        raise SettingsError(f"{option} is missing; `polyamide dspmde list` names what there is")
    return value


def _answer_into_files(question, plot: Path | None, csv: Path | None):
    """Answer a question and write its files, whose names are checked first."""
    from workflow.dspmde.answer import check_output_file

    for option, path in (("--plot", plot), ("--csv", csv)):
        check_output_file(option, path)
    answer = question.answer()
    if csv is not None:
        answer.write_csv(csv)
    if plot is not None:
        answer.draw(plot, question.between(answer))
    return answer


def _show(answer, as_json: bool) -> None:
    """Print notes and the answer; raise typer.Exit if a case has not converged."""
    for note in answer.notes:
        print(f"note: {note}", file=sys.stderr)
    if as_json:
        print(json.dumps(answer.plain(), indent=1))
    else:
        _print_table(answer)
    if len(answer.failed):
        raise _not_converged(answer.failed)


def _print_table(answer) -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    wide = answer.wide()
    table = Table(title=f"{answer.membrane} in {answer.feed}", box=SIMPLE)
    for column in wide.columns:
        table.add_column(column, justify="right", no_wrap=True)
    for row in wide.itertuples(index=False):
        table.add_row(
            *(f"{value:.4g}" for value in row[:2]), *(f"{value:.4f}" for value in row[2:])
        )
    console.print(table)
    console.print(answer.assumed, markup=False, highlight=False)


def _not_converged(cases) -> typer.Exit:
    listed = ", ".join(str(case) for case in cases)
    print(
        f"dspmde: no solution found in case {listed} (from 0), its row is empty: the pressure may "
        "be below the osmotic one, the film's limit exceeded, or the march has not converged",
        file=sys.stderr,
    )
    return typer.Exit(EXIT_PHYSICS)


@app.command("list")
def list_names() -> None:
    """List the membranes and feeds that have a name, with their sources."""
    from rich.box import SIMPLE
    from rich.table import Table

    from analysis.continuum.membranes import FEED_SOURCES, FEEDS, MEMBRANE_SOURCES, MEMBRANES
    from analysis.continuum.units import MICRO, NANO

    table = Table(title="Membranes", box=SIMPLE)
    table.add_column("name")
    for column in ("radius / nm", "thickness / µm", "permittivity", "charge / mol/m3"):
        table.add_column(column, justify="right")
    table.add_column("source")
    for name, membrane in MEMBRANES.items():
        numbers = (
            membrane.pore_radius / NANO,
            membrane.effective_thickness / MICRO,
            membrane.pore_permittivity,
            membrane.charge_density,
        )
        table.add_row(name, *(f"{float(n):.4g}" for n in numbers), MEMBRANE_SOURCES[name])
    console.print(table)
    table = Table(title="Feeds", box=SIMPLE)
    for column in ("name", "mol/m3", "source"):
        table.add_column(column)
    for name, feed in FEEDS.items():
        ions = ", ".join(f"{ion} {float(c):.4g}" for ion, c in feed.concentrations.items())
        table.add_row(name, ions, FEED_SOURCES[name])
    console.print(table)


@app.command()
def rehman(
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", callback=to_be_written, help="Where figures and tables go."),
    ],
) -> None:
    """Draw figures 2 to 5 of Rehman et al. (2023), as far as public data go."""
    with exit_code_on_error("dspmde rehman"):
        from workflow.fitting.rehman import write

        for path in write(out):
            console.print(str(path), markup=False, highlight=False)


@app.command()
def labban(
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", callback=to_be_written, help="Where figures and tables go."),
    ],
) -> None:
    """Draw figures 4 to 11 of Labban et al. (2018): one membrane varied, five compared."""
    with exit_code_on_error("dspmde labban"):
        from workflow.dspmde.labban import write

        for path in write(out):
            console.print(str(path), markup=False, highlight=False)
