"""Ctrl-C ends a program with a line and its code also while it loads."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 128 + signal.SIGINT


@contextmanager
def ends_in_a_line(program: str) -> Iterator[None]:
    """End the process with a line where Ctrl-C is pressed."""
    try:
        yield
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
