"""What this machine has been found to do, kept for this user between commands.

It lies in ``$POLYAMIDE_CACHE``, else ``$XDG_CACHE_HOME/polyamide``, else ``~/.cache/polyamide``.
No result depends on it: a file that cannot be read or written costs a line on stderr.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mdtools import atomic

VARIABLE = "POLYAMIDE_CACHE"
WAIT_S = 5.0
"""How long a writer waits for another one."""
LOOK_S = 0.05

Entries = list[atomic.Json]


def directory() -> Path:
    """Return the directory of what is kept for this user; it may not exist."""
    if own := os.environ.get(VARIABLE):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "polyamide"


def entries(name: str) -> Entries:
    """Read the entries of a file; none if it is missing, and none with a line if it is damaged."""
    path = directory() / name
    try:
        exists, content = path.exists(), atomic.read_json(path)
    except OSError as error:
        _say(f"{path} cannot be read ({error.strerror}), ignored")
        return []
    listed = content.get("entries") if isinstance(content, dict) else None
    if isinstance(listed, list):
        return [entry for entry in listed if isinstance(entry, dict)]
    if exists:
        _say(f"{path} is damaged, ignored")
    return []


def change(name: str, to: Callable[[Entries], Entries]) -> bool:
    """Replace the entries of a file by a function of them, with no other process in between.

    Returns
    -------
    bool
        Whether they were kept; if not, a line on stderr has said why.
    """
    try:
        path = directory() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path.with_name(f".{name}.lock")):
            atomic.write_json(path, {"entries": to(entries(name))})
    except (OSError, RuntimeError) as error:
        # RuntimeError: a user without a home directory.
        _say(f"{name} is not kept: {error}")
        return False
    return True


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock, which a process that dies gives back; raises OSError if it is not to be had."""
    try:
        import fcntl
    except ImportError:
        # Not on Windows; there the last of two that write at once is kept.
        yield
        return
    with open(path, "a", encoding="utf-8") as file:
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(LOOK_S)
        yield


def _say(line: str) -> None:
    print(f"note: {line}", file=sys.stderr)
