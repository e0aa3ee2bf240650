"""Coordinates that another program has written."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import MDAnalysis as mda
import numpy as np

from mdtools.errors import SettingsError

ANGSTROM_PER_NM = 10.0
RIGHT_ANGLE_TOLERANCE = 1e-3
"""Degrees."""


@dataclass(frozen=True)
class Coordinates:
    """The last frame of a file.

    Attributes
    ----------
    positions : (N, 3) array
        nm, as they stand in the file.
    box_nm : (3,) array or None
        Lengths of the rectangular box; None where the file has no box.
    names : (N,) str array or None
        Atom names; None for formats that hold no names.
    """

    positions: np.ndarray
    box_nm: np.ndarray | None
    names: np.ndarray | None


def read_coordinates(path: Path, atoms: int) -> Coordinates:
    """Read the last frame of any file of coordinates that MDAnalysis knows by its ending.

    Parameters
    ----------
    path : Path
        Structure (.gro, .pdb, ...), restart (.rst7, .inpcrd, ...) or trajectory (.xtc, .dcd, ...).
    atoms : int
        How many it must have.

    Raises
    ------
    SettingsError
        For a file that cannot be read, of another number of atoms, with coordinates that are not
        finite, or with a box that is not rectangular.
    """
    if not path.is_file():
        raise SettingsError(f"{path} is no file")
    try:
        with warnings.catch_warnings():
            # Guesses and missing fields of formats that hold coordinates only.
            warnings.simplefilter("ignore")
            universe, names = _opened(path, atoms)
            universe.trajectory[-1]
    except Exception as error:  # noqa: BLE001 - readers raise whatever their format provokes
        reason = " ".join(str(error).split())
        raise SettingsError(f"{path} cannot be read as {atoms} atoms: {reason}") from error
    if len(universe.atoms) != atoms:
        raise SettingsError(f"{path} has {len(universe.atoms)} atoms, needed are {atoms}")
    positions = universe.atoms.positions.astype(float) / ANGSTROM_PER_NM
    if not np.isfinite(positions).all():
        raise SettingsError(f"{path} has coordinates that are not finite")
    return Coordinates(positions, _box(path, universe.dimensions), names)


def _opened(path: Path, atoms: int) -> tuple[mda.Universe, np.ndarray | None]:
    """Universe with the file as its trajectory, and names if the format holds them."""
    try:
        universe = mda.Universe(str(path), in_memory=False, to_guess=())
    except (ValueError, TypeError):
        return mda.Universe.empty(atoms, trajectory=True).load_new(str(path)), None
    names = universe.atoms.names if hasattr(universe.atoms, "names") else None
    return universe, None if names is None else names.astype(str)


def _box(path: Path, dimensions: np.ndarray | None) -> np.ndarray | None:
    if dimensions is None or not np.any(dimensions[:3] > 0):
        return None
    if np.abs(dimensions[3:] - 90).max() > RIGHT_ANGLE_TOLERANCE:
        raise SettingsError(f"{path}: its box is not rectangular")
    return dimensions[:3].astype(float) / ANGSTROM_PER_NM
