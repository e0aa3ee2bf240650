"""Checks of what is packed, before it is: density and distances of molecules."""

from collections.abc import Iterable, Iterator, Sequence

from mdtools.constants import G_CM3_PER_DA_NM3
from membranes.networks.monomers import molar_mass
from workflow.campaign.faults import Fault, Location

DENSITY_G_CM3 = (0.5, 1.4)
"""Densities at which monomers can be packed and still meet; the paper packs at 1.09 g/cm3, solid
TMC has 1.49 and piperazine 1.1 g/cm3."""
LOOSEST_PACKING_ANGSTROM = 3.0
"""Van der Waals contact of H and Cl (1.2 and 1.75 angstrom, Bondi 1964), the widest that the outer
atoms of the monomers have; molecules further apart fill no liquid."""


def density_g_cm3(monomers: Iterable[tuple[str, int]], box_nm: Sequence[float]) -> float:
    """Return the density of monomers packed into a box, g/cm3."""
    mass = sum(molar_mass(kind) * n for kind, n in monomers)
    return G_CM3_PER_DA_NM3 * mass / (box_nm[0] * box_nm[1] * box_nm[2])


def density_of_a_liquid(
    monomers: Iterable[tuple[str, int]], box_nm: Sequence[float], location: Location
) -> Iterator[Fault]:
    """Yield a fault for monomers that do not fill their box like a liquid."""
    density = density_g_cm3(monomers, box_nm)
    low, high = DENSITY_G_CM3
    if not low <= density <= high:
        doubt = " (are the lengths in angstrom?)" if density < low / 100 else ""
        yield Fault(
            location,
            f"packs the monomers at {density:.2g} g/cm3, allowed is {low:g} to {high:g}{doubt}",
        )


def molecules_may_touch(tolerance_angstrom: float, location: Location) -> Iterator[Fault]:
    """Yield a fault for a packing tolerance wider than molecules in a liquid are apart."""
    if tolerance_angstrom > LOOSEST_PACKING_ANGSTROM:
        yield Fault(
            location,
            f"allowed is at most {LOOSEST_PACKING_ANGSTROM:g} angstrom, the contact of H and Cl",
        )
