"""Orders of penetration: which ion is deeper, and in which layout, in the runs and in theory."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.beside import MEAN_Z, Beside
from analysis.continuum.species import find

if TYPE_CHECKING:
    import pandas as pd

ORDER_COLUMNS = (
    *("kind", "salt", "of", "than", "ion", "than_ion", "time_ns"),
    *("md_difference_nm", "md_decided", "continuum_difference_nm", "same_order"),
)


def orders(found: "Mapping[tuple[str, str], Beside]") -> "pd.DataFrame":
    """Compare mean z pair by pair, at the last time that both have, of runs if both have run.

    Of each layout cation and anion, and of each ion every two layouts; the difference is that of
    the first less the second. md_decided says whether the intervals of the runs do not overlap.

    Returns
    -------
    DataFrame
        kind ("ions" or "layouts"), salt, of and than (layouts), ion and than_ion, time_ns,
        md_difference_nm, md_decided, continuum_difference_nm, same_order; of runs that are not
        there the columns of md are empty.
    """
    import pandas as pd

    through = {}
    for (layout, salt), cell in found.items():
        means = cell.table[cell.table["quantity"] == MEAN_Z]
        for ion, own in means.groupby("ion", sort=False):
            through[salt, layout, str(ion)] = own
    pairs = [
        (first, second)
        for first in through
        for second in through
        if first[0] == second[0] and _kind(first, second)
    ]
    rows = []
    for first, second in pairs:
        ends = _ends(through[first], through[second])
        if ends is None:
            continue
        a, b = ends
        md = a.md - b.md
        decided = bool(a.md_low > b.md_high or b.md_low > a.md_high)
        theory = a.continuum - b.continuum
        same = bool(np.sign(md) == np.sign(theory)) if np.isfinite(md) else None
        rows.append(
            (
                *(_kind(first, second), first[0], first[1], second[1], first[2], second[2]),
                *(float(a.time_ns), md, decided if np.isfinite(md) else None, theory, same),
            )
        )
    return pd.DataFrame(rows, columns=list(ORDER_COLUMNS))


def _ends(first: "pd.DataFrame", second: "pd.DataFrame") -> "tuple[pd.Series, pd.Series] | None":
    """Rows of two ions at their last common time, of the runs if both have some; None without."""
    ran = first[first["md"].notna()], second[second["md"].notna()]
    for one, other in (ran, (first, second)):
        common = np.intersect1d(one["time_ns"].round(6), other["time_ns"].round(6))
        if len(common) and common[-1] > 0:
            rows = [part[part["time_ns"].round(6) == common[-1]].iloc[0] for part in (one, other)]
            return rows[0], rows[1]
    return None


def _kind(first: tuple[str, str, str], second: tuple[str, str, str]) -> str:
    """Whether two ends are a pair, and of what; each pair once."""
    if first[1] == second[1] and find(first[2]).charge > 0 > find(second[2]).charge:
        return "ions"
    if first[2] == second[2] and first[1] < second[1]:
        return "layouts"
    return ""
