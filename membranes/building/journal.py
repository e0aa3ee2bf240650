"""Journal of a build: its state on disk, from which a killed build resumes to the same network."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from mdtools.state_file import Arrays, StateFile
from membranes.networks.errors import NetworkError
from membranes.networks.network import Network

SCHEMA = 1
ARRAYS = ("residue", "names", "ids", "bonds", "positions", "box_nm")
EXACT = ("kinds", "arms", "next_id", "seed")


class Journal:
    """A journal is one file with the latest state of a network and the facts to resume from it.

    Unlike a saved network it keeps velocities and every bit of the positions.

    Parameters
    ----------
    path : Path or None
        None keeps nothing.
    key : dict
        All that the state depends on; a state under another key is ignored.
    """

    def __init__(self, path: Path | None, key: dict) -> None:
        self._file = StateFile(path, key, schema=SCHEMA, job="build", error=NetworkError)

    def write(self, network: Network, facts: dict) -> None:
        """Replace the file in one step; ``facts`` must fit JSON."""
        exact = {name: getattr(network, name) for name in EXACT}
        self._file.write({"facts": facts} | exact, _arrays(network))

    def read(self) -> tuple[Network, dict] | None:
        """Return the latest network and facts; None if there are none or the key is another.

        Raises NetworkError naming the file if it is damaged.
        """
        return self._file.read(lambda meta, arrays: (_network(meta, arrays), meta["facts"]))

    @property
    def exists(self) -> bool:
        """Whether the file exists, under any key."""
        return self._file.exists


def fingerprint(network: Network) -> str:
    """Return the SHA-256 of all data of a network, velocities included."""
    digest = hashlib.sha256()
    for name, array in sorted(_arrays(network).items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(json.dumps([getattr(network, name) for name in EXACT]).encode())
    return digest.hexdigest()


def _arrays(network: Network) -> dict[str, np.ndarray]:
    arrays = {name: np.asarray(getattr(network, name)) for name in ARRAYS}
    arrays["names"] = arrays["names"].astype("U8")
    if network.velocities is not None:
        arrays["velocities"] = network.velocities
    return arrays


def _network(meta: dict, arrays: Arrays) -> Network:
    network = Network(
        kinds=tuple(meta["kinds"]),
        arms=tuple(map(tuple, meta["arms"])),
        next_id=meta["next_id"],
        seed=meta["seed"],
        velocities=arrays.get("velocities"),
        **{name: arrays[name] for name in ARRAYS},
    )
    return replace(network, names=network.names.astype(object))
