"""Sites that a reaction leaves alone: closed from the start, or protonated before or during it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from membranes.networks.network import Network
from membranes.networks.structure import Arm


class ByProduct(Protocol):
    """What the by-product of new amides does to amines."""

    def protonates(
        self,
        network: Network,
        reacted: Sequence[Arm],
        taken: AbstractSet[Arm],
        done: int,
        generator,
    ) -> frozenset[Arm]:
        """Return amines that the by-product of new amides protonates beside those it has."""
        ...


@dataclass(frozen=True)
class SiteRules:
    """Site rules are arms that do not react.

    Attributes
    ----------
    closed : frozenset of Arm
        For the whole reaction.
    protonated : frozenset of Arm
        Amines that carry a proton at its start.
    by_product : ByProduct, optional
        Protonates more of them; without it the by-product is removed as it forms.
    """

    closed: frozenset[Arm] = frozenset()
    protonated: frozenset[Arm] = frozenset()
    by_product: ByProduct | None = None


NO_RULES = SiteRules()
