"""The chapter of a campaign's report on what continuum theory says beside the runs."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.catalogue import COMPARISON_ASSUMPTIONS, COMPARISON_FOLDER, COMPARISON_MAIN
from analysis.results import read_table
from mdtools.atomic import read_json

QUANTITIES = {
    "share_entered": "in or beyond the membrane",
    "share_past_center": "past the centre",
    "share_permeated": "permeated",
}
"""Shares of feed ions of the table at the end, in the words of the page."""

THROUGH = "share_past_permeate_face"
"""Of the first answers of a page."""
PARTED = {"mean_z_nm": ("mean z, nm", 1.0, 2)} | {
    name: (f"{words}, %", 100.0, 0) for name, words in QUANTITIES.items()
}
"""Quantities that are told where runs and twin part: words, factor, digits."""
UNITS = {"L_mol": "L/mol", "mol_m3": "mol/m³", "1": ""}

PARAMETERS = {
    "net_charge_e": ("net charge, e", 0),
    "charge_density_mol_m3": ("X, nominal, mol/m³", 0),
    "effective_charge_density_mol_m3": ("X less ions at groups, mol/m³", 0),
    "pore_radius_nm": ("pore radius, nm", 3),
    "porosity": ("porosity", 2),
    "effective_thickness_nm": ("effective thickness, nm", 2),
}
"""What the page shows of the parameters: name and digits."""
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class End:
    """Feed ions of one kind at the last time of the runs, of theory where there are none."""

    layout: str
    salt: str
    ion: str
    time_ns: float
    mean_z: str
    mean_z_twin: str
    shares: list[tuple[str, str]]
    through_twin: str = ""


@dataclass(frozen=True)
class Parting:
    """A quantity in which runs and twin part, with the causes that the runs speak for."""

    layout: str
    salt: str
    ion: str
    words: str
    time_ns: float
    md: str
    twin: str
    times_interval: float
    causes: list[str]


def chapter(results: Path) -> dict | None:
    """Return what the chapter shows, None where no comparison was made.

    Keys are parameters (layout, salt, values), parameter_names, ends (`End`), quantities (words of
    the shares), orders (decided, same, undecided), partings (`Parting`), agreements (numbers by
    verdict), causes (name, why, what is found of each ion), steady (rows), pressure_bar, tables
    (names), missing (what, reason), twins (by layout and salt), definitions, steady_assumption.
    """
    directory = results / "comparison"
    assumptions = read_json(directory / COMPARISON_ASSUMPTIONS)
    if assumptions is None:
        return None
    table = read_table(directory / COMPARISON_MAIN)
    tables = {path.stem: path for path in sorted((directory / COMPARISON_FOLDER).glob("*.csv"))}
    ordered = read_table(tables["orders"])
    steady = read_table(tables["steady"])
    missing = read_table(tables["missing"]).astype(object).fillna("")
    parted = read_table(tables["partings"])
    return {
        "parameters": parameters(read_table(tables["parameters"])),
        "parameter_names": [name for name, _ in PARAMETERS.values()],
        "ends": ends(table),
        "quantities": list(QUANTITIES.values()),
        "orders": decided(ordered),
        "partings": partings(parted),
        "agreements": agreements(parted),
        "causes": causes(read_table(tables["causes"])),
        "steady": permeation(steady),
        "pressure_bar": steady["pressure_bar"].min() if len(steady) else None,
        "tables": list(tables),
        "missing": reasons(missing),
        "twins": assumptions["twins"],
        "definitions": assumptions["definitions"],
        "steady_assumption": assumptions["steady"],
    }


VERDICTS = ("agree", "apart", "no interval")
"""Of the table of partings."""


def ends(table: pd.DataFrame) -> list[End]:
    """Return a row for each layout, salt and ion at the last time that the runs have."""
    found = []
    for (layout, salt, ion), rows in table.groupby(["layout", "salt", "ion"], sort=False):
        means = rows[rows["quantity"] == "mean_z_nm"]
        known = means[means["md"].notna()]
        end = (known if len(known) else means).iloc[-1]
        now = rows[rows["time_ns"] == end["time_ns"]].set_index("quantity")
        shares = [
            (interval(now.loc[key], "md", 100, 0), interval(now.loc[key], "continuum", 100, 0))
            if key in now.index
            else ("", "")
            for key in QUANTITIES
        ]
        z = (interval(end, "md", 1, 2), interval(end, "continuum", 1, 2))
        through = interval(now.loc[THROUGH], "continuum", 100, 1) if THROUGH in now.index else ""
        key = str(layout), str(salt), str(ion), float(end["time_ns"])
        found.append(End(*key, *z, shares, through))
    return found


def partings(table: pd.DataFrame) -> list[Parting]:
    """Return the quantities of `PARTED` whose interval in the runs does not hold the twin."""
    found = []
    for _, row in table[table["verdict"] == "apart"].iterrows():
        if row["quantity"] not in PARTED:
            continue
        words, scale, digits = PARTED[row["quantity"]]
        names = str(row["causes"]) if pd.notna(row["causes"]) else ""
        found.append(
            Parting(
                str(row["layout"]),
                str(row["salt"]),
                str(row["ion"]),
                words,
                float(row["time_ns"]),
                interval(row, "md", scale, digits),
                interval(row, "continuum", scale, digits),
                float(row["times_interval"]),
                [name for name in names.split("; ") if name],
            )
        )
    return found


def agreements(table: pd.DataFrame) -> dict[str, int]:
    """Return how many quantities of `PARTED` have which verdict; empty if there are none."""
    known = table[table["quantity"].isin(PARTED)]["verdict"]
    return {verdict: int((known == verdict).sum()) for verdict in VERDICTS} if len(known) else {}


def causes(table: pd.DataFrame) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return name and reason of each cause that applies, and of which ions by which numbers.

    What so few ions can show is told with each quantity, not here.
    """
    found = []
    known = table[(table["applies"].astype(str) == "True") & (table["cause"] != "few ions")]
    for cause, rows in known.groupby("cause", sort=False):
        ions = [
            (" ".join(map(str, key)), "; ".join(evidence(row) for _, row in own.iterrows()))
            for key, own in rows.groupby(["layout", "salt", "ion"], sort=False)
        ]
        found.append((str(cause), str(rows["why"].iloc[0]), ions))
    return found


def evidence(row: pd.Series) -> str:
    """Return a number that a cause is judged by, with its interval and its limit."""
    unit = UNITS.get(row["unit"], str(row["unit"]))
    name, _, of = str(row["quantity"]).partition(", ")
    name = name.removesuffix(f"_{row['unit']}").replace("_", " ")
    told = f"{name}{' of ' + of if of else ''} {row['value']:.2g}"
    if pd.notna(row["low"]) and pd.notna(row["high"]):
        told += f" [{row['low']:.2g}, {row['high']:.2g}]"
    told += f" {unit}" if unit else ""
    return told + (f" (limit {row['limit']:.2g})" if pd.notna(row["limit"]) else "")


def parameters(table: pd.DataFrame) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return layout, salt, and for each of `PARAMETERS` the value with its interval and basis."""
    found = []
    for (layout, salt), rows in table.groupby(["layout", "salt"], sort=False):
        by = rows.drop_duplicates("quantity").set_index("quantity")
        values = [
            (number(by.loc[key], digits), str(by.loc[key, "basis"]))
            if key in by.index
            else ("", "")
            for key, (_, digits) in PARAMETERS.items()
        ]
        found.append((str(layout), str(salt), values))
    return found


def number(row: pd.Series, digits: int) -> str:
    """Return a parameter with its interval."""
    named = row.rename({"low": "value_low", "high": "value_high"})
    return interval(named, "value", 1, digits)


def interval(row: pd.Series, of: str, scale: float, digits: int) -> str:
    """Return a value with its range in brackets; nothing where there is none."""
    value, low, high = (scale * row[name] for name in (of, f"{of}_low", f"{of}_high"))
    if pd.isna(value):
        return ""
    # Rounding leaves no minus sign before a zero.
    told = f"{round(value, digits) + 0.0:.{digits}f}"
    if pd.isna(low) or pd.isna(high):
        return told
    edges = (f"{round(edge, digits) + 0.0:.{digits}f}" for edge in (low, high))
    return f"{told} [{', '.join(edges)}]".replace(" ", NO_BREAK)


def decided(table: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return numbers of orders by kind: decided by the runs, same of these, undecided."""
    found = {}
    for kind, rows in table.groupby("kind"):
        known = rows[rows["md_difference_nm"].notna()]
        told = known[known["md_decided"].astype(str) == "True"]
        same = told[told["same_order"].astype(str) == "True"]
        found[str(kind)] = {
            "decided": len(told),
            "same": len(same),
            "undecided": len(known) - len(told),
        }
    return found


def permeation(steady: pd.DataFrame) -> list[dict]:
    """Return permeation in percent by layout, salt and ion at the lowest pressure.

    Each row has the shares of the nominal charge that were asked as ``fractions``, and by these the
    three variants.
    """
    if not len(steady):
        return []
    lowest = steady[steady["pressure_bar"] == steady["pressure_bar"].min()]
    rows = []
    for (layout, salt, ion), own in lowest.groupby(["layout", "salt", "ion"], sort=False):
        if ion.endswith("-"):
            continue
        by = own.set_index(["charge_fraction", "variant"])["permeation"]
        rows.append(
            {
                "layout": layout,
                "salt": salt,
                "ion": ion,
                "by": {
                    float(fraction): [
                        percent(by.get((fraction, name)))
                        for name in ("profile", "average", "mirror")
                    ]
                    for fraction in sorted(own["charge_fraction"].unique(), reverse=True)
                },
            }
        )
    return rows


def percent(share: float | None) -> str:
    """Return a share in percent with two digits that count; nothing where there is none."""
    if share is None or pd.isna(share):
        return ""
    return "below 0.1" if share < 1e-3 else f"{100 * share:.3g}"


def reasons(missing: pd.DataFrame) -> list[tuple[str, str]]:
    """Return what is missing of which layout and salt, equal reasons told once."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in missing.itertuples():
        what = row.of if row.of != "parameters" else " ".join(filter(None, (row.quantity, row.ion)))
        place = " ".join(filter(None, (row.layout, row.salt)))
        found.setdefault((what, row.reason), []).append(place)
    return [
        (f"{what} ({', '.join(dict.fromkeys(places))})", reason)
        for (what, reason), places in found.items()
    ]
