"""Water inside a membrane: its content, and the paths of its molecules.

From a store of a run, or from any MDAnalysis Universe:

    oxygens, polymer = universe.select_atoms("name OW"), universe.select_atoms("resname PA")
    found = hydration(universe, oxygens, polymer, low_nm=-1.5, high_nm=1.5)
    found.content.weight_percent
    msd(found.paths.positions_nm, found.paths.inside(-1.5, 1.5), "continuous").lateral   # nm2
"""

from dataclasses import dataclass

import numpy as np

from analysis.kernels import slab_edges, unwrap
from analysis.reading.profilers import BLOCKS
from analysis.reading.water import van_der_waals_radii, void_share
from analysis.store import Store
from mdtools.constants import G_CM3_PER_DA_NM3, WATER_DA, WATERS_PER_NM3
from mdtools.slab import FACE_BIN_NM, between

NM_PER_ANGSTROM = 0.1
UNEVEN = 1e-3
"""Largest difference of frame intervals, as a share of them: XTC rounds times to single precision,
which at 100 ns is 0.008 ps."""


@dataclass(frozen=True)
class Content:
    """Water content between two z, arrays of one shape.

    Attributes
    ----------
    molecules : mean number
    per_nm3 : molecules per volume between the two z, polymer included
    volume_percent : share of that volume which they fill at the density of bulk water
    weight_percent : water / (water + polymer), ions left out
    void_g_cm3 : water per volume that the polymer leaves, see `void_share`; NaN if it leaves none
    """

    molecules: np.ndarray
    per_nm3: np.ndarray
    volume_percent: np.ndarray
    weight_percent: np.ndarray
    void_g_cm3: np.ndarray


def content(molecules, polymer_amu: float, volume_nm3: float, void_nm3: float) -> Content:
    """Return the water content from a number of molecules, of any shape.

    Raises
    ------
    ValueError
        A negative number, or a volume that is not positive.

    Examples
    --------
    >>> wet = content(100, polymer_amu=100 * 18.015, volume_nm3=10.0, void_nm3=3.0)
    >>> float(wet.per_nm3), float(wet.weight_percent), round(float(wet.void_g_cm3), 3)
    (10.0, 50.0, 0.997)
    """
    number = np.asarray(molecules, dtype=float)
    if np.any(number < 0) or polymer_amu < 0 or not volume_nm3 > 0:
        raise ValueError(
            f"molecules ({number.min():g}) and polymer_amu ({polymer_amu:g}) must not be negative, "
            f"volume_nm3 ({volume_nm3:g}) must be positive"
        )
    mass = number * WATER_DA
    total = mass + polymer_amu
    share = np.divide(mass, total, out=np.zeros_like(mass), where=total > 0)
    void = mass * G_CM3_PER_DA_NM3 / void_nm3 if void_nm3 > 0 else np.full_like(mass, np.nan)
    per_nm3 = number / volume_nm3
    return Content(number, per_nm3, 100 * per_nm3 / WATERS_PER_NM3, 100 * share, void)


@dataclass(frozen=True)
class WaterPaths:
    """Paths of water oxygens in evenly chosen full frames.

    `time_ps` has shape (F,); `positions_nm` shape (F, N, 3): x, y continuous, z relative to the
    membrane's centre of mass, NaN where a molecule was out of reach and not stored.
    """

    time_ps: np.ndarray
    positions_nm: np.ndarray

    @classmethod
    def of_store(cls, store: Store) -> "WaterPaths":
        """Return the paths of the molecules that came within reach of the membrane in a run."""
        arrays = store.arrays
        molecule = arrays["water_molecule"]
        # What np.unique would give, without sorting millions of numbers.
        present = np.zeros(molecule.max(initial=-1) + 1, dtype=bool)
        present[molecule] = True
        column = (np.cumsum(present) - 1)[molecule]
        frames = np.repeat(np.arange(len(arrays["water_counts"])), arrays["water_counts"])
        shape = len(arrays["water_time_ps"]), int(present.sum()), 3
        positions = np.full(shape, np.nan, dtype=np.float32)
        positions[frames, column] = arrays["water_nm"]
        return cls(arrays["water_time_ps"], positions)

    def inside(self, low_nm: float, high_nm: float) -> np.ndarray:
        """Return whether a molecule is between two z, bool of shape (F, N)."""
        return between(self.positions_nm[..., 2], (low_nm, high_nm))

    def ever(self, low_nm: float, high_nm: float) -> "WaterPaths":
        """Return the paths of the molecules that are between two z in any frame."""
        chosen = self.inside(low_nm, high_nm).any(axis=0)
        return WaterPaths(self.time_ps, self.positions_nm[:, chosen])

    def thinned(self, every: int) -> "WaterPaths":
        """Return the paths in every so many frames."""
        return WaterPaths(self.time_ps[::every], self.positions_nm[::every])

    @property
    def interval_ps(self) -> float:
        """Time between frames, ps, as of `interval_ps_of`."""
        return interval_ps_of(self.time_ps)


def interval_ps_of(time_ps: np.ndarray) -> float:
    """Return the time between frames, ps.

    Raises
    ------
    ValueError
        Fewer than two frames, or frames that are not evenly spaced.
    """
    steps = np.diff(time_ps)
    if len(steps) == 0:
        raise ValueError("one full frame, an interval needs two")
    if np.ptp(steps) > UNEVEN * steps.mean() + 1e-3:
        raise ValueError(
            f"full frames are {steps.min():g} to {steps.max():g} ps apart, a displacement in "
            "time needs evenly spaced ones"
        )
    return float(steps.mean())


def strides(times_ps: list[np.ndarray]) -> list[int]:
    """Return the stride of frames of each trial at which all have the longest interval.

    Water of a short run is stored more often than that of a long one. A trial of fewer than two
    frames has no interval and stays as it is.

    Raises
    ------
    ValueError
        An interval that the longest one is no whole multiple of, or frames that are not even.
    """
    steps = [interval_ps_of(time) if len(time) > 1 else np.nan for time in times_ps]
    ratios = max(filter(np.isfinite, steps), default=np.nan) / np.array(steps)
    whole = np.rint(ratios)
    if np.any(np.abs(ratios - whole) > UNEVEN * ratios):
        each = ", ".join(f"{step:g}" for step in steps)
        raise ValueError(
            f"water was followed every {each} ps in the trials: the longest of these intervals is "
            "no whole multiple of each, so that no frames of all trials are equally far apart; "
            "collect the trials again, of runs with one interval of full frames"
        )
    return [int(one) for one in np.nan_to_num(whole, nan=1.0)]


def integral(edges_nm, values, low_nm: float, high_nm: float) -> float:
    """Return the integral of a binned profile from low to high."""
    below = np.concatenate([[0.0], np.cumsum(values * np.diff(edges_nm))])
    return float(np.interp(high_nm, edges_nm, below) - np.interp(low_nm, edges_nm, below))


@dataclass(frozen=True)
class Hydration:
    """Water content between two z, and the paths of all water."""

    content: Content
    paths: WaterPaths


def hydration(
    universe, oxygens, membrane, low_nm: float, high_nm: float, wrapped: bool = True
) -> Hydration:
    """Return content and paths of the water between two z of any Universe, in one pass.

    Parameters
    ----------
    universe : MDAnalysis.Universe
        With masses and elements of the membrane, and a rectangular box that the membrane does not
        cross in z.
    oxygens, membrane : MDAnalysis.AtomGroup
        One oxygen of each water molecule, and all atoms of the polymer.
    low_nm, high_nm : float
        Relative to the membrane's centre of mass.
    wrapped : bool
        Whether x and y are wrapped into the box; they are then unwrapped, which is refused if
        frames are too far apart (see `kernels.unwrap`). False for paths that are continuous, such
        as those of `Trajectory.universe()`.

    Raises
    ------
    ValueError
        Places in the wrong order, an empty group, no box, or an element without a radius.
    """
    if not low_nm < high_nm:
        raise ValueError(f"low_nm {low_nm:g} must be below high_nm {high_nm:g}")
    for name, group in (("oxygens", oxygens), ("membrane", membrane)):
        if len(group) == 0:
            raise ValueError(f"{name} has no atoms")
    radii = van_der_waals_radii(membrane.elements)
    if np.isnan(radii).any():
        unknown = ", ".join(sorted(set(membrane.elements[np.isnan(radii)])))
        raise ValueError(f"no van der Waals radius of {unknown} in the membrane")
    void_frames = set(np.linspace(0, len(universe.trajectory) - 1, BLOCKS).astype(int))
    layers = slab_edges(max(abs(low_nm), abs(high_nm)), FACE_BIN_NM)
    times, boxes, places, polymer, voids = [], [], [], [], []
    for number, step in enumerate(universe.trajectory):
        if step.dimensions is None:
            raise ValueError(f"frame {number} has no box, volumes need one")
        box = NM_PER_ANGSTROM * np.asarray(step.dimensions[:3], dtype=float)
        points, place = (NM_PER_ANGSTROM * g.positions.astype(float) for g in (membrane, oxygens))
        center = np.average(points[:, 2], weights=membrane.masses)
        points[:, 2] -= center
        place[:, 2] -= center
        polymer.append(membrane.masses[between(points[:, 2], (low_nm, high_nm))].sum())
        if number in void_frames:
            share = void_share(points, radii, box[:2], layers)
            voids.append(box[0] * box[1] * integral(layers, share, low_nm, high_nm))
        times.append(step.time)
        boxes.append(box)
        places.append(place)
    lengths = np.array(boxes)
    positions = unwrap(places, lengths * [1, 1, 0]) if wrapped else np.array(places)
    paths = WaterPaths(np.array(times), positions)
    volume = (lengths[:, 0] * lengths[:, 1]).mean() * (high_nm - low_nm)
    molecules = paths.inside(low_nm, high_nm).sum(axis=1).mean()
    return Hydration(content(molecules, np.mean(polymer), volume, np.mean(voids)), paths)
