"""Laplace's approximation: a normal distribution of the scaled parameters around the best fit."""

from dataclasses import dataclass

import numpy as np

from analysis.continuum import inference
from analysis.continuum.arrays import Array
from analysis.continuum.characterize.objective import Objective
from analysis.continuum.characterize.parameters import Space

TRIES = 200
"""Draws for each sample that is asked for, before the approximation is called useless."""


@dataclass(frozen=True)
class Laplace:
    """Normal approximation of the posterior, under a flat prior in scaled parameters.

    It is exact where the rejections are linear in them; compare it with the profiles, which are not
    so restricted.

    Attributes
    ----------
    space : Space
    mean : (k,) scaled
    covariance : (k, k) scaled
        scale (J^T J)^-1, with the derivatives J of the weighted residuals.
    scale : float
        1 with known standard deviations; else the mean square of the residuals, by the degrees of
        freedom.
    """

    space: Space
    mean: Array
    covariance: Array
    scale: float

    kind = "Laplace approximation: normal in scaled parameters, flat prior, cut at the bounds"

    @classmethod
    def at(cls, objective: Objective, best: Array, scale: float) -> "Laplace":
        """Approximation at a best fit (k,)."""
        return cls(objective.space, best, scale * inference.covariance(objective, best), scale)

    @property
    def sd(self) -> Array:
        """(k,) of scaled parameters."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def correlation(self) -> Array:
        """(k, k) of scaled parameters; those of 1/eps_p have the opposite sign of eps_p's."""
        return self.covariance / np.outer(self.sd, self.sd)

    @property
    def directions(self) -> tuple[Array, Array]:
        """Lengths (k,) of the axes of the ellipsoid, longest first, and directions (k, k), in rows.

        A length is a standard deviation, as a share of the bounds' widths.
        """
        values, vectors = np.linalg.eigh(self.covariance)
        return np.sqrt(np.maximum(values, 0.0))[::-1], vectors.T[::-1]

    def sample(self, size: int, seed: int = 0) -> dict[str, Array]:
        """Membranes (size,) by label, SI, within the bounds.

        Raises
        ------
        ValueError
            Nearly all of the distribution lies outside the bounds.
        """
        generator = np.random.default_rng(seed)
        values, vectors = np.linalg.eigh(self.covariance)
        factor = vectors * np.sqrt(np.maximum(values, 0.0))
        kept: list[Array] = []
        for _ in range(TRIES):
            draws = self.mean + generator.standard_normal((size, len(self.mean))) @ factor.T
            kept.append(draws[((draws >= 0) & (draws <= 1)).all(axis=1)])
            if sum(map(len, kept)) >= size:
                return self.space.values(np.concatenate(kept)[:size])
        raise ValueError(
            "the normal approximation lies outside the bounds nearly everywhere: the data do not "
            "determine the parameters; see the profiles"
        )
