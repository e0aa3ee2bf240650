"""What a kernel of the continuum solver is given and what it gives back, without units' ballast."""

from dataclasses import dataclass

import numpy as np


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
    charges : as the pore counts them: 0 for an ion that is kept out
    partition : G_i without Donnan at the feed's face; 1 for an ion that is kept out
    peclet : J_v dx / (Kd D)
    convection : Kc
    charge_density : (B,), or (K, B) at ``positions``; mol/m3
    kept_out : bool
    permeate_partition : the same as ``partition``, at the permeate's face; None where it is equal
    positions : (K,) rising from 0 to 1, twice the same at a jump; None where X is uniform
    film_transfer : k* / J_v; None without a film
    film_mobility : D over the largest of a row, times its largest film_transfer, so that xi is of
        order one; None without a film
    film_charges : z of every ion, kept out or not; None without a film
    """

    feed: np.ndarray
    charges: np.ndarray
    partition: np.ndarray
    peclet: np.ndarray
    convection: np.ndarray
    charge_density: np.ndarray
    kept_out: np.ndarray
    permeate_partition: np.ndarray | None = None
    positions: np.ndarray | None = None
    film_transfer: np.ndarray | None = None
    film_mobility: np.ndarray | None = None
    film_charges: np.ndarray | None = None

    def rows(self, which) -> "Problem":
        """Part of the batch."""
        changed = {}
        for name, value in vars(self).items():
            if value is None or name == "positions":
                changed[name] = value
            elif name == "charge_density":
                changed[name] = value[..., which]
            else:
                changed[name] = value[which]
        return Problem(**changed)

    def at_flux(self, share: float) -> "Problem":
        """The same at a share of the flux."""
        film = None if self.film_transfer is None else self.film_transfer / share
        return Problem(**{**vars(self), "peclet": share * self.peclet, "film_transfer": film})

    @property
    def leaving(self) -> np.ndarray:
        """G_i without Donnan at the permeate's face."""
        return self.partition if self.permeate_partition is None else self.permeate_partition

    def face_density(self, face: int) -> np.ndarray:
        """X (B,) at the feed (0) or the permeate (-1)."""
        return self.charge_density if self.positions is None else self.charge_density[face]


@dataclass(frozen=True)
class Solved:
    """What a kernel found.

    Attributes
    ----------
    permeate : (B, n), mol/m3
    potential : (B,), the feed side's Donnan potential in RT/F
    converged : (B,) bool
    wall : (B, n), what the pore's feed face touches; None where that is the feed
    logarithm : (B, n), ln c_p, which may lie below the least number; None where it does not
    nodes : (S, C + 1, B), where a march put its nodes; None for another kernel
    """

    permeate: np.ndarray
    potential: np.ndarray
    converged: np.ndarray
    wall: np.ndarray | None = None
    logarithm: np.ndarray | None = None
    nodes: np.ndarray | None = None
