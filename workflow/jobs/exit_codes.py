"""Exit codes of jobs and commands: what an error tells whoever started the process."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from mdtools.atomic import PASSING


@contextmanager
def exit_code_on_error(source: str) -> Iterator[None]:
    """End the process with the exit code of an error and one line on standard error.

    The line is the error's message after ``source``, the name of the command or job. An error
    without an exit code was not foreseen: it propagates, with its traceback.
    """
    try:
        yield
    except BaseException as error:
        code = exit_code(error)
        if code is None:
            raise
        print_to_stderr(f"{source}: {said(error)}")
        sys.exit(code)


def said(error: BaseException) -> str:
    """Return what an error says; of the system's, the files and why.

    >>> said(OSError(28, "No space left on device", "run.log"))
    'run.log: No space left on device'
    """
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    places = [str(place) for place in (error.filename, error.filename2) if place is not None]
    return ": ".join([*places, error.strerror])


def exit_code(error: BaseException | None) -> int | None:
    """Return the exit code of an error: its own, 75 for a full or read-only disk, else None.

    >>> exit_code(ValueError("unforeseen")) is None
    True
    """
    if isinstance(error, OSError) and error.errno in PASSING:
        return os.EX_TEMPFAIL
    code = getattr(error, "exit_code", None)
    return code if isinstance(code, int) else None


def print_to_stderr(line: str) -> None:
    """Print a line to standard error; drop it where that is a file on a full disk."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        # What could not be written must not be tried again at exit, which would change the code.
        null = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(null, stream.fileno())
