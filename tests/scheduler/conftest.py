"""A cluster, a campaign whose starts are ready, and what its runs give without a scheduler."""

import contextlib
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.scheduler.campaign import ROOT, Runs, write
from tests.scheduler.cluster import Cluster, missing


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    reason = missing()
    if reason is not None:
        pytest.skip(f"no Slurm: {reason}")
    with Cluster(tmp_path_factory.mktemp("slurm") / "cluster") as running:
        yield running


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """The campaign to the starts of its trials."""
    place = tmp_path_factory.mktemp("prepared")
    write(place)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    packages = os.pathsep.join(map(str, [ROOT, Path(__file__).parent / "impatient"]))
    runs = Runs(place, os.environ | {"PYTHONPATH": packages, "PATH": path})
    runs.prepare()
    return runs


@pytest.fixture(scope="session")
def whole(prepared, tmp_path_factory):
    """Function that returns the runs as one process makes them, beside the first tests."""
    runs = prepared.copy(tmp_path_factory.mktemp("whole") / "campaign")
    process = runs.begin_alone()

    def ended() -> Runs:
        assert process.wait() == 0, runs.said()
        return runs

    yield ended
    process.kill()
    process.wait()


@pytest.fixture
def runs(prepared, tmp_path):
    """The campaign to the starts of its trials, to be sent to the cluster."""
    runs = prepared.copy(tmp_path / "campaign")
    yield runs
    # A Slurm without control groups loses sight of what a job has left.
    for number in runs.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
