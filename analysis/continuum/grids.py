"""Grids on [0, 1] from feed to permeate: nodes, and maps to the places where equations hold."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from numpy.polynomial import chebyshev as basis


@dataclass(frozen=True)
class Grid:
    """Nodes and two linear maps.

    Attributes
    ----------
    nodes : (N + 1,) array, the first 0 and the last 1
    value, slope : (N, N + 1) arrays
        From values at the nodes to values and derivatives at N places between them.
    coefficients : (N + 1, N + 1) array or None
        From values at the nodes to Chebyshev coefficients on [0, 1]; None where there are none.
    """

    nodes: np.ndarray
    value: np.ndarray
    slope: np.ndarray
    coefficients: np.ndarray | None = None


@lru_cache(maxsize=16)
def chebyshev(degree: int) -> Grid:
    """Polynomials of a degree >= 1 on Chebyshev's extreme points; places are the zeros of T_degree.

    With as many places as a derivative has coefficients, conditions at both faces replace no
    equation: Driscoll and Hale, IMA J. Numer. Anal. 36, 108 (2016).

    >>> grid = chebyshev(4)
    >>> places = grid.value @ grid.nodes
    >>> bool(np.allclose(grid.slope @ grid.nodes**3, 3 * places**2))
    True
    """
    order = np.arange(degree + 1)
    points = -np.cos(np.pi * order / degree)
    zeros = -np.cos(np.pi * (np.arange(degree) + 0.5) / degree)
    ends = np.where((order == 0) | (order == degree), 0.5, 1.0)
    coefficients = 2 / degree * ends[:, None] * basis.chebvander(points, degree).T * ends
    value = basis.chebvander(zeros, degree) @ coefficients
    slope = basis.chebvander(zeros, degree - 1) @ (2 * basis.chebder(coefficients))
    return Grid((points + 1) / 2, value, slope, coefficients)


@lru_cache(maxsize=16)
def boxes(cells: int) -> Grid:
    """Equal cells with the equations at their middles: the box scheme, of second order.

    H. B. Keller, in Numerical Solution of Partial Differential Equations II, p. 327 (1971).

    >>> grid = boxes(4)
    >>> bool(np.allclose(grid.slope @ grid.nodes**2, 2 * (grid.value @ grid.nodes)))
    True
    """
    here, beyond = np.eye(cells, cells + 1), np.eye(cells, cells + 1, 1)
    return Grid(np.linspace(0, 1, cells + 1), (here + beyond) / 2, (beyond - here) * cells)
