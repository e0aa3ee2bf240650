"""AM1-BCC charges of every conformer of every capped model, gathered into one JSON document."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import rdkit

from ..states import ARMS, template_name
from .amber import Amber, am1bcc, antechamber_version
from .graphs import Graph, all_states, capped
from .models import CANDIDATES, MIN_RMSD_ANGSTROM, SEED, conformers, sdf, smiles

CONFORMERS = 3
BOND_TOLERANCE = 1.3
"""Two atoms count as bonded below this multiple of the sum of their covalent radii."""

COVALENT_RADIUS = {"H": 0.31, "C": 0.76, "N": 0.71, "O": 0.66, "Cl": 1.02}
"""Angstrom; Cordero et al., Dalton Trans. 2008, 2832."""


def bonds_from_distances(graph: Graph, xyz: np.ndarray) -> set[frozenset[str]]:
    """Find pairs of atom names closer than BOND_TOLERANCE times their covalent radii; angstrom."""
    radius = np.array([COVALENT_RADIUS[a.element] for a in graph.atoms])
    distance = np.linalg.norm(xyz[:, None] - xyz[None], axis=-1)
    near = distance < BOND_TOLERANCE * (radius[:, None] + radius[None])
    names = [a.name for a in graph.atoms]
    return {frozenset((names[i], names[j])) for i, j in np.argwhere(np.triu(near, 1))}


def keeps_its_bonds(graph: Graph, xyz: np.ndarray) -> bool:
    """Test whether a geometry (angstrom) has the bonds of its graph: no proton moved."""
    return bonds_from_distances(graph, xyz) == {frozenset((a, b)) for a, b, _ in graph.bonds}


def jobs(kinds: Collection[str] = tuple(ARMS)) -> Iterator[tuple[str, Graph, int, np.ndarray]]:
    """Yield (template name, model, conformer number, start geometry), first conformers first."""
    wanted = [(kind, states) for kind, states in all_states() if kind in kinds]
    models = [(template_name(*key), capped(*key)) for key in wanted]
    models.sort(key=lambda pair: len(pair[1].atoms))
    starts = {name: conformers(graph, CONFORMERS) for name, graph in models}
    for k in range(CONFORMERS):
        for name, graph in models:
            if k < len(starts[name]):
                yield name, graph, k, starts[name][k]


def compute(amber: Amber, work: Path, kinds: Collection[str] = tuple(ARMS)) -> None:
    """Run every job that has no result yet below `work`; one small JSON file per conformer."""
    for name, graph, k, start in jobs(kinds):
        target = work / name / f"{k}.json"
        if target.exists():
            continue
        result = am1bcc(amber, sdf(graph, start), graph.formal_charge, work / name / str(k))
        record = {
            "charges": [round(float(q), 6) for q in result.charges],
            "positions_angstrom": np.round(result.positions, 3).tolist(),
            "types": list(result.types),
            "sqm": result.version,
            "settings": result.settings,
        }
        target.write_text(json.dumps(record))


def collect(
    amber: Amber, work: Path, kinds: Collection[str] = tuple(ARMS), known: dict | None = None
) -> dict:
    """Merge the results below `work` into the document that `charges` and the tests read.

    Models of other kinds than `kinds` are those of the document `known`.

    Raises ValueError where an atom type differs from the graph's, a geometry lost its bonds, or
    programs or settings are not those of `known`.
    """
    entries, settings = {}, set()
    for kind, states in all_states():
        name, graph = template_name(kind, states), capped(kind, states)
        if kind not in kinds and known is not None:
            entries[name] = known["models"][name]
            continue
        runs = []
        for path in sorted((work / name).glob("*.json")):
            run = json.loads(path.read_text())
            _check(name, graph, run)
            settings.add((run.pop("sqm"), run.pop("settings")))
            del run["types"]
            runs.append(run)
        entries[name] = {
            "smiles": smiles(graph),
            "charge": graph.formal_charge,
            "atoms": [a.name for a in graph.atoms],
            "conformers": runs,
        }
    if len(settings) != 1:
        raise ValueError(f"results come from different sqm versions or settings: {settings}")
    ((version, namelist),) = settings
    method = {
        "programs": amber.origin,
        "antechamber": antechamber_version(amber),
        "sqm": version,
        "settings": namelist,
        "rdkit": rdkit.__version__,
        "conformers": f"RDKit ETKDG ({CANDIDATES} embeddings), MMFF94",
        "seed": SEED,
        "min_rmsd_angstrom": MIN_RMSD_ANGSTROM,
    }
    if known is not None and method != known["method"]:
        raise ValueError(f"the method is {method}, that of the other kinds {known['method']}")
    return {"method": method, "models": entries}


def _check(name: str, graph: Graph, run: dict) -> None:
    expected = [a.type for a in graph.atoms]
    if run["types"] != expected:
        wrong = [
            f"{a.name}: {t} is not {a.type}"
            for a, t in zip(graph.atoms, run["types"], strict=True)
            if a.type != t
        ]
        raise ValueError(f"atom types of {name} differ from the graph: {'; '.join(wrong)}")
    if not keeps_its_bonds(graph, np.array(run["positions_angstrom"])):
        raise ValueError(f"a conformer of {name} changed its bonds in the AM1 minimisation")
