"""A file system that is full at any stage of a campaign: exit code 75, nothing damaged, gone on."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scheduler.campaign import FILE, Runs

pytestmark = pytest.mark.slurm

STAGES = {
    "network": [],
    "charged": ["pH7"],
    "hydrated": ["pH7"],
    "cell": ["pH7", "NaCl"],
    "start": ["pH7", "NaCl", "1"],
    "transport": ["pH7", "NaCl", "1"],
}
FREE_BYTES = 12_288
"""Enough for a lease and a log, too little for a state."""


@pytest.fixture
def small(prepared, tmp_path):
    """The prepared campaign on a file system of its own, with little more room than it needs."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", place])
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        shutil.copytree(prepared.place, place / "campaign")
        yield Runs(place / "campaign", prepared.environment)
    finally:
        subprocess.run(["umount", place], check=True)


def advance(runs: Runs, stage: str, log: Path) -> int:
    """Exit code of the job of one member of a stage; what it said goes to another disk."""
    words = ["-m", "workflow", "advance", FILE, stage, *STAGES[stage]]
    words += ["--until-ps", "1"] if stage == "transport" else []
    with log.open("a") as file:
        return subprocess.run(
            [sys.executable, *words], cwd=runs.place, env=runs.environment, stdout=file, stderr=file
        ).returncode


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_finds_no_room_says_try_again_and_then_goes_on(small, stage, tmp_path):
    log, filler = tmp_path / "log", small.place.parent / "filler"
    made = small.place / "results" / "runs" / stage
    if stage != "transport":
        shutil.rmtree(made)
    free = shutil.disk_usage(small.place).free
    filler.write_bytes(bytes(free - FREE_BYTES))
    assert advance(small, stage, log) == 75, log.read_text()
    assert "no room" in log.read_text() or "No space left" in log.read_text()
    filler.unlink()
    assert advance(small, stage, log) == 0, log.read_text()
    assert not list(made.rglob(".*.tmp"))
