"""A campaign held against continuum theory: every layout and salt, and the layouts among them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.comparison.beside import COLUMNS, DEFINITIONS, Beside, beside
from analysis.comparison.campaign import Campaign
from analysis.comparison.charges import ChargeProfile
from analysis.comparison.fitted_charge import EFFECTIVE_FRACTION
from analysis.comparison.found import Missing
from analysis.comparison.geometry import Geometry
from analysis.comparison.orders import ORDER_COLUMNS, orders
from analysis.comparison.parameters import Parameters, continuum_parameters
from analysis.comparison.solve import TOLERANCE
from analysis.comparison.stepping import NoStep
from analysis.continuum.model import Membrane, Solution
from mdtools.atomic import new_directory

if TYPE_CHECKING:
    import pandas as pd

MAIN = "md_and_continuum.csv"
TABLES = "tables"
ASSUMPTIONS = "assumptions.json"
CHARGE_BIN_NM = 0.25
CHARGE_COLUMNS = (
    *("layout", "z_low_nm", "z_high_nm", "charge_e", "charge_density_mol_m3"),
    *("positive_charge_e", "positive_charge_density_mol_m3"),
    *("negative_charge_e", "negative_charge_density_mol_m3"),
)
NM = 1e-9
BAR = 1e5
CONCENTRATION = 100.0
"""mol/m3 of cations in the feed of steady rejections: that of the experiments of the study."""
PRESSURES_BAR = (10.0, 15.0)
"""Of the experiments of the study."""
PORE_RADIUS, PORE_PERMITTIVITY = 0.49e-9, 44.0
STEADY_PORE = Membrane(PORE_RADIUS, 0.79e-6, PORE_PERMITTIVITY, 0.0)
"""NF270 as DSPM-DE fits it; the radius of a simulated membrane would keep Ca2+ out by its size."""
STEADY_POROSITY = 0.5


@dataclass(frozen=True)
class Comparison:
    """What a campaign's runs and continuum theory say of the same membranes.

    Attributes
    ----------
    table : DataFrame
        MD beside the twin, with the columns of `beside.COLUMNS`.
    tables : dict of DataFrame
        orders, profiles, charge_profiles, parameters, steady, missing.
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
        """Write all tables and assumptions, whole or not at all."""
        with new_directory(Path(directory), replace=True) as new:
            self.table.to_csv(new / MAIN, index=False, float_format="%.7g")
            (new / TABLES).mkdir()
            for name, table in self.tables.items():
                table.to_csv(new / TABLES / f"{name}.csv", index=False, float_format="%.7g")
            text = json.dumps(self.assumptions, indent=1, ensure_ascii=False)
            (new / ASSUMPTIONS).write_text(text + "\n", encoding="utf-8")


def compare(
    results: Path | str,
    settings: Mapping[str, Any] | None = None,
    *,
    pore_radius_nm: float | None = None,
    tolerance: float = TOLERANCE,
) -> Comparison:
    """Hold a campaign against continuum theory, as far as its results go.

    Parameters
    ----------
    results : Path
        The results of a campaign; only read.
    settings : mapping, optional
        The campaign file with every default, in place of ``campaign.json`` of the results.
    pore_radius_nm : float, optional
        In place of that of the atoms, in theories of pores.
    tolerance : float
        Of the twins (`solve_twin`).

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
    except (KeyError, TypeError, ValueError):
        raise Missing("campaign.json names no layouts and salts") from None
    found: dict[tuple[str, str], Beside] = {}
    parameters, missing = [], []
    assumptions: dict[str, Any] = {"definitions": DEFINITIONS, "twins": {}}
    for layout in layouts:
        for salt in salts:
            key = {"layout": layout, "salt": salt}
            campaign = Campaign(root, layout, salt, level, settings)
            known = continuum_parameters(root, layout, salt, level=level)
            parameters.append(known.table.assign(**key))
            missing.append(known.missing.assign(**key, of="parameters"))
            try:
                cell = beside(campaign, known, pore_radius_nm=pore_radius_nm, tolerance=tolerance)
            except (Missing, ValueError, NoStep, RuntimeError) as reason:
                missing.append(_reason(key, "twin", str(reason)))
                continue
            found[layout, salt] = cell
            told = {"basis": cell.cell.basis, "notes": cell.cell.notes, **cell.twin.assumptions}
            assumptions["twins"][f"{layout} {salt}"] = told
            if cell.table["md"].isna().all():
                missing.append(_reason(key, "runs", "no run is analysed: the twin stands alone"))
    profiles = _charge_profiles(root, layouts, salts, level, missing)
    steady = _steady({name: signs["net"] for name, signs in profiles.items()}, salts, missing)
    assumptions["steady"] = (
        f"DSPM-DE, {CONCENTRATION:g} mol/m3 of cations, pore radius "
        f"{PORE_RADIUS / NM:g} nm, pore permittivity "
        f"{PORE_PERMITTIVITY:g}, porosity {STEADY_POROSITY:g}, no film"
    )
    tables = {
        "orders": orders(found) if found else pd.DataFrame(columns=list(ORDER_COLUMNS)),
        "profiles": _joined([cell.profiles for cell in found.values()]),
        "charge_profiles": _charge_rows(profiles),
        "parameters": _first(_joined(parameters), ("layout", "salt")),
        "steady": steady,
        "missing": _first(_joined(missing), ("layout", "salt", "of", "quantity", "ion", "reason")),
    }
    table = _joined([cell.table for cell in found.values()])
    if not len(table):
        table = pd.DataFrame(columns=list(COLUMNS))
    return Comparison(table, tables, assumptions, found)


def _charge_profiles(
    root: Path,
    layouts: Sequence[str],
    salts: Mapping[str, Any],
    level: float,
    missing: "list[pd.DataFrame]",
) -> dict[str, dict[str, ChargeProfile]]:
    """Fixed charge of each layout from face to face, as its groups lie in the swollen membrane.

    Of each layout three on the same bins: ``net``, and ``positive`` and ``negative`` groups alone.
    """
    found = {}
    for layout in layouts:
        salt = next(iter(salts))
        campaign = Campaign(root, layout, salt, level)
        known: Parameters = continuum_parameters(root, layout, salt, level=level)
        try:
            z, charges = campaign.placed_groups()
            half = NM * known.value("thickness_nm") / 2
            area = NM**2 * campaign.area_nm2
        except (Missing, ValueError) as reason:
            missing.append(_reason({"layout": layout, "salt": ""}, "charge profile", str(reason)))
            continue
        cell = Geometry((-2 * half, 2 * half), (-half, half), area)
        signs = {"net": charges != 0, "positive": charges > 0, "negative": charges < 0}
        found[layout] = {
            sign: ChargeProfile.of_groups(z[of], charges[of], cell, width=NM * CHARGE_BIN_NM)
            for sign, of in signs.items()
        }
    return found


def _charge_rows(profiles: Mapping[str, Mapping[str, ChargeProfile]]) -> "pd.DataFrame":
    """A row for each bin: its charge, then that of the groups of each sign alone."""
    import pandas as pd

    parts = []
    for layout, signs in profiles.items():
        edges = np.asarray(signs["net"].edges) / NM
        columns: dict[str, Any] = {"layout": layout, "z_low_nm": edges[:-1], "z_high_nm": edges[1:]}
        for sign, profile in signs.items():
            head = "" if sign == "net" else f"{sign}_"
            columns[f"{head}charge_e"] = profile.charges
            columns[f"{head}charge_density_mol_m3"] = profile.density
        parts.append(pd.DataFrame(columns))
    return (
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(CHARGE_COLUMNS))
    )


def _steady(
    profiles: Mapping[str, ChargeProfile],
    salts: Mapping[str, Any],
    missing: "list[pd.DataFrame]",
) -> "pd.DataFrame":
    """Steady rejections of every layout and salt under the pressures of the experiments."""
    import pandas as pd

    from analysis.comparison.steady import steady_rejections

    parts = []
    for salt, ions in salts.items():
        try:
            counts = {name: float(count) for name, count in ions["ions"].items()}
            cations = sum(count for name, count in counts.items() if "+" in name)
            scale = CONCENTRATION / cations
            feed = Solution({name: scale * count for name, count in counts.items()})
            rows = steady_rejections(
                profiles,
                feed,
                STEADY_PORE,
                porosity=STEADY_POROSITY,
                pressures=BAR * np.array(PRESSURES_BAR),
                fractions=(1.0, EFFECTIVE_FRACTION),
            )
        except (ValueError, KeyError, ZeroDivisionError) as reason:
            missing.append(_reason({"layout": "", "salt": salt}, "steady rejection", str(reason)))
            continue
        rows.insert(1, "salt", salt)
        rows["pressure_bar"] = rows.pop("pressure_Pa") / BAR
        parts.append(rows)
    return (
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["layout", "salt"])
    )


def _reason(key: Mapping[str, str], of: str, reason: str) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame([{**key, "of": of, "quantity": "", "ion": "", "reason": reason}])


def _joined(tables: "Sequence[pd.DataFrame]") -> "pd.DataFrame":
    import pandas as pd

    full = [table for table in tables if len(table)]
    if not full:
        return tables[0] if tables else pd.DataFrame()
    return pd.concat(full, ignore_index=True)


def _first(table: "pd.DataFrame", columns: Sequence[str]) -> "pd.DataFrame":
    """The table with these columns in front, empty ones where it has none."""
    rest = [name for name in table.columns if name not in columns]
    return table.reindex(columns=[*columns, *rest])
