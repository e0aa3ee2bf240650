"""PDB file of a network, with every bond."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mdtools.atomic import write_text
from mdtools.constants import ANGSTROM_PER_NM
from mdtools.exports.parameters import Parameters

SERIALS, RESIDUES = 100_000, 10_000
"""Where the serial and residue numbers of the PDB format start again at zero."""
BONDS_PER_LINE = 4
CHAIN = "M"
NO_BONDS = "REMARK   1 MORE ATOMS THAN SERIAL NUMBERS: BONDS ARE LEFT OUT, SEE THE MMCIF FILE"


def write_pdb(parameters: Parameters, path: Path) -> None:
    """Write atoms, box and CONECT records, also of bonds through the periodic boundary.

    Beyond 99,999 atoms serial numbers start again and no longer tell atoms apart, so there are no
    CONECT records then, which a remark says.
    """
    write_text(path, "\n".join(_lines(parameters)) + "\n")


def _lines(p: Parameters) -> Iterator[str]:
    a, b, c = ANGSTROM_PER_NM * p.box_nm
    told_apart = len(p.names) < SERIALS
    yield f"TITLE     {p.title[:70]}"
    if not told_apart:
        yield NO_BONDS
    yield f"CRYST1{a:9.3f}{b:9.3f}{c:9.3f}{90:7.2f}{90:7.2f}{90:7.2f} P 1           1"
    for row, (name, element) in enumerate(zip(p.names, p.elements, strict=True)):
        residue = p.residue[row]
        x, y, z = ANGSTROM_PER_NM * p.positions[row]
        padded = f" {name:<3s}" if len(name) < 4 and len(element) < 2 else f"{name:<4s}"
        yield (
            f"HETATM{(row + 1) % SERIALS:5d} {padded} {p.residues[residue]:<4s}{CHAIN}"
            f"{(residue + 1) % RESIDUES:4d}    {x:8.3f}{y:8.3f}{z:8.3f}{1:6.2f}{0:6.2f}"
            f"          {element.upper():>2s}"
        )
    if told_apart:
        yield from _conect(p)
    yield "END"


def _conect(p: Parameters) -> Iterator[str]:
    partners: list[list[int]] = [[] for _ in p.names]
    for i, j in p.bonds.atoms.tolist():
        partners[i].append(j + 1)
        partners[j].append(i + 1)
    for serial, mine in enumerate(partners, 1):
        for start in range(0, len(mine), BONDS_PER_LINE):
            numbers = [serial, *sorted(mine)[start : start + BONDS_PER_LINE]]
            yield "CONECT" + "".join(f"{number:5d}" for number in numbers)
