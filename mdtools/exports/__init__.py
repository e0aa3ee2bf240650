"""Export of networks to files of other programs: PDB, mmCIF, AMBER, GROMACS, LAMMPS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mdtools.errors import SettingsError
from mdtools.exports.amber import write_amber
from mdtools.exports.gromacs import write_gromacs
from mdtools.exports.lammps import write_lammps
from mdtools.exports.mmcif import write_mmcif
from mdtools.exports.parameters import Parameters, parameters
from mdtools.exports.pdb import write_pdb

WRITERS: dict[str, tuple[Callable, tuple[str, ...]]] = {
    "pdb": (write_pdb, (".pdb",)),
    "mmcif": (write_mmcif, (".cif",)),
    "amber": (write_amber, (".prmtop", ".inpcrd")),
    "gromacs": (write_gromacs, (".top", ".gro")),
    "lammps": (write_lammps, (".data", ".in")),
}
"""Function and endings of the files of each format."""
FORMATS = tuple(WRITERS)

__all__ = ["FORMATS", "Parameters", "export", "parameters"]


def export(network: Parameters, format_name: str, directory: Path, stem: str) -> list[Path]:
    """Write a network in one format; returns the files.

    Raises SettingsError for a format that does not exist.
    """
    if format_name not in WRITERS:
        raise SettingsError(f"format {format_name!r}: allowed are {', '.join(FORMATS)}")
    write, endings = WRITERS[format_name]
    directory.mkdir(parents=True, exist_ok=True)
    paths = [directory / f"{stem}{ending}" for ending in endings]
    write(network, *paths)
    return paths
