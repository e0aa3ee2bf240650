"""The program ``gmx``: found, run, stopped, and what it says where it fails."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from mdtools.errors import PhysicsError, SettingsError, TryAgain
from mdtools.options import PlatformOptions

NAME = "gmx"
OLDEST = 2021
"""Version; the first whose barostat C-rescale gives the ensemble (Bernetti and Bussi 2020)."""
LOOK_S = 0.5
GRACE_S = 120.0
"""How long a run may take to write its checkpoint and end, once asked to."""
MINUTES_BETWEEN_CHECKPOINTS = 2
TOLD_LINES = 4


@cache
def version() -> str:
    """Return the version of ``gmx``; SettingsError if it is not there or too old."""
    found = shutil.which(NAME)
    if found is None:
        raise SettingsError(
            f"hydration.engine GROMACS needs the program {NAME} of GROMACS {OLDEST} or later on "
            "the path; install it, or take the engine OpenMM"
        )
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"^GROMACS version:\s+(\d+)(\S*)", said.stdout, re.MULTILINE)
    if match is None or int(match[1]) < OLDEST:
        told = match[1] + match[2] if match else "unknown"
        raise SettingsError(
            f"hydration.engine GROMACS needs GROMACS {OLDEST} or later; {found} is {told}"
        )
    return match[1] + match[2]


def prepare(directory: Path, name: str, start: str, *, state: str | None = None) -> None:
    """Make ``name.tpr`` from ``name.mdp``, ``slab.top``, coordinates and, if given, a checkpoint.

    Raises SettingsError with what ``gmx grompp`` says.
    """
    command = [NAME, "grompp", "-f", f"{name}.mdp", "-c", start, "-p", "slab.top"]
    command += ["-o", f"{name}.tpr", "-po", f"{name}-read.mdp"]
    if state is not None:
        command += ["-t", state]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SettingsError(f"gmx grompp for {directory / name}: {_fault(done.stderr)}")


def run(
    directory: Path,
    name: str,
    platform: PlatformOptions,
    stop: Callable[[], bool] | None,
) -> None:
    """Run ``name.tpr``, from its checkpoint if it has one, until ``name.gro`` is written.

    Raises
    ------
    PhysicsError
        If ``gmx mdrun`` fails, with what it says.
    TryAgain
        If ``stop()`` turned true: the checkpoint is written.
    """
    command = [NAME, "mdrun", "-ntmpi", "1", "-deffnm", name, *_on(platform)]
    command += ["-cpt", str(MINUTES_BETWEEN_CHECKPOINTS), "-cpo", f"{name}.cpt"]
    if (directory / f"{name}.cpt").exists():
        command += ["-cpi", f"{name}.cpt"]
    output = directory / f"{name}.out"
    with output.open("a", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=directory, stdout=log, stderr=log)
        stopped = _wait(process, stop)
    if (directory / f"{name}.gro").exists():
        return
    if stopped or process.returncode == 0:
        raise TryAgain(f"gmx mdrun of {name} was stopped; it goes on from its checkpoint")
    raise PhysicsError(f"gmx mdrun of {name}: {_fault(output.read_text(errors='replace'))}")


def _wait(process: subprocess.Popen, stop: Callable[[], bool] | None) -> bool:
    """Wait for a process; returns whether it was asked to stop."""
    try:
        while process.poll() is None:
            if stop is not None and stop():
                process.terminate()
                _end(process)
                return True
            time.sleep(LOOK_S)
    except BaseException:
        process.terminate()
        _end(process)
        raise
    return False


def _end(process: subprocess.Popen) -> None:
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _on(platform: PlatformOptions) -> Sequence[str]:
    """Return where to compute: as many threads as asked for, no GPU for the platform CPU."""
    threads = [] if platform.cpu_threads is None else ["-ntomp", str(platform.cpu_threads)]
    cores_only = ["-nb", "cpu", "-pme", "cpu", "-bonded", "cpu"] if platform.name == "CPU" else []
    return [*threads, *cores_only]


def _fault(text: str) -> str:
    """Return the error in the output of a GROMACS program, on one line."""
    parts = re.split(
        r"^(?:Fatal error|Error in user input|Inconsistency in user input):$",
        text,
        flags=re.MULTILINE,
    )
    lines = [line.strip() for line in parts[-1].splitlines() if line.strip()]
    lines = lines[:TOLD_LINES] if len(parts) > 1 else lines[-TOLD_LINES:]
    return " ".join(lines) or "it ended without a word"
