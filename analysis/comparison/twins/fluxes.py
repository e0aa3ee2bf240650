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


def fluxes(
    concentration: Array,
    step: Array,
    valence: Array,
    resistance: Array,
    excess: Array,
    force: Array,
    share: Array,
    at_face: Array,
    stretch: Array,
    ends: Array,
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
        Of what falls within the cells, what falls in the cell before the face.
    at_face : (K - 1,) array
        Of the potential's step, what is a jump at the face.
    stretch : (2, K - 1) array
        Times its resistance, what the half cell before and behind the face resists; 1 but at the
        edge of a void.
    ends : (2, K - 1) array
        Valence of the ions that end within the cell before or behind the face, at the edge of a
        void; 0 where there is none.
    """
    from analysis.comparison.twins import compiled

    return Fluxes(
        *compiled.fluxes(
            concentration, step, valence, resistance, excess, force, share, at_face, stretch, ends
        )
    )
