"""Tables are stacked from their parts."""

from collections.abc import Iterable

import pandas as pd


def stacked(parts: Iterable, columns: Iterable[str]) -> pd.DataFrame:
    """Concatenate the parts of a table, with all of its columns even if there is no part.

    Parameters
    ----------
    parts : iterable of DataFrame, or of dict
        Each a few rows, or each one row.
    columns : iterable of str
        What the table holds, in order. A DataFrame must have all of them, a dict without one has
        no value there.

    >>> stacked([], ("z_angstrom", "n")).query("n > 3").columns.tolist()
    ['z_angstrom', 'n']
    >>> stacked([{"n": 1, "m": 2}, {"n": 3, "m": 4}], ("m", "n")).to_numpy().tolist()
    [[2, 1], [4, 3]]
    """
    parts, columns = list(parts), list(columns)
    if not parts:
        return pd.DataFrame(columns=columns)
    if isinstance(parts[0], dict):
        return pd.DataFrame(parts, columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]
