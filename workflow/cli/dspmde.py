"""The commands ``polyamide dspmde``: rejections of a membrane by the continuum theory.

What takes seconds to import is imported by the command that needs it.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from mdtools.errors import SettingsError
from workflow.cli.terminal import EXIT_PHYSICS, console

app = typer.Typer(invoke_without_command=True)

Name = typer.Option(metavar="NAME|FILE", help="Its name in `polyamide dspmde list`, or a file.")


@app.callback()
def dspmde(
    context: typer.Context,
    membrane: Annotated[str | None, Name] = None,
    feed: Annotated[str | None, Name] = None,
    flux: Annotated[
        list[str] | None,
        typer.Option(metavar="VALUES", help="1e-6 (m/s), 3.6lmh, 1,2,5um/s, or 1:20:39lmh."),
    ] = None,
    pressure: Annotated[
        list[str] | None,
        typer.Option(metavar="VALUES", help="In place of a flux: 4bar, 4e5 (Pa), 1:8:15bar."),
    ] = None,
    hindrance: Annotated[
        str, typer.Option(metavar="KIND", help="dechadilok-deen, bowen or bungay-brenner.")
    ] = "dechadilok-deen",
    activity: Annotated[
        str, typer.Option(metavar="KIND", help="In the solutions: ideal, davies or pitzer.")
    ] = "ideal",
    pore_activity: Annotated[
        str, typer.Option(metavar="KIND", help="In the pore: ideal, davies or pitzer.")
    ] = "ideal",
    image_charges: Annotated[
        str, typer.Option(metavar="KIND", help="none, exact or rehman-2023.")
    ] = "none",
    born_radius: Annotated[
        str, typer.Option(metavar="KIND|NM", help="Born's radius: stokes, pauling, cavity, or nm.")
    ] = "stokes",
    film: Annotated[
        str | None,
        typer.Option(metavar="VALUE|FILE", help="Film on the feed's side, e.g. 20um/s."),
    ] = None,
    viscosity: Annotated[
        float, typer.Option(metavar="MPA_S", help="Of the solution, in mPa s.")
    ] = 0.89,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw rejections: .png, .pdf or .svg.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a row for each flux and ion.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON in place of a table.")] = False,
) -> None:
    """Continuum theory (DSPM-DE): rejections of a membrane at fluxes or pressures.

    Ends with 65 if a case did not converge, with 78 if something asked for cannot be.
    """
    from workflow.jobs.log import Answered

    if context.invoked_subcommand is not None:
        return
    if not any((membrane, feed, flux, pressure)):
        print(context.get_help())
        return
    with Answered("dspmde"):
        from workflow.dspmde import question as asked

        question = asked.Question(
            membrane=_needed("--membrane", membrane),
            feed=_needed("--feed", feed),
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
        for option, path in (("--plot", plot), ("--csv", csv)):
            asked.check_target(option, path)
        with warnings.catch_warnings(record=True) as doubts:
            warnings.simplefilter("always", UserWarning)
            answer = question.answer()
        if csv is not None:
            answer.write_csv(csv)
        if plot is not None:
            answer.draw(plot)
    for doubt in dict.fromkeys(str(each.message) for each in doubts):
        print(f"note: {doubt}", file=sys.stderr)
    _show(answer, as_json)
    if len(answer.failed):
        raise _not_converged(answer.failed)


def _needed(option: str, value: str | None) -> str:
    if value is None:
        raise SettingsError(f"{option} is missing; `polyamide dspmde list` names what there is")
    return value


def _show(answer, as_json: bool) -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    if as_json:
        print(json.dumps(answer.plain(), indent=1))
        return
    question, wide = answer.question, answer.wide()
    table = Table(title=f"{question.membrane} in {question.feed}", box=SIMPLE)
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
    from workflow.dspmde.units import MICRO, NANO

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
def labban(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where figures and tables go.")],
) -> None:
    """Draw figures 4 to 11 of Labban et al. (2018): one membrane varied, five compared."""
    from workflow.jobs.log import Answered

    with Answered("dspmde labban"):
        if out.exists() and not out.is_dir():
            raise SettingsError(f"--out {out} is a file, allowed is a directory")
        from workflow.dspmde.labban import write

        for path in write(out):
            console.print(str(path), markup=False, highlight=False)
