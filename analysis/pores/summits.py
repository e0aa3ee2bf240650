"""Local maxima and ridges of a clearance between the voxels of a grid."""

import itertools
from dataclasses import dataclass

import numpy as np
import scipy

from analysis.pores.clearance import Clearance
from analysis.pores.grid import Grid

HALVINGS = 12
"""Of the step of the search for a maximum: the last one is spacing / 8192."""
CELL_HALVINGS = 4
"""Of the step of the search inside a voxel: the last one is spacing / 32."""
AROUND = np.array(
    [(0, 0, 0), *np.eye(3), *-np.eye(3), *itertools.product((-1, 1), repeat=3)], dtype=float
)
"""A point, its neighbours along the axes and along the diagonals of a cubic lattice."""


@dataclass(frozen=True)
class Summits:
    """Points (n, 3) off the grid, their clearance, and that of the voxel they were found from."""

    points: np.ndarray
    clearance: np.ndarray
    voxel: np.ndarray

    @classmethod
    def none(cls) -> "Summits":
        """Return no points."""
        return cls(np.zeros((0, 3)), np.zeros(0), np.zeros(0))


def voxel_maxima(clearance, grid: Grid, least: float) -> Summits:
    """Return the voxels that are local maxima of a clearance of at least ``least``."""
    modes = ["wrap" if periodic else "nearest" for periodic in grid.periodic]
    highest = scipy.ndimage.maximum_filter(clearance, 3, mode=modes)
    peak = (clearance == highest) & (clearance >= least)
    value = clearance[peak].astype(float)
    return Summits(grid.centres(np.argwhere(peak)), value, value)


def maxima(clearance, grid: Grid, exact: Clearance, least: float) -> Summits:
    """Return local maxima of a clearance, searched between voxels from those on the grid.

    The grid alone misses the largest sphere by up to its half diagonal, depending on where its
    origin happens to lie. A compass search needs no derivative, which R has not at a maximum.
    """
    start = voxel_maxima(clearance, grid, max(least - grid.half_diagonal, 0.0))
    points, best, rows = start.points, start.clearance, np.arange(len(start.clearance))
    step = grid.step / 2
    for _ in range(2 * HALVINGS if len(rows) else 0):
        trial = points[:, None] + AROUND * step
        inside = np.clip(trial, grid.origin, grid.origin + grid.lengths)
        trial = grid.wrap(np.where(grid.periodic, trial, inside))
        values = exact(trial.reshape(-1, 3)).reshape(trial.shape[:2])
        chosen = values.argmax(axis=1)
        points, best = trial[rows, chosen], values[rows, chosen]
        step = step / np.sqrt(2)
    high = best >= least
    return Summits(points[high], best[high], start.clearance[high])


def crests(clearance, grid: Grid, exact: Clearance, least: float, most=np.inf) -> Summits:
    """Return ridges of a clearance, from ``least`` to ``most``, between voxels along an axis.

    On each side of a ridge R is the distance from one atom: the lines through the two voxels of a
    side meet near the ridge. There R is evaluated, and the point kept if it beats its voxel.
    """
    found = [_crests_along(axis, clearance, grid, least, most) for axis in range(3)]
    points, voxel = (np.concatenate(parts) for parts in zip(*found, strict=True))
    value = exact(points)
    higher = value > np.maximum(voxel, least)
    return Summits(points[higher], value[higher], voxel[higher])


def _crests_along(axis: int, clearance, grid: Grid, least: float, most: float):
    """Return the points near ridges across one axis and the clearance of their voxels."""
    step = grid.step[axis]
    line = np.moveaxis(clearance, axis, 0)
    peak = (line > least - step) & (line < most)
    peak[1:] &= line[1:] >= line[:-1]
    peak[:-1] &= line[:-1] >= line[1:]
    if grid.periodic[axis]:
        peak[0] &= line[0] >= line[-1]
        peak[-1] &= line[-1] >= line[0]
    else:
        peak[:2] = peak[-2:] = False
    index = np.argwhere(np.moveaxis(peak, 0, axis))
    before2, before, here, after, after2 = (
        clearance[tuple(grid.neighbour(index, axis, shift).T)].astype(float)
        for shift in range(-2, 3)
    )
    rise, fall = np.clip(before - before2, 0, step), np.clip(after - after2, 0, step)
    place = (after + fall - before - rise) / np.maximum(rise + fall, np.finfo(float).tiny)
    place = np.clip(place, -1, 1)
    height = np.minimum(before + rise * (1 + place), after + fall * (1 - place))
    higher = height > np.maximum(here, least)
    moved = index[higher].astype(float)
    moved[:, axis] += place[higher]
    return grid.centres(moved), here[higher]


def cell_maxima(start: Summits, grid: Grid, exact: Clearance, least: float):
    """Return the largest clearance inside each voxel that holds points, searched from the best.

    Voxels that cannot reach ``least`` are given up: R is 1-Lipschitz.

    Returns
    -------
    index : (n, 3) array of int
        The voxels.
    best : (n,) array
        Largest R found in each, at least ``least``.
    """
    index = np.floor((start.points - grid.origin) / grid.step).astype(int)
    index = np.minimum(index, np.array(grid.shape) - 1)
    order = np.argsort(-start.clearance, kind="stable")
    flat = np.ravel_multi_index(tuple(index[order].T), grid.shape)
    chosen = order[np.unique(flat, return_index=True)[1]]
    index, points, best = index[chosen], start.points[chosen], start.clearance[chosen]
    step, left = grid.step / 4, np.linalg.norm(grid.step)
    for _ in range(CELL_HALVINGS):
        hopeful = best >= least - left
        index, points, best = index[hopeful], points[hopeful], best[hopeful]
        low = grid.origin + index * grid.step
        trial = np.clip(points[:, None] + AROUND * step, low[:, None], low[:, None] + grid.step)
        values = exact(grid.wrap(trial.reshape(-1, 3))).reshape(trial.shape[:2])
        way, rows = values.argmax(axis=1), np.arange(len(points))
        points, best = trial[rows, way], values[rows, way]
        step, left = step / 2, np.linalg.norm(step)
    return index[best >= least], best[best >= least]
