"""What every job of the workflow does around its one library call."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from mdtools.atomic import DISK_FULL


class Answered:
    """Context that ends the process with the exit code that an error calls for.

    An error that calls for none was foreseen by nobody: it propagates, with its trace.
    """

    def __init__(self, who: str):
        self.who = who

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind, error, trace) -> None:
        """Say what happened in one line and leave; nothing if there was no foreseen error."""
        code = exit_code(error)
        if code is not None:
            _say(f"{self.who}: {error}")
            sys.exit(code)


def exit_code(error: BaseException | None) -> int | None:
    """Exit code that an error calls for: its own, 75 for a full disk, None for all others.

    >>> exit_code(ValueError("unforeseen")) is None
    True
    """
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        return os.EX_TEMPFAIL
    code = getattr(error, "exit_code", None)
    return code if isinstance(code, int) else None


@contextmanager
def logged(snakemake) -> Iterator[None]:
    """Send all that a job says to its log, and the trace of an error, which then ends the job."""
    path = Path(snakemake.log[0])
    # The log is closed before the answer is given: on a full disk that, too, can fail.
    with Answered(f"{snakemake.rule} ({path})"), _log(path):
        yield


@contextmanager
def _log(path: Path) -> Iterator[None]:
    with path.open("w", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
        try:
            yield
        except BaseException:
            traceback.print_exc()
            raise


def _say(line: str) -> None:
    """A line for the terminal; where standard error is a file on a full disk, silence."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        # What could not be written must not be tried again at exit, which would change the code.
        null = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(null, stream.fileno())
