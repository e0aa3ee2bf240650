"""First calls of compiled loops wait for those of other processes, but not for long."""

import fcntl
import os
import subprocess
import sys

import pytest

from analysis import compiling

WORDS = """
from analysis.compiling import first_call
with first_call("loops"):
    print("in", flush=True)
    input()
with first_call("loops"):
    pass
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Temporary folder of this test and its processes, where no loops were called yet."""
    monkeypatch.setattr(compiling.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(compiling, "_called", set())
    return tmp_path


@pytest.fixture
def other(place):
    """Another process that is in its first call."""
    environment = os.environ | {"TMPDIR": str(place)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", WORDS], env=environment, **pipes) as process:
        assert process.stdout.readline() == "in\n"
        yield process
        process.kill()


def test_a_first_call_waits_for_that_of_another_process(place, other, monkeypatch):
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        other.communicate("\n")

    monkeypatch.setattr(compiling.time, "sleep", sleep)
    with compiling.first_call("loops"):
        assert other.returncode == 0
    assert len(waits) == 1


def test_later_calls_and_those_after_a_long_wait_go_on(place, other, monkeypatch):
    monkeypatch.setattr(compiling, "LONGEST_WAIT_S", 0.01)
    with compiling.first_call("loops"):
        pass
    monkeypatch.setattr(compiling, "_locked", lambda _: pytest.fail("waits again"))
    with compiling.first_call("loops"):
        pass


def test_without_a_file_to_lock_all_goes_on(monkeypatch):
    monkeypatch.setattr(compiling.tempfile, "tempdir", "/nowhere")
    monkeypatch.setattr(compiling, "_called", set())
    with compiling.first_call("loops"):
        pass


def test_a_failed_call_lets_the_others_go_on(place):
    with pytest.raises(ZeroDivisionError), compiling.first_call("loops"):
        raise ZeroDivisionError
    (file,) = place.iterdir()
    with file.open("rb+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
