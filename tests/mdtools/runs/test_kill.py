"""What a cluster does to runs: kills, signals, full disks."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from mdtools import Run
from mdtools.trajectory import Trajectory
from tests.mdtools.running import CPU, KEY


class Result(NamedTuple):
    """Exit code of what was done in a fork, and what it said."""

    code: int
    said: str


@pytest.fixture(scope="module")
def helper(environment):
    """Process that does things to runs in forks of itself."""
    words = [sys.executable, str(Path(__file__).with_name("forks.py"))]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.stdin.close()


@pytest.fixture(scope="module")
def in_a_fork(helper, bundle, options, tmp_path_factory):
    """Function (mode, number) that runs the helper; the result and the run directory."""

    def call(mode: str, number: int, options=options):
        run = tmp_path_factory.mktemp(mode) / "trial1"
        log = run.with_name("log")
        order = [log, mode, bundle.path, run, options.model_dump_json(), number]
        print(json.dumps(order, default=str), file=helper.stdin, flush=True)
        code = helper.stdout.readline()
        assert code, log.read_text()
        return Result(int(code), log.read_text()), run

    return call


@pytest.fixture(scope="module")
def killed(in_a_fork):
    """A run that was killed at random times and resumed until it was complete."""
    return in_a_fork("kill", 1)


def test_resume_after_many_kills_equals_uninterrupted_run(killed, whole_run, files_of):
    result, run = killed
    assert result.code == 0, result.said
    assert int(result.said.split()[-1]) >= 5
    expected = files_of(whole_run.directory)
    assert len(expected) == 12 * 5
    assert files_of(run) == expected


def test_no_frame_is_lost_or_doubled_by_kills(killed):
    trajectory = Trajectory.open(killed[1])
    np.testing.assert_array_equal(trajectory.fast().time_ps, np.arange(1, 121) * 2 / 500)
    steps = [frame.data["step"] for frame in trajectory.universe().trajectory]
    assert steps == list(range(10, 241, 10))


@pytest.mark.slow
def test_twenty_five_kills_change_no_bit(in_a_fork, bundle, options, tmp_path, files_of):
    long = options.model_copy(update={"duration_ns": 3.5 * options.duration_ns})
    whole = Run(tmp_path / "whole", bundle, long, seed=7, key=KEY, platform=CPU)
    whole.advance(1000 * long.duration_ns)
    result, run = in_a_fork("kill", 25, long)
    assert result.code == 0, result.said
    assert int(result.said.split()[-1]) >= 25
    expected = files_of(whole.directory)
    assert len(expected) == 42 * 5
    assert files_of(run) == expected


def test_two_interrupts_end_it_at_once_and_it_goes_on(in_a_fork, make_run, files_of, whole_run):
    result, run = in_a_fork("twice", signal.SIGINT)
    assert result.code in (75, 128 + signal.SIGINT), result.said
    assert not list((run / "segments").glob(".*"))
    make_run(run).advance(0.48)
    assert files_of(run) == files_of(whole_run.directory)


def test_a_run_that_was_stopped_past_its_heartbeats_finds_out_and_doubles_nothing(
    in_a_fork, files_of, whole_run
):
    result, run = in_a_fork("suspend", 2)
    assert result.code == 75, result.said
    assert "was taken over by another process" in result.said
    assert files_of(run) == files_of(whole_run.directory)


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
def test_a_clock_that_jumps_changes_no_frame(make_run, files_of, whole_run, monkeypatch, jump_s):
    true, run = time.time, make_run()

    def stop() -> bool:
        monkeypatch.setattr(time, "time", lambda: true() + jump_s)
        return False

    run.advance(0.12, stop)
    monkeypatch.setattr(time, "time", true)
    run.advance(0.48)
    assert files_of(run.directory) == files_of(whole_run.directory)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_signal_drops_the_segment_in_work_and_exits_75(in_a_fork, make_run, number):
    result, run = in_a_fork("signal", number)
    assert result.code == 75, result.said
    assert number.name in result.said
    assert not list((run / "segments").glob(".*"))
    done = make_run(run).progress()
    assert done["state"] == "waiting"
    assert done["segments"] >= 1


@pytest.mark.parametrize(
    ("largest_file", "message"),
    [(500, "no room left"), (2_000, "full.xtc"), (40_000, "no room left")],
)
def test_full_disk_publishes_nothing_damaged_and_can_be_resumed(
    in_a_fork, make_run, files_of, whole_run, largest_file, message
):
    result, run = in_a_fork("limit", largest_file)
    assert result.code == 75, result.said
    assert message in result.said
    assert not files_of(run)
    make_run(run).advance(0.04)
    expected = files_of(whole_run.directory)
    assert files_of(run) == {k: v for k, v in expected.items() if "seg_00000" in k}
