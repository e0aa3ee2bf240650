"""Journal of a hydration: its state on disk, from which a stopped one goes on."""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mdtools.atomic import text_sha256, write_bytes
from mdtools.errors import SettingsError

SCHEMA = 1


@dataclass(frozen=True)
class Snapshot:
    """The state of a hydration between two stretches.

    Attributes
    ----------
    positions : (P, 3) array
        Of all particles, nm: membrane, ions, waters, sheets.
    velocities : (P, 3) array or None
        nm/ps; None where water was put in since: it is minimised and settled first.
    waters : int
    height_nm : float
        Of the box.
    done : int
        Stretches that lie behind it.
    facts : dict
        ``rows`` of the curve, and what the report needs of the expansion.
    """

    positions: np.ndarray
    velocities: np.ndarray | None
    waters: int
    height_nm: float
    done: int
    facts: dict


class Journal:
    """One file with the latest snapshot; one under another key is ignored.

    Parameters
    ----------
    path : Path or None
        None keeps nothing.
    key : dict
        All that the snapshot depends on.
    """

    def __init__(self, path: Path | None, key: dict) -> None:
        self._path = path
        self._key = text_sha256(json.dumps(key, sort_keys=True))

    def write(self, snapshot: Snapshot) -> None:
        """Replace the file in one step."""
        if self._path is None:
            return
        meta = {
            "schema": SCHEMA,
            "key": self._key,
            "waters": snapshot.waters,
            "height_nm": snapshot.height_nm,
            "done": snapshot.done,
            "facts": snapshot.facts,
        }
        arrays: dict[str, Any] = {"positions": snapshot.positions}
        if snapshot.velocities is not None:
            arrays["velocities"] = snapshot.velocities
        content = io.BytesIO()
        np.savez(content, meta=json.dumps(meta), **arrays)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(self._path, content.getvalue())

    def read(self) -> Snapshot | None:
        """Return the latest snapshot, None if there is none or its key is another.

        Raises SettingsError naming the file if it is damaged.
        """
        if self._path is None or not self._path.exists():
            return None
        try:
            with np.load(self._path) as stored:
                meta = json.loads(str(stored["meta"]))
                if (meta["schema"], meta["key"]) != (SCHEMA, self._key):
                    return None
                velocities = stored["velocities"] if "velocities" in stored.files else None
                values = (meta[name] for name in ("waters", "height_nm", "done", "facts"))
                return Snapshot(stored["positions"], velocities, *values)
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise SettingsError(
                f"{self._path} is damaged; delete it to hydrate from the start"
            ) from error
