"""Bonds that pass through rings: a network that holds one can never relax."""

from __future__ import annotations

import numpy as np

from mdtools.periodic import lateral_tree, minimum_image
from membranes.networks.monomers import RINGS
from membranes.networks.structure import Structure

REACH_NM = 0.30
"""Largest distance of a ring atom from its ring's centre, with room for a strained ring."""


def ring_rows(network: Structure) -> np.ndarray:
    """Return the atom rows of every ring, (rings, 6), in ring order."""
    rows = [
        [network.rows[residue, name] for name in RINGS[kind]]
        for residue, kind in enumerate(network.kinds)
        if kind in RINGS
    ]
    return np.array(rows, dtype=int).reshape(-1, 6)


def pierced(
    rings: np.ndarray, starts: np.ndarray, ends: np.ndarray, box_nm: np.ndarray
) -> np.ndarray:
    """Find the pairs (ring, segment) where a segment passes through a ring.

    Each ring is a fan of triangles about its centroid; a segment is tested against them with the
    Moeller-Trumbore intersection (J. Graphics Tools 2, 21 (1997)), in minimum image.

    Parameters
    ----------
    rings : (R, 6, 3) array, nm
        Ring atoms in ring order, each ring in one periodic image.
    starts, ends : (S, 3) arrays, nm
        Segment ends; ``ends`` is the minimum image seen from ``starts``.
    """
    if not len(rings) or not len(starts):
        return np.empty((0, 2), dtype=int)
    centres, middles = rings.mean(axis=1), (starts + ends) / 2
    half = np.linalg.norm(ends - starts, axis=1).max() / 2
    pairs = _close_pairs(centres, middles, REACH_NM + half, box_nm)
    if not len(pairs):
        return pairs
    ring, segment = pairs.T
    corners = rings[ring] - centres[ring, None]
    shift = minimum_image(middles[segment] - centres[ring], box_nm)
    along = ends[segment] - starts[segment]
    origin = shift - along / 2
    hit = np.zeros(len(pairs), dtype=bool)
    for k in range(rings.shape[1]):
        hit |= _crosses(origin, along, corners[:, k], corners[:, (k + 1) % rings.shape[1]])
    return pairs[hit]


def pierced_rings(network: Structure, segments: np.ndarray | None = None) -> np.ndarray:
    """Find the pairs (ring, segment) of a network's rings pierced by its bonds or other segments.

    Parameters
    ----------
    segments : (S, 2) int array, optional
        Pairs of atom rows; the network's bonds when left out. A segment that ends on an atom of a
        ring never counts against that ring.
    """
    rows = ring_rows(network)
    segments = network.bonds if segments is None else np.asarray(segments).reshape(-1, 2)
    first = np.repeat(rows[:, :1], rows.shape[1], axis=1)
    rings = network.positions[rows[:, :1]] + network.vectors(first, rows)
    starts = network.positions[segments[:, 0]]
    ends = starts + network.vectors(segments[:, 0], segments[:, 1])
    pairs = pierced(rings, starts, ends, network.box_nm)
    own = (rows[pairs[:, 0], :, None] == segments[pairs[:, 1], None, :]).any(axis=(1, 2))
    return pairs[~own]


def _close_pairs(first, second, radius, box_nm):
    trees = [lateral_tree(points, np.asarray(box_nm)[:2]) for points in (first, second)]
    lists = trees[0].query_ball_tree(trees[1], radius)
    pairs = [(i, j) for i, neighbours in enumerate(lists) for j in sorted(neighbours)]
    return np.array(pairs, dtype=int).reshape(-1, 2)


def _crosses(origin, along, corner_a, corner_b):
    """Whether segments origin + t along, t in [0, 1], cross triangles (0, a, b); all (P, 3)."""
    p = np.cross(along, corner_b)
    det = np.einsum("ij,ij->i", corner_a, p)
    safe = np.where(np.abs(det) < 1e-12, np.inf, det)
    u = np.einsum("ij,ij->i", origin, p) / safe
    q = np.cross(origin, corner_a)
    v = np.einsum("ij,ij->i", along, q) / safe
    t = np.einsum("ij,ij->i", corner_b, q) / safe
    inside = (u >= 0) & (v >= 0) & (u + v <= 1) & (t >= 0) & (t <= 1)
    return inside & np.isfinite(safe)
