"""Where runs and their twins part, by how much, and which causes the runs themselves speak for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.beside import Beside
from analysis.comparison.causes import FEW, SAID, Cause, causes_of, few_ions

if TYPE_CHECKING:
    import pandas as pd

    from analysis.comparison.parameters import Parameters

AGREE, APART, NO_INTERVAL = "agree", "apart", "no interval"
PARTING_COLUMNS = (
    *("layout", "salt", "ion", "quantity", "time_ns"),
    *("md", "md_low", "md_high", "md_interval"),
    *("continuum", "continuum_low", "continuum_high"),
    *("difference", "times_interval", "verdict", "causes"),
)
CAUSE_COLUMNS = (
    *("layout", "salt", "ion", "cause", "applies"),
    *("quantity", "value", "low", "high", "unit", "limit", "why"),
)
CAUSE_DEFINITIONS = {
    "verdict": "whether the interval of the runs holds the twin's value: agree or apart; runs of "
    "one trial have no interval",
    "difference": "runs less twin; times_interval is its size over half of the runs' interval",
    "causes": "of those that part, the causes whose numbers in the table causes are past their "
    "limit: they are at work in the runs and not in theory, which is less than a proof",
    **SAID,
}


@dataclass(frozen=True)
class _Ion:
    """One ion of one layout and salt, with its causes."""

    layout: str
    salt: str
    name: str
    causes: tuple[Cause, ...]


def parting_tables(
    found: "Mapping[tuple[str, str], Beside]", known: "Mapping[tuple[str, str], Parameters]"
) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Say of every layout, salt, ion and quantity whether runs and twin agree, and why not.

    Parameters
    ----------
    found, known : mapping
        By layout and salt.

    Returns
    -------
    partings : DataFrame
        `PARTING_COLUMNS`, a row for each quantity at the last time of its runs; nothing of those
        without runs.
    causes : DataFrame
        `CAUSE_COLUMNS`, a row for each number that a cause is judged by: value with its interval,
        and the limit beyond which it speaks for the cause.
    """
    import pandas as pd

    partings: list[tuple[object, ...]] = []
    told: list[tuple[object, ...]] = []
    for (layout, salt), cell in found.items():
        ran = cell.table[cell.table["md"].notna()]
        for name, rows in ran.groupby("ion", sort=False):
            causes = tuple(causes_of(str(name), cell.cell.problem, known[layout, salt]))
            ion = _Ion(layout, salt, str(name), causes)
            for _, own in rows.groupby("quantity", sort=False):
                row = own.iloc[-1]
                few = few_ions(row)
                partings.append(_parting(ion, row, few))
                told += _rows(ion, few)
            for cause in causes:
                told += _rows(ion, cause)
    return (
        pd.DataFrame(partings, columns=list(PARTING_COLUMNS)),
        pd.DataFrame(told, columns=list(CAUSE_COLUMNS)),
    )


def _parting(ion: _Ion, row: "pd.Series", few: Cause) -> tuple[object, ...]:
    difference = float(row["md"] - row["continuum"])
    half = float(row["md_high"] - row["md_low"]) / 2
    verdict = NO_INTERVAL
    if np.isfinite(half):
        # A share that is a whole number of ions over their count may differ from it by rounding.
        slack = 1e-9
        holds = row["md_low"] - slack <= row["continuum"] <= row["md_high"] + slack
        verdict = AGREE if holds else APART
    at_work = [cause.name for cause in (few, *ion.causes) if cause.applies]
    return (
        *(ion.layout, ion.salt, ion.name, row["quantity"], row["time_ns"]),
        *(row[column] for column in PARTING_COLUMNS[5:12]),
        *(difference, abs(difference) / half if half > 0 else np.nan, verdict),
        "; ".join(at_work) if verdict == APART else "",
    )


def _rows(ion: _Ion, cause: Cause) -> Iterator[tuple[object, ...]]:
    for number in cause.numbers:
        yield (
            *(ion.layout, ion.salt, ion.name, cause.name, cause.applies, number.quantity),
            *(number.value, number.low, number.high, number.unit, number.limit, cause.why),
        )


__all__ = [
    "AGREE",
    "APART",
    "CAUSE_COLUMNS",
    "CAUSE_DEFINITIONS",
    "FEW",
    "NO_INTERVAL",
    "PARTING_COLUMNS",
    "parting_tables",
]
