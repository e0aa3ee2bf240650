"""Bands and bars of means: over what the figure is, and, of several membranes, over trials, too."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.joinings import inner

DARKER = 1.6
"""Of the band over trials within that over membranes, whose shade shows through it."""
THICKER = 2.6
"""Of the bar over trials within that over membranes."""


def as_it_is(values):
    """Return values in the unit that they have."""
    return values


def percents(shares):
    """Return shares as percents."""
    return 100 * shares


def percents_left(shares):
    """Return the percents that shares leave."""
    return 100 * (1 - shares)


def edges(
    rows: pd.DataFrame, unit: str, convert: Callable = as_it_is
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the ends of the intervals of rows: the outer ones and, where there are, the inner."""
    low, high = (f"{edge}_{unit}" if unit else edge for edge in ("low", "high"))
    pairs = [pair for pair in ((low, high), (inner(low), inner(high))) if pair[0] in rows]
    return [
        tuple(np.asarray(convert(rows[column]), dtype=float) for column in pair) for pair in pairs
    ]


def band(
    axes,
    x,
    rows: pd.DataFrame,
    unit: str,
    *,
    color: str,
    alpha: float,
    convert: Callable = as_it_is,
    where_positive: bool = False,
    least: float | None = None,
    **style,
) -> None:
    """Shade the intervals of a curve, that over trials darker where it lies in one over membranes.

    Parameters
    ----------
    unit : str
        The intervals are in the columns low_<unit>, high_<unit>.
    convert : callable
        From the unit of the table to that of the axis.
    where_positive : bool
        Leave out what a logarithmic axis cannot show.
    least : float, optional
        Where bands end at the lower end of such an axis.
    """
    for number, (low, high) in enumerate(edges(rows, unit, convert)):
        low = low if least is None else np.where(low < least, least, low)
        shown = {"where": low > 0} if where_positive else {}
        shade = alpha * DARKER if number else alpha
        axes.fill_between(x, low, high, color=color, alpha=shade, lw=0, **shown, **style)


def bar(
    axes,
    at,
    rows: pd.DataFrame,
    unit: str,
    *,
    convert: Callable = as_it_is,
    across: bool = False,
    **style,
) -> None:
    """Draw the inner intervals of marks as thick bars behind them; nothing where there are none.

    ``at`` are their places along x or, with ``across``, along y.
    """
    for low, high in edges(rows, unit, convert)[1:]:
        draw = axes.hlines if across else axes.vlines
        draw(at, low, high, lw=THICKER, alpha=0.5, zorder=2, **style)
