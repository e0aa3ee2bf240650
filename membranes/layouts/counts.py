"""Numbers of charged groups, what they rest on, and checks of numbers that a user gives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING

from membranes.layouts.errors import LayoutError, TitrationError
from membranes.layouts.sites import SITE_NAMES, site_counts

if TYPE_CHECKING:
    from membranes.networks.network import Network


@dataclass(frozen=True)
class Counts:
    """Counts hold numbers of charged groups and what they rest on; only the numbers are compared.

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
        """Return the sum of the formal charges, e."""
        return self.amine - self.carboxylate

    def as_layout_counts(self) -> dict[str, int]:
        """Return the numbers by kind of group.

        >>> Counts(14, 28).as_layout_counts()
        {'NH2+': 14, 'COO-': 28}
        """
        return {"NH2+": self.amine, "COO-": self.carboxylate}

    def check(self, network: Network) -> None:
        """Raise TitrationError if there are more groups of a kind than the network has sites."""
        for kind, available in site_counts(network).items():
            requested = self.as_layout_counts()[kind]
            if requested > available:
                raise TitrationError(
                    f"{requested} {kind} groups asked for, but the network has {available} "
                    f"{SITE_NAMES[kind]} sites; allowed is at most {available}"
                )

    def report(self) -> dict:
        """Return everything as plain data."""
        return {
            "amine": self.amine,
            "carboxylate": self.carboxylate,
            "surface_carboxylate": self.surface_carboxylate,
            "net_charge_e": self.net_charge_e,
            **self.facts,
            "assumptions": list(self.assumptions),
        }


def validated_counts(
    layout: str, kinds: Sequence[str], counts: Mapping[str, int] | Counts
) -> dict[str, int]:
    """Return whole numbers for exactly the kinds of group that a layout places.

    Other kinds may be given as zero, so that counts of a titration fit any layout. Raises
    LayoutError for a kind that is missing, a number that is no count, or groups of another kind.
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
