"""Snakemake in a process of its own, which has imported already what takes seconds.

Such processes are forked from a server with one thread: a fork of the process of the tests, where
other threads may hold a lock, can wait for ever.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["snakemake.cli", "workflow.campaign.model", __name__])
ENDS_S = 300


def snakemake(*arguments, cwd: Path) -> subprocess.CompletedProcess:
    """Run Snakemake with these arguments in a directory."""
    words = [str(argument) for argument in arguments]
    with tempfile.TemporaryDirectory() as place:
        said = Path(place) / "out", Path(place) / "errors"
        process = SERVER.Process(target=_snakemake, args=(words, cwd, *said))
        process.start()
        process.join(ENDS_S)
        if process.exitcode is None:
            process.kill()
            process.join()
        return subprocess.CompletedProcess(
            words, process.exitcode, *(path.read_text() for path in said)
        )


def _snakemake(arguments: list[str], cwd: Path, out: Path, errors: Path) -> None:
    for number, path in ((1, out), (2, errors)):
        with path.open("w") as file:
            os.dup2(file.fileno(), number)
    os.chdir(cwd)
    sys.argv = ["snakemake", *arguments]
    from snakemake.cli import main  # here alone, not in every process of the tests

    main(arguments)
