"""A campaign file that can be bent, and the commands that read it."""

import copy
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

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
