"""Pore sizes of the polymer in a few frames: the dense region is known after the last one only."""

import numpy as np

from analysis.pores import PoreSizes, pore_size_distribution
from analysis.pores.radii import UFF_SIGMA_ANGSTROM
from analysis.reading.observer import Frame, ObservedSystem
from analysis.reading.profilers import FaceProfiler
from mdtools.constants import ANGSTROM_PER_NM
from mdtools.slab import membrane_dense_region

PORE_NUMBERS = (
    "mean",
    "mode",
    "limiting",
    "limiting_z",
    "largest",
    "void_fraction",
    "occupiable_fraction",
)
"""Numbers of `PoreSizes` that a store keeps of each frame."""
SPACING_ANGSTROM = 0.4
"""Edge of a voxel: the mean diameter of a network of the study's size is then 0.6 % larger than
with 0.2 angstrom, the largest passage across it the same within 0.02, in a quarter of the time."""


class PoreObserver(FaceProfiler):
    """Pore sizes between the polymer's atoms are measured in its dense region, in a few frames.

    Water and ions are left out, as if they had been taken away and nothing had moved. Where an
    element of the polymer has no radius, no frame is chosen.
    """

    def prepare(self, system: ObservedSystem) -> None:
        """Look up the polymer's elements, and choose the frames."""
        super().prepare(system)
        self.elements = system.topology.element.to_numpy(dtype=str)[self.atoms]
        self.box_nm = system.box_nm
        known = np.isin(self.elements, list(UFF_SIGMA_ANGSTROM)).all()
        frames = system.options.pore_frames if known else 0
        self.chosen = set(evenly_spaced(system.full_frames, frames).tolist())
        self.times: list[float] = []
        self.places: list[np.ndarray] = []
        self.boxes: list[np.ndarray] = []

    def frame(self, frame: Frame) -> None:
        """Add the density, and keep the polymer of a chosen frame."""
        super().frame(frame)
        if frame.number in self.chosen:
            self.times.append(frame.time_ps)
            self.boxes.append(self.box_nm if frame.box_nm is None else frame.box_nm)
            xy = frame.positions_nm[self.atoms, :2]
            self.places.append(np.column_stack([xy, frame.z_nm[self.atoms]]))

    def conclude(self) -> dict[str, np.ndarray]:
        """Return the density averaged over all frames, and the pores of the chosen ones."""
        density = super().conclude()
        slab = np.zeros(2)
        if self.places:
            slab = np.array(membrane_dense_region(density["face_edges_nm"], density["face_g_cm3"]))
        boxes = zip(self.places, self.boxes, strict=True)
        sizes = [self.sizes(place, box, slab) for place, box in boxes]
        longest = max((one.diameter for one in sizes), key=len, default=np.zeros(0))
        rows = [np.pad(one.density, (0, len(longest) - len(one.density))) for one in sizes]
        numbers = [[getattr(one, name) for name in PORE_NUMBERS] for one in sizes]
        return density | {
            "pore_time_ps": np.array(self.times),
            "pore_slab_nm": slab,
            "pore_diameter_angstrom": longest,
            "pore_density_per_angstrom": np.reshape(rows, (len(sizes), len(longest))),
            "pore_numbers": np.reshape(numbers, (len(sizes), len(PORE_NUMBERS))),
        }

    def sizes(self, place_nm: np.ndarray, box_nm: np.ndarray, slab_nm: np.ndarray) -> PoreSizes:
        """Return the pore sizes of one frame."""
        low, high = ANGSTROM_PER_NM * slab_nm
        return pore_size_distribution(
            ANGSTROM_PER_NM * place_nm,
            self.elements,
            ANGSTROM_PER_NM * box_nm,
            SPACING_ANGSTROM,
            slab=(low, high),
        )


def evenly_spaced(frames: int, count: int) -> np.ndarray:
    """Return the numbers of the frames in the middle of `count` equal parts of a run.

    >>> evenly_spaced(12, 5).tolist(), evenly_spaced(3, 5).tolist(), evenly_spaced(3, 0).tolist()
    ([1, 3, 6, 8, 10], [0, 1, 2], [])
    """
    return np.unique(((np.arange(count) + 0.5) * frames / max(count, 1)).astype(int))
