"""The first screen of a report: how far ions got, how many went through, and what is not said."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from analysis.figures.style import ordered
from analysis.key_results import MEAN_Z, PERMEATED, POOLED, WATER

NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Answer:
    """The first answers on feed ions of one species, as printed; theory is empty without any."""

    layout: str
    salt: str
    ion: str
    mean_z: str
    through: str
    water: str
    mean_z_theory: str = ""
    through_theory: str = ""


def answers(table: pd.DataFrame, theory: Mapping[tuple, tuple[str, str]] | None) -> list[Answer]:
    """Return a row for each layout, salt and ion.

    Parameters
    ----------
    table : DataFrame
        Of `analysis.key_results`.
    theory : mapping of (layout, salt, ion) to two str, or None
        Mean z and share through by theory.
    """
    pooled = table[table["trial"] == POOLED]
    wet = pooled[pooled["quantity"] == WATER].set_index(["layout", "salt"])
    through = pooled[pooled["quantity"] == PERMEATED].set_index(["layout", "salt", "species"])
    found = []
    means = pooled[pooled["quantity"] == MEAN_Z]
    ions = ordered(means["species"])
    cells = {cell: place for place, cell in enumerate(zip(means.layout, means.salt, strict=True))}
    rows = sorted(
        means.itertuples(),
        key=lambda row: (cells[row.layout, row.salt], ions.index(row.species)),
    )
    for row in rows:
        key = (row.layout, row.salt, row.species)
        found.append(
            Answer(
                *key,
                printed(row, 2),
                printed(through.loc[key], 1) if key in through.index else NOT_KNOWN,
                printed(wet.loc[key[:2]], 1) if key[:2] in wet.index else NOT_KNOWN,
                *(with_minus(one) for one in (theory or {}).get(key, ("", ""))),
            )
        )
    return found


def printed(row, digits: int) -> str:
    """Return a value with its interval.

    >>> printed(pd.Series({"value": 1.234, "low": 1.0, "high": 1.5}), 1)
    '1.2 [1.0, 1.5]'
    """
    if pd.isna(row.value):
        return NOT_KNOWN
    edges = "" if pd.isna(row.low) else f" [{row.low:.{digits}f}, {row.high:.{digits}f}]"
    return with_minus(f"{row.value:.{digits}f}{edges}")


def with_minus(number: str) -> str:
    """Return a number with the sign of print."""
    return number.replace("-", "\N{MINUS SIGN}")


def unsaid(table: pd.DataFrame, trials: pd.DataFrame) -> list[str]:
    """Return what results do not say: runs to come, no interval, no crossing, no order.

    Parameters
    ----------
    table : DataFrame
        Of `analysis.key_results`.
    trials : DataFrame
        Table ``trials`` of the observables.
    """
    lines = []
    single = trials[trials["trial"] != POOLED]
    short = single[~single["complete"].astype(bool)]
    if len(short):
        least, target = 1000 * short["analysed_ns"].min(), 1000 * short["target_ns"].max()
        lines.append(
            f"{len(short)} of {len(single)} runs have not reached their target: the shortest is at "
            f"{least:g} of {target:g} ps."
        )
    alone = single.groupby(["layout", "salt"])["trial"].nunique() < 2
    if alone.any():
        lines.append(
            "How far another trial would differ: "
            f"{'each cell has' if alone.all() else f'{alone.sum()} cells have'} one trial only."
        )
    pooled = table[table["trial"] == POOLED]
    through = pooled[pooled["quantity"] == PERMEATED]
    none = through[through["value"] == 0]
    if len(none) and len(none) == len(through):
        most = none["high"].max()
        lines.append(
            "How fast ions go through: none did so by then."
            + ("" if pd.isna(most) else f" Shares of none are compatible with up to {most:.0f} %.")
        )
    lines += orders(pooled)
    return lines


def orders(pooled: pd.DataFrame) -> list[str]:
    """Return how many pairs of layouts the intervals of mean z do not tell apart; none without."""
    undecided = several = 0
    means = pooled[(pooled["quantity"] == MEAN_Z) & pooled["low"].notna()]
    for _, rows in means.groupby(["salt", "species"], sort=False):
        for one, other in combinations(rows.itertuples(), 2):
            several += 1
            undecided += one.low <= other.high and other.low <= one.high
    if not undecided:
        return []
    which = "any of them" if undecided == several else f"{undecided} of them"
    return [
        f"Which layout lets an ion farther: of {several} comparisons of two layouts, the intervals "
        f"of mean z do not decide {which}."
    ]
