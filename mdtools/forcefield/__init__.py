"""Force field of polyamide membranes: GAFF with AM1-BCC charges, TIP4P water, ions, graphene."""

from .files import DEFAULT_ION_SET, ION_SETS, ions_of, xml_paths
from .loading import load
from .sheet import (
    CC_BOND_K_KJ_MOL_NM2,
    CC_BOND_LENGTH_NM,
    CCC_ANGLE_K_KJ_MOL_RAD2,
    CCC_ANGLE_RAD,
    CCCC_TORSION_K_KJ_MOL,
    CCCC_TORSION_PERIODICITY,
    CCCC_TORSION_PHASE_RAD,
)
from .states import AMINES, STATES, TRANSFER_CHARGE, canonical, template_name
from .templates import Template, templates

__all__ = [
    "AMINES",
    "CCCC_TORSION_K_KJ_MOL",
    "CCCC_TORSION_PERIODICITY",
    "CCCC_TORSION_PHASE_RAD",
    "CCC_ANGLE_K_KJ_MOL_RAD2",
    "CCC_ANGLE_RAD",
    "CC_BOND_K_KJ_MOL_NM2",
    "CC_BOND_LENGTH_NM",
    "DEFAULT_ION_SET",
    "ION_SETS",
    "STATES",
    "TRANSFER_CHARGE",
    "Template",
    "canonical",
    "ions_of",
    "load",
    "template_name",
    "templates",
    "xml_paths",
]
