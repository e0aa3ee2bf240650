"""The GAFF subset as one JSON document, with parmchk2's estimates for what GAFF lacks."""

from __future__ import annotations

import hashlib
from pathlib import Path

from .amber import Amber, antechamber_version, read_mol2
from .gaff import Table, read_frcmod, read_gaff, subset
from .models import conformers, sdf
from .oligomers import Oligomer, oligomers

PARMCHK2 = "-i types.mol2 -f mol2 -o estimated.frcmod -s 1"
"""The digit 1 is GAFF; the spelled-out name picks its tables unreliably in some builds."""


def typed(amber: Amber, oligomer: Oligomer, folder: Path) -> None:
    """Write types.mol2 (antechamber's types) and estimated.frcmod of an oligomer into `folder`.

    A folder that has both is left as it is.

    Raises ValueError where antechamber's types differ from the template graph's.
    """
    if (folder / "estimated.frcmod").exists():
        return
    graph = oligomer.graph()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "in.sdf").write_text(sdf(graph, conformers(graph, 1)[0]))
    arguments = "-i in.sdf -fi sdf -o types.mol2 -fo mol2 -at gaff -dr n -pf y -s 0".split()
    amber.run("antechamber", *arguments, "-nc", str(graph.formal_charge), folder=folder)
    types, _ = read_mol2(folder / "types.mol2")
    pairs = zip(graph.atoms, types, strict=True)
    wrong = [f"{a.name}: {t} is not {a.type}" for a, t in pairs if a.type != t]
    if wrong:
        raise ValueError(f"atom types differ in {folder.name}: {'; '.join(wrong)}")
    amber.run("parmchk2", *PARMCHK2.split(), folder=folder)


def gaff_document(amber: Amber, work: Path) -> dict:
    """Build the GAFF subset with provenance; works below `work`, one folder per oligomer."""
    extra = Table()
    for name, oligomer in oligomers().items():
        typed(amber, oligomer, work / name)
        _merge(extra, read_frcmod((work / name / "estimated.frcmod").read_text()), name)
    data = amber.home / "dat" / "leap" / "parm" / "gaff.dat"
    document = {
        "provenance": {
            "table": data.read_text().splitlines()[0].strip(),
            "gaff_dat_sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
            "reference": "Wang et al., J. Comput. Chem. 2004, 25, 1157",
            "programs": amber.origin,
            "antechamber": antechamber_version(amber),
            "estimates": f"parmchk2 {PARMCHK2}",
            "units": "kcal/mol, angstrom, degree; E = K (x - x0)^2, K (1 + cos(n phi - phase))",
        }
    }
    return document | subset(read_gaff(data.read_text()), extra)


def _merge(into: Table, new: Table, name: str) -> None:
    for kind in ("bonds", "angles", "propers", "impropers", "masses", "nonbonded"):
        have = getattr(into, kind)
        for types, values in getattr(new, kind).items():
            if have.setdefault(types, values) != values:
                raise ValueError(f"parmchk2 gives two values for {types}, the second in {name}")
