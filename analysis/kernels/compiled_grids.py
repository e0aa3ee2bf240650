"""Numba loops over the points of grids, compiled when they are first called.

Only `voids` imports this module, and only when it is called: see `compiled`.
"""

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def fill_spheres(
    grid: np.ndarray, centres: np.ndarray, radii: np.ndarray, steps: np.ndarray
) -> None:
    """Mark the grid points inside of any sphere.

    `grid` (a, b, c) of bool is periodic along its first two axes; `centres` (n, 3) are given in
    grid steps, `radii` (n,) and `steps` (3,) in one unit.
    """
    width, depth, height = grid.shape
    for i in range(len(centres)):
        radius, square = radii[i], radii[i] ** 2
        x, y, z = np.rint(centres[i, 0]), np.rint(centres[i, 1]), np.rint(centres[i, 2])
        reach_x = int(np.ceil(radius / steps[0]))
        reach_y = int(np.ceil(radius / steps[1]))
        reach_z = int(np.ceil(radius / steps[2]))
        for a in range(-reach_x, reach_x + 1):
            dx = (a + (x - centres[i, 0])) * steps[0]
            row = (int(x) + a) % width
            for b in range(-reach_y, reach_y + 1):
                dy = (b + (y - centres[i, 1])) * steps[1]
                rest = dx * dx + dy * dy
                if rest >= square:
                    continue
                column = (int(y) + b) % depth
                low = max(int(z) - reach_z, 0)
                high = min(int(z) + reach_z, height - 1)
                for layer in range(low, high + 1):
                    dz = (layer - z + (z - centres[i, 2])) * steps[2]
                    if rest + dz * dz < square:
                        grid[row, column, layer] = True


@njit(cache=True, error_model="numpy")
def within_reach(closed: np.ndarray, reach: float, steps: np.ndarray) -> np.ndarray:
    """Dilate the open region of a grid: mark the points within reach of an open one.

    `closed` (a, b, c) of bool is periodic along its first two axes, `steps` (3,) is its spacing.
    The least squared distance is found axis by axis, one plane at a time.
    """
    width, depth, height = closed.shape
    rows, columns, layers = np.floor(reach / steps).astype(np.int64)
    reached = np.empty_like(closed)
    along = np.empty((depth, height))
    least = np.empty(height)
    for x in range(width):
        along[:] = np.inf
        for a in range(-rows, rows + 1):
            apart = (a * steps[0]) ** 2
            row = closed[(x + a) % width]
            for y in range(depth):
                for z in range(height):
                    along[y, z] = min(along[y, z], np.inf if row[y, z] else apart)
        for y in range(depth):
            least[:] = np.inf
            for b in range(-columns, columns + 1):
                apart = (b * steps[1]) ** 2
                line = along[(y + b) % depth]
                for z in range(height):
                    least[z] = min(least[z], line[z] + apart)
            for z in range(height):
                nearest = np.inf
                for c in range(max(-layers, -z), min(layers, height - 1 - z) + 1):
                    nearest = min(nearest, least[z + c] + (c * steps[2]) ** 2)
                reached[x, y, z] = np.sqrt(nearest) <= reach
    return reached
