"""Force field files of the package, and how OpenMM loads them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openmm.app import ForceField

DATA = Path(__file__).parent / "data"

ION_FILES: dict[str, str] = {
    "beglov-roux-1994": "ions_beglov_roux_1994.xml",
    "joung-cheatham-li-merz-tip4pew": "ions_joung_cheatham_li_merz_tip4pew.xml",
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
def load(ion_set: str = DEFAULT_ION_SET) -> ForceField:
    """Load the force field of membranes, TIP4P water, ions, graphene; raises as `xml_paths`.

    A process reads the files once: every caller gets the same object, which nobody may change.
    """
    from openmm.app import ForceField

    return ForceField(*(str(path) for path in xml_paths(ion_set)))


def fingerprint(ion_set: str = DEFAULT_ION_SET) -> str:
    """Return the SHA-256 of all that `load` loads; raises as `xml_paths`."""
    content = hashlib.sha256()
    for path in xml_paths(ion_set):
        content.update(path.read_bytes())
    return content.hexdigest()
