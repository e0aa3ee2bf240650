"""Fluxes between cells that are exact for a constant field, with their derivatives.

Between the centres of two cells of widths h and h' the flux of an ion is taken as constant, its
diffusivity and excess potential as those of either cell up to the face between them, its drift as
constant in either half; at the face the electric potential may jump, too. Then the Nernst-Planck
equation is solved exactly:

    J = [c - c' exp(a + m + b)] / [r E(a) + r' exp(a + m) E(b)],    E(x) = (exp(x) - 1) / x,

with r = h / 2D, the rise a and b of the drift's potential over either half and the step m at the
face of the excess potential and the electric one, all in kT. Of equal cells without a step it is
the flux of Scharfetter and Gummel, IEEE Trans. Electron Devices 16, 64 (1969).

At the edge of a void, ions of valence z_c end within a cell. Filled to a share s of its width, 2 r
D, it has s times the concentration of the full cell on the other side of the face, and the step of
the potential to it is -ln(s) / z_c: s is exp(-z_c step) behind the face, exp(z_c step) before it.
Ions of the other sign, which the void sweeps away, go 2 r D s from the face to where it begins, so
that r exp(m) of the half cell behind, or r of that before, are 2 r s, times exp(m) before.
"""

from typing import NamedTuple

from analysis.continuum.arrays import Array


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
