"""A flag says to stop, and why."""

import os
import signal

from mdtools.runs.stopping import LAST_S, stop_on_signals


def test_walltime_that_is_nearly_up_is_a_reason_to_stop():
    left = iter([None, LAST_S + 1, LAST_S - 1, LAST_S + 1])
    with stop_on_signals(seconds_left=lambda: next(left)) as stop:
        assert [stop() for _ in range(4)] == [False, False, True, True]
    assert stop.reason == f"walltime: {LAST_S - 1:.0f} s left"


def test_first_reason_stays():
    left = iter([LAST_S + 1, LAST_S - 1])
    with stop_on_signals(seconds_left=lambda: next(left)) as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGUSR1)
        assert stop()
    assert stop.reason == "SIGUSR1"
