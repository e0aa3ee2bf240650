"""Files of a trial are opened as a Universe; what cannot be read is refused in one line."""

import gc
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from traceback import clear_frames
from types import MappingProxyType
from typing import NamedTuple

import MDAnalysis as mda
import numpy as np

from analysis.reading.observer import CollectError
from analysis.universes.formats import QUIET, style_columns, topology_format, trajectory_format
from analysis.universes.gromacs_top import files_of, open_topology
from analysis.universes.study import Study


class LammpsUnits(NamedTuple):
    """Units of a LAMMPS file: of lengths in angstrom, masses in Da, charges in e."""

    angstrom: float
    dalton: float
    charge: float


DA_PER_GRAM, E_PER_COULOMB, COULOMB_PER_STATCOULOMB = (
    6.02214076e23,
    1 / 1.602176634e-19,
    3.33564e-10,
)
BOHR_ANGSTROM = 0.529177210903
LAMMPS_UNITS = MappingProxyType(
    {
        "real": LammpsUnits(1.0, 1.0, 1.0),
        "metal": LammpsUnits(1.0, 1.0, 1.0),
        "si": LammpsUnits(1e10, 1e3 * DA_PER_GRAM, E_PER_COULOMB),
        "cgs": LammpsUnits(1e8, DA_PER_GRAM, COULOMB_PER_STATCOULOMB * E_PER_COULOMB),
        "electron": LammpsUnits(BOHR_ANGSTROM, 1.0, 1.0),
        "micro": LammpsUnits(1e4, 1e-12 * DA_PER_GRAM, 1e-12 * E_PER_COULOMB),
        "nano": LammpsUnits(10.0, 1e-18 * DA_PER_GRAM, 1.0),
    }
)
"""https://docs.lammps.org/units.html; in `lj` nothing has a unit, and nothing can be told."""
OF_LAMMPS = ("DATA", "LAMMPSDUMP")
ENDS = ("", "s", "u", "su")
"""Of the names of columns x, y and z in a LAMMPS dump: scaled, unwrapped, both."""
WRITTEN_BY_LAMMPS = "LAMMPS"
"""In the title of a DCD."""


def open_universe(study: Study, files: Sequence[Path]) -> mda.Universe:
    """Open a topology and the files of a trajectory.

    Raises
    ------
    CollectError
        A file that is not there or that is not of its format, atoms that differ in number.
    """
    for path in (study.topology, *files):
        if not path.is_file():
            raise CollectError(f"{path} does not exist")
        if not path.stat().st_size:
            raise CollectError(f"{path} is empty")
    kind = topology_format(study.topology, study.topology_format)
    kinds = [trajectory_format(path, study.format) for path in files]
    style = (
        {"atom_style": style_columns(study.topology, study.atom_style)} if kind == "DATA" else {}
    )
    with readable(f"{study.topology} is no topology of format {kind}", "topology_format"):
        if kind == "ITP":
            universe = open_topology(study.topology)
        else:
            universe = mda.Universe(str(study.topology), topology_format=kind, **style)
    ours = len(universe.atoms)
    if not ours:
        raise CollectError(f"{study.topology} holds no atoms that are read as format {kind}")
    classes = [QUIET.get(name, name) for name in kinds]
    for path, name, reader in zip(files, kinds, classes, strict=True):
        with readable(f"{path} with {study.topology}: no trajectory of format {name}", "format"):
            theirs = atoms_in(path, reader, ours, style)
        if theirs != ours:
            raise CollectError(
                f"{path} with {study.topology}: the trajectory has {theirs} atoms, the topology "
                f"{ours}: both must be of the same atoms in the same order"
            )
    paths = [str(path) for path in files]
    with readable(f"{', '.join(paths)} cannot be read as {', '.join(kinds)}", "format"):
        if len(files) == 1:
            universe.load_new(paths[0], format=classes[0], **style)
        else:
            universe.load_new(list(zip(paths, classes, strict=True)), **style)
    scale_units(universe, study, kind, kinds)
    return universe


def topology_files(study: Study) -> list[Path]:
    """Return the files that the topology of a study is in."""
    if topology_format(study.topology, study.topology_format) != "ITP":
        return [study.topology]
    return files_of(study.topology)


def atoms_in(path: Path, reader, atoms: int, style: dict) -> int:
    """Return the number of atoms of a trajectory, or that of the topology where it holds none."""
    found = mda.coordinates.core.get_reader_for(str(path), format=reader)
    if found.format == "LAMMPSDUMP":
        return dump_atoms(path)
    if found.format in ("XTC", "TRR", "DCD"):
        return int(found.parse_n_atoms(str(path)))
    with found(str(path), n_atoms=atoms, **style) as opened:
        return int(opened.n_atoms)


def dump_atoms(path: Path) -> int:
    """Return the number of atoms of a LAMMPS dump. Raises CollectError if it has no positions."""
    atoms, columns = dump_head(path)
    if not any({f"{axis}{end}" for axis in "xyz"} <= set(columns) for end in ENDS):
        raise CollectError(
            f"{path} is a dump of {' '.join(columns) or 'no columns'}, without positions: allowed "
            "are x y z, xs ys zs, xu yu zu or xsu ysu zsu"
        )
    return atoms


def dump_head(path: Path) -> tuple[int, list[str]]:
    """Return the number of atoms of the first frame of a LAMMPS dump, and its columns."""
    from MDAnalysis.lib.util import openany

    atoms = 0
    with openany(str(path)) as lines:
        for line in lines:
            if line.startswith("ITEM: NUMBER OF ATOMS"):
                atoms = int(next(lines))
            elif line.startswith("ITEM: ATOMS"):
                return atoms, line.split()[2:]
    raise ValueError("no ITEM: ATOMS")


def order_notes(universe: mda.Universe) -> list[str]:
    """Return a note for LAMMPS dumps that do not say which atom is which."""
    without = [
        Path(str(reader.filename)).name
        for reader in readers_of(universe)
        if "LAMMPSDUMP" in np.atleast_1d(reader.format)
        and "id" not in dump_head(Path(str(reader.filename)))[1]
    ]
    if not without:
        return []
    return [
        f"{', '.join(without)} has no ids of atoms: they are taken in the order in which they are "
        "written, which LAMMPS changes from frame to frame unless dump_modify sort id is given"
    ]


@contextmanager
def readable(what: str, key: str) -> Iterator[None]:
    """Turn whatever a reader raises into one line, and keep what it leaves behind quiet."""
    failed, lacking, hook = "", False, sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                yield
            except CollectError:
                raise
            except Exception as error:
                failed, lacking = type(error).__name__, isinstance(error, ImportError)
                forget(error)
        if failed:
            # Half of a reader may be left, and would complain when it goes.
            gc.collect()
    finally:
        sys.unraisablehook = hook
    if failed and lacking:
        raise CollectError(
            f"{what}: reading it needs a package that is not installed here: convert the file"
        )
    if failed:
        raise CollectError(
            f"{what}: the file is damaged or ends early ({failed}); if it is of another format, "
            f"give {key} in the study"
        )


def forget(error: BaseException | None) -> None:
    """Let go of the frames that an exception and those before it hold, and of what is in them."""
    while error is not None:
        clear_frames(error.__traceback__)
        error.__traceback__, error = None, error.__context__


def scale_units(universe: mda.Universe, study: Study, kind: str, kinds: Sequence[str]) -> None:
    """Convert a topology and frames of LAMMPS from its units to angstrom, Da and e."""
    units = LAMMPS_UNITS[study.lammps_units]
    if kind == "DATA" and units.dalton != 1 and hasattr(universe.atoms, "masses"):
        universe.atoms.masses = universe.atoms.masses * units.dalton
    if kind == "DATA" and units.charge != 1 and hasattr(universe.atoms, "charges"):
        universe.atoms.charges = universe.atoms.charges * units.charge
    if units.angstrom == 1:
        return
    of_lammps = [
        name in OF_LAMMPS or WRITTEN_BY_LAMMPS in remarks_of(reader)
        for name, reader in zip(kinds, readers_of(universe), strict=True)
    ]
    if any(of_lammps) and not all(of_lammps):
        raise CollectError("lammps_units: files of LAMMPS and of others are mixed in one trial")
    if all(of_lammps):
        universe.trajectory.add_transformations(Scaled(units.angstrom))


class Scaled:
    """Transformation of frames: lengths by a factor."""

    def __init__(self, factor: float):
        self.factor = factor

    def __call__(self, step):
        """Scale positions and box of a frame."""
        step.positions = step.positions * np.float32(self.factor)
        if step.dimensions is not None:
            step.dimensions = step.dimensions * [*[self.factor] * 3, 1, 1, 1]
        return step


def readers_of(universe: mda.Universe) -> list:
    """Return the reader of each file of a trajectory, in order."""
    return list(getattr(universe.trajectory, "readers", [universe.trajectory]))


def remarks_of(reader) -> str:
    """Return the title of a DCD, empty for others."""
    header = getattr(getattr(reader, "_file", None), "header", None)
    return str(header.get("remarks", "")) if isinstance(header, dict) else ""
