"""Atomic writes: files and directories that appear complete or not at all, also after a crash."""

import ctypes
import errno
import glob
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mdtools.processes import start_time, system_id

Json = dict[str, Any]
"""Content of a JSON file."""
DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors of a write for which there is no room: device, quota, file size limit."""
PASSING = DISK_FULL | {errno.EROFS}
"""Errors of a write that a person or another node can mend: also a file system that was mounted, or
after an error of its device turned, read-only."""
BLOCK_BYTES = 1 << 20
ASIDE = "old"
"""Ending of a directory that makes way for its new version."""
CURRENT_DIRECTORY, RENAME_EXCHANGE = -100, 2
"""AT_FDCWD and the flag of renameat2(2)."""
NO_EXCHANGE = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP})
"""Errors of a kernel or file system that cannot swap two names, as many network ones."""


def sync(path: Path) -> None:
    """Flush a file or directory to the disk (fsync)."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Replace a file by its new content in one step."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file by its new content in one step."""
    with replacing(path) as staged:
        staged.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path that replaces ``path`` when the block ends without an error.

    The content is forced to the disk before the rename and the directory after it, so that also
    after a crash there is the old file or the whole new one. On an error the temporary file is
    removed and an older ``path`` stays as it was. What a killed process left of an earlier attempt
    on this machine is removed, too.

    Parameters
    ----------
    path : Path
        File to write, in a directory that exists; the block writes to the path it is given, which
        it must make.
    """
    staged = _beside(path)
    _remove_orphans(path)
    try:
        yield staged
        sync(staged)
        os.replace(staged, path)
    except BaseException as error:
        staged.unlink(missing_ok=True)
        if isinstance(error, OSError):
            # A full disk does not say which file it had no room for.
            nameless = error.filename is None and error.errno in PASSING
            if nameless or error.filename == str(staged):
                error.filename = str(path)
        raise
    sync(path.parent)


def write_json(path: Path, content: Json) -> None:
    """Replace a JSON file by its new content in one step; keys keep their order."""
    write_text(path, json_text(content))


def json_text(content: Json) -> str:
    """Format JSON as all files of a run have it; raises ValueError for NaN and infinity."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_json(path: Path) -> Json | None:
    """Read a JSON file; None if it is missing or not valid JSON."""
    try:
        content: Json = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return content


@contextmanager
def new_directory(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield a temporary directory that becomes ``target`` when the block ends without an error.

    Files are fsynced before the rename and the parent after it. On any error the temporary
    directory is removed and ``target`` is left as it was. An older ``target`` is swapped with the
    new one in one step; where that is not possible it steps aside for a moment, and `recover`
    puts it back if the writer is killed in between.

    Parameters
    ----------
    target : Path
        Parents are made.
    replace : bool
        Take the place of an older ``target``; otherwise OSError if there is one with files in it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    recover(target)
    staged, old = _beside(target), _beside(target, ASIDE)
    staged.mkdir()
    try:
        yield staged
        for path in [*staged.rglob("*"), staged]:
            sync(path)
        if replace and target.exists():
            _replace(target, staged, old)
        else:
            staged.rename(target)
        sync(target.parent)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    for path in (staged, *_aside(target)):
        shutil.rmtree(path, ignore_errors=True)


def recover(target: Path) -> bool:
    """Restore a ``target`` whose writer was killed while replacing it; returns whether it did."""
    old = max(_aside(target), key=lambda path: path.stat().st_mtime_ns, default=None)
    if old is None or target.exists():
        return False
    old.rename(target)
    sync(target.parent)
    return True


def _replace(target: Path, staged: Path, old: Path) -> None:
    """Put ``staged`` in the place of ``target``; the older one ends as ``staged`` or ``old``."""
    if _exchange(staged, target):
        return
    target.rename(old)
    try:
        staged.rename(target)
    except BaseException:
        old.rename(target)
        raise


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step; False where the system cannot."""
    try:
        swap = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    swap.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    names = os.fsencode(one), os.fsencode(other)
    if not swap(CURRENT_DIRECTORY, names[0], CURRENT_DIRECTORY, names[1], RENAME_EXCHANGE):
        return True
    error = ctypes.get_errno()
    if error in NO_EXCHANGE:
        return False
    raise OSError(error, os.strerror(error), str(other))


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
    """Return the hexadecimal SHA-256 of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def text_sha256(text: str) -> str:
    """Return the hexadecimal SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def file_table(directory: Path, names: Iterable[str]) -> dict[str, Json]:
    """Return SHA-256 and size of each file, as a manifest keeps them."""
    return {
        name: {"sha256": sha256(directory / name), "bytes": (directory / name).stat().st_size}
        for name in names
    }


def damaged(directory: Path, table: dict[str, Json], *, sizes_only: bool = False) -> list[str]:
    """Compare files with their manifest; returns a sentence for each that is missing or damaged."""
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


def _beside(path: Path, ending: str = "tmp") -> Path:
    return path.with_name(f".{path.name}.{_maker()}{os.getpid()}.{uuid.uuid4().hex[:12]}.{ending}")


def _maker() -> str:
    """Short name of the system that a process number is of, with a hyphen; empty if unknown."""
    system = system_id()
    return "" if system is None else f"{text_sha256(system)[:8]}-"


def _remove_orphans(path: Path) -> None:
    """Remove temporary files of ``path`` whose process, one of this machine, is gone."""
    beginning, maker = f".{path.name}.", _maker()
    for orphan in path.parent.glob(f"{glob.escape(beginning + maker)}*.tmp") if maker else ():
        pid = orphan.name.removeprefix(beginning + maker).partition(".")[0]
        if pid.isdecimal() and start_time(int(pid)) is None:
            orphan.unlink(missing_ok=True)


def _aside(target: Path) -> list[Path]:
    """Older versions of a directory that have stepped aside."""
    return list(target.parent.glob(f".{glob.escape(target.name)}.*.{ASIDE}"))
