"""Observers sum profiles along z: membrane, its elements, charge, faces and xz map, and water."""

import numpy as np

from analysis.kernels import bin_sums, slab_edges, wrap
from analysis.kernels.profiles import slab_bins
from analysis.reading.observer import Frame, ObservedSystem, Observer
from mdtools.constants import G_CM3_PER_DA_NM3, WATER_DA
from mdtools.roles import MEMBRANE, WATER_OXYGEN
from mdtools.slab import FACE_BIN_NM

BLOCKS = 5
"""Blocks of time in which every profile is stored: they show whether a trial still changes."""
MAP_BIN_NM = 0.2
"""Bins of the map of the membrane's density: they show hollows that an ion and its shell fill."""
ELEMENTS = ("C", "H", "N", "O")
"""Elements of a hydrolysed PIP-TMC network."""


class BlockedProfiler(Observer):
    """A profile is summed over bins and blocks of time; subclasses add the frames."""

    def prepare(self, system: ObservedSystem) -> None:
        """Set up the bins: they cover a box length on either side of the membrane's centre."""
        width = system.options.profile_bin_angstrom / 10
        self.edges = slab_edges(float(system.box_nm[2]), width)
        self.bins = len(self.edges) - 1
        self.area_nm2 = system.area_nm2
        self.bin_nm3 = system.area_nm2 * width
        self.last_ps = system.last_ps
        self.frames = np.zeros(BLOCKS, dtype=int)

    def block(self, frame: Frame) -> int:
        """Return the block of time of a frame and count it in `frames`; blocks are open below."""
        share = frame.time_ps / self.last_ps if self.last_ps else 0.0
        number = int(np.ceil(BLOCKS * share - 1e-9)) - 1
        number = min(max(number, 0), BLOCKS - 1)
        self.frames[number] += 1
        return number

    def mean(self, sums: np.ndarray) -> np.ndarray:
        """Return sums over frames as means per frame and nm3, blocks first; an empty block is 0."""
        counts = np.maximum(self.frames, 1).reshape(-1, *[1] * (sums.ndim - 1))
        return sums / counts / self.bin_nm3


class MembraneProfiler(BlockedProfiler):
    """Profiles of the membrane: mass density, number density of each element, charge density."""

    def prepare(self, system: ObservedSystem) -> None:
        """Look up masses, charges and elements of the membrane."""
        super().prepare(system)
        self.atoms = system.atoms(MEMBRANE)
        self.masses = system.masses(self.atoms)
        self.charges = system.topology.charge.to_numpy(dtype=float)[self.atoms]
        elements = system.topology.element.to_numpy()[self.atoms]
        # Any other element comes after those that are counted.
        codes = {element: code for code, element in enumerate(ELEMENTS)}
        self.first = self.bins * np.array([codes.get(one, len(ELEMENTS)) for one in elements])
        self.mass = np.zeros((BLOCKS, self.bins))
        self.charge = np.zeros((BLOCKS, self.bins))
        self.number = np.zeros((BLOCKS, len(ELEMENTS), self.bins))

    def frame(self, frame: Frame) -> None:
        """Add the membrane's atoms."""
        block, bins = self.block(frame), slab_bins(frame.z_nm[self.atoms], self.edges)
        weight = frame.per_area(self.area_nm2)
        self.mass[block] += weight * np.bincount(bins, self.masses, self.bins)
        self.charge[block] += weight * np.bincount(bins, self.charges, self.bins)
        counts = weight * np.bincount(self.first + bins, minlength=(len(ELEMENTS) + 1) * self.bins)
        self.number[block] += counts.reshape(-1, self.bins)[: len(ELEMENTS)]

    def conclude(self) -> dict[str, np.ndarray]:
        """Return the membrane's profiles, with the bins and blocks that every profile shares."""
        return {
            "edges_nm": self.edges,
            "block_frames": self.frames,
            "membrane_g_cm3": self.mean(self.mass) * G_CM3_PER_DA_NM3,
            "membrane_charge_e_nm3": self.mean(self.charge),
            "elements_per_nm3": self.mean(self.number),
        }


class FaceProfiler(Observer):
    """Profile of the membrane's mass density in fine bins, in which its faces are located."""

    def prepare(self, system: ObservedSystem) -> None:
        """Set up bins that do not depend on an option, so that no option shifts a face."""
        self.atoms = system.atoms(MEMBRANE)
        self.masses = system.masses(self.atoms)
        self.edges = slab_edges(float(system.box_nm[2]), FACE_BIN_NM)
        self.area_nm2 = system.area_nm2
        self.bin_nm3 = system.area_nm2 * FACE_BIN_NM
        self.mass = np.zeros(len(self.edges) - 1)
        self.frames = 0

    def frame(self, frame: Frame) -> None:
        """Add the membrane's atoms."""
        self.frames += 1
        sums = bin_sums(frame.z_nm[self.atoms], self.edges, self.masses)
        self.mass += frame.per_area(self.area_nm2) * sums

    def conclude(self) -> dict[str, np.ndarray]:
        """Return the density averaged over all frames."""
        density = self.mass / max(self.frames, 1) / self.bin_nm3 * G_CM3_PER_DA_NM3
        return {"face_edges_nm": self.edges, "face_g_cm3": density}


class MapProfiler(Observer):
    """Map of the membrane's mass density in the xz plane: all of it, whatever its y."""

    def prepare(self, system: ObservedSystem) -> None:
        """Set up whole bins across the box and bins along z as those of the profiles."""
        self.atoms = system.atoms(MEMBRANE)
        self.masses = system.masses(self.atoms)
        self.area_nm2 = system.area_nm2
        self.length, depth, height = system.box_nm
        across = max(round(self.length / MAP_BIN_NM), 1)
        self.x_edges = self.length * (np.arange(across + 1) / across - 0.5)
        self.z_edges = slab_edges(float(height), MAP_BIN_NM)
        self.shape = across, len(self.z_edges) - 1
        self.bin_nm3 = self.length / across * depth * MAP_BIN_NM
        self.mass = np.zeros(self.shape)
        self.frames = 0

    def frame(self, frame: Frame) -> None:
        """Add the membrane's atoms."""
        self.frames += 1
        length = self.length if frame.box_nm is None else float(frame.box_nm[0])
        x = wrap(frame.positions_nm[self.atoms, :1], [length])[:, 0]
        column = np.floor((x / length + 0.5) * self.shape[0]).astype(int)
        # Rounding may put an atom just below the upper edge onto it.
        rows = np.clip(column, 0, self.shape[0] - 1)
        bins = rows * self.shape[1] + slab_bins(frame.z_nm[self.atoms], self.z_edges)
        sums = np.bincount(bins, self.masses, self.mass.size).reshape(self.shape)
        self.mass += frame.per_area(self.area_nm2) * sums

    def conclude(self) -> dict[str, np.ndarray]:
        """Return the map averaged over all frames, and its bins."""
        density = self.mass / max(self.frames, 1) / self.bin_nm3 * G_CM3_PER_DA_NM3
        return {
            "map_x_edges_nm": self.x_edges,
            "map_z_edges_nm": self.z_edges,
            "map_g_cm3": density,
        }


class WaterProfiler(BlockedProfiler):
    """Profile of the water density from the z of its oxygens."""

    def prepare(self, system: ObservedSystem) -> None:
        """Look up the water oxygens."""
        super().prepare(system)
        self.atoms = system.atoms(WATER_OXYGEN)
        self.number = np.zeros((BLOCKS, self.bins))

    def frame(self, frame: Frame) -> None:
        """Add the water oxygens."""
        weight = frame.per_area(self.area_nm2)
        self.number[self.block(frame)] += weight * bin_sums(frame.z_nm[self.atoms], self.edges)

    def conclude(self) -> dict[str, np.ndarray]:
        """Return the water density."""
        return {"water_g_cm3": self.mean(self.number) * WATER_DA * G_CM3_PER_DA_NM3}
