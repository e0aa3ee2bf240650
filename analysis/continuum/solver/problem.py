"""A kernel of the continuum solver is given a Problem and gives back a KernelSolution."""

from dataclasses import dataclass, field, replace

import numpy as np

from analysis.continuum.arrays import Array, Bools
from analysis.continuum.solver.batch import FIRST, LAST
from analysis.continuum.solver.mesh import ChargePieces


@dataclass(frozen=True)
class Problem:
    """A batch of B problems with n ions; arrays (B, n) where nothing else is said.

    With x from feed (0) to permeate (1) and E = d(psi)/dx in RT/F, ion i obeys

        dq/dx = (Kc Pe - z E) q - Pe c_p ,    sum z q + X(x) = 0 ,    sum z c_p = 0 ,
        q(0) = partition c_w exp(-z psi_feed) ,   q(1) = permeate_partition c_p exp(-z psi_perm) .

    Without a film c_w is the feed. With one, c_w and the field's strength xi solve

        film_transfer (feed - c_w) = c_p - c_w + z film_mobility c_w xi ,    sum z c_w = 0 .

    Attributes
    ----------
    feed : concentrations before the film, mol/m3
    charges : as the pore counts them: 0 for an excluded ion
    partition : G_i without Donnan at the feed's interface; 1 for an excluded ion
    peclet : J_v dx / (Kd D)
    convection : Kc
    charge_density : (B,), or (K, B) at ``positions``; mol/m3
    excluded : bool, of ions that do not enter the pore
    permeate_partition : the same as ``partition``, at the permeate's interface; None where equal
    positions : (K,) rising from 0 to 1, twice the same at a jump; None where X is uniform
    film_transfer : k* / J_v; None without a film
    film_mobility : D over the largest of a row, times its largest film_transfer, so that xi is of
        order one; None without a film
    film_charges : z of every ion, excluded or not; None without a film
    """

    feed: Array = field(metadata=FIRST)
    charges: Array = field(metadata=FIRST)
    partition: Array = field(metadata=FIRST)
    peclet: Array = field(metadata=FIRST)
    convection: Array = field(metadata=FIRST)
    charge_density: Array = field(metadata=LAST)
    excluded: Bools = field(metadata=FIRST)
    permeate_partition: Array | None = field(default=None, metadata=FIRST)
    positions: Array | None = None
    film_transfer: Array | None = field(default=None, metadata=FIRST)
    film_mobility: Array | None = field(default=None, metadata=FIRST)
    film_charges: Array | None = field(default=None, metadata=FIRST)

    def at_flux(self, share: float) -> "Problem":
        """The same at a share of the flux."""
        transfer = None if self.film_transfer is None else self.film_transfer / share
        return replace(self, peclet=share * self.peclet, film_transfer=transfer)

    @property
    def outlet_partition(self) -> Array:
        """G_i without Donnan at the permeate's interface."""
        return self.partition if self.permeate_partition is None else self.permeate_partition

    def interface_density(self, end: int) -> Array:
        """X (B,) at the interface with the feed (0) or the permeate (-1)."""
        density: Array = self.charge_density if self.positions is None else self.charge_density[end]
        return density


@dataclass(frozen=True)
class KernelSolution:
    """Solution of a batch by a kernel, the march or collocation.

    Attributes
    ----------
    permeate : (B, n), c_p in mol/m3
    log_permeate : (B, n), ln c_p, which may lie below the logarithm of the least number
    potential : (B,), the feed side's Donnan potential in RT/F
    wall : (B, n), c_w in mol/m3, which is the feed where there is no film
    converged : (B,) bool
    nodes : (S, C + 1, B), mesh of the march in every piece of the pore; NaN for another kernel
    error_estimate : (B,), difference of the march's last two meshes in rejection, or share of the
        last Chebyshev coefficients of collocation
    """

    permeate: Array = field(metadata=FIRST)
    log_permeate: Array = field(metadata=FIRST)
    potential: Array = field(metadata=FIRST)
    wall: Array = field(metadata=FIRST)
    converged: Bools = field(metadata=FIRST)
    nodes: Array = field(metadata=LAST)
    error_estimate: Array = field(metadata=FIRST)

    @classmethod
    def unsolved(cls, problem: Problem, cells: int = 1) -> "KernelSolution":
        """No solution yet, for any problem of a batch: NaN, but the wall at the feed."""
        size, ions = problem.feed.shape
        pieces = len(ChargePieces.of(problem.positions, problem.charge_density).edges)
        return cls(
            permeate=np.full((size, ions), np.nan),
            log_permeate=np.full((size, ions), np.nan),
            potential=np.full(size, np.nan),
            wall=problem.feed.copy(),
            converged=np.zeros(size, dtype=bool),
            nodes=np.full((pieces, cells + 1, size), np.nan),
            error_estimate=np.full(size, np.inf),
        )
