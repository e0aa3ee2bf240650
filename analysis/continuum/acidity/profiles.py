"""Profiles of the likelihood on a few values of each parameter, which also give bands."""

from dataclasses import dataclass

import numpy as np

from analysis.continuum.arrays import Array
from analysis.continuum.characterize import levenberg
from analysis.continuum.characterize.levenberg import Residuals
from analysis.continuum.characterize.profiles import crossing

AWAY = (0.4, 0.8, 1.0, 1.3, 2.0)
"""Of the half-width that the curvature at the best fit promises."""
STEPS = 12
ROUNDS = 3
"""Of widening and of narrowing down, together."""
NEAR = 0.15
"""Share of the threshold's root by which the outermost value may miss it."""
FLAT = 1e-8
"""Least curvature, as a share of the largest, that counts."""


@dataclass(frozen=True)
class Profile:
    """Profile of one parameter in scaled units, and the fits that it passes through.

    Attributes
    ----------
    places : (M, k)
        Scaled, rising in the parameter.
    rise : (M,)
        Of the sum of squares above the best fit's; others are fitted again at each value.
    interval : scaled ends
        Where the rise passes the threshold; a bound where it does not.
    open_low, open_high : bool
        The bound and not the data end the interval on this side.
    """

    places: Array
    rise: Array
    interval: tuple[float, float]
    open_low: bool
    open_high: bool


def profiles(residuals: Residuals, best: Array, threshold: float) -> list[Profile]:
    """Profile of every parameter around a best fit (k,); all fits of a round are one batch.

    Venzon and Moolgavkar, Appl. Stat. 37, 87 (1988); Raue et al., Bioinformatics 25, 1923 (2009).
    """
    width = len(best)
    none = np.zeros(1, dtype=np.intp)
    lowest = float(np.sum(residuals(best[None], none) ** 2))
    covariance = _covariance(levenberg.jacobian(residuals, best[None], none, step=1e-3)[0])
    known: list[tuple[list[Array], list[float]]] = [([best], [0.0]) for _ in range(width)]
    for round_ in range(ROUNDS):
        wanted: list[tuple[int, Array]] = []
        for index in range(width):
            half = float(np.sqrt(threshold * covariance[index, index]))
            values = _next(*known[index], index, best[index], half, threshold, round_)
            for value in values:
                wanted.append((index, _start(known[index][0], index, value, best, covariance)))
        if not wanted:
            break
        starts = np.stack([place for _, place in wanted])
        held = np.zeros(starts.shape, dtype=bool)
        held[np.arange(len(wanted)), [index for index, _ in wanted]] = True
        found = levenberg.minimise(residuals, starts, held, STEPS, 1e-4)
        for (index, _), place, cost in zip(wanted, found.x, found.cost, strict=True):
            if np.isfinite(cost):
                known[index][0].append(place)
                known[index][1].append(float(cost) - lowest)
    return [_profile(*known[index], index, best[index], threshold) for index in range(width)]


def _covariance(matrix: Array) -> Array:
    values, vectors = np.linalg.eigh(matrix.T @ matrix)
    values = np.maximum(values, FLAT * max(float(values.max(initial=0.0)), 1e-300))
    return np.asarray((vectors / values) @ vectors.T)


def _next(
    places: list[Array],
    rises: list[float],
    index: int,
    centre: float,
    half: float,
    threshold: float,
    round_: int,
) -> list[float]:
    """Values to fit at next, on both sides."""
    if round_ == 0:
        ahead = [centre + sign * share * half for sign in (-1, 1) for share in AWAY]
        return sorted(set(np.clip(ahead, 0.0, 1.0).tolist()) - {centre})
    values = np.array([place[index] for place in places])
    roots = np.sqrt(np.maximum(rises, 0.0)) / np.sqrt(threshold)
    asked = []
    for sign, edge in ((-1, 0.0), (1, 1.0)):
        away = sign * (values - centre)
        beyond = (away > 0) & (roots > 1)
        inside = (away >= 0) & ~beyond
        inner = float(away[inside & (away <= away[beyond].min(initial=np.inf))].max())
        if not beyond.any():
            reach = sign * (edge - centre)
            if inner < reach:
                asked += [centre + sign * min(inner * factor + 0.02, reach) for factor in (1.5, 3)]
            continue
        outer = float(away[beyond].min())
        if min(abs(roots[beyond & (away == outer)] - 1)) > NEAR:
            asked += [centre + sign * (inner + share * (outer - inner)) for share in (0.33, 0.67)]
    return sorted(set(asked))


def _start(places: list[Array], index: int, value: float, best: Array, covariance: Array) -> Array:
    """Where to begin: on the line of the curvature, or beside the nearest fit there is."""
    if len(places) == 1:
        start = best + covariance[:, index] / covariance[index, index] * (value - best[index])
    else:
        start = min(places, key=lambda place: abs(float(place[index]) - value)).copy()
    start = np.clip(start, 0.0, 1.0)
    start[index] = value
    return np.asarray(start)


def _profile(
    places: list[Array], rises: list[float], index: int, centre: float, threshold: float
) -> Profile:
    stacked, rise = np.stack(places), np.array(rises)
    order = np.argsort(stacked[:, index])
    stacked, rise = stacked[order], rise[order]
    low, open_low = crossing(stacked[:, index], rise, centre, threshold, -1)
    high, open_high = crossing(stacked[:, index], rise, centre, threshold, 1)
    return Profile(stacked, rise, (low, high), open_low, open_high)
