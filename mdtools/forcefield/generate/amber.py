"""Calls of AmberTools programs, as binaries, whose output is read back."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np


class AmberError(RuntimeError):
    """An AmberTools program failed; the message names the program and quotes its output."""


@dataclass(frozen=True)
class Amber:
    """The folder of AmberTools with bin/ and dat/, and extra folders of shared libraries.

    `origin` says in words where they came from; it is kept in the manifest.
    """

    home: Path
    libraries: tuple[Path, ...] = ()
    origin: str = "not stated"

    def run(self, program: str, *arguments: str, folder: Path) -> str:
        """Run one program in `folder` and return its standard output; raises AmberError."""
        environment = dict(os.environ)
        environment["AMBERHOME"] = str(self.home)
        inherited = filter(None, [environment.get("LD_LIBRARY_PATH")])
        environment["LD_LIBRARY_PATH"] = ":".join(
            [*map(str, self.libraries), str(self.home / "lib"), *inherited]
        )
        environment["PATH"] = f"{self.home / 'bin'}:{environment.get('PATH', '')}"
        environment["OMP_NUM_THREADS"] = "1"
        done = subprocess.run(
            [str(self.home / "bin" / program), *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise AmberError(f"{program} failed in {folder}:\n{done.stdout}\n{done.stderr}")
        return done.stdout


def antechamber_version(amber: Amber) -> str:
    """Read the version from antechamber's greeting."""
    greeting = amber.run("antechamber", "-L", folder=amber.home)
    match = re.search(r"antechamber (\d[\w.]*):", greeting)
    return match.group(1) if match else "unknown"


@dataclass(frozen=True)
class Am1Bcc:
    """The AM1-BCC result of one conformer: charges (e), positions (angstrom), GAFF types."""

    charges: np.ndarray
    positions: np.ndarray
    types: tuple[str, ...]
    version: str
    settings: str


def am1bcc(amber: Amber, sdf: str, net_charge: int, folder: Path) -> Am1Bcc:
    """Minimise a molecule with AM1 in sqm and apply the bond charge corrections.

    `sdf` is one MDL block; `folder` is created and keeps every file. Atoms stay in order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "in.sdf").write_text(sdf)
    arguments = "-i in.sdf -fi sdf -o out.mol2 -fo mol2 -c bcc -at gaff -dr n -pf n -s 2"
    amber.run("antechamber", *arguments.split(), "-nc", str(net_charge), folder=folder)
    types, charges = read_mol2(folder / "out.mol2")
    positions = read_pdb(folder / "sqm.pdb")
    if "Calculation Completed" not in (folder / "sqm.out").read_text():
        raise AmberError(f"sqm did not finish in {folder}")
    return Am1Bcc(
        charges, positions, types, sqm_version(folder / "sqm.out"), sqm_settings(folder / "sqm.in")
    )


def read_mol2(path: Path) -> tuple[tuple[str, ...], np.ndarray]:
    """Read atom types and charges (e) of a mol2 file of one molecule."""
    block = path.read_text().split("@<TRIPOS>ATOM")[1].split("@<TRIPOS>")[0]
    rows = [line.split() for line in block.strip().splitlines()]
    return tuple(row[5] for row in rows), np.array([float(row[8]) for row in rows])


def read_pdb(path: Path) -> np.ndarray:
    """Read the coordinates (n_atoms, 3) of a PDB file, angstrom."""
    rows = [line for line in path.read_text().splitlines() if line.startswith(("ATOM", "HETATM"))]
    return np.array([[float(row[i : i + 8]) for i in (30, 38, 46)] for row in rows])


def sqm_version(path: Path) -> str:
    """Read the version from the banner of sqm's output."""
    match = re.search(r"AMBER SQM VERSION (\S+)", path.read_text())
    return match.group(1) if match else "unknown"


def sqm_settings(path: Path) -> str:
    """Read the &qmmm namelist of an sqm input as one line, without the charge."""
    body = path.read_text().split("&qmmm")[1].split("/")[0]
    words = " ".join(body.split())
    return re.sub(r"\s*qmcharge=\s*-?\d+,?", "", words).strip()
