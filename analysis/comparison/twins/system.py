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
    stretch : (2, K - 1) array
        What half cells resist (`fluxes`).
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
        )
        return Fluxes(*(self.open * part for part in found))

    def with_edges(self, step: Array) -> "System":
        """The same with the edges of voids where these potential steps have them.

        In the limit of no permittivity ions end at the edge of a void as at a wall, within a cell
        that they fill to a share s of its width h. Its concentration is s times that of the full
        cell before it, and so the step of the potential to it is ln s, at the very end of the ions.
        All of it taken as a jump at the face, and the cell in its full width, ions of the other
        sign meet h / D times s behind the face: the way to where the ions end. Half of the width
        and a step that is spread over the cells would move the edge by the order of h.
        """
        far = np.abs(step) > VOID
        if not (self.voids and far.any()):
            return self
        behind = np.append(far[1:], False) & ~far
        before = np.append(False, far[:-1]) & ~far
        at_face = np.where(behind | before, 1.0, self.at_face)
        stretch: Array = np.where(np.stack([before, behind]), 2.0, 1.0)
        return replace(self, at_face=at_face, stretch=stretch)

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
        system = self.with_edges(found[1])
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
