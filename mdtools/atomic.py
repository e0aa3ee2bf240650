"""Files and directories that appear whole or not at all, also after a crash."""

import errno
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors of a write for which there is no room: device, quota, file size limit."""
BLOCK_BYTES = 1 << 20


def sync(path: Path) -> None:
    """Force a file or directory to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Replace a file by its new content in one step."""
    staged = _beside(path)
    try:
        with open(staged, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(staged, path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    sync(path.parent)


def write_json(path: Path, content: dict) -> None:
    """Replace a JSON file by its new content in one step; keys keep their order."""
    write_text(path, json_text(content))


def json_text(content: dict) -> str:
    """JSON as all files of a run have it; not-a-number is refused (ValueError)."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_json(path: Path) -> dict | None:
    """Content of a JSON file; None if it is not there or not whole."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


@contextmanager
def new_directory(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """Temporary directory that becomes ``target`` if the block ends without an error.

    Files are fsynced before the rename and the parent after it. On any error the temporary
    directory is removed and ``target`` is left as it was.

    Parameters
    ----------
    target : Path
        Parents are made.
    replace : bool
        Take the place of an older ``target``; otherwise OSError if there is one with files in it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    staged, old = _beside(target), _beside(target)
    staged.mkdir()
    try:
        yield staged
        for path in [*staged.rglob("*"), staged]:
            sync(path)
        if replace and target.exists():
            target.rename(old)
        staged.rename(target)
        sync(target.parent)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)


def remove_leftovers(directory: Path) -> list[str]:
    """Delete temporary files and directories of writers that were killed; returns their names."""
    leftovers = sorted(directory.glob(".*.tmp")) if directory.is_dir() else []
    for path in leftovers:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return [path.name for path in leftovers]


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def text_sha256(text: str) -> str:
    """Hexadecimal SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def file_table(directory: Path, names: Iterable[str]) -> dict[str, dict]:
    """SHA-256 and size of each file, as a manifest keeps them."""
    return {
        name: {"sha256": sha256(directory / name), "bytes": (directory / name).stat().st_size}
        for name in names
    }


def damaged(directory: Path, table: dict[str, dict], *, sizes_only: bool = False) -> list[str]:
    """What is wrong with the files of a manifest, one sentence each; empty if all are whole."""
    problems = []
    for name, expected in table.items():
        path = directory / name
        if not path.is_file():
            problems.append(f"{name} is missing")
        elif (size := path.stat().st_size) != expected["bytes"]:
            problems.append(f"{name} has {size} bytes where {expected['bytes']} were written")
        elif not sizes_only and sha256(path) != expected["sha256"]:
            problems.append(f"{name} is not what was written (its SHA-256 differs)")
    return problems


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:12]}.tmp")
