"""A job's log holds what it said, and its exit code tells what to do."""

import errno
from types import SimpleNamespace

import pytest

from mdtools.errors import PhysicsError, TryAgain
from workflow.job import exit_code, logged

CODES = [
    (PhysicsError("blew up"), 65),
    (TryAgain("walltime"), 75),
    (OSError(errno.ENOSPC, "No space left on device"), 75),
    (OSError(errno.EACCES, "Permission denied"), 1),
    (ValueError("more groups than sites"), 78),
    (RuntimeError("unforeseen"), 1),
]


@pytest.mark.parametrize(("error", "code"), CODES)
def test_exit_code_tells_what_an_error_calls_for(error, code):
    assert exit_code(error) == code


def test_failed_job_leaves_one_line_on_the_terminal_and_the_trace_in_its_log(tmp_path, capsys):
    job = SimpleNamespace(log=[str(tmp_path / "job.log")], rule="charged")
    with pytest.raises(SystemExit) as ended, logged(job):
        print("placing groups")
        raise ValueError("more groups than sites")
    assert ended.value.code == 78
    log = (tmp_path / "job.log").read_text()
    assert log.startswith("placing groups\n")
    assert "Traceback" in log
