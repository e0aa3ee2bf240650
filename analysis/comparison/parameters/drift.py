"""Whether pistons and water were steady in the runs, whose mean places a twin takes."""

from collections.abc import Callable
from functools import partial

import numpy as np

from analysis.comparison.parameters.campaign import Campaign
from analysis.comparison.parameters.found import RUNS, Found, Missing, Value, over
from analysis.store import Store

HALVES = "second half of each run less its first half"
LENGTH = f"Length of the {{}} reservoir, from piston to the membrane's centre of mass, {HALVES}"
WATER = (
    "Mass of water between the membrane's faces, second half of each run over its first half, "
    "less 1; the middle block of the profiles is left out"
)


def drift_parameters(of: Campaign, found: Found) -> None:
    """Find how far the reservoirs' lengths and the membrane's water change through the runs."""
    for column, side in enumerate(("feed", "permeate")):
        way = partial(_of_stores, of, partial(_length, column=column), "nm", LENGTH.format(side))
        found.first(f"{side}_reservoir_drift_nm", [way])

    def water() -> Value:
        faces = of.trials.faces
        return _of_stores(of, partial(_water, faces_angstrom=faces), "1", WATER)

    found.first("membrane_water_drift", [water])


def _of_stores(of: Campaign, change: Callable[[Store], float], unit: str, words: str) -> Value:
    try:
        each = [change(store) for store in of.trials.stores]
    except (KeyError, ValueError, IndexError) as error:
        raise Missing(f"stores of trials: {error}") from None
    return Value(over(each, of.level), unit, words, RUNS, of.stores)


def _length(store: Store, column: int) -> float:
    outward = (-1, 1)[column] * store.pistons_angstrom[:, column] / 10
    first, second = np.array_split(outward, 2)
    return float(second.mean() - first.mean())


def _water(store: Store, faces_angstrom: tuple[float, float]) -> float:
    edges, density = store.arrays["edges_nm"], store.arrays["water_g_cm3"]
    low, high = (face / 10 for face in faces_angstrom)
    inside = np.diff(np.clip(edges, low, high))
    water = np.asarray(density @ inside)
    half = len(water) // 2
    if not half or not water[:half].mean() > 0:
        raise ValueError("no water in the membrane in the first half, or a single block")
    return float(water[-half:].mean() / water[:half].mean() - 1)
