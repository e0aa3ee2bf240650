"""The trials of one layout and salt, side by side."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from analysis.store import Store, StoreError
from mdtools.slab import dense_region, density_faces

POOLED = "all"
"""What the trial column says of numbers over all trials."""
FACE_FRACTION = 0.05
"""Share of the largest density that marks a face of the membrane."""
SMOOTHED_ANGSTROM = 2.0
"""Window of the running mean over the density in which faces are looked for."""
BRIDGED_ANGSTROM = 3.0
"""Empty gaps narrower than this, less than a carbon atom is wide (3.4 angstrom), are hollows in the
membrane and not its end; the running mean closes SMOOTHED_ANGSTROM of them."""
CORE_SMOOTHED_ANGSTROM = 5.2
"""Window of the running mean in which the dense region is looked for: 13 bins, so centred."""
TOLERANCE_NS = 1e-9
AREA_MAY_CHANGE = 0.02
"""Largest change of a lateral length, as a share of it: all profiles are per one area."""


@dataclass(frozen=True)
class Trials:
    """Stores of the same cell in order of their trial number."""

    stores: tuple[Store, ...]

    def __post_init__(self):
        if not self.stores:
            raise StoreError("no store given, an observable needs at least one trial")
        numbers = [store.trial for store in self.stores]
        if len(set(numbers)) < len(numbers) or numbers != sorted(numbers):
            raise StoreError(f"trials {numbers} must be in order, each one once")
        first = self.stores[0]
        for store in self.stores[1:]:
            both = f"trials {first.trial} and {store.trial} differ in"
            if store.manifest["atoms"] != first.manifest["atoms"]:
                raise StoreError(f"{both} their atoms: they are not of one cell")
            if not np.allclose(store.box_nm[:2], first.box_nm[:2], rtol=AREA_MAY_CHANGE):
                raise StoreError(
                    f"{both} their box by more than {100 * AREA_MAY_CHANGE:g} % along x or y: they "
                    "are not of one cell"
                )
            if not np.array_equal(store.arrays["edges_nm"], first.arrays["edges_nm"]):
                raise StoreError(
                    f"{both} bins or the box along z: collect them with the same options, or give "
                    "all of them one box (box_angstrom of a study)"
                )

    @classmethod
    def read(cls, paths: list[Path]) -> "Trials":
        """Read stores in any order."""
        return cls(tuple(sorted((Store.read(path) for path in paths), key=lambda s: s.trial)))

    @property
    def first(self) -> Store:
        """The first trial, for what all of them share."""
        return self.stores[0]

    @property
    def common_ns(self) -> float:
        """Time that every trial has reached: pooled numbers go no further."""
        return min(store.analysed_ns for store in self.stores)

    def snapshot_times(self, requested_ns: tuple[float, ...]) -> list[float]:
        """Return requested times up to the common one, which stands in for those beyond."""
        reached = [t for t in sorted(requested_ns) if t <= self.common_ns + TOLERANCE_NS]
        if len(reached) == len(requested_ns) or self.common_ns - max(reached, default=-1.0) < 1e-6:
            return reached
        return [*reached, self.common_ns]

    def pooled_z(self, role: str, species: str, time_ns: float) -> np.ndarray:
        """Return z at a time, shape (trials, n), angstrom from the membrane's centre of mass."""
        return np.array(
            [
                store.z_angstrom[frame_at(store, time_ns), store.columns(role, species)]
                for store in self.stores
            ]
        )

    @cached_property
    def centers_angstrom(self) -> np.ndarray:
        """Centres of the profile bins."""
        edges = 10 * self.first.arrays["edges_nm"]
        return (edges[1:] + edges[:-1]) / 2

    @cached_property
    def faces(self) -> tuple[float, float]:
        """Feed and permeate face of the membrane, angstrom: the mean of those of the trials."""
        feed, permeate = np.mean([density_faces_of(store) for store in self.stores], axis=0)
        return float(feed), float(permeate)

    @cached_property
    def dense_region(self) -> tuple[float, float]:
        """Limits of the dense region, angstrom: the mean of those of the trials."""
        low, high = np.mean([dense_region_of(store) for store in self.stores], axis=0)
        return float(low), float(high)

    def pistons_at(self, time_ns: float) -> tuple[float, float]:
        """Return the mean z of the feed and permeate piston over trials at a time, angstrom."""
        both = np.array([s.pistons_angstrom[frame_at(s, time_ns)] for s in self.stores])
        feed, permeate = both.mean(axis=0)
        return float(feed), float(permeate)


def density_faces_of(store: Store) -> tuple[float, float]:
    """Return the feed and permeate face of the membrane in one trial, angstrom.

    Where the running mean of the fine density falls to a fraction of its maximum for good. The mean
    lets no single layer of atoms be the maximum, and moves the face of a sharp edge out by less
    than half its window.
    """
    centers, smooth = smoothed(store, SMOOTHED_ANGSTROM)
    return density_faces(centers, smooth, BRIDGED_ANGSTROM - SMOOTHED_ANGSTROM, FACE_FRACTION)


def dense_region_of(store: Store) -> tuple[float, float]:
    """Return the limits of the dense region of one trial, angstrom.

    Between the faces, the outermost places where the running mean of the density is half of its
    plateau or more, as for the dense region that a network's report gives.
    """
    centers, smooth = smoothed(store, CORE_SMOOTHED_ANGSTROM)
    feed, permeate = density_faces_of(store)
    between = (centers > feed) & (centers < permeate)
    return dense_region(centers[between], smooth[between])


def smoothed(store: Store, window_angstrom: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the centres (angstrom) of the fine bins and the running mean of the density."""
    edges = 10 * store.arrays["face_edges_nm"]
    count = round(window_angstrom / (edges[1] - edges[0]))
    smooth = np.convolve(store.arrays["face_g_cm3"], np.full(count, 1 / count), mode="same")
    return (edges[1:] + edges[:-1]) / 2, smooth


def frame_at(store: Store, time_ns: float) -> int:
    """Return the number of the stored frame nearest to a time.

    Raises
    ------
    ValueError
        No frame within half an interval of it.
    """
    times = store.arrays["time_ps"] / 1000
    frame = int(np.abs(times - time_ns).argmin())
    if abs(times[frame] - time_ns) > interval_ns(store) / 2 + TOLERANCE_NS:
        raise ValueError(
            f"trial {store.trial} has no frame at {time_ns:g} ns, it ends at {times[-1]:g} ns"
        )
    return frame


def interval_ns(store: Store) -> float:
    """Return the longest time between stored frames."""
    return float(np.diff(store.arrays["time_ps"]).max()) / 1000


def filled_blocks(store: Store, name: str) -> np.ndarray:
    """Return the profile in the blocks of time that have frames, blocks first."""
    return store.arrays[name][store.arrays["block_frames"] > 0]


def profile(store: Store, name: str) -> np.ndarray:
    """Return the profile averaged over all full frames of one trial."""
    return np.average(store.arrays[name], axis=0, weights=store.arrays["block_frames"])
