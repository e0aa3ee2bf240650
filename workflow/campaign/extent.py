"""How far membrane and reservoirs reach along z, as far as one can tell before cells are made."""

from mdtools.constants import ANGSTROM_PER_NM, WATERS_PER_NM3


def half_membrane_angstrom(membrane, hydration) -> float:
    """Estimate half of the thickness of a membrane in water from its reaction box."""
    stretch = hydration.stretch if hydration.protocol == "swell" else 1.0
    return float(ANGSTROM_PER_NM * membrane.box_nm[2] * stretch / 2)


def reservoir_angstrom(membrane, cell) -> float:
    """Estimate the depth of a reservoir from its water."""
    x, y, _ = membrane.box_nm
    return float(ANGSTROM_PER_NM * cell.waters_per_reservoir / (WATERS_PER_NM3 * x * y))
