"""PSF topologies and PDB coordinates that MDAnalysis, VMD and NAMD read."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from mdtools.constants import ANGSTROM_PER_NM

HEADER = "PSF EXT XPLOR NAMD"
"""NAMD in the flags: fields are found by the spaces between them, which the wide columns of EXT
satisfy as well; without it MDAnalysis cuts masses to four characters."""
VIRTUAL_SITE = "M"
"""Atom type of a particle without an element."""
NO_ROWS = ("NTHETA: angles", "NPHI: dihedrals", "NIMPHI: impropers", "NDON", "NACC", "NNB")
PAIRS_PER_LINE = 4
CHAINS = {"MEM": "M", "WAT": "W", "ION": "I", "GRF": "G"}
SERIALS, RESIDUES = 100_000, 10_000
"""Where the serial and residue numbers of the PDB format start again at zero."""


def write_psf(path: Path, atoms: pd.DataFrame, bonds: np.ndarray, remark: str) -> None:
    """Write an extended PSF file of every particle.

    Parameters
    ----------
    atoms : DataFrame, N rows
        ``name``, ``element`` (empty for a virtual site), ``residue``, ``resid``, ``segment``,
        ``charge`` (e), ``mass`` (Da).
    bonds : (B, 2) int array
        Rows of ``atoms``.
    """
    rows = zip(*(atoms[column] for column in _COLUMNS), strict=True)
    lines = [HEADER, "", f"{1:10d} !NTITLE", f" REMARKS {remark}", "", f"{len(atoms):10d} !NATOM"]
    lines += [
        f"{serial:10d} {segment:<8s} {resid:<8d} {residue:<8s} {name:<8s} "
        f"{element or VIRTUAL_SITE:<6s} {charge:14.9f}{mass:14.6f}{0:8d}"
        for serial, (segment, resid, residue, name, element, charge, mass) in enumerate(rows, 1)
    ]
    lines += ["", f"{len(bonds):10d} !NBOND: bonds"]
    for start in range(0, len(bonds), PAIRS_PER_LINE):
        pairs = np.asarray(bonds[start : start + PAIRS_PER_LINE]).ravel() + 1
        lines.append("".join(f"{serial:10d}" for serial in pairs))
    for section in NO_ROWS:
        lines += ["", f"{0:10d} !{section}"]
    path.write_text("\n".join(lines) + "\n\n", encoding="ascii")


_COLUMNS = ["segment", "resid", "residue", "name", "element", "charge", "mass"]


def read_psf(path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Read atoms and bonds of a PSF file that `write_psf` wrote.

    Raises
    ------
    ValueError
        If the file is not such a PSF.
    """
    with open(path, encoding="ascii") as file:
        if file.readline().strip() != HEADER:
            raise ValueError(f"{path} does not begin with {HEADER!r}")
        rows = [line.split() for line in islice(file, _section(file, "!NATOM"))]
        numbers = 2 * _section(file, "!NBOND:")
        lines = islice(file, -(-numbers // (2 * PAIRS_PER_LINE)))
        bonds = np.array(" ".join(lines).split(), dtype=int).reshape(-1, 2) - 1
    atoms = pd.DataFrame(
        [row[1:8] for row in rows],
        columns=["segment", "resid", "residue", "name", "element", "charge", "mass"],
    ).astype({"resid": int, "charge": float, "mass": float})
    atoms["element"] = atoms["element"].where(atoms["element"] != VIRTUAL_SITE, "")
    return atoms, bonds


def _section(lines: Iterator[str], name: str) -> int:
    for line in lines:
        words = line.split()
        if len(words) > 1 and words[1] == name:
            return int(words[0])
    raise ValueError(f"the PSF has no section {name}")


def write_pdb(path: Path, atoms: pd.DataFrame, positions: np.ndarray, box_nm: np.ndarray) -> None:
    """Write a PDB file of every particle, with its box.

    Parameters
    ----------
    atoms : DataFrame, N rows
        As for `write_psf`.
    positions : (N, 3) array
        nm.
    box_nm : (3,) array
    """
    a, b, c = ANGSTROM_PER_NM * np.asarray(box_nm)
    lines = [f"CRYST1{a:9.3f}{b:9.3f}{c:9.3f}{90:7.2f}{90:7.2f}{90:7.2f} P 1           1"]
    columns = (atoms[name] for name in ("name", "element", "residue", "resid", "segment"))
    for row, (name, element, residue, resid, segment) in enumerate(zip(*columns, strict=True)):
        x, y, z = ANGSTROM_PER_NM * positions[row]
        padded = f" {name:<3s}" if len(name) < 4 and len(element) < 2 else f"{name:<4s}"
        lines.append(
            f"ATOM  {(row + 1) % SERIALS:5d} {padded} {residue[:4]:<4s}"
            f"{CHAINS.get(segment, segment[0])}{resid % RESIDUES:4d}    "
            f"{x:8.3f}{y:8.3f}{z:8.3f}{1:6.2f}{0:6.2f}      {segment:<4s}{element.upper():>2s}"
        )
    path.write_text("\n".join([*lines, "END", ""]), encoding="ascii")
