"""What a cluster does to runs: kills, signals, full disks."""

import signal
import subprocess
import time

import numpy as np
import pytest

from mdtools import Run
from mdtools.trajectory import Trajectory
from tests.mdtools.running import CPU, KEY


@pytest.fixture(scope="module")
def in_a_fork(forks, environment, bundle, options, tmp_path_factory):
    """Function (mode, number) that runs the helper; the finished process and the run directory."""

    def call(mode: str, number: int):
        run = tmp_path_factory.mktemp(mode) / "trial1"
        command = [*forks, mode, str(bundle.path), str(run), options.model_dump_json(), str(number)]
        result = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=300
        )
        return result, run

    return call


@pytest.fixture(scope="module")
def killed(in_a_fork):
    """A run that was killed at random times and resumed until it was complete."""
    return in_a_fork("kill", 1)


def test_resume_after_many_kills_equals_uninterrupted_run(killed, whole_run, files_of):
    result, run = killed
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) >= 5
    expected = files_of(whole_run.directory)
    assert len(expected) == 12 * 5
    assert files_of(run) == expected


def test_no_frame_is_lost_or_doubled_by_kills(killed):
    trajectory = Trajectory.open(killed[1])
    np.testing.assert_array_equal(trajectory.fast().time_ps, np.arange(1, 121) * 2 / 500)
    steps = [frame.data["step"] for frame in trajectory.universe().trajectory]
    assert steps == list(range(10, 241, 10))


@pytest.mark.slow
def test_twenty_five_kills_change_no_bit(forks, environment, bundle, options, tmp_path, files_of):
    long = options.model_copy(update={"duration_ns": 3.5 * options.duration_ns})
    whole = Run(tmp_path / "whole", bundle, long, seed=7, key=KEY, platform=CPU)
    whole.advance(1000 * long.duration_ns)
    run = tmp_path / "killed"
    command = [*forks, "kill", str(bundle.path), str(run), long.model_dump_json(), "25"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) >= 25
    expected = files_of(whole.directory)
    assert len(expected) == 42 * 5
    assert files_of(run) == expected


def test_two_interrupts_end_it_at_once_and_it_goes_on(in_a_fork, make_run, files_of, whole_run):
    result, run = in_a_fork("twice", signal.SIGINT)
    assert result.returncode in (75, 128 + signal.SIGINT), result.stderr
    assert not list((run / "segments").glob(".*"))
    make_run(run).advance(0.48)
    assert files_of(run) == files_of(whole_run.directory)


def test_a_run_that_was_stopped_past_its_heartbeats_finds_out_and_doubles_nothing(
    in_a_fork, files_of, whole_run
):
    result, run = in_a_fork("suspend", 2)
    assert result.returncode == 75, result.stderr
    assert "was taken over by another process" in result.stdout
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
    assert result.returncode == 75, result.stderr
    assert number.name in result.stdout
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
    assert result.returncode == 75, result.stderr
    assert message in result.stdout
    assert not files_of(run)
    make_run(run).advance(0.04)
    expected = files_of(whole_run.directory)
    assert files_of(run) == {k: v for k, v in expected.items() if "seg_00000" in k}
