"""The command ``polyamide pack-runs``: finished chunks of runs as one file each."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from workflow.cli.terminal import Results, console, refuse


def pack_runs(
    results: Results,
    unpack: Annotated[
        bool, typer.Option("--unpack", help="Back to a directory a segment.")
    ] = False,
) -> None:
    """Pack the segments of every finished chunk into one file, or unpack them again.

    Runs are read, analysed and gone on with as before. Ends with 0, 1 (a run is damaged), 74 (one
    may not be written) or 75 (one is at work, or there is no room); the others are packed all the
    same.
    """
    from mdtools.runs import packing
    from mdtools.runs.status import directories
    from workflow.jobs.exit_codes import exit_code

    runs = directories(results)
    if not runs:
        raise refuse(f"pack-runs: {results} holds no run (transport/LAYOUT/SALT/trialN)")
    before, codes = sum(map(_files, runs)), [0]
    for run in runs:
        name = run.relative_to(results)
        try:
            made = packing.unpack(run) if unpack else packing.pack(run)
        except (OSError, ValueError, RuntimeError) as error:
            code = exit_code(error)
            if code is None and not isinstance(error, OSError):
                raise
            codes.append(os.EX_IOERR if code is None else code)
            print(f"{name}: {error}", file=sys.stderr)
            continue
        console.print(f"{name}: {len(made)} {'segments unpacked' if unpack else 'files packed'}")
    console.print(f"{before} files before, {sum(map(_files, runs))} now")
    if code := max(codes):
        raise typer.Exit(code)


def _files(run: Path) -> int:
    return sum(path.is_file() for path in run.rglob("*"))
