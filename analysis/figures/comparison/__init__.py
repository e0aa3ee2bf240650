"""Figures of atoms beside theory: one function each, from tidy tables to a matplotlib Figure.

The parameters of a figure function are names of tables, as `analysis.comparison.compare` gives them
(``md_and_continuum`` is its main one) and `analysis.load(results)` those of the runs (``z_pdf``,
``extent``), which may be left out; those that are keyword-only are options.
"""

import inspect
import textwrap
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import matplotlib.style
import pandas as pd

from analysis.catalogue import COMPARISON_FIGURES
from analysis.figures.files import DPI, save_all
from analysis.figures.sheet import Sheet, dynamics_told
from analysis.figures.stamp import stamped
from analysis.figures.style import MPLSTYLE
from analysis.results import read_table
from mdtools.atomic import read_json

FIGURES = COMPARISON_FIGURES
"""In the order of a report."""
MAIN = "md_and_continuum"
OBSERVED = ("z_pdf", "extent")
"""Observables of the runs that figures draw if they are given."""
REASON_INCHES, REASON_LETTERS = (5.0, 1.2), 80
"""Of a sheet that says why a figure is not drawn, and of its lines."""
OF = {
    MAIN: "twin",
    "profiles": "twin",
    "charge_profiles": "charge profile",
    "steady": "steady rejection",
}
"""What the table of what is missing calls that which fills a table."""

_FUNCTIONS: dict[str, Callable[..., Sheet]] = {
    name: getattr(import_module(f"analysis.figures.comparison.{name}"), name) for name in FIGURES
}
# ``from analysis.figures.comparison import twin_mean_z`` is the function, not its module.
globals().update(_FUNCTIONS)

__all__ = ["FIGURES", "MAIN", "OBSERVED", "draw_all", "draw_written", "make", "skipped"]


def _parameters(name: str) -> tuple[list[str], list[str], list[str]]:
    """Tables that a figure needs, tables that it can do without, options."""
    found = inspect.signature(_FUNCTIONS[name]).parameters.values()
    tables = [one for one in found if one.kind is not one.KEYWORD_ONLY]
    return (
        [one.name for one in tables if one.default is one.empty],
        [one.name for one in tables if one.default is not one.empty],
        [one.name for one in found if one.kind is one.KEYWORD_ONLY],
    )


def skipped(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return the figures that these tables do not allow, each with the reason.

    Parameters
    ----------
    tables : mapping
        By name; that of ``missing`` gives reasons.
    """
    reasons = {}
    for name in FIGURES:
        needed = [table for table in _parameters(name)[0] if table != "parameters"]
        empty = [table for table in needed if not len(tables.get(table, ()))]
        if empty:
            reasons[name] = _why(empty[0], tables.get("missing"))
    return reasons


def _why(table: str, missing: pd.DataFrame | None) -> str:
    text = f"no rows in table {table}"
    if missing is not None and {"of", "reason"} <= set(missing.columns):
        told = missing.reason[missing.of == OF.get(table)].drop_duplicates()
        if len(told):
            others = len(told) - 1
            more = f", and {others} more reason{'s' if others > 1 else ''}" if others else ""
            return f"{text}: {told.iloc[0]}{more}"
    return text


def make(
    name: str,
    tables: Mapping[str, pd.DataFrame],
    *,
    stamp: str | None = None,
    dynamics: str | None = None,
    **options: Any,
) -> Sheet:
    """Return a figure of these tables.

    Parameters
    ----------
    name : str
        One of FIGURES.
    tables : mapping
        By name.
    stamp : str or None
        Word written across the figure, e.g. "demo".
    dynamics : str or None
        How the atoms moved, e.g. "heavy hydrogens, 4 fs"; told where runs are drawn.
    **options
        ``level`` of the ranges of twins, ``pressure_bar``, ``assumed``; each goes to the figures
        that have it.

    Raises
    ------
    KeyError
        No figure of that name.
    ValueError
        The tables do not allow it, with the reason; an option that no figure has.
    """
    if name not in FIGURES:
        raise KeyError(f"no figure {name!r}, there are: {', '.join(FIGURES)}")
    known = {option for one in FIGURES for option in _parameters(one)[2]}
    if unknown := set(options) - known:
        raise ValueError(f"no option {min(unknown)!r}, there are: {', '.join(sorted(known))}")
    if reason := skipped(tables).get(name):
        raise ValueError(f"{name} is not drawn: {reason}")
    needed, optional, own = _parameters(name)
    given = {table: tables.get(table, pd.DataFrame()) for table in needed}
    given |= {table: tables[table] for table in optional if len(tables.get(table, ()))}
    chosen = {option: value for option, value in options.items() if option in own}
    with matplotlib.style.context(MPLSTYLE):
        figure = _FUNCTIONS[name](**given, **chosen)
        if _shows_runs(figure):
            dynamics_told(figure, dynamics)
        if stamp:
            stamped(figure, stamp)
    return figure


def _shows_runs(figure: Sheet) -> bool:
    return "z_pdf" in figure.drawn or any(
        table.md.notna().any() for table in figure.drawn.values() if "md" in table
    )


def draw_all(
    directory: Path | str,
    md_and_continuum: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    observed: Mapping[str, pd.DataFrame] | None = None,
    *,
    stamp: str | None = None,
    dynamics: str | None = None,
    dpi: float = DPI,
    **options: Any,
) -> list[str]:
    """Draw every figure that the tables allow as <name>.png, .pdf and .csv; see `skipped`.

    Parameters
    ----------
    directory : Path
    md_and_continuum, tables : DataFrame and mapping
        ``table`` and ``tables`` of a `Comparison`.
    observed : mapping, optional
        Tables of the runs, of which those in OBSERVED are drawn; with columns layout and salt.
    stamp, dynamics, **options
        As of `make`.

    Returns
    -------
    list of str
        Names of the figures drawn, in their order.
    """
    observables = observed or {}
    there = {name: observables[name] for name in OBSERVED if name in observables}
    everything = {**tables, **there, MAIN: md_and_continuum}
    left_out = skipped(everything)
    drawn = [name for name in FIGURES if name not in left_out]
    for name in drawn:
        figure = make(name, everything, stamp=stamp, dynamics=dynamics, **options)
        save_all(figure, Path(directory) / name, name, dpi)
    return drawn


def draw_written(
    directory: Path,
    observed: Mapping[str, pd.DataFrame] | None = None,
    **options: Any,
) -> dict[str, str]:
    """Draw the figures of a comparison that was written, into its folder ``figures``.

    A figure that its tables do not allow is a sheet that says why.

    Parameters
    ----------
    directory : Path
        That of `Comparison.write`.
    observed : mapping, optional
        Tables of the runs, as of `draw_all`.
    **options
        As of `draw_all`.

    Returns
    -------
    dict
        Reasons by the names of figures that are not drawn.
    """
    main = read_table(directory / f"{MAIN}.csv")
    tables = {path.stem: read_table(path) for path in sorted((directory / "tables").glob("*.csv"))}
    assumed = (read_json(directory / "assumptions.json") or {}).get("steady")
    if assumed:
        options.setdefault("assumed", assumed)
    reasons = skipped({**tables, MAIN: main})
    home = directory / "figures"
    home.mkdir(exist_ok=True)
    draw_all(home, main, tables, observed, **options)
    for name, reason in reasons.items():
        with matplotlib.style.context(MPLSTYLE):
            sheet = Sheet(*REASON_INCHES)
            sheet.keep("reason", pd.DataFrame({"figure": [name], "reason": [reason]}))
            said = f"Not drawn: {reason}."
            sheet.text(0.5, 0.5, textwrap.fill(said, REASON_LETTERS), ha="center", va="center")
            sheet.finish(said)
        save_all(sheet, home / name, name, options.get("dpi", DPI))
    return reasons
