"""Topologies of GROMACS with what they include, also from the force fields that come with it."""

import os
import shutil
import tempfile
from pathlib import Path

import MDAnalysis as mda
from MDAnalysis.topology.ITPParser import GmxTopIterator

from analysis.reading.observer import CollectError

PROGRAMS = ("gmx", "gmx_mpi", "gmx_d")
USUAL = (Path("/usr/share/gromacs/top"), Path("/usr/local/gromacs/share/gromacs/top"))
"""Where Debian's packages, and GROMACS' own installation, put the force fields."""


def directories() -> list[Path]:
    """Return where GROMACS looks for what a topology includes, in its order.

    Those of the variable GMXLIB, those of the installed GROMACS, and the usual ones.
    """
    found = [Path(text) for text in os.environ.get("GMXLIB", "").split(os.pathsep) if text]
    if "GMXDATA" in os.environ:
        found.append(Path(os.environ["GMXDATA"]) / "top")
    programs = [Path(path) for path in map(shutil.which, PROGRAMS) if path]
    found += [path.resolve().parents[1] / "share" / "gromacs" / "top" for path in programs]
    return [path for path in dict.fromkeys([*found, *USUAL]) if path.is_dir()]


class WithIncludes(GmxTopIterator):
    """Lines of a topology and of the files that it includes; ``found`` are their paths.

    Raises CollectError for a file that is not there, naming where it was looked for.
    """

    def __init__(self, path: Path):
        super().__init__(str(path.resolve()), "", {})
        self.places, self.found = directories(), list[Path]()

    def find_path(self, path):
        """Return the path of a file by the name under which it is included."""
        for place in self.places or [Path()]:
            self.include_dir = str(place)
            try:
                found = super().find_path(path)
            except OSError:
                continue
            self.found.append(Path(found))
            return found
        looked = ", ".join(map(str, self.places)) or "no directory of an installed GROMACS"
        raise CollectError(
            f"{getattr(self.current_file, 'name', self.current_file)} includes {path}, which is "
            f"neither beside it nor in {looked}: set the variable GMXLIB to the directory that "
            f"holds {Path(path).parts[0]}, or put it beside the topology"
        )


def files_of(path: Path) -> list[Path]:
    """Return a topology and the files that it includes."""
    lines = WithIncludes(path)
    for _ in lines:
        pass
    return list(dict.fromkeys(lines.found))


def open_topology(path: Path) -> mda.Universe:
    """Return the Universe of a topology, its names, charges, masses and bonds, without elements."""
    text = "\n".join(WithIncludes(path))
    with tempfile.TemporaryDirectory() as directory:
        # The reader of MDAnalysis knows one directory of includes, and reads nothing but files.
        whole = Path(directory) / "whole.top"
        whole.write_text(text + "\n", encoding="utf-8")
        universe = mda.Universe(str(whole), topology_format="ITP")
    # Guessed from types, of which c or ca may be carbon: masses tell.
    if hasattr(universe.atoms, "elements"):
        universe.del_TopologyAttr("elements")
    return universe
