"""AMBER prmtop and inpcrd of a network.

Sections, units and signs follow the file format page of ambermd.org: charges are in
sqrt(kcal/mol A), pointers are 3 (n - 1), a dihedral with a negative third pointer makes no pair of
atoms three bonds apart, one with a negative fourth pointer is improper.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mdtools.atomic import write_text
from mdtools.constants import ANGSTROM_PER_NM, KJ_PER_KCAL
from mdtools.exports.parameters import COULOMB_14, LENNARD_JONES_14, Parameters

CHARGE_UNIT = 18.2223
"""AMBER's square root of the Coulomb constant, sqrt(kcal A/mol)/e."""
NO_TORSION = (2.0, 0.0, 0.0)
"""Periodicity, phase and height of a torsion that GAFF sets to zero."""
SCREENING_RADIUS_ANGSTROM = 1.5
"""Of implicit solvent, which these files are not for; the sections must be there."""
TEXT, INTEGER, REAL = ("20a4", 20, 4), ("10I8", 10, 8), ("5E16.8", 5, 16)


def write_amber(parameters: Parameters, prmtop: Path, inpcrd: Path) -> None:
    """Write topology and coordinates.

    The atoms are one AMBER molecule, whatever its pieces: AMBER wants the atoms of a molecule side
    by side, and a network's residues keep their order.
    """
    write_text(prmtop, _prmtop(parameters))
    write_text(inpcrd, _inpcrd(parameters))


def _inpcrd(p: Parameters) -> str:
    numbers = [f"{value:12.7f}" for value in (ANGSTROM_PER_NM * p.positions).ravel()]
    box = "".join(f"{value:12.7f}" for value in (*ANGSTROM_PER_NM * p.box_nm, 90, 90, 90))
    lines = ["".join(numbers[k : k + 6]) for k in range(0, len(numbers), 6)]
    return "\n".join([p.title, f"{len(p.names):6d}", *lines, box, ""])


def _prmtop(p: Parameters) -> str:
    bonds = _kinds(p.bonds.values)
    angles = _kinds(p.angles.values)
    quads, signs, values = _dihedrals(p)
    dihedrals = _kinds(values)
    heavy = p.elements != "H"
    split = [
        _with_and_without_hydrogen(p.bonds.atoms, np.ones_like(p.bonds.atoms), bonds[1], heavy),
        _with_and_without_hydrogen(p.angles.atoms, np.ones_like(p.angles.atoms), angles[1], heavy),
        _with_and_without_hydrogen(quads, signs, dihedrals[1], heavy),
    ]
    excluded, partners = _excluded(p)
    counts = [len(table[0]) for table in (bonds, angles, dihedrals)]
    a, b = _pair_coefficients(p)
    type_of = {kind: number for number, kind in enumerate(p.type_rows, 1)}
    half = KJ_PER_KCAL * 2
    per_nm2 = ANGSTROM_PER_NM**2
    flags: list[tuple[str, tuple, Iterable]] = [
        ("TITLE", ("20a4", 1, 80), [p.title[:80]]),
        ("POINTERS", INTEGER, _pointers(p, split, counts, len(partners))),
        ("ATOM_NAME", TEXT, p.names),
        ("CHARGE", REAL, CHARGE_UNIT * p.charges),
        ("ATOMIC_NUMBER", INTEGER, p.atomic_numbers),
        ("MASS", REAL, p.masses),
        ("ATOM_TYPE_INDEX", INTEGER, [type_of[kind] for kind in p.types]),
        ("NUMBER_EXCLUDED_ATOMS", INTEGER, excluded),
        ("NONBONDED_PARM_INDEX", INTEGER, _pair_index(len(type_of))),
        ("RESIDUE_LABEL", TEXT, p.residues),
        ("RESIDUE_POINTER", INTEGER, p.first_atoms + 1),
        ("BOND_FORCE_CONSTANT", REAL, bonds[0][:, 1] / half / per_nm2),
        ("BOND_EQUIL_VALUE", REAL, bonds[0][:, 0] * ANGSTROM_PER_NM),
        ("ANGLE_FORCE_CONSTANT", REAL, angles[0][:, 1] / half),
        ("ANGLE_EQUIL_VALUE", REAL, angles[0][:, 0]),
        ("DIHEDRAL_FORCE_CONSTANT", REAL, dihedrals[0][:, 2] / KJ_PER_KCAL),
        ("DIHEDRAL_PERIODICITY", REAL, dihedrals[0][:, 0]),
        ("DIHEDRAL_PHASE", REAL, dihedrals[0][:, 1]),
        ("SCEE_SCALE_FACTOR", REAL, [COULOMB_14] * counts[2]),
        ("SCNB_SCALE_FACTOR", REAL, [LENNARD_JONES_14] * counts[2]),
        ("SOLTY", REAL, [0.0] * len(type_of)),
        ("LENNARD_JONES_ACOEF", REAL, a),
        ("LENNARD_JONES_BCOEF", REAL, b),
        ("BONDS_INC_HYDROGEN", INTEGER, split[0][0].ravel()),
        ("BONDS_WITHOUT_HYDROGEN", INTEGER, split[0][1].ravel()),
        ("ANGLES_INC_HYDROGEN", INTEGER, split[1][0].ravel()),
        ("ANGLES_WITHOUT_HYDROGEN", INTEGER, split[1][1].ravel()),
        ("DIHEDRALS_INC_HYDROGEN", INTEGER, split[2][0].ravel()),
        ("DIHEDRALS_WITHOUT_HYDROGEN", INTEGER, split[2][1].ravel()),
        ("EXCLUDED_ATOMS_LIST", INTEGER, partners),
        ("HBOND_ACOEF", REAL, []),
        ("HBOND_BCOEF", REAL, []),
        ("HBCUT", REAL, []),
        ("AMBER_ATOM_TYPE", TEXT, p.types),
        ("TREE_CHAIN_CLASSIFICATION", TEXT, ["M"] * len(p.names)),
        ("JOIN_ARRAY", INTEGER, [0] * len(p.names)),
        ("IROTAT", INTEGER, [0] * len(p.names)),
        ("SOLVENT_POINTERS", ("3I8", 3, 8), [len(p.residues), 1, 2]),
        ("ATOMS_PER_MOLECULE", INTEGER, [len(p.names)]),
        ("BOX_DIMENSIONS", REAL, [90.0, *ANGSTROM_PER_NM * p.box_nm]),
        ("RADIUS_SET", ("1a80", 1, 80), ["none"]),
        ("RADII", REAL, [SCREENING_RADIUS_ANGSTROM] * len(p.names)),
        ("SCREEN", REAL, [0.0] * len(p.names)),
        ("IPOL", ("1I8", 1, 8), [0]),
    ]
    version = "%VERSION  VERSION_STAMP = V0001.000  DATE = 01/01/00  00:00:00"
    return "\n".join([version, *(_section(*flag) for flag in flags), ""])


def _section(flag: str, layout: tuple[str, int, int], values: Iterable) -> str:
    name, per_line, width = layout
    if name.endswith("E16.8"):
        fields = [f"{value:16.8E}" for value in values]
    elif "I" in name:
        fields = [f"{value:8d}" for value in values]
    else:
        fields = [f"{value:<{width}s}" for value in values]
    lines = ["".join(fields[k : k + per_line]) for k in range(0, len(fields), per_line)]
    return "\n".join([f"%FLAG {flag}", f"%FORMAT({name})", *(lines or [""])])


def _pointers(p: Parameters, split, counts: list[int], exclusions: int) -> list[int]:
    """List the 31 numbers of POINTERS, in AMBER's names from NATOM to NUMEXTRA."""
    (bonds_h, bonds), (angles_h, angles), (dihedrals_h, dihedrals) = (
        (len(one), len(other)) for one, other in split
    )
    largest = int(np.diff(np.append(p.first_atoms, len(p.names))).max())
    atoms_and_terms = [len(p.names), len(p.type_rows), bonds_h, bonds, angles_h, angles]
    atoms_and_terms += [dihedrals_h, dihedrals, 0, 0, exclusions, len(p.residues)]
    again = [bonds, angles, dihedrals, *counts, len(p.type_rows), 0]
    perturbation = [0] * 7
    box, cap, extra_points = 1, 0, 0
    return [*atoms_and_terms, *again, *perturbation, box, largest, cap, extra_points]


def _kinds(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find distinct rows (K, V) of parameters (T, V), and the row, from 1, of each term.

    >>> table, number = _kinds(np.array([[1.0, 2.0], [0.0, 1.0], [1.0, 2.0]]))
    >>> table.tolist(), number.tolist()
    ([[0.0, 1.0], [1.0, 2.0]], [2, 1, 2])
    """
    table, row = np.unique(values, axis=0, return_inverse=True)
    return table, row.reshape(-1) + 1


def _with_and_without_hydrogen(atoms, signs, kind, heavy) -> tuple[np.ndarray, np.ndarray]:
    """Split rows of signed pointers and kind by whether they have a hydrogen, as AMBER requires."""
    rows = np.column_stack([3 * atoms * signs, kind]) if len(atoms) else np.empty((0, 3), int)
    bare = heavy[atoms].all(axis=1) if len(atoms) else np.empty(0, bool)
    return rows[~bare], rows[bare]


def _dihedrals(p: Parameters) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List atoms (D, 4), signs (D, 4) and values (D, 3) of all dihedrals.

    Every pair three bonds apart belongs to exactly one dihedral with a positive third pointer: not
    to one of the further terms of that dihedral, nor to the other way round a ring. Pairs whose
    torsion is zero in the force field get one that says so.
    """
    unassigned = set(map(tuple, p.pairs.tolist()))
    quads, signs = [], []
    for atoms, improper in zip(p.torsions.atoms.tolist(), p.improper.tolist(), strict=True):
        # The first atom has no negative pointer: -0 is 0.
        quad = atoms[::-1] if 0 in atoms[2:] else atoms
        ends = (min(quad[0], quad[3]), max(quad[0], quad[3]))
        makes_pair = not improper and ends in unassigned
        if makes_pair:
            unassigned.remove(ends)
        quads.append(quad)
        signs.append((1, 1, 1 if makes_pair else -1, -1 if improper else 1))
    zero = _chains(p, sorted(unassigned))
    values = np.concatenate([p.torsions.values, np.tile(NO_TORSION, (len(zero), 1))])
    signs += [(1, 1, 1, 1)] * len(zero)
    return np.array(quads + zero).reshape(-1, 4), np.array(signs).reshape(-1, 4), values


def _chains(p: Parameters, ends: list[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Find four bonded atoms from one end to the other, for each pair three bonds apart."""
    bonded: list[set[int]] = [set() for _ in p.names]
    for i, j in p.bonds.atoms.tolist():
        bonded[i].add(j)
        bonded[j].add(i)
    chains: list[tuple[int, ...]] = []
    for first, last in ends:
        inner = ((a, b) for a in sorted(bonded[first]) for b in sorted(bonded[a] & bonded[last]))
        chain = (first, *next(inner), last)
        chains.append(chain[::-1] if 0 in chain[2:] else chain)
    return chains


def _excluded(p: Parameters) -> tuple[list[int], list[int]]:
    """Count the excluded atoms of each atom, and list them: those behind it, or a lone 0."""
    partners: list[list[int]] = [[] for _ in p.names]
    for i, j in np.concatenate([p.pairs, p.excluded]).tolist():
        partners[i].append(j + 1)
    listed = [sorted(mine) or [0] for mine in partners]
    return [len(mine) for mine in listed], [number for mine in listed for number in mine]


def _pair_index(kinds: int) -> list[int]:
    """Index each pair of types (row by row) in the triangular tables of coefficients."""
    square = [(max(i, j), min(i, j)) for i in range(kinds) for j in range(kinds)]
    return [i * (i + 1) // 2 + j + 1 for i, j in square]


def _pair_coefficients(p: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Mix A (kcal A12/mol) and B (kcal A6/mol) of A/r12 - B/r6 by Lorentz-Berthelot rules."""
    rows = np.array(list(p.type_rows.values()))
    i, j = np.tril_indices(len(rows))
    sigma = ANGSTROM_PER_NM * p.sigma_nm[rows]
    epsilon = p.epsilon[rows] / KJ_PER_KCAL
    depth, power = np.sqrt(epsilon[i] * epsilon[j]), ((sigma[i] + sigma[j]) / 2) ** 6
    return 4 * depth * power**2, 4 * depth * power
