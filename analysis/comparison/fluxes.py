"""Fluxes between cells that are exact for a constant field, with their derivatives.

Between the centres of two cells of widths h and h' the flux of an ion is taken as constant, its
diffusivity and excess potential as those of either cell up to the face between them, its drift as
constant in either half. Then the Nernst-Planck equation is solved exactly:

    J = [c - c' exp(a + m + b)] / [r E(a) + r' exp(a + m) E(b)],    E(x) = (exp(x) - 1) / x,

with r = h / 2D, the rise a and b of the drift's potential over either half and the step m of the
excess potential at the face, all in kT. Of equal cells without a step it is the flux of Scharfetter
and Gummel, IEEE Trans. Electron Devices 16, 64 (1969).
"""

from typing import NamedTuple

import numpy as np

from analysis.continuum.arrays import Array

SERIES_BELOW = 0.03
"""Where the derivative of E is summed as a series; the closed form cancels there."""


class Fluxes(NamedTuple):
    """Fluxes through the faces between cells and their derivatives, all of shape (n, K - 1).

    Attributes
    ----------
    flux : mol/m2/s
        forward c - backward c'.
    forward, backward : m/s
        Positive.
    by_step : mol/m2/s
        Derivative of the flux by the step of the potential, in RT/F.
    """

    flux: Array
    forward: Array
    backward: Array
    by_step: Array


def fluxes(
    concentration: Array,
    step: Array,
    valence: Array,
    resistance: Array,
    excess: Array,
    force: Array,
    share: Array,
) -> Fluxes:
    """Fluxes of n ions through the faces between K cells.

    Parameters
    ----------
    concentration : (n, K) array, mol/m3
    step : (K - 1,) array, RT/F
        Of the electric potential from cell to cell.
    valence : (n, 1) array
    resistance : (n, K) array, s/m
        Half a cell's width over the diffusivity.
    excess : (n, K - 1) array, kT
        Step of the excess potential at the face.
    force : (n, K) array, kT
        Work of the body force over half a cell.
    share : (K - 1,) array
        Of the potential's step, what falls in the cell before the face.
    """
    here, there = concentration[:, :-1], concentration[:, 1:]
    first, second = valence * share, valence * (1 - share)
    a = first * step - force[:, :-1]
    b = second * step - force[:, 1:]
    middle = a + excess
    # A common factor exp(-top) keeps every term between 0 and 1.
    top = np.maximum(np.maximum(a, 0), middle + np.maximum(b, 0))
    before, before_slope = _mean_exponential(a, -top)
    after, after_slope = _mean_exponential(b, middle - top)
    near, far = resistance[:, :-1], resistance[:, 1:]
    total = near * before + far * after
    forward = np.exp(-top) / total
    backward = np.exp(middle + b - top) / total
    flux = forward * here - backward * there
    grows = near * before_slope * first + far * (after * first + after_slope * second)
    return Fluxes(flux, forward, backward, -(backward * there * valence + flux * (grows / total)))


def _mean_exponential(x: Array, shift: Array) -> tuple[Array, Array]:
    """exp(shift) E(x) and exp(shift) E'(x); neither overflows if shift + max(x, 0) <= 0."""
    size = np.abs(x)
    safe = np.where(size < SERIES_BELOW, 1.0, x)
    scale = np.exp(shift + np.maximum(x, 0))
    falling = np.where(size < 1e-12, 1.0, -np.expm1(-size) / np.where(size < 1e-12, 1.0, size))
    value = scale * falling
    closed = (np.exp(shift + x) - value) / safe
    series = 1 / 2 + x * (1 / 3 + x * (1 / 8 + x * (1 / 30 + x * (1 / 144 + x / 840))))
    small = size < SERIES_BELOW
    return value, np.where(small, np.exp(shift) * np.where(small, series, 0.0), closed)
