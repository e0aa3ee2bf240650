"""A campaign of eight short runs, sent to a cluster from a folder of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from mdtools.runs.segments import DIRECTORY as SEGMENTS
from mdtools.trajectory import Trajectory
from tests.mdtools.running import contents
from workflow.campaign import stages
from workflow.campaign.model import Campaign
from workflow.jobs.stages import Member
from workflow.jobs.stages import advance as advance_stage
from workflow.jobs.transport import advance

ROOT = Path(__file__).parents[2]
FILE = "runs.yaml"
TRIALS = range(1, 9)
LAST_CHUNK = 0
LOOK_S = 0.2
"""How often tests look whether what they wait for has come."""
SEGMENTS_OF_A_RUN, SEGMENT_PS, FAST_PS = 8, 0.2, 0.05
RUN_PS = SEGMENTS_OF_A_RUN * SEGMENT_PS
REACTION = [
    {"cutoff_angstrom": 3.5, "duration_ps": 0.2},
    {"cutoff_angstrom": 6.0, "duration_ps": 0.4},
]
CHANGES = {
    "name": "runs",
    "layouts": ["pH7"],
    "trials": len(TRIALS),
    "hydration": {"protocol": "voids"},
    "cell": {
        "waters_per_reservoir": 25,
        "equilibration_ps": 0.4,
        "minimisation_steps": 100,
        "timestep_fs": 2,
        "feed_ions": "shared",
    },
    "transport": {
        "duration_ns": RUN_PS / 1000,
        "segment_ps": SEGMENT_PS,
        "segments_per_chunk": SEGMENTS_OF_A_RUN,
        "fast_every_ps": FAST_PS,
        "full_every_ps": SEGMENT_PS,
        "timestep_fs": 2,
    },
    "analysis": {"snapshots_ns": [RUN_PS / 1000], "mean_z_every_ns": RUN_PS / 2000},
}
SOON = [
    *("--slurm-init-seconds-before-status-checks", "1"),
    *("--seconds-between-status-checks", "2"),
    *("--max-status-checks-per-second", "1"),
    *("--latency-wait", "5"),
]
"""So that tests do not wait for minutes for what takes seconds."""


def write(place: Path) -> None:
    """Write the campaign file into a folder."""
    tiny = yaml.safe_load((ROOT / "tests" / "data" / "tiny.yaml").read_text())
    tiny["membrane"]["reaction"] |= {"stages": REACTION, "batch_percent": 20}
    tiny["membrane"]["relaxation"] = {"duration_ps": 0.2}
    (place / FILE).write_text(yaml.safe_dump(tiny | CHANGES))


@dataclass
class Runs:
    """The campaign in a folder.

    Parameters
    ----------
    place : Path
        The folder, where the commands are started.
    environment : dict
        Of the commands, and so of the jobs.
    """

    place: Path
    environment: dict[str, str]

    def trial(self, number: int) -> Path:
        """Directory of a run."""
        return self.place / "results" / "runs" / "transport" / "pH7" / "NaCl" / f"trial{number}"

    def command(self, *options: str) -> subprocess.Popen:
        """`polyamide run` in a session of its own; what it prints is kept."""
        words = [sys.executable, "-m", "workflow", "run", FILE, *options]
        with (self.place / "output.log").open("ab") as log:
            return subprocess.Popen(
                words,
                cwd=self.place,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def change(self, block: str, key: str, value: object) -> None:
        """Change one value of the campaign file."""
        campaign = yaml.safe_load((self.place / FILE).read_text())
        campaign[block][key] = value
        (self.place / FILE).write_text(yaml.safe_dump(campaign))

    def submit(self, trials: Iterable[int], *options: str, chunk: int = LAST_CHUNK):
        """The same with the profile for Slurm, to the end of a chunk of some runs."""
        records = [self.trial(number) / f"chunk_{chunk}.json" for number in trials]
        targets = [str(record.relative_to(self.place)) for record in records]
        return self.command("--profile", "slurm", *targets, *SOON, *options)

    def segments(self, number: int) -> int:
        """Number of published segments of a run."""
        return len(list((self.trial(number) / SEGMENTS).glob("seg_*")))

    def said(self) -> str:
        """What the commands printed."""
        return (self.place / "output.log").read_text()

    def prepare(self) -> None:
        """Make all that the runs start from, in this process."""
        campaign = Campaign.read(self.place / FILE)
        results = self.place / "results" / campaign.name
        for stage in ("network", "charged", "hydrated", "cell", "start"):
            for names in stages.members(campaign, stage):
                advance_stage(Member(campaign, results, stage, names))

    def begin_alone(self) -> subprocess.Popen:
        """Advance every run to its end in one other process, without any scheduler."""
        words = [sys.executable, "-m", __name__, str(self.place)]
        with (self.place / "output.log").open("wb") as log:
            return subprocess.Popen(words, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def alone(self) -> None:
        """Advance every run to its end in this process."""
        campaign = Campaign.read(self.place / FILE)
        for number in TRIALS:
            cell = self.place / "results/runs/start/pH7/NaCl" / f"trial{number}"
            advance(campaign, "pH7", "NaCl", number, RUN_PS, cell, self.trial(number))

    def copy(self, place: Path) -> "Runs":
        """All of it in another folder, with the times of files kept."""
        shutil.copytree(self.place, place, symlinks=True)
        return Runs(place, self.environment)

    def files(self, number: int) -> dict[str, bytes]:
        """Contents of the segments of a run."""
        return contents(self.trial(number))

    def processes(self) -> Iterator[int]:
        """Numbers of all processes whose place is the folder."""
        for number in filter(str.isdecimal, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{number}/cwd") == str(self.place):
                    yield int(number)
            except OSError:
                continue

    def workers(self, trial: int | None = None) -> dict[int, dict[str, str]]:
        """Environment of every process that advances a run, or one run, by its number."""
        found = {}
        for number in self.processes():
            process = Path("/proc", str(number))
            try:
                words = (process / "cmdline").read_bytes().decode().split("\0")
                if "python" in words[0] and trial in (None, _trial(words)):
                    pairs = (process / "environ").read_bytes().decode().split("\0")
                    found[number] = dict(pair.split("=", 1) for pair in pairs if pair)
            except (OSError, ValueError):
                continue
        return found


def _trial(words: list[str]) -> int:
    """Trial that a command advances; ValueError for all other commands."""
    names = words[words.index("transport") + 2 :] if "transport" in words else []
    return int(names[names.index("NaCl") + 1])


def assert_whole(runs: Runs, expected: Runs, trials: Iterable[int] = TRIALS) -> None:
    """Every file as without a scheduler, every frame there once."""
    times = FAST_PS * np.arange(1, 1 + round(RUN_PS / FAST_PS))
    for number in trials:
        assert runs.files(number) == expected.files(number), number
        trajectory = Trajectory.open(runs.trial(number))
        np.testing.assert_allclose(trajectory.fast().time_ps, times, rtol=1e-12)
        assert len(trajectory.universe().trajectory) == SEGMENTS_OF_A_RUN


def wait_until(true: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Wait for something that has to come; TimeoutError if it does not."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(LOOK_S)


def end_session(process: subprocess.Popen, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a command and its children; jobs of the scheduler are no children."""
    os.killpg(process.pid, number)
    process.wait()


if __name__ == "__main__":
    Runs(Path(sys.argv[1]), dict(os.environ)).alone()
