"""A collocation grid on [0, 1], from feed to permeate, has nodes and maps to collocation points."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev as basis

from analysis.continuum.arrays import Array, Ints


@dataclass(frozen=True)
class Grid:
    """Elements side by side, each with its nodes, and linear maps to the collocation points.

    Attributes
    ----------
    nodes : (M,) array, the first 0 and the last 1
        Neighbouring elements share a node, except across a jump, where they have one each.
    elements : (K, m) array
        Indices of each element's nodes.
    value, slope : (K (m - 1), M) arrays
        From values at the nodes to values and derivatives at the collocation points.
    jumps : tuple
        Indices of the nodes before a jump.
    coefficients : (m, m) array or None
        From an element's values to its Chebyshev coefficients; None where it has none.
    """

    nodes: Array
    elements: Ints
    value: Array
    slope: Array
    jumps: tuple[int, ...] = ()
    coefficients: Array | None = None


@lru_cache(maxsize=16)
def chebyshev(degree: int, edges: tuple[float, ...] = (0.0, 1.0)) -> Grid:
    """Polynomials of a degree >= 1 on each element between ``edges``, continuous but at jumps.

    Nodes are Chebyshev's extreme points; collocation points the zeros of T_degree. With as many of
    these as a derivative has coefficients, conditions at both ends replace no equation: Driscoll
    and Hale, IMA J. Numer. Anal. 36, 108 (2016). An edge that is given twice is a jump.

    >>> grid = chebyshev(4)
    >>> points = grid.value @ grid.nodes
    >>> bool(np.allclose(grid.slope @ grid.nodes**3, 3 * points**2))
    True
    """
    order = np.arange(degree + 1)
    points = -np.cos(np.pi * order / degree)
    zeros = -np.cos(np.pi * (np.arange(degree) + 0.5) / degree)
    ends = np.where((order == 0) | (order == degree), 0.5, 1.0)
    coefficients = 2 / degree * ends[:, None] * basis.chebvander(points, degree).T * ends
    value = basis.chebvander(zeros, degree) @ coefficients
    slope = basis.chebvander(zeros, degree - 1) @ (2 * basis.chebder(coefficients))
    return _assembled(edges, (points + 1) / 2, value, slope, coefficients)


@lru_cache(maxsize=16)
def boxes(cells: int) -> Grid:
    """Equal cells with the equations at their middles: the box scheme, of second order.

    H. B. Keller, in Numerical Solution of Partial Differential Equations II, p. 327 (1971).

    >>> grid = boxes(4)
    >>> bool(np.allclose(grid.slope @ grid.nodes**2, 2 * (grid.value @ grid.nodes)))
    True
    """
    edges = tuple(np.linspace(0, 1, cells + 1))
    return _assembled(edges, np.array([0.0, 1.0]), np.array([[0.5, 0.5]]), np.array([[-1.0, 1.0]]))


def _assembled(
    edges: tuple[float, ...],
    unit: Array,
    value: Array,
    slope: Array,
    coefficients: Array | None = None,
) -> Grid:
    """One element's nodes and maps on [0, 1], laid side by side."""
    nodes, jumps = [edges[0]], []
    elements: list[Ints] = []
    for left, right in zip(edges[:-1], edges[1:], strict=True):
        if left == right:
            jumps.append(len(nodes) - 1)
            nodes.append(right)
            continue
        elements.append(np.arange(len(unit)) + len(nodes) - 1)
        nodes.extend(left + (right - left) * unit[1:-1])
        nodes.append(right)
    widths = [nodes[own[-1]] - nodes[own[0]] for own in elements]
    points = len(unit) - 1
    maps = np.zeros((2, points * len(elements), len(nodes)))
    for number, (own, width) in enumerate(zip(elements, widths, strict=True)):
        rows = slice(number * points, (number + 1) * points)
        maps[0, rows, own[0] : own[-1] + 1] = value
        maps[1, rows, own[0] : own[-1] + 1] = slope / width
    at, gradient = maps
    return Grid(np.array(nodes), np.array(elements), at, gradient, tuple(jumps), coefficients)
