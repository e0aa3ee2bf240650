"""Charged membranes in water: what a campaign's runs and hydrations measured, beside the study."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.observables.structure import DENSE, MEMBRANE, STUDY
from analysis.results import load
from analysis.trials import POOLED
from mdtools import records

RUNS, HYDRATION = "transport runs", "hydration"
"""Stages of a campaign that know a membrane in water."""
COLUMNS = (
    "layout",
    "salt",
    "stage",
    "place",
    "quantity",
    "value",
    "low",
    "high",
    "unit",
    "study_value",
    "study_sd",
    "interval",
    "note",
)
HYDRATION_KEYS = {
    "thickness_nm": (MEMBRANE, "thickness_nm", "nm"),
    "waters": (MEMBRANE, "waters", "1"),
    "water_percent": (MEMBRANE, "water_percent", "percent"),
    "density_g_cm3": (DENSE, "density_g_cm3", "g_cm3"),
}
"""Place, name and unit of the numbers in the report of a hydration."""
NOT_MET = "the hydration ended before its criterion was met"
NOT_SWOLLEN = "not swollen: water in the voids of the dry network"
BLOCK_INTERVAL = "95 % t over five correlated parts of the last block, a lower bound"
"""Interval of the means of a hydration."""
SHOWN = {
    "density": (DENSE, "density_g_cm3", ".2f", "density,<br>g/cm³"),
    "pores": (DENSE, "mean_pore_diameter_angstrom", ".1f", "mean pore<br>diameter, Å"),
    "porosity": (DENSE, "void_fraction", ".2f", "porosity"),
    "limiting": (DENSE, "limiting_z_angstrom", ".1f", "limiting pore<br>across z, Å"),
    "dense_thickness": (DENSE, "thickness_nm", ".2f", "dense<br>thickness, nm"),
    "dense_volume": (DENSE, "volume_nm3", ".1f", "dense<br>volume, nm³"),
    "dense_water": (DENSE, "water_percent", ".1f", "water in the dense<br>region, % of mass"),
    "thickness": (MEMBRANE, "thickness_nm", ".2f", "face to<br>face, nm"),
    "water": (MEMBRANE, "water_percent", ".1f", "water in the<br>membrane, % of mass"),
    "waters": (MEMBRANE, "waters", ".0f", "waters in the<br>membrane"),
}
"""Place, quantity, format and heading of each column of the page."""


@dataclass(frozen=True)
class Composition:
    """Charged groups of a membrane, and its net charge in e; empty where nothing says so."""

    groups: str = ""
    net: str = ""


@dataclass(frozen=True)
class Number:
    """A number as printed, its gap from the study, and whether that is beyond one deviation."""

    text: str
    apart: bool = False
    gap: str = ""


def read(results: Path) -> pd.DataFrame:
    """Return what a campaign's results tell of its membranes in water, without rows if nothing.

    Returns
    -------
    DataFrame
        COLUMNS; low and high are the interval over trials.
    """
    rows = [*_hydrations(results), *_runs(results)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _hydrations(results: Path) -> Iterator[dict]:
    """Yield the numbers of each layout's hydration, whose report may lack any of its keys."""
    for path in sorted(results.glob("hydrated/*/report.json")):
        report = records.read_sound(path) or {}
        note = _note(report)
        for key, (place, quantity, unit) in HYDRATION_KEYS.items():
            value = report.get(key)
            if not isinstance(value, int | float):
                continue
            study_value, study_sd = STUDY.get((place, quantity), (math.nan, math.nan))
            yield {
                "layout": path.parent.name,
                "salt": "",
                "stage": HYDRATION,
                "place": place,
                "quantity": quantity,
                "value": float(value),
                "low": float(report.get(f"{key}_low", math.nan)),
                "high": float(report.get(f"{key}_high", math.nan)),
                "unit": unit,
                "study_value": study_value,
                "study_sd": study_sd,
                "interval": BLOCK_INTERVAL if f"{key}_low" in report else "none",
                "note": note,
            }


def _note(report: dict) -> str:
    """Return what a reader has to know of how a hydration ended, empty if it met its criterion."""
    if report.get("protocol") == "voids":
        return NOT_SWOLLEN
    return NOT_MET if report.get("criterion_met") is False else ""


def _runs(results: Path) -> Iterator[dict]:
    """Yield the numbers over trials of each layout and salt."""
    try:
        table = load(results)["structure"]
    except (FileNotFoundError, KeyError):
        return
    pooled = table[table.trial == POOLED].assign(stage=RUNS)
    notes = pooled.note.astype(object).where(pooled.note.notna(), "")
    yield from pooled.assign(note=notes)[list(COLUMNS)].to_dict("records")


def composition(results: Path, layout: str) -> Composition:
    """Return the charged groups of a campaign's membrane."""
    # A wrong source is refused before what draws is loaded.
    from analysis.figures.style import label

    report = records.read_sound(results / "charged" / layout / "report.json") or {}
    counts = report.get("counts", {})
    groups = ", ".join(f"{count} {label(kind)}" for kind, count in counts.items())
    net = f"{report['net_charge_e']:+.0f}" if "net_charge_e" in report else ""
    return Composition(groups, net.replace("-", "−"))


def page_rows(table: pd.DataFrame, compositions: dict[tuple[str, str], Composition]) -> list[dict]:
    """Return a row of the page for each charged membrane, salt and stage.

    Parameters
    ----------
    table : DataFrame
        COLUMNS and network.
    compositions : dict
        By network and layout.
    """
    rows = []
    # All stages of a layout together, hydration first, as the table has them.
    by_layout = [
        (key, own)
        for _, layout in table.groupby(["network", "layout"], sort=False)
        for key, own in layout.groupby(["network", "layout", "stage", "salt"], sort=False)
    ]
    for (network, layout, stage, salt), own in by_layout:
        numbers = own.set_index(["place", "quantity"])
        rows.append(
            {
                "network": network,
                "layout": layout,
                "composition": compositions.get((network, layout), Composition()),
                "stage": stage if not salt else f"{stage}, {salt}",
                "numbers": {
                    name: shown(numbers, place, quantity, form)
                    for name, (place, quantity, form, _) in SHOWN.items()
                },
                "note": "; ".join(dict.fromkeys(filter(None, own.note))),
            }
        )
    return rows


def shown(numbers: pd.DataFrame, place: str, quantity: str, form: str) -> Number:
    """Return a number with half of its interval, and its distance from the study."""
    if (place, quantity) not in numbers.index:
        return Number("—")
    row = numbers.loc[(place, quantity)]
    if math.isnan(row.value):
        return Number("—")
    text = f"{row.value:{form}}"
    if not math.isnan(row.high):
        text += f" ± {row.high - row.value:{form}}"
    if math.isnan(row.study_value):
        return Number(text)
    gap = f"{row.value - row.study_value:+{form}}".replace("-", "−")
    apart = not math.isnan(row.study_sd) and abs(row.value - row.study_value) > row.study_sd
    return Number(text, apart, gap)


def study_row() -> dict[str, str]:
    """Return the study's numbers by the names of SHOWN, as printed."""
    texts = {}
    for name, (place, quantity, form, _) in SHOWN.items():
        value, sd = STUDY.get((place, quantity), (math.nan, math.nan))
        texts[name] = "" if math.isnan(value) else f"{value:{form}}"
        if not math.isnan(sd):
            texts[name] += f" ± {sd:{form}}"
    return texts


def nothing() -> pd.DataFrame:
    """Return the table of a membrane of which nothing in water is known."""
    return pd.DataFrame(columns=list(COLUMNS))


def joined(parts: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Return the tables of several networks as one, with the network in front."""
    tables = [table.assign(network=name) for name, table in parts if len(table)]
    columns = ["network", *COLUMNS]
    if not tables:
        return pd.DataFrame(columns=columns)
    return pd.concat(tables, ignore_index=True)[columns]
