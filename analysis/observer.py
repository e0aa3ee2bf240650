"""What an observable does during the one pass over a trajectory."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.options import AnalysisOptions


class CollectError(Exception):
    """A run that cannot be analysed; the message says where and what to do."""


@dataclass(frozen=True)
class Subject:
    """What stays the same during a run: atoms, roles, box, options."""

    topology: pd.DataFrame
    roles: pd.DataFrame
    box_nm: np.ndarray
    last_ps: float
    options: AnalysisOptions

    def atoms(self, role: str) -> np.ndarray:
        """Indices of the atoms with a role, in order of the roles table."""
        return self.roles.atom[self.roles.role == role].to_numpy(dtype=int)

    def masses(self, atoms) -> np.ndarray:
        """Masses of atoms in amu, also of the anchored ones, which the system holds as 0."""
        return self.topology.mass.to_numpy(dtype=float)[atoms]

    @cached_property
    def area_nm2(self) -> float:
        """Cross-section of the periodic box."""
        return float(self.box_nm[0] * self.box_nm[1])


@dataclass(frozen=True)
class Frame:
    """One full frame; its arrays are read-only, so no observer can change what the next one sees.

    positions_nm has shape (N, 3), z_nm shape (N,) is relative to the membrane's centre of mass.
    """

    time_ps: float
    positions_nm: np.ndarray
    z_nm: np.ndarray

    def __post_init__(self):
        self.positions_nm.flags.writeable = False
        self.z_nm.flags.writeable = False


class Observer(ABC):
    """Base of everything that looks at full frames: prepare, then each frame, then conclude."""

    @abstractmethod
    def prepare(self, subject: Subject) -> None:
        """Look up atoms and set up sums, once before the first frame."""

    @abstractmethod
    def frame(self, frame: Frame) -> None:
        """Add one frame; frames come in order of time."""

    @abstractmethod
    def conclude(self) -> dict[str, np.ndarray]:
        """Arrays for the store, by name, with their unit at the end of the name."""
