"""Observers of the water inside the membrane and of the room that the membrane leaves it."""

import numpy as np

from analysis.kernels import BONDI_NM, slab_edges, void_layers
from analysis.reading.observer import Frame, Observer, Subject
from analysis.reading.profilers import FACE_BIN_NM, BlockedProfiler
from analysis.reading.rows import Rows
from mdtools.roles import MEMBRANE, WATER_OXYGEN

MARGIN_NM = 0.2
"""Beyond the membrane's outermost atoms of all frames: no face lies farther out, as the density in
which faces are looked for is smoothed over this much."""
MOST_WATER_FRAMES = 2500
"""Water is followed in so many frames at most: more of them would fill the memory."""
PROBE_NM = 0.14
"""Radius of a water molecule, as for solvent-excluded volumes: F. M. Richards, Annu. Rev. Biophys.
Bioeng. 6, 151 (1977)."""


class WaterFollower(Observer):
    """Places of the water molecules that are inside the membrane, in evenly chosen frames."""

    def prepare(self, subject: Subject) -> None:
        """Look up the water oxygens and the membrane."""
        self.oxygens = subject.atoms(WATER_OXYGEN)
        self.membrane = subject.atoms(MEMBRANE)
        self.every = stride(subject.full_frames)
        self.low, self.high = np.inf, -np.inf
        self.times: list[float] = []
        self.counts: list[int] = []
        self.molecules = Rows(np.int32)
        self.places = Rows(np.float32, (3,))

    def frame(self, frame: Frame) -> None:
        """Keep the oxygens; x and y stay as the run wrote them, which is not wrapped."""
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
        """The molecules within the membrane's reach, rows of one frame after those of another."""
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


def stride(frames: int) -> int:
    """Every how many frames water is followed: a power of two, so that trials can be matched.

    >>> stride(100), stride(MOST_WATER_FRAMES + 1), stride(50_000)
    (1, 2, 32)
    """
    every = 1
    while frames > every * MOST_WATER_FRAMES:
        every *= 2
    return every


class VoidProfiler(BlockedProfiler):
    """Share of each layer that the membrane leaves to water, from one frame of each block."""

    def prepare(self, subject: Subject) -> None:
        """Look up the membrane's atoms and their radii."""
        super().prepare(subject)
        self.atoms = subject.atoms(MEMBRANE)
        elements = subject.topology.element.to_numpy()[self.atoms]
        self.radii = bondi_radii(elements)
        self.layers = slab_edges(float(subject.box_nm[2]), FACE_BIN_NM)
        self.box = subject.box_nm[:2]
        self.shares: dict[int, np.ndarray] = {}

    def frame(self, frame: Frame) -> None:
        """Look at the first frame of every block."""
        block = self.block(frame)
        if block not in self.shares:
            points = np.column_stack([frame.positions_nm[self.atoms, :2], frame.z_nm[self.atoms]])
            self.shares[block] = void_share(points, self.radii, self.box, self.layers)

    def conclude(self) -> dict[str, np.ndarray]:
        """Mean over the frames looked at, at most one of each block."""
        return {"void_share": np.mean(list(self.shares.values()), axis=0)}


def bondi_radii(elements) -> np.ndarray:
    """Van der Waals radii (nm) of elements.

    Raises
    ------
    ValueError
        An element without one, by name.
    """
    unknown = sorted(set(elements) - set(BONDI_NM))
    if unknown:
        raise ValueError(
            f"no van der Waals radius of {', '.join(map(repr, unknown))} in the membrane, allowed "
            f"are {', '.join(BONDI_NM)}"
        )
    return np.array([BONDI_NM[element] for element in elements])


def void_share(positions_nm, radii_nm, box_nm, edges_nm) -> np.ndarray:
    """Share of each layer that is not filled, shape (layers,); 1 away from all atoms.

    Only the layers within reach of an atom are put on a grid, whose step is that of the layers.
    """
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
