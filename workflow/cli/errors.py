"""What ends a command: always a line and an exit code, never a traceback.

Commands raise errors that say what to change, each with its code. What remains is caught here, in
one place for all of them: files that cannot be read or written, Ctrl-C, and faults of the program.
"""

import errno
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from typer.core import TyperGroup

from workflow.cli.interrupted import INTERRUPTED
from workflow.jobs.exit_codes import exit_code, print_to_stderr, said

WRONG_NAMES = frozenset({errno.ENAMETOOLONG, errno.ELOOP})
"""What the system says of names that nothing can have: asked for wrongly, no fault of a disk."""
JOBS = frozenset({"advance", "pack", "transport"})
"""Commands that the workflow starts: their log is where a traceback belongs."""
WRONG_WORDS = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
"""What typer says itself, of options and arguments; its home differs between versions."""
EXIT_SETTINGS = 78
SHOW = "POLYAMIDE_TRACEBACK"
"""Environment variable with which tracebacks are shown after all."""


class OneLine(TyperGroup):
    """The commands of a program, each of which ends with a line at worst."""

    def invoke(self, ctx):
        """Invoke a command, and end the process where it fails."""
        with _one_line(ctx):
            return super().invoke(ctx)


@contextmanager
def _one_line(ctx: typer.Context) -> Iterator[None]:
    try:
        yield
    except (typer.Exit, WRONG_WORDS):
        raise
    except (KeyboardInterrupt, typer.Abort):
        print_to_stderr(f"{_command(ctx)}: interrupted")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read the output has gone: `polyamide plan ... | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except Exception as error:
        if _command(ctx) in JOBS or os.environ.get(SHOW):
            raise
        print_to_stderr(f"{_command(ctx)}: {_line(error)}")
        raise typer.Exit(_code(error)) from None


def _command(ctx: typer.Context) -> str:
    """Return the words of a command after the program's name."""
    words = [*ctx.command_path.split()[1:], ctx.invoked_subcommand or ""]
    return " ".join(words).strip() or "polyamide"


def _line(error: Exception) -> str:
    if exit_code(error) is not None and not isinstance(error, OSError):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        return said(error)
    kept = _keep(error)
    reason = " ".join(str(error).split()) or "no reason given"
    return (
        f"a fault of this program, {type(error).__name__}: {reason}; the traceback is in {kept}, "
        f"or on the terminal with {SHOW}=1"
    )


def _code(error: Exception) -> int:
    known = exit_code(error)
    if known is not None:
        return known
    if isinstance(error, OSError) and error.errno in WRONG_NAMES:
        return EXIT_SETTINGS
    return os.EX_IOERR if isinstance(error, OSError) and error.strerror else os.EX_SOFTWARE


def _keep(error: Exception) -> Path | str:
    try:
        handle, name = tempfile.mkstemp(prefix="polyamide-", suffix=".log")
        with open(handle, "w", encoding="utf-8") as file:
            file.writelines(traceback.format_exception(error))
    except OSError as reason:
        return f"no file ({reason})"
    return Path(name)
