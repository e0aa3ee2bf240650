"""Where the files of a segment lie: in a directory of its own, or with others in a packed file.

A packed file holds the segments of a chunk, file by file as they were written, in a ZIP archive,
which any program unpacks. Its name says which: ``segs_00000_00009.zip`` has the first ten.
"""

import errno
import hashlib
import lzma
import re
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mdtools import atomic

PACKED = re.compile(r"segs_(\d{5,})_(\d{5,})\.zip")
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
)
"""What `zipfile` raises for an archive whose bytes were changed: a method of compression that it
knows nothing of or that the data do not follow, a password, a place before the file. For one far
behind it, the system says EINVAL."""


class DamagedSegment(ValueError):
    """A file of a segment is missing, or not what was written."""

    exit_code = 1


@dataclass(frozen=True)
class Folder:
    """A segment in a directory of its own, ``path``."""

    path: Path

    @property
    def name(self) -> str:
        """Name of the segment."""
        return self.path.name

    def read(self, file: str) -> bytes:
        """Return the content of a file; raises DamagedSegment if it is missing."""
        try:
            return (self.path / file).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise DamagedSegment(f"{file} is missing") from None

    @contextmanager
    def opened(self, file: str) -> Iterator[Path]:
        """Yield a path under which programs can read a file while the block runs."""
        yield self.path / file

    def wrong(self, table: dict[str, atomic.Json], *, sizes_only: bool = False) -> list[str]:
        """Compare the files with their manifest; a sentence for each missing or damaged one."""
        return atomic.damaged(self.path, table, sizes_only=sizes_only)


@dataclass(frozen=True)
class Packed:
    """A segment among others in the packed file ``archive``."""

    archive: Path
    name: str

    @property
    def path(self) -> Path:
        """Where its directory would be if the archive were one, to be told."""
        return self.archive / self.name

    def read(self, file: str) -> bytes:
        """Return the content of a file; raises DamagedSegment if that cannot be read."""
        with self._stream(file) as stream:
            return stream.read()

    @contextmanager
    def opened(self, file: str) -> Iterator[Path]:
        """Yield a path under which programs can read a file while the block runs."""
        with tempfile.TemporaryDirectory(prefix="polyamide_packed_") as scratch:
            path = Path(scratch) / file
            with self._stream(file) as stream, path.open("wb") as copy:
                shutil.copyfileobj(stream, copy, atomic.BLOCK_BYTES)
            yield path

    def wrong(self, table: dict[str, atomic.Json], *, sizes_only: bool = False) -> list[str]:
        """Compare the files with their manifest; a sentence for each missing or damaged one."""
        problems = []
        for file, expected in table.items():
            try:
                size = self._size(file)
                if size != expected["bytes"]:
                    raise DamagedSegment(
                        f"{file} has {size} bytes where {expected['bytes']} were written"
                    )
                if not sizes_only and self._sha256(file) != expected["sha256"]:
                    raise DamagedSegment(f"{file} is not what was written (its SHA-256 differs)")
            except DamagedSegment as problem:
                problems.append(str(problem))
        return problems

    def _size(self, file: str) -> int:
        with self._archive(file) as archive:
            return archive.getinfo(f"{self.name}/{file}").file_size

    def _sha256(self, file: str) -> str:
        with self._stream(file) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]

    @contextmanager
    def _stream(self, file: str) -> Iterator[IO[bytes]]:
        with self._archive(file) as archive, archive.open(f"{self.name}/{file}") as stream:
            yield stream

    @contextmanager
    def _archive(self, file: str) -> Iterator[zipfile.ZipFile]:
        try:
            with zipfile.ZipFile(self.archive) as archive:
                yield archive
        except (KeyError, FileNotFoundError):
            raise DamagedSegment(f"{file} is missing") from None
        except (*UNREADABLE, OSError) as error:
            if isinstance(error, OSError) and error.errno != errno.EINVAL:
                raise
            reason = " ".join(str(error).split())
            raise DamagedSegment(f"{file} is not what was written ({reason})") from None


Stored = Folder | Packed


def archives(directory: Path) -> dict[Path, range]:
    """Return the packed files in a directory of segments, each with the segments that it has."""
    found = {}
    for path in sorted(directory.glob("segs_*.zip")):
        if match := PACKED.fullmatch(path.name):
            found[path] = range(int(match[1]), int(match[2]) + 1)
    return found


def archive_name(first: int, last: int) -> str:
    """Return the name of the packed file of a row of segments."""
    return f"segs_{first:05d}_{last:05d}.zip"
