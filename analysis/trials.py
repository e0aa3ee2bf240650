"""The trials of one layout and salt, side by side."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from analysis.limits import AREA_MAY_CHANGE
from analysis.store import OF_CELLS, Store, StoreError
from mdtools.slab import SMOOTHED_NM, membrane_dense_region, membrane_faces, running_mean

POOLED = "all"
"""What the trial column says of numbers over all trials."""
TOLERANCE_NS = 1e-9


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
        single = {len(store.arrays["time_ps"]) == 1 for store in self.stores}
        if len(single) > 1:
            raise StoreError(
                f"of trials {numbers} some are one structure and others trajectories: analyse them "
                "apart"
            )
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
    def one_frame(self) -> bool:
        """Whether each trial is one structure, of which nothing in time is known."""
        return all(len(store.arrays["time_ps"]) == 1 for store in self.stores)

    def without_ions(self) -> "Trials":
        """Return the trials without any stored atom and in two frames: tables without rows."""
        stores = []
        for store in self.stores:
            arrays = store.arrays | {
                "time_ps": np.arange(2.0),
                "positions_nm": np.empty((2, 0, 3), dtype=np.float32),
                "membrane_z_nm": np.resize(store.arrays["membrane_z_nm"], 2),
                "piston_z_nm": np.resize(store.arrays["piston_z_nm"], (2, 2)),
            }
            arrays = {name: values for name, values in arrays.items() if name not in OF_CELLS}
            stores.append(Store(arrays, store.manifest | {"atoms": []}))
        return Trials(tuple(stores))

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
        """Feed and permeate face, angstrom, means over trials: in the membrane is between them."""
        feed, permeate = np.mean([faces_of(store) for store in self.stores], axis=0)
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


def faces_of(store: Store) -> tuple[float, float]:
    """Return the feed and permeate face of the membrane in one trial, angstrom."""
    feed, permeate = membrane_faces(*fine_density(store))
    return 10 * feed, 10 * permeate


def dense_region_of(store: Store) -> tuple[float, float]:
    """Return the limits of the dense region of one trial, angstrom."""
    low, high = membrane_dense_region(*fine_density(store))
    return 10 * low, 10 * high


def fine_density(store: Store) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges (nm) of bins that no option changes, and the polymer's density in them."""
    return store.arrays["face_edges_nm"], store.arrays["face_g_cm3"]


def smoothed_density(store: Store) -> np.ndarray:
    """Return the running mean of the polymer's density of which faces are a share, g/cm3."""
    return running_mean(*fine_density(store), SMOOTHED_NM)[1]


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
    """Return the longest time between stored frames, 0 for a single one."""
    return float(np.diff(store.arrays["time_ps"]).max(initial=0.0)) / 1000


def filled_blocks(store: Store, name: str) -> np.ndarray:
    """Return the profile in the blocks of time that have frames, blocks first."""
    return store.arrays[name][store.arrays["block_frames"] > 0]


def profile(store: Store, name: str) -> np.ndarray:
    """Return the profile averaged over all full frames of one trial."""
    return np.average(store.arrays[name], axis=0, weights=store.arrays["block_frames"])
