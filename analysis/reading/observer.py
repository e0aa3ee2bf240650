"""Observers look at every frame during the one pass over a trajectory."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from analysis.kernels import Neighbours
from analysis.options import AnalysisOptions
from analysis.reading.errors import CollectError as CollectError
from mdtools.roles import IONS, MEMBRANE, WATER_OXYGEN

SINGLE_PRECISION = 1e-6
"""Relative error that a time stamp may have: XTC stores it as a 32-bit float."""
PARTNERS = ("water O", "membrane O", "membrane N")
"""Kinds of atoms that are searched for neighbours of the ions."""


@dataclass(frozen=True)
class ObservedSystem:
    """The observed system is all that stays constant in a run: atoms, roles, bonds, box, options.

    ``topology`` has a row for each atom with element, charge (e), mass (Da) and, where they are
    known, epsilon_kcal_mol and rmin_half_angstrom; ``roles`` is as of a bundle; ``bonds`` has shape
    (B, 2); ``last_ps`` and ``full_frames`` are the last time and the number of frames of the pass.
    ``ion_atoms`` are the atoms of each ion, in order of `ions`, None where each is one atom.
    """

    topology: pd.DataFrame
    roles: pd.DataFrame
    bonds: np.ndarray
    box_nm: np.ndarray
    last_ps: float
    full_frames: int
    options: AnalysisOptions
    ion_atoms: tuple[np.ndarray, ...] | None = None
    period_z: bool = False

    def atoms(self, *roles: str) -> np.ndarray:
        """Return the indices of the atoms with any of the roles, in order of the roles table."""
        return self.roles.atom[self.roles.role.isin(roles)].to_numpy(dtype=int)

    def masses(self, atoms) -> np.ndarray:
        """Return masses in amu, also of anchored atoms, whose mass is 0 in the simulation."""
        return self.topology.mass.to_numpy(dtype=float)[atoms]

    @cached_property
    def area_nm2(self) -> float:
        """Cross-section of the periodic box, nm2."""
        return float(self.box_nm[0] * self.box_nm[1])

    @cached_property
    def lateral_nm(self) -> np.ndarray:
        """Box for nearest images, shape (3,): z is 0, not periodic unless it is said to be."""
        return np.array([self.box_nm[0], self.box_nm[1], self.box_nm[2] * self.period_z])

    @cached_property
    def half_nm(self) -> float:
        """Half of the shortest periodic length: no neighbour is looked for beyond it."""
        return float(self.lateral_nm[self.lateral_nm > 0].min() / 2)

    @cached_property
    def ions(self) -> pd.DataFrame:
        """Rows of the roles table that are ions, in its order: the order of the stored ions."""
        return self.roles[self.roles.role.isin(IONS)].reset_index(drop=True)

    @cached_property
    def partners(self) -> tuple[np.ndarray, np.ndarray]:
        """Atoms that are searched for neighbours of the ions, and the index in PARTNERS of each."""
        water, membrane = self.atoms(WATER_OXYGEN), self.atoms(MEMBRANE)
        elements = self.topology.element.to_numpy()[membrane]
        groups = [water, membrane[elements == "O"], membrane[elements == "N"]]
        kinds = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        return np.concatenate(groups), kinds


@dataclass(frozen=True)
class Frame:
    """A frame as observers get it; its arrays are read-only, so that no observer can change them.

    ``positions_nm`` has shape (N, 3), ``z_nm`` shape (N,) is relative to the membrane's centre of
    mass, ``number`` counts full frames from 0. ``pairs`` are the neighbours of the ions among
    `ObservedSystem.partners` up to the longest reach of any observer in this frame. Where the box
    changes or is periodic along z, ``box_nm`` is that of the frame, ``cell_nm`` holds the atoms as
    images in it, and ``rounds`` is as of a `FullFrame`.
    """

    time_ps: float
    positions_nm: np.ndarray
    z_nm: np.ndarray
    number: int = 0
    pairs: Neighbours | None = field(default=None, repr=False)
    box_nm: np.ndarray | None = None
    cell_nm: np.ndarray | None = field(default=None, repr=False)
    rounds: np.ndarray | None = field(default=None, repr=False)

    @property
    def images_nm(self) -> np.ndarray:
        """Positions (N, 3) of which nearest images in the box of the frame can be taken."""
        return self.positions_nm if self.cell_nm is None else self.cell_nm

    def per_area(self, area_nm2: float) -> float:
        """Return an area as a share of that of the frame: what a count in it weighs."""
        return 1.0 if self.box_nm is None else area_nm2 / float(self.box_nm[0] * self.box_nm[1])

    def __post_init__(self):
        self.positions_nm.flags.writeable = False
        self.z_nm.flags.writeable = False


class Observer(ABC):
    """An observer of full frames: `prepare` is called first, `frame` for each, `conclude` last.

    A new observer names its arrays with their units in ``units``; the store keeps them beside its
    own, and `Store.arrays` hands them to whatever makes a table of them.
    """

    units: ClassVar[dict[str, str]] = {}

    @abstractmethod
    def prepare(self, system: ObservedSystem) -> None:
        """Look up atoms and set up sums; called once before the first frame."""

    @abstractmethod
    def frame(self, frame: Frame) -> None:
        """Add one frame; frames come in order of time."""

    @abstractmethod
    def conclude(self) -> dict[str, np.ndarray]:
        """Return the arrays for the store by name, with their unit at the end of the name."""

    def reach_nm(self, time_ps: float) -> float:
        """Return the distance up to which the frame needs neighbours of ions; 0 for none."""
        return 0.0


class Schedule:
    """A schedule picks frames at a longer interval than that of the trajectory."""

    def __init__(self, every_ps: float):
        self.every_ps = every_ps
        self.next_ps = -np.inf

    def due(self, time_ps: float) -> bool:
        """Return whether the frame at a time is due; the first one is."""
        return time_ps >= self.next_ps - 1e-3 - SINGLE_PRECISION * abs(time_ps)

    def done(self, time_ps: float) -> None:
        """Note that the frame at a time was used; the next is due one interval later."""
        on_time = self.next_ps + self.every_ps
        late = not on_time > time_ps + self.every_ps / 2
        self.next_ps = time_ps + self.every_ps if late else on_time
