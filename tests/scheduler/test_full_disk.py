"""A file system that is full at any stage of a campaign: exit code 75, nothing damaged, gone on."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scheduler.campaign import FILE, ROOT, Runs

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


@pytest.fixture(scope="module")
def commands(prepared):
    """Process that runs commands in forks of itself."""
    words = [sys.executable, "-m", "tests.scheduler.forks"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, cwd=ROOT, env=prepared.environment, text=True, **pipes) as process:
        yield process
        process.stdin.close()


def advance(commands, runs: Runs, stage: str, log: Path) -> int:
    """Exit code of the job of one member of a stage; what it said goes to another disk."""
    words = ["advance", FILE, stage, *STAGES[stage]]
    words += ["--until-ps", "1"] if stage == "transport" else []
    commands.stdin.write(json.dumps([str(runs.place), str(log), words]) + "\n")
    commands.stdin.flush()
    return int(commands.stdout.readline())


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_finds_no_room_says_try_again_and_then_goes_on(
    commands, small, stage, tmp_path
):
    log, filler = tmp_path / "log", small.place.parent / "filler"
    made = small.place / "results" / "runs" / stage
    if stage != "transport":
        shutil.rmtree(made)
    free = shutil.disk_usage(small.place).free
    filler.write_bytes(bytes(free - FREE_BYTES))
    assert advance(commands, small, stage, log) == 75, log.read_text()
    assert "no room" in log.read_text() or "No space left" in log.read_text()
    filler.unlink()
    assert advance(commands, small, stage, log) == 0, log.read_text()
    assert not list(made.rglob(".*.tmp"))


def test_a_disk_that_turned_read_only_says_try_again_and_loses_nothing(commands, small, tmp_path):
    log, place = tmp_path / "log", small.place.parent
    assert advance(commands, small, "transport", log) == 0, log.read_text()
    before = small.files(1)
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    assert advance(commands, small, "transport", log) == 75, log.read_text()
    assert "Read-only file system" in log.read_text().splitlines()[-1]
    subprocess.run(["mount", "-o", "remount,rw", place], check=True)
    assert advance(commands, small, "transport", log) == 0, log.read_text()
    assert small.files(1) == before
