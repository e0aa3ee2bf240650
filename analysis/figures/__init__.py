"""Figures: one function each, from tidy tables to a matplotlib Figure.

The parameters of a figure function are names of tables, each with columns layout and salt in
front, as `analysis.load(results)[name]` gives them.
"""

import inspect
from collections.abc import Callable
from pathlib import Path

import matplotlib.style
import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.mean_z import mean_z
from analysis.figures.permeation import permeation
from analysis.figures.profiles import profiles
from analysis.figures.sheet import Sheet, stamped
from analysis.figures.snapshots import snapshots
from analysis.figures.style import MPLSTYLE
from analysis.figures.water import water
from analysis.figures.z_pdf import z_pdf
from analysis.index import Results
from analysis.options import AnalysisOptions
from analysis.writing import replacing, write_text

FIGURES: dict[str, Callable[..., Figure]] = {
    function.__name__: function
    for function in (snapshots, z_pdf, mean_z, permeation, profiles, water)
}
TIMELESS = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}
"""Metadata without times and versions: the same tables give the same bytes."""


def tables_of(name: str) -> list[str]:
    """Names of the tables that a figure draws."""
    return list(inspect.signature(FIGURES[name]).parameters)


def make(name: str, results: Results, stamp: str | None = None) -> Sheet:
    """A figure from an index of tables.

    Raises
    ------
    KeyError
        No figure or table of that name.
    """
    if name not in FIGURES:
        raise KeyError(f"no figure {name!r}, there are: {', '.join(FIGURES)}")
    with matplotlib.style.context(MPLSTYLE):
        figure = FIGURES[name](**{table: results[table] for table in tables_of(name)})
        if stamp:
            stamped(figure, stamp)
    return figure


def draw(
    name: str,
    observable_dirs: dict[tuple[str, str], Path],
    out_stem: Path,
    stamp: str | None,
    options: AnalysisOptions,
) -> None:
    """Draw a figure and write <out_stem>.png, .pdf and .csv, the last with all that is drawn.

    Parameters
    ----------
    name : str
        One of FIGURES.
    observable_dirs : dict
        Directory of tables by (layout, salt), in the order of the panels.
    out_stem : Path
        Path without its ending.
    stamp : str or None
        Word written across the figure, e.g. "demo".
    """
    figure = make(name, Results(dict(observable_dirs)), stamp)
    out_stem = Path(out_stem)
    about = {"png": {"Title": name, "Description": figure.caption}}
    about["pdf"] = {"Title": name, "Subject": figure.caption}
    with matplotlib.style.context(MPLSTYLE):
        for ending, timeless in TIMELESS.items():
            metadata = about[ending] | timeless
            with replacing(Path(f"{out_stem}.{ending}")) as temporary:
                figure.savefig(temporary, format=ending, dpi=options.figure_dpi, metadata=metadata)
    drawn = pd.concat([table.assign(table=key) for key, table in figure.drawn.items()])
    drawn = drawn[["table", *(column for column in drawn if column != "table")]]
    write_text(Path(f"{out_stem}.csv"), drawn.to_csv(index=False, float_format="%.7g"))
