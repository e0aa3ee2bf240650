"""Periodic boundaries: wrapping, minimum images and neighbour search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from scipy.spatial import cKDTree


def wrap_into_box(points: np.ndarray, lengths_nm: np.ndarray) -> np.ndarray:
    """Wrap the first axes of points (..., 3) into [0, L), one axis for each length given.

    >>> wrap_into_box(np.array([[-0.5, 4.5, 7.0]]), np.array([2.0, 2.0]))
    array([[1.5, 0.5, 7. ]])
    """
    wrapped = np.array(points, dtype=float)
    axes = wrapped[..., : len(lengths_nm)]
    axes[...] = np.mod(axes, lengths_nm)
    # np.mod(-1e-17, L) is L itself, which cKDTree refuses.
    axes[axes >= lengths_nm] = 0.0
    return wrapped


def minimum_image(vectors: np.ndarray, box_nm: ArrayLike) -> np.ndarray:
    """Return the minimum image in x and y of vectors (..., 3); z is not periodic."""
    vectors = np.array(vectors, dtype=float)
    lateral = np.asarray(box_nm, dtype=float)[:2]
    vectors[..., :2] -= lateral * np.round(vectors[..., :2] / lateral)
    return vectors


def cut_at_widest_gap(values: np.ndarray, length: float) -> tuple[np.ndarray, float]:
    """Unwrap coordinates (N,) along a periodic axis at its widest gap; returns them and the gap.

    The axis is cut where it is empty over the longest stretch, so a slab comes out whole wherever
    the boundary was.

    >>> cut_at_widest_gap(np.array([0.2, 6.9, 0.4]), 7.0)
    (array([ 0.2, -0.1,  0.4]), 6.5)
    """
    folded = np.mod(values, length)
    order = np.sort(folded)
    gaps = np.diff(order, append=order[0] + length)
    widest = int(np.argmax(gaps))
    # Nothing lies above a gap that holds the boundary itself.
    above = folded > order[widest]
    return np.where(above, folded - length, folded), float(gaps[widest])


def tree(points: np.ndarray, box_nm: np.ndarray) -> cKDTree:
    """Build a k-d tree of points (N, 3), any image, in a box (3,) periodic along all axes."""
    # Loaded where it is needed: commands that search nothing start in half of the time.
    from scipy.spatial import cKDTree

    return cKDTree(wrap_into_box(points, box_nm), boxsize=np.asarray(box_nm, dtype=float))


def lateral_tree(points: np.ndarray, lateral_nm: np.ndarray) -> cKDTree:
    """Build a k-d tree of points (N, 3), any image, periodic along x and y (2,) and open along z.

    Points to query it with may be any image too.

    >>> tree = lateral_tree(np.array([[0.1, 1.0, 0.0]]), np.array([2.0, 2.0]))
    >>> distance, _ = tree.query([[3.9, 1.0, 0.0]])
    >>> distance.round(9)
    array([0.2])
    """
    from scipy.spatial import cKDTree

    # A box length of zero tells cKDTree that the axis is not periodic.
    return cKDTree(wrap_into_box(points, lateral_nm), boxsize=[*lateral_nm, 0.0])
