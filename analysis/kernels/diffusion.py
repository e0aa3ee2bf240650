"""Anomalous exponent of a mean squared displacement, and diffusivities at a lag."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite
from analysis.limits import FEWEST_LAGS

PER_DECADE = 12


@dataclass(frozen=True)
class PowerLaw:
    """A power law MSD = prefactor * lag^exponent, fitted to `lags` points."""

    exponent: float
    prefactor: float
    lags: int


def log_lags(last: int, first: int = 1, per_decade: int = PER_DECADE) -> np.ndarray:
    """Space whole lags from first to last evenly in their logarithm, as far as whole ones can be.

    Raises
    ------
    ValueError
        Unless 1 <= first <= last.

    Examples
    --------
    >>> log_lags(100, per_decade=3).tolist()
    [1, 2, 5, 10, 22, 46, 100]
    """
    if not 1 <= first <= last:
        raise ValueError(f"first {first} and last {last} must be 1 <= first <= last")
    count = int(np.ceil(np.log10(last / first) * per_decade)) + 1
    return np.unique(np.rint(np.geomspace(first, last, count)).astype(int))


def power_law(lag: ArrayLike, values: ArrayLike, low: float, high: float) -> PowerLaw:
    """Fit MSD = A lag^alpha over low <= lag <= high by least squares of the logarithms.

    Every point has the same weight, so give lags that are evenly spaced in their logarithm
    (`log_lags`). The scatter of the points about the line says nothing of the error of alpha:
    points of one trajectory are almost the same displacements. Take its interval over trials.

    Parameters
    ----------
    lag, values : array_like, shape (n,)
    low, high : float
        Window, in the unit of lag.

    Raises
    ------
    ValueError
        Fewer than three lags in the window, or a value there that is not positive and finite.

    Examples
    --------
    >>> law = power_law([1, 2, 4, 8], [2, 4, 8, 16], low=1, high=8)
    >>> round(law.exponent, 9), round(law.prefactor, 9)
    (1.0, 2.0)
    """
    lags, squares = np.asarray(lag, dtype=float), np.asarray(values, dtype=float)
    within = (lags >= low) & (lags <= high)
    if within.sum() < FEWEST_LAGS:
        raise ValueError(
            f"{within.sum()} lags from {low:g} to {high:g}, a power law needs {FEWEST_LAGS}"
        )
    x, y = finite(lags[within], "lag"), finite(squares[within], "values")
    if np.any(x <= 0) or np.any(y <= 0):
        raise ValueError("lags and values in the window must be positive, a power law has no zero")
    exponent, intercept = np.polyfit(np.log(x), np.log(y), 1)
    return PowerLaw(float(exponent), float(np.exp(intercept)), len(x))


def diffusivity(value: ArrayLike, lag: ArrayLike, dimensions: int) -> np.ndarray:
    """Convert an MSD to a diffusion coefficient by Einstein's relation, MSD / (2 d lag).

    It depends on the lag unless the exponent is 1, so the lag is part of the number.

    Parameters
    ----------
    value : array_like
        MSD at the lag, in d dimensions.
    lag : array_like
    dimensions : int
        1, 2 or 3.

    Raises
    ------
    ValueError
        A lag that is not positive, or another number of dimensions.

    Examples
    --------
    >>> float(diffusivity(8.0, 2.0, 2))
    1.0
    """
    if dimensions not in (1, 2, 3):
        raise ValueError(f"dimensions is {dimensions}, allowed are 1, 2, 3")
    lags = np.asarray(lag, dtype=float)
    if not np.all(lags > 0):
        raise ValueError("a lag must be positive")
    return np.asarray(np.asarray(value, dtype=float) / (2 * dimensions * lags))


def generalized_diffusivity(
    value: ArrayLike, lag: ArrayLike, exponent: ArrayLike, dimensions: int
) -> np.ndarray:
    """Convert an MSD to D_alpha of MSD = 2 d D_alpha lag^alpha (Metzler et al. 2014, eq. 2).

    Its unit holds alpha: numbers of different exponents do not compare.

    Parameters
    ----------
    value, lag : array_like
        MSD at the lag, in d dimensions.
    exponent : array_like
        alpha; of 1, D_alpha is the diffusivity.
    dimensions : int
        1, 2 or 3.

    Raises
    ------
    ValueError
        As of `diffusivity`.

    Examples
    --------
    >>> float(generalized_diffusivity(12.0, 4.0, 0.5, 3))
    1.0
    """
    lags = np.asarray(lag, dtype=float)
    power = 1 - np.asarray(exponent, dtype=float)
    return np.asarray(diffusivity(value, lags, dimensions) * lags**power)
