"""Free energies of one ion in several membranes: each, and their mean with both its intervals."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

from analysis.catalogue import FREE_ENERGY_TABLES, ZERO_IN_PLACE
from analysis.joinings import ACROSS, DIGITS, MEMBRANE, NUMBER, inner
from analysis.results import TABLE_SHA256, read_table
from analysis.statistics import over_membranes, percent
from analysis.umbrella.continuum import COLUMNS
from mdtools import records
from mdtools.atomic import text_sha256, write_text

NAME = FREE_ENERGY_TABLES[0]
UNITS = ("kT", "kcal_mol")
INTERVAL = "interval"
DEFINITION = (
    "Rows of membrane 'all' are means over the membranes at each z where every membrane has a free "
    "energy, which is 0 in its own feed; there are none if that of any membrane is 0 elsewhere. "
    "low and high are Student's t over the membranes, low_within and high_within what the blocks "
    "of the windows of these very membranes give, which holds nothing of how much others would "
    "differ."
)


def joined(
    tables: Mapping[str, pd.DataFrame], level: float, blocks: int, elsewhere: Collection[str] = ()
) -> pd.DataFrame:
    """Return the free energies of several membranes as one table: their rows, then the means.

    Parameters
    ----------
    tables : mapping of DataFrame
        ``free_energy`` of each membrane by its name, on the same z.
    level : float
        Of the intervals, also of those in the tables.
    blocks : int
        Of every window, over which the intervals in the tables are.
    elsewhere : collection of str
        Membranes whose free energy is 0 at another place than that of the others; with any of them
        there is no mean.

    Returns
    -------
    DataFrame
        ``membrane`` in front, and behind ``n_membranes``, the columns ``low_within_<unit>`` and
        ``high_within_<unit>``, and of either interval what it is; NaN in rows of single membranes.

    Raises
    ------
    ValueError
        Tables that are not on the same z.
    """
    names = list(tables)
    places = [table.z_angstrom.round(DIGITS).to_numpy() for table in tables.values()]
    for name, place in zip(names, places, strict=True):
        if not np.array_equal(place, places[0]):
            raise ValueError(f"free energies of {name} are on other z than those of {names[0]}")
    over = next(iter(tables.values()))[["z_angstrom"]].copy()
    alike = [
        pd.DataFrame(index=table.index, columns=table.columns, dtype=float)
        if name in elsewhere
        else table
        for name, table in tables.items()
    ]
    for unit in UNITS:
        means, half = _over(alike, unit, level, blocks)
        edges = {"low": means.low, "high": means.high}
        over = over.assign(**{f"free_energy_{unit}": _of_all(means.value, means.trials, names)})
        over = over.assign(**{f"{name}_{unit}": edge for name, edge in edges.items()})
        over[inner(f"low_{unit}")] = over[f"free_energy_{unit}"] - half
        over[inner(f"high_{unit}")] = over[f"free_energy_{unit}"] + half
        over[INTERVAL], over[NUMBER] = means.kind, means.trials
    over[inner(INTERVAL)] = np.where(
        np.isfinite(over[inner("low_kT")]),
        f"{percent(level)} t-interval over {blocks} blocks of every window "
        f"of {len(names)} membranes",
        "none",
    )
    over["samples"] = sum(table.samples.to_numpy() for table in tables.values())
    for column in COLUMNS:
        over[column] = np.mean([table[column] for table in tables.values()], axis=0)
    rows = [*((name, tables[name]) for name in names), (ACROSS, over)]
    first = list(next(iter(tables.values())))
    columns = [MEMBRANE, *first, *(name for name in over if name not in first)]
    together = [table.assign(**{MEMBRANE: name}).reindex(columns=columns) for name, table in rows]
    return pd.concat(together, ignore_index=True)


def _of_all(values: np.ndarray, counts: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Mean where every membrane has a value: beyond a gap others would shift it by a step."""
    return np.where(counts == len(names), values, np.nan)


def _over(tables, unit: str, level: float, blocks: int):
    """Means over membranes, and half the width of the interval that their blocks give."""
    tables = list(tables)
    means = over_membranes([table[f"free_energy_{unit}"] for table in tables], level)
    # Of each membrane half the width is t s / sqrt(blocks); the squares of the errors add up.
    own, all_of_them = (
        scipy.special.stdtrit(freedom, (1 + level) / 2)
        for freedom in (blocks - 1, len(tables) * (blocks - 1))
    )
    halves = np.array([table[f"high_{unit}"] - table[f"low_{unit}"] for table in tables]) / 2
    error = np.sqrt(((halves / own) ** 2).sum(axis=0)) / len(tables)
    return means, all_of_them * error


def write(members: Mapping[str, Path], directory: Path) -> None:
    """Write free_energy.csv over several membranes, with its words in .json.

    Parameters
    ----------
    members : mapping of Path
        Directory with the tables of each membrane, by its name.
    directory : Path
        ``umbrella/<layout>/<salt>/<ion>`` of the results over all.

    Raises
    ------
    ValueError
        As of `joined`.
    """
    words = {name: records.read(place / f"{NAME}.json") for name, place in members.items()}
    first = next(iter(words.values()))
    tables = {name: read_table(place / f"{NAME}.csv") for name, place in members.items()}
    elsewhere = [name for name, said in words.items() if not said.get(ZERO_IN_PLACE, True)]
    rows = joined(tables, first["level"], first["blocks"], elsewhere)
    rows = rows.to_csv(index=False, float_format="%.7g")
    zeros = list(dict.fromkeys(said["zero"] for said in words.values()))
    own = "places" if elsewhere else "the feed"
    said = {key: first[key] for key in ("layout", "salt", "ion", "level", "blocks", "parameters")}
    said |= {
        "table": NAME,
        "membranes": list(members),
        "zero": zeros[0] if len(zeros) == 1 else f"{own}, as the tables of each membrane say",
        ZERO_IN_PLACE: not elsewhere,
        "continuum": {name: said["continuum"] for name, said in words.items()},
        "notes": [f"{name}: {note}" for name, said in words.items() for note in said["notes"]],
        "definitions": first["definitions"] | {ACROSS: DEFINITION},
        TABLE_SHA256: text_sha256(rows),
    }
    write_text(directory / f"{NAME}.csv", rows)
    records.write(directory / f"{NAME}.json", said)
