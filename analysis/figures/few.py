"""Curves of events are drawn from so many events on; fewer are marks and numbers."""

import pandas as pd

FEWEST_EVENTS = 10
"""With fewer, the pointwise Greenwood band of a Kaplan-Meier curve is wider than most of its axis:
at one half of 9 events it reaches from 0.5 - 0.33 to 0.5 + 0.33."""


def enough(curves: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return the survival curves that begin with enough events at risk.

    Parameters
    ----------
    curves : DataFrame
        With columns survival_share and at_risk.
    by : list of str
        Columns that tell a curve from the next one.
    """
    if curves.empty:
        return curves
    begun = curves.groupby(by).at_risk.transform("max")
    return curves[curves.survival_share.notna() & (begun >= FEWEST_EVENTS)]


def few(what: str) -> str:
    """Return the word that stands in place of a curve.

    >>> few("contacts")
    'fewer than 10 contacts'
    """
    return f"fewer than {FEWEST_EVENTS} {what}"
