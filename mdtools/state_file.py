"""A file with the latest state of a long job, from which a stopped one goes on."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from mdtools.atomic import text_sha256, write_bytes
from mdtools.errors import SettingsError

Arrays = Mapping[str, np.ndarray]
State = TypeVar("State")


class StateFile:
    """One file with plain facts and arrays in full precision, replaced in one step.

    Parameters
    ----------
    path : Path or None
        None keeps nothing.
    key : dict
        All that the state depends on, as plain data; a state under another key is ignored.
    schema : int
        Of the facts and arrays; a state of another one is ignored.
    job : str
        What starts over without the file, as an infinitive: "build".
    error : type
        Raised where the file is damaged.
    """

    def __init__(
        self,
        path: Path | None,
        key: dict,
        *,
        schema: int,
        job: str,
        error: type[Exception] = SettingsError,
    ) -> None:
        self.path = path
        self._marks = {"schema": schema, "key": text_sha256(json.dumps(key, sort_keys=True))}
        self._job, self._error = job, error

    @property
    def exists(self) -> bool:
        """Whether the file exists, under any key."""
        return self.path is not None and self.path.exists()

    def write(self, facts: dict[str, Any], arrays: Arrays) -> None:
        """Replace the file; ``facts`` must fit JSON, and none is called "schema" or "key"."""
        if self.path is None:
            return
        content = io.BytesIO()
        kept: dict[str, Any] = {"meta": json.dumps(self._marks | facts), **arrays}
        np.savez(content, **kept)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(self.path, content.getvalue())

    def read(self, make: Callable[[dict[str, Any], Arrays], State]) -> State | None:
        """Return what ``make`` makes of facts and arrays; None if there are none of this key.

        Raises ``error`` naming the file if it is damaged.
        """
        if self.path is None or not self.path.exists():
            return None
        try:
            with np.load(self.path) as stored:
                meta = json.loads(str(stored["meta"]))
                if {name: meta[name] for name in self._marks} != self._marks:
                    return None
                arrays = {name: stored[name] for name in stored.files if name != "meta"}
            return make(meta, arrays)
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise self._error(
                f"{self.path} is damaged; delete it to {self._job} from the start"
            ) from error
