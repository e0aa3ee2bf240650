"""Numba loops over the mesh of one problem: ``mesh`` has the same for batches.

Nodes are (S, C + 1), of pieces and C cells in each; arrays may be longer. ``Knots`` are the places
between which the fixed charge is linear, for every piece its own.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from analysis.continuum.solver import mesh

EVENNESS = mesh.EVENNESS


class Knots(NamedTuple):
    """``places`` (T,) of all pieces in a row; those of piece s are first[s] to first[s + 1]."""

    places: np.ndarray
    first: np.ndarray


@njit(error_model="numpy")
def uniform(knots: Knots, cells: int, nodes: np.ndarray) -> None:
    """Evenly spaced nodes, in place."""
    for s in range(len(nodes)):
        low, high = knots.places[knots.first[s]], knots.places[knots.first[s + 1] - 1]
        for c in range(cells):
            nodes[s, c] = low + (high - low) * (c / cells)
        nodes[s, cells] = high


@njit(error_model="numpy")
def refined(nodes: np.ndarray, cells: int, finer: np.ndarray, count: int) -> None:
    """Nodes of ``count`` cells under the same spacing, in place of ``finer``."""
    for c in range(count + 1):
        place = c * cells / count
        low = min(int(place), cells - 1)
        part = place - low
        for s in range(len(nodes)):
            finer[s, c] = nodes[s, low] * (1 - part) + nodes[s, low + 1] * part


@njit(error_model="numpy")
def _interpolate(x: float, places: np.ndarray, values: np.ndarray, low: int) -> float:
    """Linear interpolation between the places low and low + 1."""
    width = places[low + 1] - places[low]
    part = (x - places[low]) / (width if width > 0 else 1.0)
    value: float = values[low] + (values[low + 1] - values[low]) * part
    return value


@njit(error_model="numpy")
def lay(
    nodes: np.ndarray,
    cells: int,
    knots: Knots,
    charge: np.ndarray,
    widths: np.ndarray,
    density: np.ndarray,
) -> int:
    """How many cells there are; their widths and X at the nodes, from feed to permeate, in place.

    ``charge`` (T,) is X at the knots.
    """
    pieces, k = len(nodes), 0
    for s in range(pieces):
        low, last = knots.first[s], knots.first[s + 1] - 2
        for c in range(cells + 1):
            while low < last and nodes[s, c] >= knots.places[low + 1]:
                low += 1
            density[k] = _interpolate(nodes[s, c], knots.places, charge, low)
            if c < cells:
                widths[k] = nodes[s, c + 1] - nodes[s, c]
            elif s < pieces - 1:
                widths[k] = 0.0
            k += 1
    return k - 1


@njit(error_model="numpy")
def moved_drops(
    nodes: np.ndarray,
    cells: int,
    drops: np.ndarray,
    onto: np.ndarray,
    count: int,
    moved: np.ndarray,
    potential: np.ndarray,
) -> None:
    """Drops on other nodes of a potential that is linear between the nodes, in place of ``moved``.

    ``potential`` is room for C + 1 numbers.
    """
    for s in range(len(nodes)):
        potential[0] = 0.0
        for c in range(cells):
            potential[c + 1] = potential[c] + drops[s * (cells + 1) + c]
        low, before = 0, 0.0
        for c in range(count + 1):
            while low < cells - 1 and onto[s, c] >= nodes[s, low + 1]:
                low += 1
            here = _interpolate(onto[s, c], nodes[s], potential, low)
            if c:
                moved[s * (count + 1) + c - 1] = here - before
            before = here
        if s < len(nodes) - 1:
            moved[s * (count + 1) + count] = drops[s * (cells + 1) + cells]


@njit(error_model="numpy")
def equidistributed(
    nodes: np.ndarray, cells: int, changes: np.ndarray, even: np.ndarray, total: np.ndarray
) -> None:
    """Nodes between which the concentrations change equally, in place of ``even``.

    ``changes`` is in the order of the cells' widths; ``total`` is room for C + 1 numbers.
    """
    for s in range(len(nodes)):
        length = nodes[s, cells] - nodes[s, 0]
        total[0] = 0.0
        for c in range(cells):
            width = nodes[s, c + 1] - nodes[s, c]
            change = changes[s * (cells + 1) + c]
            total[c + 1] = total[c] + EVENNESS * width / length + change
        for c in range(cells + 1):
            total[c] /= total[cells]
        low = 0
        for c in range(cells + 1):
            while low < cells - 1 and c / cells >= total[low + 1]:
                low += 1
            even[s, c] = _interpolate(c / cells, total, nodes[s], low)
        even[s, 0], even[s, cells] = nodes[s, 0], nodes[s, cells]
