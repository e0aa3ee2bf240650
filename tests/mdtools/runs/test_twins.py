"""Two processes at one run: the second waits, and finds out how the first has ended."""

import itertools
import os
import shutil
import threading
import time

import pytest

from mdtools.errors import PhysicsError, TryAgain
from mdtools.lease import Lease
from tests.mdtools.running import SEGMENT_PS, log_of


def test_a_twin_that_may_not_wait_is_sent_away(make_run):
    run = make_run(wait_s=0)
    with Lease(run.directory / "lease"), pytest.raises(TryAgain, match="is being run by process"):
        run.advance(SEGMENT_PS)
    assert not (run.directory / "segments").exists()
    run.advance(SEGMENT_PS)


class Twin(threading.Thread):
    """Holds the lease of a run until `let_go` is set, then does its work and releases it."""

    def __init__(self, directory, work=lambda: None):
        super().__init__(daemon=True)
        self.lease, self.work = Lease(directory / "lease"), work
        self.holds, self.let_go = threading.Event(), threading.Event()
        self.start()
        assert self.holds.wait(10)

    def run(self):
        with self.lease:
            self.holds.set()
            self.let_go.wait(60)
            self.work()


@pytest.fixture
def twin_of(monkeypatch):
    """Function that starts a twin of a run; looks at its lease are frequent."""
    monkeypatch.setattr("mdtools.lease.LOOK_S", 0.01)
    twins = []

    def start(run, *work) -> Twin:
        twins.append(Twin(run.directory, *work))
        return twins[-1]

    yield start
    for twin in twins:
        twin.let_go.set()
        twin.join(30)


def stop_after(twin, looks):
    """Stop callback that lets the twin go at a look and never asks to stop."""
    calls = itertools.count()
    return lambda: next(calls) == looks and twin.let_go.set()


def test_a_twin_waits_and_takes_over_what_is_left(make_run, twin_of):
    run = make_run(wait_s=60)
    twin = twin_of(run)
    run.advance(SEGMENT_PS, stop_after(twin, 3))
    assert run.progress()["segments"] == 1
    assert log_of(run).count("waiting up to 60 s: ") == 1
    assert f"is being run by process {os.getpid()}" in log_of(run)


def test_a_twin_waits_and_finds_the_work_done(make_run, whole_run, twin_of, monkeypatch):
    monkeypatch.setattr("mdtools.lease.LOOK_S", 0.01)
    monkeypatch.setattr("mdtools.runs.run.run_segment", None)
    run = make_run(wait_s=60)
    source = whole_run.directory / "segments"
    twin = twin_of(run, lambda: shutil.copytree(source, run.directory / "segments"))
    assert run.advance(0.48, stop_after(twin, 3))["state"] == "done"
    assert "session" not in log_of(run)


def test_a_twin_learns_that_the_other_has_failed(make_run, twin_of):
    run = make_run(wait_s=60)
    failed = run.directory / "FAILED.json"
    twin = twin_of(run, lambda: failed.write_text('{"message": "it blew up"}'))
    with pytest.raises(PhysicsError, match="it blew up"):
        run.advance(SEGMENT_PS, stop_after(twin, 3))


def test_waiting_ends_after_wait_s(make_run, twin_of):
    run = make_run(wait_s=0.1)
    twin_of(run)
    with pytest.raises(TryAgain, match="is being run by process"):
        run.advance(SEGMENT_PS)
    assert "waiting up to 0.1 s" in log_of(run)


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ({"stop": lambda: True}, "asked to stop"),
        ({"seconds_left": lambda: 0.0}, "walltime"),
    ],
)
def test_waiting_ends_at_a_stop_and_with_the_walltime(make_run, twin_of, reason, message):
    run = make_run(wait_s=60)
    twin_of(run)
    started = time.monotonic()
    with pytest.raises(TryAgain, match=message):
        run.advance(SEGMENT_PS, **reason)
    assert time.monotonic() - started < 10
