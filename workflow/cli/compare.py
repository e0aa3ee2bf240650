"""The command ``polyamide compare``: what continuum theory says beside a campaign's runs.

What takes seconds to import is imported by the command that needs it.
"""

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from workflow.cli import talk
from workflow.cli.terminal import MembraneName, console, read_membrane, refuse, to_be_written

if TYPE_CHECKING:
    from analysis.comparison.compare import Comparison
    from analysis.options import ComparisonOptions

STUDY = "study"
SIZE = "as large as the pores"
"""In the notes of a twin that keeps an ion out of the membrane."""
OF_A_CAMPAIGN = ("out", "results", "pore_radius_nm", "figures", "stamp", "as_json", "membrane")
MEAN_COLUMNS = ("layout", "salt", "ion", "time, ns", "mean z of the runs, nm", "of the twin")
TITLE = (
    "Feed ions at the end; in brackets the interval over trials, and where the mean of as many "
    "ions would be if theory were right"
)
ODD = {"figures": "--no-figures", "as_json": "--json"}
"""Options that are not called as what they set."""
MEANT = {
    "the published campaign": ("out", "processes"),
    "a campaign": OF_A_CAMPAIGN,
    "a study": (*OF_A_CAMPAIGN[:-1], "force", "friction", "temperature"),
}
"""Options that mean something, by what is compared."""


def compare(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="CAMPAIGN.yaml|STUDY.yaml|study",
            help="A campaign, finished or not; a study that analyse has measured; or the published "
            "campaign.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            callback=to_be_written,
            help="Where tables go; results/CAMPAIGN/comparison if left out.",
            show_default=False,
        ),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Results of the campaign, results/CAMPAIGN if left out; of a study needed.",
            show_default=False,
        ),
    ] = None,
    pore_radius_nm: Annotated[
        float | None,
        typer.Option(
            min=0.05,
            max=10,
            help="Of the twins, in place of that of the atoms; not of the steady rejections.",
        ),
    ] = None,
    force: Annotated[
        float | None,
        typer.Option(
            metavar="KCAL/MOL/Å",
            help="Of a study: body force on monovalent feed ions toward the permeate, 0 for none.",
        ),
    ] = None,
    friction: Annotated[
        float, typer.Option(min=0, metavar="1/PS", help="Of a study: friction of its thermostat.")
    ] = 0.0,
    temperature: Annotated[float, typer.Option(min=1, metavar="K", help="Of a study.")] = 300.0,
    processes: Annotated[
        int, typer.Option(min=1, help="Of the published campaign: twins solved at a time.")
    ] = 1,
    figures: Annotated[bool, typer.Option(help="Draw the figures, too.")] = True,
    stamp: Annotated[
        str | None, typer.Option(help="Word written across every figure; that of the campaign.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Tables as JSON in place of a summary.")
    ] = False,
    membrane: MembraneName = "",
) -> None:
    """Set runs beside the continuum twins of their cells; see docs/comparison.md.

    A campaign is read as far as it has got: without runs the twins stand alone, and what is missing
    is told.
    """
    if what == STUDY:
        _refuse_foreign(context, "the published campaign")
        _published(out or Path("results") / "study_comparison", processes)
        return
    is_study = _is_study(Path(what))
    _refuse_foreign(context, "a study" if is_study else "a campaign")
    if is_study:
        settings, where, options = _study(Path(what), results, force, friction, temperature)
        dynamics = None
    else:
        settings, where, options, dynamics = _campaign(Path(what), results, membrane)
    if not where.is_dir():
        raise refuse(f"compare: no results at {where}: make them, or name them by --results")
    if pore_radius_nm is not None:
        options = options.model_copy(update={"pore_radius_nm": pore_radius_nm})
    found = _compared(where, settings, options)
    target = out or where / "comparison"
    found.write(target)
    if as_json:
        talk.show_json(_plain(found))
    else:
        _tell(found)
        console.print(f"Tables: {target}", markup=False)
    if figures:
        _draw(target, where, settings, stamp, dynamics, sys.stderr if as_json else sys.stdout)


def _plain(found: "Comparison") -> dict:
    """All tables of a comparison as lists of rows."""
    tables = {"comparison": found.table} | found.tables
    return {
        name: json.loads(table.to_json(orient="records", force_ascii=False))
        for name, table in tables.items()
    }


def _compared(where: Path, settings: dict, options: "ComparisonOptions") -> "Comparison":
    """Set runs beside their twins; what is missing or wrong ends the command with a line."""
    from analysis.comparison.compare import compare as hold
    from analysis.comparison.parameters.found import Missing

    try:
        return hold(where, settings, options)
    except (Missing, ValueError) as error:
        raise refuse(f"compare: {error}") from error


def _refuse_foreign(context: typer.Context, kind: str) -> None:
    """Refuse options that would do nothing."""
    for name in context.params:
        source = context.get_parameter_source(name)
        given = source is not None and source.name == "COMMANDLINE"
        if given and name not in ("what", *talk.OPTIONS, *MEANT[kind]):
            option = ODD.get(name, f"--{name.replace('_', '-')}")
            raise refuse(f"compare: {option} is of no use for {kind}")


def _published(directory: Path, processes: int) -> None:
    """Hold the published campaign against theory."""
    from workflow.comparison.study import write

    console.print(
        "Twins of 16 cells, several variants of theory: some two minutes of one processor"
    )
    write(directory, processes=processes)
    console.print(f"Tables and figures: {directory}", markup=False)


def _draw(
    target: Path,
    where: Path,
    settings: dict,
    stamp: str | None,
    dynamics: str | None,
    said_to: TextIO,
) -> None:
    """Draw the figures of a comparison, with the tables of the runs as far as there are some."""
    from analysis.comparison.parameters.campaign import Campaign
    from analysis.figures.comparison import draw_written
    from analysis.results import Results

    level = settings["analysis"]["level"]
    homes = {
        (layout, salt): where / Campaign(where, layout, salt, level).home
        for layout in settings["layouts"]
        for salt in settings["salts"]
    }
    there = {key: home for key, home in homes.items() if any(home.glob("*.csv"))}
    reasons = draw_written(
        target,
        Results(there),
        stamp=stamp or settings.get("stamp"),
        dynamics=dynamics,
        level=level,
        dpi=settings["analysis"]["figure_dpi"],
    )
    with redirect_stdout(said_to):
        for name, reason in reasons.items():
            console.print(f"Not drawn, {name}: {reason}", markup=False)
        if not talk.is_quiet():
            console.print(f"Figures: {target}/figures", markup=False)


def _is_study(path: Path) -> bool:
    """Whether a file describes trajectories of another program: it names a topology."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return False
    return isinstance(content, dict) and "topology" in content


def _campaign(
    path: Path, results: Path | None, membrane: str
) -> tuple[dict, Path, "ComparisonOptions", str]:
    """Settings, results and options of a campaign, and how its atoms move."""
    from workflow.campaign.model import plain

    campaign, home = read_membrane(path, membrane)
    settings = plain(campaign, exclude={"platform"})
    where = results or home
    return settings, where, campaign.comparison, campaign.transport.dynamics


def _study(
    path: Path, results: Path | None, force: float | None, friction: float, temperature: float
) -> tuple[dict, Path, "ComparisonOptions"]:
    """Settings, results and options of a study of trajectories of another program."""
    from analysis.options import ComparisonOptions
    from workflow.cli.study_file import read_study

    if force is None or results is None:
        raise refuse(
            "compare: a study needs --force, the body force on its ions, and --results, the "
            "folder that analyse has written"
        )
    study = read_study("compare", path)
    from analysis.comparison.outside import outside_settings

    try:
        settings = outside_settings(
            study,
            force_kcal_mol_angstrom=force,
            friction_per_ps=friction,
            temperature_K=temperature,
        )
    except ValueError as error:
        raise refuse(f"compare: {error}") from error
    return settings, results, ComparisonOptions()


def _tell(found: "Comparison") -> None:
    """Print mean z at the last time of runs and twins, and what is missing."""
    means = found.table[found.table["quantity"] == "mean_z_nm"]
    if len(means):
        rows_shown = []
        for _, rows in means.groupby(["layout", "salt", "ion"], sort=False):
            known = rows[rows["md"].notna()]
            row = (known if len(known) else rows).iloc[-1]
            md = f"{row['md']:.2f}" if len(known) else "no run"
            if len(known) and row["md_low"] == row["md_low"]:
                md += f" [{row['md_low']:.2f}, {row['md_high']:.2f}]"
            twin = (
                f"{row['continuum']:.2f} [{row['continuum_low']:.2f}, {row['continuum_high']:.2f}]"
            )
            rows_shown.append(
                (row["layout"], row["salt"], row["ion"], f"{row['time_ns']:g}", md, twin)
            )
        talk.show(talk.table(TITLE, MEAN_COLUMNS, rows_shown))
    for (layout, salt), cell in found.twins.items():
        for note in cell.cell.notes:
            if SIZE in note:
                talk.show(f"Twin of {layout} {salt}: {note}")
    orders = found.tables["orders"]
    told = orders[orders["md_decided"] == True]  # noqa: E712
    if len(told):
        talk.show(
            f"Orders that the runs decide: {int((told['same_order'] == True).sum())} of "  # noqa: E712
            f"{len(told)} are those of theory"
        )
    elif orders["md_difference_nm"].notna().any():
        talk.show("The runs decide no order of penetration: their intervals overlap")
    missing = found.tables["missing"]
    for row in missing[missing["of"] != "parameters"].itertuples():
        names = [name for name in (row.layout, row.salt) if isinstance(name, str) and name]
        place = " ".join(names)
        talk.show(f"Missing, {row.of} of {place}: {row.reason}")
    others = int((missing["of"] == "parameters").sum())
    if others:
        talk.show(f"Parameters that the results do not tell: {others}, see tables/missing.csv")
