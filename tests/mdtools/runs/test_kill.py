"""What a cluster does to runs: kills, signals, full disks."""

import signal
import subprocess

import numpy as np
import pytest

from mdtools.trajectory import Trajectory


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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
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
