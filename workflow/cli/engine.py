"""Snakemake, as ``polyamide run`` starts it: Ctrl-C ends it with a line also while it loads."""

import sys

from workflow.cli.interrupted import ends_in_a_line


def main() -> None:
    """Run Snakemake with the arguments of this process."""
    sys.argv[0] = "snakemake"
    with ends_in_a_line("run"):
        from snakemake.cli import main as snakemake

        snakemake()


if __name__ == "__main__":
    main()
