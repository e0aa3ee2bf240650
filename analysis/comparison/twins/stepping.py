"""Steps in time: implicit, of third order, with every concentration positive and every ion kept.

A step is taken by the implicit Euler method at once, in two and in three equal parts, which are
extrapolated: T = c1 / 2 - 4 c2 + 9 c3 / 2 is of third order, 3 c3 - 2 c2 of second, and their
difference is the error that sets the length of the next step (Hairer and Wanner, Solving Ordinary
Differential Equations II, IV.9). Implicit Euler solutions are positive, whatever the step; the
extrapolation can fall below zero in the foremost tail of a front: what is negative there is set to
zero and taken from the rest of the species by one factor, and its share counts as an error too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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
PARTS = (1, 2, 3)
THIRD_ORDER, SECOND_ORDER = (0.5, -4.0, 4.5), (0.0, -2.0, 3.0)
"""Weights of a step taken in so many parts."""
SAFETY, SHRINK, GROW = 0.9, 0.2, 4.0
REFUSED = 0.25
"""Times the step that Newton's method has not solved."""
SHORTEST = 1e-15
"""Of the time to cover; a step below it means that no step succeeds."""
LONGEST = 1e3
"""Of the time to diffuse from end to end; longer steps lose digits, and gain nothing."""
STEADY = 0.01
"""Of the tolerance, what may still move in the time that is left once steps are the longest."""
ROUNDING = 1e-9
"""Share of a species that rounding alone moves in the longest steps, at most."""

BANDED, TRIDIAGONAL = get_lapack_funcs(("gbsv", "gtsv"), dtype=np.float64)


class NoStep(RuntimeError):
    """No step in time succeeds, however short."""


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
        )
        return Fluxes(*(self.open * part for part in found))

    def steps_of_potential(self, concentration: Array) -> Array:
        """Potential steps (K - 1,) by Gauss's law, RT/F; no field at the ends."""
        charge = self.width * (self.valence * concentration).sum(axis=0) + self.fixed
        return -np.cumsum(charge)[:-1] / self.capacity

    def euler(
        self, old: Array, guess: Array, step: Array, seconds: float
    ) -> tuple[Array, Array] | None:
        """Concentrations and potential steps after an implicit Euler step, None without one.

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


@dataclass
class Course:
    """The state of a cell on its way through time, and the length of the next step.

    Attributes
    ----------
    concentration : (n, K) array, mol/m3
    potential_step : (K - 1,) array, RT/F
    seconds : float
        Length of the next step.
    steps, refused : int
        Steps taken, and tried in vain.
    """

    concentration: Array
    potential_step: Array
    seconds: float
    steps: int = 0
    refused: int = 0

    def advance(self, system: System, duration: float, tolerance: float) -> None:
        """Go on for a duration in s, with steps whose estimated error is below a tolerance.

        The error is the largest share of a species that a step puts on the wrong side of a face.
        Where nothing moves any more in steps of `LONGEST`, the rest of the duration is passed over.

        Raises
        ------
        NoStep
            Steps below `SHORTEST` of the duration do not succeed either.
        """
        done, longest = 0.0, LONGEST * system.relaxation
        while done < duration * (1 - 1e-12):
            left = duration - done
            self.seconds = min(self.seconds, longest)
            seconds = left / max(1.0, np.ceil(left / self.seconds * (1 - 1e-9)))
            if left / self.seconds > 2:
                seconds = self.seconds
            tried = self._try(system, seconds)
            if tried is None:
                self.seconds, self.refused = REFUSED * seconds, self.refused + 1
                if self.seconds < SHORTEST * duration:
                    raise NoStep(
                        f"no step succeeds at {done:.3g} s of {duration:.3g} s: Newton's method "
                        f"does not converge in steps of {self.seconds:.1g} s"
                    )
                continue
            target, apart, step = tried
            amounts = system.width * target
            positive = np.maximum(amounts, 0)
            held = positive.sum(axis=1, keepdims=True)
            shifted = np.abs(np.cumsum(system.width * apart, axis=1)).max(axis=1)
            negative = (held - amounts.sum(axis=1, keepdims=True))[:, 0]
            error = float((np.maximum(shifted, negative) / system.totals).max())
            factor = SAFETY * np.cbrt(tolerance / max(error, 1e-300))
            self.seconds = seconds * float(np.clip(factor, SHRINK, GROW))
            if error > tolerance and self.seconds < seconds:
                self.refused += 1
                if self.seconds < SHORTEST * duration:
                    raise NoStep(f"steps at {done:.3g} s of {duration:.3g} s grow ever shorter")
                continue
            # To what was there at first, so that rounding does not add up over the steps.
            kept = positive * (system.totals[:, None] / held) / system.width
            change = np.abs(np.cumsum(system.width * (kept - self.concentration), axis=1))
            moved = float((change.max(axis=1) / system.totals).max())
            self.concentration, self.potential_step = kept, step
            self.steps += 1
            done += seconds
            still = max(ROUNDING, STEADY * tolerance * seconds / max(duration - done, seconds))
            if seconds > longest / 2 and moved < still:
                return

    def _try(self, system: System, seconds: float) -> tuple[Array, Array, Array] | None:
        """Target, difference of two orders and potential steps; None if a part fails."""
        start, rest = self.concentration, self.potential_step
        guess = (start, rest)
        ends: list[tuple[Array, Array]] = []
        for parts in PARTS:
            old, found = start, None
            for part in range(1, parts + 1):
                # On the way from the start to where the step in one part has ended.
                if ends:
                    far = part / parts
                    guess = (
                        start + far * (ends[0][0] - start),
                        rest + far * (ends[0][1] - rest),
                    )
                found = system.euler(old, *guess, seconds / parts)
                if found is None:
                    return None
                old = found[0]
            if found is not None:
                ends.append(found)
        values, steps = zip(*ends, strict=True)
        target, second = _weighted(THIRD_ORDER, values), _weighted(SECOND_ORDER, values)
        return target, target - second, _weighted(THIRD_ORDER, steps)


def _weighted(weights: tuple[float, ...], arrays: Sequence[Array]) -> Array:
    return np.asarray(sum(w * array for w, array in zip(weights, arrays, strict=True)))
