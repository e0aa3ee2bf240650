"""Which sites get charged, given where along z the groups are wanted.

A place is a word (the whole thickness, a ramp, a layer) or a density over the dense region.
Numbers in, numbers out: nothing here knows a network.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

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


class LayoutError(ValueError):
    """A layout that does not exist or that the network cannot hold."""

    exit_code = 78


@dataclass(frozen=True)
class Profile:
    """A density given by samples, straight lines between them, constant beyond the outer ones.

    >>> Profile((0, 0.5, 1), (1, 0, 0))(0.25)
    0.5
    """

    z: Sequence[float]
    density: Sequence[float]

    def __post_init__(self):
        if problem := sample_problem(self.z, self.density):
            raise LayoutError(problem)

    def __call__(self, height: float) -> float:
        """Density at a height."""
        return float(np.interp(height, self.z, self.density))


def sample_problem(z: Sequence[float], density: Sequence[float]) -> str | None:
    """What is wrong with samples of a density, None where nothing is.

    The key that is minded is the first word.
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


FLAT = Profile((0, 1), (1, 1))
RAMP = Profile((0, 1), (0.5, 1.5))
"""The study calls its pH 7 amines denser toward the permeate side and gives no number."""
DENSITIES: dict[str, Density] = {
    "whole": FLAT,
    "ramp": RAMP,
    "ramp feed": Profile((0, 1), RAMP.density[::-1]),
}
"""Words for a density; the mirror image of the ramp is denser toward the feed."""


@dataclass(frozen=True)
class Region:
    """Dense region along z and the thickness of its layers, nm."""

    low: float
    high: float
    layer: float

    def heights(self, z: np.ndarray) -> np.ndarray:
        """Heights from 0 to 1; what lies beyond a face counts as at the face."""
        return np.clip((z - self.low) / (self.high - self.low), 0.0, 1.0)


@dataclass(frozen=True)
class Choice:
    """Rows of the sites that were picked, rising, and what the place had to offer.

    Attributes
    ----------
    rows : list of int
    widened_nm : float
        Distance from the place to the farthest site that it was widened to.
    inside : int
        Sites within the place before it was widened.
    """

    rows: list[int]
    widened_nm: float
    inside: int


def choose(z: np.ndarray, count: int, where: str | Density, region: Region, generator) -> Choice:
    """Pick sites without replacement, each with a chance in proportion to the local density.

    A place with fewer sites than wanted is widened to the nearest others, which then are taken.

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
    weights, outside = weigh(z, where, region)
    inside, widened = int((weights > 0).sum()), 0.0
    if not count:
        return Choice([], widened, inside)
    if inside < count:
        widened = float(np.sort(outside)[count - 1])
        weights = np.where(outside > 0, SECOND_CHOICE, 1.0) * (outside <= widened)
    rows = draw(inclusion(weights, count), generator)
    return Choice(rows, widened, inside)


def weigh(z: np.ndarray, where: str | Density, region: Region) -> tuple[np.ndarray, np.ndarray]:
    """Weight of each site, zero outside of the place, and its distance (nm) from the place."""
    if isinstance(where, str) and where in LAYERS:
        outside = _outside_layer(z, where, region)
        return (outside <= 0).astype(float), outside
    density = DENSITIES[where] if isinstance(where, str) else where
    heights = region.heights(z)
    weights = _probe(density, heights)
    if weights.all():
        return weights, np.zeros(len(z))
    support = np.linspace(0, 1, SUPPORT_STEPS + 1)
    if isinstance(density, Profile):
        support = np.union1d(support, density.z)
    support = support[_probe(density, support) > 0]
    if not len(support):
        raise LayoutError("a z-density is 0 everywhere, allowed is above 0 somewhere in 0 to 1")
    distance = np.abs(heights[:, None] - support).min(axis=1) * (region.high - region.low)
    return weights, np.where(weights > 0, 0.0, distance)


def _probe(density: Density, heights: np.ndarray) -> np.ndarray:
    values = np.array([float(density(height)) for height in heights.tolist()])
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        at = heights[np.argmax(wrong)]
        raise LayoutError(
            f"a z-density is {values[np.argmax(wrong)]:g} at height {at:.3g}, allowed is a finite "
            "number from 0"
        )
    return values


def _outside_layer(z: np.ndarray, where: str, region: Region) -> np.ndarray:
    """Distance (nm) of each site from a layer, zero inside; beyond a face counts as inside."""
    if where == "feed":
        return np.maximum(0.0, z - (region.low + region.layer))
    if where == "permeate":
        return np.maximum(0.0, (region.high - region.layer) - z)
    middle = (region.low + region.high) / 2
    return np.maximum(0.0, np.abs(z - middle) - region.layer / 2)


def inclusion(weights: np.ndarray, count: int) -> np.ndarray:
    """Probability of each site to be picked: in proportion to its weight, at most 1, sum ``count``.

    Sites that would exceed 1 are certain and the rest shares what is left (Madow 1949).

    >>> inclusion(np.array([6.0, 2.0, 2.0]), 2)
    array([1. , 0.5, 0.5])
    """
    probability = np.zeros(len(weights))
    free = weights > 0
    while (left := count - int((probability >= 1).sum())) > 0:
        shares = np.where(free, weights, 0.0)
        shares *= left / shares.sum()
        over = shares >= CERTAIN
        if not over.any():
            return np.where(free, shares, probability)
        probability[over] = 1.0
        free &= ~over
    return probability


def draw(probability: np.ndarray, generator) -> list[int]:
    """Systematic sample in random order: each row has its exact probability, the number is sure.

    Hartley and Rao, Ann. Math. Stat. 33, 350 (1962): in a random order, probabilities are laid
    end to end, and those that hold a point of a comb of spacing 1 with a random start are picked.
    """
    certain = np.flatnonzero(probability >= 1)
    order = generator.permutation(np.flatnonzero((probability > 0) & (probability < 1)))
    ends = np.cumsum(probability[order])
    start = generator.uniform()
    if len(order):
        ends[-1] = round(ends[-1])
    teeth = np.floor(np.minimum(ends, ends[-1:]) - start)
    picked = order[np.diff(teeth, prepend=np.floor(-start)) > 0]
    return sorted([*certain.tolist(), *picked.tolist()])
