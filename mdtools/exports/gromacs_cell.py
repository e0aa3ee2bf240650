"""GROMACS files of a cell: topology, start, parameters of the run, index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mdtools.atomic import write_text
from mdtools.constants import KJ_NM_PER_KCAL_ANGSTROM
from mdtools.exports.cells import PISTONS, CellContent
from mdtools.exports.gromacs import (
    HARMONIC,
    IMPROPER,
    PROPER,
    Molecules,
    gro_lines,
    in_degrees,
    term_lines,
    write_topology,
)
from mdtools.exports.mdp import interactions, lines
from mdtools.exports.parameters import Terms
from mdtools.ions import SHAPES
from mdtools.options import DriveOptions
from mdtools.roles import charge, formula_and_charge

WATER, SHEET = "SOL", "SHEET"
WATER_NAMES = ("OW", "HW1", "HW2", "MW")
WATER_TYPES = ("tip4pO", "tip4pH", "tip4pH", "tip4pM")
SHEET_TYPE = "graphene"
WITHIN_A_SHEET = 3
"""Bonds over which nothing but bonded terms acts between its atoms."""
PER_LINE = 15


def write_gromacs_cell(content: CellContent, directory: Path, stem: str, drive: DriveOptions):
    """Write a cell; returns the files.

    Atoms are those of the bundle but for the ions, which GROMACS wants sorted by their kind.
    """
    top, gro, reference, index, mdp = paths = [
        directory / f"{stem}{ending}" for ending in (".top", ".gro", "-tether.gro", ".ndx", ".mdp")
    ]
    order = _order(content)
    write_topology(content.network, top, others=_others(content, order))
    write_text(gro, "\n".join(_gro(content, order, content.positions)) + "\n")
    tethered = content.positions.copy()
    tethered[content.sheets, :2] = content.tether_nm
    write_text(reference, "\n".join(_gro(content, order, tethered)) + "\n")
    write_text(index, "\n".join(_index(content, order)) + "\n")
    write_text(mdp, "\n".join(_mdp(content, order, stem, drive)) + "\n")
    return paths


def _order(c: CellContent) -> np.ndarray:
    """Return the atoms of the cell in the order of the files."""
    ions = c.ions[np.argsort(c.species[c.ions], kind="stable")]
    membrane = np.arange(len(c.network.names))
    return np.concatenate([membrane, ions, c.waters.ravel(), c.sheets.ravel()])


def _others(c: CellContent, order: np.ndarray) -> list[Molecules]:
    ions = order[len(c.network.names) :][: len(c.ions)]
    of_kind = {name: ions[c.species[ions] == name] for name in dict.fromkeys(c.species[ions])}
    return [
        *(_ion(c, str(name), rows) for name, rows in of_kind.items()),
        _water(c),
        _sheet(c),
    ]


def _type(c: CellContent, name: str, row: int, kind: str = "A") -> str:
    return f"{name} 0 {c.masses[row]:.5f} 0.0 {kind} {c.sigma_nm[row]:.10e} {c.epsilon[row]:.10e}"


def _ion(c: CellContent, species: str, rows: np.ndarray) -> Molecules:
    """Give an ion by the first of its kind; ``rows`` are the atoms of all of them, in order."""
    places = np.searchsorted(c.ions, rows)
    own = rows[c.ion_of[places] == c.ion_of[places[0]]]
    labels = c.ion_types[places[: len(own)]].tolist()
    name = _molecule(c, int(rows[0]))
    atoms = [
        f"{n} {label} 1 {name} {c.names[row]} {n} {c.charges[row]:.8f} {c.masses[row]:.5f}"
        for n, (label, row) in enumerate(zip(labels, own.tolist(), strict=True), 1)
    ]
    types = dict(zip(labels, own.tolist(), strict=True))
    terms = (c.ion_bonds, c.ion_angles, c.ion_torsions)
    return Molecules(
        name,
        len(rows) // len(own),
        [_type(c, label, row) for label, row in types.items()],
        [*_head(name, WITHIN_A_SHEET), *atoms, *_bonded(terms, own, IMPROPER)],
    )


def _molecule(c: CellContent, row: int) -> str:
    """Return the name of an ion's molecule: that of its only atom, or its formula."""
    species = str(c.species[row])
    return str(c.names[row]) if len(SHAPES[species]) == 1 else formula_and_charge(species)[0]


def _water(c: CellContent) -> Molecules:
    rows = c.waters[0]
    types = [
        _type(c, WATER_TYPES[site], rows[site], "D" if site == len(rows) - 1 else "A")
        for site in (0, 1, 3)
    ]
    atoms = [
        f"{site} {kind} 1 {WATER} {name} 1 {c.charges[row]:.8f} {c.masses[row]:.5f}"
        for site, (kind, name, row) in enumerate(
            zip(WATER_TYPES, WATER_NAMES, rows, strict=True), 1
        )
    ]
    weight = c.water.weight
    return Molecules(
        WATER,
        len(c.waters),
        types,
        [
            *_head(WATER, WITHIN_A_SHEET),
            *atoms,
            f"[ settles ]\n1 1 {c.water.bond_nm:.10g} {c.water.across_nm:.10g}",
            f"[ virtual_sites3 ]\n4 1 2 3 1 {weight:.12g} {weight:.12g}",
            "[ exclusions ]\n1 2 3 4\n2 1 3 4\n3 1 2 4\n4 1 2 3",
        ],
    )


def _sheet(c: CellContent) -> Molecules:
    """Give the sheet once; both have the same lattice, and places of their own in the reference."""
    atoms = [
        f"{n} {SHEET_TYPE} 1 {SHEET[:3]} C {n} 0.0 {c.masses[row]:.5f}"
        for n, row in enumerate(c.sheets[0].tolist(), 1)
    ]
    k = f"{c.tether_kJ_mol_nm2:.10g}"
    return Molecules(
        SHEET,
        2,
        [_type(c, SHEET_TYPE, int(c.sheets[0, 0]))],
        [
            *_head(SHEET, WITHIN_A_SHEET),
            *atoms,
            *_bonded((c.sheet_bonds, c.sheet_angles, c.sheet_torsions), c.sheets[0], PROPER),
            "[ position_restraints ]",
            *(f"{n} 1 {k} {k} 0" for n in range(1, len(atoms) + 1)),
        ],
    )


def _bonded(parts: tuple[Terms, Terms, Terms], own: np.ndarray, torsion: int) -> Iterator[str]:
    """Give the lines of bonds, angles and torsions of a molecule, whose atoms follow each other."""
    bonds, angles, torsions = (
        Terms(part.atoms[mine] - own[0], part.values[mine])
        for part in parts
        for mine in [np.isin(part.atoms, own).all(axis=1)]
    )
    if len(bonds.atoms):
        yield "[ bonds ]"
        yield from term_lines(bonds.atoms, HARMONIC, bonds.values)
    if len(angles.atoms):
        yield "[ angles ]"
        yield from term_lines(angles.atoms, HARMONIC, in_degrees(angles.values, 0))
    if len(torsions.atoms):
        yield "[ dihedrals ]"
        values = in_degrees(torsions.values, 1)
        lines = term_lines(torsions.atoms, torsion, values[:, 1:])
        for line, periodicity in zip(lines, values[:, 0], strict=True):
            yield f"{line} {int(periodicity)}"


def _head(name: str, exclusions: int) -> list[str]:
    return [f"\n[ moleculetype ]\n{name} {exclusions}\n[ atoms ]"]


def _gro(c: CellContent, order: np.ndarray, positions: np.ndarray) -> Iterator[str]:
    p = c.network
    ions = order[len(p.names) :][: len(c.ions)]
    number = c.ion_of[np.searchsorted(c.ions, ions)]
    of_ions = np.cumsum(np.diff(number, prepend=number[:1]) != 0)
    residues = int(p.residue[-1]) + 1
    waters, sheet = len(c.waters), c.sheets.shape[1]
    serials = [
        *p.residue.tolist(),
        *(residues + of_ions).tolist(),
        *np.repeat(residues + c.ion_count + np.arange(waters), len(WATER_NAMES)).tolist(),
        *np.repeat(residues + c.ion_count + waters + np.arange(2), sheet).tolist(),
    ]
    labels = [p.residues[row] for row in p.residue]
    labels += [_molecule(c, row) for row in ions.tolist()]
    labels += [WATER] * (len(WATER_NAMES) * waters) + [SHEET[:3]] * (2 * sheet)
    names = [*p.names, *c.names[ions], *(WATER_NAMES * waters), *(["C"] * (2 * sheet))]
    return gro_lines(c.title, serials, labels, names, positions[order], c.box_nm)


def _groups(c: CellContent) -> dict[str, np.ndarray]:
    groups = dict(zip(PISTONS, c.sheets, strict=True))
    groups |= {f"feed_{name}": rows for name, rows in c.feed_species.items()}
    if len(c.anchors):
        groups["anchors"] = c.anchors
    return groups


def _places(order: np.ndarray) -> np.ndarray:
    """Return the number in the files, from 1, of each atom of the cell."""
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(1, len(order) + 1)
    return place


def _index(c: CellContent, order: np.ndarray) -> Iterator[str]:
    place = _places(order)
    everything = {"System": np.arange(len(order)), "membrane": np.arange(len(c.network.names))}
    for name, rows in (everything | _groups(c)).items():
        yield f"[ {name} ]"
        numbers = [str(number) for number in sorted(place[rows].tolist())]
        for start in range(0, len(numbers), PER_LINE):
            yield " ".join(numbers[start : start + PER_LINE])


def _mdp(c: CellContent, order: np.ndarray, stem: str, drive: DriveOptions) -> Iterator[str]:
    yield f"; {c.title}. To run it, and to go on after a stop:"
    yield (
        f";   gmx grompp -f {stem}.mdp -c {stem}.gro -r {stem}-tether.gro -p {stem}.top "
        f"-n {stem}.ndx -o {stem}.tpr"
    )
    yield f";   gmx mdrun -ntmpi 1 -deffnm {stem} -cpi"
    yield "; Both sheets are pushed, every feed ion driven, by constant forces on their groups;"
    yield "; pull-coord-k is minus the force in kJ/mol/nm. Sheets are tethered in x and y."
    options: dict[str, object] = {
        "integrator": "sd",
        "dt": 0.002,
        "nsteps": 50000,
        "tc-grps": "System",
        "tau-t": 0.5,
        "ref-t": 300,
        "comm-mode": "none",
        "gen-vel": "yes",
        "gen-temp": 300,
        "gen-seed": 4711,
        "constraints": "h-bonds",
        **interactions(c.cutoff_nm, c.switch_nm),
        "refcoord-scaling": "no",
        "nstenergy": 500,
        "nstlog": 5000,
        "nstxout-compressed": 5000,
        "compressed-x-precision": 10000,
    }
    if len(c.anchors):
        options |= {"freezegrps": "anchors", "freezedim": "Y Y Y"}
    yield from lines(options)
    yield from lines(_pulls(c, order, drive))


def _pulls(c: CellContent, order: np.ndarray, drive: DriveOptions) -> dict[str, object]:
    """Give constant forces on groups; a group's first atom tells which images are one group."""
    place, groups = _places(order), _groups(c)
    per_unit = drive.force_kcal_mol_angstrom * KJ_NM_PER_KCAL_ANGSTROM
    total = dict(zip(PISTONS, c.piston_kJ_mol_nm * c.sheets.shape[1], strict=True))
    total |= {
        f"feed_{name}": per_unit * abs(charge(name)) * len(rows)
        for name, rows in c.feed_species.items()
    }
    options: dict[str, object] = {
        "pull": "yes",
        "pull-ngroups": len(total),
        "pull-ncoords": len(total),
        "pull-nstxout": 0,
        "pull-nstfout": 0,
    }
    for number, (name, force) in enumerate(total.items(), 1):
        options |= {
            f"pull-group{number}-name": name,
            f"pull-group{number}-pbcatom": int(place[groups[name]].min()),
            f"pull-coord{number}-type": "constant-force",
            f"pull-coord{number}-geometry": "direction-periodic",
            f"pull-coord{number}-groups": f"0 {number}",
            f"pull-coord{number}-dim": "N N Y",
            f"pull-coord{number}-vec": "0 0 1",
            f"pull-coord{number}-k": f"{-force:.10g}",
        }
    return options
