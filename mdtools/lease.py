"""Leases: at most one process writes to a run, and a dead one does not block it.

A lease is a directory of numbered claims, and the highest number holds. Claim n + 1 is made with
O_EXCL, so of all that find claim n dead exactly one takes over; the highest claim is never
deleted, only marked as released, so a number is never given out again. File locks are not used:
on parallel file systems they are often local to a node.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from mdtools import atomic
from mdtools.constants import SECONDS_PER_DAY
from mdtools.errors import TryAgain
from mdtools.processes import start_time, system_id
from mdtools.provenance import machine, utc_now

DIRECTORY = "lease"
HEARTBEAT_S = 20.0
MISSED = 3
"""Heartbeats that may be missed before a claim counts as dead."""
WAIT_S = 7 * SECONDS_PER_DAY if "SLURM_JOB_ID" in os.environ else 600.0
"""How long a run waits for a live holder before it gives up: under Slurm as long as its walltime
lasts, since its few resubmissions would be used up long before the holder has ended."""
LOOK_S = 1.0
"""How often it looks meanwhile."""


class Lease:
    """A context manager that holds the lease of a run.

    Parameters
    ----------
    directory : Path
        Of the claims; made if needed.
    heartbeat_s : float
        How often the claim is touched while it is held.
    wait_s : float
        How long to wait for a live holder on entry.
    while_waiting : callable
        Gets a sentence about the holder, at every look; may raise to end the wait.

    Raises
    ------
    TryAgain
        On entry, if a live process still holds the lease after the wait.
    """

    def __init__(
        self,
        directory: Path,
        heartbeat_s: float = HEARTBEAT_S,
        wait_s: float = 0.0,
        while_waiting: Callable[[str], None] = lambda _: None,
    ):
        self.directory = Path(directory)
        self.heartbeat_s, self.wait_s = heartbeat_s, wait_s
        self.while_waiting = while_waiting
        self._claim: Path | None = None
        self._ended = threading.Event()

    def __enter__(self) -> "Lease":
        self.directory.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self.wait_s
        while not self._acquired(last_attempt=time.monotonic() >= deadline):
            time.sleep(min(LOOK_S, max(0.0, deadline - time.monotonic())))
        self._ended.clear()
        self._thread = threading.Thread(target=self._beat, args=(self._claim,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        claim = self._claim
        if claim is not None and _newest(self.directory) == claim:
            content = atomic.read_json(claim) or {}
            atomic.write_json(claim, content | {"released": True})

    def confirm(self) -> None:
        """Raise TryAgain if another process has taken over, as after a long suspension."""
        if _newest(self.directory) != self._claim:
            raise TryAgain(f"the lease {self.directory} was taken over by another process")

    def _acquired(self, last_attempt: bool) -> bool:
        try:
            newest = _newest(self.directory)
            if live := _live_claim(newest, _file_system_time(self.directory)):
                raise TryAgain(in_words(self.directory, live))
            self._claim = self._take(_number(newest) + 1)
        except TryAgain as refusal:
            if last_attempt:
                raise
            reason = str(refusal)
        else:
            return True
        self.while_waiting(reason)
        return False

    def _take(self, number: int) -> Path:
        claim = self.directory / f"{number:08d}.json"
        text = atomic.json_text(_identity() | {"heartbeat_s": self.heartbeat_s})
        try:
            handle = os.open(claim, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            raise TryAgain(f"another process has just taken the lease {self.directory}") from None
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError:
            claim.unlink(missing_ok=True)
            raise
        if _newest(self.directory) != claim:
            claim.unlink(missing_ok=True)
            raise TryAgain(f"another process has just taken the lease {self.directory}")
        for older in _claims(self.directory)[:-1]:
            older.unlink(missing_ok=True)
        return claim

    def _beat(self, claim: Path) -> None:
        while not self._ended.wait(self.heartbeat_s):
            try:
                os.utime(claim)
            except FileNotFoundError:
                return


def holder(directory: Path, by_its_clock: bool = False) -> atomic.Json | None:
    """Return the holder of a lease (host, pid, since_utc), None if free.

    Ages are told by this machine's clock, or by that of the file system, for which the directory
    is written to.
    """
    directory = Path(directory)
    newest = _newest(directory)
    if newest is None:
        return None
    return _live_claim(newest, _file_system_time(directory) if by_its_clock else time.time())


def in_words(directory: Path, live: atomic.Json) -> str:
    """Return by whom what has its lease in a directory is being run."""
    return (
        f"{Path(directory).parent} is being run by process {live.get('pid', '?')} on "
        f"{live.get('host', '?')} since {live.get('since_utc', '?')}"
    )


def _live_claim(claim: Path | None, now: float) -> atomic.Json | None:
    if claim is None:
        return None
    try:
        # Opened, not stat-ed: opening makes a network file system ask for the current times.
        with open(claim, encoding="utf-8") as file:
            age = now - os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return {}
    content = atomic.read_json(claim) or {}
    limit = MISSED * content.get("heartbeat_s", HEARTBEAT_S)
    dead = content.get("released") or age > limit or _process_ended(content)
    return None if dead else (content or {"pid": "?"})


def _claims(directory: Path) -> list[Path]:
    return sorted(directory.glob("[0-9]*.json"))


def _newest(directory: Path) -> Path | None:
    return max(_claims(directory), default=None)


def _number(claim: Path | None) -> int:
    return int(claim.stem) if claim else 0


def _file_system_time(directory: Path) -> float:
    """Read the clock of the file system that stamps the claims: that of this host may be off."""
    probe = directory / f".now.{os.getpid()}.{threading.get_ident()}.tmp"
    probe.touch()
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink()


def _identity() -> atomic.Json:
    return machine() | {
        "since_utc": utc_now(),
        "system": system_id(),
        "process_start": start_time(os.getpid()),
    }


def _process_ended(claim: atomic.Json) -> bool:
    """Whether the claiming process is known to be gone; only its own machine can know."""
    if claim.get("system") is None or claim["system"] != system_id():
        return False
    return bool(start_time(claim["pid"]) != claim["process_start"])
