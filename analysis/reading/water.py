"""Observers of the water inside the membrane and of the void between the membrane's atoms."""

import numpy as np

from analysis.kernels import VAN_DER_WAALS_NM, slab_edges, void_layers
from analysis.limits import water_stride
from analysis.reading.growing_array import GrowingArray
from analysis.reading.observer import Frame, ObservedSystem, Observer
from analysis.reading.profilers import BlockedProfiler
from mdtools.roles import MEMBRANE, WATER_OXYGEN
from mdtools.slab import FACE_BIN_NM

MARGIN_NM = 0.2
"""Distance beyond the membrane's outermost atoms of all frames: no face lies farther out, as the
density in which faces are located is smoothed over this much."""
PROBE_NM = 0.14
"""Radius of a water molecule, as for solvent-excluded volumes: F. M. Richards, Annu. Rev. Biophys.
Bioeng. 6, 151 (1977)."""


class WaterPathObserver(Observer):
    """Positions of the water molecules inside the membrane are stored, in evenly chosen frames."""

    def prepare(self, system: ObservedSystem) -> None:
        """Look up the water oxygens and the membrane."""
        self.oxygens = system.atoms(WATER_OXYGEN)
        self.membrane = system.atoms(MEMBRANE)
        self.every = water_stride(system.full_frames)
        self.low, self.high = np.inf, -np.inf
        self.times: list[float] = []
        self.counts: list[int] = []
        self.molecules = GrowingArray(np.int32)
        self.places = GrowingArray(np.float32, (3,))

    def frame(self, frame: Frame) -> None:
        """Append the oxygens; x and y stay unwrapped, as the run wrote them."""
        reach = frame.z_nm[self.membrane]
        self.low, self.high = min(self.low, reach.min()), max(self.high, reach.max())
        if frame.number % self.every:
            return
        z = frame.z_nm[self.oxygens]
        # With room to spare: the membrane's reach is known after the last frame only.
        near = (z >= self.low - 2 * MARGIN_NM) & (z <= self.high + 2 * MARGIN_NM)
        place = frame.positions_nm[self.oxygens[near]].astype(np.float32)
        place[:, 2] = z[near]
        self.times.append(frame.time_ps)
        self.counts.append(len(place))
        self.molecules.add(np.flatnonzero(near))
        self.places.add(place)

    def conclude(self) -> dict[str, np.ndarray]:
        """Return the molecules within the membrane's reach, frame after frame."""
        low, high = self.low - MARGIN_NM, self.high + MARGIN_NM
        places, molecules = self.places.joined(), self.molecules.joined()
        inside = (places[:, 2] >= low) & (places[:, 2] <= high)
        before = np.concatenate([[0], np.cumsum(inside)])[np.cumsum([0, *self.counts])]
        return {
            "water_time_ps": np.array(self.times),
            "water_counts": np.diff(before).astype(np.int32),
            "water_molecule": molecules[inside],
            "water_nm": places[inside],
        }


class VoidProfiler(BlockedProfiler):
    """Void share of each layer along z, from one frame of each block of time."""

    def prepare(self, system: ObservedSystem) -> None:
        """Look up the membrane's atoms and their radii."""
        super().prepare(system)
        self.atoms = system.atoms(MEMBRANE)
        elements = system.topology.element.to_numpy()[self.atoms]
        self.radii = van_der_waals_radii(elements)
        self.layers = slab_edges(float(system.box_nm[2]), FACE_BIN_NM)
        self.box = system.box_nm[:2]
        self.shares: dict[int, np.ndarray] = {}

    def frame(self, frame: Frame) -> None:
        """Compute the void share in the first frame of every block."""
        block = self.block(frame)
        if block not in self.shares:
            points = np.column_stack([frame.positions_nm[self.atoms, :2], frame.z_nm[self.atoms]])
            box = self.box if frame.box_nm is None else frame.box_nm[:2]
            self.shares[block] = void_share(points, self.radii, box, self.layers)

    def conclude(self) -> dict[str, np.ndarray]:
        """Return the mean over the chosen frames, at most one of each block."""
        return {"void_share": np.mean(list(self.shares.values()), axis=0)}


def van_der_waals_radii(elements) -> np.ndarray:
    """Return the van der Waals radii (nm) of elements, NaN of one without."""
    return np.array([VAN_DER_WAALS_NM.get(element, np.nan) for element in elements])


def void_share(positions_nm, radii_nm, box_nm, edges_nm) -> np.ndarray:
    """Return the share of each layer that is void, shape (layers,); 1 away from all atoms.

    NaN in every layer where the radius of an atom is. Only the layers within reach of an atom are
    put on a grid, whose step is that of the layers.
    """
    if np.isnan(radii_nm).any():
        return np.full(len(edges_nm) - 1, np.nan)
    z = np.asarray(positions_nm)[:, 2]
    reach = radii_nm.max() + 2 * PROBE_NM
    width = edges_nm[1] - edges_nm[0]
    first = max(int((z.min() - reach - edges_nm[0]) / width), 0)
    last = min(int(np.ceil((z.max() + reach - edges_nm[0]) / width)), len(edges_nm) - 1)
    share = np.ones(len(edges_nm) - 1)
    share[first:last] = void_layers(
        positions_nm, radii_nm, box_nm, edges_nm[first : last + 1], PROBE_NM, width
    )
    return share
