"""How much commands say: `--quiet` and `--verbose` of each, and results, which are always told.

Quiet, a command prints what it was asked for (a table, JSON), errors and warnings. Verbose, it also
shows the traceback of an error and what it took.
"""

import functools
import inspect
import json
import math
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Annotated, Any, TextIO

import typer

from workflow.cli.errors import SHOW, OneLine
from workflow.cli.terminal import console, refuse

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only the result, warnings and errors.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Also tracebacks, time and memory that were used.")
]
OPTIONS = ("quiet", "verbose")
"""Names of the parameters that every command has."""
MB = 1e6
_loud: list[TextIO] = []
"""Standard output while a command is quiet."""


class Program(typer.Typer):
    """Commands that all have `--quiet` and `--verbose`, and end with a line at worst."""

    def __init__(self, *args, cls=OneLine, **options):
        super().__init__(*args, cls=cls, **options)

    def command(self, *args, talks: bool = True, **options):
        """Register a command; one that does not talk keeps its options to itself."""
        register = super().command(*args, **options)
        if not talks:
            return register

        def registered(command):
            register(talking(command))
            return command

        return registered


def talking(command: Callable) -> Callable:
    """Return a command with the two options more, which it heeds and does not hand on."""

    @functools.wraps(command)
    def wrapper(*args, quiet: bool, verbose: bool, **options):
        with _said(quiet, verbose):
            return command(*args, **options)

    signature = inspect.signature(command)
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in zip(OPTIONS, (Quiet, Verbose), strict=True)
    ]
    parameters = [*signature.parameters.values(), *more]
    vars(wrapper)["__signature__"] = signature.replace(parameters=parameters)
    wrapper.__annotations__ = command.__annotations__ | {"quiet": Quiet, "verbose": Verbose}
    return wrapper


@contextmanager
def _said(quiet: bool, verbose: bool) -> Iterator[None]:
    if quiet and verbose:
        raise refuse("--quiet and --verbose: allowed is one of them")
    if quiet:
        _loud.append(sys.stdout)
        try:
            with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
                yield
        finally:
            _loud.pop()
        return
    began = time.monotonic()
    if verbose:
        os.environ[SHOW] = "1"
    try:
        yield
    finally:
        if verbose:
            _tell_use(time.monotonic() - began)


def _tell_use(wall_s: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    processor_s = used.ru_utime + used.ru_stime
    unit = 1 if sys.platform == "darwin" else 1024
    print(
        f"took {wall_s:.1f} s after it had started, {processor_s:.1f} s of processor time with the "
        f"start, {used.ru_maxrss * unit / MB:.0f} MB of memory at most",
        file=sys.stderr,
    )


def is_quiet() -> bool:
    """Whether what is not the result is kept back; progress on standard error asks for it."""
    return bool(_loud)


@contextmanager
def aloud() -> Iterator[None]:
    """Print to standard output what was asked for, also of a quiet command."""
    with redirect_stdout(_loud[-1] if _loud else sys.stdout):
        yield


def show(*renderables) -> None:
    """Print what a command was asked for: tables, and lines below them."""
    with aloud():
        for each in renderables:
            console.print(each, markup=False, highlight=False)
        console.file.flush()


def show_json(content: Any, *, indent: int | None = 1) -> None:
    """Print the same as JSON, where what is not finite is null; without indent in one line."""
    text = json.dumps(_finite(content), indent=indent, ensure_ascii=False, allow_nan=False)
    with aloud():
        print(text, flush=True)


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {str(key): _finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def table(title: str | None, columns: dict[str, str] | tuple[str, ...], rows) -> Any:
    """Return a table; columns are names, or names with "left" or "right" for where they stand."""
    from rich.box import SIMPLE
    from rich.table import Table

    drawn = Table(title=title, box=SIMPLE)
    if not isinstance(columns, dict):
        columns = dict.fromkeys(columns, "left")
    for name, side in columns.items():
        drawn.add_column(name, justify=side, no_wrap=side == "right")
    for row in rows:
        drawn.add_row(*map(str, row))
    return drawn
