"""Whether a file system keeps the promises that runs stand on."""

import contextlib
import os
import tempfile
from pathlib import Path


def refusal(directory: Path) -> str | None:
    """Say why nothing can be written to a directory, there or to be made; None if it can be.

    >>> refusal(Path("/proc/none")) is None
    False
    """
    places = (directory, *directory.absolute().parents)
    try:
        nearest = next(place for place in places if place.exists())
    except OSError as error:  # a name that no file can have, or links in a circle
        return error.strerror or str(error)
    longest = max((len(os.fsencode(part)) for part in directory.parts), default=0)
    if longest > (allowed := os.pathconf(nearest, "PC_NAME_MAX")):
        return f"a name of {longest} bytes, allowed are {allowed}"
    if not nearest.is_dir():
        return f"{nearest} is a file, allowed is a directory"
    try:
        tempfile.TemporaryDirectory(prefix=".trial-", dir=nearest).cleanup()
    except OSError as error:
        where = "" if nearest == directory else f"{nearest}: "
        return where + (error.strerror or str(error))
    return None


def faults(directory: Path) -> list[str]:
    """Say what a directory's file system does not do; empty if it is fit for runs.

    Tried in a folder of its own, which goes again: an exclusive creation that succeeds once only (a
    lease), a rename that takes the place of another file (a record, a state), a folder renamed
    whole (a segment), and a flush of files and of the names in a folder.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".trial-", dir=directory) as name:
            return [said for trial in TRIALS if (said := _tried(trial, Path(name)))]
    except OSError as error:
        return [f"nothing can be written ({error.strerror or error})"]


def _tried(trial, place: Path) -> str | None:
    try:
        said: str | None = trial(place)
    except OSError as error:
        said = f"{trial.__doc__.rstrip('.')} fails ({error.strerror or error})"
    return said


def _exclusive(place: Path) -> str | None:
    """An exclusive creation."""
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    os.close(os.open(place / "claim", flags))
    with contextlib.suppress(FileExistsError):
        os.close(os.open(place / "claim", flags))
        return "one name can be created twice, so two processes would take one lease"
    return None


def _replacing(place: Path) -> str | None:
    """A rename over another file."""
    old, new = place / "record", place / "record.new"
    old.write_text("old")
    new.write_text("new")
    os.replace(new, old)
    if old.read_text() != "new" or new.exists():
        return "a rename does not take the place of a file"
    return None


def _renaming(place: Path) -> str | None:
    """A rename of a folder."""
    (place / "segment.new").mkdir()
    (place / "segment.new" / "state").write_text("whole")
    os.rename(place / "segment.new", place / "segment")
    if not (place / "segment" / "state").exists():
        return "a folder is not renamed whole"
    return None


def _flushing(place: Path) -> str | None:
    """A flush of a file and of its folder."""
    (place / "file").write_text("kept")
    for path in (place / "file", place):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    return None


TRIALS = (_exclusive, _replacing, _renaming, _flushing)
