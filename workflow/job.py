"""What every job of the workflow does around its one library call."""

import errno
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

REFUSED = 78
"""Exit code of a job that cannot do what the campaign file asks for."""
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def logged(snakemake) -> Iterator[None]:
    """Send all that a job says to its log; an error is one line on the terminal and a trace there.

    The job ends with the error's own ``exit_code``, with 78 if it refused what it was asked for
    (a ``ValueError``), else with 1.
    """
    path = Path(snakemake.log[0])
    with path.open("w", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
        try:
            yield
        except Exception as error:
            traceback.print_exc()
            said = str(error) or type(error).__name__
            print(f"{snakemake.rule} ({path}): {said}", file=sys.__stderr__)
            sys.exit(exit_code(error))


def exit_code(error: Exception) -> int:
    """Exit code that tells a caller what an error calls for."""
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        return os.EX_TEMPFAIL
    return getattr(error, "exit_code", REFUSED if isinstance(error, ValueError) else 1)
