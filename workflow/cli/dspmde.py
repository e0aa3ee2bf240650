"""The commands ``polyamide dspmde``: rejections of a membrane by the continuum theory.

What takes seconds to import is imported by the command that needs it.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mdtools.errors import SettingsError
from workflow.cli import completion, talk
from workflow.cli.terminal import EXIT_PHYSICS, console, to_be_written
from workflow.dspmde import defaults
from workflow.jobs.exit_codes import exit_code_on_error

app = talk.Program(invoke_without_command=True)


def _option(metavar: str, help: str, **others):
    return typer.Option(metavar=metavar, help=help, **others)


NAMES = ("NAME|FILE", "Its name in `polyamide dspmde list`, or a file.")
MembraneName = Annotated[str | None, _option(*NAMES, autocompletion=completion.membranes)]
FeedName = Annotated[str | None, _option(*NAMES, autocompletion=completion.feeds)]
Fluxes = Annotated[
    list[str] | None, _option("VALUES", "1e-6 (m/s), 3.6lmh, 1,2,5um/s, or 1:20:39lmh.")
]
Pressures = Annotated[
    list[str] | None, _option("VALUES", "In place of a flux: 4bar, 4e5 (Pa), 1:8:15bar.")
]
Hindrance = Annotated[str, _option("KIND", "dechadilok-deen, bowen or bungay-brenner.")]
Activity = Annotated[str, _option("KIND", "In the solutions: ideal, davies or pitzer.")]
PoreActivity = Annotated[str, _option("KIND", "In the pore: ideal, davies or pitzer.")]
ImageCharges = Annotated[str, _option("KIND", "none, exact or rehman-2023.")]
BornRadius = Annotated[str, _option("KIND|NM", "Born's radius: stokes, pauling, cavity, or nm.")]
FilmName = Annotated[str | None, _option("VALUE|FILE", "Film on the feed's side, e.g. 20um/s.")]
Viscosity = Annotated[float, _option("MPA_S", "Of the solution, in mPa s.")]
Plot = Annotated[Path | None, _option("FILE", "Draw rejections: .png, .pdf or .svg.")]
Csv = Annotated[Path | None, _option("FILE", "Write a row for each flux and ion.")]
Out = Annotated[
    Path,
    typer.Option(metavar="DIR", callback=to_be_written, help="Where figures and tables go."),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON in place of a table.")]


@app.callback()
@talk.talking
def dspmde(
    context: typer.Context,
    *,
    membrane: MembraneName = None,
    feed: FeedName = None,
    flux: Fluxes = None,
    pressure: Pressures = None,
    hindrance: Hindrance = defaults.HINDRANCE,
    activity: Activity = defaults.ACTIVITY,
    pore_activity: PoreActivity = defaults.PORE_ACTIVITY,
    image_charges: ImageCharges = defaults.IMAGE_CHARGES_NAMED,
    born_radius: BornRadius = defaults.BORN_RADIUS,
    film: FilmName = None,
    viscosity: Viscosity = defaults.WATER_VISCOSITY_MPA_S,
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
        talk.show_json(answer.plain())
    else:
        _print_table(answer)
    if len(answer.failed):
        raise _not_converged(answer.failed)


def _print_table(answer) -> None:
    columns = answer.columns()
    rows = [
        [*(f"{value:.4g}" for value in row[:2]), *(f"{value:.4f}" for value in row[2:])]
        for row in zip(*columns.values(), strict=True)
    ]
    title = f"{answer.membrane} in {answer.feed}"
    talk.show(talk.table(title, dict.fromkeys(columns, "right"), rows), answer.assumed)


def _not_converged(cases) -> typer.Exit:
    listed = ", ".join(str(case) for case in cases)
    print(
        f"dspmde: no solution found in case {listed} (from 0), its row is empty: the pressure may "
        "be below the osmotic one, the film's limit exceeded, or the march has not converged",
        file=sys.stderr,
    )
    return typer.Exit(EXIT_PHYSICS)


@app.command("list")
def list_names(as_json: AsJson = False) -> None:
    """List the membranes and feeds that have a name, with their sources."""
    from analysis.continuum.membranes import FEED_SOURCES, FEEDS, MEMBRANE_SOURCES, MEMBRANES
    from analysis.continuum.units import MICRO, NANO

    membranes: dict[str, dict] = {
        name: {
            "pore_radius_nm": float(membrane.pore_radius) / NANO,
            "effective_thickness_um": float(membrane.effective_thickness) / MICRO,
            "pore_permittivity": float(membrane.pore_permittivity),
            "charge_density_mol_m3": float(membrane.charge_density),
            "source": MEMBRANE_SOURCES[name],
        }
        for name, membrane in MEMBRANES.items()
    }
    feeds: dict[str, dict] = {
        name: {
            "concentrations_mol_m3": {
                ion: float(value) for ion, value in feed.concentrations.items()
            },
            "source": FEED_SOURCES[name],
        }
        for name, feed in FEEDS.items()
    }
    if as_json:
        talk.show_json({"membranes": membranes, "feeds": feeds})
        return
    columns = {"name": "left"} | dict.fromkeys(
        ("radius / nm", "thickness / µm", "permittivity", "charge / mol/m3"), "right"
    )
    rows = []
    for name, facts in membranes.items():
        *numbers, source = facts.values()
        rows.append((name, *(f"{number:.4g}" for number in numbers), source))
    talk.show(talk.table("Membranes", columns | {"source": "left"}, rows))
    rows = []
    for name, facts in feeds.items():
        ions = (f"{ion} {value:.4g}" for ion, value in facts["concentrations_mol_m3"].items())
        rows.append((name, ", ".join(ions), facts["source"]))
    talk.show(talk.table("Feeds", ("name", "mol/m3", "source"), rows))


@app.command()
def rehman(out: Out = Path("results/rehman")) -> None:
    """Draw figures 2 to 5 of Rehman et al. (2023), as far as public data go."""
    with exit_code_on_error("dspmde rehman"):
        from workflow.fitting.rehman import write

        for path in write(out):
            console.print(str(path), markup=False, highlight=False)


@app.command()
def labban(out: Out = Path("results/labban")) -> None:
    """Draw figures 4 to 11 of Labban et al. (2018): one membrane varied, five compared.

    Tables beside them hold the text's statements, its recommendations (table 3) and its membranes
    (table 5) against the model.
    """
    with exit_code_on_error("dspmde labban"):
        from workflow.dspmde.labban import write

        for path in write(out):
            console.print(str(path), markup=False, highlight=False)
        _show_partings(out)


def _show_partings(out: Path) -> None:
    """Print what the text says and the model does not, from the tables that were written."""
    import pandas as pd

    statements = pd.read_csv(out / "statements.csv")
    parted = statements[statements.agrees != "yes"]
    columns = ("figure", "the text", "the model", "agrees")
    talk.show(talk.table("Where text and model part", columns, parted.values.tolist()))
    count = len(statements) - len(parted)
    talk.show(f"{count} of {len(statements)} statements hold; all are in {out}/statements.csv")
