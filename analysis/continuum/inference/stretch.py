"""Walkers sample a density by stretch moves, which do not mind how narrow and tilted it is.

Goodman and Weare, Commun. Appl. Math. Comput. Sci. 5, 65 (2010); the walkers in two halves, each
moved at once along lines to the other, after Foreman-Mackey et al., PASP 125, 306 (2013).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.continuum.arrays import Array

LogDensity = Callable[[Array], Array]
"""Of places (B, k) in [0, 1], log densities (B,); -inf where there is none."""
STRETCH = 2.0
"""a of the paper: z between 1/a and a has the density 1/sqrt(z)."""
WINDOW = 5.0
"""Autocorrelation times that a sum of autocorrelations covers; Sokal's rule."""


@dataclass(frozen=True)
class Chain:
    """Walk of W walkers.

    Attributes
    ----------
    places : (T, W, k)
    log_density : (T, W)
    acceptance : float
        Share of the moves that were taken.
    """

    places: Array
    log_density: Array
    acceptance: float

    def after(self, step: int) -> "Chain":
        """The walk without its first steps."""
        return Chain(self.places[step:], self.log_density[step:], self.acceptance)

    @property
    def autocorrelation_time(self) -> float:
        """Integrated autocorrelation time in steps, the largest over the dimensions.

        Of autocorrelations that are averaged over the walkers, 1 + 2 sum rho(t) up to the first t
        that is ``WINDOW`` times the sum.
        """
        steps = len(self.places)
        longest = 1.0
        for i in range(self.places.shape[-1]):
            values = self.places[..., i] - self.places[..., i].mean()
            variance = float(np.mean(values**2))
            if variance == 0:
                continue
            total = 1.0
            for lag in range(1, steps):
                total += 2 * float(np.mean(values[lag:] * values[:-lag])) / variance
                if lag >= WINDOW * total:
                    break
            longest = max(longest, total)
        return longest

    @property
    def effective_size(self) -> float:
        """Number of independent draws that the walk is worth."""
        return self.log_density.size / self.autocorrelation_time


def stretch_moves(
    log_density: LogDensity, start: Array, steps: int, generator: np.random.Generator
) -> Chain:
    """Walk from (W, k) places within [0, 1], W even and above 2 k.

    A move that leaves the box is refused without asking for its density.

    Raises
    ------
    ValueError
        An odd number of walkers, too few of them, or a start without a density.

    >>> generator = np.random.default_rng(0)
    >>> start = generator.random((32, 2))
    >>> chain = stretch_moves(lambda x: -((x - 0.5) ** 2).sum(1) / 0.02, start, 400, generator)
    >>> chain.after(100).places.std(axis=(0, 1)).round(1)
    array([0.1, 0.1])
    """
    walkers, size = start.shape
    if walkers % 2 or walkers <= 2 * size:
        raise ValueError(f"{walkers} walkers, allowed is an even number above {2 * size}")
    here, density = start.copy(), log_density(start)
    if not np.isfinite(density).all():
        raise ValueError("a walker starts where there is no density, allowed are places with one")
    half = walkers // 2
    places, densities, taken = [], [], 0
    for _ in range(steps):
        for own, others in (
            (slice(0, half), slice(half, None)),
            (slice(half, None), slice(0, half)),
        ):
            partners = here[others][generator.integers(half, size=half)]
            stretch = (1 + (STRETCH - 1) * generator.random(half)) ** 2 / STRETCH
            proposed = partners + stretch[:, None] * (here[own] - partners)
            inside = ((proposed >= 0) & (proposed <= 1)).all(axis=1)
            found = np.full(half, -np.inf)
            if inside.any():
                found[inside] = log_density(proposed[inside])
            gain = (size - 1) * np.log(stretch) + found - density[own]
            moves = np.log(generator.random(half)) < gain
            here[own] = np.where(moves[:, None], proposed, here[own])
            density[own] = np.where(moves, found, density[own])
            taken += int(moves.sum())
        places.append(here.copy())
        densities.append(density.copy())
    return Chain(np.stack(places), np.stack(densities), taken / (steps * walkers))
