"""A film between two steps of its recipe, and what the steps have counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

import pandas as pd

from membranes.building.events import COLUMNS, Event
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
    events : tuple of (int, Event)
        Amides formed, each with the number of its step, from 1.
    """

    network: Network
    protonated: frozenset[Arm] = frozenset()
    pH: float | None = None
    dry_height_nm: float | None = None
    steps: tuple[dict, ...] = field(default=(), repr=False)
    events: tuple[tuple[int, Event], ...] = field(default=(), repr=False)

    def after(self, step: str, numbers: dict, events: Sequence[Event] = (), **changes) -> Film:
        """Return the film after a step with its numbers and new amides."""
        number = len(self.steps) + 1
        return replace(
            self,
            steps=(*self.steps, {"step": step} | numbers),
            events=(*self.events, *((number, event) for event in events)),
            **changes,
        )

    def event_table(self) -> pd.DataFrame:
        """Tabulate the amides formed, one row each; residues are numbered as in their step."""
        rows = [{"step": number} | asdict(event) for number, event in self.events]
        return pd.DataFrame(rows, columns=["step", *COLUMNS])

    def facts(self) -> dict:
        """Return all but the network as plain data for JSON."""
        return {
            "protonated": sorted(self.protonated),
            "pH": self.pH,
            "dry_height_nm": self.dry_height_nm,
            "steps": list(self.steps),
            "events": [(number, asdict(event)) for number, event in self.events],
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
            tuple((number, Event(**event)) for number, event in facts["events"]),
        )
