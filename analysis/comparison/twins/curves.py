"""Curves along z: linear between places, with jumps where a place is given twice."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.continuum.arrays import Array
from analysis.continuum.model import finite_array


@dataclass(frozen=True)
class Curve:
    """A property along z, linear between places and constant beyond the first and the last.

    A place given twice is a jump; it becomes a face of the grid.

    Attributes
    ----------
    z : (K,) array, m
        Rising.
    values : (K,) array

    Raises
    ------
    ValueError
        Shapes that differ, what is not finite (a profile with holes), places that fall.

    >>> Curve([0.0, 2.0], [0.0, 4.0]).integrals([-1.0, 0.0, 1.0, 3.0]).tolist()
    [0.0, 1.0, 7.0]
    """

    z: npt.ArrayLike
    values: npt.ArrayLike

    def __post_init__(self) -> None:
        z, values = finite_array("z of a curve", self.z), np.asarray(self.values, dtype=float)
        if z.ndim != 1 or not z.size or z.shape != values.shape:
            raise ValueError(f"a curve has z of shape {z.shape} and values of {values.shape}")
        if (np.diff(z) < 0).any():
            raise ValueError("z of a curve must rise; a place may be given twice, for a jump")
        holes = ~np.isfinite(values)
        if holes.any():
            raise ValueError(
                f"values is {values[holes][0]:g} at z = {z[holes][0]:g} m, one of {holes.sum()} "
                f"holes among {len(z)} places of a profile; allowed is finite: leave such places "
                "out to have it go on linearly between their neighbours"
            )
        object.__setattr__(self, "z", z)
        object.__setattr__(self, "values", values)

    @property
    def jumps(self) -> Array:
        """Places where the curve jumps, m."""
        z = np.asarray(self.z)
        return np.asarray(z[1:][np.diff(z) == 0])

    def at(self, places: Array) -> Array:
        """Values at places none of which is a jump."""
        return np.asarray(np.interp(places, np.asarray(self.z), np.asarray(self.values)))

    def integrals(self, faces: npt.ArrayLike) -> Array:
        """Integrals over the cells between rising faces (m), exact: (K - 1,) of K faces."""
        places, z = np.asarray(faces, dtype=float), np.asarray(self.z)
        values = np.asarray(self.values)
        knots = np.concatenate([[min(places[0], z[0])], z, [max(places[-1], z[-1])]])
        heights = np.concatenate([values[:1], values, values[-1:]])
        widths = np.diff(knots)
        sums = np.append(0.0, np.cumsum(widths * (heights[1:] + heights[:-1]) / 2))
        left = np.clip(np.searchsorted(knots, places, side="right") - 1, 0, len(widths) - 1)
        into = places - knots[left]
        safe = np.where(widths[left] > 0, widths[left], 1.0)
        slope = (heights[left + 1] - heights[left]) / safe
        return np.asarray(np.diff(sums[left] + into * (heights[left] + into * slope / 2)))
