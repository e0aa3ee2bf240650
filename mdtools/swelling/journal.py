"""Journal of a hydration: its state on disk, from which a stopped one goes on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mdtools.state_file import StateFile

SCHEMA = 1
FACTS = ("waters", "height_nm", "done", "facts")


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
        self._file = StateFile(path, key, schema=SCHEMA, job="hydrate")

    def write(self, snapshot: Snapshot) -> None:
        """Replace the file in one step."""
        arrays = {"positions": snapshot.positions}
        if snapshot.velocities is not None:
            arrays["velocities"] = snapshot.velocities
        self._file.write({name: getattr(snapshot, name) for name in FACTS}, arrays)

    def read(self) -> Snapshot | None:
        """Return the latest snapshot, None if there is none or its key is another.

        Raises SettingsError naming the file if it is damaged.
        """
        return self._file.read(
            lambda meta, arrays: Snapshot(
                positions=arrays["positions"],
                velocities=arrays.get("velocities"),
                **{name: meta[name] for name in FACTS},
            )
        )
