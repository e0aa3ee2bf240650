"""What atoms do and continuum theory does not, judged by numbers of the runs themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.parameters.found import Value
from analysis.comparison.parameters.pores import KEPT_OUT
from analysis.continuum.species import find

if TYPE_CHECKING:
    import pandas as pd

    from analysis.comparison.parameters import Parameters
    from analysis.comparison.twins.problem import TwinProblem

PAIRS, CLUSTERS, SIZE, GROUPS, FEW, UNSTEADY = (
    *("pairs", "clusters", "size", "charged groups", "few ions", "not steady"),
)
SHARE = 0.1
"""Of the ions: what fewer do moves no number beyond what so few ions can show."""
DRIFT_NM, DRIFT_WATER = 0.05, 0.05
"""1 % of the study's reservoirs, and a twentieth of the membrane's water."""
SAID = {
    PAIRS: f"a share of {SHARE:g} of the ions or more is in contact with one of the other sign, "
    "and K_a is above that of ions without interaction: theory has no pairs, which move as one",
    CLUSTERS: f"a share of {SHARE:g} of all ions or more is in clusters of three or more ions",
    SIZE: "the Stokes radius of the ion is above the largest sphere that passes the dense region "
    "of a membrane at rest, or above the radius of the twin's pores, which then keep it out",
    GROUPS: f"a share of {SHARE:g} of the ions or more is held at groups of the other sign, more "
    "than by chance: theory smears groups over the area and has no binding to single ones",
    FEW: "runs and twin differ by no more than as many independent ions can show",
    UNSTEADY: f"a reservoir grows or shrinks by more than {DRIFT_NM:g} nm from the first to the "
    f"second half of the runs, or the membrane's water by {100 * DRIFT_WATER:g} %: the twin has "
    "their means all along",
}
WHY = {
    PAIRS: "ions in contact with one of the other sign go where their partner goes, and feel half "
    "of the field or none",
    CLUSTERS: "clusters of ions move together or not at all, and do not fit where single ions do",
    SIZE: "the way in is narrower than the ion with its water: atoms pass as the polymer gives way "
    "or water is shed, a twin has pores of one radius",
    GROUPS: "ions sit at single groups, where theory has an even charge that lets them go",
    FEW: "so few ions differ by chance as much as this",
    UNSTEADY: "pistons or water still move at first, and carry ions along; in a twin both stand "
    "still",
}


@dataclass(frozen=True)
class Number:
    """A number that a cause is judged by, with its interval (NaN without) and its limit."""

    quantity: str
    value: float
    low: float
    high: float
    unit: str
    limit: float

    @property
    def least(self) -> float:
        """Low edge of the interval, the value without one."""
        return self.low if np.isfinite(self.low) else self.value

    @property
    def is_above(self) -> bool:
        """Whether all of its interval is above the limit."""
        return bool(self.least > self.limit)

    @property
    def is_away(self) -> bool:
        """Whether its size is above the limit, and 0 is not in its interval."""
        holds_0 = self.low <= 0 <= self.high
        return bool(abs(self.value) > self.limit and not holds_0)


@dataclass(frozen=True)
class Cause:
    """A cause with the numbers it is judged by; applies is None where these are missing."""

    name: str
    applies: bool | None
    numbers: tuple[Number, ...]

    @property
    def why(self) -> str:
        """Why it parts atoms from theory, in words."""
        return WHY[self.name]


def few_ions(row: "pd.Series") -> Cause:
    """Whether as many independent ions as the runs have explain a row of runs beside twins."""
    apart = abs(float(row["md"] - row["continuum"]))
    side = "high" if row["md"] > row["continuum"] else "low"
    reach = abs(float(row[f"continuum_{side}"] - row["continuum"]))
    unit = "nm" if str(row["quantity"]).endswith("_nm") else "1"
    number = Number(str(row["quantity"]), apart, np.nan, np.nan, unit, reach)
    within = row["within"]
    return Cause(FEW, None if within is None else bool(within), (number,))


def causes_of(ion: str, problem: "TwinProblem", known: "Parameters") -> Iterator[Cause]:
    """Causes that do not depend on which quantity of an ion is compared."""
    yield _pairs(ion, known)
    clustered = _number(known, "clustered_share", "", SHARE)
    yield Cause(CLUSTERS, clustered.is_above if clustered else None, _there(clustered))
    yield _size(ion, problem, known)
    yield _groups(ion, problem, known)
    yield _unsteady(known)


def _pairs(ion: str, known: "Parameters") -> Cause:
    share = _number(known, "paired_share", ion, SHARE)
    numbers = list(_there(share))
    bound = []
    for (quantity, pair), value in known.found.values.items():
        if quantity == "association_constant_L_mol" and ion in pair.split("/"):
            chance = known.found.values["association_by_chance_L_mol", pair].estimate.value
            bound.append(_told(f"{quantity}, {pair}", value, chance))
        elif quantity == "pair_lifetime_ns" and ion in pair.split("/"):
            numbers.append(_told(f"{quantity}, {pair}", value, np.nan))
    applies = None
    if share:
        applies = share.is_above and (not bound or any(number.is_above for number in bound))
    return Cause(PAIRS, applies, (*numbers, *bound))


def _size(ion: str, problem: "TwinProblem", known: "Parameters") -> Cause:
    radius = 1e9 * find(ion).stokes_radius
    narrow = [
        number
        for quantity in ("limiting_pore_radius_nm", "pore_radius_nm")
        if (number := _number(known, quantity, "", radius))
    ]
    excess = problem.excess.get(ion, 0.0)
    shut_out = isinstance(excess, float) and excess >= KEPT_OUT
    if not narrow:
        return Cause(SIZE, shut_out or None, ())
    return Cause(SIZE, shut_out or bool(narrow[0].value < radius), tuple(narrow))


def _groups(ion: str, problem: "TwinProblem", known: "Parameters") -> Cause:
    count = sum(species.number for species in problem.species if species.ion.name == ion)
    held = known.found.values.get(("associated_ions", ion))
    chance = known.found.values.get(("ions_at_groups_by_chance", ion))
    if held is None or not count:
        return Cause(GROUPS, None, ())
    by_chance = 0.0
    if chance is not None:
        edges = chance.estimate.high, chance.estimate.value
        by_chance = edges[0] if np.isfinite(edges[0]) else edges[1]
    share = Number(
        "share at groups of the other sign",
        held.estimate.value / count,
        held.estimate.low / count,
        held.estimate.high / count,
        "1",
        by_chance / count,
    )
    ratio = _number(known, "nominal_over_effective", "", 1.0)
    applies = share.is_above and share.value >= SHARE
    return Cause(GROUPS, applies, (share, *_there(ratio)))


def _unsteady(known: "Parameters") -> Cause:
    limits = {
        "feed_reservoir_drift_nm": DRIFT_NM,
        "permeate_reservoir_drift_nm": DRIFT_NM,
        "membrane_water_drift": DRIFT_WATER,
    }
    numbers = [
        number for name, limit in limits.items() if (number := _number(known, name, "", limit))
    ]
    applies = any(number.is_away for number in numbers) if numbers else None
    return Cause(UNSTEADY, applies, tuple(numbers))


def _number(known: "Parameters", quantity: str, ion: str, limit: float) -> Number | None:
    value = known.found.values.get((quantity, ion))
    return None if value is None else _told(quantity, value, limit)


def _told(name: str, value: Value, limit: float) -> Number:
    estimate = value.estimate
    return Number(name, estimate.value, estimate.low, estimate.high, value.unit, limit)


def _there(number: Number | None) -> tuple[Number, ...]:
    return () if number is None else (number,)
