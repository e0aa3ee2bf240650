"""Neighbour search within a cutoff, by a compiled cell list."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.compiling import first_call
from analysis.kernels.contacts import check_cutoff, periodic_lengths

MOST_CELLS = 64
"""Along one axis: more of them than particles would only cost time."""


@dataclass(frozen=True)
class Neighbours:
    """The pairs of points and particles within reach, arrays of shape (p,) in order of the points.

    `point` and `particle` are indices, `distance` is in the unit of the positions.
    """

    point: np.ndarray
    particle: np.ndarray
    distance: np.ndarray

    def within(self, reach: float) -> "Neighbours":
        """Keep the pairs within a smaller reach."""
        near = self.distance <= reach
        return Neighbours(self.point[near], self.particle[near], self.distance[near])


def neighbours(
    points: ArrayLike, particles: ArrayLike, reach: float, box: ArrayLike | None = None
) -> Neighbours:
    """Find the particles within reach of each point, nearest images included.

    A cell list costs O(points + particles); what is periodic may be given wrapped or not.

    Parameters
    ----------
    points, particles : array_like, shapes (n, 3) and (m, 3)
        float32 is enough: distances are good to 1e-6 of the largest coordinate.
    reach : float
        The distance itself is still within it.
    box : array_like, shape (3,), optional
        Lengths, 0 where not periodic. By default nothing is periodic.

    Raises
    ------
    ValueError
        A shape that does not fit, an entry that is not finite, a reach that is not positive or
        beyond half of a periodic length.

    Examples
    --------
    >>> found = neighbours([[0, 0, 0]], [[0, 0, 2.0], [9.5, 0, 0]], 1.0, box=[10.0, 10.0, 0.0])
    >>> found.particle.tolist(), found.distance.tolist()
    ([1], [0.5])
    """
    a, b = _points(points, "points"), _points(particles, "particles")
    lengths = periodic_lengths(box)
    check_cutoff(reach, lengths)
    if len(a) == 0 or len(b) == 0:
        nothing = np.empty(0, np.int32)
        return Neighbours(nothing, nothing, np.empty(0, np.float32))
    from analysis.kernels.compiled import cell_pairs, extent

    kinds = f"{a.dtype} and {b.dtype}"
    with first_call(f"extents of {kinds}"):
        reaches = np.stack([extent(a), extent(b)])
    if not np.isfinite(reaches).all():
        raise ValueError("points and particles must be finite")
    low, high = reaches[:, 0].min(axis=0), reaches[:, 1].max(axis=0)
    periodic = lengths > 0
    # Not periodic: a little wider than what is there, so that the last one is in the last cell.
    length = np.where(periodic, lengths, (high - low) * (1 + 1e-6) + 1e-9)
    counts = np.clip((length / reach).astype(int), 1, MOST_CELLS)
    with first_call(f"pairs of {kinds}"):
        return Neighbours(*cell_pairs(a, b, float(reach), low, length, periodic, counts))


def _points(values: ArrayLike, name: str) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(float)
    if array.ndim != 2 or array.shape[1] != 3:
        raise ValueError(f"{name} has shape {array.shape}, it must be (n, 3)")
    return np.ascontiguousarray(array)
