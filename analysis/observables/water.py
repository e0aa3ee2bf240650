"""Water content of the membrane."""

import numpy as np
import pandas as pd

from analysis.observables.shared.membrane_water import Content, content, integral
from analysis.options import AnalysisOptions
from analysis.reading.profilers import BLOCKS
from analysis.statistics import over_blocks, over_present, over_trials
from analysis.store import Store
from analysis.trials import POOLED, Trials
from mdtools.constants import G_CM3_PER_DA_NM3
from mdtools.slab import between

TABLES = ("water",)

EDGES = {
    "molecules": "molecules",
    "per_nm3": "per_nm3",
    "volume_percent": "volume_percent",
    "weight_percent": "percent",
    "void_g_cm3": "g_cm3",
}
"""Suffix after low_ and high_ in the columns of the intervals of each quantity of `Content`."""
NO_VOID = "the membrane fills the region: no density in its void"


def tables(trials: Trials, options: AnalysisOptions) -> dict[str, pd.DataFrame]:
    """Return the table `water`: content of the membrane and of its dense region."""
    rows = []
    for place, limits in (("membrane", trials.faces), ("dense region", trials.dense_region)):
        blocks = [in_blocks(store, *limits) for store in trials.stores]
        full = [in_blocks(store, *limits, blocks=1) for store in trials.stores]
        for store, parts, mean in zip(trials.stores, blocks, full, strict=True):
            rows.append(
                content_row(place, limits, str(store.trial), mean, parts, over_blocks, options)
            )
        pooled = concatenated(full)
        rows.append(content_row(place, limits, POOLED, pooled, pooled, over_trials, options))
    return {"water": pd.DataFrame(rows)}


def in_blocks(store: Store, low: float, high: float, blocks: int = BLOCKS) -> Content:
    """Return the content between two z (angstrom) in each block of time, shape (blocks,)."""
    low, high = low / 10, high / 10
    z, counts = store.arrays["water_nm"][:, 2], store.arrays["water_counts"]
    inside = np.concatenate([[0], np.cumsum(between(z, (low, high)))])
    number = np.diff(inside[np.cumsum([0, *counts])])
    parts = np.array_split(number, min(blocks, len(number)))
    area, edges = float(np.prod(store.box_nm[:2])), store.arrays["face_edges_nm"]
    polymer = area * integral(edges, store.arrays["face_g_cm3"], low, high) / G_CM3_PER_DA_NM3
    void = area * integral(edges, store.arrays["void_share"], low, high)
    return content([part.mean() for part in parts], polymer, area * (high - low), void)


def concatenated(contents: list[Content]) -> Content:
    """Concatenate the contents of several trials."""
    return Content(*(np.concatenate([getattr(c, name) for c in contents]) for name in EDGES))


def content_row(
    place, limits, trial: str, mean: Content, parts: Content, interval, options
) -> dict:
    """Return one row: means, and edges of the interval that a function takes over the parts."""
    columns = {
        "definition": "water content",
        "place": place,
        "trial": trial,
        "from_angstrom": limits[0],
        "to_angstrom": limits[1],
    }
    for name, unit in EDGES.items():
        edges = over_present(getattr(parts, name), options.level, interval)
        columns |= {
            name: float(over_present(getattr(mean, name), options.level).value),
            f"low_{unit}": float(np.maximum(edges.low, 0.0)),
            f"high_{unit}": float(edges.high),
        }
    kind = str(over_present(parts.molecules, options.level, interval).kind)
    note = "" if np.isfinite(parts.void_g_cm3).all() else NO_VOID
    return columns | {"interval": kind, "note": note}
