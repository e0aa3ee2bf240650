"""What can be observed of a fabricated film: composition, groups, thickness, pores, profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.composition import density_profile, o_over_n
from analysis.pores import pore_size_distribution
from mdtools.constants import ANGSTROM_PER_NM
from membranes.networks.network import Network
from membranes.networks.profile import dense_region
from workflow.fabrication.options import ObservationOptions

PROFILE_BIN_NM = 0.25
SITES = {"COOH": "carboxyl", "NH": "residual amine", "amide": "amide"}
"""States of arms in profiles; an amide counts once, on its nitrogen."""


@dataclass(frozen=True)
class Quantity:
    """A quantity of a film: its unit, what it is, and how it is written."""

    unit: str
    words: str


QUANTITIES = {
    "o_over_n": Quantity("1", "oxygen over nitrogen atoms of the whole film"),
    "o_over_n_top": Quantity(
        "1", "oxygen over nitrogen atoms of the top, a share of the thickness from the organic face"
    ),
    "o_c_o_percent": Quantity(
        "%", "single-bonded oxygen of carboxyls over all oxygen atoms: the O1s line of O-C=O"
    ),
    "residual_amine_percent": Quantity("%", "nitrogen of free amines over all nitrogen atoms"),
    "carboxyl_per_nm2": Quantity("1/nm2", "carboxyls over the area of the box"),
    "carboxyl_per_nm3": Quantity("1/nm3", "carboxyls over the volume of the dense region"),
    "thickness_nm": Quantity(
        "nm", "dense region: density, averaged over 0.5 nm, above half of its upper quartile"
    ),
    "pore_radius_nm": Quantity(
        "nm", "half the volume-weighted mean diameter of spheres between atoms, dense region"
    ),
    "void_fraction": Quantity("1", "share of the dense region outside all atoms"),
    "density_g_cm3": Quantity("g/cm3", "mass density of the dense region, dry"),
    "amine_conversion": Quantity("1", "amides over nitrogen atoms"),
    "sol_fraction": Quantity("1", "mass share outside the largest cluster"),
    "grafts_per_nm2": Quantity("1/nm2", "residues of the second step held by one amide, over area"),
    "bridges_per_nm2": Quantity(
        "1/nm2", "residues of the second step held by two amides or more, over area"
    ),
    "residues": Quantity("1", "residues of the film"),
}
"""Every quantity by its name, in the order of tables."""


def observe(
    network: Network, attached: Mapping[str, int], options: ObservationOptions
) -> dict[str, float]:
    """Return the value of every quantity of a finished network, feed at negative z.

    Parameters
    ----------
    network : Network
        Hydrolysed, uncharged, z = 0 at its centre of mass.
    attached : mapping
        Numbers of ``grafts`` and ``bridges`` of a second amidation; none without one.
    """
    report = network.report()
    low, high = report["dense_region_nm"]
    area = float(np.prod(network.box_nm[:2]))
    z = network.positions[:, 2]
    elements = network.elements
    nitrogens, oxygens = (int((elements == symbol).sum()) for symbol in ("N", "O"))
    acids = report["carboxylic_acids"]
    pores = pore_size_distribution(
        ANGSTROM_PER_NM * network.positions,
        elements,
        ANGSTROM_PER_NM * np.array([*network.box_nm[:2], 0.0]),
        spacing=options.pore_spacing_angstrom,
        slab=(ANGSTROM_PER_NM * low, ANGSTROM_PER_NM * high),
    )
    return {
        "o_over_n": oxygens / nitrogens,
        "o_over_n_top": o_over_n(elements, z, low, options.top_share * (high - low)),
        "o_c_o_percent": 100 * acids / oxygens,
        "residual_amine_percent": 100 * report["free_amines"] / nitrogens,
        "carboxyl_per_nm2": acids / area,
        "carboxyl_per_nm3": acids / report["dense_volume_nm3"],
        "thickness_nm": high - low,
        "pore_radius_nm": pores.mean / 2 / ANGSTROM_PER_NM,
        "void_fraction": pores.void_fraction,
        "density_g_cm3": report["dense_density_g_cm3"],
        "amine_conversion": report["amide_bonds"] / nitrogens,
        "sol_fraction": report["sol_fraction"],
        "grafts_per_nm2": attached.get("grafts", 0) / area,
        "bridges_per_nm2": attached.get("bridges", 0) / area,
        "residues": float(len(network.kinds)),
    }


def profiles(network: Network, options: ObservationOptions) -> pd.DataFrame:
    """Tabulate densities along depth, 0 at the organic face of the dense region.

    Returns
    -------
    DataFrame
        quantity (mass, carboxyl, residual amine, amide, O/N), depth_nm (middle of a bin), value:
        g/cm3 of mass, 1/nm3 of groups, 1 of O/N (NaN where a bin has no nitrogen).
    """
    low, _ = dense_region(network)
    area = float(np.prod(network.box_nm[:2]))
    depth = network.positions[:, 2] - low
    mass = density_profile(depth, network.masses, network.elements, area, PROFILE_BIN_NM)
    middles = mass.z_nm[mass.element == "all"].to_numpy()
    edges = np.append(middles - PROFILE_BIN_NM / 2, middles[-1] + PROFILE_BIN_NM / 2)
    columns = {"mass": mass.g_cm3[mass.element == "all"].to_numpy()}
    for state, words in SITES.items():
        places = depth[[network.centre(arm) for arm in network.sites_in(state)]]
        columns[words] = np.histogram(places, edges)[0] / (area * PROFILE_BIN_NM)
    counts = {
        symbol: np.histogram(depth[network.elements == symbol], edges)[0] for symbol in ("O", "N")
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = counts["O"] / counts["N"]
    columns["O/N"] = np.where(counts["N"] > 0, ratio, np.nan)
    parts = [
        pd.DataFrame({"quantity": name, "depth_nm": middles, "value": values})
        for name, values in columns.items()
    ]
    return pd.concat(parts, ignore_index=True)
