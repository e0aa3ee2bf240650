"""Storage of a network: three tables, and a JSON file with the rest and the checksums."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mdtools.atomic import sha256, write_json
from membranes.networks.errors import NetworkError

if TYPE_CHECKING:
    import pandas as pd

    from membranes.networks.structure import Structure

META = "network.json"
SCHEMA = 1
TABLES = ("atoms.csv", "residues.csv", "bonds.csv")


def save(network: Structure, directory: Path) -> None:
    """Write the tables and ``network.json`` with their checksums."""
    import pandas as pd

    directory.mkdir(parents=True, exist_ok=True)
    xyz = network.positions
    atoms = pd.DataFrame(
        {
            "id": network.ids,
            "residue": network.residue,
            "name": network.names,
            "element": network.elements,
            "x_nm": xyz[:, 0],
            "y_nm": xyz[:, 1],
            "z_nm": xyz[:, 2],
        }
    )
    residues = pd.DataFrame(
        {"kind": network.kinds, "arms": [" ".join(states) for states in network.arms]}
    )
    bonds = pd.DataFrame(network.ids[network.bonds].reshape(-1, 2), columns=["first", "second"])
    for name, table in zip(TABLES, (atoms, residues, bonds), strict=True):
        table.to_csv(directory / name, index=False)
    meta = {
        "schema": SCHEMA,
        "box_nm": network.box_nm.tolist(),
        "next_id": network.next_id,
        "seed": network.seed,
        "sha256": {name: sha256(directory / name) for name in TABLES},
    }
    write_json(directory / META, meta)


def load(directory: Path) -> dict:
    """Read the fields of the network that ``save`` wrote.

    Raises NetworkError naming the file that is missing, damaged or of another schema.
    """
    meta = _meta(directory)
    atoms, residues, bonds = (_table(directory / name, meta["sha256"][name]) for name in TABLES)
    row_of_id = np.full(meta["next_id"], -1)
    row_of_id[atoms["id"]] = np.arange(len(atoms))
    return {
        "kinds": tuple(residues["kind"]),
        "arms": tuple(tuple(states.split()) for states in residues["arms"]),
        "residue": atoms["residue"].to_numpy(),
        "names": atoms["name"].to_numpy(dtype=object),
        "ids": atoms["id"].to_numpy(),
        "bonds": row_of_id[bonds.to_numpy()].reshape(-1, 2),
        "positions": atoms[["x_nm", "y_nm", "z_nm"]].to_numpy(),
        "box_nm": np.array(meta["box_nm"]),
        "next_id": meta["next_id"],
        "seed": meta["seed"],
    }


def _meta(directory: Path) -> dict:
    path = directory / META
    if not path.exists():
        raise NetworkError(f"{path} is missing: {directory} holds no network; build it again")
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise NetworkError(f"{path} is cut short or no JSON; build the network again") from None
    if not isinstance(meta, dict) or meta.get("schema") != SCHEMA:
        raise NetworkError(f"{path} has not schema {SCHEMA}, which this version reads")
    return meta


def _table(path: Path, digest: str) -> pd.DataFrame:
    import pandas as pd

    if not path.exists() or sha256(path) != digest:
        raise NetworkError(f"{path} is missing or was changed after it was written; build it again")
    # "NA" is an atom name elsewhere in this field.
    return pd.read_csv(path, keep_default_na=False)
