"""Where the study says that most ions, their mean or their peaks are, held to its twins."""

from typing import TYPE_CHECKING

import numpy as np
import scipy

from analysis.comparison.study import published
from analysis.comparison.study.cells import GEOMETRY, NM
from analysis.comparison.study.counts import FACE_NM, SURFACE_NM
from analysis.comparison.study.orders import AGREE, DISAGREE, UNDECIDED
from analysis.comparison.study.twins import Cell, Cells
from analysis.comparison.twins.resampling import mean_range, share_range
from analysis.continuum.arrays import Array

if TYPE_CHECKING:
    import pandas as pd

REGIONS_NM = {
    "feed reservoir": (-np.inf, -FACE_NM),
    "feed surface": SURFACE_NM,
    "across the membrane": (-FACE_NM, FACE_NM),
    "past center": (0.0, np.inf),
    "permeate reservoir": (FACE_NM, np.inf),
}
MOST, MANY = 0.5, 1 / 3
"""Least share for "most ions" and "many ions"; the latter is an assumption."""
NEAR_NM = 0.75
"""How far a peak or a mean may be from a z that the study gives as about so much."""
BIN_NM = 0.25
"""Of distributions whose peaks are looked for."""
PROMINENCE = 0.1
"""Of the highest peak, least prominence of a peak."""
PLACE_COLUMNS = (
    *("variant", "layout", "salt", "ion", "time_ns", "feature", "place", "z_nm"),
    *("found", "unit", "verdict", "section", "figure", "statement"),
)
DEFINITIONS = {
    "found": "share of the ions in the place; mean z; the highest peak for main peaks; for other "
    "peaks the nearest one; nm",
    "verdict": "of a share or mean undecided where the range of so many ions has both answers; a "
    "peak agrees where it lies in the place and within 0.75 nm of a z that is given",
}


def place_table(cells: Cells, level: float = 0.95) -> "pd.DataFrame":
    """Judge every place that the study names, by variant, on the mean over placements.

    Returns
    -------
    DataFrame
        `PLACE_COLUMNS`, with the meaning that `DEFINITIONS` gives.
    """
    import pandas as pd

    rows = []
    table = published.places()
    for variant in dict.fromkeys(name for name, *_ in cells):
        for stated in table.itertuples():
            cell = cells.get((variant, str(stated.layout), str(stated.salt)))
            if cell is None:
                continue
            time, ion = cell.at(float(stated.time_ns)), str(stated.ion)
            feature, place, z = str(stated.feature), str(stated.place), float(stated.z_nm)
            if feature == "mean":
                found, judged = _of_mean(cell, ion, place, z, time, level)
            elif feature in ("most ions", "many ions"):
                found, judged = _of_share(cell, ion, feature, place, time, level)
            else:
                found, judged = _of_peaks(cell, ion, feature, place, z, time)
            rows.append(
                (
                    *(variant, stated.layout, stated.salt, ion, stated.time_ns, feature, place, z),
                    *(found, "share" if "ions" in feature else "nm", judged),
                    *(stated.section, stated.figure, stated.statement),
                )
            )
    return pd.DataFrame(rows, columns=list(PLACE_COLUMNS))


def _of_mean(
    cell: Cell, ion: str, place: str, z: float, time: int, level: float
) -> tuple[float, str]:
    """A mean at a z, or at most halfway into the membrane from a time on."""
    kinds = [twin.ions[ion] for twin in cell.twins]
    if place != "at most halfway":
        found = float(np.mean([kind.mean_z[time] for kind in kinds]))
        return found, AGREE if abs(found - z) <= NEAR_NM else DISAGREE
    means = np.mean([kind.mean_z[time:] for kind in kinds], axis=0)
    last = time + int(means.argmax())
    sd = float(np.mean([kind.sd[last] for kind in kinds]))
    return float(means.max()), _above(
        -float(means.max()), *mean_range(-float(means.max()), sd, kinds[0].of, level), 0.0
    )


def _of_share(
    cell: Cell, ion: str, feature: str, place: str, time: int, level: float
) -> tuple[float, str]:
    kinds = [twin.ions[ion] for twin in cell.twins]
    share = float(np.mean([kind.between(*REGIONS_NM[place])[time] for kind in kinds]))
    limit = MOST if feature == "most ions" else MANY
    return share, _above(share, *share_range(share, kinds[0].of, level), limit)


def _above(value: float, low: float, high: float, limit: float) -> str:
    """Whether a range is above a limit, and its value with it."""
    if low >= limit:
        return AGREE
    return DISAGREE if high < limit else UNDECIDED


def _of_peaks(
    cell: Cell, ion: str, feature: str, place: str, z: float, time: int
) -> tuple[float, str]:
    places, heights = peaks(cell, ion, time)
    main = float(places[heights.argmax()])
    if feature in ("main peak", "only peak"):
        single = feature == "main peak" or len(places) == 1
        return main, AGREE if single and _lies(cell, main, place, z) else DISAGREE
    if place == "both sides of COO-":
        middle = float(np.mean([twin.placement.peak(-1) for twin in cell.twins]))
        near = places[np.abs(places - middle) <= 2 * NEAR_NM]
        both = (near < middle).any() and (near > middle).any()
        return main, AGREE if both else DISAGREE
    lying = [p for p in places if _lies(cell, float(p), place, z)]
    return (float(lying[0]), AGREE) if lying else (main, DISAGREE)


def peaks(cell: Cell, ion: str, time: int) -> tuple[Array, Array]:
    """Places (nm) and heights (per nm) of the peaks of a distribution along z."""
    low, high = (end / NM for end in GEOMETRY.ends)
    edges = np.linspace(low, high, round((high - low) / BIN_NM) + 1)
    shares = np.mean([twin.ions[ion].histogram(edges, time) for twin in cell.twins], axis=0)
    heights = np.concatenate([[0.0], shares / np.diff(edges), [0.0]])
    found, _ = scipy.signal.find_peaks(heights, prominence=PROMINENCE * heights.max())
    middles = (edges[1:] + edges[:-1]) / 2
    return middles[found - 1], heights[found]


def _lies(cell: Cell, peak: float, place: str, z: float) -> bool:
    if np.isfinite(z) and abs(peak - z) > NEAR_NM:
        return False
    if place == "at NH2+":
        amine = float(np.mean([twin.placement.peak(1) for twin in cell.twins]))
        return abs(peak - amine) <= NEAR_NM
    low, high = REGIONS_NM[place]
    # A stated z may be that of a place at the edge of its region.
    slack = BIN_NM / 2
    return bool(low - slack <= peak <= high + slack)
