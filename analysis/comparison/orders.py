"""Orders of penetration: which ion is deeper, and in which layout, in the runs and in theory."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.beside import Beside
from analysis.comparison.observed import MEAN_Z
from analysis.continuum.species import find
from analysis.shared_end import at_shared_end

if TYPE_CHECKING:
    import pandas as pd

ORDER_COLUMNS = (
    *("kind", "salt", "of", "than", "ion", "than_ion", "time_ns"),
    *("md_difference_nm", "md_decided", "continuum_difference_nm", "same_order"),
)


def orders(found: "Mapping[tuple[str, str], Beside]") -> "pd.DataFrame":
    """Compare mean z pair by pair, at the last time that all runs of a salt have, else all twins.

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

    means = [cell.table[cell.table["quantity"] == MEAN_Z] for cell in found.values()]
    ends = at_shared_end(pd.concat(means, ignore_index=True))
    ends = ends[ends["time_ns"] > 0]
    through = {(row.salt, row.layout, row.ion): row for row in ends.itertuples()}
    rows = []
    for first, a in through.items():
        for second, b in through.items():
            kind = _kind(first, second) if first[0] == second[0] else ""
            if not kind:
                continue
            md, theory = a.md - b.md, a.continuum - b.continuum
            known = bool(np.isfinite(md))
            decided = bool(a.md_low > b.md_high or b.md_low > a.md_high)
            rows.append(
                (
                    *(kind, first[0], first[1], second[1], first[2], second[2]),
                    *(float(a.time_ns), md, decided if known else None, theory),
                    bool(np.sign(md) == np.sign(theory)) if known else None,
                )
            )
    return pd.DataFrame(rows, columns=list(ORDER_COLUMNS))


def _kind(first: tuple[str, str, str], second: tuple[str, str, str]) -> str:
    """Whether two ends are a pair, and of what; each pair once."""
    if first[1] == second[1] and find(first[2]).charge > 0 > find(second[2]).charge:
        return "ions"
    if first[2] == second[2] and first[1] < second[1]:
        return "layouts"
    return ""
