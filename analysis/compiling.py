"""Loops are compiled by one process of a machine; others wait for it and find what it kept."""

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LONGEST_WAIT_S = 180.0
"""For another process, which may have been stopped; then both compile."""
LOOK_S = 0.05
_called: set[str] = set()


@contextmanager
def first_call(loops: str) -> Iterator[None]:
    """Let no other process make its first call of some loops meanwhile; later calls do not wait.

    Without a file to lock, each compiles by itself.
    """
    if loops in _called:
        yield
        return
    file = _locked(loops)
    try:
        yield
    finally:
        if file is not None:
            os.close(file)
    _called.add(loops)


def _locked(loops: str) -> int | None:
    """Return an open file that is locked, None if there can be none in time."""
    name = f"polyamide-compiling-{os.getuid()}-{loops.replace(' ', '-')}"
    path = os.path.join(tempfile.gettempdir(), name)
    with suppress(OSError):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        end = time.monotonic() + LONGEST_WAIT_S
        while time.monotonic() < end:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(LOOK_S)
            except OSError:
                break
            else:
                return file
        os.close(file)
    return None
