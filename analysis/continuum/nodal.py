"""Transport through a pore as equations for values at the nodes of a grid.

With x from feed (0) to permeate (1), and E eliminated by the derivative of pore neutrality,

    dq_i/dx = (Kc_i Pe_i - z_i E) q_i - Pe_i c_p,i ,
    E = [sum_i z_i Pe_i (Kc_i q_i - c_p,i) + dX/dx] / sum_i z_i^2 q_i .

It holds at the grid's places. Then sum z q + X has no slope there and is one number on each piece of
the pore, set to 0 at the feed face and behind every jump of X. What is differentiated is q, which
needs few Chebyshev coefficients; the unknowns are logarithms of concentrations, so that none turns
negative.
"""

from dataclasses import dataclass

import numpy as np

from analysis.continuum.grids import Grid
from analysis.continuum.partitioning import donnan
from analysis.continuum.problem import Problem


@dataclass(frozen=True)
class State:
    """Solution of B problems with n ions on a grid of M nodes.

    Attributes
    ----------
    pore : (B, M, n) array, mol/m3
    permeate, wall : (B, n) arrays, mol/m3
    potentials : (B, 2 + J) array
        Donnan potentials of feed face and permeate face and steps at the J jumps, RT/F.
    xi : (B,) array
        Field in the film, RT/F over the unit of Problem.film_mobility.
    """

    pore: np.ndarray
    permeate: np.ndarray
    wall: np.ndarray
    potentials: np.ndarray
    xi: np.ndarray

    @classmethod
    def of(cls, unknowns: np.ndarray, grid: Grid) -> "State":
        """From unknowns (B, U)."""
        nodes, potentials = len(grid.nodes), 2 + len(grid.jumps)
        ions = (unknowns.shape[1] - potentials - 1) // (nodes + 2)
        ends = np.cumsum([ions * nodes, ions, ions, potentials])
        pore, permeate, wall, potentials, xi = np.split(unknowns, ends, axis=1)
        pore = np.exp(pore).reshape(len(unknowns), nodes, ions)
        return cls(pore, np.exp(permeate), np.exp(wall), potentials, xi[:, 0])

    def unknowns(self) -> np.ndarray:
        """ln q node by node, ln c_p, ln c_w, potentials, xi: (B, U)."""
        parts = (self.pore.reshape(len(self.pore), -1), self.permeate, self.wall)
        return np.concatenate([*map(np.log, parts), self.potentials, self.xi[:, None]], axis=1)


def density(problem: Problem, grid: Grid) -> np.ndarray:
    """Fixed charge at the nodes (B, M), mol/m3; linear between the problem's positions."""
    if problem.positions is None:
        return np.repeat(problem.charge_density[:, None], len(grid.nodes), axis=1)
    values = np.empty((len(problem.feed), len(grid.nodes)))
    places, given = problem.positions, problem.charge_density
    for own in grid.elements:
        x = grid.nodes[own]
        piece = np.searchsorted(places, (x[0] + x[-1]) / 2) - 1
        share = (x - places[piece]) / (places[piece + 1] - places[piece])
        values[:, own] = given[piece][:, None] * (1 - share) + given[piece + 1][:, None] * share
    return values


def without_flux(problem: Problem, grid: Grid) -> State:
    """Exact solution at zero flux: equilibrium with the feed at every node."""
    charges, partition = problem.charges[:, None], problem.partition[:, None]
    pore, potential = donnan(problem.feed[:, None], charges, density(problem, grid), partition)
    jumps = [potential[:, node + 1] - potential[:, node] for node in grid.jumps]
    potentials = np.stack([potential[:, 0], potential[:, -1], *jumps], axis=1)
    return State(pore, problem.feed, problem.feed, potentials, np.zeros(len(pore)))


def mismatch(problem: Problem, grid: Grid, state: State, size: np.ndarray):
    """Residual (B, U) and its exact derivatives by the unknowns (B, U, U).

    In this order: transport at the places over ``size`` (B, n), logarithmic equilibrium at the feed
    face, the permeate face and each jump, film; charge over its summed size in pore, permeate, wall.
    """
    count, ions = problem.feed.shape
    z, each = problem.charges, np.arange(ions)
    nodes = len(grid.nodes)
    permeate_at, wall_at, potential_at = nodes * ions, (nodes + 1) * ions, (nodes + 2) * ions
    residuals, jacobian = [], np.zeros((count, state_size := potential_at + 3 + len(grid.jumps),) * 1)
    return residuals, jacobian, state_size, permeate_at, wall_at, z, each
