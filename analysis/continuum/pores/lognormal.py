"""Log-normal radii of pores are told by their mean and standard deviation in metres."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from analysis.continuum.arrays import Array
from analysis.continuum.model import finite_number

SMALLEST_SHARE = 2.0**-33
"""Half the step of 32-bit Sobol points: a point at 0 would be a pore of no radius."""


@dataclass(frozen=True)
class LogNormal:
    """Pore radii whose logarithm is normal; not truncated.

    Attributes
    ----------
    mean, sd : float, m
        Of the radius itself, by number of pores.

    Raises
    ------
    ValueError
        One of them is not a positive, finite number.

    >>> pores = LogNormal(0.5e-9, 0.13e-9)
    >>> round(pores.sigma, 4), round(1e9 * pores.median, 4)
    (0.2558, 0.4839)
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        for name in ("mean", "sd"):
            value = finite_number(f"{name} of the pore radii", getattr(self, name), positive=True)
            object.__setattr__(self, name, value)

    @classmethod
    def from_log(cls, mu: float, sigma: float) -> "LogNormal":
        """Distribution by mean and standard deviation of the logarithm of the radius in m.

        >>> pores = LogNormal.from_log(LogNormal(5e-10, 1e-10).mu, LogNormal(5e-10, 1e-10).sigma)
        >>> round(1e9 * pores.mean, 9), round(1e9 * pores.sd, 9)
        (0.5, 0.1)
        """
        mean = float(np.exp(mu + sigma**2 / 2))
        return cls(mean, mean * float(np.sqrt(np.expm1(sigma**2))))

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm, sqrt(ln(1 + sd^2 / mean^2))."""
        return float(np.sqrt(np.log1p((self.sd / self.mean) ** 2)))

    @property
    def mu(self) -> float:
        """Mean of the logarithm of the radius in m, ln mean - sigma^2 / 2."""
        return float(np.log(self.mean) - self.sigma**2 / 2)

    @property
    def median(self) -> float:
        """Radius in m that half of the pores do not reach."""
        return float(np.exp(self.mu))

    def density(self, radius: npt.ArrayLike) -> Array:
        """Number of pores by radius, per m, for radii in m; its integral is 1.

        >>> radius = np.linspace(1e-11, 5e-9, 20001)
        >>> round(float(np.trapezoid(LogNormal(5e-10, 1e-10).density(radius), radius)), 9)
        1.0
        """
        radius = np.asarray(radius, dtype=float)
        inside = radius > 0
        safe = np.where(inside, radius, 1.0)
        deviation = (np.log(safe) - self.mu) / self.sigma
        height = np.exp(-(deviation**2) / 2) / (safe * self.sigma * np.sqrt(2 * np.pi))
        return np.where(inside, height, 0.0)

    def cumulative(self, radius: npt.ArrayLike) -> Array:
        """Share of pores narrower than a radius in m.

        >>> float(LogNormal(0.5e-9, 0.13e-9).cumulative(0.347e-9).round(4))
        0.0967
        """
        radius = np.maximum(np.asarray(radius, dtype=float), 0.0)
        with np.errstate(divide="ignore"):
            shares: Array = scipy.special.ndtr((np.log(radius) - self.mu) / self.sigma)
        return shares

    def quantile(self, share: npt.ArrayLike) -> Array:
        """Radius in m that a share of the pores does not reach.

        Raises ValueError for a share outside 0 to 1.
        """
        share = np.asarray(share, dtype=float)
        if not ((share >= 0) & (share <= 1)).all():
            raise ValueError("share of pores: allowed is from 0 to 1")
        radii: Array = np.exp(self.mu + self.sigma * scipy.special.ndtri(share))
        return radii

    def sample(self, n: int, seed: int = 0) -> Array:
        """Radii (n,) in m from a scrambled Sobol sequence; best where n is a power of 2.

        Raises ValueError unless n is a whole number from 1.

        >>> radii = LogNormal(5e-10, 1e-10).sample(1024)
        >>> abs(radii.mean() / 5e-10 - 1) < 1e-3
        np.True_
        """
        points = sobol_points(n, 1, seed)
        return self.quantile(points[:, 0])

    def moment(self, order: float) -> float:
        """Mean of the radius to a power, m^order."""
        return float(np.exp(order * self.mu + (order * self.sigma) ** 2 / 2))

    def weighted(self, power: float) -> "LogNormal":
        """Distribution in which each pore counts as its radius to a power: 2 area, 4 flow.

        >>> pores = LogNormal(5e-10, 1e-10)
        >>> round(pores.weighted(4).mean * pores.moment(4) / pores.moment(5), 9)
        1.0
        """
        return LogNormal.from_log(self.mu + power * self.sigma**2, self.sigma)


def sobol_points(n: int, dimensions: int, seed: int | np.random.Generator = 0) -> Array:
    """Scrambled Sobol points (n, dimensions) between 0 and 1, neither included.

    Sobol, USSR Comput. Math. Math. Phys. 7, 86 (1967); scrambled after Matousek, J. Complexity 14,
    527 (1998).
    """
    if isinstance(n, bool) or n != int(n) or n < 1:
        raise ValueError(f"n is {n!r}, allowed are whole numbers from 1")
    exponent = int(np.ceil(np.log2(n)))
    sampler = scipy.stats.qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    points = sampler.random_base2(exponent)[: int(n)]
    inside: Array = np.clip(points, SMALLEST_SHARE, 1 - SMALLEST_SHARE)
    return inside
