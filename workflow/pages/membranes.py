"""The report over the membranes of a campaign: what each is, side by side, and what all show."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from analysis.catalogue import COMPARISON_MAIN
from analysis.joinings import ACROSS, BETWEEN, MEMBRANE, TOGETHER
from analysis.key_results import QUANTITIES, key_results_of
from analysis.results import Results, read_table
from analysis.statistics import over_membranes, percent
from analysis.trials import POOLED
from mdtools import records
from mdtools.options import TransportOptions
from mdtools.provenance import revision, utc_now, versions
from workflow.pages import answers
from workflow.pages import campaign as page_of_one
from workflow.pages.campaign import NETWORK_ROWS
from workflow.pages.theory import interval

IN_WATER = (
    ("waters", "waters inside", "{:.0f}"),
    ("water_percent", "water, % of the mass", "{:.1f}"),
    ("thickness_nm", "thickness, nm", "{:.2f}"),
    ("density_g_cm3", "density, g/cm³", "{:.2f}"),
)
"""Key of a hydration's report, name and format."""
FEW = 10
"""Membranes; of so few one cannot see how they are distributed."""
NOTHING = pd.Series(
    np.nan,
    index=[
        "time_ns",
        *(f"{of}{edge}" for of in ("md", "continuum") for edge in ("", "_low", "_high")),
    ],
)
"""The end of a membrane without runs or twin."""


@dataclass(frozen=True)
class Row:
    """A quantity of each membrane, in order, and their mean with its interval, as text."""

    name: str
    values: list[str]
    mean: str
    meaning: str = ""


@dataclass(frozen=True)
class First:
    """One of the first answers: of each membrane with its interval, and their mean with both.

    ``share``: of the variance of single trials, between membranes.
    """

    quantity: str
    layout: str
    salt: str
    species: str
    each: list[str]
    mean: str
    within: str
    share: str


@dataclass(frozen=True)
class Beside:
    """Mean z of an ion in the runs and in the twin of each membrane, and the means of both."""

    layout: str
    salt: str
    ion: str
    each: list[tuple[float, str, str]]
    runs: str
    twins: str
    difference: str


def write(
    results: Path,
    campaign: dict,
    homes: dict[str, str],
    figures: Sequence[str],
    page: Path,
) -> None:
    """Write the page over all membranes of a finished campaign.

    Parameters
    ----------
    results : Path
        Directory results/<campaign>.
    campaign : dict
        The campaign's blocks as plain data, every default filled in.
    homes : dict of str
        Directory of each membrane's results, below ``results``, by its name.
    figures : sequence of str
        Names of the figures in results/<campaign>/figures, in the order of the page.
    """
    places = {name: results / home for name, home in homes.items()}
    level = campaign["analysis"]["level"]
    cells = [(layout, salt) for salt in campaign["salts"] for layout in campaign["layouts"]]
    found = Results({cell: results / "observables" / cell[0] / cell[1] for cell in cells})
    table = key_results_of(found, level)
    text = page_of_one.rendered(
        "campaign_membranes.html.j2",
        campaign=campaign,
        homes=homes,
        level=percent(level),
        driven=page_of_one.driven(TransportOptions(**campaign["transport"])),
        first=first_answers(table, list(homes)),
        unsaid=unsaid(table, found["trials"], campaign),
        networks=networks(places, level),
        layouts={layout: in_water(places, layout, level) for layout in campaign["layouts"]},
        swelling=campaign["hydration"]["protocol"] != "voids",
        runs=runs(places, campaign),
        figures=[
            page_of_one.figure(results / "figures", name, campaign["salts"]) for name in figures
        ],
        free_energies=page_of_one.free_energies(results, campaign),
        beside=beside(places, level),
        tables=page_of_one.tables(results, campaign),
        definitions=page_of_one.definitions(results, campaign),
        settings=yaml.safe_dump(campaign, sort_keys=False, allow_unicode=True),
        versions=versions(),
        revision=revision(),
        written=utc_now(),
    )
    page.write_text(text, encoding="utf-8")


def first_answers(table: pd.DataFrame, names: list[str]) -> list[First]:
    """Return the first answers, each of all membranes and over them, by `key_results_of`."""
    pooled = table[table["trial"] == POOLED]
    found = []
    keys = ["quantity", "layout", "salt", "species"]
    for (quantity, layout, salt, species), rows in pooled.groupby(keys, sort=False):
        digits = 2 if quantity == "mean_z_nm" else 1
        own = rows.set_index(MEMBRANE)
        if ACROSS not in own.index:
            continue
        mean = own.loc[ACROSS]
        inner = pd.Series(
            {"value": mean["value"], "low": mean["low_within"], "high": mean["high_within"]}
        )
        share = mean[BETWEEN]
        found.append(
            First(
                QUANTITIES[quantity],
                layout,
                salt,
                species,
                [answers.printed(own.loc[name], digits) for name in names],
                answers.printed(mean, digits),
                answers.printed(inner, digits).partition(" ")[2] or "none",
                "" if pd.isna(share) else f"{share:.0%}",
            )
        )
    return found


def unsaid(table: pd.DataFrame, trials: pd.DataFrame, campaign: dict) -> list[str]:
    """Return what the results over all membranes do not say."""
    single = trials[~trials[MEMBRANE].isin((ACROSS, TOGETHER))]
    lines = answers.unsaid(table[table[MEMBRANE] == ACROSS], single)
    count = single[MEMBRANE].nunique()
    if count <= FEW:
        lines.append(
            f"How membranes are distributed: there are {count}. The t interval takes their means "
            f"as normally distributed, which {count} of them cannot show."
        )
    if campaign["stamp"]:
        lines.insert(
            0,
            f"Any physics: this campaign is marked {campaign['stamp']}. It shows the way from "
            "membranes to figures on systems that are smaller, or in runs that are shorter, than "
            "the question asks for.",
        )
    return lines


def networks(places: dict[str, Path], level: float) -> list[Row]:
    """Return the quantities of the networks' reports."""
    reports = [records.read(place / "network" / "report.json") for place in places.values()]
    sizes = [_row(("atoms", "atoms", "{}", "of the neutral network"), reports, level)]
    rows = (_row(entry, reports, level) for entry in NETWORK_ROWS)
    return [row for row in [*sizes, *rows] if row is not None]


def in_water(places: dict[str, Path], layout: str, level: float) -> list[Row]:
    """Return charged groups, water and thickness of the membranes in one layout."""
    charged = [
        records.read(place / "charged" / layout / "report.json") for place in places.values()
    ]
    wet = [records.read(place / "hydrated" / layout / "report.json") for place in places.values()]
    kinds = dict.fromkeys(kind for report in charged for kind in report["counts"])
    counted = [
        {kind: report["counts"].get(kind, 0) for kind in kinds} | {"net": report["net_charge_e"]}
        for report in charged
    ]
    rows = [_row((kind, f"{kind} groups", "{}", ""), counted, level) for kind in kinds]
    rows += [_row(("net", "net charge, e", "{:+d}", ""), counted, level)]
    rows += [_row((*entry, ""), wet, level) for entry in IN_WATER]
    return [row for row in rows if row is not None]


def _row(entry: tuple[str, str, str, str], reports: list[dict], level: float) -> Row | None:
    """Return a quantity of all reports, None where one of them has not got it."""
    key, name, form, meaning = entry
    values = [report.get(key) for report in reports]
    if any(value is None for value in values):
        return None
    told = [form.format(value) for value in values]
    if all(isinstance(value, int) for value in values):
        form = "{:.1f}"
    numbers = np.array(values, dtype=float)
    means = over_membranes(numbers, level)
    mean = form.format(float(means.value))
    if len(set(values)) > 1:
        # None of these can be negative but a charge, and no share is above 1.
        least = -np.inf if numbers.min() < 0 else 0.0
        most = 1.0 if form.endswith("%}") else np.inf
        low, high = np.clip((means.low, means.high), least, most)
        mean += f" [{form.format(low)}, {form.format(high)}]"
    else:
        mean = told[0]
    return Row(name, told, mean, meaning)


def runs(places: dict[str, Path], campaign: dict) -> list[dict]:
    """Return what the runs of each membrane have reached."""
    found = []
    for name, place in places.items():
        done = page_of_one.runs(place, campaign)
        found.append(
            {
                "membrane": name,
                "runs": len(done),
                "least_ns": min(run["done_ps"] for run in done) / 1000,
                "target_ns": max(run["target_ps"] for run in done) / 1000,
            }
        )
    return found


def beside(places: dict[str, Path], level: float) -> list[Beside]:
    """Return mean z at the end of the runs, and of the twins that were made of each membrane."""
    ends = {name: _ends(place) for name, place in places.items()}
    keys = dict.fromkeys(key for rows in ends.values() for key in rows)
    found = []
    for key in keys:
        rows = [rows.get(key, NOTHING) for rows in ends.values()]
        each = [
            (float(row["time_ns"]), interval(row, "md", 1, 2), interval(row, "continuum", 1, 2))
            for row in rows
        ]
        md, twin = (np.array([row[of] for row in rows], dtype=float) for of in ("md", "continuum"))
        whole = bool(np.isfinite(md - twin).all())
        means = [_mean(values, level) if whole else "" for values in (md, twin, md - twin)]
        found.append(Beside(*key, each, *means))
    return found


def _ends(place: Path) -> dict[tuple[str, str, str], pd.Series]:
    """Return the last row of mean z of each layout, salt and ion."""
    table = read_table(place / "comparison" / COMPARISON_MAIN)
    means = table[(table["quantity"] == "mean_z_nm") & table["md"].notna()]
    return {
        tuple(map(str, key)): rows.iloc[-1]
        for key, rows in means.groupby(["layout", "salt", "ion"], sort=False)
    }


def _mean(values: np.ndarray, level: float) -> str:
    means = over_membranes(values, level)
    row = pd.Series({"m": means.value, "m_low": means.low, "m_high": means.high}, dtype=float)
    return interval(row, "m", 1, 2)
