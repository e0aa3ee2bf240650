"""Ionised sites of NF270 against pH: measured points and fitted titration curves.

Source: C. L. Ritt, J. R. Werber, M. Wang, Z. Yang, Y. Zhao, H. J. Kulik and M. Elimelech,
Ionization behavior of nanoporous polyamide membranes, PNAS 117, 30191 (2020), with the authors'
spreadsheets. COO- was counted by the binding of Ag+, NH2+ by that of Br-, per area of the membrane
and through its whole active layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

PH_RANGE = (2.0, 12.0)
"""pH over which the curves are used; the measurements span 3.5 to 10.5."""

CARBOXYLATE_PLATEAU_PER_NM2 = 4.466
CARBOXYLATE_SHARES = (0.4545, 0.5455)
CARBOXYLATE_PKA = (4.676, 9.417)
"""The first pKa is that of sites at the surface, the second that of sites in the interior."""

AMINE_PKA = 9.383
AMINE_PLATEAU_PER_NM2 = 4.30
"""Mean of the two measurements below pH 7; what the charge study of NF270-like membranes uses."""
AMINE_FIT_PLATEAU_PER_NM2 = 4.40
"""Plateau of the fitted curve."""

AFM_THICKNESS_NM = 13.2
"""Active layer of NF270 by atomic force microscopy, +- 1.1 nm."""

MEASURED = {
    "COO-": (
        (3.5, 0.445, 0.042),
        (5.0, 1.291, 0.004),
        (7.0, 2.030, 0.125),
        (9.0, 1.605, 0.096),
        (10.0, 5.223, 0.430),
        (10.5, 4.466, 0.096),
    ),
    "NH2+": (
        (5.18, 3.881, 0.571),
        (6.6, 4.712, 0.523),
        (8.9, 3.128, 0.544),
        (9.96, 0.519, 0.157),
        (10.5, 1.038, 0.322),
    ),
}
"""pH, sites per nm2 and their standard deviation."""


def ionised(pH, pKa, sign: int) -> np.ndarray:
    """Return the charged share of sites (Henderson-Hasselbalch); sign +1 for a base, -1 an acid.

    >>> float(ionised(7.0, 7.0, -1))
    0.5
    """
    return 1 / (1 + 10.0 ** (sign * (np.asarray(pH, dtype=float) - pKa)))


def amine_density(pH, plateau_per_nm2: float = AMINE_PLATEAU_PER_NM2) -> np.ndarray:
    """Return NH2+ per nm2 of membrane by a curve of one pKa, same shape as ``pH``."""
    return plateau_per_nm2 * ionised(pH, AMINE_PKA, +1)


def carboxylate_densities(pH) -> tuple[np.ndarray, np.ndarray]:
    """Return COO- per nm2 of membrane at the surface (first pKa) and in the interior (second pKa).

    >>> surface, interior = carboxylate_densities(7.0)
    >>> round(float(surface + interior), 3)
    2.03
    """
    surface, interior = (
        CARBOXYLATE_PLATEAU_PER_NM2 * share * ionised(pH, pKa, -1)
        for share, pKa in zip(CARBOXYLATE_SHARES, CARBOXYLATE_PKA, strict=True)
    )
    return surface, interior


def site_densities(
    pH, amine_plateau_per_nm2: float = AMINE_PLATEAU_PER_NM2, thickness_nm: float | None = None
) -> pd.DataFrame:
    """Tabulate the fitted curves at one or more pH.

    Parameters
    ----------
    pH : float or array
    amine_plateau_per_nm2 : float
        ``AMINE_FIT_PLATEAU_PER_NM2`` for the fit as published.
    thickness_nm : float, optional
        Of the active layer; adds the column ``density_per_nm3``.

    Returns
    -------
    DataFrame
        kind (NH2+, COO-), pH, density_per_nm2, surface_per_nm2 (of which at the surface, where the
        first pKa of COO- rules; NaN for NH2+, which has no such split).
    """
    import pandas as pd

    pH = np.atleast_1d(np.asarray(pH, dtype=float))
    surface, interior = carboxylate_densities(pH)
    amine = amine_density(pH, amine_plateau_per_nm2)
    table = pd.DataFrame(
        {
            "kind": ["NH2+"] * len(pH) + ["COO-"] * len(pH),
            "pH": np.tile(pH, 2),
            "density_per_nm2": np.concatenate([amine, surface + interior]),
            "surface_per_nm2": np.concatenate([np.full(len(pH), np.nan), surface]),
        }
    )
    if thickness_nm is not None:
        table["density_per_nm3"] = table["density_per_nm2"] / thickness_nm
    return table


def measured_sites() -> pd.DataFrame:
    """Tabulate the measured points: kind (NH2+, COO-), pH, density_per_nm2, sd_per_nm2."""
    import pandas as pd

    rows = [(kind, *point) for kind, points in MEASURED.items() for point in points]
    return pd.DataFrame(rows, columns=["kind", "pH", "density_per_nm2", "sd_per_nm2"])


def net_zero_pH() -> float:
    """Return the pH at which the two curves, as published, have as many NH2+ as COO-.

    >>> round(net_zero_pH(), 1)
    9.1
    """
    from scipy.optimize import brentq

    def net(pH):
        surface, interior = carboxylate_densities(pH)
        return float(amine_density(pH, AMINE_FIT_PLATEAU_PER_NM2) - surface - interior)

    return float(brentq(net, *PH_RANGE))
