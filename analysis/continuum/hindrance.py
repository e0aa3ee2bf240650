"""A cylindrical pore hinders the diffusion and convection of a sphere."""

import numpy as np
import numpy.typing as npt

from analysis.continuum.arrays import Array, Bools

KINDS = ("dechadilok-deen", "bowen", "bungay-brenner")
LARGEST = {"dechadilok-deen": 1.0, "bowen": 0.8, "bungay-brenner": 1.0}
"""Ratio of radii up to which each law holds; Bowen's K_d rises again above 0.81."""
BLEND = (0.93, 0.97)
"""Where the polynomial, fitted up to 0.95, passes over into the near-contact law."""
TRANSLATION = (-73 / 60, 77293 / 50400, -22.5083, -5.6117, -0.3363, -1.216, 1.647)
"""a_1 to a_7 of the drag on a moving sphere, Bungay and Brenner (1973)."""
FLOW = (7 / 60, -2227 / 50400, 4.0180, -3.9788, -1.9215, 4.392, 5.006)
"""b_1 to b_7 of the drag on a held sphere in Poiseuille flow, same source."""


def diffusive(lam: npt.ArrayLike, kind: str = "dechadilok-deen") -> Array:
    """Local diffusive hindrance factor K_d of solutes with radius ``lam`` times the pore radius.

    "dechadilok-deen": H(lambda) of Dechadilok and Deen, Ind. Eng. Chem. Res. 45, 6953 (2006),
    eq. 16, over the partition coefficient (1 - lambda)^2; above 0.95 their near-contact law
    0.984 ((1 - lambda) / lambda)^2.5, blended between 0.93 and 0.97 for a continuous slope.
    "bowen": Bowen and Mohammad, Trans. IChemE A 76, 885 (1998), for lambda below 0.8.
    "bungay-brenner": 6 pi / K_t on the axis, Bungay and Brenner, Int. J. Multiphase Flow 1, 25
    (1973); it joins the asymptotes of a small and of a close-fitting sphere.

    Parameters
    ----------
    lam : array_like
        In [0, 1); 1 and more give 0.

    >>> float(diffusive(0.5).round(8))
    0.18978881
    """
    ratio = np.asarray(lam, dtype=float)
    if _known(kind) == "bowen":
        factor = 1 - 2.30 * ratio + 1.154 * ratio**2 + 0.224 * ratio**3
        return np.where(ratio < 1, factor, 0.0)
    if kind == "bungay-brenner":
        return np.where(ratio < 1, 6 * np.pi / _resistance(ratio, TRANSLATION), 0.0)
    inside = np.clip(ratio, 1e-12, 1 - 1e-9)
    series = np.polynomial.polynomial.polyval(
        inside, (1, 0, 0.528155, 1.91521, -2.81903, 0.270788, 1.10115, -0.435933)
    )
    polynomial = series + 9 / 8 * inside * np.log(inside) - 1.56034 * inside
    polynomial = polynomial / (1 - inside) ** 2
    contact = 0.984 * ((1 - inside) / inside) ** 2.5
    low, high = BLEND
    t = np.clip((inside - low) / (high - low), 0, 1)
    weight = t**2 * (3 - 2 * t)
    return np.where(ratio < 1, (1 - weight) * polynomial + weight * contact, 0.0)


def convective(lam: npt.ArrayLike, kind: str = "dechadilok-deen") -> Array:
    """Local convective hindrance factor K_c of solutes with radius ``lam`` times the pore radius.

    "dechadilok-deen": W(lambda) / Phi, Ind. Eng. Chem. Res. 45, 6953 (2006), eq. 18.
    "bowen": (2 - Phi)(1 + 0.054 l - 0.988 l^2 + 0.441 l^3), Trans. IChemE A 76, 885 (1998).
    "bungay-brenner": (2 - Phi) K_s / (2 K_t), Deen, AIChE J. 33, 1409 (1987). Phi = (1 - l)^2.

    >>> float(convective(0.5).round(7))
    1.3456313
    """
    ratio = np.clip(np.asarray(lam, dtype=float), 0, 1)
    phi = (1 - ratio) ** 2
    if _known(kind) == "bowen":
        factor: Array = (2 - phi) * (1 + 0.054 * ratio - 0.988 * ratio**2 + 0.441 * ratio**3)
        return factor
    if kind == "bungay-brenner":
        inside = np.minimum(ratio, 1 - 1e-9)
        drag: Array = _resistance(inside, FLOW) / _resistance(inside, TRANSLATION)
        lag: Array = (2 - phi) * drag / 2
        return lag
    above: Array = 1 + 3.867 * ratio - 1.907 * ratio**2 - 0.834 * ratio**3
    below: Array = 1 + 1.867 * ratio - 0.741 * ratio**2
    return above / below


def in_range(lam: npt.ArrayLike, kind: str = "dechadilok-deen") -> Bools:
    """Whether a law holds at these ratios of radii; 1 and more, excluded by size, count as such.

    Bowen's polynomial is evaluated above 0.8 all the same, so that a batch of radii goes through;
    the assumptions of a result say so.
    """
    ratio = np.asarray(lam, dtype=float)
    within: Bools = (ratio <= LARGEST[_known(kind)]) | (ratio >= 1)
    return within


def _resistance(lam: Array, coefficients: tuple[float, ...]) -> Array:
    """K_t or K_s: 9/4 pi^2 sqrt2 (1-l)^-2.5 [1 + sum_1^2 a_n (1-l)^n] + sum_0^4 a_(n+3) l^n."""
    gap = np.clip(1 - lam, 1e-9, None)
    lubrication = np.polynomial.polynomial.polyval(gap, (1, *coefficients[:2]))
    rest = np.polynomial.polynomial.polyval(lam, coefficients[2:])
    return np.asarray(9 / 4 * np.pi**2 * np.sqrt(2) * gap**-2.5 * lubrication + rest)


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"hindrance is {kind!r}, allowed: {', '.join(KINDS)}")
    return kind
