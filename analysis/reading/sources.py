"""Frames come from a run of this package, or from the trajectory of any other program."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from analysis.reading.observer import CollectError
from analysis.store import OF_ANCHORS
from mdtools.constants import KJ_PER_KCAL
from mdtools.roles import IONS
from mdtools.trajectory import FastStream, Trajectory

RMIN_HALF_PER_SIGMA = 2 ** (1 / 6) / 2


class FullFrame(NamedTuple):
    """A full frame holds the positions (N, 3) in nm of all atoms, as they were read.

    Where the box changes or is periodic along z, it also holds the lengths (3,) of the box, the
    positions as images in it, before paths were unwrapped, and, along a periodic z, how often each
    tracked atom has come round the end of the box.
    """

    time_ps: float
    positions_nm: np.ndarray
    box_nm: np.ndarray | None = None
    cell_nm: np.ndarray | None = None
    rounds: np.ndarray | None = None


class FrameSource(Protocol):
    """A frame source gives the atoms, the box and the frames of one trajectory.

    Attributes
    ----------
    topology, roles, bonds : as of `analysis.reading.observer.ObservedSystem`
    box_nm : array, shape (3,)
    last_ps, target_ps : float
        Time of the last frame, and that the run was meant to reach.
    complete : bool
    full_frames : int
        Number of frames that `frames` yields.
    fast : FastStream or None
        Ions, groups, membrane and pistons at short intervals, if they were written apart; else
        they are taken from the full frames.
    start_nm : array, shape (N, 3), or None
        Positions at t = 0 where the streams begin after it.
    ion_atoms : tuple of int arrays, or None, optional
        Atoms of each ion, in order of the roles table; None where each is one atom.
    period_z : bool, optional
        Whether the box is periodic along z.
    notes : list of str, optional
        For the reader of the results.
    anchors : dict of arrays, optional
        Those of `analysis.store.OF_ANCHORS`.
    ramp_ps : float, optional
        Time at which the drive is there in full.
    """

    topology: pd.DataFrame
    roles: pd.DataFrame
    bonds: np.ndarray
    box_nm: np.ndarray
    last_ps: float
    target_ps: float
    complete: bool
    full_frames: int
    fast: FastStream | None
    start_nm: np.ndarray | None

    def frames(self) -> Iterator[FullFrame]:
        """Yield the full frames in order."""

    def inputs(self) -> dict[str, str]:
        """Return the SHA-256 of each input by name."""


class RunSource:
    """A run of this package is read as a `FrameSource`."""

    fast: FastStream | None
    start_nm: np.ndarray | None

    def __init__(self, trajectory: Trajectory):
        self.trajectory = trajectory
        bundle = trajectory.bundle
        self.fast = fast = trajectory.fast()
        if len(fast.time_ps) == 0:
            raise CollectError("the run has no frames yet: publish at least one segment first")
        sigma, epsilon = bundle.lennard_jones
        self.topology = bundle.topology.assign(
            epsilon_kcal_mol=epsilon * (1 / KJ_PER_KCAL),
            rmin_half_angstrom=10 * sigma * RMIN_HALF_PER_SIGMA,
        )
        self.roles, self.bonds = bundle.roles, bundle.bonds
        self.ion_atoms = atoms_of_ions(self.roles, self.bonds)
        self.box_nm = np.asarray(bundle.box_nm, dtype=float)
        self.start_nm = bundle.positions
        self.last_ps = float(fast.time_ps[-1])
        self.target_ps = float(trajectory.run["target_ps"])
        self.complete = bool(trajectory.complete)
        self.full_frames = trajectory.full_count
        self.anchors = anchors_force(trajectory)
        self.ramp_ps = float(trajectory.run.get("ramp_ps", 0.0))

    @classmethod
    def open(cls, run_dir: Path) -> "RunSource":
        """Open the run in a directory, after its files were verified against its manifests.

        Raises
        ------
        CollectError
            Files that are missing or not what was written.
        """
        try:
            trajectory = Trajectory.open(run_dir)
            trajectory.verify()
            return cls(trajectory)
        except (FileNotFoundError, ValueError) as error:
            raise CollectError(str(error)) from error

    def frames(self) -> Iterator[FullFrame]:
        """Yield the full frames of all published segments.

        Raises CollectError for a frame of another number of atoms.
        """
        try:
            yield from (FullFrame(*frame) for frame in self.trajectory.full_frames())
        except ValueError as error:
            raise CollectError(str(error)) from error

    def inputs(self) -> dict[str, str]:
        """Return the hash of each segment's manifest, which itself holds those of the files."""
        return self.trajectory.manifest_hashes()


def atoms_of_ions(roles: pd.DataFrame, bonds: np.ndarray) -> tuple[np.ndarray, ...] | None:
    """Return each ion's atom and those bonded to it, in order of the roles; None without bonds."""
    central = roles.atom[roles.role.isin(IONS)].to_numpy(dtype=int)
    both = np.vstack([bonds, bonds[:, ::-1]]).astype(int)
    both = both[np.isin(both[:, 0], central)]
    atoms = tuple(np.array([atom, *np.sort(both[both[:, 0] == atom, 1])]) for atom in central)
    return atoms if len(both) else None


def anchors_force(trajectory: Trajectory) -> dict[str, np.ndarray]:
    """Return the arrays of what the anchors of a run carry; none where that was not recorded."""
    table = trajectory.thermo().dropna(subset="anchors_force_z_kJ_mol_nm")
    if not len(table):
        return {}
    columns = table["time_ps"], table["anchors_force_z_kJ_mol_nm"]
    return dict(zip(OF_ANCHORS, (column.to_numpy(dtype=float) for column in columns), strict=True))


def trial_of(directory: Path) -> int:
    """Return the trial number of a run's directory trial<k>; other names raise CollectError."""
    match = re.fullmatch(r"trial(\d+)", Path(directory).name)
    if not match:
        raise CollectError(f"{directory} is not a run: its name must be trial<number>")
    return int(match.group(1))
