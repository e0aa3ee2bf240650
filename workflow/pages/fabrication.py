"""The report of a fabrication study: one HTML page that holds its figures and links its tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from jinja2 import Environment, StrictUndefined

from mdtools.atomic import write_text
from mdtools.provenance import revision, utc_now, versions
from workflow.pages.campaign import TEMPLATES, image_of
from workflow.pages.fit import number

TITLES = {
    "composition": "Composition",
    "film_structure": "Thickness and pores",
    "depth_profiles": "Along the depth",
    "selectivity": "Passage selectivity against permeance",
    "trade_off": "Organics over divalent cations",
    "charge_variants": "What the place of the charge is worth",
    "pharmaceuticals": "Pharmaceuticals",
    "reagents": "Length of the diacyl chloride",
    "series": "Dose and time",
}
TABLES = {
    "films": "every quantity of every film",
    "summary": "means over repeats with intervals, beside measured values",
    "trends": "statements of the study, held to differences in each repeat",
    "reasons": "why statements do not come out, in numbers",
    "profiles": "densities along the depth of every film",
    "rejections": "rejections of all solutes by every film",
    "performance": "permeance, selectivities and cut-off of every film",
    "charge_variants": "rejections of salts by own, even, mirrored and no charge",
    "charge_layers": "charge of the layers of every film",
    "pharmaceuticals": "rejections of pharmaceuticals by size and charge",
    "definition_check": "B/A by its definition from printed rejections",
    "reactions": "numbers of every step",
    "leached": "composition of what leaches take and of what stays",
}
OUTCOMES = {
    "comes out": "the mean has the sign, and the interval leaves 0 out",
    "sign right": "the mean has the sign, and the interval holds 0",
    "sign wrong": "the mean has the other sign, and the interval holds 0",
    "contradicted": "the mean has the other sign, and the interval leaves 0 out",
    "no data": "no repeat has both films, or not the quantity",
}


@dataclass(frozen=True)
class FabricationPage:
    """What the page shows.

    Attributes
    ----------
    name : str
    stamp : str or None
        A word that marks studies which show no physics.
    seed, repeats : int
    level : of the intervals
    membranes : sequence of str
    tables : dict of DataFrame
        As written beside the page.
    definitions : dict of str
        What each quantity is, with its unit.
    drugs : str
        What the study says of pharmaceuticals beside the numbers of the table.
    assumptions : sequence of str
    settings : str
        The study's file with every default filled in.
    """

    name: str
    stamp: str | None
    seed: int
    repeats: int
    level: float
    membranes: Sequence[str]
    tables: Mapping[str, pd.DataFrame]
    definitions: Mapping[str, str]
    drugs: str
    assumptions: Sequence[str]
    settings: str


def write_page(content: FabricationPage, figures: Sequence[str], path: Path) -> None:
    """Write the page; its figures lie in ``figures`` beside it."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    source = (TEMPLATES / "fabrication.html.j2").read_text(encoding="utf-8")
    trends = content.tables["trends"]
    text = environment.from_string(source).render(
        style=(TEMPLATES / "page.css").read_text(encoding="utf-8"),
        content=content,
        level=f"{100 * content.level:g}",
        outcomes=[
            (name, words, int((trends.outcome == name).sum())) for name, words in OUTCOMES.items()
        ],
        trends=trend_rows(trends),
        reasons=reasons(content.tables["reasons"]),
        figures=[
            (name, TITLES[name], *image_of(path.parent / "figures" / f"{name}.png"))
            for name in figures
        ],
        grid=grid(content.tables["summary"], content.membranes),
        drugs=drug_rows(content.tables["pharmaceuticals"]),
        checks=check_rows(content.tables["definition_check"]),
        files=[(name, TABLES[name]) for name in TABLES if name in content.tables],
        versions=versions(),
        revision=revision(),
        written=utc_now(),
    )
    write_text(path, text)


def interval(value: float, low: float, high: float) -> str:
    """A value with its interval, without one where it is not known; nothing for none.

    >>> interval(1.5, 1.0, 2.0), interval(1.5, float("nan"), float("nan"))
    ('1.5 (1 to 2)', '1.5')
    """
    if not number(value):
        return ""
    return f"{number(value)} ({number(low)} to {number(high)})" if number(low) else number(value)


def trend_rows(trends: pd.DataFrame) -> list[dict[str, str]]:
    """Rows of statements in words and printed numbers."""
    return [
        {
            "statement": row.statement,
            "what": f"{row.quantity}, {row.first} less {row.second}",
            "sign": "+" if row.sign > 0 else "−",
            "difference": interval(row.difference, row.low, row.high),
            "right": f"{row.right} of {row.repeats}",
            "needed": number(row.needed) or ("more than 1000" if row.repeats > 1 else ""),
            "measured": number(row.measured),
            "outcome": row.outcome,
        }
        for row in trends.itertuples()
    ]


def reasons(table: pd.DataFrame) -> list[tuple[str, str, list[str]]]:
    """Statement, outcome and lines of each statement that does not come out."""
    found = []
    for statement, part in table.groupby("statement", sort=False):
        found.append((str(statement), str(part.outcome.iloc[0]), part.reason.tolist()))
    return found


def grid(
    summary: pd.DataFrame, membranes: Sequence[str]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Quantities with value and measured value of every membrane."""
    rows = summary.set_index(["quantity", "membrane"])
    found = []
    for quantity in dict.fromkeys(summary.quantity):
        cells = []
        for name in membranes:
            if (quantity, name) not in rows.index:
                cells.append(("", ""))
                continue
            one = rows.loc[(quantity, name)]
            cells.append((interval(one.value, one.low, one.high), number(one.measured)))
        found.append((str(quantity), cells))
    return found


def drug_rows(table: pd.DataFrame) -> list[list[str]]:
    """Solute, radius, charge, membrane, rejection, films whose pores are no larger, measured."""
    return [
        [
            row.solute,
            number(row.stokes_radius_nm),
            f"{row.charge:+d}" if row.charge else "0",
            row.membrane,
            interval(row.rejection_percent, row.low, row.high),
            f"{row.excluded} of {row.repeats}",
            number(row.measured_percent),
        ]
        for row in table.itertuples()
    ]


def check_rows(table: pd.DataFrame) -> list[list[str]]:
    """Membrane, solute, rejection, printed B/A, by its definition, difference, osmotic pressure."""
    return [
        [row.membrane, row.solute]
        + [
            number(value)
            for value in (
                row.rejection_percent,
                row.printed_bar,
                row.b_over_a_bar,
                row.difference_percent,
                row.osmotic_bar,
            )
        ]
        for row in table.itertuples()
    ]
