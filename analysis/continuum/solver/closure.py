"""Equations that close the march: equilibrium at the feed's face, neutral permeate, and the film.

The unknowns (m, B) are ln c_p of every ion, the feed-side Donnan potential and, with a film, ln c_w
of every ion and the field's strength in the film.
"""

from dataclasses import dataclass

import numpy as np

from analysis.continuum.partitioning import donnan
from analysis.continuum.solver.mesh import Pieces, crossings
from analysis.continuum.solver.problem import Problem
from analysis.continuum.solver.sweep import Pore, sweep


@dataclass(frozen=True)
class Film:
    """The film's part of a problem, arrays (n, B); see Problem."""

    feed: np.ndarray
    transfer: np.ndarray
    mobility: np.ndarray
    charges: np.ndarray


@dataclass(frozen=True)
class Closure:
    """A block of problems with the problem as last axis."""

    pore: Pore
    feed: np.ndarray
    entering: np.ndarray
    kept_out: np.ndarray
    film: Film | None
    pieces: Pieces

    @classmethod
    def of(cls, problem: Problem) -> "Closure":
        """The same problems with another order of axes."""

        def turned(array):
            return np.ascontiguousarray(array.T)

        film = None
        if problem.film_transfer is not None:
            film = Film(
                turned(problem.feed),
                turned(problem.film_transfer),
                turned(problem.film_mobility),
                turned(problem.film_charges),
            )
        return cls(
            Pore(
                turned(problem.charges),
                turned(problem.convection * problem.peclet),
                turned(problem.peclet),
                turned(problem.leaving),
            ),
            turned(problem.feed),
            turned(problem.partition),
            turned(problem.kept_out),
            film,
            Pieces.of(problem.positions, problem.charge_density),
        )

    def rows(self, which) -> "Closure":
        """Part of the batch."""
        film = self.film
        if film is not None:
            film = Film(**{name: value[:, which] for name, value in vars(film).items()})
        arrays = (a[:, which] for a in (self.feed, self.entering, self.kept_out))
        return Closure(self.pore.rows(which), *arrays, film, self.pieces.rows(which))

    def start(self) -> np.ndarray:
        """Unknowns that neglect the field in the pore but are neutral outside.

        Each ion passes as a neutral solute would with the ion's partition at the feed's face,
        R = 1 - Kc K / (1 - (1 - Kc K) exp(-Kc Pe)); then a common factor exp(-z s) makes the
        permeate neutral.
        """
        z, feed = self.pore.charges, self.feed
        density = self.pieces.density[0]
        inside, potential = donnan(feed.T, z.T, density, self.entering.T)
        entering = inside.T / feed
        convection = np.where(self.pore.peclet > 0, self.pore.pull / self.pore.peclet, 1.0)
        passage = convection * entering
        passage = passage / (passage - (1 - passage) * np.expm1(-self.pore.pull))
        permeate = np.where(self.kept_out, 1.0, np.maximum(passage, LEAST_PASSAGE) * feed)
        neutral, _ = donnan(permeate.T, z.T, 0.0)
        unknowns = [np.log(neutral.T), potential[None]]
        if self.film is not None:
            unknowns += [np.log(feed), np.zeros((1, feed.shape[1]))]
        return np.concatenate(unknowns)

    def permeate(self, unknowns) -> np.ndarray:
        """c_p (n, B) as the march counts it: 1 for an ion that is kept out."""
        return np.exp(unknowns[: len(self.feed)])

    def wall(self, unknowns) -> np.ndarray:
        """c_w (n, B)."""
        n = len(self.feed)
        return self.feed if self.film is None else np.exp(unknowns[n + 1 : 2 * n + 1])


LEAST_PASSAGE = 1e-200
"""Keeps the start's logarithm finite."""


@dataclass(frozen=True)
class Mismatch:
    """The residual of a closure on a mesh, for newton.solve."""

    closure: Closure
    nodes: np.ndarray
    widths: np.ndarray
    density: np.ndarray
    wide: bool

    @classmethod
    def on(cls, closure: Closure, nodes, *, wide: bool = False) -> "Mismatch":
        """With the nodes' widths and charges worked out."""
        density = closure.pieces.at(nodes)
        return cls(closure, nodes, crossings(nodes), density.reshape(-1, density.shape[2]), wide)

    @np.errstate(divide="ignore")
    def __call__(self, rows, unknowns, memory):
        """Mismatch (m, B), Jacobian (m, m, B), drops (M, B) and their slopes (M, m, B)."""
        whole = len(rows) == self.nodes.shape[2]
        part = self.closure if whole else self.closure.rows(rows)
        widths, density = (a if whole else a[:, rows] for a in (self.widths, self.density))
        n = len(part.feed)
        permeate = unknowns[:n]
        drops, turns = np.empty_like(memory), np.zeros((len(memory), *unknowns.shape))
        last = None
        nodes = sweep(part.pore, permeate, widths, density, memory, wide=self.wide)
        for index, node in enumerate(nodes):
            if index:
                drops[-index], turns[-index, :n] = node.drop, node.turn
            last = node
        mismatch = np.empty_like(unknowns)
        jacobian = np.zeros((len(unknowns), *unknowns.shape))
        permeate = np.exp(permeate)
        self._faces(part, unknowns, permeate, last, mismatch, jacobian)
        if part.film is not None:
            self._film(part, unknowns, permeate, mismatch, jacobian)
        return mismatch, jacobian, drops, turns

    @staticmethod
    def _faces(part: Closure, unknowns, permeate, node, mismatch, jacobian):
        """Equilibrium at the feed's face in logarithms; positive over negative charges of c_p."""
        z, out, n = part.pore.charges, part.kept_out, len(part.feed)
        own = np.arange(n)
        log = np.log(node.pore) if node.log is None else node.log
        balance = log - np.log(part.entering * part.wall(unknowns)) + z * unknowns[n]
        mismatch[:n] = np.where(out, unknowns[:n], balance)
        jacobian[:n, :n] = np.where(out[:, None], np.eye(n)[:, :, None], node.slope)
        jacobian[:n, n] = z
        if part.film is not None:
            jacobian[own, n + 1 + own] = np.where(out, 0.0, -1.0)
        positive, negative = np.maximum(z, 0) * permeate, np.maximum(-z, 0) * permeate
        plus, minus = positive.sum(axis=0), negative.sum(axis=0)
        mismatch[n] = np.log(plus / minus)
        jacobian[n, :n] = positive / plus - negative / minus

    @staticmethod
    def _film(part: Closure, unknowns, permeate, mismatch, jacobian):
        """Balance of every ion in the film over what the film brings, and a neutral wall."""
        film, n = part.film, len(part.feed)
        own, z = np.arange(n), film.charges
        passing = np.where(part.kept_out, 0.0, permeate)
        wall, strength = part.wall(unknowns), unknowns[2 * n + 1]
        brought = film.transfer * film.feed
        drift = z * film.mobility * wall
        back = (1 - film.transfer) * wall - drift * strength
        mismatch[n + 1 : 2 * n + 1] = (brought + back - passing) / brought
        jacobian[n + 1 + own, own] = -passing / brought
        jacobian[n + 1 + own, n + 1 + own] = back / brought
        jacobian[n + 1 : 2 * n + 1, 2 * n + 1] = -drift / brought
        positive, negative = np.maximum(z, 0) * wall, np.maximum(-z, 0) * wall
        plus, minus = positive.sum(axis=0), negative.sum(axis=0)
        mismatch[2 * n + 1] = np.log(plus / minus)
        jacobian[2 * n + 1, n + 1 : 2 * n + 1] = positive / plus - negative / minus
