"""``python -m workflow`` is the command ``polyamide``."""

import os

from workflow.cli.interrupted import ends_in_a_line

PROGRAM = "polyamide"
BLAS_THREADS = "OPENBLAS_NUM_THREADS"
"""Matrices here are small: threads of numpy's BLAS would wait for each other."""


def main() -> None:
    """Run the command ``polyamide`` with the arguments of this process."""
    os.environ.setdefault(BLAS_THREADS, "1")
    with ends_in_a_line(PROGRAM):
        from workflow.cli.main import app

        app(prog_name=PROGRAM)


if __name__ == "__main__":
    main()
