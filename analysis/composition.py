"""Composition of a membrane along z: tidy tables from plain arrays."""

import numpy as np
import pandas as pd

from analysis.kernels import bin_sums
from mdtools.constants import G_CM3_PER_DA_NM3

BIN_NM = 0.1
XPS_DEPTH_NM = 10.0
"""Depth that X-ray photoelectron spectroscopy sees of a polymer, about."""
ALL = "all"
"""Name of the rows that sum over the elements."""


def density_profile(z_nm, masses_da, elements, area_nm2: float, bin_nm=BIN_NM) -> pd.DataFrame:
    """Return the density along z, of all atoms and of each element.

    Parameters
    ----------
    z_nm, masses_da : (atoms,) arrays
    elements : (atoms,) sequence of str
    area_nm2 : float
        Cross-section of the box.
    bin_nm : float
        Width of the bins, whose edges are whole multiples of it.

    Returns
    -------
    DataFrame
        element ("all" first), z_nm (middle of a bin), g_cm3, per_nm3.

    Raises
    ------
    ValueError
        Arrays of unequal length, none at all, or an area or bin that is not above 0.
    """
    z, masses, elements = _atoms(z_nm, masses_da=masses_da, elements=elements)
    edges = _edges(z.min(), z.max(), bin_nm)
    volume = _positive("area_nm2", area_nm2) * bin_nm
    parts = []
    for name in [ALL, *np.unique(elements)]:
        of = np.full(len(z), True) if name == ALL else elements == name
        mass = bin_sums(z[of], edges, masses[of]) / volume * G_CM3_PER_DA_NM3
        number = bin_sums(z[of], edges) / volume
        middle = (edges[1:] + edges[:-1]) / 2
        part = {"element": name, "z_nm": middle, "g_cm3": mass, "per_nm3": number}
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def group_densities(z_nm, kinds, limits_nm, area_nm2: float) -> pd.DataFrame:
    """Return number and density of groups of each kind in a range of z, as the dense region.

    Parameters
    ----------
    z_nm : (groups,) array
    kinds : (groups,) sequence of str
        Such as "NH2+", "COO-", "amide".
    limits_nm : (low, high)
        Both included.
    area_nm2 : float

    Returns
    -------
    DataFrame
        kind, count, per_nm3, per_nm2; a kind that has none within the limits has a row too.
    """
    z, kinds = _atoms(z_nm, kinds=kinds)
    low, high = limits_nm
    thickness = _positive("high - low of limits_nm", high - low)
    inside = (z >= low) & (z <= high)
    names = np.unique(kinds)
    count = np.array([int((inside & (kinds == name)).sum()) for name in names])
    area = _positive("area_nm2", area_nm2)
    return pd.DataFrame(
        {
            "kind": names,
            "count": count,
            "per_nm3": count / (area * thickness),
            "per_nm2": count / area,
        }
    )


def o_over_n(elements, z_nm=None, feed_face_nm=None, depth_nm: float = XPS_DEPTH_NM) -> float:
    """Return the ratio of O (acyl and hydroxyl) to N atoms, of all or of the layer under the feed.

    Parameters
    ----------
    elements : (atoms,) sequence of str
    z_nm : (atoms,) array, optional
        Only with ``feed_face_nm``: count atoms no deeper than ``depth_nm`` under that face (and
        those that stick out of it), which is what photoelectrons come from.
    feed_face_nm : float, optional
        z of the face; the membrane lies above it.

    Raises
    ------
    ValueError
        No nitrogen where atoms are counted, or one of z_nm and feed_face_nm without the other.
    """
    elements = np.asarray(elements, dtype=str)
    if (z_nm is None) != (feed_face_nm is None):
        raise ValueError("z_nm and feed_face_nm only mean something together")
    if z_nm is not None:
        z, elements = _atoms(z_nm, elements=elements)
        elements = elements[z <= feed_face_nm + depth_nm]
    nitrogens = int((elements == "N").sum())
    if not nitrogens:
        raise ValueError(f"no nitrogen among the {len(elements)} atoms counted, O/N is undefined")
    return int((elements == "O").sum()) / nitrogens


def crosslinking(ratio):
    """Return the degree of crosslinking m = (4 - 2 r) / (1 + r) of PIP-TMC with an O/N ratio r.

    It takes a share m of the TMC as having three amides (3 O, 3 N) and the others two and a COOH
    (4 O, 2 N), with no free amine left, so that r = (4 - m) / (2 + m). A network has free amines
    too: its counts of bonds tell more than this m.

    >>> float(crosslinking(1.0)), float(crosslinking(2.0))
    (1.0, 0.0)
    """
    ratio = np.asarray(ratio, dtype=float)
    if not (ratio >= 0).all():
        raise ValueError(f"O/N is a ratio of counts, 0 or more, not {ratio}")
    return (4 - 2 * ratio) / (1 + ratio)


def _atoms(z_nm, **columns):
    """Return z and further columns as arrays of one length."""
    z = np.asarray(z_nm, dtype=float)
    if z.ndim != 1 or not z.size:
        raise ValueError(f"z_nm must be a row of numbers, at least one, not of shape {z.shape}")
    if not np.isfinite(z).all():
        raise ValueError(f"z_nm of atom {np.flatnonzero(~np.isfinite(z))[0]} is not finite")
    arrays = [np.asarray(column) for column in columns.values()]
    for name, array in zip(columns, arrays, strict=True):
        if array.shape != z.shape:
            raise ValueError(f"{name} has shape {array.shape}, z_nm {z.shape}: one for each")
    return z, *arrays


def _positive(name: str, value: float) -> float:
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be above 0, not {value}")
    return float(value)


def _edges(low: float, high: float, width: float) -> np.ndarray:
    """Return the whole multiples of a width that enclose low and high."""
    first = np.floor(low / _positive("bin_nm", width))
    return np.arange(first, np.floor(high / width) + 2) * width
