"""Pitzer's integrals J0 and J1 give the terms of unsymmetrical mixing."""

from functools import cache

import numpy as np
import numpy.typing as npt
import scipy

from analysis.continuum.arrays import Array

DECADES = (-8, 4)
"""Of x; J0 goes as x^2 ln x below and as x / 4 - 1 above."""
KNOTS_PER_DECADE = 160
"""The cubic spline through ln J over ln x is then within 1e-10 of the integrals."""
QUADRATURE = np.linspace(-3.6, 3.7, 300)
"""t where y = exp(t - exp(-t)), the double exponential rule of a half line."""
SERIES_BELOW = 0.1


def mixing(x: npt.ArrayLike) -> tuple[Array, Array]:
    """J0(x) and J1(x) = x dJ0/dx; Pitzer, J. Solution Chem. 4, 249 (1975), eq. A3.

    J0 = x/4 - 1 + (1/x) int_0^inf [1 - exp(-(x/y) exp(-y))] y^2 dy, interpolated in a table of it.

    Parameters
    ----------
    x : array_like
        6 z z' A_phi sqrt(I), positive.

    >>> [float(j.round(8)) for j in mixing(1.0)]
    [0.11643722, 0.16052695]
    """
    j0, j1 = _table()
    log = np.log(np.clip(np.asarray(x, dtype=float), 10.0 ** DECADES[0], 10.0 ** DECADES[1]))
    return np.exp(j0(log)), np.exp(j1(log))


def electrostatic(charges: Array, strength: Array, debye_hueckel: Array) -> tuple[Array, Array]:
    """Terms E-theta and their derivatives by the ionic strength, of ions of one sign.

    E-theta_ij = z_i z_j / (4 I) [J0(x_ij) - J0(x_ii) / 2 - J0(x_jj) / 2]; 0 for equal charges.

    Parameters
    ----------
    charges : (n,)
    strength, debye_hueckel : (B,)

    Returns
    -------
    value, slope : (B, n, n)
    """
    n, batch = len(charges), len(strength)
    value, slope = np.zeros((2, batch, n, n))
    sizes = np.abs(charges)
    unit = 6 * debye_hueckel * np.sqrt(strength)
    pairs = {(a, b) for a in sizes for b in sizes if 0 < a < b}
    for a, b in pairs:
        (j0, j1), (low0, low1), (high0, high1) = (mixing(p * unit) for p in (a * b, a * a, b * b))
        of_pair = a * b / (4 * strength) * (j0 - (low0 + high0) / 2)
        by_strength = a * b / (8 * strength**2) * (j1 - (low1 + high1) / 2) - of_pair / strength
        where = (np.outer(charges, charges) > 0) & (
            (sizes[:, None] == a) & (sizes == b) | (sizes[:, None] == b) & (sizes == a)
        )
        value[:, where] = of_pair[:, None]
        slope[:, where] = by_strength[:, None]
    return value, slope


@cache
def _table() -> "tuple[scipy.interpolate.CubicSpline, scipy.interpolate.CubicSpline]":
    low, high = (d * np.log(10) for d in DECADES)
    log = np.linspace(low, high, KNOTS_PER_DECADE * 12 + 1)
    x = np.exp(log)[:, None]
    t = QUADRATURE
    y = np.exp(t - np.exp(-t))
    weight = (t[1] - t[0]) * y * (1 + np.exp(-t)) * y**2
    u = x / y * np.exp(-y)
    # x/4 - 1 is int (u - u^2/2) y^2 dy / x: taken inside, nothing cancels for a small x.
    left = np.where(u < SERIES_BELOW, _series(u, 0), 1 - u + u**2 / 2 - np.exp(-u))
    right = np.where(u < SERIES_BELOW, _series(u, 1), u * (u - 1 + np.exp(-u))) - left
    first, second = (
        scipy.interpolate.CubicSpline(log, np.log((weight * f).sum(axis=1) / x[:, 0]))
        for f in (left, right)
    )
    return first, second


def _series(u: Array, order: int) -> Array:
    """h = 1 - u + u^2/2 - exp(-u) of a small u, or u dh/du."""
    u = np.minimum(u, SERIES_BELOW)
    terms = ((3, 6), (4, -24), (5, 120), (6, -720), (7, 5040), (8, -40320), (9, 362880))
    series: Array = sum(
        ((power if order else 1) * u**power / factorial for power, factorial in terms),
        np.zeros(()),
    )
    return series
