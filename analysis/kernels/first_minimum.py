"""The first minimum of a radial distribution function, which bounds the first shell."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from analysis.kernels.checks import finite

SMOOTHING = 0.05
"""Standard deviation, angstrom, of the normal kernel that smooths a curve, whatever its bins.
Unlike polynomial filters it does not undershoot beside a steep peak and make a valley there."""
COARSEST = 0.1
"""Angstrom between the points of a curve, at most."""
ORDER = 3
PEAK = 1.5
"""A first peak is at least so many times the plateau."""
STEP_TOLERANCE = 1e-3
"""Share by which steps of r may differ."""
TURN = 0.1
"""Share of the plateau by which a curve must leave a peak or a valley for it to be one."""
REACH = 1.5
"""Angstrom from the first peak within which the valley begins."""
LEVEL = 0.02
"""Share of the plateau within which a curve is level."""
FLAT = 0.35
"""Angstrom over which a valley is level if it is flat: a parabola that rises by `LEVEL` within half
of it has a curvature of 1.3 plateaus per square angstrom, less than valleys of Na+ and Cl-."""
REFINED = 0.2
"""Angstrom to either side that the last fit takes: a cubic there is within 0.007 angstrom of the
minimum of curves like those of water around Na+ and Cl-, a parabola up to 0.045 off."""
CENTRINGS = 3
"""Times that the fit is moved to its own minimum."""


@dataclass(frozen=True)
class Valley:
    """The distance of the first minimum in angstrom, and whether it is flat."""

    r: float
    flat: bool


def first_valley(r: ArrayLike, g: ArrayLike) -> Valley:
    """Locate the first minimum of a radial distribution function.

    The curve is smoothed by a normal kernel of 0.05 angstrom, whatever its bins. The first peak is
    the first maximum above 1.5 times the plateau (the mean over the last third of r), the valley
    the first minimum after it, where a maximum or minimum is one that the curve leaves by a tenth
    of the plateau. The place is that of a cubic fitted to the unsmoothed values within 0.2
    angstrom. Where the curve stays within 2 % of the plateau of its lowest value for 0.35 angstrom
    or more, as that of water around Ca2+ near 0, the middle of that stretch is returned and `flat`
    is set.

    Parameters
    ----------
    r, g : array_like, shape (n,)
        Evenly spaced distances in angstrom and the values there, in any unit: the density of
        neighbours does as well. Give at least twice the distance that is looked for.

    Raises
    ------
    ValueError
        Distances that are not evenly spaced or more than 0.1 angstrom apart, an entry that is not
        finite, or a curve without a first peak, or that does not rise again after it.

    Examples
    --------
    >>> r = np.arange(0.025, 8, 0.05)
    >>> g = 1 + 5 * np.exp(-8 * (r - 2.4) ** 2) - 0.8 * np.exp(-4 * (r - 3.2) ** 2)
    >>> g = g * (r > 1.9)
    >>> valley = first_valley(r, g)
    >>> round(valley.r, 1), valley.flat
    (3.2, False)
    """
    distances, values = _checked(r, g)
    spacing = (distances[-1] - distances[0]) / (len(distances) - 1)
    smooth = scipy.ndimage.gaussian_filter1d(values, SMOOTHING / spacing, mode="nearest")
    plateau = smooth[2 * len(distances) // 3 :].mean()
    if plateau <= 0:
        raise ValueError("g is 0 over the last third of r: it has no plateau to compare with")
    peak = _first_peak(distances, smooth, plateau)
    low = _first_low(distances, smooth, plateau, peak)
    level = np.abs(smooth - smooth[low]) <= LEVEL * plateau
    begin = low - int(np.argmin(level[low::-1])) + 1
    end = low + int(np.argmin(level[low:])) - 1
    if distances[begin] - distances[peak] > REACH:
        raise ValueError(
            f"g falls from its peak at {distances[peak]:.2f} to {distances[begin]:.2f} angstrom: a "
            f"first valley begins within {REACH} angstrom of the peak"
        )
    if distances[end] - distances[begin] >= FLAT - spacing / 2:
        return Valley(float((distances[begin] + distances[end]) / 2), True)
    return Valley(_refined(distances, values, distances[low]), False)


def _first_peak(r: np.ndarray, smooth: np.ndarray, plateau: float) -> int:
    """Find the index of the first maximum above the level of a peak."""
    high = PEAK * plateau
    top = 0
    for k, value in enumerate(smooth):
        if value > smooth[top]:
            top = k
        elif smooth[top] > high and value < smooth[top] - TURN * plateau:
            return top
    raise ValueError(
        f"g has no first peak: up to r = {r[-1]:.2f} angstrom its highest value is "
        f"{smooth.max() / plateau:.2f} of its plateau, and a peak has more than {PEAK} and falls"
    )


def _first_low(r: np.ndarray, smooth: np.ndarray, plateau: float, peak: int) -> int:
    """Find the index of the first minimum after the peak."""
    low = peak
    for k in range(peak, len(r)):
        if smooth[k] < smooth[low]:
            low = k
        elif smooth[k] > smooth[low] + TURN * plateau:
            return low
    raise ValueError(
        f"g has no valley: after its peak at {r[peak]:.2f} angstrom it does not rise again by "
        f"{TURN} of its plateau up to {r[-1]:.2f}"
    )


def _refined(r: np.ndarray, g: np.ndarray, guess: float) -> float:
    """Refine a minimum by a cubic fit to the values around it; the guess if the fit has none."""
    place = guess
    for _ in range(CENTRINGS):
        near = np.abs(r - place) <= REFINED * (1 + STEP_TOLERANCE)
        if near.sum() <= ORDER:
            return float(guess)
        slope = np.polynomial.Polynomial.fit(r[near], g[near], ORDER).deriv()
        roots = slope.roots()
        real = roots[np.isreal(roots)].real
        minima = real[(slope.deriv()(real) > 0) & (np.abs(real - guess) <= REFINED)]
        if len(minima) == 0:
            return float(guess)
        place = minima[0]
    return float(place)


def _checked(r: ArrayLike, g: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    distances, values = finite(r, "r"), finite(g, "g")
    if distances.ndim != 1 or distances.shape != values.shape or len(distances) < 2:
        raise ValueError(
            f"r and g have shapes {distances.shape} and {values.shape}, they must be (n,) both"
        )
    steps = np.diff(distances)
    if not (steps[0] > 0 and np.allclose(steps, steps[0], rtol=STEP_TOLERANCE)):
        raise ValueError("r must ascend in even steps")
    if steps[0] > COARSEST * (1 + STEP_TOLERANCE):
        raise ValueError(f"r has steps of {steps[0]:.3g} angstrom, at most {COARSEST} are allowed")
    return distances, values
