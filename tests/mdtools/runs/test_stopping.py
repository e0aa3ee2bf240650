"""A flag says to stop, and why."""

import os
import signal
import subprocess
import sys

import pytest

from mdtools.runs import stopping
from mdtools.runs.stopping import LAST_S, slurm_seconds_left, stop_on_signals


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


CHILD = "import sys, time; from mdtools.runs.stopping import stop_with_parent; "
CHILD += "stop_with_parent(int(sys.argv[1])); print('alive', flush=True); time.sleep(60)"
PARENT = f"""
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}, str(os.getpid())], stdout=1)
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl is of Linux")
def test_child_ends_with_its_parent_and_at_once_if_that_is_gone():
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout.readline().strip().isdigit()
        assert parent.stdout.readline() == "alive\n"
        parent.kill()
        # The pipe ends once the child has, too.
        assert parent.stdout.read() == ""
    orphan = [sys.executable, "-c", CHILD, str(parent.pid)]
    assert subprocess.run(orphan, timeout=60).returncode == -signal.SIGTERM


def test_the_end_of_a_job_is_asked_of_squeue_where_slurm_does_not_tell_it(tmp_path, monkeypatch):
    squeue = tmp_path / "squeue"
    squeue.write_text('#!/bin/sh\nprintf "%s\\n" "$*" >> "$0.asked"\necho 1:00:30\n')
    squeue.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("SLURM_JOB_ID", "71")
    stopping._end_by_squeue.cache_clear()
    for end in (None, "Unknown", ""):
        if end is None:
            monkeypatch.delenv("SLURM_JOB_END_TIME", raising=False)
        else:
            monkeypatch.setenv("SLURM_JOB_END_TIME", end)
        assert slurm_seconds_left() == pytest.approx(3630, abs=60)
    asked = (tmp_path / "squeue.asked").read_text().splitlines()
    assert asked == ["--noheader --jobs 71 --format %L"]
    stopping._end_by_squeue.cache_clear()
    squeue.write_text("#!/bin/sh\nexit 1\n")
    assert slurm_seconds_left() is None
    stopping._end_by_squeue.cache_clear()
