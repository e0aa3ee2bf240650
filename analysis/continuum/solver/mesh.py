"""The march's mesh has nodes that are close together where concentrations change most.

The pore is cut into pieces at the places where the fixed charge jumps or bends. Nodes are arrays
(S, C + 1, B): pieces, C cells in each, problems, because every problem has its own.
"""

from dataclasses import dataclass, field

import numpy as np

from analysis.continuum.arrays import Array, Ints
from analysis.continuum.solver.batch import LAST

ALIGNED = 12
"""Most pieces whose bends are nodes; of a charge given at more places only the jumps are."""
EVENNESS = 1.0
"""Weight of plain length against that of changes in concentration; 1 gives each about half."""


@dataclass(frozen=True)
class ChargePieces:
    """Fixed charge of a batch of pores, cut where it jumps and, into few pieces, bends.

    Attributes
    ----------
    edges : (S, 2) array
        Ends of the pieces.
    positions : (K,) array
    density : (K, B) array, mol/m3
    owner : (K,) int array
        The piece in which each span between two positions lies.
    """

    edges: Array
    positions: Array
    density: Array = field(metadata=LAST)
    owner: Ints

    @classmethod
    def of(cls, positions: Array | None, density: Array) -> "ChargePieces":
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

    def at(self, nodes: Array) -> Array:
        """X (S, C + 1, B) at nodes, at a jump that of the piece."""
        parts = []
        for piece, x in enumerate(nodes):
            own = np.flatnonzero((self.owner == piece) & (np.diff(self.positions) > 0))
            places = np.append(self.positions[own], self.positions[own[-1] + 1])
            values = np.concatenate([self.density[own], self.density[own[-1:] + 1]])
            shape = (len(places), x.shape[-1])
            parts.append(interpolate(x, np.broadcast_to(places[:, None], shape), values))
        return np.array(parts)

    def uniform(self, cells: int) -> Array:
        """Evenly spaced nodes."""
        low, high = self.edges.T[:, :, None]
        x: Array = low + (high - low) * np.linspace(0, 1, cells + 1)
        x[:, -1] = high[:, 0]
        return np.repeat(x[:, :, None], self.density.shape[1], axis=2)


def refined(nodes: Array, cells: int) -> Array:
    """Nodes of another number of cells under the same, piecewise linear, spacing."""
    places = np.linspace(0, nodes.shape[1] - 1, cells + 1)
    low = np.minimum(places.astype(int), nodes.shape[1] - 2)
    part = (places - low)[:, None]
    spaced: Array = nodes[:, low] * (1 - part) + nodes[:, low + 1] * part
    return spaced


def equidistributed(nodes: Array, changes: Array, cells: int) -> Array:
    """Nodes between which the concentrations change equally: the changes are equidistributed.

    Parameters
    ----------
    nodes : (S, C + 1, B) array
    changes : (S, C, B) array
        Relative change of the concentrations in each cell, at least 0.
    """
    width = np.diff(nodes, axis=1)
    length = nodes[:, -1:] - nodes[:, :1]
    weight = EVENNESS * width / length + changes
    total = np.concatenate([np.zeros_like(weight[:, :1]), np.cumsum(weight, axis=1)], axis=1)
    total = total / total[:, -1:]
    even = np.linspace(0, 1, cells + 1)[:, None]
    parts = [
        interpolate(np.broadcast_to(even, (cells + 1, x.shape[1])), t, x)
        for t, x in zip(total, nodes, strict=True)
    ]
    moved = np.array(parts)
    moved[:, 0], moved[:, -1] = nodes[:, 0], nodes[:, -1]
    return moved


def cell_widths(nodes: Array) -> Array:
    """Widths (S C + S - 1, B) of the cells in a row, with one of no width between two pieces."""
    width = np.diff(nodes, axis=1)
    gap = np.zeros_like(width[:, :1])
    widths: Array = np.concatenate([width, gap], axis=1).reshape(-1, nodes.shape[2])[:-1]
    return widths


def interpolate(x: Array, places: Array, values: Array) -> Array:
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
