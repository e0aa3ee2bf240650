"""The shooting residual is what a sweep from the permeate leaves unmet at the feed's interface.

The unknowns (m, B) are ln c_p of every ion, the feed-side Donnan potential and, with a film, ln c_w
of every ion and the field's strength in the film. The residual (m, B) is the equilibrium of every
ion at the feed's interface, the charge of the permeate and, with a film, the balance of every ion
in it and the charge at the wall. The potential drops of the cells are eliminated by the sweep.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from analysis.continuum.arrays import Array, Bools, Ints
from analysis.continuum.partitioning import donnan
from analysis.continuum.solver.batch import LAST, take
from analysis.continuum.solver.mesh import ChargePieces, cell_widths
from analysis.continuum.solver.problem import Problem
from analysis.continuum.solver.sweep import Node, sweep

LEAST_PASSAGE = 1e-200
"""Keeps the logarithm of the initial guess finite."""


class Linearization(NamedTuple):
    """Residual (m, B), its Jacobian (m, m, B), potential drops (M, B), their slopes (M, m, B)."""

    residual: Array
    jacobian: Array
    drops: Array
    drop_slopes: Array


@dataclass(frozen=True)
class ShootingResidual:
    """Residual of a batch of problems on a mesh, with the problem as last axis.

    Attributes
    ----------
    charges, convection, peclet, feed, excluded : (n, B) arrays
        As in ``Problem``.
    inlet_partition, outlet_partition : (n, B) arrays
        G_i without Donnan at the interfaces with the feed and the permeate.
    film_transfer, film_mobility, film_charges : (n, B) arrays, or None without a film
    pieces : ChargePieces
    nodes : (S, C + 1, B) array
        S pieces with C cells each.
    widths : (M, B) array
        Of the cells and, of no width, the jumps between pieces.
    density : (M + 1, B) array
        X at the nodes.
    logarithmic : bool
        Whether the sweep carries logarithms of the concentrations.
    """

    charges: Array = field(metadata=LAST)
    convection: Array = field(metadata=LAST)
    peclet: Array = field(metadata=LAST)
    feed: Array = field(metadata=LAST)
    excluded: Bools = field(metadata=LAST)
    inlet_partition: Array = field(metadata=LAST)
    outlet_partition: Array = field(metadata=LAST)
    film_transfer: Array | None = field(metadata=LAST)
    film_mobility: Array | None = field(metadata=LAST)
    film_charges: Array | None = field(metadata=LAST)
    pieces: ChargePieces = field(metadata=LAST)
    nodes: Array = field(metadata=LAST)
    widths: Array = field(metadata=LAST)
    density: Array = field(metadata=LAST)
    logarithmic: bool = False

    @classmethod
    def of(cls, problem: Problem, cells: int) -> "ShootingResidual":
        """Residual on uniform cells, so many in every piece of the pore."""
        pieces = ChargePieces.of(problem.positions, problem.charge_density)
        nodes = pieces.uniform(cells)
        widths, density = _on_mesh(pieces, nodes)
        film = problem.film_transfer, problem.film_mobility, problem.film_charges
        transfer, mobility, film_charges = (
            None if array is None else _problem_last(array) for array in film
        )
        return cls(
            charges=_problem_last(problem.charges),
            convection=_problem_last(problem.convection),
            peclet=_problem_last(problem.peclet),
            feed=_problem_last(problem.feed),
            excluded=np.ascontiguousarray(problem.excluded.T),
            inlet_partition=_problem_last(problem.partition),
            outlet_partition=_problem_last(problem.outlet_partition),
            film_transfer=transfer,
            film_mobility=mobility,
            film_charges=film_charges,
            pieces=pieces,
            nodes=nodes,
            widths=widths,
            density=density,
        )

    def on(self, nodes: Array, *, logarithmic: bool = False) -> "ShootingResidual":
        """Residual of the same problems on another mesh (S, C + 1, B)."""
        widths, density = _on_mesh(self.pieces, nodes)
        return replace(self, nodes=nodes, widths=widths, density=density, logarithmic=logarithmic)

    def at_flux(self, share: Array) -> "ShootingResidual":
        """Residual of the same problems at shares (B,) of their fluxes."""
        transfer = None if self.film_transfer is None else self.film_transfer / share
        return replace(self, peclet=share * self.peclet, film_transfer=transfer)

    @property
    def drift(self) -> Array:
        """Kc Pe (n, B)."""
        return self.convection * self.peclet

    def initial_guess(self) -> Array:
        """Unknowns that neglect the field in the pore but are neutral outside.

        Each ion passes as a neutral solute would with the ion's partition at the feed's interface,
        R = 1 - Kc K / (1 - (1 - Kc K) exp(-Kc Pe)); then a common factor exp(-z s) makes the
        permeate neutral.
        """
        z, feed, drift = self.charges, self.feed, self.drift
        pore, potential = donnan(feed.T, z.T, self.pieces.density[0], self.inlet_partition.T)
        convection = np.where(self.peclet > 0, drift / self.peclet, 1.0)
        passage = convection * (pore.T / feed)
        passage = passage / (passage - (1 - passage) * np.expm1(-drift))
        permeate = np.where(self.excluded, 1.0, np.maximum(passage, LEAST_PASSAGE) * feed)
        neutral, _ = donnan(permeate.T, z.T, 0.0)
        unknowns = [np.log(neutral.T), potential[None]]
        if self.film_transfer is not None:
            unknowns += [np.log(feed), np.zeros((1, feed.shape[1]))]
        return np.concatenate(unknowns)

    def permeate(self, unknowns: Array) -> Array:
        """c_p (n, B) as the sweep counts it: 1 for an excluded ion."""
        return np.exp(unknowns[: len(self.feed)])

    def wall(self, unknowns: Array) -> Array:
        """c_w (n, B)."""
        n = len(self.feed)
        return self.feed if self.film_transfer is None else np.exp(unknowns[n + 1 : 2 * n + 1])

    def sweep(
        self, log_permeate: Array, drops: Array | None = None, *, derivatives: bool = True
    ) -> Iterator[Node]:
        """Yield the nodes of the sweep from a permeate ln c_p (n, B); see ``sweep.sweep``."""
        return sweep(
            charges=self.charges,
            drift=self.drift,
            peclet=self.peclet,
            outlet_partition=self.outlet_partition,
            widths=self.widths,
            density=self.density,
            log_permeate=log_permeate,
            drops=drops,
            derivatives=derivatives,
            logarithmic=self.logarithmic,
        )

    @np.errstate(divide="ignore")
    def __call__(self, rows: Ints, unknowns: Array, drops: Array) -> Linearization:
        """Linearization of some problems; the search for the potential drops starts at ``drops``.

        Parameters
        ----------
        rows : (b,) array
            Indices of the problems; ``unknowns`` (m, b) and ``drops`` (M, b) are theirs.
        """
        part = self if len(rows) == self.feed.shape[1] else take(self, rows)
        n = len(part.feed)
        new_drops, drop_slopes = np.empty_like(drops), np.zeros((len(drops), *unknowns.shape))
        for index, node in enumerate(part.sweep(unknowns[:n], drops)):
            if index:
                new_drops[-index], drop_slopes[-index, :n] = node.drop, node.drop_slope
        residual = np.empty_like(unknowns)
        jacobian = np.zeros((len(unknowns), *unknowns.shape))
        permeate = np.exp(unknowns[:n])
        part._interfaces(unknowns, permeate, node, residual, jacobian)
        part._film(unknowns, permeate, residual, jacobian)
        return Linearization(residual, jacobian, new_drops, drop_slopes)

    def _interfaces(
        self, unknowns: Array, permeate: Array, inlet: Node, residual: Array, jacobian: Array
    ) -> None:
        """Equilibrium at the feed's interface, and the charge of the permeate, in logarithms."""
        z, n = self.charges, len(self.feed)
        own = np.arange(n)
        log_pore = np.log(inlet.pore) if inlet.log_pore is None else inlet.log_pore
        balance = log_pore - np.log(self.inlet_partition * self.wall(unknowns)) + z * unknowns[n]
        residual[:n] = np.where(self.excluded, unknowns[:n], balance)
        jacobian[:n, :n] = np.where(self.excluded[:, None], np.eye(n)[:, :, None], inlet.slope)
        jacobian[:n, n] = z
        if self.film_transfer is not None:
            jacobian[own, n + 1 + own] = np.where(self.excluded, 0.0, -1.0)
        residual[n], jacobian[n, :n] = _log_charge_ratio(z, permeate)

    def _film(self, unknowns: Array, permeate: Array, residual: Array, jacobian: Array) -> None:
        """Balance of every ion in the film over what the film brings, and a neutral wall."""
        transfer, mobility, z = self.film_transfer, self.film_mobility, self.film_charges
        if transfer is None or mobility is None or z is None:
            return
        n = len(self.feed)
        own = np.arange(n)
        passing = np.where(self.excluded, 0.0, permeate)
        wall, strength = self.wall(unknowns), unknowns[2 * n + 1]
        supply = transfer * self.feed
        migration = z * mobility * wall
        back = (1 - transfer) * wall - migration * strength
        residual[n + 1 : 2 * n + 1] = (supply + back - passing) / supply
        jacobian[n + 1 + own, own] = -passing / supply
        jacobian[n + 1 + own, n + 1 + own] = back / supply
        jacobian[n + 1 : 2 * n + 1, 2 * n + 1] = -migration / supply
        residual[2 * n + 1], jacobian[2 * n + 1, n + 1 : 2 * n + 1] = _log_charge_ratio(z, wall)


def _problem_last(array: Array) -> Array:
    return np.ascontiguousarray(array.T)


def _on_mesh(pieces: ChargePieces, nodes: Array) -> tuple[Array, Array]:
    """Widths of the cells and fixed charge at the nodes, in a row from feed to permeate."""
    return cell_widths(nodes), pieces.at(nodes).reshape(-1, nodes.shape[2])


def _log_charge_ratio(charges: Array, concentrations: Array) -> tuple[Array, Array]:
    """ln(positive / negative charges) (B,), and its derivative by ln c (n, B)."""
    positive = np.maximum(charges, 0) * concentrations
    negative = np.maximum(-charges, 0) * concentrations
    plus, minus = positive.sum(axis=0), negative.sum(axis=0)
    return np.log(plus / minus), positive / plus - negative / minus
