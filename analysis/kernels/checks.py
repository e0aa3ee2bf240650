"""Checks of the input of kernels."""

import numpy as np
from numpy.typing import ArrayLike


def finite(values: ArrayLike, name: str) -> np.ndarray:
    """Convert to float64, if possible a view; raises ValueError naming an entry not finite."""
    array = np.asarray(values, dtype=float)
    bad = ~np.isfinite(array)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{name}{list(where)} is {array[where]}, every entry must be finite")
    return array
