"""A campaign file that can be bent, and the commands that read it."""

import copy
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import IO, NoReturn

import pytest
import yaml
from snakemake.cli import main

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "data" / "tiny.yaml"
MISSING = object()


def changed(data: dict, changes: dict) -> dict:
    """Campaign with values put at dotted keys, or taken out."""
    data = copy.deepcopy(data)
    for key, value in changes.items():
        *blocks, last = key.split(".")
        block = data
        for name in blocks:
            block = block.setdefault(name, {})
        if value is MISSING:
            del block[last]
        else:
            block[last] = value
    return data


@pytest.fixture
def campaign_file(tmp_path):
    """Write the tiny campaign with changes; returns its path."""

    def write(changes: dict | None = None, name: str = "bent.yaml") -> Path:
        path = tmp_path / name
        path.write_text(yaml.safe_dump(changed(yaml.safe_load(TINY.read_text()), changes or {})))
        return path

    return write


def snakemake(*arguments, cwd: Path) -> subprocess.CompletedProcess:
    """Run Snakemake in a fork of this process, which has imported already what takes seconds."""
    arguments = [str(argument) for argument in arguments]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        child = os.fork()
        if not child:
            _snakemake(arguments, cwd, out, errors)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0), errors.seek(0)
        return subprocess.CompletedProcess(arguments, code, out.read(), errors.read())


def _snakemake(arguments: list[str], cwd: Path, out: IO[str], errors: IO[str]) -> NoReturn:
    code: str | int | None = 1
    try:
        os.dup2(out.fileno(), 1)
        os.dup2(errors.fileno(), 2)
        sys.stdout, sys.stderr = out, errors
        os.chdir(cwd)
        sys.argv = ["snakemake", *arguments]
        main(arguments)
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        out.flush()
        errors.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def call(*arguments, cwd: Path) -> subprocess.CompletedProcess:
    """Run the command line of this environment as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "workflow", *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
