"""Observers of profiles along z: membrane, its elements and charge, its faces, and water."""

import numpy as np

from analysis.kernels import bin_sums, slab_edges
from analysis.kernels.profiles import slab_bins
from analysis.reading.observer import Frame, Observer, Subject
from mdtools.constants import G_CM3_PER_DA_NM3, WATER_DA
from mdtools.roles import MEMBRANE, WATER_OXYGEN

BLOCKS = 5
"""Blocks of time in which every profile is kept: they show whether a trial still changes."""
FACE_BIN_NM = 0.04
"""Bins of the density in which faces are looked for: five of them fill its smoothing window."""
ELEMENTS = ("C", "H", "N", "O")
"""Elements of a hydrolysed PIP-TMC network."""


class BlockedProfiler(Observer):
    """Sums over bins and blocks of time; a subclass says what a frame adds to its block."""

    def prepare(self, subject: Subject) -> None:
        """Set up the bins: they cover a box length on either side of the membrane's centre."""
        width = subject.options.profile_bin_angstrom / 10
        self.edges = slab_edges(float(subject.box_nm[2]), width)
        self.bins = len(self.edges) - 1
        self.bin_nm3 = subject.area_nm2 * width
        self.last_ps = subject.last_ps
        self.frames = np.zeros(BLOCKS, dtype=int)

    def block(self, frame: Frame) -> int:
        """Block that the frame falls in, counted in `frames`; blocks are open below in time."""
        number = int(np.ceil(BLOCKS * frame.time_ps / self.last_ps - 1e-9)) - 1
        number = min(max(number, 0), BLOCKS - 1)
        self.frames[number] += 1
        return number

    def mean(self, sums: np.ndarray) -> np.ndarray:
        """Sums over frames to means per frame and nm3, blocks first; an empty block is 0."""
        counts = np.maximum(self.frames, 1).reshape(-1, *[1] * (sums.ndim - 1))
        return sums / counts / self.bin_nm3


class MembraneProfiler(BlockedProfiler):
    """Mass density, number density of each element and charge density of the membrane."""

    def prepare(self, subject: Subject) -> None:
        """Look up masses, charges and elements of the membrane."""
        super().prepare(subject)
        self.atoms = subject.atoms(MEMBRANE)
        self.masses = subject.masses(self.atoms)
        self.charges = subject.topology.charge.to_numpy(dtype=float)[self.atoms]
        elements = subject.topology.element.to_numpy()[self.atoms]
        # Any other element comes after those that are counted.
        codes = {element: code for code, element in enumerate(ELEMENTS)}
        self.first = self.bins * np.array([codes.get(one, len(ELEMENTS)) for one in elements])
        self.mass = np.zeros((BLOCKS, self.bins))
        self.charge = np.zeros((BLOCKS, self.bins))
        self.number = np.zeros((BLOCKS, len(ELEMENTS), self.bins))

    def frame(self, frame: Frame) -> None:
        """Add the membrane's atoms."""
        block, bins = self.block(frame), slab_bins(frame.z_nm[self.atoms], self.edges)
        self.mass[block] += np.bincount(bins, self.masses, self.bins)
        self.charge[block] += np.bincount(bins, self.charges, self.bins)
        counts = np.bincount(self.first + bins, minlength=(len(ELEMENTS) + 1) * self.bins)
        self.number[block] += counts.reshape(-1, self.bins)[: len(ELEMENTS)]

    def conclude(self) -> dict[str, np.ndarray]:
        """Profiles of the membrane, and the bins and blocks that every profile shares."""
        return {
            "edges_nm": self.edges,
            "block_frames": self.frames,
            "membrane_g_cm3": self.mean(self.mass) * G_CM3_PER_DA_NM3,
            "membrane_charge_e_nm3": self.mean(self.charge),
            "elements_per_nm3": self.mean(self.number),
        }


class FaceProfiler(Observer):
    """Mass density of the membrane in fine bins of its own, in which its faces are looked for."""

    def prepare(self, subject: Subject) -> None:
        """Set up bins that no option changes, so that no option moves a face."""
        self.atoms = subject.atoms(MEMBRANE)
        self.masses = subject.masses(self.atoms)
        self.edges = slab_edges(float(subject.box_nm[2]), FACE_BIN_NM)
        self.bin_nm3 = subject.area_nm2 * FACE_BIN_NM
        self.mass = np.zeros(len(self.edges) - 1)
        self.frames = 0

    def frame(self, frame: Frame) -> None:
        """Add the membrane's atoms."""
        self.frames += 1
        self.mass += bin_sums(frame.z_nm[self.atoms], self.edges, self.masses)

    def conclude(self) -> dict[str, np.ndarray]:
        """Density averaged over all frames."""
        density = self.mass / max(self.frames, 1) / self.bin_nm3 * G_CM3_PER_DA_NM3
        return {"face_edges_nm": self.edges, "face_g_cm3": density}


class WaterProfiler(BlockedProfiler):
    """Density of water from the z of its oxygens."""

    def prepare(self, subject: Subject) -> None:
        """Look up the water oxygens."""
        super().prepare(subject)
        self.atoms = subject.atoms(WATER_OXYGEN)
        self.number = np.zeros((BLOCKS, self.bins))

    def frame(self, frame: Frame) -> None:
        """Add the oxygens."""
        self.number[self.block(frame)] += bin_sums(frame.z_nm[self.atoms], self.edges)

    def conclude(self) -> dict[str, np.ndarray]:
        """Water density."""
        return {"water_g_cm3": self.mean(self.number) * WATER_DA * G_CM3_PER_DA_NM3}
