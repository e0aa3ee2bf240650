"""Programs in the way of Slurm's, for a controller that is busy or restarts.

Snakemake takes a submission that fails for a job that failed, and all its retries are over within a
minute of silence. Before every question about jobs it reads from ``scontrol show config`` how long
Slurm remembers them; where that fails it asks sacct, which fails without an accounting database,
and goes on so until it has forgotten its jobs. ``polyamide run`` puts these first on the PATH.

- sbatch: asked again while the controller does not answer. What the controller refuses (a partition
  that does not exist, memory that no node has) is refused at once. An answer that got lost is
  looked for before the job is submitted again: a job of the same name and comment is that job.
- scontrol: ``show config`` answers from before where the controller does not.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

PATIENCE = "POLYAMIDE_SBATCH_PATIENCE_S"
PATIENCE_S = 3600.0
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 60.0
ANSWER_S = 5.0
"""What scontrol may take; Snakemake gives it twice as long."""
SILENT = re.compile(
    r"unable to contact slurm controller|socket timed out|zero bytes were transmitted"
    r"|connection (refused|timed out|reset)|communication connection failure|not responding"
    r"|resource temporarily unavailable|slurm backup controller in standby",
    re.IGNORECASE,
)
SETTINGS = "config.txt"
NOT_FOUND = 127


def install(directory: Path, settings: dict[str, str]) -> None:
    """Write the programs and the settings that scontrol falls back to into a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    lines = (f"{key} = {value}\n" for key, value in settings.items())
    (directory / SETTINGS).write_text("".join(lines), encoding="utf-8")
    for name in PROGRAMS:
        program = directory / name
        call = shlex.join([sys.executable, "-m", __name__, name, str(directory.resolve())])
        program.write_text(f'#!/bin/sh\nexec {call} "$@"\n', encoding="utf-8")
        program.chmod(0o755)


def sbatch(here: Path, words: list[str]) -> int:
    """Submit; the exit code of the last try."""
    text = sys.stdin.buffer.read() if "/dev/stdin" in words else None
    wait = FIRST_WAIT_S
    end = time.monotonic() + float(os.environ.get(PATIENCE, PATIENCE_S))
    while True:
        tried = subprocess.run([_real("sbatch", here), *words], input=text, capture_output=True)
        told = tried.stderr.decode(errors="replace")
        if tried.returncode == 0 or not SILENT.search(told) or time.monotonic() + wait > end:
            sys.stdout.write(tried.stdout.decode(errors="replace"))
            sys.stderr.write(told)
            return tried.returncode
        time.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT_S)
        if (number := _already_there(here, words)) is not None:
            print(number)
            return 0


def scontrol(here: Path, words: list[str]) -> int:
    """Ask; the exit code of the real one, 0 where the settings are known from before."""
    if words != ["show", "config"]:
        return subprocess.run([_real("scontrol", here), *words]).returncode
    try:
        asked = subprocess.run(
            [_real("scontrol", here), *words], capture_output=True, text=True, timeout=ANSWER_S
        )
        said = asked.stdout if asked.returncode == 0 else None
    except subprocess.TimeoutExpired:
        said = None
    sys.stdout.write(said or (here / SETTINGS).read_text(encoding="utf-8"))
    return 0


PROGRAMS = {"sbatch": sbatch, "scontrol": scontrol}


def _real(program: str, here: Path) -> str:
    """Path of a program that is not in this directory; ends with 127 where there is none."""
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    others = [place for place in places if place and Path(place).resolve() != here]
    found = shutil.which(program, path=os.pathsep.join(others))
    if found is None:
        print(f"{program}: not found", file=sys.stderr)
        sys.exit(NOT_FOUND)
    return found


def _already_there(here: Path, words: list[str]) -> str | None:
    """Number of a job with the same name and comment that waits or runs."""
    name, comment = (_value_of(option, words) for option in ("--job-name", "--comment"))
    if name is None or comment is None:
        return None
    command = [_real("squeue", here), "--noheader", "--name", name, "--format", "%i|%k"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_WAIT_S)
    except subprocess.TimeoutExpired:
        return None
    jobs = (line.partition("|") for line in found.stdout.splitlines())
    return next((number for number, _, told in jobs if told.strip() == comment), None)


def _value_of(option: str, words: list[str]) -> str | None:
    """Value of an option that stands as two words."""
    return words[words.index(option) + 1] if option in words[:-1] else None


if __name__ == "__main__":
    program, directory, *rest = sys.argv[1:]
    sys.exit(PROGRAMS[program](Path(directory), rest))
