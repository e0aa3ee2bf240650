"""Fixtures of tests: tleap's AMBER topology of every oligomer, and perturbed geometries."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np

from ..templates import templates
from .amber import Amber
from .assemble import as_json
from .estimate import typed
from .models import conformers
from .oligomers import Oligomer, oligomers

GEOMETRIES = 5
PERTURBATION_ANGSTROM = 0.04
SEED = 7

LEAP = """source leaprc.gaff
loadamberparams estimated.frcmod
mol = loadmol2 charged.mol2
saveamberparm mol out.prmtop out.inpcrd
quit
"""


def write_fixtures(amber: Amber, work: Path, out: Path) -> None:
    """Write <slug>.prmtop.gz per oligomer, oligomers.json, geometries.npz (angstrom) to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(SEED)
    index, geometries = {}, {}
    for name, oligomer in oligomers().items():
        folder = work / name
        typed(amber, oligomer, folder)
        prmtop = _prmtop(amber, oligomer, folder)
        key = slug(name)
        (out / f"{key}.prmtop.gz").write_bytes(gzip.compress(prmtop.encode(), 9, mtime=0))
        index[key] = {"residues": oligomer.templates, "links": [list(x) for x in oligomer.links]}
        start = conformers(oligomer.graph(), 1)[0]
        noise = random.normal(0.0, PERTURBATION_ANGSTROM, (GEOMETRIES, *start.shape))
        geometries[key] = (start + noise).astype(np.float32)
    (out / "oligomers.json").write_text(as_json(index))
    # To mypy any of these names might be that of numpy's flag allow_pickle.
    np.savez_compressed(out / "geometries.npz", **geometries)  # type: ignore[arg-type]


def slug(name: str) -> str:
    """Name the file of a template, e.g. `tmc_cocl_amide_coom` for TMC(COCl,amide,COO-)."""
    plain = name.lower().replace("+", "p").replace("-", "m").rstrip(")")
    return re.sub(r"[(,]", "_", plain)


def _prmtop(amber: Amber, oligomer: Oligomer, folder: Path) -> str:
    charges = [atom[3] for name in oligomer.templates for atom in templates()[name].atoms]
    text = (folder / "types.mol2").read_text()
    (folder / "charged.mol2").write_text(_with_charges(text, charges))
    (folder / "leap.in").write_text(LEAP)
    amber.run("tleap", "-f", "leap.in", folder=folder)
    prmtop = (folder / "out.prmtop").read_text()
    return re.sub(r"DATE = .*", "DATE = none", prmtop, count=1)


def _with_charges(mol2: str, charges: list[float]) -> str:
    head, rest = mol2.split("@<TRIPOS>ATOM\n")
    atoms, tail = rest.split("@<TRIPOS>BOND", 1)
    lines = [
        f"{line[: line.rindex(line.split()[-1])]}{q:.6f}"
        for line, q in zip(atoms.splitlines(), charges, strict=True)
    ]
    return head + "@<TRIPOS>ATOM\n" + "\n".join(lines) + "\n@<TRIPOS>BOND" + tail
