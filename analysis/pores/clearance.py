"""Clearance: distance of every point of a void from the nearest atom's surface."""

from dataclasses import dataclass

import numpy as np
import scipy

from analysis.pores.grid import Grid

BLOCK = 8
"""Edge, in voxels, of the blocks that share a list of nearby atoms."""
CHUNK = 128
"""Blocks whose distances are computed together: they and their sums stay in the cache."""


@dataclass(frozen=True)
class Spheres:
    """Atoms as hard spheres around a grid: positions inside its box, and radii, angstrom."""

    positions: np.ndarray
    radii: np.ndarray

    @classmethod
    def of(cls, positions, radii, grid: Grid) -> "Spheres":
        """Return the spheres wrapped into the grid's box.

        Raises
        ------
        ValueError
            Positions that are not (n, 3) finite numbers, none at all, or not one for each radius.
        """
        positions, radii = np.asarray(positions, dtype=float), np.asarray(radii, dtype=float)
        if positions.ndim != 2 or positions.shape[1] != 3:
            raise ValueError(f"positions must be (atoms, 3), not {positions.shape}")
        if len(positions) != len(radii):
            raise ValueError(f"{len(positions)} positions, but {len(radii)} elements")
        if not len(positions):
            raise ValueError("no atoms: pores need at least one")
        bad = np.flatnonzero(~np.isfinite(positions).all(axis=1))
        if bad.size:
            raise ValueError(f"position of atom {bad[0]} is not finite: {positions[bad[0]]}")
        return cls(grid.wrap(positions), radii)

    def kinds(self) -> list[tuple[float, np.ndarray]]:
        """Return each radius that occurs and the positions of its atoms."""
        return [(radius, self.positions[self.radii == radius]) for radius in np.unique(self.radii)]

    def images(self, grid: Grid, margin: float) -> "Spheres":
        """Return the spheres and their periodic images up to a margin outside the grid's region."""
        positions, source = grid.images(self.positions, margin)
        return Spheres(positions, self.radii[source])


class Clearance:
    """R(x) = min_i (|x - r_i| - a_i), the distance to the nearest surface, at any points.

    R is 1-Lipschitz, positive in the void, and 2 R(x) is the diameter of the largest sphere
    around x that overlaps no atom.
    """

    def __init__(self, spheres: Spheres, grid: Grid):
        self._trees = [
            (radius, scipy.spatial.cKDTree(positions, boxsize=grid.boxsize))
            for radius, positions in spheres.kinds()
        ]

    def __call__(self, points) -> np.ndarray:
        """Return R at points (n, 3) inside the box, angstrom."""
        return np.min([tree.query(points)[0] - radius for radius, tree in self._trees], axis=0)


def clearance_grid(spheres: Spheres, grid: Grid) -> np.ndarray:
    """Return R at every voxel centre of a grid, float32, angstrom.

    A block of voxels whose centre c is R(c) away from the nearest surface and whose corner is e
    away from c can only see atoms with |c - r_i| - a_i <= R(c) + 2 e, because R is 1-Lipschitz:
    each block evaluates those and no others. Blocks deep inside atoms keep R(c).
    """
    blocks = -(-np.array(grid.shape) // BLOCK)
    corner = np.stack(np.meshgrid(*map(np.arange, blocks), indexing="ij"), axis=-1).reshape(-1, 3)
    inside = (corner * BLOCK + (BLOCK - 1) / 2 + 0.5) * grid.step
    centre = grid.origin + inside
    reach = np.linalg.norm((BLOCK - 1) / 2 * grid.step)
    at_centre = Clearance(spheres, grid)(grid.wrap(centre))
    values = np.empty((len(centre), BLOCK, BLOCK, BLOCK), dtype=np.float32)
    values[:] = at_centre[:, None, None, None]
    open_ = np.flatnonzero(at_centre > -reach - grid.step.max())
    if open_.size:
        values[open_] = np.inf
        margin = at_centre.max() + 2 * reach + spheres.radii.max()
        for radius, positions in spheres.images(grid, margin + BLOCK * grid.step.max()).kinds():
            limit = at_centre[open_] + 2 * reach + radius
            _lower(values, open_, centre[open_], positions, limit, radius, grid.step)
    values = values.reshape(*blocks, BLOCK, BLOCK, BLOCK).transpose(0, 3, 1, 4, 2, 5)
    values = values.reshape(blocks * BLOCK)
    return np.ascontiguousarray(values[tuple(slice(n) for n in grid.shape)])


def _lower(values, rows, centre, positions, limit, radius, step) -> None:
    """Lower values[rows] to the distances from spheres of one radius within each row's limit."""
    near = scipy.spatial.cKDTree(positions).query_ball_point(centre, limit + 1e-6)
    count = np.fromiter(map(len, near), dtype=int, count=len(near))
    order = np.argsort(-count, kind="stable")
    offset = ((np.arange(BLOCK) - (BLOCK - 1) / 2)[:, None] * step).astype(np.float32)
    for start in range(0, int((count > 0).sum()), CHUNK):
        chosen = order[start : start + CHUNK]
        chosen = chosen[count[chosen] > 0]
        width = count[chosen[0]]
        # Rows with fewer atoms repeat their last one.
        atoms = np.array([near[i] + near[i][-1:] * (width - len(near[i])) for i in chosen])
        apart = (positions[atoms] - centre[chosen, None]).astype(np.float32)
        x, y, z = ((offset[:, a] - apart[..., a, None]) ** 2 for a in range(3))
        xy = x[..., :, None] + y[..., None, :]
        best = xy[:, 0, :, :, None] + z[:, 0, None, None, :]
        other = np.empty_like(best)
        for k in range(1, width):
            np.add(xy[:, k, :, :, None], z[:, k, None, None, :], out=other)
            np.minimum(best, other, out=best)
        np.sqrt(best, out=best)
        best -= np.float32(radius)
        values[rows[chosen]] = np.minimum(values[rows[chosen]], best)
