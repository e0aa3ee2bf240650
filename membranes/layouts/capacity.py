"""Lower bounds for the sites of a network, known before it is built."""

from membranes import library
from membranes.building.options import MembraneOptions


def guaranteed_sites(membrane: MembraneOptions) -> dict[str, int]:
    """Return the least number of sites for each kind of charged group in a network of this block.

    The reaction stops at ``highest_nh_conversion``; every amine and acyl chloride that is left can
    carry a charge, the latter once it is hydrolysed. The sites of a ready membrane are counted.

    >>> block = MembraneOptions(
    ...     monomers={"PIP": 332, "TMC": 228}, box_nm=(5.2, 5.2, 5.0), relaxation={"duration_ps": 1}
    ... )
    >>> guaranteed_sites(block)
    {'NH2+': 20, 'COO-': 40}
    """
    amines, acyls = 2 * membrane.monomers.PIP, 3 * membrane.monomers.TMC
    if membrane.ready is None:
        amides = min(membrane.reaction.most_amides(amines), acyls)
    else:
        amides = library.facts_of(membrane.ready)["amide_bonds"]
    return {"NH2+": amines - amides, "COO-": acyls - amides}
