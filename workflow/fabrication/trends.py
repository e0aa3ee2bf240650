"""The study's statements about its family of membranes, held to the films that were made.

A statement is about the sign of a difference between two membranes. Films of one repeat share what
their recipes have in common, so that differences are taken repeat by repeat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from analysis.kernels import t_interval


@dataclass(frozen=True)
class Statement:
    """The quantity of ``first`` less that of ``second`` has a sign.

    ``printed`` is the difference where the study prints it and not its two values.
    """

    words: str
    quantity: str
    first: str
    second: str
    sign: int
    printed: float | None = None


PERMEANCE = "permeability_lmh_bar"
STATEMENTS = (
    Statement("O/N falls with pre-protonation", "o_over_n", "8P10", "8P", -1),
    Statement("O/N of the top falls with pre-protonation", "o_over_n_top", "8P10", "8P", -1),
    Statement("O/N rises with malonyl chloride", "o_over_n", "8P10-0.5MC30", "8P10-H30", 1),
    Statement("O/N of the top rises with MC", "o_over_n_top", "8P10-0.5MC30", "8P10-H30", 1),
    Statement("O/N rises with hexane alone", "o_over_n", "8P10-H30", "8P10", 1),
    Statement("O-C=O share rises with MC", "o_c_o_percent", "8P10-0.5MC30", "8P10-H30", 1),
    Statement(
        "residual amine falls with MC", "residual_amine_percent", "8P10-0.5MC30", "8P10-H30", -1
    ),
    Statement("residual amine rises with protons", "residual_amine_percent", "8P10", "8P", 1),
    Statement("pre-protonation thickens the film", "thickness_nm", "8P10", "8P", 1),
    Statement("hexane thins the film", "thickness_nm", "8P10-H30", "8P10", -1),
    Statement("MC adds carboxyls", "carboxyl_per_nm3", "8P10-0.5MC30", "8P10-H30", 1),
    Statement("hexane removes carboxyls", "carboxyl_per_nm2", "8P10-H30", "8P10", -1),
    Statement("pores widen with protons", "pore_radius_nm", "8P10", "8P", 1),
    Statement("pores widen in hexane", "pore_radius_nm", "8P10-H30", "8P10", 1),
    Statement("MC tightens pores", "pore_radius_nm", "8P10-0.5MC30", "8P10-H30", -1),
    Statement("more MC tightens pores", "pore_radius_nm", "8P10-0.8MC30", "8P10-0.2MC30", -1),
    Statement(
        "a longer diacyl tightens pores more", "pore_radius_nm", "8P10-0.5GC30", "8P10-0.5OC30", -1
    ),
    Statement(
        "a longer diacyl adds charge less", "carboxyl_per_nm3", "8P10-0.5GC30", "8P10-0.5OC30", -1
    ),
    Statement("a longer diacyl bridges more", "bridges_per_nm2", "8P10-0.5GC30", "8P10-0.5OC30", 1),
    Statement("MC lets MgCl2 pass", "R_MgCl2_percent", "8P10-0.5MC30", "8P10-H30", -1),
    Statement("protons let MgCl2 pass", "R_MgCl2_percent", "8P10", "8P", -1, -19.2),
    Statement("protons let xylose pass", "R_xylose_percent", "8P10", "8P", -1, -2.4),
    Statement("hexane lets xylose pass", "R_xylose_percent", "8P10-H30", "8P10", -1, -16.5),
    Statement("more protons thin the film again", "thickness_nm", "8P9", "8P10", -1),
    Statement("more MC holds MgCl2 back", "R_MgCl2_percent", "8P10-0.8MC30", "8P10-0.2MC30", 1),
    Statement("longer MC holds MgCl2 back", "R_MgCl2_percent", "8P10-0.5MC120", "8P10-0.5MC10", 1),
    Statement("longer MC lowers permeance", PERMEANCE, "8P10-0.5MC120", "8P10-0.5MC10", -1),
    Statement("longer hexane holds MgCl2 back", "R_MgCl2_percent", "8P10-H120", "8P10-H10", 1),
    Statement("longer hexane lowers permeance", PERMEANCE, "8P10-H120", "8P10-H10", -1),
    Statement(
        "MC lets xylose pass on more protons",
        "R_xylose_percent",
        "8P9-0.5MC30",
        "8P10-0.5MC30",
        -1,
    ),
    Statement(
        "MC rejects xylose better than hexane", "R_xylose_percent", "8P10-0.5MC30", "8P10-H30", 1
    ),
    Statement("MC favours cations", "B_MgCl2_over_B_xylose", "8P10-0.5MC30", "8P10-H30", 1),
)
"""What the study says, as far as its membranes are in the family."""
COLUMNS = ("statement", "quantity", "first", "second", "sign", "difference", "low", "high")
COLUMNS += ("repeats", "right", "needed", "measured", "outcome")
MOST_REPEATS = 1000
NOT_OUT = ("sign wrong", "contradicted")
"""Outcomes of statements that do not come out."""


def trends(
    values: pd.DataFrame, measured: Mapping[str, Mapping[str, float]], level: float
) -> pd.DataFrame:
    """Hold every statement to films of the same repeats.

    Parameters
    ----------
    values : DataFrame
        membrane, repeat, quantity, value.
    measured : mapping
        Printed values by membrane and quantity.
    level : float
        Of Student's t interval over the repeats.

    Returns
    -------
    DataFrame
        statement, quantity, first, second, sign, difference, low, high, repeats, right (in how many
        of them the sign is right), needed (repeats of this mean and scatter whose interval leaves 0
        out; NaN from 1000 on), measured (difference of the printed values, NaN without),
        outcome: "comes out" where the interval has the sign, "sign right" or "sign wrong" where the
        mean has it or not and the interval holds 0, "contradicted", "no data".
    """
    table = values.pivot_table(index="repeat", columns=["membrane", "quantity"], values="value")
    rows = []
    for one in STATEMENTS:
        if one.first not in values.membrane.unique() or one.second not in values.membrane.unique():
            continue
        keys = [(one.first, one.quantity), (one.second, one.quantity)]
        known = all(key in table for key in keys)
        each = (table[keys[0]] - table[keys[1]]).dropna().to_numpy() if known else np.array([])
        mean = low = high = np.nan
        if len(each):
            mean, low, high = (float(x) for x in t_interval(each, level))
        rows.append(
            {
                "statement": one.words,
                "quantity": one.quantity,
                "first": one.first,
                "second": one.second,
                "sign": one.sign,
                "difference": mean,
                "low": low,
                "high": high,
                "repeats": len(each),
                "right": int((np.sign(each) == one.sign).sum()),
                "needed": needed(each, level),
                "measured": _printed(one, measured),
                "outcome": outcome(one.sign, mean, low, high),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _printed(one: Statement, measured: Mapping[str, Mapping[str, float]]) -> float:
    """Return the difference that the study prints, NaN without."""
    if one.printed is not None:
        return one.printed
    first, second = (measured.get(name, {}).get(one.quantity) for name in (one.first, one.second))
    return np.nan if first is None or second is None else first - second


def needed(each: np.ndarray, level: float) -> float:
    """Return how many repeats of the same mean and scatter have an interval that leaves 0 out.

    >>> needed(np.array([1.0, 2.0, 3.0]), 0.95), needed(np.array([1.0, 1.1, 1.2]), 0.95)
    (4.0, 2.0)
    """
    if len(each) < 2 or not np.isfinite(each).all():
        return np.nan
    mean, scatter = abs(each.mean()), each.std(ddof=1)
    counts = np.arange(2, MOST_REPEATS)
    half = scipy.special.stdtrit(counts - 1, (1 + level) / 2) * scatter / np.sqrt(counts)
    enough = np.flatnonzero(half < mean)
    return float(counts[enough[0]]) if len(enough) else np.nan


def outcome(sign: int, mean: float, low: float, high: float) -> str:
    """Return how a difference with its interval stands to a sign.

    >>> outcome(-1, -2.0, -3.0, -1.0), outcome(-1, -2.0, -5.0, 1.0), outcome(1, -2.0, -3.0, -1.0)
    ('comes out', 'sign right', 'contradicted')
    """
    if np.isnan(mean):
        return "no data"
    if np.isfinite(low) and low * high > 0:
        return "comes out" if np.sign(mean) == sign else "contradicted"
    return "sign right" if np.sign(mean) == sign else "sign wrong"
