"""Residue names of at most four characters that encode kind and arm states."""

from __future__ import annotations

from membranes.networks.network import Network

LETTERS = {"NH": "N", "NH2+": "P", "COCl": "L", "COOH": "H", "COO-": "M", "amide": "A"}
"""Letter of each arm state: N neutral amine, P protonated, L acyl chloride, H acid, M minus."""
KIND_LETTERS = {"MPD": "D"}
"""Letters of kinds whose first letter is that of another one."""


def residue_label(kind: str, arms: tuple[str, ...]) -> str:
    """Return the letter of the kind, its first but for MPD, and one for each arm in its order.

    Two residues of one label have the same atoms under the same names, which the formats of other
    programs ask of a residue name.

    >>> residue_label("PIP", ("amide", "NH2+")), residue_label("TMC", ("COO-", "amide", "COOH"))
    ('PAP', 'TMAH')
    >>> residue_label("MPD", ("amide", "NH")), residue_label("MC", ("amide", "COOH"))
    ('DAN', 'MAH')
    """
    return KIND_LETTERS.get(kind, kind[0]) + "".join(LETTERS[state] for state in arms)


def residue_labels(network: Network) -> tuple[str, ...]:
    """Return the label of every residue, in order."""
    return tuple(residue_label(kind, arms) for kind, arms in network.residues)
