"""The equations of a cell on a grid, and one implicit step of them by Newton's method."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import get_lapack_funcs

from analysis.comparison.twins.fluxes import Fluxes, fluxes
from analysis.continuum.arrays import Array

NEWTON_STEPS = 30
"""As many as the edge of a place without ions may need, which moves by about a cell in each."""
MOVED, TURNED = 1e-7, 1e-3
"""Largest last correction: share of a species that crosses a place; potential step, RT/F. As
corrections square, those that are left out are far smaller."""
FAR = 1e-3
"""Where a potential step is above 1000 RT/F, its correction counts as a share of it."""
VOID = 100.0
"""RT/F; a step of the potential between two cells that no place with ions has."""

BANDED, TRIDIAGONAL = get_lapack_funcs(("gbsv", "gtsv"), dtype=np.float64)


@dataclass(frozen=True)
class System:
    """A cell on a grid of K cells with n species: the coefficients of its equations.

    Attributes
    ----------
    width : (K,) array, m
    valence : (n, 1) array
    resistance : (n, K) array, s/m
    excess : (n, K - 1) array, kT
    force : (n, K) array, kT
    open : (n, K - 1) array
        1, or 0 where a species cannot pass.
    capacity : (K - 1,) array, mol/m2
        Charge over F that a step of 1 RT/F of the potential between two cells takes.
    share, at_face : (K - 1,) array
        Where the potential's step falls (`fluxes`).
    stretch, ends : (2, K - 1) array
        What half cells resist, and where which ions end (`fluxes`).
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
        found = fluxes(
            concentration,
            step,
            self.valence,
            self.resistance,
            self.excess,
            self.force,
            self.share,
            self.at_face,
            self.stretch,
            self.ends,
        )
        return Fluxes(*(self.open * part for part in found))

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
        return replace(self, at_face=at_face, stretch=stretch, ends=ends)

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
        """An implicit Euler step with given edges of voids.

        Newton's method with the exact Jacobian on all of them at once, in banded form; then, in the
        potential that it found, each species by itself, whose matrix is an M-matrix: what comes out
        is positive and sums up to what was there, to rounding.
        """
        new = guess
        scale = self.totals[:, None]
        for _ in range(NEWTON_STEPS):
            found = self._newton(old, new, step, seconds)
            if found is None:
                return None
            change, turn = found
            new, step = np.maximum(new + change, 0), step + turn
            moved = np.abs(np.cumsum(self.width * change, axis=1) / scale).max()
            turned = np.abs(turn) / np.maximum(1, FAR * np.abs(step))
            if moved < MOVED and turned.max(initial=0) < TURNED:
                return self._drift(old, new, step, seconds), step
        return None

    def _newton(
        self, old: Array, new: Array, step: Array, seconds: float
    ) -> tuple[Array, Array] | None:
        """Newton's correction; None if the matrix is singular."""
        from analysis.comparison.twins import compiled

        size = len(new) + 1
        columns, wrong = compiled.linearised(
            old,
            new,
            step,
            seconds,
            np.array(self.fluxes(new, step)),
            self.width,
            self.valence,
            self.capacity,
            self.fixed,
        )
        *_, found, info = BANDED(
            size,
            size,
            columns.T,
            -wrong,
            overwrite_ab=True,
            overwrite_b=True,
        )
        if info or not np.isfinite(found).all():
            return None
        found = found.reshape(-1, size)
        return np.ascontiguousarray(found[:, :-1].T), np.ascontiguousarray(found[:-1, -1])

    def _drift(self, old: Array, new: Array, step: Array, seconds: float) -> Array:
        """Step of each species in a given potential; all systems in one, without links."""
        flow = self.fluxes(new, step)
        n, cells = old.shape
        forward, backward = np.zeros((n, cells)), np.zeros((n, cells))
        forward[:, :-1], backward[:, 1:] = seconds * flow.forward, seconds * flow.backward
        diagonal = self.width + forward + backward
        *_, found, _ = TRIDIAGONAL(
            -forward.ravel()[:-1],
            diagonal.ravel(),
            -backward.ravel()[1:],
            (self.width * old).ravel(),
        )
        return np.asarray(found).reshape(n, cells)


def _driven_back(valence: Array, charge: Array, rise: Array) -> Array:
    """Mean valence of ions for which the potential's rise is uphill, 0 where there are none."""
    uphill = np.where(valence * rise > 0, np.abs(charge), 0.0)
    total = uphill.sum(axis=0)
    return np.asarray((valence * uphill).sum(axis=0) / np.where(total > 0, total, 1.0))
