"""Densities along the depth of films."""

import numpy as np
import pandas as pd

from analysis.figures.fabrication.films import FIRST_MEMBRANES
from analysis.figures.sheet import Sheet

PROFILES_INCHES = (7.2, 4.4)
PANELS = {
    "mass": "polymer (g cm⁻³)",
    "carboxyl": "carboxyl (nm⁻³)",
    "residual amine": "residual amine (nm⁻³)",
    "amide": "amide (nm⁻³)",
}
COLORS = ("#666666", "#0072B2", "#D55E00", "#009E73", "#B07D2B")
WINDOW = 3
"""Bins of the running mean: single films have tens of groups."""


def depth_profiles(profiles: pd.DataFrame) -> Sheet:
    """Draw means over repeats of densities along the depth, from the organic face.

    Parameters
    ----------
    profiles : DataFrame
        membrane, repeat, quantity, depth_nm, value.
    """
    sheet = Sheet(*PROFILES_INCHES)
    names = [name for name in FIRST_MEMBRANES if name in set(profiles.membrane)]
    names = names or list(dict.fromkeys(profiles.membrane))[:4]
    profiles = profiles[profiles.membrane.isin(names) & profiles.quantity.isin(PANELS)].copy()
    profiles["depth_nm"] = profiles.depth_nm.round(6)
    repeats = profiles.groupby("membrane").repeat.nunique()
    sums = profiles.groupby(["membrane", "quantity", "depth_nm"], as_index=False).value.sum()
    # Where a film has no bin any more there is nothing of it.
    sums["value"] /= sums.membrane.map(repeats)
    sums = sheet.keep("profiles", sums)
    grid = sheet.subplots(2, 2, sharex=True)
    for axes, (quantity, label) in zip(grid.ravel(), PANELS.items(), strict=True):
        for name, color in zip(names, COLORS, strict=False):
            part = sums[(sums.membrane == name) & (sums.quantity == quantity)].sort_values(
                "depth_nm"
            )
            smooth = np.convolve(part.value, np.ones(WINDOW) / WINDOW, mode="same")
            axes.plot(part.depth_nm, smooth, color=color, label=name)
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
    for axes in grid[-1]:
        axes.set_xlabel("depth below the organic face (nm)")
    sheet.key(grid[0, 0].get_lines())
    return sheet.finish(
        "Films along their depth, means over repeats and over three bins of 0.25 nm; the organic "
        "face, from which acyl chlorides come, is at 0, the aqueous one at the far end."
    )
