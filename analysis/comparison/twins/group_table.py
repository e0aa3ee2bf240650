"""Fixed charge along z of a table of charged groups, as ``groups.csv`` of a layout."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.comparison.twins.charges import ChargeProfile
from analysis.comparison.twins.smearing import binned
from analysis.continuum.arrays import Array
from mdtools.roles import GROUP_CHARGE_E

if TYPE_CHECKING:
    import pandas as pd


def charge_profile(
    groups: "pd.DataFrame", area_nm2: float, bins_nm: npt.ArrayLike
) -> tuple[Array, Array]:
    """Fixed charge X_d(z) of a table of charged groups; its integral is their net charge.

    Parameters
    ----------
    groups : DataFrame
        With columns kind (NH2+ or COO-) and z_nm, as ``groups.csv`` of a layout.
    area_nm2 : float
    bins_nm : (K + 1,) array, nm
        Rising edges of bins on the z of the table; the lower edge belongs to a bin, and the last
        one's upper edge too.

    Returns
    -------
    z_nm : (K,) array
        Middles of bins.
    X : (K,) array, mol/m3 of the box's volume

    Raises
    ------
    ValueError
        Columns that are missing, a kind that is unknown, groups outside of the bins.

    >>> import pandas as pd
    >>> groups = pd.DataFrame({"kind": ["COO-", "COO-", "NH2+"], "z_nm": [-1.9, -1.8, 0.5]})
    >>> z, X = charge_profile(groups, 27.04, [-2, 0, 2])
    >>> X.round(1).tolist()
    [-61.4, 30.7]
    """
    missing = {"kind", "z_nm"} - set(groups.columns)
    if missing:
        raise ValueError(f"groups have no column {', '.join(sorted(missing))}")
    edges = np.asarray(bins_nm, dtype=float)
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise ValueError(f"bins_nm has shape {edges.shape}, allowed are two or more rising edges")
    z, charges = groups["z_nm"].to_numpy(dtype=float), group_charges(groups["kind"])
    if not np.isfinite(z).all() or (z < edges[0]).any() or (z > edges[-1]).any():
        raise ValueError(
            f"groups lie from {np.min(z):g} to {np.max(z):g} nm, bins go from {edges[0]:g} to "
            f"{edges[-1]:g} nm"
        )
    profile = ChargeProfile(1e-9 * edges, binned(z, charges, edges), 1e-18 * area_nm2)
    return (edges[1:] + edges[:-1]) / 2, profile.density


def group_charges(kinds: Iterable[str]) -> Array:
    """Charges of groups, e; ValueError for a kind that is unknown."""
    names = list(kinds)
    unknown = sorted({str(name) for name in names} - set(GROUP_CHARGE_E))
    if unknown:
        raise ValueError(f"kind is {unknown[0]!r}, allowed: {', '.join(GROUP_CHARGE_E)}")
    return np.array([GROUP_CHARGE_E[name] for name in names], dtype=float)
