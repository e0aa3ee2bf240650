"""The force field of a set of ions as OpenMM has it, from the files of the package."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openmm.app import ForceField


from mdtools.ions import CHARGE_SCALES

from .files import DEFAULT_ION_SET, xml_paths
from .scaled_groups import scale_groups


@cache
def load(ion_set: str = DEFAULT_ION_SET) -> ForceField:
    """Load the force field of membranes, TIP4P water, ions, graphene; raises as `xml_paths`.

    With ions of scaled charges, charged groups have as much of theirs (`scale_groups`).
    A process reads the files once: every caller gets the same object, which nobody may change.
    """
    from openmm.app import ForceField

    field = ForceField(*(str(path) for path in xml_paths(ion_set)))
    if ion_set in CHARGE_SCALES:
        scale_groups(field, CHARGE_SCALES[ion_set])
    return field
