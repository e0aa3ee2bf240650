"""Percolation: the largest probe that passes without end, or from face to face."""

import numpy as np
import scipy

from analysis.pores.clearance import Clearance
from analysis.pores.grid import Grid
from analysis.pores.summits import cell_maxima, crests

RESOLUTION = 0.005
"""Radius to which a bottleneck is found on the grid, angstrom."""
TOUCHING = np.ones((3, 3, 3), dtype=int)
"""Voxels that share a corner are connected."""


def bottlenecks(clearance, grid: Grid, exact: Clearance) -> tuple[float, float]:
    """Return the radii of the largest probes that pass through periodic voids, and through a slab.

    A probe of radius t passes where voxels of {R >= t} connect. On the grid a passage is narrower
    than it is by up to the half diagonal of a voxel, depending on where the grid's origin lies:
    so the voxels on ridges that are about as wide as the bottleneck get the largest R inside them.

    Returns
    -------
    periodic : float
        Largest t for which a void reaches its own periodic image; 0.0 if none does.
    across : float
        Largest t for which a void joins the two z faces of a slab; NaN if z is periodic.
    """
    periodic = _bottleneck(clearance, grid, exact, reaches_own_image)
    if grid.periodic[2]:
        return periodic, np.nan
    return periodic, _bottleneck(clearance, grid, exact, joins_faces)


def grid_bottlenecks(clearance, grid: Grid) -> tuple[float, float]:
    """As ``bottlenecks``, for probes that are centred at voxels only."""
    most = max(float(clearance.max()), 0.0)
    periodic = _bisect(clearance, grid, reaches_own_image, 0.0, most)
    if grid.periodic[2]:
        return periodic, np.nan
    return periodic, _bisect(clearance, grid, joins_faces, 0.0, most)


def _bottleneck(clearance, grid: Grid, exact: Clearance, passes) -> float:
    low = _bisect(clearance, grid, passes, 0.0, max(float(clearance.max()), 0.0))
    wide = grid.half_diagonal
    ridge = crests(clearance, grid, exact, max(low - wide, 0.0), low + wide)
    index, best = cell_maxima(ridge, grid, exact, low)
    widest = clearance.copy()
    np.maximum.at(widest, tuple(index.T), best.astype(widest.dtype))
    return _bisect(widest, grid, passes, low, low + wide)


def _bisect(clearance, grid: Grid, passes, low: float, high: float) -> float:
    """Return the largest t in [low, high] for which voxels with R >= t pass; low if none does."""
    while high - low > RESOLUTION:
        middle = (low + high) / 2
        if passes(clearance >= middle, grid):
            low = middle
        else:
            high = middle
    return low


def reaches_own_image(mask, grid: Grid) -> bool:
    """Return whether a set of voxels holds a path to a periodic image of where it starts."""
    _, _, wraps = _connect(mask, grid)
    return wraps


def joins_faces(mask, grid: Grid) -> bool:
    """Return whether a set of voxels connects the first and the last layer along z."""
    labels, root, _ = _connect(mask, grid)
    first, last = (np.unique(labels[..., end]) for end in (0, -1))
    return bool({root(i) for i in first if i} & {root(i) for i in last if i})


def _connect(mask, grid: Grid):
    """Return labels of connected voxels, a map from label to component, and whether one wraps.

    The mask gets a copy of its first layer behind its last one along each periodic axis, so that
    labelling it connects across the boundary. A label in a copy is the label of the original one
    box further on: a union-find that carries these shifts meets a contradiction where a component
    is connected to its own image.
    """
    padded = np.pad(mask, [(0, int(p)) for p in grid.periodic], mode="wrap")
    labels, _ = scipy.ndimage.label(padded, TOUCHING)
    parent: dict[int, int] = {}
    shift: dict[int, np.ndarray] = {}

    def root(node: int) -> int:
        return find(node)[0]

    def find(node: int) -> tuple[int, np.ndarray]:
        offset = np.zeros(3, dtype=int)
        while node in parent:
            offset = offset + shift[node]
            node = parent[node]
        return node, offset

    wraps = False
    for axis in np.flatnonzero(grid.periodic):
        first, copy = labels.take(0, axis).ravel(), labels.take(-1, axis).ravel()
        linked = first > 0
        pairs = np.unique(np.stack([first[linked], copy[linked]], axis=1), axis=0)
        step = np.zeros(3, dtype=int)
        step[axis] = 1
        for original, image in pairs.tolist():
            (a, at_a), (b, at_b) = find(original), find(image)
            between = at_a + step - at_b
            if a != b:
                parent[b], shift[b] = a, between
            elif between.any():
                wraps = True
    return labels, root, wraps
