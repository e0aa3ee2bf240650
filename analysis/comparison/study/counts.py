"""Every count that the study states beside what a twin expects and what so few ions can show."""

from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.study import published
from analysis.comparison.study.cells import THICKNESS_NM, Placement
from analysis.comparison.study.twins import Cells
from analysis.comparison.twins.resampling import share_range

if TYPE_CHECKING:
    import pandas as pd

FACE_NM = THICKNESS_NM / 2
CORE_NM = 1.5
"""Half of the 3 nm that the study calls dense."""
SURFACE_NM = (-3.5, -CORE_NM)
"""Its loose surface layer toward the feed, and as much in front of it: for "at the feed surface",
for which the study gives no z."""
CENTER_NM = 0.5
"""For "close to the middle", likewise."""
ABOUT = 0.05
"""Of all ions: slack of a count that is called about so many, as a third or two thirds."""
ROUNDING = 1e-9
COUNT_COLUMNS = (
    *("variant", "layout", "salt", "ion", "time_ns", "quantity", "from_nm", "to_nm"),
    *("paper", "qualifier", "of", "expected", "expected_low", "expected_high"),
    *("low", "high", "within", "within_a_placement", "section", "figure", "statement"),
)


def region(quantity: str, beyond_nm: float, placement: Placement) -> tuple[float, float]:
    """Where (nm) ions of a published count are; ValueError for a word that has no place."""
    if quantity in ("permeate", "past_center", "past_z"):
        return beyond_nm, np.inf
    if quantity == "past_carboxylate_layer":
        return float(placement.of_sign(-1).max(initial=-np.inf)), np.inf
    places = {
        "entered": (-FACE_NM, np.inf),
        "not_entered": (-np.inf, -FACE_NM),
        "in_membrane": (-FACE_NM, FACE_NM),
        "in_dense_region": (-CORE_NM, CORE_NM),
        "not_in_dense_region": (-np.inf, -CORE_NM),
        "at_feed_surface": SURFACE_NM,
        "near_center": (-CENTER_NM, CENTER_NM),
    }
    if quantity not in places:
        raise ValueError(f"quantity is {quantity!r}, allowed: {', '.join(places)}")
    return places[quantity]


def honours(value: float, of: int, qualifier: str, low: float, high: float) -> bool:
    """Whether a stated number of ions is one that lies in a range, as its qualifier means it.

    "exact" lies in the range; "about" may be off by 5 % of all ions; "at least" so many allow any
    range that reaches so high, "at most" any that reaches so low.

    >>> honours(3, 30, "exact", 4, 9), honours(3, 30, "about", 4, 9)
    (False, True)
    >>> honours(3, 30, "at least", 4, 9), honours(3, 30, "at most", 4, 9)
    (True, False)
    """
    slack = ABOUT * of if qualifier == "about" else 0.0
    least = -np.inf if qualifier == "at most" else value - slack
    most = np.inf if qualifier == "at least" else value + slack
    if qualifier not in ("exact", "about", "at least", "at most"):
        raise ValueError(f"qualifier is {qualifier!r}")
    return bool(low <= most + ROUNDING and high >= least - ROUNDING)


def count_table(cells: Cells, level: float = 0.95) -> "pd.DataFrame":
    """Set every published count of the cells that were solved beside its twin, by variant.

    Returns
    -------
    DataFrame
        `COUNT_COLUMNS`: paper, ions as the study counts them over all trials; expected, share of
        the twin times all ions, mean over placements of the layout, of which expected_low and
        expected_high are the least and the most; low to high, where ``of`` independent ions with
        that mean share are found with the level's probability; within, whether the count can be
        in there by its qualifier; within_a_placement, whether it can be in that of any placement.
        from_nm and to_nm are means over placements.
    """
    import pandas as pd

    rows = []
    table = published.counts()
    for variant in dict.fromkeys(name for name, *_ in cells):
        for stated in table.itertuples():
            cell = cells.get((variant, str(stated.layout), str(stated.salt)))
            if cell is None:
                continue
            time, of = cell.at(float(stated.time_ns)), int(stated.of)
            value, qualifier = float(stated.value), str(stated.qualifier)
            places = [
                region(str(stated.quantity), float(stated.beyond_nm), twin.placement)
                for twin in cell.twins
            ]
            shares = [
                float(twin.ions[str(stated.ion)].between(*place)[time])
                for twin, place in zip(cell.twins, places, strict=True)
            ]
            low, high = (of * edge for edge in share_range(float(np.mean(shares)), of, level))
            one = any(
                honours(value, of, qualifier, *(of * edge for edge in share_range(s, of, level)))
                for s in shares
            )
            rows.append(
                (
                    *(variant, stated.layout, stated.salt, stated.ion, stated.time_ns),
                    *(stated.quantity, *np.mean(places, axis=0), value, qualifier, of),
                    *(of * np.mean(shares), of * min(shares), of * max(shares), low, high),
                    *(honours(value, of, qualifier, low, high), one),
                    *(stated.section, stated.figure, stated.statement),
                )
            )
    return pd.DataFrame(rows, columns=list(COUNT_COLUMNS))
