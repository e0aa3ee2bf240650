"""Finished chunks of a run packed into one file each, and unpacked again.

A segment is five files, and file systems count files. The packed file is whole and checked before
the first directory goes, and each directory goes by one rename, so that after a stop at any moment
every segment is there, in one place or in both.
"""

import os
import re
import shutil
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mdtools import atomic, records
from mdtools.lease import DIRECTORY as LEASE
from mdtools.lease import Lease
from mdtools.runs import segments
from mdtools.runs.stored import (
    DamagedSegment,
    Folder,
    Packed,
    Stored,
    archive_name,
    archives,
)

CHUNK = re.compile(r"chunk_(\d+)\.json")
DENSE = (segments.FAST, segments.FULL)
"""Files that do not shrink."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Of every file in an archive, so that the same segments make the same archive."""
FOLDER = re.compile(r"seg_(\d{5,})")


def pack(run: Path) -> list[Path]:
    """Pack the segments of each finished chunk of a run into a file; returns the new files.

    A chunk is finished if its record is there and names the segments; one that is packed already,
    wholly or in part, stays as it is.

    Raises
    ------
    DamagedSegment
        Naming a segment that is not what was written; chunks before it are packed.
    TryAgain
        If another process is at work on the run.
    OSError
        If there is no room; nothing is lost.
    """
    made = []
    with _held(run) as directory:
        found = segments.published(directory)
        for numbers in _finished_chunks(run):
            if numbers.stop > len(found):
                break
            chosen = [found[number] for number in numbers]
            folders = [one for one in chosen if isinstance(one, Folder)]
            target = directory / archive_name(numbers[0], numbers[-1])
            if len(folders) == len(chosen):
                _write(target, folders)
                made.append(target)
            _remove_packed(directory, folders)
    return made


def unpack(run: Path) -> list[Path]:
    """Put every packed segment of a run back into a directory of its own; returns these.

    Raises
    ------
    DamagedSegment, TryAgain, OSError
        As `pack`.
    """
    made = []
    with _held(run) as directory:
        for archive, numbers in archives(directory).items():
            for number in numbers:
                if path := _extract(directory, Packed(archive, segments.name(number))):
                    made.append(path)
            archive.unlink()
            atomic.sync(directory)
    return made


def restore(directory: Path, count: int) -> None:
    """Unpack the first ``count`` segments where they share an archive with later ones.

    The later ones are damaged, or follow on one that is; their archive has to step aside.

    Raises
    ------
    DamagedSegment
        For a segment that is not what was written.
    """
    for archive, numbers in archives(directory).items():
        if numbers[-1] >= count:
            for number in range(numbers[0], min(count, numbers.stop)):
                _extract(directory, Packed(archive, segments.name(number)))


def beyond(directory: Path, count: int) -> list[Path]:
    """List directories and archives that hold segments from number ``count`` on."""
    folders = {path: int(match[1]) for path in directory.glob("seg_*") if (match := _folder(path))}
    late = [path for path, number in folders.items() if number >= count]
    return sorted(late) + [
        path for path, numbers in archives(directory).items() if numbers[-1] >= count
    ]


def _folder(path: Path) -> re.Match | None:
    return FOLDER.fullmatch(path.name) if path.is_dir() else None


@contextmanager
def _held(run: Path) -> Iterator[Path]:
    """Hold the lease of a run; yields the directory of its segments, rid of leftovers."""
    directory = run / segments.DIRECTORY
    with Lease(run / LEASE):
        atomic.remove_leftovers(directory)
        yield directory


def _finished_chunks(run: Path) -> list[range]:
    """Numbers of the segments of each chunk whose record is there, in order, up to a gap."""
    paths = {int(match[1]): path for path in run.iterdir() if (match := CHUNK.fullmatch(path.name))}
    found, first = [], 0
    for number in range(len(paths)):
        record = records.read_sound(paths[number]) if number in paths else None
        if record is None:
            break
        last = len(record.get("segments", ()))
        if last > first:
            found.append(range(first, last))
            first = last
    return found


def _write(target: Path, folders: list[Folder]) -> None:
    """Write an archive and hold it, byte for byte, against the manifests before it appears."""
    manifests = [_sound(folder) for folder in folders]
    with atomic.replacing(target) as staged:
        with zipfile.ZipFile(staged, "w") as archive:
            for folder in folders:
                for file in (*segments.FILES, segments.MANIFEST):
                    _add(archive, folder, file)
        for folder, manifest in zip(folders, manifests, strict=True):
            if _sound(Packed(staged, folder.name)) != manifest:
                raise DamagedSegment(f"{folder.path}: its manifest has changed meanwhile")


def _add(archive: zipfile.ZipFile, folder: Folder, file: str) -> None:
    entry = zipfile.ZipInfo(f"{folder.name}/{file}", EPOCH)
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_STORED if file in DENSE else zipfile.ZIP_DEFLATED
    entry.file_size = (folder.path / file).stat().st_size
    with (folder.path / file).open("rb") as source, archive.open(entry, "w") as copy:
        shutil.copyfileobj(source, copy, atomic.BLOCK_BYTES)


def _sound(stored: Stored) -> atomic.Json:
    """Return the manifest of a segment whose every byte was read and found as written."""
    manifest = segments.read_manifest(stored)
    wrong = (
        [f"{segments.MANIFEST} is missing or not what was written"]
        if manifest is None
        else stored.wrong(manifest["files"])
    )
    if manifest is None or wrong:
        raise DamagedSegment(
            f"{stored.path}: {'; '.join(wrong)}. Advance the run, which makes it again"
        )
    return manifest


def _remove_packed(directory: Path, folders: list[Folder]) -> None:
    """Remove the directories of segments whose archive is there and sound."""
    packed = {
        segments.name(number): archive
        for archive, numbers in archives(directory).items()
        for number in numbers
    }
    for folder in folders:
        if folder.name not in packed:
            continue
        try:
            manifest = _sound(Packed(packed[folder.name], folder.name))
            if segments.read_manifest(folder) not in (None, manifest):
                raise DamagedSegment(f"{folder.path}: is not the one in {packed[folder.name]}")
        except DamagedSegment as error:
            raise DamagedSegment(
                f"{str(error).partition('. ')[0]}. Its directory is still there: unpack the run, "
                "then pack it again"
            ) from None
        _remove(folder.path)
    atomic.sync(directory)


def _remove(folder: Path) -> None:
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.{uuid.uuid4().hex[:12]}.tmp")
    folder.rename(aside)
    shutil.rmtree(aside)


def _extract(directory: Path, stored: Packed) -> Path | None:
    """Put a packed segment into a directory of its own; None if a sound one is there."""
    target = directory / stored.name
    if target.exists():
        try:
            _sound(Folder(target))
        except DamagedSegment:
            _sound(stored)
            _remove(target)
        else:
            return None
    _sound(stored)
    with atomic.new_directory(target) as staged:
        for file in (*segments.FILES, segments.MANIFEST):
            (staged / file).write_bytes(stored.read(file))
    return target
