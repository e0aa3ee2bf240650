"""The end of a hydration: water content and thickness of two successive blocks agree."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy

from mdtools.options import HydrationOptions
from mdtools.swelling.schedule import BLOCK

PARTS = 5
"""Parts of a block whose means give its interval."""
LEVEL = 0.95
CRITERION = ("waters", "thickness_nm")
AVERAGED = (*CRITERION, "water_percent", "density_g_cm3")


def blocks(curve: pd.DataFrame) -> list[dict]:
    """Average the samples of each block of a curve.

    Each block has ``block``, ``time_ps`` (its end), and of every averaged column the mean and the
    95 % interval from the means of `PARTS` equal parts, as ``<column>``, ``<column>_low``,
    ``<column>_high``; parts of one block are correlated, so the interval is the narrowest that can
    be defended.
    """
    rows = curve[curve["stage"] == BLOCK]
    return [
        {"block": int(number), "time_ps": float(part["time_ps"].iloc[-1])}
        | {key: value for column in AVERAGED for key, value in _interval(column, part[column])}
        for number, part in rows.groupby("block")
    ]


def change_percent(found: Sequence[dict]) -> dict[str, float] | None:
    """Return by how much the last block differs from the one before, in % of their mean."""
    if len(found) < 2:
        return None
    before, last = found[-2:]
    return {key: _change(before[key], last[key]) for key in CRITERION}


def met(found: Sequence[dict], options: HydrationOptions) -> bool:
    """Whether waters and thickness of the last two blocks agree within the tolerance."""
    change = change_percent(found)
    return change is not None and max(change.values()) <= options.tolerance_percent


def _change(before: float, last: float) -> float:
    mean = (abs(before) + abs(last)) / 2
    return float(100 * abs(last - before) / mean) if mean else 0.0


def _interval(column: str, values: pd.Series) -> list[tuple[str, float]]:
    parts = np.array([part.mean() for part in np.array_split(values.to_numpy(), PARTS)])
    mean = float(values.mean())
    half = float(
        scipy.special.stdtrit(PARTS - 1, (1 + LEVEL) / 2) * parts.std(ddof=1) / np.sqrt(PARTS)
    )
    return [(column, mean), (f"{column}_low", mean - half), (f"{column}_high", mean + half)]
