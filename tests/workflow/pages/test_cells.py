"""The drawing of a cell and the table of cells, from a bundle of known atoms."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.figures.transport_cell import transport_cell
from workflow.pages import cells


def bundle():
    """Two carbons and a hydrogen of a membrane, a group on the second, a water, an ion, sheets."""
    element = ["C", "C", "H", "O", "Na", "C", "C"]
    mass = [12.0, 12.0, 1.0, 16.0, 23.0, 12.0, 12.0]
    rows = [
        (0, "membrane", "", ""),
        (1, "membrane", "", ""),
        (2, "membrane", "", ""),
        (1, "charged group", "COO-", ""),
        (3, "water oxygen", "H2O", "feed"),
        (4, "feed ion", "Na+", "feed"),
        (5, "piston", "C", "feed"),
        (6, "piston", "C", "permeate"),
    ]
    z = [4.0, 6.0, 5.0, 2.0, 2.5, 1.0, 9.0]
    positions = np.column_stack([[0.5, 2.4, 1.0, -0.2, 5.1, 0.0, 0.0], np.zeros(7), z])
    roles = pd.DataFrame(rows, columns=["atom", "role", "species", "side"])
    return SimpleNamespace(
        topology=pd.DataFrame({"element": element, "mass": mass}),
        roles=roles,
        positions=positions,
        box_nm=np.array([2.0, 3.0, 12.0]),
        atoms=lambda role: roles.atom[roles.role == role].to_numpy(),
    )


def test_a_drawn_cell_has_each_heavy_atom_once_at_its_place():
    atoms, lengths = cells.tables(bundle())
    by_role = atoms.set_index("role")
    assert sorted(atoms.role) == sorted(
        ["membrane", "charged group", "water oxygen", "feed ion", "piston", "piston"]
    )
    # z from the centre of mass at 5 nm, x within a box of 20 angstrom.
    assert by_role.loc["feed ion", ["x_angstrom", "z_angstrom"]].tolist() == pytest.approx(
        [-9, -25]
    )
    assert by_role.loc["charged group", "x_angstrom"] == pytest.approx(4)
    size = lengths.set_index("place").eval("to_angstrom - from_angstrom")
    expected = {"feed reservoir": 30, "membrane": 20, "permeate reservoir": 30, "x": 20, "y": 30}
    assert size.to_dict() == pytest.approx(expected)


def test_a_drawing_shows_ions_where_the_table_has_them_with_the_lengths():
    atoms, lengths = (one.assign(layout="pH7", salt="NaCl") for one in cells.tables(bundle()))
    figure = transport_cell(atoms, lengths)
    (axes,) = figure.get_axes()
    offsets = [tuple(np.round(one.get_offsets().data[0], 6)) for one in axes.collections]
    assert (-25.0, -9.0) in offsets
    words = [text.get_text() for text in axes.texts]
    assert [word for word in words if word.endswith("nm")] == ["3.0 nm", "2.0 nm", "3.0 nm"]
    assert axes.get_aspect() == 1
    assert "feed ions 1 Na⁺; charged groups 1 COO⁻; 1 waters" in figure.caption


def report(root, *path, **content):
    file = root.joinpath(*path, "report.json")
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(content))


def test_the_table_of_cells_counts_what_the_reports_say_and_charges_cancel(tmp_path):
    campaign = {"layouts": ["pH2", "pH7"], "salts": {"CaCl2": {}}}
    for name, groups, charge, species, count in (
        ("pH2", {"NH2+": 14}, 14, "Cl-", 14),
        ("pH7", {"NH2+": 14, "COO-": 28}, -14, "Ca2+", 7),
    ):
        report(tmp_path, "charged", name, counts=groups, net_charge_e=charge)
        ions = [
            {"role": "counter-ion", "side": side, "species": species, "count": number}
            for side, number in (("feed", count // 2), ("permeate", count - count // 2))
        ]
        ions.append({"role": "feed ion", "side": "feed", "species": "Ca2+", "count": 10})
        report(
            *(tmp_path, "cell", name, "CaCl2"),
            ions=ions,
            waters={"feed": 3918, "membrane": 900, "permeate": 3918},
            feed_molarity={"Ca2+": 0.133},
            box_nm=[5.2, 5.2, 14.0],
            membrane_atoms=8507,
            particles=47000,
        )
    cells.write_table(tmp_path, campaign)
    table = pd.read_csv(tmp_path / "cells.csv").set_index("layout")
    sides = ("feed", "permeate")
    for name, species, valence in (("pH2", "Cl-", -1), ("pH7", "Ca2+", 2)):
        there = sum(table.loc[name, f"counter_ions_{side}_{species}"] for side in sides)
        assert valence * there + table.net_charge_e[name] == 0
    assert (table["groups_NH2+"] - table["groups_COO-"] == table.net_charge_e).all()
    assert table.loc["pH7", "counter_ions_feed_Cl-"] == 0
