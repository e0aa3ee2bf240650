"""Compressed files of networks: integer arrays and a JSON header in a numpy archive.

Positions are whole multiples of `RESOLUTION_NM`, names and states are indices into tables of the
header, and nothing depends on the time or the place of writing: the same network and facts give
the same bytes under the same zlib. Velocities are not kept.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from membranes.networks.errors import NetworkError, PackedError
from membranes.networks.monomers import MONOMERS, STATE_ATOMS
from membranes.networks.network import Network

FORMAT = "polyamide network"
SCHEMA = 1
RESOLUTION_NM = 1e-6
"""Rounding moves no atom by more than half of this: below 1e-3 kJ/mol on a membrane."""
HEADER = "header"
ARRAYS = ("kinds", "arms", "residue", "names", "ids", "bonds", "positions")
REMEDY = "install the package again, or pack the network anew with `polyamide membranes pack`"
UNREADABLE = (OSError, EOFError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What numpy and zipfile raise for a file that is cut off or changed."""


@dataclass(frozen=True)
class Packed:
    """A packed network comes with the facts of its making."""

    network: Network
    facts: dict


def packed_bytes(network: Network, facts: dict) -> bytes:
    """Return the content of the packed file of a network.

    Parameters
    ----------
    network : Network
    facts : dict
        Anything JSON holds.

    Raises
    ------
    NetworkError
        If a position is not finite.
    """
    if not np.isfinite(network.positions).all():
        atom = int(np.flatnonzero(~np.isfinite(network.positions).all(axis=1))[0])
        raise NetworkError(f"atom {atom} ({network.names[atom]}) has no finite position")
    name_table = sorted(set(network.names.tolist()))
    kind_table = [kind for kind in MONOMERS if kind in network.kinds]
    state_table = list(STATE_ATOMS)
    states = [state_table.index(state) for arms in network.arms for state in arms]
    arrays = {
        "kinds": np.array([kind_table.index(kind) for kind in network.kinds], dtype=np.uint8),
        "arms": np.array(states, dtype=np.uint8),
        "residue": network.residue.astype(np.int32),
        "names": np.array([name_table.index(name) for name in network.names], dtype=np.uint8),
        "ids": network.ids.astype(np.int32),
        "bonds": network.bonds.astype(np.int32).reshape(-1, 2),
        "positions": np.rint(network.positions / RESOLUTION_NM).astype(np.int32),
    }
    header = {
        "format": FORMAT,
        "schema": SCHEMA,
        "resolution_nm": RESOLUTION_NM,
        "tables": {"kinds": kind_table, "arms": state_table, "names": name_table},
        "box_nm": [float(length) for length in network.box_nm],
        "next_id": int(network.next_id),
        "seed": int(network.seed),
        "facts": facts,
    }
    header["sha256"] = _digest(header, arrays)
    stream = io.BytesIO()
    text = np.frombuffer(_json(header), dtype=np.uint8)
    np.savez_compressed(stream, **{HEADER: text}, **arrays)
    return stream.getvalue()


def read(path: Path) -> Packed:
    """Read a packed network and its facts; velocities are None.

    Raises
    ------
    PackedError
        Naming the file, what is wrong with it and what to do.
    """
    if not path.is_file():
        raise PackedError(f"{path} is missing: {REMEDY}")
    header, arrays = _contents(path)
    tables = header["tables"]
    kinds = tuple(tables["kinds"][code] for code in arrays["kinds"])
    states = iter([tables["arms"][code] for code in arrays["arms"]])
    network = Network(
        kinds=kinds,
        arms=tuple(tuple(next(states) for _ in MONOMERS[kind].centres) for kind in kinds),
        residue=arrays["residue"].astype(int),
        names=np.array(tables["names"], dtype=object)[arrays["names"]],
        ids=arrays["ids"].astype(int),
        bonds=arrays["bonds"].astype(int),
        positions=arrays["positions"] * header["resolution_nm"],
        box_nm=np.array(header["box_nm"]),
        next_id=header["next_id"],
        seed=header["seed"],
    )
    network.check()
    return Packed(network, header["facts"])


def _contents(path: Path) -> tuple[dict, dict[str, np.ndarray]]:
    """Return header and arrays of a file whose checksum holds; PackedError otherwise."""
    if not zipfile.is_zipfile(path):
        raise PackedError(f"{path} is no packed network, or is cut off: {REMEDY}")
    try:
        # numpy parses the headers of arrays before zipfile has compared their checksums.
        with zipfile.ZipFile(path) as archive:
            if name := archive.testzip():
                raise ValueError(f"{name} is damaged")
        with np.load(path, allow_pickle=False) as archive:
            header = json.loads(archive[HEADER].tobytes())
            if header["format"] != FORMAT:
                raise ValueError(f"its format is {header['format']!r}")
            schema = header["schema"]
            arrays = {name: archive[name] for name in ARRAYS} if schema == SCHEMA else {}
    except UNREADABLE as error:
        reason = " ".join(str(error).split())
        raise PackedError(f"{path} is no whole packed network ({reason}): {REMEDY}") from None
    if schema != SCHEMA:
        raise PackedError(
            f"{path} has schema {schema}, this version reads {SCHEMA}: install the version of "
            "this package that wrote it, or pack the network anew"
        )
    if header.pop("sha256", None) != _digest(header, arrays):
        raise PackedError(f"{path} was changed after it was written (SHA-256 differs): {REMEDY}")
    return header, arrays


def _json(content: dict) -> bytes:
    return json.dumps(content, sort_keys=True, allow_nan=False, separators=(",", ":")).encode()


def _digest(header: dict, arrays: dict[str, np.ndarray]) -> str:
    """Return the SHA-256 of header and arrays, which does not depend on the compression."""
    digest = hashlib.sha256(_json(header))
    for name in ARRAYS:
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
