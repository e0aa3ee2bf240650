"""Snakemake, as ``polyamide run`` starts it: one at a time on the results of a campaign.

Ctrl-C ends it with a line also while it loads.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from workflow.cli.interrupted import ends_in_a_line

HOLDING = "--holding"
"""First argument, followed by the results directory whose lease is held; else none is."""
LOOKING = {
    *("-h", "--help", "-v", "--version", "--lint", "--report", "--generate-unit-tests"),
    *("--dryrun", "-S", "--summary", "-D", "--detailed-summary", "-l", "--list", "--list-rules"),
    *("--list-target-rules", "--list-changes", "--list-input-changes", "--list-params-changes"),
    *("--lt", "--lc", "--li", "--lp", "--lu", "--list-untracked", "--list-conda-envs"),
    *("--dag", "--rulegraph", "--filegraph", "--d3dag"),
    *("--print-compilation", "--containerize", "--export-cwl"),
}
"""Options of Snakemake with which it makes no results."""


def only_looks(arguments: Sequence[str]) -> bool:
    """Whether Snakemake makes nothing with these arguments.

    >>> only_looks(["--report=all.zip"]), only_looks(["--forcerun", "figures_1"])
    (True, False)
    """
    return any(word.split("=")[0] in LOOKING for word in arguments)


def main() -> None:
    """Run Snakemake with the arguments of this process."""
    arguments = sys.argv[1:]
    with ends_in_a_line("run"):
        results = None
        if arguments[:1] == [HOLDING]:
            # Absolute, as Snakemake may go to another directory.
            results, arguments = Path(arguments[1]).absolute(), arguments[2:]
        sys.argv = ["snakemake", *arguments]
        with _held(results):
            from snakemake.cli import main as snakemake

            snakemake()


@contextmanager
def _held(results: Path | None) -> Iterator[None]:
    """Hold the lease of results; one that cannot be had ends the process with a line."""
    if results is None:
        yield
        return
    from mdtools.lease import DIRECTORY, Lease
    from workflow.jobs.exit_codes import exit_code_on_error, print_to_stderr, said

    lease = Lease(results / DIRECTORY)
    with exit_code_on_error("run"):
        try:
            lease.__enter__()
        except OSError as error:
            print_to_stderr(f"run: {said(error)}")
            sys.exit(os.EX_IOERR)
    try:
        yield
    finally:
        # What Snakemake ended with stands: a claim of a process that is gone holds no one up.
        with suppress(OSError):
            lease.__exit__(None, None, None)


if __name__ == "__main__":
    main()
