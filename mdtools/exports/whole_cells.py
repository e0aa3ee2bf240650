"""Export of cells, with water, ions and pistons, to files that another program runs."""

from __future__ import annotations

from pathlib import Path

from mdtools.bundle import Bundle
from mdtools.errors import SettingsError
from mdtools.exports.cells import cell_content
from mdtools.exports.gromacs_cell import write_gromacs_cell
from mdtools.exports.lammps_cell import write_lammps_cell
from mdtools.options import DriveOptions

WRITERS = {"gromacs": write_gromacs_cell, "lammps": write_lammps_cell}
CELL_FORMATS = tuple(WRITERS)


def export_cell(
    source: Path, format_name: str, directory: Path, stem: str, drive: DriveOptions
) -> list[Path]:
    """Write the cell of a directory in one format; returns the files.

    Parameters
    ----------
    source : Path
        Of a bundle: cell/<layout>/<salt>, or the start of a trial, start/<layout>/<salt>/trial<k>.
    drive : DriveOptions
        On the feed ions, in the input of the run.

    Raises
    ------
    SettingsError, BundleError
        An unknown format, no bundle, or one that is damaged or no cell.
    """
    if format_name not in WRITERS:
        raise SettingsError(f"format {format_name!r}: allowed are {', '.join(CELL_FORMATS)}")
    content = cell_content(Bundle.load(source), stem)
    directory.mkdir(parents=True, exist_ok=True)
    return WRITERS[format_name](content, directory, stem, drive)
