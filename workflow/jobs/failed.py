"""Jobs that failed: what their log ends with, and which of them Snakemake must not repeat.

Snakemake repeats a failed job whatever it ended with. A job that ended for good leaves a note
beside its log, which the Snakefile asks for: no such job is repeated. A new command of Snakemake
forgets these notes and tries again.
"""

import sys
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from workflow.jobs.members import FINAL

ENDING = ".final"
SHOWN = 12
"""Last lines of a log that a command of the shell shows on the terminal."""


def note(log: Path, code: object) -> None:
    """Leave a note beside the log of a job that has failed, if the same job would end so again."""
    if code and code in FINAL:
        # A disk that takes nothing: the job may be tried again.
        with suppress(OSError):
            _place(log).write_text(f"{code}\n", encoding="utf-8")


def is_final(logs: Iterable[str]) -> bool:
    """Whether a job with these logs has ended for good."""
    return any(_place(Path(log)).exists() for log in logs)


def forget(results: Path) -> None:
    """Take away the notes of earlier commands, below results/NAME/logs."""
    for place in results.glob(f"*/logs/*{ENDING}"):
        place.unlink(missing_ok=True)


def last_lines(log: Path, count: int = SHOWN) -> str:
    """Return the last lines of a log, nothing of one that cannot be read."""
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            return "".join(deque(lines, count))
    except OSError:
        return ""


def _place(log: Path) -> Path:
    return log.with_name(log.name + ENDING)


if __name__ == "__main__":
    # Of a job of the shell: its log, and what it ended with.
    _log, _code = Path(sys.argv[1]), int(sys.argv[2])
    note(_log, _code)
    print(f"{_log} ends with:\n{last_lines(_log)}", file=sys.stderr)
    sys.exit(_code)
