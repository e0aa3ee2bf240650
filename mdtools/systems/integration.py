"""Integration in short calls, so that a request to stop is answered soon."""

import time
from collections.abc import Callable

import openmm

from mdtools.errors import TryAgain

CALL_SECONDS = 1.0
"""Longest stretch that OpenMM gets at once."""


def integrate(context: openmm.Context, steps: int, stop: Callable[[], bool] | None) -> None:
    """Integrate in calls of about a second; how they are cut does not change the numbers.

    Raises TryAgain if ``stop()`` turns true between two calls.
    """
    integrator, call = context.getIntegrator(), 1
    while steps:
        check_stop(stop)
        started = time.monotonic()
        integrator.step(min(call, steps))
        steps -= min(call, steps)
        seconds = time.monotonic() - started
        if seconds < CALL_SECONDS / 2:
            call *= 2
        elif seconds > CALL_SECONDS:
            call = max(1, call // 2)


def check_stop(stop: Callable[[], bool] | None) -> None:
    """Raise TryAgain, with the reason that ``stop`` has for it, if ``stop()`` is true."""
    if stop is not None and stop():
        raise TryAgain(f"asked to stop ({getattr(stop, 'reason', None) or 'by the caller'})")
