"""Pore sizes of a set of atoms: the public functions of this package."""

from dataclasses import dataclass

import numpy as np

from analysis.pores.clearance import Clearance, Spheres, clearance_grid
from analysis.pores.grid import Grid
from analysis.pores.openings import Centres, covering_level, raise_to_spheres
from analysis.pores.percolation import bottlenecks, grid_bottlenecks
from analysis.pores.radii import NITROGEN_ANGSTROM, radii_of
from analysis.pores.summits import Summits, crests, maxima, voxel_maxima

BIN_ANGSTROM = 0.25
"""Width of the bins of the distribution; PoreBlazer's default."""
EXHAUSTIVE_VOXELS = 1_000_000
"""Up to this many voxels each is decided by itself, above it some of the void is sampled."""


@dataclass(frozen=True)
class PoreSizes:
    """Distribution of pore diameters and the numbers drawn from it; angstrom.

    Attributes
    ----------
    diameter : (n,) array
        Middles of the bins, which start at 0.
    density : (n,) array
        -dV/dd / V, 1/angstrom: its integral is 1, or 0 where no sphere of the probe's size fits.
    mean : float
        Volume-weighted mean diameter; NaN where no probe fits, like ``mode``.
    mode : float
        Middle of the bin with the largest density.
    limiting : float
        Diameter of the largest probe that travels without end along a periodic axis; 0.0: none.
    limiting_z : float
        Diameter of the largest probe that passes a slab from face to face; NaN without a slab.
    largest : float
        Diameter of the largest sphere that overlaps no atom; 0.0 where there is no void.
    void_fraction : float
        Share of the volume outside all atoms (PoreBlazer's V_G / V).
    occupiable_fraction : float
        Share of the volume that the probe covers where it overlaps no atom (PoreBlazer's FV_PO).
    volume : float
        Volume looked at, angstrom^3.
    """

    diameter: np.ndarray
    density: np.ndarray
    mean: float
    mode: float
    limiting: float
    limiting_z: float
    largest: float
    void_fraction: float
    occupiable_fraction: float
    volume: float


def pore_size_distribution(
    positions,
    elements,
    box,
    spacing: float = 0.2,
    probe: float = NITROGEN_ANGSTROM,
    slab: tuple[float, float] | None = None,
    compatible: str | None = None,
) -> PoreSizes:
    """Return the geometric pore size distribution of atoms taken as hard spheres of UFF's sigma.

    V(d), the volume that void spheres of diameter d and above cover, is the morphological opening
    of the void by a sphere; the distribution is -dV/dd (Gelb and Gubbins, Langmuir 15, 305
    (1999)). It is evaluated at every voxel without random numbers, with centres of spheres found
    between the voxels too.

    Parameters
    ----------
    positions : (atoms, 3) array
        Angstrom, wrapped or not.
    elements : sequence of str
        Element symbol of each atom.
    box : three floats
        Edge lengths of the orthorhombic periodic box, angstrom. With ``slab`` the third one is
        not used and may be 0 or None.
    spacing : float
        Edge of a voxel, angstrom.
    probe : float
        Diameter below which spheres are not counted, angstrom; 0 counts all of the void.
    slab : (low, high), optional
        z limits, angstrom, of the region to look at, such as a membrane's dense core, not
        periodic in z: all atoms count, also those beyond it (keep 5 angstrom or more), but
        centres of spheres and volumes lie inside.
    compatible : {None, "poreblazer"}
        "poreblazer" repeats what PoreBlazer 4 does: spheres are centred at voxels only, and the
        probe is tested against the surface of the atom whose CENTRE is nearest, which lets in
        spheres smaller than the probe.

    Raises
    ------
    ValueError
        An element without a radius, or arguments of a wrong shape or range; the message names
        them.
    """
    if compatible not in (None, "poreblazer"):
        raise ValueError(f"compatible must be None or 'poreblazer', not {compatible!r}")
    if not (np.isfinite(probe) and probe >= 0):
        raise ValueError(f"probe must be 0 angstrom or more, not {probe}")
    grid = Grid.over(box, spacing, slab)
    spheres = Spheres.of(positions, radii_of(elements), grid)
    exact, clearance = Clearance(spheres, grid), clearance_grid(spheres, grid)
    smallest = probe / 2
    small = None
    if compatible:
        peaks, ridges = voxel_maxima(clearance, grid, smallest), Summits.none()
        small = _let_in_by_nearest_centre(clearance, spheres, grid, smallest)
        passages = grid_bottlenecks(clearance, grid)
    else:
        peaks = maxima(clearance, grid, exact, smallest)
        ridges = crests(clearance, grid, exact, smallest)
        passages = bottlenecks(clearance, grid, exact)
    largest = 2 * max(float(clearance.max()), peaks.clearance.max(initial=0.0))
    edges = BIN_ANGSTROM * np.arange(np.floor(largest / BIN_ANGSTROM) + 2)
    levels = np.append(probe, edges[(edges > probe) & (edges <= largest)])
    centres = Centres(grid, clearance, peaks, ridges)
    last = 1 if compatible or clearance.size <= EXHAUSTIVE_VOXELS else 2
    diameter = _covering_diameter(centres, levels, largest, last)
    if small is not None:
        points, radii = grid.centres(np.argwhere(small)), clearance[small]
        order = np.argsort(radii)
        raise_to_spheres(diameter, grid, points[order], radii[order], 2 * radii[order])
        diameter[clearance < 0] = 0
    return _summary(diameter, edges, passages, largest, clearance, grid)


def _covering_diameter(centres: Centres, levels, largest: float, last: int) -> np.ndarray:
    """Return the diameter, to half a bin, of the largest sphere covering each voxel, else 0."""
    level = covering_level(centres, levels / 2, last)
    middles = (levels + np.append(levels[1:], max(largest, levels[-1]))) / 2
    return np.append(middles, 0.0).astype(np.float32)[level]


def _let_in_by_nearest_centre(clearance, spheres: Spheres, grid: Grid, radius: float):
    """Return voxels too close to a surface for a probe, but not to that of the nearest centre."""
    kinds = spheres.kinds()
    distance = np.array([clearance_grid(Spheres(at, np.zeros(len(at))), grid) for _, at in kinds])
    nearest = np.array([size for size, _ in kinds])[distance.argmin(axis=0)]
    return (distance.min(axis=0) - nearest >= radius) & (clearance < radius) & (clearance > 0)


def _summary(diameter, edges, passages, largest: float, clearance, grid: Grid) -> PoreSizes:
    """Return the distribution of the diameters that cover the voxels, and its numbers."""
    middles = (edges[1:] + edges[:-1]) / 2
    found = diameter[diameter > 0]
    count, _ = np.histogram(found, edges)
    return PoreSizes(
        diameter=middles,
        density=count / (max(found.size, 1) * BIN_ANGSTROM),
        mean=float(found.mean(dtype=float)) if found.size else np.nan,
        mode=float(middles[count.argmax()]) if found.size else np.nan,
        limiting=2 * passages[0],
        limiting_z=2 * passages[1],
        largest=largest,
        void_fraction=float((clearance >= 0).mean()),
        occupiable_fraction=found.size / diameter.size,
        volume=float(np.prod(grid.lengths)),
    )
