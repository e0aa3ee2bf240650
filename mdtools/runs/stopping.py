"""Reasons to stop a run early: signals and walltime."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from mdtools.constants import SECONDS_PER_DAY

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
PR_SET_PDEATHSIG = 1
"""Of Linux, prctl(2)."""
SQUEUE_S = 30.0
"""How long the scheduler may take to answer."""
ASK_AGAIN_S = 600.0
LAST_S = 60.0
"""Of a walltime: enough to leave the work of the moment and say why."""


class StopFlag:
    """A callable that tells whether to stop; `reason` says why.

    Parameters
    ----------
    seconds_left : callable, optional
        Wall time that remains, None if unlimited; the last `LAST_S` of it are a reason to stop.

    >>> stop = StopFlag()
    >>> stop()
    False
    >>> stop.set("SIGTERM"); stop(), stop.reason
    (True, 'SIGTERM')
    """

    def __init__(self, seconds_left: Callable[[], float | None] | None = None) -> None:
        self.reason: str | None = None
        self._seconds_left = seconds_left

    def __call__(self) -> bool:
        """Whether a stop was requested or the walltime is nearly up."""
        left = self._seconds_left() if self._seconds_left is not None else None
        if left is not None and left < LAST_S:
            self.set(f"walltime: {left:.0f} s left")
        return self.reason is not None

    def set(self, reason: str) -> None:
        """Request a stop; the first reason stays."""
        self.reason = self.reason or reason


@contextmanager
def stop_on_signals(
    signals: tuple[signal.Signals, ...] = SIGNALS,
    seconds_left: Callable[[], float | None] | None = None,
) -> Iterator[StopFlag]:
    """Convert signals, and a walltime that is nearly up, to a stop flag while the block runs.

    A second SIGINT raises KeyboardInterrupt. Only the main thread may use this.
    """
    flag = StopFlag(seconds_left)

    def handle(number, frame):
        if flag.reason and number == signal.SIGINT:
            raise KeyboardInterrupt
        flag.set(signal.Signals(number).name)

    before = {number: signal.signal(number, handle) for number in signals}
    try:
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def earliest(*clocks: Callable[[], float | None]) -> Callable[[], float | None]:
    """Return a function that gives the least of the seconds that are left by several clocks.

    >>> earliest(lambda: None, lambda: 5.0, lambda: 3.0)(), earliest(lambda: None)()
    (3.0, None)
    """

    def least() -> float | None:
        return min((left for clock in clocks if (left := clock()) is not None), default=None)

    return least


def stop_with_parent(parent: int, number: signal.Signals = signal.SIGTERM) -> None:
    """Get a signal when the process that started this one ends; on Linux, elsewhere nothing.

    Parameters
    ----------
    parent : int
        Number of that process: it may have ended before this call, and it may be 1, the first of a
        container.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def slurm_seconds_left() -> float | None:
    """Return the seconds until Slurm ends this job; None outside of Slurm or without a limit.

    Where Slurm does not put the end into the job's environment, as before 22.05.5, ``squeue`` is
    asked for it every few minutes.
    """
    try:
        end: float | None = float(os.environ["SLURM_JOB_END_TIME"])
    except (KeyError, ValueError):
        job = os.environ.get("SLURM_JOB_ID")
        end = _end_by_squeue(job, int(time.monotonic() / ASK_AGAIN_S)) if job else None
    return None if end is None else end - time.time()


@lru_cache(maxsize=1)
def _end_by_squeue(job: str, period: int) -> float | None:
    """Ask once in each period: the limit may be moved, and a scheduler may be busy."""
    command = ["squeue", "--noheader", "--jobs", job, "--format", "%L"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=SQUEUE_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    left = seconds_of(said.stdout.strip())
    return None if left is None else time.time() + left


def seconds_of(left: str) -> float | None:
    """Convert a time as Slurm writes it, [days-][[hours:]minutes:]seconds; None for other words.

    >>> seconds_of("1-02:03:04"), seconds_of("59:30"), seconds_of("UNLIMITED")
    (93784.0, 3570.0, None)
    """
    match = re.fullmatch(r"(?:(\d+)-)?(?:(?:(\d+):)?(\d+):)?(\d+)", left)
    if match is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return SECONDS_PER_DAY * days + 3600 * hours + 60 * minutes + seconds
