"""Means and differences that layouts are ranked by, in runs and twins, with their intervals."""

import pandas as pd

from analysis.figures.comparison.parts import mean_z_of
from analysis.figures.style import kind, ordered
from analysis.shared_end import at_shared_end

SIDES = ("md", "continuum")
MEAN, DIFFERENCE = "mean z", "difference"


def ranked(md_and_continuum: pd.DataFrame) -> pd.DataFrame:
    """Return mean z of each ion, and of cation less anion, at the time that all layouts have.

    The interval of a difference reaches from the least to the most that the two intervals allow:
    it holds 0 where these overlap, as in the table of orders.

    Returns
    -------
    DataFrame
        what ("mean z" or "difference"), layout, salt, ion, than_ion ("" of a mean), time_ns; md
        and continuum with _low and _high, nm; ions, the fewest of the pair.
    """
    ends = at_shared_end(mean_z_of(md_and_continuum))
    means = ends.assign(what=MEAN, than_ion="")
    pairs = [
        ends[ends.ion == cation]
        .merge(ends[ends.ion == anion], on=["layout", "salt", "time_ns"], suffixes=("", "_than"))
        .assign(what=DIFFERENCE, than_ion=anion)
        for cation in ordered(ends.ion)
        for anion in ordered(ends.ion)
        if kind(cation) == "cation" and kind(anion) == "anion"
    ]
    for pair in pairs:
        for side in SIDES:
            pair[side] -= pair[f"{side}_than"]
            low, high = f"{side}_low", f"{side}_high"
            pair[low], pair[high] = (
                pair[low] - pair[f"{high}_than"],
                pair[high] - pair[f"{low}_than"],
            )
        pair["ions"] = pair[["ions", "ions_than"]].min(axis=1)
    numbers = [side + edge for side in SIDES for edge in ("", "_low", "_high")]
    keys = ["what", "layout", "salt", "ion", "than_ion", "time_ns"]
    return pd.concat([means, *pairs], ignore_index=True)[[*keys, *numbers, "ions"]]
