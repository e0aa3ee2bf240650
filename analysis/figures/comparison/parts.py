"""Parts of figures of atoms beside theory: faces of membranes, marks in legends, captions."""

import re

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.sheet import Cell, cells
from analysis.figures.style import PALETTE, color, label, ordered

MEAN_Z = "mean_z_nm"
NM_PER_ANGSTROM = 0.1
Z_LABEL, Z_LABEL_SHORT = "z from membrane centre (nm)", "z (nm)"
NO_RUN = "no run"
GREY = "#555555"
TWIN_DASHES = (0, (4, 1.6))
TWIN = "Twins: Nernst-Planck and Poisson in one dimension, ideal ions, every charged group 1 e"


def mean_z_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of mean z of a table of runs and twins."""
    return table[table.quantity == MEAN_Z]


def faces_nm(
    cell: Cell, parameters: pd.DataFrame, extent: pd.DataFrame | None
) -> tuple[float, float] | None:
    """Return the faces of a cell's membrane, nm: those of the runs, else by thickness and middle.

    None where no table says.
    """
    if extent is not None:
        own = cell.of(extent)
        places = own[own.trial == "all"].set_index("place").z_angstrom * NM_PER_ANGSTROM
        if {"feed face", "permeate face"} <= set(places.index):
            return float(places["feed face"]), float(places["permeate face"])
    if {"layout", "salt", "quantity", "value"} <= set(parameters.columns):
        own = cell.of(parameters)
        known = own[own.ion.isna() | (own.ion == "")].set_index("quantity").value
        if "thickness_nm" in known.index:
            half, middle = known["thickness_nm"] / 2, known.get("faces_middle_nm", 0.0)
            return float(middle - half), float(middle + half)
    return None


def say_no_run(axes) -> None:
    """Write over a panel, on the right, that its cell has no run."""
    axes.set_title(NO_RUN, loc="right", fontsize=7, fontweight="normal", color=GREY)


def ion_handles(ions, **style) -> list:
    """Return a handle of the legend for each ion."""
    return [Line2D([], [], color=color(ion), label=label(ion), **style) for ion in ordered(ions)]


def membrane_handle() -> Patch:
    """Return the handle of the grey between the faces."""
    return Patch(color=PALETTE["membrane"], alpha=0.25, label="membrane")


def percent(level: float) -> str:
    """Return a level as printed.

    >>> percent(0.95), percent(0.999)
    ('95 %', '99.9 %')
    """
    return f"{100 * level:.4g} %"


def what_ions_show(rows: pd.DataFrame, level: float) -> str:
    """Return what the ranges of twins are, with the numbers of ions that they stand for."""
    counted = rows[rows.ions.notna()]
    largest = counted.groupby(["salt", "ion"], sort=False).ions.max()
    numbers = "; ".join(
        f"{salt}: "
        + ", ".join(
            f"{largest[salt, ion]:.0f} {label(ion)}" for ion in ordered(largest[salt].index)
        )
        for salt in dict.fromkeys(counted.salt)
    )
    return (
        f"where the mean of as many independent ions would be found with {percent(level)} if the "
        f"twin were right ({numbers})"
    )


def intervals_text(rows: pd.DataFrame) -> str:
    """Return the kinds of the runs' intervals."""
    kinds = [kind for kind in dict.fromkeys(rows.md_interval[rows.md.notna()]) if kind != "none"]
    return "; ".join(kinds) if kinds else "no interval"


def basis_text(table: pd.DataFrame) -> str:
    """Return what the twins rest on.

    >>> rows = pd.DataFrame({"layout": ["a", "b"], "salt": "s", "basis": ["runs", "cell"]})
    >>> basis_text(rows.head(1)), basis_text(rows)
    ('Basis of the twins: runs.', 'Basis of the twins: runs (a, s); cell (b, s).')
    """
    kinds = list(dict.fromkeys(table.basis))
    if len(kinds) == 1:
        return f"Basis of the twins: {kinds[0]}."
    told = [f"{kind} ({titles(cells(table[table.basis == kind]))})" for kind in kinds]
    return f"Basis of the twins: {'; '.join(told)}."


def without_run_text(table: pd.DataFrame) -> str:
    """Return which cells of a table of runs and twins have no run, or that none has."""
    every = cells(table)
    ran = cells(table[table.md.notna()])
    if not ran:
        return "No run is there: the twins stand alone."
    alone = [cell for cell in every if cell not in ran]
    return f"No run: {titles(alone)}." if alone else ""


def titles(these: list[Cell]) -> str:
    """Return the names of cells in one line."""
    return "; ".join(cell.title for cell in these)


def joined(*sentences: str) -> str:
    """Return the sentences that say something, with one space between.

    >>> joined("One.", "", "Two.")
    'One. Two.'
    """
    return re.sub(r" +", " ", " ".join(sentence for sentence in sentences if sentence))
