"""Numbers of charged groups and what they rest on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING

from membranes.layouts.placement import LayoutError
from membranes.layouts.sites import SITE_NAMES, site_counts

if TYPE_CHECKING:
    from membranes.networks.network import Network


class TitrationError(ValueError):
    """A titration that cannot be, or that a network has too few sites for."""

    exit_code = 78


@dataclass(frozen=True)
class Counts:
    """Numbers of charged groups and what they rest on; equal when the numbers are.

    Attributes
    ----------
    amine, carboxylate : int
        NH2+ and COO- groups.
    surface_carboxylate : int
        COO- of the first pKa, which sit at the surface; the others sit in the interior.
    facts : dict
        Inputs and unrounded numbers, units at the end of the keys.
    assumptions : tuple of str
    """

    amine: int
    carboxylate: int
    surface_carboxylate: int = field(default=0, compare=False)
    facts: dict = field(default_factory=dict, compare=False, repr=False)
    assumptions: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def net_charge_e(self) -> int:
        """Sum of the formal charges, e."""
        return self.amine - self.carboxylate

    def as_layout_counts(self) -> dict[str, int]:
        """The numbers as layouts take them.

        >>> Counts(14, 28).as_layout_counts()
        {'NH2+': 14, 'COO-': 28}
        """
        return {"NH2+": self.amine, "COO-": self.carboxylate}

    def check(self, network: Network) -> None:
        """Raise TitrationError if a network has fewer sites than the groups asked for."""
        for kind, has in site_counts(network).items():
            wanted = self.as_layout_counts()[kind]
            if wanted > has:
                raise TitrationError(
                    f"{wanted} {kind} groups asked for, but the network has {has} "
                    f"{SITE_NAMES[kind]} sites; allowed is at most {has}"
                )

    def report(self) -> dict:
        """Everything as plain data."""
        return {
            "amine": self.amine,
            "carboxylate": self.carboxylate,
            "surface_carboxylate": self.surface_carboxylate,
            "net_charge_e": self.net_charge_e,
            **self.facts,
            "assumptions": list(self.assumptions),
        }


def exact(layout: str, kinds: Sequence[str], counts: Mapping[str, int] | Counts) -> dict[str, int]:
    """Counts of every kind of a layout; LayoutError if one is missing, wrong, or of another kind.

    A count of zero says nothing about other kinds, so that counts of a titration fit any layout.
    """
    if isinstance(counts, Counts):
        counts = counts.as_layout_counts()
    for kind, count in counts.items():
        number = isinstance(count, Real) and not isinstance(count, bool)
        if not number or not math.isfinite(count) or count != round(count) or count < 0:
            raise LayoutError(
                f"counts of layout {layout} have {count} for {kind}; allowed is a whole number "
                "from 0"
            )
    named = {kind for kind in counts if kind in kinds or counts[kind]}
    if named != set(kinds):
        raise LayoutError(
            f"counts of layout {layout} name {', '.join(counts) or 'nothing'}; "
            f"it places {' and '.join(kinds)}, each needs its count"
        )
    return {kind: int(counts[kind]) for kind in kinds}
