"""PDBx/mmCIF file of a network, with every bond."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from mdtools.atomic import write_text
from mdtools.constants import ANGSTROM_PER_NM
from mdtools.exports.parameters import Parameters

CHAIN = "M"
ENTITY = 1
LONGEST_NAME = 70
HOME = 5
"""Code of the unit cell itself in symmetry operators such as 1_555."""
FARTHEST_IMAGE = 4
ORDERS = {("ca", "ca"): "arom", ("c", "o"): "doub"}
"""Bond orders by atom types; all others are single."""
DELOCALISED = "delo"
"""Order of both C-O bonds of a carboxylate."""


def write_mmcif(parameters: Parameters, path: Path) -> None:
    """Write atoms, cell, the bonds within each residue type and the bonds between residues.

    A bond through the periodic boundary names the image of its second atom.

    Raises
    ------
    ValueError
        If bonded atoms lie more than four cells apart: residues must be near each other.
    """
    write_text(path, "\n".join(_lines(parameters)) + "\n")


def _lines(p: Parameters) -> Iterator[str]:
    yield f"data_{re.sub('[^A-Za-z0-9_-]+', '_', p.title)[:LONGEST_NAME]}\n#"
    for axis, length in zip("abc", ANGSTROM_PER_NM * p.box_nm, strict=True):
        yield f"_cell.length_{axis} {length:.5f}"
    for angle in ("alpha", "beta", "gamma"):
        yield f"_cell.angle_{angle} 90"
    yield "#\n_symmetry.space_group_name_H-M 'P 1'\n_symmetry.Int_Tables_number 1\n#"
    yield f"_entity.id {ENTITY}\n_entity.type polymer\n#"
    yield from _loop("atom_site", ATOM_SITE, _atoms(p))
    yield from _loop("struct_conn", STRUCT_CONN, _connections(p))
    yield from _loop("chem_comp_bond", COMPONENT_BOND, _component_bonds(p))


ATOM_SITE = (
    "group_PDB id type_symbol label_atom_id label_alt_id label_comp_id label_asym_id "
    "label_entity_id label_seq_id pdbx_PDB_ins_code Cartn_x Cartn_y Cartn_z occupancy "
    "B_iso_or_equiv auth_seq_id auth_comp_id auth_asym_id auth_atom_id pdbx_PDB_model_num"
).split()
_PARTNER = "label_asym_id label_comp_id label_seq_id label_atom_id symmetry".split()
STRUCT_CONN = ["id", "conn_type_id", *(f"ptnr{k}_{name}" for k in (1, 2) for name in _PARTNER)]
COMPONENT_BOND = ["comp_id", "atom_id_1", "atom_id_2", "value_order"]


def _loop(category: str, columns: Iterable[str], rows: Iterable[str]) -> Iterator[str]:
    rows = list(rows)
    if rows:
        yield "loop_"
        yield from (f"_{category}.{column}" for column in columns)
        yield from rows
        yield "#"


def _atoms(p: Parameters) -> Iterator[str]:
    for row, (name, element) in enumerate(zip(p.names, p.elements, strict=True)):
        x, y, z = ANGSTROM_PER_NM * p.positions[row]
        number, label = p.residue[row] + 1, p.residues[p.residue[row]]
        yield (
            f"HETATM {row + 1} {element} {name} . {label} {CHAIN} {ENTITY} {number} ? "
            f"{x:.5f} {y:.5f} {z:.5f} 1.00 0.00 {number} {label} {CHAIN} {name} 1"
        )


def _between(p: Parameters) -> np.ndarray:
    """Mark the bonds (B,) between residues."""
    return np.diff(p.residue[p.bonds.atoms], axis=1)[:, 0] != 0


def _connections(p: Parameters) -> Iterator[str]:
    links = p.bonds.atoms[_between(p)]
    images = p.images(links)
    if np.abs(images).max(initial=0) > FARTHEST_IMAGE:
        raise ValueError("bonded atoms lie more than four cells apart; wrap the residues first")
    for number, ((i, j), image) in enumerate(zip(links.tolist(), images, strict=True), 1):
        shifted = "".join(str(HOME + step) for step in image)
        yield f"covale{number} covale {_partner(p, i)} 1_555 {_partner(p, j)} 1_{shifted}"


def _partner(p: Parameters, atom: int) -> str:
    residue = p.residue[atom]
    return f"{CHAIN} {p.residues[residue]} {residue + 1} {p.names[atom]}"


def _component_bonds(p: Parameters) -> Iterator[str]:
    """Yield the bonds of the first residue of each name: all others have the same."""
    first: dict[str, int] = {}
    for row, label in enumerate(p.residues):
        first.setdefault(label, row)
    # A carboxylate's carbon has two bonds to oxygens of type o.
    inside = p.bonds.atoms[~_between(p)]
    double = np.array([_order(p, i, j) == "doub" for i, j in inside.tolist()], dtype=bool)
    oxygens = np.bincount(inside[double].ravel(), minlength=len(p.names))
    rows_of = p.residue[inside[:, 0]]
    for label, row in sorted(first.items()):
        for i, j in inside[rows_of == row].tolist():
            order = _order(p, i, j)
            if order == "doub" and max(oxygens[i], oxygens[j]) > 1:
                order = DELOCALISED
            yield f"{label} {p.names[i]} {p.names[j]} {order}"


def _order(p: Parameters, i: int, j: int) -> str:
    return ORDERS.get(tuple(sorted((p.types[i], p.types[j]))), "sing")
