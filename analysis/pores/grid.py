"""The grid of voxels on which a membrane's voids are measured."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Grid:
    """Voxels of an orthorhombic region, periodic along some axes; lengths in angstrom.

    ``origin`` is the lower corner and ``lengths`` the edges of the region; voxel centres lie half
    a ``step`` inside.
    """

    origin: np.ndarray
    lengths: np.ndarray
    periodic: np.ndarray
    shape: tuple[int, int, int]

    @classmethod
    def over(cls, box, spacing: float, slab=None) -> "Grid":
        """Return a grid over a periodic box, or over ``slab=(low, high)``, not periodic in z.

        Voxels are as close to cubes of edge ``spacing`` as the lengths allow.

        Raises
        ------
        ValueError
            A box, spacing or slab that no grid can be laid over.
        """
        box = np.array([0.0 if length is None else length for length in box], dtype=float)
        if box.shape != (3,):
            raise ValueError(f"box must be three edge lengths, not of shape {box.shape}")
        if not spacing > 0:
            raise ValueError(f"spacing must be above 0 angstrom, not {spacing}")
        if slab is not None:
            low, high = map(float, slab)
            if not high - low > spacing:
                raise ValueError(
                    f"slab must be (low, high), more than one spacing apart, not {slab}"
                )
            box[2] = high - low
        if not (np.isfinite(box).all() and (box > 0).all()):
            raise ValueError(
                f"box edges must be above 0 angstrom, not {box.tolist()}; "
                "a system that is not periodic in z needs slab=(low, high)"
            )
        shape = np.maximum(np.rint(box / spacing), 1).astype(int)
        origin = np.array([0.0, 0.0, 0.0 if slab is None else low])
        return cls(origin, box, np.array([True, True, slab is None]), tuple(shape.tolist()))

    @cached_property
    def step(self) -> np.ndarray:
        """Edges of a voxel."""
        return self.lengths / self.shape

    @property
    def half_diagonal(self) -> float:
        """Distance from a voxel's centre to its corner."""
        return float(np.linalg.norm(self.step)) / 2

    @property
    def boxsize(self) -> np.ndarray:
        """Periods as scipy's KD-tree wants them: 0 along an axis that is not periodic."""
        return np.where(self.periodic, self.lengths, 0.0)

    def centres(self, index) -> np.ndarray:
        """Return positions, inside the box, of voxel indices (n, 3), which may be fractional."""
        return self.wrap(self.origin + (np.asarray(index) + 0.5) * self.step)

    def wrap(self, positions) -> np.ndarray:
        """Return the positions brought into the box along its periodic axes."""
        positions = np.array(positions, dtype=float)
        for axis in np.flatnonzero(self.periodic):
            length = self.lengths[axis]
            wrapped = np.mod(positions[..., axis], length)
            # np.mod of a tiny negative number rounds to the length itself.
            positions[..., axis] = np.where(wrapped >= length, 0.0, wrapped)
        return positions

    def neighbour(self, index, axis: int, shift: int) -> np.ndarray:
        """Return indices (n, 3) shifted along an axis: wrapped, or clipped to a slab."""
        moved = index.copy()
        if self.periodic[axis]:
            moved[:, axis] = (moved[:, axis] + shift) % self.shape[axis]
        else:
            moved[:, axis] = np.clip(moved[:, axis] + shift, 0, self.shape[axis] - 1)
        return moved

    def images(self, positions, margin: float) -> tuple[np.ndarray, np.ndarray]:
        """Return positions (n, 3) of the box and their periodic images up to a margin outside.

        Returns
        -------
        images : (m, 3) array
            Those within the margin of the region, also along an axis that is not periodic.
        source : (m,) array of int
            Which position each is an image of.
        """
        source = np.arange(len(positions))
        for axis in range(3):
            if self.periodic[axis]:
                count = int(np.ceil(margin / self.lengths[axis]))
                shifts = np.zeros((2 * count + 1, 1, 3))
                shifts[:, 0, axis] = np.arange(-count, count + 1) * self.lengths[axis]
                positions = (positions + shifts).reshape(-1, 3)
                source = np.tile(source, 2 * count + 1)
            along = positions[:, axis] - self.origin[axis]
            near = (along >= -margin) & (along <= self.lengths[axis] + margin)
            positions, source = positions[near], source[near]
        return positions, source
