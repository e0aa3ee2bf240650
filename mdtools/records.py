"""JSON files that carry their own checksum: one that was changed or cut short is not believed."""

import json
from pathlib import Path

from mdtools import atomic
from mdtools.atomic import Json

CHECKSUM = "checksum"
"""Key of the SHA-256 of all others, sorted and without spaces; files from before had none."""


class DamagedRecord(ValueError):
    """A file of results is missing, is no JSON, or is not what was written."""

    exit_code = 1


def checksum(content: Json) -> str:
    """Return the SHA-256 of a JSON object, whatever the order of its keys.

    >>> checksum({"a": 1, "b": 2}) == checksum({"b": 2, "a": 1, CHECKSUM: "any"})
    True
    """
    others = {key: value for key, value in content.items() if key != CHECKSUM}
    text = json.dumps(others, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return atomic.text_sha256(text)


def sealed(content: Json) -> Json:
    """Return the content with its checksum as last key.

    As it comes back from a file: tuples as lists, keys as text.
    """
    plain: Json = json.loads(json.dumps(content, allow_nan=False))
    plain.pop(CHECKSUM, None)
    return plain | {CHECKSUM: checksum(plain)}


def write(path: Path, content: Json) -> None:
    """Replace a JSON file by its new content and checksum in one step."""
    atomic.write_json(path, sealed(content))


def read(path: Path, remedy: str = "delete it and start the campaign again") -> Json:
    """Read an object without its checksum.

    Raises
    ------
    DamagedRecord
        Naming the file, what is wrong with it, and the remedy.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise DamagedRecord(f"{path} is missing: start the campaign again") from None
    except ValueError as error:
        raise DamagedRecord(f"{path} cannot be read ({error}): {remedy}") from None
    if not isinstance(content, dict):
        raise DamagedRecord(f"{path} holds no object: {remedy}")
    written = content.pop(CHECKSUM, None)
    if written is not None and written != checksum(content):
        raise DamagedRecord(f"{path} is not what was written (its checksum differs): {remedy}")
    return content


def read_sound(path: Path) -> Json | None:
    """Read as `read`, None for a file that is missing or damaged; for what can be made again."""
    try:
        return read(path)
    except DamagedRecord:
        return None
