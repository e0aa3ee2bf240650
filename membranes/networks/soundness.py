"""Check of a finished network: no bond through a ring, no torn amide, no bond lost."""

from __future__ import annotations

from mdtools.errors import PhysicsError
from membranes.networks.network import Network
from membranes.networks.report import link_lengths_angstrom
from membranes.networks.rings import pierced_rings

LONGEST_AMIDE_ANGSTROM = 1.6
"""GAFF's length at rest is 1.38 A; at 300 K a bond of this stiffness varies by 0.03 A."""


def check_structure(
    network: Network, remedy: str = "lengthen membrane.relaxation or build with another seed"
) -> None:
    """Raise PhysicsError for a pierced ring or an overlong amide, NetworkError for lost bonds."""
    network.check()
    longest = link_lengths_angstrom(network).max(initial=0.0)
    if longest > LONGEST_AMIDE_ANGSTROM:
        raise PhysicsError(
            f"an amide C-N bond is {longest:.2f} A after relaxation, allowed is at most "
            f"{LONGEST_AMIDE_ANGSTROM:g}: {remedy}"
        )
    rings = pierced_rings(network)
    if len(rings):
        raise PhysicsError(
            f"{len(rings)} bonds pass through rings after relaxation, of residues "
            f"{sorted(set(rings[:, 0].tolist()))}: {remedy}"
        )
