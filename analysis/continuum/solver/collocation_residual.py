"""The collocation residual is transport through a pore as equations for values at grid nodes.

With x from feed (0) to permeate (1), and E eliminated by the derivative of pore neutrality,

    dq_i/dx = (Kc_i Pe_i - z_i E) q_i - Pe_i c_p,i ,
    E = [sum_i z_i Pe_i (Kc_i q_i - c_p,i) + dX/dx] / sum_i z_i^2 q_i .

It holds at the collocation points. Then sum z q + X has no slope there and is one number on each
piece of the pore, set to 0 at the feed's interface and behind every jump of X. What is
differentiated is q, which needs few Chebyshev coefficients; the unknowns are logarithms of
concentrations, so that none turns negative.
"""

from dataclasses import dataclass

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.partitioning import donnan
from analysis.continuum.solver.collocation_grid import Grid
from analysis.continuum.solver.problem import Problem


@dataclass(frozen=True)
class NodalState:
    """Values of B problems with n ions on a grid of M nodes.

    Attributes
    ----------
    pore : (B, M, n) array, mol/m3
    permeate, wall : (B, n) arrays, mol/m3
    potentials : (B, 2 + J) array
        Donnan potentials of feed and permeate interface and steps at the J jumps, RT/F.
    xi : (B,) array
        Field in the film: RT/F times the row's largest film mobility; 0 without a film.
    """

    pore: Array
    permeate: Array
    wall: Array
    potentials: Array
    xi: Array

    @classmethod
    def of(cls, unknowns: Array, grid: Grid) -> "NodalState":
        """From unknowns (B, U)."""
        nodes, interfaces = len(grid.nodes), 2 + len(grid.jumps)
        ions = (unknowns.shape[1] - interfaces - 1) // (nodes + 2)
        ends = np.cumsum([ions * nodes, ions, ions, interfaces])
        pore, permeate, wall, potentials, xi = np.split(unknowns, ends, axis=1)
        pore = np.exp(pore).reshape(len(unknowns), nodes, ions)
        return cls(pore, np.exp(permeate), np.exp(wall), potentials, xi[:, 0])

    def unknowns(self) -> Array:
        """ln q node by node, ln c_p, ln c_w, potentials, xi: (B, U)."""
        parts = (self.pore.reshape(len(self.pore), -1), self.permeate, self.wall)
        return np.concatenate([*map(np.log, parts), self.potentials, self.xi[:, None]], axis=1)


def nodal_density(problem: Problem, grid: Grid) -> Array:
    """Fixed charge at the nodes (B, M), mol/m3; linear between the problem's positions."""
    if problem.positions is None:
        return np.repeat(problem.charge_density[:, None], len(grid.nodes), axis=1)
    values = np.empty((len(problem.feed), len(grid.nodes)))
    positions, given = problem.positions, problem.charge_density
    for own in grid.elements:
        x = grid.nodes[own]
        piece = np.searchsorted(positions, (x[0] + x[-1]) / 2) - 1
        share = (x - positions[piece]) / (positions[piece + 1] - positions[piece])
        values[:, own] = given[piece][:, None] * (1 - share) + given[piece + 1][:, None] * share
    return values


def zero_flux_equilibrium(problem: Problem, grid: Grid) -> NodalState:
    """Exact solution at zero flux: equilibrium with the feed at every node."""
    charges, partition = problem.charges[:, None], problem.partition[:, None]
    density = nodal_density(problem, grid)
    pore, potential = donnan(problem.feed[:, None], charges, density, partition)
    jumps = [potential[:, node + 1] - potential[:, node] for node in grid.jumps]
    potentials = np.stack([potential[:, 0], potential[:, -1], *jumps], axis=1)
    return NodalState(pore, problem.feed, problem.feed, potentials, np.zeros(len(pore)))


def linearize(problem: Problem, grid: Grid, state: NodalState, size: Array) -> tuple[Array, Array]:
    """Residual (B, U) and its exact derivatives by the unknowns (B, U, U).

    In this order: transport at the collocation points over ``size`` (B, n), equilibrium in
    logarithms at feed interface, permeate interface and jumps, film; charge over its summed size
    in pore, permeate and wall.
    """
    count, nodes, ions = state.pore.shape
    z, each = problem.charges, np.arange(ions)
    permeate_at, wall_at = nodes * ions + each, (nodes + 1) * ions + each
    potential_at, total = (nodes + 2) * ions, (nodes + 2) * ions + len(grid.jumps) + 3
    kind = state.pore.dtype
    residual, jacobian = np.empty((count, total), kind), np.zeros((count, total, total), kind)

    top = len(grid.value) * ions
    transport, by_q, by_permeate = _transport(problem, grid, state, size)
    residual[:, :top] = transport.reshape(count, top)
    jacobian[:, :top, permeate_at] = by_permeate.reshape(count, top, ions)
    points = len(grid.value) // len(grid.elements)
    for number, own in enumerate(grid.elements):
        at, nearby = slice(number * points, (number + 1) * points), slice(own[0], own[-1] + 1)
        block = grid.value[at, nearby][:, None, :, None] * by_q[:, at, :, None]
        block[:, :, each, :, each] += grid.slope[at, nearby]
        block *= state.pore[:, None, None, nearby] / size[:, None, :, None, None]
        rows, columns = (slice(one.start * ions, one.stop * ions) for one in (at, nearby))
        jacobian[:, rows, columns] = block.reshape(count, points * ions, -1)

    row = top + each
    sides = [
        (0, problem.partition * state.wall, wall_at),
        (nodes - 1, problem.outlet_partition * state.permeate, permeate_at),
        *((node + 1, state.pore[:, node], node * ions + each) for node in grid.jumps),
    ]
    for number, (node, outside, outside_at) in enumerate(sides):
        potential = state.potentials[:, number, None]
        residual[:, row] = np.log(state.pore[:, node] / outside) + z * potential
        jacobian[:, row, node * ions + each] = 1.0
        jacobian[:, row, outside_at] = -1.0
        jacobian[:, row, potential_at + number] = z
        row = row + ions

    film = _film(problem, state)
    residual[:, row] = film[0]
    jacobian[:, row, permeate_at], jacobian[:, row, wall_at], jacobian[:, row, -1] = film[1:]

    row = row[-1] + 1
    fixed, summed = nodal_density(problem, grid), (np.abs(z) * size).sum(axis=1)
    for node in (0, *(jump + 1 for jump in grid.jumps)):
        carried = z * state.pore[:, node]
        residual[:, row] = (carried.sum(axis=1) + fixed[:, node]) / summed
        jacobian[:, row, node * ions + each] = carried / summed[:, None]
        row += 1
    residual[:, -2], jacobian[:, -2, permeate_at] = _charge(z, state.permeate)
    if problem.film_charges is None:
        residual[:, -1], jacobian[:, -1, -1] = state.xi, 1.0
    else:
        residual[:, -1], jacobian[:, -1, wall_at] = _charge(problem.film_charges, state.wall)
    return residual, jacobian


def _transport(
    problem: Problem, grid: Grid, state: NodalState, size: Array
) -> tuple[Array, Array, Array]:
    """Residual of transport at the collocation points (B, P, n) and derivatives, over ``size``.

    By q at the collocation points (B, P, n, n), not over ``size`` and without that of the slope,
    and by ln c_p (B, P, n, n).
    """
    z, peclet = problem.charges[:, None], problem.peclet[:, None]
    drift = problem.convection[:, None] * peclet
    q, gradient = grid.value @ state.pore, grid.slope @ state.pore
    source = peclet * state.permeate[:, None]
    mobile = (z**2 * q).sum(axis=2, keepdims=True)
    density_slope = grid.slope @ nodal_density(problem, grid)[..., None]
    field = ((z * (drift * q - source)).sum(axis=2, keepdims=True) + density_slope) / mobile
    rate = drift - z * field
    each = np.arange(q.shape[2])
    carried = (z * q)[..., None]
    by_q = carried * ((z * drift - z**2 * field) / mobile)[:, :, None]
    by_q[:, :, each, each] -= rate
    by_permeate = -carried * ((z * source) / mobile)[:, :, None]
    by_permeate[:, :, each, each] += source
    return (
        (gradient - rate * q + source) / size[:, None],
        by_q,
        by_permeate / size[:, None, :, None],
    )


def _film(problem: Problem, state: NodalState) -> tuple[Array, Array, Array, Array]:
    """Residual of the film (B, n), and its derivatives by ln c_p, ln c_w and xi."""
    transfer, mobility, z = problem.film_transfer, problem.film_mobility, problem.film_charges
    if transfer is None or mobility is None or z is None:
        zero, one = np.zeros_like(problem.feed), np.ones_like(problem.feed)
        return np.log(state.wall / problem.feed), zero, one, zero
    supply = transfer * problem.feed
    charged = z * (mobility / mobility.max(axis=1, keepdims=True)) * state.wall
    permeate = np.where(problem.excluded, 0.0, state.permeate)
    migration = charged * state.xi[:, None]
    residual = supply - (transfer - 1) * state.wall - permeate - migration
    by_wall = -(transfer - 1) * state.wall - migration
    return residual / supply, -permeate / supply, by_wall / supply, -charged / supply


def _charge(charges: Array, concentrations: Array) -> tuple[Array, Array]:
    """Charge over its summed size (B,), and its derivative by ln c (B, n)."""
    size = (np.abs(charges) * concentrations).sum(axis=1, keepdims=True)
    share = (charges * concentrations).sum(axis=1, keepdims=True) / size
    return share[:, 0], concentrations * (charges - share * np.abs(charges)) / size
