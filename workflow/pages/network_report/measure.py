"""Tidy tables of membranes: quantities against the study, profiles, pores and charge layouts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.composition import crosslinking, density_profile, group_densities, o_over_n
from analysis.pores import NITROGEN_ANGSTROM, PoreSizes, pore_size_distribution
from mdtools.constants import ANGSTROM_PER_NM
from mdtools.provenance import revision, versions
from membranes.layouts.errors import LayoutError
from membranes.layouts.place import Layout, place
from membranes.layouts.plans import LAYOUTS, PAPER_BOX_NM
from membranes.layouts.sites import SiteNumbers
from membranes.networks.network import Network
from membranes.networks.profile import dense_region
from workflow.pages.network_report.quantities import QUANTITIES
from workflow.pages.network_report.sources import ReportedMembrane

BOX_TOLERANCE = 1e-6
GROUP_STATES = {
    "amine_per_nm3": "NH",
    "carboxyl_per_nm3": "COOH",
    "acyl_chloride_per_nm3": "COCl",
    "amide_per_nm3": "amide",
}


@dataclass(frozen=True)
class Pores:
    """Pore sizes of a dense region are computed by this package's method and by PoreBlazer's."""

    exact: PoreSizes
    poreblazer: PoreSizes


def quantities(membrane: ReportedMembrane, pores: Pores) -> pd.DataFrame:
    """Tabulate all quantities of one membrane.

    Parameters
    ----------
    membrane : ReportedMembrane
    pores : Pores
        Of its dense region.

    Returns
    -------
    DataFrame
        network, seed, quantity, value, unit, study_value, study_sd, definition, code_version.
    """
    values = measured(membrane.network, pores)
    of_study = np.allclose(membrane.network.box_nm, PAPER_BOX_NM, rtol=BOX_TOLERANCE)
    code = revision() or versions()["package"]
    return pd.DataFrame(
        {
            "network": membrane.name,
            "seed": membrane.network.seed,
            "quantity": q.name,
            "value": float(values[q.name]),
            "unit": q.unit,
            "study_value": q.study if of_study or not q.of_the_box else np.nan,
            "study_sd": q.study_sd,
            "definition": q.definition,
            "code_version": code,
        }
        for q in QUANTITIES
    )


def measured(network: Network, pores: Pores) -> dict[str, float]:
    """Return the value of every quantity by its name."""
    report = network.report()
    low, high = report["dense_region_nm"]
    volume, exact = report["dense_volume_nm3"], pores.exact
    xps_o_over_n = o_over_n(network.elements, network.positions[:, 2], low)
    own = {
        "pip": report["monomers"]["PIP"],
        "mpd": report["monomers"].get("MPD", 0),
        "tmc": report["monomers"]["TMC"],
        "xps_o_over_n": xps_o_over_n,
        "crosslinking_degree": float(crosslinking(xps_o_over_n)),
        "dense_low_nm": low,
        "dense_high_nm": high,
        "dense_thickness_nm": high - low,
        "mean_pore_diameter_angstrom": exact.mean,
        "poreblazer_mean_diameter_angstrom": pores.poreblazer.mean,
        "mode_pore_diameter_angstrom": exact.mode,
        "limiting_diameter_angstrom": exact.limiting,
        "limiting_z_angstrom": exact.limiting_z,
        "largest_pore_angstrom": exact.largest,
        "void_fraction": exact.void_fraction,
        "free_volume_nm3": exact.void_fraction * volume,
        "occupiable_fraction": exact.occupiable_fraction,
        "charge_error_e": report["template_charge_e"] - report["formal_charge_e"],
    }
    own |= groups_per_nm3(network, (low, high))
    return {q.name: report[q.name] for q in QUANTITIES if q.name in report} | own


def groups_per_nm3(network: Network, limits_nm: tuple[float, float]) -> dict[str, float]:
    """Return densities of functional groups: arms whose N or acyl C lies within limits of z."""
    arms = network.sites_in(*GROUP_STATES.values())
    z = network.positions[[network.centre(arm) for arm in arms], 2]
    states = [network.state(arm) for arm in arms]
    area = float(np.prod(network.box_nm[:2]))
    densities = group_densities(z, states, limits_nm, area).set_index("kind").per_nm3
    return {name: float(densities.get(state, 0.0)) for name, state in GROUP_STATES.items()}


def pore_sizes_of(network: Network) -> Pores:
    """Compute the geometric pore sizes of the dense region of a network."""
    exact, poreblazer = (
        pore_size_distribution(
            ANGSTROM_PER_NM * network.positions,
            network.elements,
            ANGSTROM_PER_NM * np.array([*network.box_nm[:2], 0.0]),
            slab=tuple(ANGSTROM_PER_NM * z for z in dense_region(network)),
            compatible=method,
        )
        for method in (None, "poreblazer")
    )
    return Pores(exact, poreblazer)


def pore_table(name: str, pores: PoreSizes) -> pd.DataFrame:
    """Tabulate the pore-size distribution up to its first empty bin.

    Returns
    -------
    DataFrame
        network, diameter_angstrom (middle of a bin), density_per_angstrom, probe_angstrom.
    """
    # Bins start at 0, so that the first middle is half a width.
    beyond = pores.diameter[-1] + 2 * pores.diameter[0]
    columns = {
        "diameter_angstrom": np.append(pores.diameter, beyond),
        "density_per_angstrom": np.append(pores.density, 0.0),
        "probe_angstrom": NITROGEN_ANGSTROM,
    }
    return pd.DataFrame({"network": name} | columns)


def density_table(membranes: Sequence[ReportedMembrane]) -> pd.DataFrame:
    """Tabulate the mass density along z in bins whose edges are the same for all networks.

    Returns
    -------
    DataFrame
        network, z_angstrom (centre of the bin), density_g_cm3.
    """
    parts = []
    for membrane in membranes:
        network = membrane.network
        area = float(np.prod(network.box_nm[:2]))
        z = network.positions[:, 2]
        profile = density_profile(z, network.masses, network.elements, area).query(
            "element == 'all'"
        )
        columns = {"z_angstrom": ANGSTROM_PER_NM * profile.z_nm, "density_g_cm3": profile.g_cm3}
        parts.append(pd.DataFrame({"network": membrane.name} | columns))
    return pd.concat(parts, ignore_index=True)


def place_layouts(membrane: ReportedMembrane) -> dict[str, Layout | str]:
    """Place every named layout in a membrane; a message stands for one that does not fit."""
    if others := SiteNumbers.of(membrane.network).others:
        said = (
            "the named layouts have the counts of a membrane of piperazine, this one has "
            f"{' and '.join(others)}: a campaign gives its own, or a pH"
        )
        return dict.fromkeys(LAYOUTS, said)
    layouts: dict[str, Layout | str] = {}
    for name in LAYOUTS:
        try:
            layouts[name] = place(membrane.network, name, seed=membrane.network.seed)
        except LayoutError as error:
            layouts[name] = str(error)
    return layouts


def layout_table(membrane: ReportedMembrane, layouts: dict[str, Layout | str]) -> pd.DataFrame:
    """Tabulate the layouts, one row for each layout and kind of group.

    Returns
    -------
    DataFrame
        network, seed, layout, kind, count, study_count, net_charge_e, charge_error_e, where,
        widened_nm, dense_low_angstrom, dense_high_angstrom, problem (empty, or why it cannot be).
    """
    low, high = (ANGSTROM_PER_NM * z for z in dense_region(membrane.network))
    rows = []
    for name, layout in layouts.items():
        for kind, placement in LAYOUTS[name].items():
            common = {
                "network": membrane.name,
                "seed": membrane.network.seed,
                "layout": name,
                "kind": kind,
                "study_count": placement.count,
                "where": placement.where,
                "dense_low_angstrom": low,
                "dense_high_angstrom": high,
            }
            rows.append(common | _layout_row(layout, kind))
    return pd.DataFrame(rows)


def _layout_row(layout: Layout | str, kind: str) -> dict:
    if isinstance(layout, str):
        return {"count": 0, "problem": layout}
    report = layout.report
    return {
        "count": report["counts"][kind],
        "net_charge_e": report["net_charge_e"],
        "charge_error_e": report["template_charge_e"] - report["net_charge_e"],
        "widened_nm": report["layer_widened_nm"][kind],
        "problem": "",
    }


def group_table(layouts: dict[str, Layout | str]) -> pd.DataFrame:
    """Tabulate the positions of the charged groups: layout, kind, x_angstrom, z_angstrom."""
    parts = [
        pd.DataFrame(
            {
                "layout": name,
                "kind": groups.kind,
                "x_angstrom": ANGSTROM_PER_NM * groups.x_nm,
                "z_angstrom": ANGSTROM_PER_NM * groups.z_nm,
            }
        )
        for name, layout in layouts.items()
        if not isinstance(layout, str)
        for groups in [layout.network.groups]
    ]
    columns = ["layout", "kind", "x_angstrom", "z_angstrom"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Tabulate mean and standard deviation over networks of each quantity, in its order.

    Returns
    -------
    DataFrame
        quantity, mean, sd (NaN for one network), n, study_value, study_sd.
    """
    grouped = table.groupby("quantity", sort=False)
    study = grouped[["study_value", "study_sd"]].agg(lambda column: column.iloc[0])
    numbers = grouped.value.agg(mean="mean", sd=lambda v: v.std(ddof=1), n="size")
    return numbers.join(study).reset_index()
