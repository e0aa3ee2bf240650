"""Lower bounds for the sites of a network, known before it is built."""

from mdtools.forcefield.states import AMINES, ARMS
from membranes import library
from membranes.building.options import MembraneOptions
from membranes.layouts.sites import SiteNumbers


def guaranteed_sites(membrane: MembraneOptions) -> SiteNumbers:
    """Return the least numbers of sites in a network of this block.

    Of two amines each is taken to keep the same share of its sites.

    The reaction stops at ``highest_nh_conversion``; every amine and acyl chloride that is left can
    carry a charge, the latter once it is hydrolysed. The sites of a ready membrane are counted.

    >>> block = MembraneOptions(
    ...     monomers={"PIP": 332, "TMC": 228}, box_nm=(5.2, 5.2, 5.0), relaxation={"duration_ps": 1}
    ... )
    >>> guaranteed_sites(block).counts
    {'NH2+': 20, 'COO-': 40}
    """
    monomers = membrane.monomers
    amines, acyls = monomers.amine_sites, monomers.acyl_sites
    if membrane.ready is None:
        amides = min(membrane.reaction.most_amides(amines), acyls)
    else:
        amides = library.facts_of(membrane.ready)["amide_bonds"]
    left = {kind: ARMS[kind] * count for kind, count in monomers.packed.items() if kind in AMINES}
    *first, last = left
    for kind in first:
        left[kind] = round(left[kind] * (amines - amides) / amines)
    left[last] = amines - amides - sum(left[kind] for kind in first)
    return SiteNumbers(left, acyls - amides)
