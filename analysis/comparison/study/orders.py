"""Every statement of order of the study held to its twins: agree, disagree, or undecided."""

from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.study import published
from analysis.comparison.study.counts import FACE_NM, SURFACE_NM
from analysis.comparison.study.twins import Cell, Cells, FeedIons, StudyTwin

if TYPE_CHECKING:
    import pandas as pd

ALL = "all"
NORMAL = 1.96
"""Standard deviations that 95 % of a normal distribution lie within."""
MUCH = 2.0
"""Times the resolution for what the study calls much more."""
PLACES_NM = {
    "permeate": (4.0, np.inf),
    "past_center": (0.0, np.inf),
    "entered": (-FACE_NM, np.inf),
    "at_feed_surface": SURFACE_NM,
}
"""Of shares of ions."""
AGREE, DISAGREE, UNDECIDED = "agree", "disagree", "undecided"
ORDER_COLUMNS = (
    *("variant", "quantity", "layout", "salt", "ion", "relation"),
    *("than_layout", "than_salt", "than_ion", "time_ns", "value", "than_value", "unit"),
    *("difference", "resolution", "verdict", "section", "figure", "statement"),
)
DEFINITIONS = {
    "difference": "value less than_value, means over placements of the layout",
    "resolution": "1.96 standard deviations of a difference of two single placements with as many "
    "independent ions as the study has",
    "verdict": "a difference is agreed with or not where it is above the resolution; 'much more' "
    "needs twice of it; 'little or no difference' is agreed with where it is below. Numbers of "
    "ions are compared as shares of all feed ions of the kind; 'foremost_z' is that of the ions "
    "at the last time, without what they visited before",
}


def verdict(relation: str, difference: float, resolution: float) -> str:
    """What a difference says of a relation, given what can be told apart.

    >>> [verdict(">", d, 1.0) for d in (1.5, -1.5, 0.5)]
    ['agree', 'disagree', 'undecided']
    >>> verdict(">>", 1.5, 1.0), verdict("~", 0.5, 1.0), verdict("~", -1.5, 1.0)
    ('undecided', 'agree', 'disagree')
    """
    if relation == "~":
        return AGREE if abs(difference) <= resolution else DISAGREE
    if relation not in (">", ">>"):
        raise ValueError(f"relation is {relation!r}, allowed: >, >>, ~")
    if difference < -resolution:
        return DISAGREE
    return AGREE if difference > resolution * (MUCH if relation == ">>" else 1) else UNDECIDED


def order_table(cells: Cells) -> "pd.DataFrame":
    """Judge every order that the study sees in its simulations, by variant.

    Returns
    -------
    DataFrame
        `ORDER_COLUMNS`, with the meaning that `DEFINITIONS` gives; values in ``unit``, nm or the
        share of ions. Orders of experiments are in `study.steady`.
    """
    import pandas as pd

    table = published.orders().query("method == 'simulation'")
    rows = []
    for variant in dict.fromkeys(name for name, *_ in cells):
        for stated in table.itertuples():
            first = cells.get((variant, str(stated.layout), str(stated.salt)))
            second = cells.get((variant, str(stated.than_layout), str(stated.than_salt)))
            if first is None or second is None:
                continue
            quantity, time = str(stated.quantity), float(stated.time_ns)
            a, noise_a = _values(first, str(stated.ion), quantity, time)
            b, noise_b = _values(second, str(stated.than_ion), quantity, time)
            difference = float(np.mean(a) - np.mean(b))
            spread = _variance(a - b) if first is second else _variance(a) + _variance(b)
            resolution = NORMAL * float(np.sqrt(noise_a + noise_b + spread))
            rows.append(
                (
                    *(variant, quantity, stated.layout, stated.salt, stated.ion, stated.relation),
                    *(stated.than_layout, stated.than_salt, stated.than_ion, time),
                    *(np.mean(a), np.mean(b), "share" if quantity in PLACES_NM else "nm"),
                    *(difference, resolution),
                    verdict(str(stated.relation), difference, resolution),
                    *(stated.section, stated.figure, stated.statement),
                )
            )
    return pd.DataFrame(rows, columns=list(ORDER_COLUMNS))


def together_table(cells: Cells, time_ns: float = 100.0) -> "pd.DataFrame":
    """Whether Ca2+ and Cl- of each cell of CaCl2 are together and shallow, as the study says.

    Returns
    -------
    DataFrame
        variant, layout, time_ns; mean_z_Ca_nm, mean_z_Cl_nm, separation_nm, resolution_nm;
        together, the separation is below the resolution; shallow, both means are before the middle.
    """
    import pandas as pd

    rows = []
    for (variant, layout, salt), cell in cells.items():
        if salt != "CaCl2":
            continue
        calcium, one = _values(cell, "Ca2+", "mean_z", time_ns)
        chloride, other = _values(cell, "Cl-", "mean_z", time_ns)
        apart = float(np.mean(chloride - calcium))
        resolution = NORMAL * float(np.sqrt(one + other + _variance(chloride - calcium)))
        means = float(np.mean(calcium)), float(np.mean(chloride))
        rows.append(
            (
                *(variant, layout, time_ns, *means, apart, resolution),
                *(abs(apart) <= resolution, max(means) < 0),
            )
        )
    columns = ["variant", "layout", "time_ns", "mean_z_Ca_nm", "mean_z_Cl_nm", "separation_nm"]
    return pd.DataFrame(rows, columns=[*columns, "resolution_nm", "together", "shallow"])


def _variance(values: np.ndarray) -> float:
    """Over placements; 0 of one."""
    return float(np.var(values, ddof=1)) if len(values) > 1 else 0.0


def _values(cell: Cell, ion: str, quantity: str, time_ns: float) -> tuple[np.ndarray, float]:
    """A quantity of each placement's twin, and its mean variance by the number of ions."""
    time = cell.at(time_ns)
    found = [_value(twin, ion, quantity, time) for twin in cell.twins]
    return np.array([value for value, _ in found]), float(np.mean([noise for _, noise in found]))


def _value(twin: StudyTwin, ion: str, quantity: str, time: int) -> tuple[float, float]:
    kinds = list(twin.ions.values()) if ion == ALL else [twin.ions[ion]]
    if quantity in PLACES_NM:
        of = sum(kind.of for kind in kinds)
        inside = sum(kind.of * kind.between(*PLACES_NM[quantity])[time] for kind in kinds)
        # A share of 0 or 1 is no more certain than half an ion.
        share = (inside + 0.5) / (of + 1)
        return float(inside / of), float(share * (1 - share) / of)
    if quantity == "separation":
        cation, anion = kinds
        noise = sum(kind.sd[time] ** 2 / kind.of for kind in kinds)
        return float(abs(cation.mean_z[time] - anion.mean_z[time])), float(noise)
    (kind,) = kinds
    return _of_places(kind, quantity, time)


def _of_places(kind: FeedIons, quantity: str, time: int) -> tuple[float, float]:
    sd = float(kind.sd[time])
    if quantity == "mean_z":
        return float(kind.mean_z[time]), sd**2 / kind.of
    if quantity == "spread_z":
        # Of a normal distribution; that of a sample's standard deviation.
        return sd, sd**2 / (2 * kind.of)
    if quantity == "foremost_z":
        low, middle, high = (kind.foremost(chance, time) for chance in (0.025, 0.5, 0.975))
        return middle, ((high - low) / (2 * NORMAL)) ** 2
    raise ValueError(f"quantity is {quantity!r}, which no twin has")
