"""The page of a membrane report: one HTML file that needs no other to be read."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
from jinja2 import Environment, StrictUndefined

from analysis.figures.style import label
from mdtools.provenance import revision, utc_now, versions
from workflow.pages.campaign import PLACES, STUDY, TEMPLATES
from workflow.pages.network_report import hydrated
from workflow.pages.network_report.figures import DrawnFigure
from workflow.pages.network_report.quantities import QUANTITIES, Quantity
from workflow.pages.network_report.sources import ReportedMembrane

UNITS = {"1": "", "angstrom": "Å", "nm3": "nm³", "g/cm3": "g/cm³", "1/nm3": "nm⁻³"}
"""Units of the tables as printed, where they differ."""
ASSUMPTIONS = (
    "numbers called dry are those of the network as it left its relaxation, at the volume it was "
    "made in; the study reports none of a dry network, so nothing stands beside them",
    "numbers in water are of charged membranes in their runs, over trials, and stand beside what "
    "the study reports of its own in water; nothing was scaled or fitted",
    "pores are geometric: atoms are hard spheres of the UFF's sigma as diameter, the network does "
    "not move, and only the dense region counts; the study used PoreBlazer 4 on its own membranes",
    "the study tells no conversion, no O/N and no free volume of its membranes: those rows have "
    "nothing to compare with",
)
"""What a reader of any of these reports has to know."""
COUNT_MEAN = ".1f"
"""Format of a mean of whole numbers."""
APART_SHARE = 0.1
"""Of a value of the study without a standard deviation: a difference beyond it is coloured."""
NOT_AVERAGED = "of one network"
LICENCES = (
    "3-D view: three.js, MIT licence, copyright 2010-2022 Three.js Authors, from the package "
    "trimesh, MIT licence, copyright 2023 Michael Dawson-Haggerty and contributors"
)


@dataclass(frozen=True)
class PageContent:
    """The content of the page: membranes, tables, figures and the 3-D view.

    Attributes
    ----------
    membranes : tuple of ReportedMembrane
    tables : dict of DataFrame
        quantities, summary, layouts, counts, water, hydrated, as written beside the page.
    figures : tuple of DrawnFigure
    view : str
        HTML page of the 3-D view.
    """

    membranes: tuple[ReportedMembrane, ...]
    tables: dict[str, pd.DataFrame]
    figures: tuple[DrawnFigure, ...]
    view: str


@dataclass(frozen=True)
class Row:
    """A row is one quantity as printed."""

    label: str
    values: tuple[str, ...]
    mean: str
    unit: str
    study: str
    gap: str
    apart: bool
    definition: str


def render(content: PageContent) -> str:
    """Render the report as HTML."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(
        (TEMPLATES / "membranes.html.j2").read_text(encoding="utf-8")
    )
    rows = quantity_rows(content.tables["quantities"], content.tables["summary"])
    return template.render(
        style=(TEMPLATES / "page.css").read_text(encoding="utf-8"),
        membranes=content.membranes,
        groups=rows,
        compared=[row for group in rows.values() for row in group if row.study],
        figures=content.figures,
        view=content.view,
        layouts=layout_rows(content.tables["layouts"]),
        problems=problems(content.tables["layouts"]),
        counts=content.tables["counts"],
        water=content.tables["water"].to_dict("records"),
        hydrated=hydrated.page_rows(
            content.tables["hydrated"],
            {
                (m.name, layout): own
                for m in content.membranes
                for layout, own in m.compositions.items()
            },
        ),
        hydrated_columns={name: heading for name, (*_, heading) in hydrated.SHOWN.items()},
        hydrated_study=hydrated.study_row(),
        tables=[name for name, table in content.tables.items() if len(table)],
        places=PLACES,
        assumptions=ASSUMPTIONS,
        licences=LICENCES,
        study=STUDY,
        versions=versions(),
        revision=revision(),
        written=utc_now(),
    )


def quantity_rows(table: pd.DataFrame, summary: pd.DataFrame) -> dict[str, list[Row]]:
    """Return the rows of the quantities under their headings."""
    groups: dict[str, list[Row]] = {}
    by_name = summary.set_index("quantity")
    for q in QUANTITIES:
        values = table.value[table.quantity == q.name]
        groups.setdefault(q.group, []).append(_row(q, values, by_name.loc[q.name]))
    return groups


def _row(q: Quantity, values: pd.Series, statistics: pd.Series) -> Row:
    gap, apart = gap_text(q, statistics) if math.isnan(q.at_most) else soundness(q, values)
    study = "" if math.isnan(statistics.study_value) else shown(statistics.study_value, q.form)
    if study and not math.isnan(statistics.study_sd):
        study += f" ± {shown(statistics.study_sd, q.form)}"
    mean = shown(statistics["mean"], q.form)
    if q.of_one and len(values) > 1:
        mean = NOT_AVERAGED
    elif statistics.sd > 0:
        form = COUNT_MEAN if q.form == "d" else q.form
        mean = f"{shown(statistics['mean'], form)} ± {shown(statistics.sd, form)}"
    return Row(
        label=q.label,
        values=tuple(shown(value, q.form) for value in values),
        mean=mean,
        unit=UNITS.get(q.unit, q.unit),
        study=study,
        gap=gap,
        apart=apart,
        definition=q.definition,
    )


def shown(value: float, form: str) -> str:
    """Format a number as printed.

    >>> shown(14.0, "d"), shown(-0.5, ".2f"), shown(float("nan"), ".2f")
    ('14', '−0.50', '—')
    """
    if math.isnan(value):
        return "—"
    text = f"{round(value):d}" if form == "d" else f"{value:{form}}"
    return text.replace("-", "−")


def soundness(q: Quantity, values: pd.Series) -> tuple[str, bool]:
    """Say whether the worst network keeps a limit, and whether that calls for attention."""
    limit = f"at most {q.at_most:g}" if q.at_most else "0"
    wrong = values.abs().max() > q.at_most
    return (f"must be {limit}", True) if wrong else ("as it must be", False)


def gap_text(q: Quantity, statistics: pd.Series) -> tuple[str, bool]:
    """Say how the mean differs from the study, and whether that calls for attention.

    It does beyond the study's standard deviation, and where the study gives none beyond
    `APART_SHARE` of its value.
    """
    if math.isnan(statistics.study_value):
        return "", False
    gap = statistics["mean"] - statistics.study_value
    if not gap:
        return "none", False
    text = ("+" if gap > 0 else "") + shown(gap, q.form if q.form != "d" else ".4g")
    if math.isnan(statistics.study_sd):
        share = gap / statistics.study_value
        return f"{text} ({share:+.0%})".replace("-", "−"), abs(share) > APART_SHARE
    apart = abs(gap) > statistics.study_sd
    times = shown(abs(gap) / statistics.study_sd, ".1f")
    return f"{text}, {times} sd of the study", apart


def layout_rows(table: pd.DataFrame) -> list[dict]:
    """Return a row for each layout that some network holds, its numbers over the networks."""
    rows = []
    placed = table[table.problem == ""]
    for name, own in placed.groupby("layout", sort=False):
        kinds = own.groupby("kind", sort=False)
        rows.append(
            {
                "name": name,
                "net": each(shown(n, "+.0f") for n in own.drop_duplicates("network").net_charge_e),
                "error": f"{own.charge_error_e.abs().max():.0e}",
                "kinds": [
                    {
                        "kind": label(kind),
                        "count": each(str(n) for n in rows_["count"]),
                        "study": int(rows_.study_count.iloc[0]),
                        "where": rows_["where"].iloc[0],
                        "widened": each(f"{nm:.2f}" if nm else "0" for nm in rows_.widened_nm),
                    }
                    for kind, rows_ in kinds
                ],
            }
        )
    return rows


def each(values: Iterable[str]) -> str:
    """Join the values of the networks as printed: one if they are all the same.

    >>> each(["14", "14"]), each(["0", "0.12"])
    ('14', '0 / 0.12')
    """
    values = list(values)
    return values[0] if len(set(values)) == 1 else " / ".join(values)


def problems(table: pd.DataFrame) -> list[str]:
    """List the reasons why a network cannot hold layouts, each once."""
    failed = table[table.problem != ""].drop_duplicates(["network", "problem"])
    return [f"{row.network}: {row.problem}" for row in failed.itertuples()]
