"""GROMACS topology and coordinates of a network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

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
) -> None:
    """Write a topology, with other masses (N,) and the lines of position restraints if given."""
    masses = parameters.masses if masses is None else masses
    top.write_text("\n".join(_top(parameters, masses, restraints)) + "\n", encoding="ascii")


def write_coordinates(parameters: Parameters, gro: Path) -> None:
    """Write coordinates and box."""
    gro.write_text("\n".join(_gro(parameters)) + "\n", encoding="ascii")


def _gro(p: Parameters) -> Iterator[str]:
    yield p.title
    yield str(len(p.names))
    width = DECIMALS + 5
    for row, name in enumerate(p.names):
        residue = p.residue[row]
        xyz = "".join(f"{value:{width}.{DECIMALS}f}" for value in p.positions[row])
        yield (
            f"{(residue + 1) % SERIALS:5d}{p.residues[residue]:<5s}{name:>5s}"
            f"{(row + 1) % SERIALS:5d}{xyz}"
        )
    yield " ".join(f"{length:.6f}" for length in p.box_nm)


def _top(p: Parameters, masses: np.ndarray, restraints: Iterable[str]) -> Iterator[str]:
    yield HEADER.format(title=p.title)
    yield "[ defaults ]\n; nbfunc  comb-rule  gen-pairs  fudgeLJ  fudgeQQ"
    yield f"1 2 yes {1 / LENNARD_JONES_14:.10f} {1 / COULOMB_14:.10f}"
    yield "\n[ atomtypes ]\n; name  at.num  mass  charge  ptype  sigma  epsilon"
    for kind, row in p.type_rows.items():
        yield (
            f"{kind:<4s}{p.atomic_numbers[row]:4d}{p.masses[row]:10.4f}   0.000  A  "
            f"{p.sigma_nm[row]:.10e}  {p.epsilon[row]:.10e}"
        )
    yield f"\n[ moleculetype ]\n; name  nrexcl\n{MOLECULE} {EXCLUDED_BONDS}"
    yield "\n[ atoms ]\n; nr  type  resnr  residue  atom  cgnr  charge  mass"
    for row, name in enumerate(p.names):
        residue = p.residue[row]
        yield (
            f"{row + 1:7d} {p.types[row]:<4s}{residue + 1:7d} {p.residues[residue]:<5s}{name:<5s}"
            f"{row + 1:7d} {p.charges[row]:12.8f} {masses[row]:9.4f}"
        )
    yield "\n[ bonds ]\n; ai  aj  funct  length  k"
    yield from _lines(p.bonds.atoms, HARMONIC, p.bonds.values)
    yield "\n[ pairs ]\n; ai  aj  funct"
    yield from _lines(p.pairs, PAIR, np.empty((len(p.pairs), 0)))
    yield "\n[ angles ]\n; ai  aj  ak  funct  angle  k"
    yield from _lines(p.angles.atoms, HARMONIC, _in_degrees(p.angles.values, 0))
    torsions = _in_degrees(p.torsions.values, 1)
    for function, chosen in ((PROPER, ~p.improper), (IMPROPER, p.improper)):
        yield "\n[ dihedrals ]\n; ai  aj  ak  al  funct  phase  k  multiplicity"
        # Values are periodicity, phase, k.
        for line, (n, _, _) in zip(
            _lines(p.torsions.atoms[chosen], function, torsions[chosen][:, 1:]),
            torsions[chosen],
            strict=True,
        ):
            yield f"{line} {int(n)}"
    yield from restraints
    yield f"\n[ system ]\n{p.title}\n\n[ molecules ]\n{MOLECULE} 1"


def _lines(atoms: np.ndarray, function: int, values: np.ndarray) -> Iterator[str]:
    for serials, numbers in zip((atoms + 1).tolist(), values.tolist(), strict=True):
        columns = [f"{serial:7d}" for serial in serials] + [f"{function:2d}"]
        yield " ".join(columns + [f"{number:.10g}" for number in numbers])


def _in_degrees(values: np.ndarray, column: int) -> np.ndarray:
    converted = values.copy()
    converted[:, column] = np.degrees(values[:, column])
    return converted
