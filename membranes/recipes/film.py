"""A film between two steps of its recipe, and what the steps have counted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from membranes.networks.network import Network
from membranes.networks.structure import Arm


@dataclass(frozen=True)
class Film:
    """A film is a network between its walls, z from 0 (organic face) to ``box_nm[2]``.

    Attributes
    ----------
    network : Network
    protonated : frozenset of Arm
        Amines that carry a proton and its chloride, and do not react.
    pH : float or None
        Of the piperazine solution.
    dry_height_nm : float or None
        Distance of the walls before the film was swollen.
    steps : tuple of dict
        Numbers of each step done, in order.
    """

    network: Network
    protonated: frozenset[Arm] = frozenset()
    pH: float | None = None
    dry_height_nm: float | None = None
    steps: tuple[dict, ...] = field(default=(), repr=False)

    def after(self, step: str, numbers: dict, **changes) -> Film:
        """Return the film after a step with its numbers."""
        return replace(self, steps=(*self.steps, {"step": step} | numbers), **changes)

    def facts(self) -> dict:
        """Return all but the network as plain data for JSON."""
        return {
            "protonated": sorted(self.protonated),
            "pH": self.pH,
            "dry_height_nm": self.dry_height_nm,
            "steps": list(self.steps),
        }

    @classmethod
    def of(cls, network: Network, facts: dict) -> Film:
        """Return the film of a network and of what ``facts`` has turned to plain data."""
        return cls(
            network,
            frozenset(map(tuple, facts["protonated"])),
            facts["pH"],
            facts["dry_height_nm"],
            tuple(facts["steps"]),
        )
