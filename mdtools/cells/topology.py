"""Topology of an assembled cell, and the role table of its atoms."""

import numpy as np
import pandas as pd
from openmm import app, unit

from mdtools.cells.solvation import SIDES, IonsAndWaters
from mdtools.constants import WATER_SITES
from mdtools.ions import SHAPES, central_atoms
from mdtools.polymer import Polymer
from mdtools.roles import (
    ANCHOR,
    CHARGED_GROUP,
    COUNTER_ION,
    FEED_ION,
    MEMBRANE,
    PISTON,
    WATER_OXYGEN,
)
from mdtools.systems.system import add_polymer

SHEET_RESIDUE = "GRA"
SHEET_TEMPLATE = "graphene"
WATER = "HOH"
COLUMNS = ["atom", "role", "species", "group", "side"]


def cell_topology(
    polymer: Polymer, solution: IonsAndWaters, sheet_atoms: int, box_nm: np.ndarray
) -> tuple[app.Topology, dict[app.topology.Residue, str]]:
    """Build the topology with chains MEM, ION, WAT, GRF, and the template of each residue.

    Sheets have no bonds yet: to the force field each carbon is a residue of its own. Without sheets
    there is no chain GRF.
    """
    topology = app.Topology()
    topology.setPeriodicBoxVectors(np.diag(box_nm) * unit.nanometer)
    templates = add_polymer(topology, polymer)
    chain = topology.addChain("ION")
    for number, species in enumerate(solution.ions["species"], 1):
        templates[_add_ion(topology, chain, species, number)] = species
    chain = topology.addChain("WAT")
    for number in range(1, len(solution.waters) + 1):
        templates[_add_water(topology, chain, number)] = WATER
    if not sheet_atoms:
        return topology, templates
    chain = topology.addChain("GRF")
    for number in range(1, 2 * sheet_atoms + 1):
        residue = topology.addResidue(SHEET_RESIDUE, chain, id=str(number))
        topology.addAtom("C", app.element.carbon, residue)
        templates[residue] = SHEET_TEMPLATE
    return topology, templates


def _add_ion(
    topology: app.Topology, chain: app.topology.Chain, species: str, number: int
) -> app.topology.Residue:
    shape = SHAPES[species]
    residue = topology.addResidue(species, chain, id=str(number))
    atoms = [
        topology.addAtom(name, app.element.get_by_symbol(element), residue)
        for name, element in zip(shape.names, shape.elements, strict=True)
    ]
    for one, other in shape.bonds:
        topology.addBond(atoms[one], atoms[other])
    return residue


def _add_water(topology: app.Topology, chain: app.topology.Chain, number: int):
    residue = topology.addResidue(WATER, chain, id=str(number))
    oxygen = topology.addAtom("O", app.element.oxygen, residue)
    for name in ("H1", "H2"):
        topology.addBond(oxygen, topology.addAtom(name, app.element.hydrogen, residue))
    topology.addAtom("M", None, residue)
    return residue


def sheet_atoms(particles: int, per_sheet: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the atoms of the feed and the permeate sheet, the last ones of a cell."""
    permeate = particles - per_sheet
    return np.arange(permeate - per_sheet, permeate), np.arange(permeate, particles)


def cell_roles(polymer: Polymer, solution: IonsAndWaters, per_sheet: int) -> pd.DataFrame:
    """Tabulate the roles of a cell: ``atom``, ``role``, ``species``, ``group``, ``side``.

    An ion of several atoms is its central one. ``group`` is the ion's number in its role, the id of
    the charged group, the residue of a membrane atom, the number of the water, or the piston, 0 for
    feed, 1 for permeate.
    """
    membrane, of_ions = len(polymer.atoms), len(solution.ion_positions)
    residue = polymer.atoms["residue"].to_numpy()
    names = polymer.residues["name"].to_numpy()[residue]
    waters = np.arange(len(solution.waters))
    oxygens = membrane + of_ions + WATER_SITES * waters
    sheets = sheet_atoms(membrane + of_ions + WATER_SITES * len(waters) + 2 * per_sheet, per_sheet)
    ions = solution.ions.assign(atom=membrane + central_atoms(solution.ions["species"]))
    tables = [
        ions[ions["role"] == FEED_ION],
        ions[ions["role"] == COUNTER_ION],
        _rows(
            CHARGED_GROUP, polymer.groups["atom"], polymer.groups["kind"], polymer.groups["group"]
        ),
        *(_rows(PISTON, atoms, "C", number, SIDES[number]) for number, atoms in enumerate(sheets)),
        _rows(MEMBRANE, np.arange(membrane), names, residue),
        _rows(WATER_OXYGEN, oxygens, "H2O", waters, solution.water_sides),
    ]
    return pd.concat([table[COLUMNS] for table in tables if len(table)], ignore_index=True)


def with_anchors(roles: pd.DataFrame, anchors: np.ndarray) -> pd.DataFrame:
    """Return the roles of a cell with those of anchored membrane atoms, before the pistons'."""
    membrane = roles[roles["role"] == MEMBRANE].set_index("atom").loc[anchors]
    rows = _rows(ANCHOR, anchors, membrane["species"], membrane["group"])[COLUMNS]
    first = int(np.flatnonzero(roles["role"] == PISTON)[0])
    return pd.concat([roles[:first], rows, roles[first:]], ignore_index=True)


def _rows(role: str, atoms, species, group, side="") -> pd.DataFrame:
    table = pd.DataFrame({"atom": np.asarray(atoms)})
    columns = {"role": role, "species": species, "group": group, "side": side}
    for name, value in columns.items():
        table[name] = value if np.isscalar(value) else np.asarray(value)
    return table
