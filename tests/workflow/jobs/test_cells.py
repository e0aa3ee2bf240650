"""Hydrations, cells and starts are advanced first and written later, or stopped and resumed."""

import os
import signal
from pathlib import Path

import pytest

from mdtools.bundle import Bundle
from mdtools.cells import dynamics, segments
from mdtools.errors import BundleError, TryAgain
from mdtools.lease import Lease
from mdtools.options import (
    CellOptions,
    HydrationOptions,
    NonbondedOptions,
    PlatformOptions,
    SaltOptions,
)
from mdtools.runs.stopping import stop_on_signals
from mdtools.swelling import hydrate
from membranes import Network, library
from workflow.jobs import cells, hydration
from workflow.jobs.cells import make_cell, make_start
from workflow.jobs.hydration import hydrate_network

NETWORKS = Path(__file__).parents[2] / "data" / "networks"
CPU = PlatformOptions(name="CPU", cpu_threads=1)
SHORT = NonbondedOptions(cutoff_nm=0.6)
SALT = SaltOptions(ions={"Na+": 1, "Cl-": 1})
OPTIONS = CellOptions(
    waters_per_reservoir=80,
    equilibration_ps=0.02,
    settling_ps=0.02,
    segment_ps=0.01,
    minimisation_steps=5,
)
SWELL = HydrationOptions(
    protocol="swell",
    stretch=1,
    refill_ps=(),
    cycle=(),
    block_ps=0.04,
    cap_ps=0.08,
    segment_ps=0.02,
    tolerance_percent=50,
    minimisation_steps=40,
)


@pytest.fixture(autouse=True, scope="module")
def brief_and_so_hot():
    """What is asked is where things are kept, not whether the physics is sound."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dynamics, "SETTLING", ((0.1, 0.002),))
        patch.setattr(segments, "HOTTEST", 20.0)
        patch.setattr(hydrate, "HOTTEST", 20.0)
        patch.setattr(cells, "LEASE_WAIT_S", 0.0)
        patch.setattr(hydration, "LEASE_WAIT_S", 0.0)
        yield


@pytest.fixture
def no_dynamics(monkeypatch):
    """Let no Context for dynamics be made any more."""

    def refused(*_, **__):
        raise AssertionError("dynamics that has ended was run again")

    for module in (segments, hydrate):
        monkeypatch.setattr(module, "new_context", refused)


def swell(directory, **changes):
    network = library.find(str(NETWORKS / "small.npz"), NETWORKS)
    arguments = {"waters_per_reservoir": 60, "seed": 1, "log": lambda _: None} | changes
    return hydrate_network(network, directory, SWELL, SHORT, CPU, **arguments)


def make(membrane, directory, **changes):
    arguments = {"seed": 2, "log": lambda _: None} | changes
    return make_cell(membrane, directory, SALT, OPTIONS, SHORT, CPU, **arguments)


def start(cell, directory, **changes):
    return make_start(cell, directory, OPTIONS, CPU, **{"seed": 3, "log": lambda _: None} | changes)


@pytest.fixture(scope="module")
def advanced(tmp_path_factory):
    """A hydration that has ended and is written nowhere yet."""
    directory = tmp_path_factory.mktemp("hydrated")
    return directory, swell(directory, publish=False)


@pytest.fixture(scope="module")
def membrane(advanced):
    directory, _ = advanced
    before = sorted(path.name for path in directory.iterdir())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hydrate, "new_context", None)
        report = swell(directory)
    return directory, before, report


@pytest.fixture(scope="module")
def cell(membrane, tmp_path_factory):
    directory = tmp_path_factory.mktemp("cell")
    return directory, make(membrane[0], directory, publish=False)


def files(directory) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_hydration_that_was_advanced_is_written_without_dynamics(membrane, advanced):
    directory, before, report = membrane
    assert before == ["lease", "state"]
    assert advanced[1]["blocks"] == report["blocks"]
    assert report["criterion_met"] is True
    assert Network.load(directory).formal_charge == 1
    assert (directory / "water.npz").exists() and (directory / "report.json").exists()


def test_cell_that_was_advanced_is_written_without_dynamics(membrane, cell, no_dynamics):
    directory, advanced = cell
    with pytest.raises(BundleError):
        Bundle.load(directory)
    assert files(directory) == {"lease", "state"}
    # Snakemake deletes what a job declares before the job; the state is not among that.
    for name in ("manifest.json", "report.json"):
        (directory / name).write_text("of an earlier cell")
    make(membrane[0], directory)
    written = Bundle.load(directory)
    assert (written.positions == advanced.positions).all()
    assert files(directory / "state") == {"latest.npz"}
    report = (directory / "report.json").read_text()
    assert '"equilibration"' in report
    # As on the day after: forced, it is written again.
    make(membrane[0], directory)
    assert (directory / "report.json").read_text() == report


def test_start_that_was_advanced_is_written_without_dynamics(
    membrane, cell, tmp_path, no_dynamics, monkeypatch
):
    make(membrane[0], cell[0])
    directory = tmp_path / "trial1"
    with monkeypatch.context() as patch:
        patch.setattr(segments, "new_context", dynamics_allowed)
        advanced = start(cell[0], directory, publish=False)
    assert files(directory) == {"lease", "state"}
    start(cell[0], directory)
    assert (Bundle.load(directory).positions == advanced.positions).all()
    assert (directory / "state" / "latest.npz").exists()


dynamics_allowed = segments.new_context


def test_signal_stops_a_cell_between_two_short_calls_and_the_next_call_goes_on(
    membrane, cell, tmp_path
):
    lines = []

    def log(line):
        lines.append(line)
        if "0.01 ps of" in line:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(TryAgain, match="SIGTERM"), stop_on_signals() as stop:
        make(membrane[0], tmp_path, stop=stop, log=log)
    assert files(tmp_path) == {"lease", "state"}
    found = make(membrane[0], tmp_path, log=log)
    assert "equilibration: goes on after 0.01 ps" in lines
    assert (found.positions == cell[1].positions).all()


@pytest.mark.parametrize("job", [swell, lambda d: make(d, d), lambda d: start(d, d)])
def test_directory_in_which_another_process_is_at_work_is_left_alone(job, tmp_path):
    with Lease(tmp_path / "lease"), pytest.raises(TryAgain, match="is being run by process"):
        job(tmp_path)
    assert files(tmp_path) == {"lease"}
