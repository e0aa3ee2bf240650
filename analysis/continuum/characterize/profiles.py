"""Profile likelihoods: how much worse the best fit becomes as one parameter moves away from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.characterize import levenberg
from analysis.continuum.characterize.objective import Objective
from analysis.continuum.characterize.posterior import Laplace

if TYPE_CHECKING:
    import pandas as pd

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


@dataclass(frozen=True)
class Profile:
    """Profile likelihood of one parameter.

    Attributes
    ----------
    label : of the parameter
    values : (M,) SI, rising
    rise : (M,)
        Of -2 ln(likelihood) above the best fit's; others are fitted again at each value. NaN where
        no fit was found.
    threshold : float
        Rise at the ends of the interval.
    interval : pair, SI
        Where the rise is below the threshold; a bound where it never reaches it.
    open_low, open_high : bool
        The data do not end the interval on this side: the bound does.
    """

    label: str
    values: Array
    rise: Array
    threshold: float
    interval: tuple[float, float]
    open_low: bool
    open_high: bool

    def table(self) -> "pd.DataFrame":
        """Columns parameter, value, rise, threshold."""
        import pandas as pd

        columns = {"value": self.values, "rise": self.rise, "threshold": self.threshold}
        return pd.DataFrame({"parameter": self.label, **columns})


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

    def start(self, value: float, laplace: Laplace) -> Array:
        """Where to begin the fit at a value: on the line through the last two places."""
        inner = len(self.places) - 1 if self.rises[-1] < np.inf else len(self.places) - 2
        inner = inner if not self.inward else len(self.places) - 2
        here = self.places[inner]
        if inner > 0:
            before = self.places[inner - 1]
            slope = (here - before) / (here[self.index] - before[self.index])
        else:
            slope = laplace.covariance[:, self.index]
            slope = slope / laplace.covariance[self.index, self.index]
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


def profiles(
    objective: Objective, best: Array, laplace: Laplace, labels: Sequence[str], threshold: float
) -> tuple[dict[str, Profile], Array, float]:
    """Profiles of some free parameters, and the lowest place that they passed through.

    Wilks, Ann. Math. Stat. 9, 60 (1938); Raue et al., Bioinformatics 25, 1923 (2009). From the best
    fit every side of every parameter is followed outward until the threshold or the bound, then the
    crossing is narrowed down; the fits of all sides at one step are one batch.

    Parameters
    ----------
    best : (k,) scaled
    threshold : of the rise, in units of ``laplace.scale``

    Returns
    -------
    profiles : dict by label
    place : (k,) scaled
        The best fit itself, unless a profile went below it.
    rise : of that place, in units of ``laplace.scale``; 0 or negative
    """
    lowest = float(np.sum(objective(best[None], np.zeros(1, dtype=np.intp)) ** 2))
    index = [objective.space.labels.index(label) for label in labels]
    sides = []
    for i in index:
        step = float(np.clip(SHARE * np.sqrt(threshold) * laplace.sd[i], LEAST_STEP, MOST_STEP))
        sides += [_Side(i, sign, [best], [0.0], step) for sign in (-1, 1)]
    for _ in range(OUTWARD + INWARD):
        ahead = [(side, side.next(threshold)) for side in sides]
        moving = [(side, value) for side, value in ahead if value is not None]
        if not moving:
            break
        held = np.zeros((len(moving), len(best)), dtype=bool)
        held[np.arange(len(moving)), [side.index for side, _ in moving]] = True
        starts = np.stack([side.start(value, laplace) for side, value in moving])
        minima = levenberg.minimise(objective, starts, held, STEPS, ENOUGH * laplace.scale)
        for (side, _), place, cost in zip(moving, minima.x, minima.cost, strict=True):
            side.took(place, float((cost - lowest) / laplace.scale), threshold)
    found, place, rise = {}, best, 0.0
    for i, label in zip(index, labels, strict=True):
        down, up = (side for side in sides if side.index == i)
        places = np.stack([*down.places[:0:-1], *up.places])
        rises = np.array([*down.rises[:0:-1], *up.rises])
        found[label] = _profile(objective, i, places[:, i], rises, best[i], threshold)
        if rises.min() < rise:
            place, rise = places[rises.argmin()], float(rises.min())
    return found, place, rise


def _profile(
    objective: Objective, i: int, at: Array, rise: Array, centre: float, threshold: float
) -> Profile:
    parameter = objective.space.free[i]
    rise = np.where(np.isfinite(rise), rise, np.nan)
    values = parameter.value(at)
    low, open_low = crossing(at, rise, centre, threshold, -1)
    high, open_high = crossing(at, rise, centre, threshold, 1)
    ends = parameter.value(np.array([low, high]))
    if values[0] > values[-1]:
        # 1/eps_p falls as eps_p rises.
        values, rise, ends = values[::-1], rise[::-1], ends[::-1]
        open_low, open_high = open_high, open_low
    interval = (float(ends[0]), float(ends[1]))
    return Profile(parameter.label, values, rise, threshold, interval, open_low, open_high)


def crossing(
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
