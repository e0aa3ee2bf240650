"""Hindered diffusion and convection of a sphere in a cylindrical pore."""

import numpy as np

BLEND = (0.93, 0.97)
"""Where the polynomial, fitted up to 0.95, passes over into the near-contact law."""

KINDS = ("dechadilok-deen", "bowen")


def diffusive(lam, kind: str = "dechadilok-deen"):
    """Local diffusive hindrance factor K_d of solutes with radius ``lam`` times the pore radius.

    "dechadilok-deen": H(lambda) of Dechadilok and Deen, Ind. Eng. Chem. Res. 45, 6953 (2006),
    eq. 16, over the partition coefficient (1 - lambda)^2; above 0.95 their near-contact law
    0.984 ((1 - lambda) / lambda)^2.5, blended between 0.93 and 0.97 for a continuous slope.
    "bowen": Bowen and Mohammad, Trans. IChemE A 76, 885 (1998), for lambda below 0.8.

    Parameters
    ----------
    lam : array_like
        In [0, 1); 1 and more give 0.

    >>> float(diffusive(0.5).round(8))
    0.18978881
    """
    lam = np.asarray(lam, dtype=float)
    if _known(kind) == "bowen":
        factor = 1 - 2.30 * lam + 1.154 * lam**2 + 0.224 * lam**3
        return np.where(lam < 1, factor, 0.0)
    inside = np.clip(lam, 1e-12, 1 - 1e-9)
    series = np.polynomial.polynomial.polyval(
        inside, (1, 0, 0.528155, 1.91521, -2.81903, 0.270788, 1.10115, -0.435933)
    )
    polynomial = series + 9 / 8 * inside * np.log(inside) - 1.56034 * inside
    polynomial = polynomial / (1 - inside) ** 2
    contact = 0.984 * ((1 - inside) / inside) ** 2.5
    low, high = BLEND
    t = np.clip((inside - low) / (high - low), 0, 1)
    weight = t**2 * (3 - 2 * t)
    return np.where(lam < 1, (1 - weight) * polynomial + weight * contact, 0.0)


def convective(lam, kind: str = "dechadilok-deen"):
    """Local convective hindrance factor K_c of solutes with radius ``lam`` times the pore radius.

    "dechadilok-deen": W(lambda) / Phi, Ind. Eng. Chem. Res. 45, 6953 (2006), eq. 18.
    "bowen": (2 - Phi)(1 + 0.054 l - 0.988 l^2 + 0.441 l^3), Trans. IChemE A 76, 885 (1998).

    >>> float(convective(0.5).round(7))
    1.3456313
    """
    lam = np.clip(np.asarray(lam, dtype=float), 0, 1)
    if _known(kind) == "bowen":
        phi = (1 - lam) ** 2
        return (2 - phi) * (1 + 0.054 * lam - 0.988 * lam**2 + 0.441 * lam**3)
    above = 1 + 3.867 * lam - 1.907 * lam**2 - 0.834 * lam**3
    return above / (1 + 1.867 * lam - 0.741 * lam**2)


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"hindrance is {kind!r}, allowed: {', '.join(KINDS)}")
    return kind
