"""Whether a process is still there, and of which system its number is."""

import os
from functools import lru_cache
from pathlib import Path

GONE = ("Z", "X")
"""States in /proc of a process that has ended but was not yet waited for."""


def system_id() -> str | None:
    """Identify boot and process namespace, within which a process number means the same."""
    return _read_system_id(os.getpid())


@lru_cache(maxsize=1)
def _read_system_id(_pid: int) -> str | None:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return None


def start_time(pid: int) -> int | None:
    """Return the start of a running process in clock ticks since boot; None if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in GONE else int(fields[19])
