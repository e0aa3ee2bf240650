"""Extent of a slab along z: what is in a membrane, its dense region, and faces by mass.

Three extents, each for a purpose of its own:

- `membrane_faces`, of a density profile: what lies between them is *in the membrane*. Water and
  ions are counted by it, in the reports of cells as in every observable.
- `membrane_dense_region`, of the same profile: between the outermost places where the density is
  half of its plateau. It is what the study's density, volume and pores are of, and where
  displacements are taken, since on a rough surface water is almost that of a reservoir.
- `mass_faces`, of the coordinates of one configuration: where a dry slab ends for the water and
  ions that a new cell is filled with.
"""

import numpy as np
from numpy.typing import ArrayLike

FACE_PERCENT = 5.0
"""Faces by mass are the z below and above which this share of it lies: robust for rough slabs,
where the outermost atom is a single chain end."""
FACE_FRACTION = 0.05
"""Share of the largest density that marks a face of the membrane."""
FACE_BIN_NM = 0.04
"""Bins of the density that faces are located in: five of them fill its smoothing window."""
SMOOTHED_NM = 0.2
"""Window of the running mean over the density in which faces are looked for."""
BRIDGED_NM = 0.3
"""Empty gaps narrower than this, less than a carbon atom is wide (0.34 nm), are hollows in the
membrane and not its end; the running mean closes SMOOTHED_NM of them."""
CORE_SMOOTHED_NM = 0.52
"""Window of the running mean in which the dense region is looked for: 13 bins, so centred."""


def mass_faces(z: np.ndarray, mass: np.ndarray) -> tuple[float, float]:
    """Locate the feed and permeate face by mass: 5 % of the mass lies outside of each.

    Parameters
    ----------
    z : (N,) array
    mass : (N,) array

    >>> mass_faces(np.linspace(-1, 1, 201), np.ones(201))
    (-0.9, 0.9)
    """
    order = np.argsort(z, kind="stable")
    share = np.cumsum(mass[order]) / mass.sum()
    low, high = np.searchsorted(share, [FACE_PERCENT / 100, 1 - FACE_PERCENT / 100])
    return float(np.round(z[order[low]], 6)), float(np.round(z[order[high]], 6))


def density_faces(
    centers: ArrayLike, density: ArrayLike, bridge: float, fraction: float = 0.05
) -> tuple[float, float]:
    """Locate the faces of a slab by density: it falls to a fraction of its maximum there.

    The slab is what hangs together around the densest bin: from there outwards to either side,
    bins above the fraction belong to it, and so do those behind a gap narrower than `bridge` (the
    summed width of the bins in a row at or below the fraction). Whatever lies behind a wider gap is
    not the slab, however dense. A face is the crossing of the fraction at the slab's end, linear
    between bin centres.

    Parameters
    ----------
    centers : array_like, shape (b,)
        Ascending and evenly spaced.
    density : array_like, shape (b,)
    bridge : float
        In the unit of centers.
    fraction : float
        Of the maximum.

    Returns
    -------
    feed, permeate : floats in the unit of centers

    Raises
    ------
    ValueError
        No mass at all, or a slab whose density has not fallen to the fraction at an end of the
        range.

    Examples
    --------
    >>> density_faces([-2, -1, 0, 1, 2], [0, 1, 1, 1, 0], bridge=2, fraction=0.5)
    (-1.5, 1.5)
    >>> density_faces(range(9), [0, 2, 0, 2, 0, 0, 1, 1, 0], bridge=2, fraction=0.25)
    (0.25, 3.75)
    """
    z, rho = _finite(centers, "centers"), _finite(density, "density")
    if rho.max(initial=0.0) <= 0:
        raise ValueError("the density is zero everywhere, there is no slab")
    level = fraction * rho.max()
    dense = np.flatnonzero(rho > level)
    width = (z[-1] - z[0]) / max(len(z) - 1, 1)
    # A gap of just the bridged width is no slab, whatever the rounding of the centres.
    apart = np.flatnonzero((np.diff(dense) - 1) * width > bridge * (1 - 1e-9))
    region = next(part for part in np.split(dense, apart + 1) if rho.argmax() in part)
    first, last = region[0], region[-1]
    if first == 0 or last == len(z) - 1:
        raise ValueError("the slab reaches the end of the range, its face cannot be found")

    def crossing(outside: int, inside: int) -> float:
        share = (level - rho[outside]) / (rho[inside] - rho[outside])
        return float(z[outside] + share * (z[inside] - z[outside]))

    return crossing(first - 1, first), crossing(last + 1, last)


def membrane_faces(edges_nm: np.ndarray, density: np.ndarray) -> tuple[float, float]:
    """Locate the feed and permeate face of a membrane: what is between them is in the membrane.

    They are where the running mean of the density falls to a twentieth of its maximum for good. The
    mean lets no single layer of atoms be the maximum, and moves the face of a sharp edge out by
    less than half its window.

    Parameters
    ----------
    edges_nm : (b + 1,) array
        Of even bins of FACE_BIN_NM or about.
    density : (b,) array
        Of the polymer alone, in any unit.

    Returns
    -------
    feed, permeate : floats, nm

    Raises
    ------
    ValueError
        As of `density_faces`.

    Examples
    --------
    >>> edges = 0.04 * np.arange(-100, 101)
    >>> feed, permeate = membrane_faces(edges, np.where(np.abs(edges[:-1] + 0.02) < 1, 0.9, 0.0))
    >>> round(feed, 3), round(permeate, 3)
    (-1.09, 1.09)
    """
    centers, smooth = running_mean(edges_nm, density, SMOOTHED_NM)
    return density_faces(centers, smooth, BRIDGED_NM - SMOOTHED_NM, FACE_FRACTION)


def faces_of_atoms(z_nm: np.ndarray, mass: np.ndarray) -> tuple[float, float]:
    """Locate the `membrane_faces` in one configuration, from z and masses of the polymer's atoms.

    >>> feed, permeate = faces_of_atoms(0.001 * np.arange(-1000, 1001), np.ones(2001))
    >>> round(feed, 2), round(permeate, 2)
    (-1.09, 1.09)
    """
    return membrane_faces(*_histogram(z_nm, mass))


def dense_region_of_atoms(z_nm: np.ndarray, mass: np.ndarray) -> tuple[float, float]:
    """Locate the `membrane_dense_region` in one configuration, as `faces_of_atoms` does faces.

    >>> low, high = dense_region_of_atoms(0.001 * np.arange(-1000, 1001), np.ones(2001))
    >>> round(low, 1), round(high, 1)
    (-1.0, 1.0)
    """
    return membrane_dense_region(*_histogram(z_nm, mass))


def membrane_dense_region(edges_nm: np.ndarray, density: np.ndarray) -> tuple[float, float]:
    """Locate the dense region of a membrane, nm; parameters and errors as of `membrane_faces`.

    Between the faces, the outermost places where the running mean of the density is half of its
    plateau or more, as for the dense region that a network's report gives.
    """
    centers, smooth = running_mean(edges_nm, density, CORE_SMOOTHED_NM)
    feed, permeate = membrane_faces(edges_nm, density)
    inside = between(centers, (feed, permeate))
    return dense_region(centers[inside], smooth[inside])


def _histogram(z_nm: np.ndarray, mass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return edges, and masses in bins that go beyond the outermost atoms by any window."""
    first, last = np.floor(np.array([z_nm.min(), z_nm.max()]) / FACE_BIN_NM)
    room = 2 * round(CORE_SMOOTHED_NM / FACE_BIN_NM)
    edges = FACE_BIN_NM * np.arange(first - room, last + room + 2)
    return edges, np.histogram(z_nm, edges, weights=mass)[0]


def running_mean(
    edges: np.ndarray, density: np.ndarray, window: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return centres of even bins and the running mean over them, empty beyond the ends."""
    count = round(window / (edges[1] - edges[0]))
    smooth = np.convolve(density, np.full(count, 1 / count), mode="same")
    return (edges[1:] + edges[:-1]) / 2, smooth


def between(z: ArrayLike, limits: tuple[float, float]) -> np.ndarray:
    """Return whether z lies between two planes; a place on the lower one does.

    >>> between([-1.0, 0.0, 1.0], (-1.0, 1.0)).tolist()
    [True, True, False]
    """
    place = np.asarray(z)
    return (place >= limits[0]) & (place < limits[1])


def dense_bins(density: np.ndarray, fraction: float = 0.5, quantile: float = 0.75) -> np.ndarray:
    """Select the bins whose density is at least a fraction of the plateau, ascending.

    The plateau is a quantile of the density over the bins that are not empty: unlike the maximum,
    it does not depend on one dense layer. Raises ValueError where there is no mass at all.

    >>> dense_bins(np.array([0.0, 1.0, 4.0, 4.0, 4.0, 1.0]))
    array([2, 3, 4])
    """
    if density.max(initial=0.0) <= 0:
        raise ValueError("the density is zero everywhere, there is no slab")
    plateau = np.quantile(density[density > 0], quantile)
    return np.flatnonzero(density >= fraction * plateau)


def dense_region(
    centers: ArrayLike, density: ArrayLike, fraction: float = 0.5, quantile: float = 0.75
) -> tuple[float, float]:
    """Locate the dense region: between the outermost `dense_bins`, hollows included.

    Parameters
    ----------
    centers : array_like, shape (b,)
        Ascending and evenly spaced.
    density : array_like, shape (b,)
        Smoothed as the caller sees fit.
    fraction, quantile : float

    Returns
    -------
    low, high : floats, outer edges of those bins in the unit of centers

    Raises
    ------
    ValueError
        No mass at all.

    Examples
    --------
    >>> dense_region([0, 1, 2, 3, 4, 5], [0, 1, 4, 4, 4, 1])
    (1.5, 4.5)
    """
    z, rho = _finite(centers, "centers"), _finite(density, "density")
    dense = z[dense_bins(rho, fraction, quantile)]
    half = (z[-1] - z[0]) / max(len(z) - 1, 1) / 2
    return float(dense[0] - half), float(dense[-1] + half)


def _finite(values: ArrayLike, name: str) -> np.ndarray:
    """Convert to float64, if possible a view; raises ValueError naming an entry not finite."""
    array = np.asarray(values, dtype=float)
    bad = ~np.isfinite(array)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{name}{list(where)} is {array[where]}, every entry must be finite")
    return array
