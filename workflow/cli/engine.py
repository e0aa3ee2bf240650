"""Snakemake, as ``polyamide run`` starts it: one at a time on the results of a campaign.

Ctrl-C ends it with a line also while it loads.
"""

import sys
from contextlib import nullcontext
from pathlib import Path

from workflow.cli.interrupted import ends_in_a_line

HOLDING = "--holding"
"""Before the arguments of Snakemake, with the results that no other command may make meanwhile."""


def main() -> None:
    """Run Snakemake with the arguments of this process."""
    arguments = sys.argv[1:]
    with ends_in_a_line("run"):
        from mdtools.lease import DIRECTORY, Lease
        from workflow.jobs.exit_codes import exit_code_on_error

        held = nullcontext()
        if arguments[:1] == [HOLDING]:
            held, arguments = Lease(Path(arguments[1]) / DIRECTORY), arguments[2:]
        sys.argv = ["snakemake", *arguments]
        with exit_code_on_error("run"), held:
            from snakemake.cli import main as snakemake

            snakemake()


if __name__ == "__main__":
    main()
