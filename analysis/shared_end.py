"""The one time at which layouts are compared: the last that all runs of a salt have reached."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def at_shared_end(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Rows at the last time that all layouts with runs have, salt by salt.

    Of a salt without runs it is the last time that all twins have. Rows of a salt whose layouts
    share no time are left out.

    Parameters
    ----------
    rows : DataFrame
        With columns layout, salt, ion, time_ns and md, of one quantity; md is not a number where no
        run is.

    >>> import pandas as pd
    >>> times = {"layout": ["a", "a", "b"], "time_ns": [1.0, 2.0, 1.0], "md": [0.5, 0.6, 0.7]}
    >>> at_shared_end(pd.DataFrame({**times, "salt": "s", "ion": "Na+"})).md.tolist()
    [0.5, 0.7]
    """
    kept = []
    times = rows["time_ns"].round(6)
    for _, own in rows.groupby("salt", sort=False):
        ran = own[own["md"].notna()]
        by = (ran if len(ran) else own).groupby(["layout", "ion"], sort=False)
        shared = set.intersection(*(set(times[part.index]) for _, part in by))
        if shared:
            kept += list(own.index[times[own.index] == max(shared)])
    return rows.loc[kept]
