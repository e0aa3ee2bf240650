"""LAMMPS data and input files, in its units `real`: kcal/mol, angstrom, e, g/mol, fs.

LAMMPS writes harmonic energies without the half, so its constants are half of those here. Pairs one
and two bonds apart are left out and those three bonds apart scaled by `special_bonds`, which LAMMPS
finds from the bonds; torsions and impropers are of `dihedral_style charmm` with weight 0, which has
no pairs of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mdtools.atomic import write_text
from mdtools.constants import ANGSTROM_PER_NM, KJ_PER_KCAL
from mdtools.exports.parameters import COULOMB_14, LENNARD_JONES_14, Parameters, Terms

KCAL_A2 = 1 / KJ_PER_KCAL / ANGSTROM_PER_NM**2
"""kcal/mol/A^2 of a kJ/mol/nm^2."""
WHOLE_DEGREES = 1e-6
WALL_KCAL_A2 = 5.975
"""Of the walls of a dry slab, half of 5000 kJ/mol/nm2: those that the package relaxes between."""
WALL_REACH_ANGSTROM = 8.0
"""How far behind its wall an atom may be; less than the vacuum there."""
STYLES = """\
units           real
atom_style      full
boundary        p p p
bond_style      harmonic
angle_style     harmonic
dihedral_style  charmm
special_bonds   lj 0.0 0.0 {lj:.10g} coul 0.0 0.0 {coulomb:.12g}
"""


@dataclass(frozen=True)
class LammpsData:
    """What a data file holds; lengths in nm, energies in kJ/mol, as elsewhere in the package.

    Attributes
    ----------
    title : str
    box_nm : (3,)
    positions : (N, 3)
        Atoms anywhere; what is outside of the box is wrapped, with image flags that bring it back.
    types : sequence of str
        Labels of the atom types.
    masses, sigma_nm, epsilon : (T,)
    type_of : (N,) int
        Row of ``types``.
    molecules : (N,) int
        From 1.
    charges : (N,)
    bonds, angles, torsions : Terms
        As of `Parameters`.
    rigid_bonds, rigid_angles : bool arrays
        Terms that stand for constraints: they get types of their own, which `fix shake` can name.
    """

    title: str
    box_nm: np.ndarray
    positions: np.ndarray
    types: Sequence[str]
    masses: np.ndarray
    sigma_nm: np.ndarray
    epsilon: np.ndarray
    type_of: np.ndarray
    molecules: np.ndarray
    charges: np.ndarray
    bonds: Terms
    angles: Terms
    torsions: Terms
    rigid_bonds: np.ndarray
    rigid_angles: np.ndarray

    def rigid_types(self) -> tuple[list[int], list[int]]:
        """Return the numbers, from 1, of the types of bonds and angles that are constraints."""
        found = []
        for terms, rigid in ((self.bonds, self.rigid_bonds), (self.angles, self.rigid_angles)):
            _, number = kinds(terms.values, rigid)
            found.append(sorted(set(number[rigid].tolist())))
        return found[0], found[1]


def of_network(p: Parameters) -> LammpsData:
    """Return a network as it is: one molecule, no bond rigid."""
    rows = np.array(list(p.type_rows.values()))
    number = {kind: row for row, kind in enumerate(p.type_rows)}
    hydrogen = p.elements == "H"
    return LammpsData(
        title=p.title,
        box_nm=p.box_nm,
        positions=p.positions,
        types=list(p.type_rows),
        masses=p.masses[rows],
        sigma_nm=p.sigma_nm[rows],
        epsilon=p.epsilon[rows],
        type_of=np.array([number[kind] for kind in p.types]),
        molecules=np.ones(len(p.names), dtype=int),
        charges=p.charges,
        bonds=p.bonds,
        angles=p.angles,
        torsions=p.torsions,
        rigid_bonds=hydrogen[p.bonds.atoms].any(axis=1),
        rigid_angles=np.zeros(len(p.angles.atoms), dtype=bool),
    )


def write_lammps(p: Parameters, data: Path, script: Path) -> None:
    """Write data file and input of a dry network, which a run keeps between two walls."""
    content = of_network(p)
    write_data(content, data, pairs=True)
    write_text(script, "\n".join(_network_script(p, content, data.name)) + "\n")


def write_data(data: LammpsData, path: Path, *, pairs: bool) -> None:
    """Write a data file with all coefficients, those of pairs only if they are to be mixed."""
    write_text(path, "\n".join(_lines(data, pairs)) + "\n")


def styles() -> str:
    """Give the styles of every input file, up to those of pairs."""
    return STYLES.format(lj=1 / LENNARD_JONES_14, coulomb=1 / COULOMB_14)


def kinds(values: np.ndarray, rigid: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Find distinct rows (K, V) of parameters (T, V), and the number, from 1, of each term.

    A constraint is of another kind than a term of the same values.

    >>> table, number = kinds(np.array([[2.0], [1.0], [2.0]]), np.array([False, False, True]))
    >>> table.tolist(), number.tolist()
    ([[1.0], [2.0], [2.0]], [2, 1, 3])
    """
    marks = np.zeros(len(values)) if rigid is None else rigid.astype(float)
    table, row = np.unique(np.column_stack([values, marks]), axis=0, return_inverse=True)
    return table[:, :-1], row.reshape(-1) + 1


def _lines(d: LammpsData, pairs: bool) -> Iterator[str]:
    bonds = kinds(d.bonds.values, d.rigid_bonds)
    angles = kinds(d.angles.values, d.rigid_angles)
    torsions = kinds(d.torsions.values)
    yield f"{d.title} (LAMMPS data file, units real, atom_style full)\n"
    counted = {
        "atoms": (len(d.charges), "atom", len(d.types)),
        "bonds": (len(d.bonds.atoms), "bond", len(bonds[0])),
        "angles": (len(d.angles.atoms), "angle", len(angles[0])),
        "dihedrals": (len(d.torsions.atoms), "dihedral", len(torsions[0])),
    }
    for noun, (count, _, _) in counted.items():
        yield f"{count} {noun}"
    for _, name, number in counted.values():
        yield f"{number} {name} types"
    yield ""
    for axis, length in zip("xyz", ANGSTROM_PER_NM * d.box_nm, strict=True):
        yield f"0.0 {length:.10g} {axis}lo {axis}hi"
    yield "\nMasses\n"
    for number, (label, mass) in enumerate(zip(d.types, d.masses, strict=True), 1):
        yield f"{number} {mass:.6g} # {label}"
    if pairs:
        yield "\nPair Coeffs\n"
        for number, (label, *coefficients) in enumerate(_pair_coefficients(d), 1):
            yield f"{number} {_numbers(coefficients)} # {label}"
    yield "\nBond Coeffs # harmonic\n"
    for number, (length, k) in enumerate(bonds[0].tolist(), 1):
        yield f"{number} {_numbers([k / 2 * KCAL_A2, length * ANGSTROM_PER_NM])}"
    yield "\nAngle Coeffs # harmonic\n"
    for number, (angle, k) in enumerate(angles[0].tolist(), 1):
        yield f"{number} {_numbers([k / 2 / KJ_PER_KCAL, np.degrees(angle)])}"
    yield "\nDihedral Coeffs # charmm\n"
    for number, (n, phase, k) in enumerate(torsions[0].tolist(), 1):
        yield f"{number} {k / KJ_PER_KCAL:.12g} {int(n)} {_whole_degrees(phase)} 0.0"
    yield "\nAtoms # full\n"
    yield from _atoms(d)
    for noun, terms, kind_of in (
        ("Bonds", d.bonds, bonds[1]),
        ("Angles", d.angles, angles[1]),
        ("Dihedrals", d.torsions, torsions[1]),
    ):
        yield f"\n{noun}\n"
        for row, (kind, atoms) in enumerate(
            zip(kind_of.tolist(), (terms.atoms + 1).tolist(), strict=True), 1
        ):
            yield f"{row} {kind} {' '.join(map(str, atoms))}"


def _pair_coefficients(d: LammpsData) -> Iterator[tuple[str, float, float]]:
    for label, sigma, epsilon in zip(d.types, d.sigma_nm, d.epsilon, strict=True):
        yield label, epsilon / KJ_PER_KCAL, sigma * ANGSTROM_PER_NM


def _atoms(d: LammpsData) -> Iterator[str]:
    images = np.floor(d.positions / d.box_nm).astype(int)
    inside = ANGSTROM_PER_NM * (d.positions - images * d.box_nm)
    rows = zip(d.molecules, d.type_of + 1, d.charges, inside, images, strict=True)
    for row, (molecule, kind, charge, place, image) in enumerate(rows, 1):
        where = " ".join(f"{x:.9f}" for x in place)
        yield f"{row} {molecule} {kind} {charge:.10f} {where} {' '.join(map(str, image))}"


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:.12g}" for value in values)


def _whole_degrees(phase: float) -> int:
    """Degrees of a phase; raises ValueError for a fraction, which the style cannot hold.

    >>> _whole_degrees(np.pi)
    180
    """
    degrees = np.degrees(phase)
    if abs(degrees - round(degrees)) > WHOLE_DEGREES:
        raise ValueError(f"a torsion has the phase {degrees:g} degrees, LAMMPS takes whole ones")
    return round(degrees)


def _network_script(p: Parameters, d: LammpsData, data: str) -> Iterator[str]:
    bonds, _ = d.rigid_types()
    low, high = ANGSTROM_PER_NM * np.array([p.positions[:, 2].min(), p.positions[:, 2].max()])
    heavy = [n for n, label in enumerate(d.types, 1) if not label.startswith("h")]
    reach = WALL_REACH_ANGSTROM
    yield f"# {p.title}; a dry slab, bonded to its images in x and y, between two walls in z"
    yield "# run it with: lmp -in FILE"
    yield styles().rstrip()
    yield "pair_style      lj/cut/coul/long 9.0"
    yield "pair_modify     mix arithmetic shift no tail no"
    yield "kspace_style    pppm 1.0e-5"
    yield f"read_data       {data}"
    yield "neigh_modify    delay 0 every 1 check yes"
    yield "thermo_style    custom step temp evdwl ecoul elong ebond eangle edihed pe"
    yield "thermo          100"
    yield f"group           heavy type {' '.join(map(str, heavy))}"
    yield "# k/2 d^2 on heavy atoms that are beyond the slab's faces by d"
    yield (
        f"fix             walls heavy wall/harmonic zlo {low - reach:.6f} {WALL_KCAL_A2:g} 1.0 "
        f"{reach:g} zhi {high + reach:.6f} {WALL_KCAL_A2:g} 1.0 {reach:g} pbc yes"
    )
    yield "fix_modify      walls energy yes"
    yield "minimize        0.0 1.0e-4 500 5000"
    yield "velocity        all create 300.0 4711 mom yes rot no"
    yield f"fix             rigid all shake 1.0e-6 100 0 b {' '.join(map(str, bonds))}"
    yield "fix             heat all langevin 300.0 300.0 500.0 4711"
    yield "fix             move all nve"
    yield "timestep        2.0"
    yield "dump            frames all custom 1000 frames.lammpstrj id mol type x y z ix iy iz"
    yield "run             10000"
    yield "write_data      after.data"
