"""Integration in short calls, so that a request to stop is answered soon."""

import time
from collections.abc import Callable

import openmm

from mdtools.errors import TryAgain

CALL_SECONDS = 1.0
"""Longest stretch that OpenMM gets at once."""


class Integration:
    """Integration of one Context in calls of about a second.

    What it has learned of the speed lasts: frame after frame the steps between two are one call, if
    they take less than a second. Every call needs Python's lock in the end, which a thread that
    writes a frame may hold for milliseconds.
    """

    def __init__(self, context: openmm.Context):
        self._context, self._call = context, 1

    def advance(self, steps: int, stop: Callable[[], bool] | None) -> None:
        """Take steps; how they are cut does not change the numbers.

        Raises TryAgain if ``stop()`` turns true before a call.
        """
        integrator = self._context.getIntegrator()
        while steps:
            check_stop(stop)
            started, taken = time.monotonic(), min(self._call, steps)
            integrator.step(taken)
            steps -= taken
            seconds = time.monotonic() - started
            if seconds < CALL_SECONDS / 2 and taken == self._call:
                self._call *= 2
            elif seconds > CALL_SECONDS:
                self._call = max(1, taken // 2)


def integrate(context: openmm.Context, steps: int, stop: Callable[[], bool] | None) -> None:
    """Integrate once, as `Integration.advance`."""
    Integration(context).advance(steps, stop)


def check_stop(stop: Callable[[], bool] | None) -> None:
    """Raise TryAgain, with the reason that ``stop`` has for it, if ``stop()`` is true."""
    if stop is not None and stop():
        raise TryAgain(f"asked to stop ({getattr(stop, 'reason', None) or 'by the caller'})")
