"""A job's log holds what it said, and its exit code tells what to do."""

import errno
import subprocess
import sys
from types import SimpleNamespace
from unittest.mock import create_autospec

import pytest
from typer.testing import CliRunner

import workflow.jobs.transport
from mdtools import Run, records
from mdtools.atomic import PASSING
from mdtools.errors import BundleError, PhysicsError, TryAgain
from mdtools.runs import segments
from membranes.building.packing import PackingError
from membranes.building.reaction import ConversionError
from membranes.layouts.errors import LayoutError
from tests.workflow.conftest import ROOT, TINY
from workflow.cli.main import app
from workflow.jobs.exit_codes import exit_code
from workflow.jobs.log import logged

CODES = [
    (PhysicsError("blew up"), 65),
    (TryAgain("walltime"), 75),
    (BundleError("damaged"), 78),
    (PackingError("too dense"), 78),
    (ConversionError("too few amides"), 78),
    (LayoutError("more groups than sites"), 78),
    (OSError(errno.EACCES, "Permission denied"), None),
    (ValueError("unforeseen"), None),
    (KeyboardInterrupt(), None),
    (None, None),
]


@pytest.mark.parametrize(("error", "code"), CODES)
def test_exit_code_tells_what_an_error_calls_for(error, code):
    assert exit_code(error) == code


@pytest.mark.parametrize("number", sorted(PASSING))
def test_every_kind_of_disk_that_takes_nothing_says_try_again(number):
    assert exit_code(OSError(number, "no room")) == 75


@pytest.fixture
def job(tmp_path):
    """A job as Snakemake describes it to its script."""
    return SimpleNamespace(log=[str(tmp_path / "job.log")], rule="charged")


def test_foreseen_error_is_one_line_on_the_terminal_and_a_trace_in_the_log(job, capsys):
    with pytest.raises(SystemExit) as ended, logged(job):
        print("placing groups")
        raise LayoutError("more groups than sites")
    assert ended.value.code == 78
    said = capsys.readouterr().err
    assert said.splitlines() == [f"charged ({job.log[0]}): more groups than sites"]
    with open(job.log[0]) as log:
        text = log.read()
    assert text.startswith("placing groups\n")
    assert "Traceback" in text


def test_unforeseen_error_propagates_with_its_trace_in_the_log(job):
    with pytest.raises(ZeroDivisionError), logged(job):
        raise ZeroDivisionError
    with open(job.log[0]) as log:
        assert "ZeroDivisionError" in log.read()


FULL = """
import resource, sys
from types import SimpleNamespace
from workflow.jobs.log import logged

resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
with logged(SimpleNamespace(log=[sys.argv[1]], rule="cell")):
    print("x" * 100_000)
"""


def test_job_whose_log_and_terminal_are_files_on_a_full_disk_says_try_again(tmp_path):
    with (tmp_path / "terminal").open("w") as terminal:
        done = subprocess.run(
            [sys.executable, "-c", FULL, str(tmp_path / "log")],
            cwd=ROOT,
            stdout=terminal,
            stderr=terminal,
            check=False,
        )
    assert done.returncode == 75


def test_chunk_whose_record_finds_no_room_says_try_again(monkeypatch, tmp_path):
    reached = {"until_ps": 1.0, "segments": []}

    def no_room(path, content):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(workflow.jobs.transport, "Run", create_autospec(Run))
    monkeypatch.setattr(segments, "receipt", lambda *_: reached)
    monkeypatch.setattr(records, "write", no_room)
    record = tmp_path / "results/tiny/transport/pH2/NaCl/trial1/chunk_0.json"
    arguments = ["transport", str(TINY), "pH2", "NaCl", "1", "--until-ps", "1"]
    result = CliRunner().invoke(app, [*arguments, "--record", str(record)])
    assert result.exit_code == 75
    assert "No space left on device" in result.stderr
    assert "Traceback" not in result.stderr
