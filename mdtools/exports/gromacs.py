"""GROMACS topology and coordinates of a network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mdtools.atomic import write_text
from mdtools.exports.parameters import COULOMB_14, LENNARD_JONES_14, Parameters

SERIALS = 100_000
"""Where residue and atom numbers of a .gro file start again at zero."""
DECIMALS = 11
"""Of .gro coordinates: any number is allowed, OpenMM's reader takes 3 or 11 or more."""
EXCLUDED_BONDS = 3
HARMONIC, PROPER, IMPROPER, PAIR = 1, 9, 4, 1
"""Function types of GROMACS' manual."""
MOLECULE = "network"
HEADER = """\
; {title}
; Bonds go through the periodic boundary. The .mdp file needs
;   pbc                = xyz
;   periodic-molecules = yes
"""


@dataclass(frozen=True)
class Molecules:
    """Molecules of one kind beside the network.

    ``types`` are lines of [ atomtypes ], ``lines`` those of the moleculetype called ``name``.
    """

    name: str
    count: int
    types: Sequence[str]
    lines: Sequence[str]


def write_gromacs(parameters: Parameters, top: Path, gro: Path) -> None:
    """Write topology and coordinates; the whole network is one moleculetype."""
    write_topology(parameters, top)
    write_coordinates(parameters, gro)


def write_topology(
    parameters: Parameters,
    top: Path,
    *,
    masses: np.ndarray | None = None,
    restraints: Iterable[str] = (),
    others: Sequence[Molecules] = (),
) -> None:
    """Write a topology, with other masses (N,) and the lines of position restraints if given.

    ``others`` follow the network in the coordinates, in their order.
    """
    masses = parameters.masses if masses is None else masses
    lines = _top(parameters, masses, restraints, others)
    write_text(top, "\n".join(lines) + "\n")


def write_coordinates(parameters: Parameters, gro: Path) -> None:
    """Write coordinates and box."""
    write_text(gro, "\n".join(_gro(parameters)) + "\n")


def _gro(p: Parameters) -> Iterator[str]:
    residues = [p.residues[residue] for residue in p.residue]
    return gro_lines(p.title, p.residue, residues, p.names, p.positions, p.box_nm)


def gro_lines(
    title: str,
    serials: Iterable[int],
    residues: Iterable[str],
    names: Iterable[str],
    positions: np.ndarray,
    box_nm: np.ndarray,
) -> Iterator[str]:
    """Give the lines of a .gro file: of each atom its residue, counted from 0, and both names."""
    yield title
    yield str(len(positions))
    width = DECIMALS + 5
    atoms = zip(serials, residues, names, positions.tolist(), strict=True)
    for row, (serial, residue, name, xyz) in enumerate(atoms):
        places = "".join(f"{value:{width}.{DECIMALS}f}" for value in xyz)
        yield (
            f"{(serial + 1) % SERIALS:5d}{residue:<5s}{name:>5s}{(row + 1) % SERIALS:5d}{places}"
        )
    yield " ".join(f"{length:.6f}" for length in box_nm)


def _top(
    p: Parameters,
    masses: np.ndarray,
    restraints: Iterable[str],
    others: Sequence[Molecules] = (),
) -> Iterator[str]:
    yield HEADER.format(title=p.title)
    yield "[ defaults ]\n; nbfunc  comb-rule  gen-pairs  fudgeLJ  fudgeQQ"
    yield f"1 2 yes {1 / LENNARD_JONES_14:.10f} {1 / COULOMB_14:.10f}"
    yield "\n[ atomtypes ]\n; name  at.num  mass  charge  ptype  sigma  epsilon"
    for kind, row in p.type_rows.items():
        yield (
            f"{kind:<4s}{p.atomic_numbers[row]:4d}{p.masses[row]:10.4f}   0.000  A  "
            f"{p.sigma_nm[row]:.10e}  {p.epsilon[row]:.10e}"
        )
    for other in others:
        yield from other.types
    yield f"\n[ moleculetype ]\n; name  nrexcl\n{MOLECULE} {EXCLUDED_BONDS}"
    yield "\n[ atoms ]\n; nr  type  resnr  residue  atom  cgnr  charge  mass"
    for row, name in enumerate(p.names):
        residue = p.residue[row]
        yield (
            f"{row + 1:7d} {p.types[row]:<4s}{residue + 1:7d} {p.residues[residue]:<5s}{name:<5s}"
            f"{row + 1:7d} {p.charges[row]:12.8f} {masses[row]:9.4f}"
        )
    yield "\n[ bonds ]\n; ai  aj  funct  length  k"
    yield from term_lines(p.bonds.atoms, HARMONIC, p.bonds.values)
    yield "\n[ pairs ]\n; ai  aj  funct"
    yield from term_lines(p.pairs, PAIR, np.empty((len(p.pairs), 0)))
    yield "\n[ angles ]\n; ai  aj  ak  funct  angle  k"
    yield from term_lines(p.angles.atoms, HARMONIC, in_degrees(p.angles.values, 0))
    torsions = in_degrees(p.torsions.values, 1)
    for function, chosen in ((PROPER, ~p.improper), (IMPROPER, p.improper)):
        yield "\n[ dihedrals ]\n; ai  aj  ak  al  funct  phase  k  multiplicity"
        # Values are periodicity, phase, k.
        for line, (n, _, _) in zip(
            term_lines(p.torsions.atoms[chosen], function, torsions[chosen][:, 1:]),
            torsions[chosen],
            strict=True,
        ):
            yield f"{line} {int(n)}"
    yield from restraints
    for other in others:
        yield from other.lines
    yield f"\n[ system ]\n{p.title}\n\n[ molecules ]\n{MOLECULE} 1"
    for other in others:
        yield f"{other.name} {other.count}"


def term_lines(atoms: np.ndarray, function: int, values: np.ndarray) -> Iterator[str]:
    """Give a line for each term: atoms (T, A) counted from 0, function, values (T, V)."""
    for serials, numbers in zip((atoms + 1).tolist(), values.tolist(), strict=True):
        columns = [f"{serial:7d}" for serial in serials] + [f"{function:2d}"]
        yield " ".join(columns + [f"{number:.10g}" for number in numbers])


def in_degrees(values: np.ndarray, column: int) -> np.ndarray:
    """Return values (T, V) with one column in degrees, that was in radians."""
    converted = values.copy()
    converted[:, column] = np.degrees(values[:, column])
    return converted
