"""Profile likelihoods: how much worse the best fit becomes as one parameter moves away from it.

Wilks, Ann. Math. Stat. 9, 60 (1938); Venzon and Moolgavkar, Appl. Stat. 37, 87 (1988); Raue et
al., Bioinformatics 25, 1923 (2009).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.inference import levenberg

STEPS = 25
"""Of a fit with one parameter held."""
ENOUGH = 1e-3
"""Rise that a step of such a fit must promise."""
SHARE = 0.5
"""First step outward, as a share of that to the threshold in the quadratic approximation."""
LEAST_STEP, MOST_STEP = 0.01, 0.15
"""Of a parameter in [0, 1]."""
GROWTH = 1.6
OUTWARD, INWARD = 14, 6
"""Most steps until the threshold is passed, and to narrow down where."""
WALL = 3.0
"""Root of the rise over that of the threshold, from which on a crossing is halved to."""
CLOSE = 0.1
"""Share of the threshold by which the last value may miss it."""
BETTER = 0.01
"""Rise below the best fit at which a profile has found a better one."""


@dataclass(frozen=True)
class Profile:
    """Profile likelihood of one parameter, scaled to [0, 1], and the fits that it passes through.

    Attributes
    ----------
    places : (M, k)
        Rising in the parameter.
    rise : (M,)
        Of the sum of squares above the best fit's, over its scale; the other parameters are fitted
        again at each value. NaN where no fit was found.
    interval : pair
        Where the rise is below the threshold; a bound where it never reaches it.
    open_low, open_high : bool
        The data do not end the interval on this side: the bound does.
    """

    places: Array
    rise: Array
    interval: tuple[float, float]
    open_low: bool
    open_high: bool


def profiles(
    residuals: levenberg.Residuals,
    best: Array,
    covariance: Array,
    threshold: float,
    *,
    scale: float = 1.0,
    which: Sequence[int] | None = None,
) -> list[Profile]:
    """Profiles of parameters around a best fit.

    From the best fit every side of every parameter is followed outward until the threshold or the
    bound, then the crossing is narrowed down; the fits of all sides at one step are one batch.

    Parameters
    ----------
    residuals : as of ``minimise``
    best : (k,) in [0, 1]
    covariance : (k, k)
        Of the parameters, by the curvature at the best fit: the first steps follow it.
    threshold : of the rise
    scale : variance of a residual; rises are sums of squares over it
    which : indices of parameters; None for all

    >>> def line(x, rows):
    ...     return np.stack([4 * (x[:, 0] - 0.5), x[:, 1] - x[:, 0]], axis=1)
    >>> (found,) = profiles(line, np.array([0.5, 0.5]), np.diag([1 / 16, 1]), 1.0, which=[0])
    >>> np.round(found.interval, 6)
    array([0.25, 0.75])
    """
    base = float(np.sum(residuals(best[None], np.zeros(1, dtype=np.intp)) ** 2))
    indices = list(range(len(best)) if which is None else which)
    sides = []
    for i in indices:
        promised = SHARE * np.sqrt(threshold * covariance[i, i])
        step = float(np.clip(promised, LEAST_STEP, MOST_STEP))
        sides += [_Side(i, sign, [best], [0.0], step) for sign in (-1, 1)]
    for _ in range(OUTWARD + INWARD):
        ahead = [(side, side.next(threshold)) for side in sides]
        moving = [(side, value) for side, value in ahead if value is not None]
        if not moving:
            break
        held = np.zeros((len(moving), len(best)), dtype=bool)
        held[np.arange(len(moving)), [side.index for side, _ in moving]] = True
        starts = np.stack([side.start(value, covariance) for side, value in moving])
        minima = levenberg.minimise(residuals, starts, held, STEPS, ENOUGH * scale)
        for (side, _), place, cost in zip(moving, minima.x, minima.cost, strict=True):
            side.took(place, float((cost - base) / scale), threshold)
    return [
        _joined(down, up, best[down.index], threshold)
        for down, up in zip(sides[::2], sides[1::2], strict=True)
    ]


def lowest(found: Sequence[Profile], best: Array) -> tuple[Array, float]:
    """Place (k,) and rise, 0 or negative, of the best fit, or of what profiles found below it."""
    place, rise = best, 0.0
    for profile in found:
        at = int(np.nanargmin(profile.rise))
        if profile.rise[at] < rise:
            place, rise = profile.places[at], float(profile.rise[at])
    return place, rise


@dataclass
class _Side:
    """Way outward from the best fit along one parameter."""

    index: int
    sign: int
    places: list[Array]
    rises: list[float]
    step: float
    inward: int = 0

    def next(self, threshold: float) -> float | None:
        """Value to try next; None where the way ends."""
        values = [place[self.index] for place in self.places]
        if self.rises[-1] <= threshold:
            edge = 1.0 if self.sign > 0 else 0.0
            if self.inward or values[-1] == edge or len(values) > OUTWARD:
                return None
            return float(np.clip(values[-1] + self.sign * self.step, 0.0, 1.0))
        if self.inward >= INWARD or self.rises[-1] <= (1 + CLOSE) * threshold:
            return None
        low, high = np.sqrt(max(self.rises[-2], 0.0)), np.sqrt(self.rises[-1])
        goal = np.sqrt(threshold)
        # Beyond a wall, where an ion no longer enters the pore say, no line tells where it is.
        share = 0.5 if high > WALL * goal else np.clip((goal - low) / (high - low), 0.1, 0.9)
        return float(values[-2] + share * (values[-1] - values[-2]))

    def start(self, value: float, covariance: Array) -> Array:
        """Where to begin the fit at a value: on the line through the last two places."""
        inner = len(self.places) - 1 if self.rises[-1] < np.inf else len(self.places) - 2
        inner = inner if not self.inward else len(self.places) - 2
        here = self.places[inner]
        if inner > 0:
            before = self.places[inner - 1]
            slope = (here - before) / (here[self.index] - before[self.index])
        else:
            slope = covariance[:, self.index] / covariance[self.index, self.index]
        place = np.clip(here + slope * (value - here[self.index]), 0.0, 1.0)
        place[self.index] = value
        return np.asarray(place)

    def took(self, place: Array, rise: float, threshold: float) -> None:
        """Note a fit; a value that is above the threshold stays the last."""
        if self.rises[-1] > threshold:
            self.inward += 1
            self.places.insert(len(self.places) - 1, place)
            self.rises.insert(len(self.rises) - 1, rise)
            if rise > threshold:
                # The new value is the nearer one above; the farther one has served.
                self.places[-1], self.rises[-1] = place, rise
                del self.places[-2], self.rises[-2]
            return
        self.places.append(place)
        self.rises.append(rise)
        self.step = min(self.step * GROWTH, MOST_STEP)


def _joined(down: _Side, up: _Side, centre: float, threshold: float) -> Profile:
    places = np.stack([*down.places[:0:-1], *up.places])
    rise = np.array([*down.rises[:0:-1], *up.rises])
    rise = np.where(np.isfinite(rise), rise, np.nan)
    at = places[:, down.index]
    low, open_low = _crossing(at, rise, centre, threshold, -1)
    high, open_high = _crossing(at, rise, centre, threshold, 1)
    return Profile(places, rise, (low, high), open_low, open_high)


def _crossing(
    at: Array, rise: Array, centre: float, threshold: float, sign: int
) -> tuple[float, bool]:
    """Where the rise passes the threshold on one side, and whether it never does.

    Between two values the root of the rise is taken as linear, which it is for a parabola.
    """
    side = np.flatnonzero((sign * (at - centre) >= 0) & np.isfinite(rise))
    side = side if sign > 0 else side[::-1]
    roots = np.sqrt(np.maximum(rise[side], 0.0))
    goal = np.sqrt(threshold)
    for m in range(1, len(side)):
        if roots[m] > goal:
            share = (goal - roots[m - 1]) / (roots[m] - roots[m - 1])
            before, after = at[side[m - 1]], at[side[m]]
            return float(before + share * (after - before)), False
    return (1.0 if sign > 0 else 0.0), True
