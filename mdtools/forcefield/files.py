"""Force field files of the package, and how OpenMM loads them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from mdtools.ions import CHARGE_SCALES

DATA = Path(__file__).parent / "data"

ION_FILES: dict[str, str] = {
    "beglov-roux-1994": "ions_beglov_roux_1994.xml",
    "joung-cheatham-li-merz-tip4pew": "ions_joung_cheatham_li_merz_tip4pew.xml",
    "ecc-kohagen-martinek": "ions_ecc_kohagen_martinek.xml",
}
ION_SETS: dict[str, Path] = {name: DATA / file for name, file in ION_FILES.items()}
"""File of each ion set; the first is the default."""

DEFAULT_ION_SET = "beglov-roux-1994"


def xml_paths(ion_set: str = DEFAULT_ION_SET) -> list[Path]:
    """List the files of polyamide, water, ions and graphene, in loading order.

    Raises ValueError for an ion set that does not exist.
    """
    if ion_set not in ION_SETS:
        raise ValueError(f"ion set {ion_set!r} is unknown; allowed: {', '.join(ION_SETS)}")
    names = ("polyamide.xml", "tip4p.xml", "graphene.xml")
    polyamide, water, graphene = (DATA / name for name in names)
    return [polyamide, water, ION_SETS[ion_set], graphene]


@cache
def ions_of(ion_set: str = DEFAULT_ION_SET) -> tuple[str, ...]:
    """List the ions of a set by name; raises as `xml_paths`.

    >>> ions_of()
    ('Li+', 'Na+', 'K+', 'Mg2+', 'Ca2+', 'Cl-')
    """
    assert xml_paths(ion_set)
    residues = ElementTree.parse(ION_SETS[ion_set]).iter("Residue")
    return tuple(residue.attrib["name"] for residue in residues)


def fingerprint(ion_set: str = DEFAULT_ION_SET) -> str:
    """Return the SHA-256 of a force field's files and scale; raises as `xml_paths`."""
    content = hashlib.sha256()
    if ion_set in CHARGE_SCALES:
        content.update(f"{CHARGE_SCALES[ion_set]}".encode())
    for path in xml_paths(ion_set):
        content.update(path.read_bytes())
    return content.hexdigest()
