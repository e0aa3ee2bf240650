"""The log of a reaction, one row for each amide bond."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

from membranes.building.candidates import Candidate


@dataclass(frozen=True)
class Event:
    """An event is one new amide bond.

    Residues are rows and arms their numbers; distances in angstrom, energy after minus before it.
    """

    batch: int
    time_ps: float
    cutoff_angstrom: float
    amine: int
    amine_arm: int
    acyl: int
    acyl_arm: int
    hydrogen_chlorine_angstrom: float
    nitrogen_carbon_before_angstrom: float
    nitrogen_carbon_after_angstrom: float
    batch_energy_change_kj_mol: float

    @classmethod
    def of(
        cls,
        candidate: Candidate,
        *,
        batch: int,
        time_ps: float,
        cutoff_angstrom: float,
        length_nm: float,
        energy_change: float,
    ) -> Event:
        """Make the event of a candidate that has become a bond; lengths in nm."""
        return cls(
            batch=batch,
            time_ps=round(time_ps, 6),
            cutoff_angstrom=cutoff_angstrom,
            amine=candidate.amine[0],
            amine_arm=candidate.amine[1],
            acyl=candidate.acyl[0],
            acyl_arm=candidate.acyl[1],
            hydrogen_chlorine_angstrom=round(10 * candidate.hydrogen_chlorine_nm, 4),
            nitrogen_carbon_before_angstrom=round(10 * candidate.nitrogen_carbon_nm, 4),
            nitrogen_carbon_after_angstrom=round(10 * float(length_nm), 4),
            batch_energy_change_kj_mol=round(energy_change, 3),
        )


COLUMNS = tuple(Event.__dataclass_fields__)


def event_table(events: Iterable[Event]) -> pd.DataFrame:
    """Tabulate events, one row for each, in order."""
    return pd.DataFrame([asdict(event) for event in events], columns=COLUMNS)
