"""Whether what a study selects as the oxygens of water is the oxygens of all water."""

import numpy as np
import pandas as pd

from analysis.reading.errors import CollectError
from analysis.universes.study import Study
from mdtools.roles import MEMBRANE, WATER_OXYGEN

DENSITY_MAY_DIFFER = 0.2
"""Share of the bulk's. A saturated brine holds an eighth less water than pure water at 300 K, and
water at 370 K a twenty-fifth; two atoms of each molecule, or half of the molecules, are farther."""
BESIDE_NM = 0.5
"""Next to the membrane's outermost atoms water is not what it is in bulk."""
LEAST_DEPTH_NM, FEWEST = 1.0, 50
"""Depth of a reservoir, and waters in it, from which its density is judged."""
INNER = (0.05, 0.95)
"""Quantiles of z between which water is counted: surfaces and vapour do not matter."""


def check_oxygen(roles: pd.DataFrame, topology: pd.DataFrame, selection: str | None) -> None:
    """Raise CollectError where atoms selected as oxygens of water are of another known element."""
    atoms = roles.atom[roles.role == WATER_OXYGEN].to_numpy(dtype=int)
    elements = topology.element.to_numpy(dtype=str)[atoms]
    others = elements[(elements != "") & (elements != "O")]
    if len(others):
        kinds, counts = np.unique(others, return_counts=True)
        told = ", ".join(f"{count} {kind}" for kind, count in zip(kinds, counts, strict=True))
        raise CollectError(
            f"selections.water_oxygen: {selection!r} selects {len(atoms)} atoms, of which {told}: "
            "allowed is oxygen, one atom of each water; where masses mislead, say `elements`"
        )


def check_density(
    positions_nm: np.ndarray, roles: pd.DataFrame, box_nm: np.ndarray, study: Study
) -> None:
    """Raise CollectError where a reservoir's density is not that of water.

    Parameters
    ----------
    positions_nm : (N, 3) array
        One frame, z along the membrane's normal, the membrane whole.
    roles : DataFrame
    box_nm : (3,) array
    """
    bulk = study.waters_per_nm3
    if bulk is None:
        return
    z = positions_nm[:, 2]
    membrane, water = (
        z[roles.atom[roles.role == role].to_numpy(dtype=int)] for role in (MEMBRANE, WATER_OXYGEN)
    )
    sides = {
        "below": water[water < membrane.min() - BESIDE_NM],
        "above": water[water > membrane.max() + BESIDE_NM],
    }
    for side, found in sides.items():
        density = _density(found, float(box_nm[0] * box_nm[1]))
        if density is not None and abs(density / bulk - 1) > DENSITY_MAY_DIFFER:
            raise CollectError(
                f"selections.water_oxygen: {study.selections.water_oxygen!r} is {density:.3g} "
                f"atoms per nm3 in the reservoir {side} the membrane in the first frame, allowed "
                f"is the oxygen of every water, {bulk:g} per nm3 within "
                f"{100 * DENSITY_MAY_DIFFER:g} %; for water of another density, or beads of "
                "several waters, say waters_per_nm3 in the study, null if it is not known"
            )


def _density(z_nm: np.ndarray, area_nm2: float) -> float | None:
    """Return the number density of a reservoir, None where there is too little of it to tell."""
    if len(z_nm) < FEWEST:
        return None
    low, high = np.quantile(z_nm, INNER)
    if high - low < LEAST_DEPTH_NM:
        return None
    return float((INNER[1] - INNER[0]) * len(z_nm) / (area_nm2 * (high - low)))
