"""Figures: one function each, from tidy tables to a matplotlib Figure.

The parameters of a figure function are names of tables, each with columns layout and salt in
front, as `analysis.load(results)[name]` gives them; those that are keyword-only are options of the
same name in `AnalysisOptions`.
"""

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import matplotlib.style

from analysis import catalogue
from analysis.figures import membranes
from analysis.figures.files import save_all
from analysis.figures.sheet import Sheet, dynamics_told
from analysis.figures.stamp import stamped
from analysis.figures.style import MPLSTYLE
from analysis.options import AnalysisOptions
from analysis.results import Results

FIGURES: dict[str, Callable[..., Sheet]] = {
    name: getattr(import_module(f"analysis.figures.{name}"), name) for name in catalogue.FIGURES
}
DEFAULTS = AnalysisOptions()
# ``from analysis.figures import mean_z`` is the function, not the module of its name.
globals().update(FIGURES)


def tables_of(name: str) -> list[str]:
    """Return the names of the tables that a figure draws."""
    return [key for key, one in parameters_of(name).items() if one.kind is not one.KEYWORD_ONLY]


def parameters_of(name: str) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a figure function: tables, and options, which are keyword-only."""
    return inspect.signature(FIGURES[name]).parameters


def make(
    name: str,
    results: Results,
    stamp: str | None = None,
    options: AnalysisOptions = DEFAULTS,
    dynamics: str | None = None,
) -> Sheet:
    """Return a figure from an index of tables; ``dynamics`` as of `draw`.

    Raises
    ------
    KeyError
        No figure or table of that name.
    """
    if name not in FIGURES:
        raise KeyError(f"no figure {name!r}, there are: {', '.join(FIGURES)}")
    with matplotlib.style.context(MPLSTYLE):
        tables = {table: results[table] for table in tables_of(name)}
        chosen = {key: getattr(options, key) for key in parameters_of(name) if key not in tables}
        shown = membranes.views(name, tables)
        figure = FIGURES[name](**shown, **chosen)
        if membranes.are_several(tables):
            membranes.reword(figure, tables)
        dynamics_told(figure, dynamics)
        if stamp:
            stamped(figure, stamp)
    return figure


def draw(
    name: str,
    observable_dirs: dict[tuple[str, str], Path],
    out_stem: Path,
    stamp: str | None,
    options: AnalysisOptions,
    dynamics: str | None,
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
    dynamics : str or None
        How the atoms of the trajectories moved, e.g. "heavy hydrogens, 4 fs"; None if not known.
    """
    figure = make(name, Results(dict(observable_dirs)), stamp, options, dynamics)
    save_all(figure, out_stem, name, options.figure_dpi)
