"""The equations of a cell on a grid, and one implicit step of them by Newton's method."""

from typing import NamedTuple

import numpy as np

from analysis.comparison.twins.fluxes import Fluxes
from analysis.continuum.arrays import Array

VOID = 100.0
"""RT/F; a step of the potential between two cells that no place with ions has."""


class System(NamedTuple):
    """A cell on a grid of K cells with n species: the coefficients of its equations.

    Attributes
    ----------
    width : (K,) array, m
    valence : (n, 1) array
    resistance : (n, K) array, s/m
        Half a cell's width over the diffusivity.
    excess : (n, K - 1) array, kT
        Step of the excess potential at the face.
    force : (n, K) array, kT
        Work of the body force over half a cell.
    open : (n, K - 1) array
        1, or 0 where a species cannot pass.
    capacity : (K - 1,) array, mol/m2
        Charge over F that a step of 1 RT/F of the potential between two cells takes.
    share : (K - 1,) array
        Of what falls within the cells, what falls in the cell before the face.
    at_face : (K - 1,) array
        Of the potential's step, what is a jump at the face.
    stretch : (2, K - 1) array
        Times its resistance, what the half cell before and behind the face resists; 1 but at the
        edge of a void.
    ends : (2, K - 1) array
        Valence of the ions that end within the cell before or behind the face, at the edge of a
        void; 0 where there is none.
    voids : bool
        Whether there may be places without ions, whose edges count (`with_edges`).
    fixed : (K,) array, mol/m2
        Fixed charge of each cell.
    totals : (n,) array, mol/m2
    """

    width: Array
    valence: Array
    resistance: Array
    excess: Array
    force: Array
    open: Array
    capacity: Array
    share: Array
    at_face: Array
    stretch: Array
    ends: Array
    voids: bool
    fixed: Array
    totals: Array

    @property
    def relaxation(self) -> float:
        """Time in which the slowest species diffuses from end to end, s."""
        return float(2 * self.width.sum() * self.resistance.sum(axis=1).max())

    def fluxes(self, concentration: Array, step: Array) -> Fluxes:
        """Fluxes through the inner faces at these concentrations and potential steps."""
        from analysis.comparison.twins import compiled

        return Fluxes(*compiled.fluxes(self, concentration, step))

    def with_edges(self, concentration: Array, step: Array) -> "System":
        """The same with the edges of voids where these potential steps have them.

        In the limit of no permittivity ions end at the edge of a void as at a wall, within a cell
        that they fill to a share of its width: all of the potential's step to it is at the face,
        and it resists as the part that they fill (`fluxes`). Half of the width and a step that is
        spread over the cells would move the edge by the order of its width.

        Which ions end there is a valence: of those that the field of the void drives back the
        mean, weighted by their charge in the full cell. At a jump the step is Donnan's potential,
        too, which says nothing of the share, and the cell resists in twice its half width.
        """
        far = np.abs(step) > VOID
        if not (self.voids and far.any()):
            return self
        charge = self.valence * concentration
        rise = np.where(far, np.sign(step), 0.0)
        # Uphill for an ion that leaves a cell into the void, behind it or before it.
        behind, before = np.append(rise[1:], 0.0), -np.append(0.0, rise[:-1])
        near, after = charge[:, :-1], charge[:, 1:]
        ends = np.stack(
            [
                _driven_back(self.valence, after, before),
                _driven_back(self.valence, near, behind),
            ]
        )
        ends[:, far] = 0
        stretch = np.where(ends != 0, 2.0, 1.0)
        at_face = np.where(ends.any(axis=0), 1.0, self.at_face)
        ends[:, self.at_face > 0] = 0
        return self._replace(at_face=at_face, stretch=stretch, ends=ends)

    def steps_of_potential(self, concentration: Array) -> Array:
        """Potential steps (K - 1,) by Gauss's law, RT/F; no field at the ends."""
        charge = self.width * (self.valence * concentration).sum(axis=0) + self.fixed
        return -np.cumsum(charge)[:-1] / self.capacity

    def euler(
        self, old: Array, guess: Array, step: Array, seconds: float
    ) -> tuple[Array, Array] | None:
        """Concentrations and potential steps after an implicit Euler step, None without one.

        Where there are voids it is solved again from there, with their edges: Newton's method, for
        which they move, finds no way from afar with edges that are set.
        """
        found = self._solved(old, guess, step, seconds)
        if found is None:
            return None
        system = self.with_edges(*found)
        return found if system is self else system._solved(old, *found, seconds) or found

    def _solved(
        self, old: Array, guess: Array, step: Array, seconds: float
    ) -> tuple[Array, Array] | None:
        """An implicit Euler step with given edges of voids."""
        from analysis.comparison.twins import compiled

        succeeds, new, steps = compiled.euler(self, old, guess, step, seconds)
        return (new, steps) if succeeds else None


def _driven_back(valence: Array, charge: Array, rise: Array) -> Array:
    """Mean valence of ions for which the potential's rise is uphill, 0 where there are none."""
    uphill = np.where(valence * rise > 0, np.abs(charge), 0.0)
    total = uphill.sum(axis=0)
    return np.asarray((valence * uphill).sum(axis=0) / np.where(total > 0, total, 1.0))
