"""The log file of a job of the workflow."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from workflow.jobs import failed
from workflow.jobs.exit_codes import exit_code_on_error


@contextmanager
def logged(snakemake) -> Iterator[None]:
    """Write a job's output and the traceback of its error to its log; the error ends the job.

    One that ends for good is not repeated.
    """
    path = Path(snakemake.log[0])
    try:
        # The log is closed before the exit code is decided: on a full disk that, too, can fail.
        with exit_code_on_error(f"{snakemake.rule} ({path})"), _redirected_to(path):
            yield
    except SystemExit as end:
        failed.note(path, end.code)
        raise


@contextmanager
def _redirected_to(path: Path) -> Iterator[None]:
    # By lines, so that it can be followed, and is whole when the job is killed.
    with (
        path.open("w", encoding="utf-8", buffering=1) as log,
        redirect_stdout(log),
        redirect_stderr(log),
    ):
        try:
            yield
        except BaseException:
            traceback.print_exc()
            raise
