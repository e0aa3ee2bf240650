"""Sites of a network: its neutral arms that can become charged groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mdtools.forcefield import AMINES

if TYPE_CHECKING:
    from membranes.networks.network import Network
    from membranes.networks.structure import Arm

NEUTRAL_STATE = {"NH2+": "NH", "COO-": "COOH"}
"""State from which each kind of charged group is made."""
SITE_NAMES = {"NH2+": "free amine", "COO-": "carboxylic acid"}


@dataclass(frozen=True)
class SiteNumbers:
    """Numbers of sites of a membrane, the amines by the kind of their residue.

    An amine that the membrane is made of has its kind here, even if none of its sites is left.
    """

    amines: Mapping[str, int]
    carboxyls: int

    @classmethod
    def of(cls, network: Network) -> SiteNumbers:
        """Count the sites of a network."""
        free = [network.kinds[residue] for residue, _ in network.arms_in("NH")]
        kinds = [kind for kind in AMINES if kind in network.kinds]
        return cls({kind: free.count(kind) for kind in kinds}, len(network.arms_in("COOH")))

    @property
    def others(self) -> tuple[str, ...]:
        """Return the amines other than piperazine, of which the published numbers are."""
        return tuple(kind for kind in self.amines if kind != "PIP")

    @property
    def counts(self) -> dict[str, int]:
        """Return the numbers by kind of group."""
        return {"NH2+": sum(self.amines.values()), "COO-": self.carboxyls}


def sites(network: Network, kind: str) -> tuple[list[Arm], np.ndarray]:
    """Return the neutral arms that can become groups of a kind, and the z (nm) of their centres."""
    arms = network.arms_in(NEUTRAL_STATE[kind])
    return arms, np.array([network.positions[network.centre(arm), 2] for arm in arms])


def order_of_charging(network: Network, arms: list[Arm]) -> list[np.ndarray]:
    """Return the rows of neutral arms in the order in which a falling pH charges them.

    All carboxyls are one lot, and so are the amines of each kind: those of piperazine take up a
    proton more than four pH units before those of m-phenylenediamine (``dissociation``).
    """
    kinds = np.array([network.kinds[residue] for residue, _ in arms], dtype=object)
    lots = [np.flatnonzero(kinds == kind) for kind in AMINES]
    lots.append(np.flatnonzero([kind not in AMINES for kind in kinds]))
    return [rows for rows in lots if len(rows)]


def site_counts(network: Network) -> dict[str, int]:
    """Return the number of sites of a network for each kind of group."""
    return SiteNumbers.of(network).counts
