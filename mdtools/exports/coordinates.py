"""Reading of coordinates that another program has written.

MDAnalysis is imported by what reads: it takes a second, and exports do without.
"""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from openmm import app, unit

from mdtools.constants import ANGSTROM_PER_NM
from mdtools.errors import SettingsError

AMBER_RESTARTS = (".inpcrd", ".rst7", ".restrt", ".ncrst")
STRUCTURES = (".gro", ".pdb")
TRAJECTORIES = (".xtc", ".trr", ".dcd", ".nc")
ENDINGS = STRUCTURES + AMBER_RESTARTS + TRAJECTORIES
RIGHT_ANGLE_TOLERANCE = 1e-3
"""Degrees."""
GRO_LINES_BESIDE_ATOMS = 3
"""Title, number of atoms and box."""


@dataclass(frozen=True)
class Coordinates:
    """The positions, box and atom names of one frame of a file.

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
    """Read a structure, an AMBER restart, or the last frame of a trajectory.

    Parameters
    ----------
    path : Path
        The ending, one of `ENDINGS`, says what it is.
    atoms : int
        How many it must have.

    Raises
    ------
    SettingsError
        For a file that cannot be read, of another number of atoms, of several structures, with
        coordinates that are not finite, or with a box that is not rectangular.
    """
    if not path.is_file():
        raise SettingsError(f"{path} is no file")
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise SettingsError(f"{path}: allowed are files that end in {', '.join(ENDINGS)}")
    read = _restart if ending in AMBER_RESTARTS else _frame
    try:
        coordinates = read(path, atoms)
    except SettingsError:
        raise
    except Exception as error:  # noqa: BLE001 - readers raise whatever their format provokes
        reason = " ".join(str(error).split())
        raise SettingsError(f"{path} cannot be read as {atoms} atoms: {reason}") from error
    if len(coordinates.positions) != atoms:
        raise SettingsError(f"{path} has {len(coordinates.positions)} atoms, needed are {atoms}")
    if not np.isfinite(coordinates.positions).all():
        raise SettingsError(f"{path} has coordinates that are not finite")
    return coordinates


def _restart(path: Path, atoms: int) -> Coordinates:
    from MDAnalysis.lib.mdamath import triclinic_box

    file = app.AmberInpcrdFile(str(path))
    positions = file.getPositions(asNumpy=True).value_in_unit(unit.nanometer)
    if file.boxVectors is None:
        return Coordinates(positions, None, None)
    vectors = np.array(file.boxVectors.value_in_unit(unit.angstrom), dtype=float)
    return Coordinates(positions, _box(path, triclinic_box(*vectors)), None)


def _frame(path: Path, atoms: int) -> Coordinates:
    import MDAnalysis as mda

    if path.suffix.lower() == ".gro":
        _check_single(path, atoms)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        # Guesses and missing fields of formats that hold coordinates only.
        warnings.simplefilter("ignore")
        # Readers leave files with offsets of frames beside a trajectory: beside the link, here.
        link = Path(folder) / path.name
        link.symlink_to(path.resolve())
        if path.suffix.lower() in STRUCTURES:
            universe = mda.Universe(str(link), to_guess=())
            names = universe.atoms.names.astype(str)
        else:
            universe, names = mda.Universe.empty(atoms, trajectory=True), None
            universe.load_new(str(link))
        universe.trajectory[-1]
        positions = universe.atoms.positions.astype(float) / ANGSTROM_PER_NM
        box_nm = _box(path, universe.dimensions)
        universe.trajectory.close()
    return Coordinates(positions, box_nm, names)


def _check_single(path: Path, atoms: int) -> None:
    """Refuse several structures: the reader of .gro files takes the first, whatever follows."""
    with path.open() as file:
        next(file, None)
        stated = next(file, "").strip()
        lines = 2 + sum(bool(line.strip()) for line in file)
    if stated.isdigit() and int(stated) != atoms:
        raise SettingsError(f"{path} has {stated} atoms, needed are {atoms}")
    if lines > atoms + GRO_LINES_BESIDE_ATOMS:
        raise SettingsError(
            f"{path} has more lines than a structure of {atoms} atoms: give one structure, or a "
            f"trajectory ({', '.join(TRAJECTORIES)}), of which the last frame is taken"
        )


def _box(path: Path, dimensions: np.ndarray | None) -> np.ndarray | None:
    if dimensions is None or not np.any(dimensions[:3] > 0):
        return None
    if not np.all(dimensions[:3] > 0):
        raise SettingsError(f"{path}: its box has a length of zero")
    if np.abs(dimensions[3:] - 90).max() > RIGHT_ANGLE_TOLERANCE:
        raise SettingsError(f"{path}: its box is not rectangular")
    return dimensions[:3].astype(float) / ANGSTROM_PER_NM
