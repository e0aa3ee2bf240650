"""Where the march puts its nodes: close together where concentrations change most.

The pore is cut into pieces at the places where the fixed charge jumps or bends. Nodes are arrays
(S, C + 1, B): pieces, C cells in each, problems, because every problem has its own.
"""

from dataclasses import dataclass

import numpy as np

ALIGNED = 12
"""Most pieces whose bends are nodes; of a charge given at more places only the jumps are."""
EVENNESS = 1.0
"""Weight of plain length against that of changes in concentration; 1 gives each about half."""


@dataclass(frozen=True)
class Pieces:
    """Cuts of the pore and the fixed charge on it.

    Attributes
    ----------
    edges : (S, 2) array
        Ends of the pieces.
    places : (K,) array
    density : (K, B) array, mol/m3
    owner : (K,) int array
        The piece in which each place after the first ends.
    """

    edges: np.ndarray
    places: np.ndarray
    density: np.ndarray
    owner: np.ndarray

    @classmethod
    def of(cls, positions, density) -> "Pieces":
        """Pieces of a uniform charge (B,), or of one (K, B) at positions (K,)."""
        if positions is None:
            positions, density = np.array([0.0, 1.0]), np.stack([density, density])
        jumps = np.diff(positions) == 0
        spans = np.flatnonzero(~jumps)
        if len(spans) <= ALIGNED:
            starts = spans
        else:
            starts = np.concatenate([[0], np.flatnonzero(jumps) + 1])
        owner = np.searchsorted(starts, np.arange(len(positions) - 1), side="right") - 1
        ends = np.append(positions[starts[1:]], 1.0)
        return cls(np.stack([positions[starts], ends], axis=1), positions, density, owner)

    def rows(self, which) -> "Pieces":
        """Part of the batch."""
        return Pieces(self.edges, self.places, self.density[:, which], self.owner)

    def at(self, nodes) -> np.ndarray:
        """X (S, C + 1, B) at nodes, at a jump that of the piece."""
        parts = []
        for piece, x in enumerate(nodes):
            own = np.flatnonzero((self.owner == piece) & (np.diff(self.places) > 0))
            places = np.append(self.places[own], self.places[own[-1] + 1])
            values = np.concatenate([self.density[own], self.density[own[-1:] + 1]])
            shape = (len(places), x.shape[-1])
            parts.append(interpolated(x, np.broadcast_to(places[:, None], shape), values))
        return np.array(parts)

    def even(self, cells: int) -> np.ndarray:
        """Evenly spaced nodes."""
        low, high = self.edges.T[:, :, None]
        x = low + (high - low) * np.linspace(0, 1, cells + 1)
        x[:, -1] = high[:, 0]
        return np.repeat(x[:, :, None], self.density.shape[1], axis=2)


def refined(nodes, cells: int) -> np.ndarray:
    """Nodes of another number of cells under the same, piecewise linear, spacing."""
    places = np.linspace(0, nodes.shape[1] - 1, cells + 1)
    low = np.minimum(places.astype(int), nodes.shape[1] - 2)
    part = (places - low)[:, None]
    return nodes[:, low] * (1 - part) + nodes[:, low + 1] * part


def graded(nodes, changes, cells: int) -> np.ndarray:
    """Nodes that share the changes evenly.

    Parameters
    ----------
    nodes : (S, C + 1, B) array
    changes : (S, C, B) array
        How much happens in each cell, at least 0.
    """
    width = np.diff(nodes, axis=1)
    length = nodes[:, -1:] - nodes[:, :1]
    weight = EVENNESS * width / length + changes
    total = np.concatenate([np.zeros_like(weight[:, :1]), np.cumsum(weight, axis=1)], axis=1)
    total = total / total[:, -1:]
    even = np.linspace(0, 1, cells + 1)[:, None]
    parts = [
        interpolated(np.broadcast_to(even, (cells + 1, x.shape[1])), t, x)
        for t, x in zip(total, nodes, strict=True)
    ]
    found = np.array(parts)
    found[:, 0], found[:, -1] = nodes[:, 0], nodes[:, -1]
    return found


def crossings(nodes) -> np.ndarray:
    """Widths (S C + S - 1, B) of the cells in a row, with one of no width between two pieces."""
    width = np.diff(nodes, axis=1)
    gap = np.zeros_like(width[:, :1])
    return np.concatenate([width, gap], axis=1).reshape(-1, nodes.shape[2])[:-1]


def interpolated(x, places, values):
    """Linear interpolation in every column: x (M, B) among places (P, B), rising."""
    last = len(places) - 2
    low = np.zeros(x.shape, dtype=int)
    for inner in places[1:-1]:
        low += x >= inner
    low = np.minimum(low, last)
    left, right = (np.take_along_axis(places, low + i, axis=0) for i in (0, 1))
    width = np.where(right > left, right - left, 1.0)
    part = (x - left) / width
    below, above = (np.take_along_axis(values, low + i, axis=0) for i in (0, 1))
    return below + (above - below) * part
