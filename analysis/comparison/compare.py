"""A campaign held against continuum theory: every layout and salt, and the layouts among them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.catalogue import COMPARISON_ASSUMPTIONS, COMPARISON_FOLDER, COMPARISON_MAIN
from analysis.comparison.beside import COLUMNS, DEFINITIONS, PROFILE_COLUMNS, Beside, beside
from analysis.comparison.layouts import (
    charge_profiles,
    charge_table,
    rejection_table,
    steady_assumption,
    told_missing,
)
from analysis.comparison.observed import Runs, common_end, observed
from analysis.comparison.orders import ORDER_COLUMNS, orders
from analysis.comparison.parameters.campaign import Campaign
from analysis.comparison.parameters.found import Missing
from analysis.comparison.parameters.parameters import Parameters, continuum_parameters
from analysis.comparison.partings import CAUSE_DEFINITIONS, parting_tables
from analysis.comparison.twins.stepping import NoStep
from analysis.options import ComparisonOptions
from mdtools.atomic import replacing

if TYPE_CHECKING:
    import pandas as pd

MAIN, ASSUMPTIONS, TABLES = COMPARISON_MAIN, COMPARISON_ASSUMPTIONS, COMPARISON_FOLDER


@dataclass(frozen=True)
class Comparison:
    """What a campaign's runs and continuum theory say of the same membranes.

    Attributes
    ----------
    table : DataFrame
        MD beside the twin, with the columns of `beside.COLUMNS`.
    tables : dict of DataFrame
        orders, partings, causes, profiles, charge_profiles, parameters, steady, missing.
    assumptions : dict
        By layout and salt, in words.
    twins : dict of Beside
        By layout and salt.
    """

    table: "pd.DataFrame"
    tables: dict[str, "pd.DataFrame"]
    assumptions: dict[str, Any]
    twins: dict[tuple[str, str], Beside] = field(repr=False)

    def write(self, directory: Path | str) -> None:
        """Write tables and assumptions, each whole or not at all; other files are left alone."""
        home = Path(directory)
        (home / TABLES).mkdir(parents=True, exist_ok=True)
        for name, table in self.tables.items():
            with replacing(home / TABLES / f"{name}.csv") as path:
                table.to_csv(path, index=False, float_format="%.7g")
        text = json.dumps(self.assumptions, indent=1, ensure_ascii=False)
        with replacing(home / ASSUMPTIONS) as path:
            path.write_text(text + "\n", encoding="utf-8")
        with replacing(home / MAIN) as path:
            self.table.to_csv(path, index=False, float_format="%.7g")


def compare(
    results: Path | str,
    settings: Mapping[str, Any] | None = None,
    options: ComparisonOptions | None = None,
) -> Comparison:
    """Hold a campaign against continuum theory, as far as its results go.

    Parameters
    ----------
    results : Path
        The results of a campaign; only read.
    settings : mapping, optional
        The campaign file with every default, in place of ``campaign.json`` of the results.
    options : ComparisonOptions, optional
        In place of those of the campaign.

    Raises
    ------
    Missing
        No campaign is there.
    """
    import pandas as pd

    root = Path(results)
    given = (
        settings if settings is not None else Campaign(root, "", None, 0.95).json("campaign.json")
    )
    try:
        layouts, salts = list(given["layouts"]), dict(given["salts"])
        level = float(given["analysis"]["level"])
        chosen = options or ComparisonOptions(**given.get("comparison", {}))
    except (KeyError, TypeError, ValueError):
        raise Missing("campaign.json names no layouts and salts") from None
    campaigns = {
        (layout, salt): Campaign(root, layout, salt, level, settings)
        for layout in layouts
        for salt in salts
    }
    runs, without_runs = _runs(campaigns)
    ends = {
        salt: common_end([own for (_, other), own in runs.items() if other == salt])
        for salt in salts
    }
    found: dict[tuple[str, str], Beside] = {}
    known: dict[tuple[str, str], Parameters] = {}
    missing = []
    assumptions: dict[str, Any] = {"definitions": DEFINITIONS | CAUSE_DEFINITIONS, "twins": {}}
    for (layout, salt), campaign in campaigns.items():
        key = {"layout": layout, "salt": salt}
        own = continuum_parameters(root, layout, salt, level=level, settings=settings)
        known[layout, salt] = own
        missing.append(own.missing.assign(**key, of="parameters"))
        try:
            cell = beside(
                campaign,
                own,
                runs[layout, salt],
                also_ns=ends[salt],
                pore_radius_nm=chosen.pore_radius_nm,
                tolerance=chosen.tolerance,
            )
        except (Missing, ValueError, NoStep, RuntimeError) as reason:
            missing.append(told_missing(key, "twin", str(reason)))
            continue
        found[layout, salt] = cell
        told = {"basis": cell.cell.basis, "notes": cell.cell.notes, **cell.twin.assumptions}
        assumptions["twins"][f"{layout} {salt}"] = told
        if cell.table["md"].isna().all():
            why = without_runs.get((layout, salt))
            alone = f"no run is analysed{f' ({why})' if why else ''}: the twin stands alone"
            missing.append(told_missing(key, "runs", alone))
    first = {
        layout: (campaigns[layout, salt], known[layout, salt])
        for layout in layouts
        for salt in list(salts)[:1]
    }
    profiles = charge_profiles(first, missing)
    net = {name: signs["net"] for name, signs in profiles.items()}
    steady = rejection_table(net, salts, chosen, missing)
    assumptions["steady"] = steady_assumption(chosen)
    partings, told = parting_tables(found, known)
    tables = {
        "orders": orders(found) if found else pd.DataFrame(columns=list(ORDER_COLUMNS)),
        "partings": partings,
        "causes": told,
        "profiles": _joined([cell.profiles for cell in found.values()], PROFILE_COLUMNS),
        "charge_profiles": charge_table(profiles),
        "parameters": _first(
            _joined([own.table.assign(layout=k[0], salt=k[1]) for k, own in known.items()]),
            ("layout", "salt"),
        ),
        "steady": steady,
        "missing": _first(_joined(missing), ("layout", "salt", "of", "quantity", "ion", "reason")),
    }
    table = _joined([cell.table for cell in found.values()], COLUMNS)
    return Comparison(table, tables, assumptions, found)


def _runs(
    campaigns: Mapping[tuple[str, str], Campaign],
) -> tuple[dict[tuple[str, str], Runs], dict[tuple[str, str], str]]:
    """What the runs of each layout and salt say, nothing where they are missing, and why."""
    found: dict[tuple[str, str], Runs] = {}
    reasons = {}
    for key, campaign in campaigns.items():
        try:
            found[key] = observed(campaign)
        except Missing as reason:
            found[key], reasons[key] = {}, str(reason)
    return found, reasons


def _joined(tables: "Sequence[pd.DataFrame]", columns: Sequence[str] = ()) -> "pd.DataFrame":
    """All tables below one another; without any an empty one of the columns."""
    import pandas as pd

    full = [table for table in tables if len(table)]
    if not full:
        return tables[0] if tables else pd.DataFrame(columns=list(columns))
    return pd.concat(full, ignore_index=True)


def _first(table: "pd.DataFrame", columns: Sequence[str]) -> "pd.DataFrame":
    """The table with these columns in front, empty ones where it has none."""
    rest = [name for name in table.columns if name not in columns]
    return table.reindex(columns=[*columns, *rest])
