"""The command ``polyamide fit``: from measured rejections to a membrane's parameters.

What takes seconds to import is imported by the command that needs it.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mdtools.errors import SettingsError
from workflow.cli import completion, talk
from workflow.cli.dspmde import (
    Activity,
    BornRadius,
    FilmName,
    Hindrance,
    ImageCharges,
    PoreActivity,
)
from workflow.cli.terminal import EXIT_PHYSICS, to_be_written
from workflow.dspmde import defaults
from workflow.jobs.exit_codes import exit_code_on_error


def _option(metavar: str, help: str):
    return typer.Option(metavar=metavar, help=help, show_default=False)


Word = Annotated[str | None, _option("NAME", "Only measurements of this one.")]


def fit(
    *,
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA.csv|NAME",
            help="A table, or a name of --list.",
            show_default=False,
            autocompletion=completion.rejections,
        ),
    ] = None,
    columns: Annotated[
        Path | None,
        _option("MAP.yaml", "Which headings and units the table has, where they are not ours."),
    ] = None,
    membrane: Word = None,
    feed: Word = None,
    series: Word = None,
    fix: Annotated[
        list[str] | None,
        _option("P=VALUE", "Hold r_p, d, eps_p or X: r_p=0.5nm, d=1.2um, eps_p=42, X=-60."),
    ] = None,
    bounds: Annotated[
        list[str] | None,
        _option("P=LOW:HIGH", "Search between: r_p=0.3:0.7nm; 'X of pH 2=0:100' with --charge-by."),
    ] = None,
    charge_by: Annotated[
        str, typer.Option(metavar="WHAT", help="A charge for each membrane, feed or series.")
    ] = "membrane",
    drive: Annotated[
        str | None,
        _option("flux|pressure", "Which of the two the theory is given; the flux if there is one."),
    ] = None,
    sd: Annotated[
        float | None,
        _option(
            "FRACTION", "Standard deviation of every rejection; else the table's, or estimated."
        ),
    ] = None,
    permeability: Annotated[
        str | None, _option("VALUE:SD", "A further datum, of pure water at 25 C: 11:0.5lmh/bar.")
    ] = None,
    film: FilmName = None,
    hindrance: Hindrance = defaults.HINDRANCE,
    activity: Activity = defaults.ACTIVITY,
    pore_activity: PoreActivity = defaults.PORE_ACTIVITY,
    image_charges: ImageCharges = defaults.IMAGE_CHARGES_NAMED,
    born_radius: BornRadius = defaults.BORN_RADIUS,
    level: Annotated[float, typer.Option(metavar="SHARE", help="Of the intervals.")] = 0.95,
    profiles: Annotated[
        bool, typer.Option(help="Profile likelihoods, which give intervals.")
    ] = True,
    bands: Annotated[
        bool, typer.Option(help="Sample the posterior, for bands and the corner plot.")
    ] = True,
    pores: Annotated[
        str | None, _option("lognormal", "Learn a distribution of pore radii, too.")
    ] = None,
    classical: Annotated[
        bool, typer.Option("--classical", help="Do the classical four steps, too.")
    ] = False,
    isoelectric: Annotated[
        str, typer.Option(metavar="SERIES", help="Of --classical: measured at no charge.")
    ] = "isoelectric",
    seed: Annotated[int, typer.Option(min=0, help="Of the search and the samples.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            callback=to_be_written,
            help="Write fit.json, tables, figures and report.html there.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON in place of a table.")] = False,
    list_names: Annotated[
        bool, typer.Option("--list", help="List the published data sets and their sources.")
    ] = False,
) -> None:
    """Fit pore radius, thickness, permittivity and charge (DSPM-DE) to measured rejections.

    polyamide fit foo-2023-nf270 --out results/foo

    polyamide fit mine.csv --columns map.yaml --membrane NF90 --fix eps_p=42

    Prints the best parameters with their intervals, and warns of what is not to be trusted.

    Ends with 65 if the fit did not converge, with 78 if data or options are wrong.
    """
    if list_names:
        _list(as_json)
        return
    with exit_code_on_error("fit"):
        if data is None:
            raise SettingsError("allowed is a CSV file, or a data set of `polyamide fit --list`")
        from workflow.fitting.answer import answer
        from workflow.fitting.question import Question

        question = Question(
            data=data,
            columns=columns,
            membrane=membrane,
            feed=feed,
            series=series,
            fix=tuple(fix or ()),
            bounds=tuple(bounds or ()),
            charge_by=charge_by,
            drive=drive,
            sd=sd,
            permeability=permeability,
            film=film,
            hindrance=hindrance,
            activity=activity,
            pore_activity=pore_activity,
            image_charges=image_charges,
            born_radius=born_radius,
            level=level,
            profiles=profiles,
            # Bands are for the files alone.
            bands=bands and out is not None,
            pores=pores,
            classical=classical,
            isoelectric=isoelectric,
            seed=seed,
        )
        found = answer(question, _tell)
        if as_json:
            from workflow.fitting.write import summarised

            talk.show_json(summarised(found))
        else:
            _print(found)
        for line in found.warnings:
            print(f"warning: {line}", file=sys.stderr)
        if out is not None:
            _tell("figures and report")
            from workflow.fitting.write import write

            page = write(found, out)
            print(f"Report: {page}", file=sys.stderr if as_json else sys.stdout)
    if not found.fit.converged:
        raise typer.Exit(EXIT_PHYSICS)


def _tell(line: str) -> None:
    if not talk.is_quiet():
        print(f"fit: {line} ...", file=sys.stderr)


def _print(found) -> None:
    """Parameters, how well they fit, and what else was asked."""
    from workflow.pages.fit import classical_rows, goodness, parameter_rows, pore_rows

    tables = found.tables()
    interval = f"{100 * found.fit.level:g} % interval"
    shown: dict[str, tuple[tuple[str, ...], list]] = {
        found.name: (
            ("parameter", "best", interval, "unit", ""),
            [
                (row.name, row.value, row.interval, row.unit, row.note)
                for row in parameter_rows(tables["parameters"])
            ],
        ),
        "Four classical steps": (
            ("parameter", "value", "own sd", "sd with earlier steps", "unit"),
            classical_rows(tables.get("classical")),
        ),
        "Pores of many sizes": (
            ("parameter", "value", interval, "unit"),
            pore_rows(tables.get("pores")),
        ),
    }
    for title, (columns, rows) in shown.items():
        if not rows:
            continue
        sides = {name: "left" if name in ("parameter", "unit", "") else "right" for name in columns}
        talk.show(talk.table(title, sides, rows))
    for what, value, meaning in goodness(found.fit.as_dict()):
        talk.show(f"{what} {value}: {meaning}")
    assumed = found.assumptions.items()
    words = "; ".join(f"{key.replace('_', ' ')}: {text}" for key, text in assumed)
    talk.show(f"Assumed: {words}.")


def _list(as_json: bool) -> None:
    from analysis.continuum.characterize import dataset, datasets

    rows = [
        {
            "name": name,
            "what": entry["what"],
            "membranes": list(dataset(name).membranes),
            "source": entry["source"],
        }
        for name, entry in datasets().items()
    ]
    if as_json:
        talk.show_json(rows)
        return
    columns = ("name", "what", "membranes", "source")
    shown = [{**row, "membranes": ", ".join(row["membranes"])}.values() for row in rows]
    talk.show(talk.table(None, columns, shown))
