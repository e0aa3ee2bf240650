"""The names of all observables and figures, each a module of its own, in the order of reports.

A new observable or figure is a module in ``analysis/observables`` or ``analysis/figures`` and its
name here.
"""

import ast
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

OBSERVABLES = (
    "extent",
    "snapshots",
    "density_map",
    "z_pdf",
    "mean_z",
    "permeation",
    "profiles",
    "structure",
    "water",
    "water_msd",
    "flow",
    "energies",
    "radial",
    "coordination",
    "pair_lifetimes",
    "clusters",
    "chaperones",
    "group_lifetimes",
    "hopping",
    "crossings",
    "ion_msd",
)
"""Modules of ``analysis.observables``; each has ``TABLES`` and ``tables(trials, options)``."""
FIGURES = (
    "overview",
    "snapshots",
    "z_pdf",
    "mean_z",
    "permeation",
    "profiles",
    "structure",
    "water",
    "energies",
    "coordination",
    "overlay",
    "radial",
    "lifetimes",
    "clusters",
    "chaperones",
    "hopping",
    "crossings",
    "ion_msd",
)
"""Modules of ``analysis.figures``, each with a function of its name that draws one figure; what it
shows is told in ``workflow/report/<name>.rst``."""
OF_ALL_SALTS = ("overview",)
"""Figures that hold all salts of a campaign; of the others there is one a salt."""
FIGURE_ENDINGS = ("png", "pdf", "csv", "txt")
"""Files of every figure: for the screen, for print, the numbers that it shows, its caption."""
LABBAN_FIGURES = (
    "permeability_map",
    "effective_thickness",
    "charge_density",
    "pore_radius",
    "pore_permittivity",
    "pure_water",
    "seawater_performance",
    "divalent_rejections",
)
"""Figures 4 to 11 of Labban et al. (2018), in their order; in ``analysis.figures.continuum``."""
COMPARISON_FIGURES = (
    "twin_mean_z",
    "twin_profiles",
    "charge_bars",
    "layout_ranks",
    "steady_permeation",
)
"""Modules of ``analysis.figures.comparison``; their captions are in ``workflow/report``, too."""
FREE_ENERGY_TABLES = ("free_energy", "windows", "overlap")
"""Tables of the windows of one layout, salt and ion."""
ZERO_IN_PLACE = "zero_in_place"
"""Beside these tables: whether the free energy is zero where it is to be, as an ion came there."""
FREE_ENERGY_FIGURE = "free_energies"
"""Module of ``analysis.figures`` that draws all of them; its caption is in ``workflow/report``."""
COMPARISON_MAIN, COMPARISON_ASSUMPTIONS = "md_and_continuum.csv", "assumptions.json"
COMPARISON_FOLDER = "tables"
"""Files of a comparison, and the folder of its other tables."""
COMPARISON_TABLES = (
    "orders",
    "partings",
    "causes",
    "profiles",
    "charge_profiles",
    "parameters",
    "steady",
    "missing",
)
"""Tables of a comparison beside its main one."""


def table_names() -> tuple[str, ...]:
    """Return the names of all tables, read from the observables, which take seconds to import."""
    names: list[str] = []
    for module in OBSERVABLES:
        source = Path(__file__).parent / "observables" / f"{module}.py"
        for node in ast.parse(source.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TABLES":
                names += ast.literal_eval(node.value)
    return tuple(names)


FIGURES_A_JOB = 5


def figure_stems(figures: Sequence[str], salts: Sequence[str]) -> dict[str, tuple[str, list[str]]]:
    """Return figure and salts by the name of its files: one a salt, but for those of all salts.

    >>> list(figure_stems(["overview", "mean_z"], ["NaCl", "CaCl2"]))
    ['overview', 'mean_z_NaCl', 'mean_z_CaCl2']
    >>> list(figure_stems(["overview", "mean_z"], ["NaCl"]))
    ['overview', 'mean_z']
    """
    stems = {}
    for figure in figures:
        if figure in OF_ALL_SALTS or len(salts) == 1:
            stems[figure] = figure, list(salts)
        else:
            stems |= {f"{figure}_{salt}": (figure, [salt]) for salt in salts}
    return stems


def figure_jobs(stems: Mapping[K, V]) -> list[dict[K, V]]:
    """Return figures in the batches that one job draws: loading matplotlib takes as long as one.

    >>> figure_jobs(dict(enumerate("abcdefg")))
    [{0: 'a', 1: 'b', 2: 'c', 3: 'd', 4: 'e'}, {5: 'f', 6: 'g'}]
    """
    rest = iter(stems.items())
    return [dict(job) for job in iter(lambda: list(islice(rest, FIGURES_A_JOB)), [])]


def tables_of(figure: str) -> list[str]:
    """Return the names of the tables that a figure draws, read from its module as `table_names`.

    They are the function's parameters; those that are keyword-only are options.
    """
    source = Path(__file__).parent / "figures" / f"{figure}.py"
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == figure:
            return [argument.arg for argument in node.args.args]
    raise ValueError(f"{source} has no function {figure}")
