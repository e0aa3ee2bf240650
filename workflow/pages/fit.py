"""The report of a fit: one HTML page with parameters, warnings, figures and links to its tables."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, StrictUndefined

from analysis.figures.characterize.quantities import Shown
from analysis.figures.continuum.ions import label
from mdtools.atomic import write_text
from workflow.pages.campaign import TEMPLATES, image_of

TITLES = {
    "rejection_bands": "Rejection against flux",
    "parity": "Predicted against measured",
    "residuals": "What is left over",
    "profile_likelihoods": "Profile likelihoods",
    "corner": "What the data leave open",
    "pore_sizes": "Pore sizes",
}
TABLES = {
    "measurements": "what was read, in SI units",
    "parameters": "best values, standard deviations, intervals, bounds",
    "residuals": "measured and predicted rejections, with their range over the ensemble",
    "profiles": "profile likelihoods",
    "posterior": "membranes drawn from the posterior",
    "bands": "predicted rejections along the flux, with their range over the ensemble",
    "classical": "the classical four steps, with their elasticities",
    "pores": "parameters of a distribution of pores",
    "pore_sizes": "the densities drawn",
}
LMH, BAR, ZERO_CELSIUS = 1e-3 / 3600, 1e5, 273.15
MOST_ROWS = 60
"""Measurements that the page shows; the table has all."""
LEAST_PROBABILITY = 1e-6
"""Below which no tail of a normal distribution is that of measurements."""
WIDEST = 20.0
"""Width of an interval over the value, from which on its numbers mean nothing."""


@dataclass(frozen=True)
class FitPage:
    """What the page shows.

    Attributes
    ----------
    name : str
    published : dict of str
        what, source, doi, obtained, sd, film of a published data set; empty for another.
    level : of the intervals
    tables : dict of DataFrame, SI units, as written beside the page
    summary : dict
        Content of fit.json.
    figures : pairs of name and PNG file
    """

    name: str
    published: dict[str, str]
    level: float
    tables: dict[str, pd.DataFrame]
    summary: dict[str, Any]
    figures: tuple[tuple[str, Path], ...]


@dataclass(frozen=True)
class ParameterRow:
    """A parameter as printed: best value, interval, what limits it."""

    name: str
    value: str
    interval: str
    unit: str
    note: str


def write_page(content: FitPage, path: Path) -> None:
    """Write the page."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string((TEMPLATES / "fit.html.j2").read_text(encoding="utf-8"))
    summary = content.summary
    text = template.render(
        style=(TEMPLATES / "page.css").read_text(encoding="utf-8"),
        name=content.name,
        published=content.published,
        level=f"{100 * content.level:g}",
        parameters=parameter_rows(content.tables["parameters"]),
        warnings=summary["warnings"],
        goodness=goodness(summary),
        measurements=measurement_rows(content.tables["residuals"]),
        count=len(content.tables["residuals"]),
        most=MOST_ROWS,
        figures=[
            (name, TITLES[name], *image_of(path.parent / f"{name}.png"))
            for name, path in content.figures
        ],
        classical=classical_rows(content.tables.get("classical")),
        pores=pore_rows(content.tables.get("pores")),
        assumptions=summary["assumptions"],
        tables=[(name, TABLES[name]) for name in content.tables],
        provenance=summary["provenance"],
    )
    write_text(path, text)


def parameter_rows(table: pd.DataFrame) -> list[ParameterRow]:
    """Rows of parameters in the units of the figures."""
    rows = []
    for row in table.itertuples():
        quantity = Shown(str(row.parameter))
        low, high = (number(quantity.value(end)) for end in (row.low, row.high))
        if not row.free:
            interval, note = "", "fixed"
        elif not high:
            interval, note = "", ""
        elif row.open_low and row.open_high:
            interval, note = "open", "the data limit it nowhere within the bounds"
        elif row.open_low:
            interval, note = f"up to {high}", f"no lower limit above the bound, {low}"
        elif row.open_high:
            interval, note = f"from {low}", f"no upper limit below the bound, {high}"
        else:
            interval, note = f"{low} to {high}", ""
        if isinstance(row.at_bound, str):
            note = f"at its {row.at_bound} bound: no estimate"
        best = number(quantity.value(row.value))
        rows.append(ParameterRow(quantity.name, best, interval, quantity.unit, note))
    return rows


def goodness(summary: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Name, value and meaning of how well the theory fits."""
    rows = [
        ("root mean square", number(summary["rmse"]), "of predicted less measured rejection"),
        ("degrees of freedom", str(summary["degrees_of_freedom"]), "data less free parameters"),
    ]
    if summary["sd_estimated"] is not None:
        meaning = "of a rejection, estimated from the residuals: no sd was given"
        rows.append(("standard deviation", number(summary["sd_estimated"]), meaning))
    if summary["p_value"] is not None:
        rows.append(("chi²", number(summary["chi2"]), "sum of squares over the given sd"))
        meaning = "probability of a larger chi² if theory and standard deviations held"
        least = summary["p_value"] < LEAST_PROBABILITY
        shown = f"below {number(LEAST_PROBABILITY)}" if least else number(summary["p_value"])
        rows.append(("p", shown, meaning))
    rows.append(("converged", "yes" if summary["converged"] else "no", summary["search"]))
    return rows


def measurement_rows(table: pd.DataFrame) -> list[list[str]]:
    """Feed, series, ion, flux, pressure, measured, sd, predicted, range of the first rows."""
    return [
        [
            ", ".join(filter(None, (str(row.feed), str(row.series)))),
            label(str(row.ion)),
            number(row.flux_m_s / LMH),
            number(row.pressure_pa / BAR),
            number(row.temperature_K - ZERO_CELSIUS),
            decimals(row.rejection),
            decimals(row.sd),
            decimals(row.predicted),
            f"{decimals(row.low)} to {decimals(row.high)}" if decimals(row.low) else "",
        ]
        for row in table.head(MOST_ROWS).itertuples()
    ]


def classical_rows(table: pd.DataFrame | None) -> list[list[str]]:
    """Name, value, own sd, sd with earlier steps, unit of the four steps."""
    if table is None:
        return []
    rows = []
    for row in table.itertuples():
        quantity = Shown(str(row.parameter))
        values = (number(quantity.value(x)) for x in (row.value, row.own_sd, row.sd))
        rows.append([quantity.name, *values, quantity.unit])
    return rows


def pore_rows(table: pd.DataFrame | None) -> list[list[str]]:
    """Name, value, interval, unit of what was learnt with the pores."""
    if table is None:
        return []
    rows = []
    for row in table[~table.parameter.isin(["mu", "sigma"])].itertuples():
        quantity = Shown(str(row.parameter))
        value, low, high = (float(quantity.value(x)) for x in (row.value, row.low, row.high))
        interval = f"{number(low)} to {number(high)}"
        if not (math.isfinite(low) and math.isfinite(high)) or high - low > WIDEST * abs(value):
            interval = "not determined"
        rows.append([quantity.name, number(value), interval, quantity.unit])
    return rows


def number(value: float | None) -> str:
    """A number with three digits that count; nothing for none.

    >>> number(-42.26), number(float("nan")), number(0.0004591), number(3162.2)
    ('−42.3', '', '0.000459', '3162')
    """
    if value is None or not math.isfinite(value):
        return ""
    return (f"{value:.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:.3g}").replace("-", "−")


def decimals(value: float) -> str:
    """A rejection; nothing for none.

    >>> decimals(-0.2071)
    '−0.207'
    """
    return f"{value:.3f}".replace("-", "−") if math.isfinite(value) else ""


def plain(value: Any) -> Any:
    """Content that JSON can hold: no numpy, None in place of NaN and infinity.

    >>> plain({"a": (1.0, float("nan"))})
    {'a': [1.0, None]}
    """
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
