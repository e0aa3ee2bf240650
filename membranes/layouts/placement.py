"""Random draws of the sites that get charged, from their z and a plan's place along z.

A place is a word (the whole thickness, a ramp, a layer) or a density over the dense region.
These are functions of arrays; ``place`` takes the z from a network and the places from ``plans``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from membranes.layouts.errors import LayoutError

Density = Callable[[float], float]
"""Relative density of groups at a height from 0 (feed face of the dense region) to 1 (permeate)."""

LAYERS = ("feed", "center", "permeate")
SUPPORT_STEPS = 1000
"""Heights at which a density is probed for where it is above zero."""
CERTAIN = 1 - 1e-9
"""Inclusion probability that counts as one."""
SECOND_CHOICE = 1e-12
"""Weight of sites that a place is widened to, beside 1 inside: where several are equally far, they
share what those inside leave."""


@dataclass(frozen=True)
class SampledDensity:
    """A density is interpolated linearly between samples, constant beyond the outer ones.

    >>> SampledDensity((0, 0.5, 1), (1, 0, 0))(0.25)
    0.5
    """

    z: Sequence[float]
    density: Sequence[float]

    def __post_init__(self):
        if problem := sample_problem(self.z, self.density):
            raise LayoutError(problem)

    def __call__(self, height: float) -> float:
        """Return the density at a height from 0 to 1."""
        return float(np.interp(height, self.z, self.density))


def sample_problem(z: Sequence[float], density: Sequence[float]) -> str | None:
    """Return a message about invalid samples of a density, None for valid ones.

    The first word of the message names the argument at fault, ``z`` or ``density``; the checks of
    a campaign file take the key to complain about from it.
    """
    if len(z) != len(density) or len(z) < 2:
        return (
            f"density has {len(density)} samples at {len(z)} z, allowed is as many as there are z, "
            "at least 2"
        )
    if not (np.all(np.diff(z) > 0) and 0 <= z[0] and z[-1] <= 1):
        return "z must be rising, within 0 (feed face) to 1 (permeate face)"
    if not all(math.isfinite(value) and value >= 0 for value in density):
        return "density must be finite and nowhere below 0"
    if not any(density):
        return "density must be above 0 somewhere"
    return None


FLAT = SampledDensity((0, 1), (1, 1))
RAMP = SampledDensity((0, 1), (0.5, 1.5))
"""The study calls its pH 7 amines denser toward the permeate side and gives no number."""
DENSITIES: dict[str, Density] = {
    "whole": FLAT,
    "ramp": RAMP,
    "ramp feed": SampledDensity((0, 1), RAMP.density[::-1]),
}
"""Words for a density; the mirror image of the ramp is denser toward the feed."""


@dataclass(frozen=True)
class Region:
    """The dense region from z = ``low`` to ``high`` has layers of thickness ``layer`` (nm)."""

    low: float
    high: float
    layer: float

    def heights(self, z: np.ndarray) -> np.ndarray:
        """Return heights from 0 to 1 of z in nm; sites beyond a face count as at the face."""
        return np.clip((z - self.low) / (self.high - self.low), 0.0, 1.0)


@dataclass(frozen=True)
class Choice:
    """The result of one draw: which sites, and how many the place offered.

    Attributes
    ----------
    rows : list of int
        Of the drawn sites, rising.
    widened_nm : float
        Distance from the place to the farthest site that it was widened to.
    inside : int
        Sites within the place before it was widened.
    """

    rows: list[int]
    widened_nm: float
    inside: int


def choose_sites(
    z: np.ndarray, count: int, where: str | Density, region: Region, generator
) -> Choice:
    """Draw sites without replacement, each with a probability in proportion to the local density.

    A place with fewer than ``count`` sites is widened to the nearest others.

    Parameters
    ----------
    z : (N,) array
        nm.
    count : int
        At most N.
    where : str or callable
        "whole", "ramp", "ramp feed", a layer ("feed", "center", "permeate"), or a density.
    region : Region
    generator : numpy Generator
    """
    weights, distance = site_weights(z, where, region)
    inside, widened = int((weights > 0).sum()), 0.0
    if not count:
        return Choice([], widened, inside)
    if inside < count:
        widened = float(np.sort(distance)[count - 1])
        weights = np.where(distance > 0, SECOND_CHOICE, 1.0) * (distance <= widened)
    rows = systematic_sample(inclusion_probabilities(weights, count), generator)
    return Choice(rows, widened, inside)


def site_weights(
    z: np.ndarray, where: str | Density, region: Region
) -> tuple[np.ndarray, np.ndarray]:
    """Return each site's weight, zero outside of the place, and its distance (nm) from the place.

    Raises LayoutError for a density that is negative, not finite, or zero everywhere.
    """
    if isinstance(where, str) and where in LAYERS:
        distance = _distance_from_layer(z, where, region)
        return (distance <= 0).astype(float), distance
    density = DENSITIES[where] if isinstance(where, str) else where
    heights = region.heights(z)
    weights = _evaluate(density, heights)
    if weights.all():
        return weights, np.zeros(len(z))
    support = np.linspace(0, 1, SUPPORT_STEPS + 1)
    if isinstance(density, SampledDensity):
        support = np.union1d(support, density.z)
    support = support[_evaluate(density, support) > 0]
    if not len(support):
        raise LayoutError("a z-density is 0 everywhere, allowed is above 0 somewhere in 0 to 1")
    distance = np.abs(heights[:, None] - support).min(axis=1) * (region.high - region.low)
    return weights, np.where(weights > 0, 0.0, distance)


def _evaluate(density: Density, heights: np.ndarray) -> np.ndarray:
    """Return the values of a density; LayoutError where one is negative or not finite."""
    values = np.array([float(density(height)) for height in heights.tolist()])
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        at = heights[np.argmax(wrong)]
        raise LayoutError(
            f"a z-density is {values[np.argmax(wrong)]:g} at height {at:.3g}, allowed is a finite "
            "number from 0"
        )
    return values


def _distance_from_layer(z: np.ndarray, where: str, region: Region) -> np.ndarray:
    """Return each site's distance (nm) from a layer, zero inside it and beyond its face."""
    if where == "feed":
        return np.maximum(0.0, z - (region.low + region.layer))
    if where == "permeate":
        return np.maximum(0.0, (region.high - region.layer) - z)
    middle = (region.low + region.high) / 2
    return np.maximum(0.0, np.abs(z - middle) - region.layer / 2)


def inclusion_probabilities(weights: np.ndarray, count: int) -> np.ndarray:
    """Return each site's probability to be drawn: in proportion to its weight, at most 1.

    They add up to ``count``. Sites that would exceed 1 are certain and the others share the
    remainder (Madow 1949).

    >>> inclusion_probabilities(np.array([6.0, 2.0, 2.0]), 2)
    array([1. , 0.5, 0.5])
    """
    probability = np.zeros(len(weights))
    free = weights > 0
    while (remaining := count - int((probability >= 1).sum())) > 0:
        shares = np.where(free, weights, 0.0)
        shares *= remaining / shares.sum()
        over = shares >= CERTAIN
        if not over.any():
            return np.where(free, shares, probability)
        probability[over] = 1.0
        free &= ~over
    return probability


def systematic_sample(probability: np.ndarray, generator) -> list[int]:
    """Draw rows with exactly these inclusion probabilities and a fixed sample size, their sum.

    Hartley and Rao, Ann. Math. Stat. 33, 350 (1962): in a random order, probabilities are laid
    end to end, and those that hold a point of a comb of spacing 1 with a random start are drawn.
    """
    certain = np.flatnonzero(probability >= 1)
    order = generator.permutation(np.flatnonzero((probability > 0) & (probability < 1)))
    ends = np.cumsum(probability[order])
    start = generator.uniform()
    if len(order):
        ends[-1] = round(ends[-1])
    teeth = np.floor(np.minimum(ends, ends[-1:]) - start)
    drawn = order[np.diff(teeth, prepend=np.floor(-start)) > 0]
    return sorted([*certain.tolist(), *drawn.tolist()])
