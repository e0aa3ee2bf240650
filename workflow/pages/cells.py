"""The cells of a campaign: a drawing of how they are built, and a table of what is in them."""

from pathlib import Path

import matplotlib.style
import numpy as np
import pandas as pd

from analysis.figures.files import save_all
from analysis.figures.sheet import dynamics_told
from analysis.figures.stamp import stamped
from analysis.figures.style import MPLSTYLE
from analysis.figures.transport_cell import transport_cell
from mdtools import Bundle, records
from mdtools.atomic import write_text
from mdtools.constants import ANGSTROM_PER_NM
from mdtools.options import CellOptions
from mdtools.roles import (
    CHARGED_GROUP,
    COUNTER_ION,
    FEED_ION,
    GROUP_CHARGE_E,
    MEMBRANE,
    PISTON,
    TRACKED,
    WATER_OXYGEN,
)
from mdtools.slab import mass_faces

DRAWN = (*TRACKED, MEMBRANE, PISTON, WATER_OXYGEN)
COLUMNS = {FEED_ION: "feed_ions", COUNTER_ION: "counter_ions"}
"""Begins of the names of columns that count ions."""
NAME = "cell"
"""Of the drawing, and of its files."""


def draw(results: Path, campaign: dict, dpi: float) -> None:
    """Draw the cell of the first layout with each salt: figures/cell.png, .pdf and .csv."""
    layout = campaign["layouts"][0]
    parts = []
    for salt in campaign["salts"]:
        bundle = Bundle.load(results / "cell" / layout / salt)
        parts.append([one.assign(layout=layout, salt=salt) for one in tables(bundle)])
    atoms, lengths = (pd.concat(each, ignore_index=True) for each in zip(*parts, strict=True))
    with matplotlib.style.context(MPLSTYLE):
        figure = transport_cell(atoms, lengths)
        dynamics_told(figure, CellOptions(**campaign["cell"]).dynamics)
        if campaign["stamp"]:
            stamped(figure, campaign["stamp"])
    save_all(figure, results / "figures" / NAME, NAME, dpi)


def tables(bundle: Bundle) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the atoms of a bundle that are drawn, and its lengths, angstrom.

    x lies in [-L/2, L/2), z is relative to the membrane's centre of mass.
    """
    membrane = bundle.atoms(MEMBRANE)
    masses = bundle.topology.mass.to_numpy()[membrane]
    placed = ANGSTROM_PER_NM * bundle.positions
    placed[:, 2] -= np.average(placed[membrane, 2], weights=masses)
    box = ANGSTROM_PER_NM * bundle.box_nm
    roles = bundle.roles[bundle.roles.role.isin(DRAWN)]
    heavy = bundle.topology.element.to_numpy()[roles.atom] != "H"
    roles = roles[heavy & ~((roles.role == MEMBRANE) & roles.atom.isin(groups_of(bundle)))]
    x = placed[roles.atom, 0]
    atoms = roles[["role", "species"]].assign(
        x_angstrom=x - box[0] * np.floor(x / box[0] + 0.5), z_angstrom=placed[roles.atom, 2]
    )
    sheets = roles[roles.role == PISTON]
    feed, permeate = (placed[sheets.atom[sheets.side == s], 2].mean() for s in ("feed", "permeate"))
    low, high = mass_faces(placed[membrane, 2], masses)
    rows = [
        ("feed reservoir", feed, low),
        ("membrane", low, high),
        ("permeate reservoir", high, permeate),
        ("x", -box[0] / 2, box[0] / 2),
        ("y", -box[1] / 2, box[1] / 2),
    ]
    return atoms, pd.DataFrame(rows, columns=["place", "from_angstrom", "to_angstrom"])


def groups_of(bundle: Bundle) -> pd.Series:
    """Return the atoms that stand for charged groups, which are drawn as such."""
    return bundle.roles.atom[bundle.roles.role == CHARGED_GROUP]


def write_table(results: Path, campaign: dict) -> None:
    """Write cells.csv: what each membrane and cell is made of, a row for each layout and salt."""
    rows = [
        row(
            layout,
            salt,
            records.read(results / "charged" / layout / "report.json"),
            records.read(results / "cell" / layout / salt / "report.json"),
        )
        for salt in campaign["salts"]
        for layout in campaign["layouts"]
    ]
    table = pd.DataFrame(rows)
    counts = [name for name in table if name.startswith(tuple(COLUMNS.values()))]
    table[counts] = table[counts].fillna(0).astype(int)
    write_text(results / "cells.csv", table.to_csv(index=False, float_format="%.7g"))


def row(layout: str, salt: str, charged: dict, cell: dict) -> dict:
    """Return the row of one cell, from the reports of its membrane and of its assembly."""
    groups = {f"groups_{name}": charged["counts"].get(name, 0) for name in GROUP_CHARGE_E}
    ions = {
        f"{COLUMNS[one['role']]}_{one['side']}_{one['species']}": one["count"]
        for one in cell["ions"]
    }
    return (
        {"layout": layout, "salt": salt, "net_charge_e": charged["net_charge_e"]}
        | groups
        | ions
        | {f"waters_{place}": number for place, number in cell["waters"].items()}
        | {f"feed_mol_l_{ion}": value for ion, value in cell["feed_molarity"].items()}
        | {f"box_{axis}_nm": one for axis, one in zip("xyz", cell["box_nm"], strict=True)}
        | {"membrane_atoms": cell["membrane_atoms"], "particles": cell["particles"]}
    )
