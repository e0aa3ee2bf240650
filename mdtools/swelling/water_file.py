"""File of the waters that a hydrated network holds."""

import io
import zipfile
from pathlib import Path

import numpy as np

from mdtools.errors import SettingsError


def water_bytes(waters: np.ndarray) -> bytes:
    """Return the content of a file of waters (W, 4, 3) in nm."""
    content = io.BytesIO()
    np.savez(content, waters_nm=waters)
    return content.getvalue()


def read_waters(path: Path) -> np.ndarray:
    """Read the waters (W, 4, 3) in nm of a file; SettingsError names it if it is damaged."""
    try:
        with np.load(path) as stored:
            return np.asarray(stored["waters_nm"])
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise SettingsError(f"{path} is missing or damaged; make the hydration again") from error
