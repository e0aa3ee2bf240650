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

from analysis.comparison.twins.system import System
from analysis.continuum.arrays import Array

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


class NoStep(RuntimeError):
    """No step in time succeeds, however short."""


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
