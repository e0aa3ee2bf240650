"""Write every force field file and the manifest from the committed raw data, no AmberTools."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..files import DATA, ION_FILES
from ..states import TRANSFER_CHARGE, template_name
from .charges import arm_surpluses, fitted_transfer_charge, rotamer_spread, shifted
from .graphs import CAPS, all_states, capped
from .polyamide import polyamide_xml
from .quantum import keeps_its_bonds
from .solvent import graphene_xml, ions_xml, tip4p_xml


def contents(gaff: dict, document: dict) -> dict[str, str]:
    """Write the text of every generated file, by file name, the manifest last."""
    out = {"polyamide.xml": polyamide_xml(gaff, document), "tip4p.xml": tip4p_xml()}
    out |= {name: ions_xml(ion_set) for ion_set, name in ION_FILES.items()}
    out["graphene.xml"] = graphene_xml(gaff)
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in out.items()}
    out["manifest.json"] = as_json(manifest(gaff, document, hashes))
    return out


def manifest(gaff: dict, document: dict, hashes: dict[str, str]) -> dict:
    """Document how the files were made and how accurate the charges are."""
    models = {}
    for kind, states in all_states():
        name = template_name(kind, states)
        entry = document["models"][name]
        models[name] = {
            "smiles": entry["smiles"],
            "formal_charge": entry["charge"],
            "conformers": len(entry["conformers"]),
            "rotamer_spread_e": round(rotamer_spread(capped(kind, states), entry), 6),
            "shift_rms_e": round(shifted(kind, states, document).rms, 6),
        }
    surplus = arm_surpluses(document)
    return {
        "charges": {
            "method": document["method"],
            "caps": CAPS,
            "bonds_kept_in_am1_minimisation": all(_bonds_kept(document)),
            "transfer_charge_e": TRANSFER_CHARGE,
            "transfer_charge_fit_e": round(fitted_transfer_charge(document), 6),
            "transfer_charge_rule": "midpoint of the mean surplus per amide arm of the "
            "uncharged TMC templates and that of the uncharged PIP templates, rounded to 0.001 e",
            "arm_surplus_e": {name: round(q, 6) for name, q in surplus.items()},
            "largest_rotamer_spread_e": max(m["rotamer_spread_e"] for m in models.values()),
            "largest_shift_rms_e": max(m["shift_rms_e"] for m in models.values()),
            "models": models,
        },
        "gaff": gaff["provenance"],
        "sha256": hashes,
    }


def _bonds_kept(document: dict) -> Iterator[bool]:
    for kind, states in all_states():
        graph = capped(kind, states)
        for run in document["models"][template_name(kind, states)]["conformers"]:
            yield keeps_its_bonds(graph, np.array(run["positions_angstrom"]))


def as_json(value: dict) -> str:
    """Format JSON with a fixed layout: lists of plain values stay on one line."""
    text = json.dumps(value, indent=1)
    flat = re.sub(r"\[\s+([^][{}]*?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    return flat + "\n"


def read_raw(folder: Path = DATA) -> tuple[dict, dict]:
    """Read the GAFF subset and the AM1-BCC results that the files are made of."""
    names = ("gaff.json", "am1bcc.json")
    gaff, document = (json.loads((folder / name).read_text()) for name in names)
    return gaff, document


def write(folder: Path = DATA) -> None:
    """Write all files of `contents` into `folder`."""
    for name, text in contents(*read_raw(folder)).items():
        (folder / name).write_text(text)
