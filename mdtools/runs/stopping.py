"""Reasons to stop a run early: signals and walltime."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)


class StopFlag:
    """A callable that tells whether to stop; `reason` says why.

    >>> stop = StopFlag()
    >>> stop()
    False
    >>> stop.set("SIGTERM"); stop(), stop.reason
    (True, 'SIGTERM')
    """

    def __init__(self) -> None:
        self.reason: str | None = None

    def __call__(self) -> bool:
        """Whether a stop was requested."""
        return self.reason is not None

    def set(self, reason: str) -> None:
        """Request a stop; the first reason stays."""
        self.reason = self.reason or reason


@contextmanager
def stop_on_signals(signals: tuple[signal.Signals, ...] = SIGNALS) -> Iterator[StopFlag]:
    """Convert signals to a stop flag while the block runs.

    A second SIGINT raises KeyboardInterrupt. Only the main thread may use this.
    """
    flag = StopFlag()

    def handle(number, frame):
        if flag() and number == signal.SIGINT:
            raise KeyboardInterrupt
        flag.set(signal.Signals(number).name)

    before = {number: signal.signal(number, handle) for number in signals}
    try:
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def slurm_seconds_left() -> float | None:
    """Return the seconds until Slurm ends this job; None outside of Slurm."""
    end = os.environ.get("SLURM_JOB_END_TIME")
    return float(end) - time.time() if end else None
