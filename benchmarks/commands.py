"""Seconds of commands that people wait for, each beside its limit.

python benchmarks/commands.py [REPEATS]

`polyamide plan` of the paper campaign, Snakemake's graph of its jobs, and `polyamide status` of its
48 runs of 100 segments each, four of them at work. Where strace is installed, also how many
questions about files of the results status asks, and what it would take if each took a millisecond,
as on a busy network file system. Every repeat is a process of its own, so the time to start Python
counts; medians. Limits are of wall time on an idle machine; processor time stands beside it for one
that is not.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from mdtools.lease import DIRECTORY as LEASE
from mdtools.lease import Lease
from mdtools.options import PlatformOptions
from mdtools.provenance import machine, utc_now, versions
from mdtools.runs import progress, segments
from mdtools.runs.segment import SegmentPlan
from mdtools.seeds import integer
from mdtools.systems.waterbox import salt_water
from workflow.campaign import runs
from workflow.campaign.model import Campaign

ROOT = Path(__file__).parents[1]
CAMPAIGN = ROOT / "config" / "paper.yaml"
REPEATS = 5
RUNNING = 4
SLOW_STAT_S = 1e-3
SECONDS_OF_A_SEGMENT = 289.0
"""1 ns at 299 ns/day."""


def manifest(plan: SegmentPlan, segment: int) -> dict:
    """What run.json takes from the manifest of one segment."""
    seed = plan.random_seed("segment", segment, 0)
    return {
        "seed": seed,
        "attempt": 0,
        "versions": versions(),
        "platform": {"name": "CUDA", "properties": {"Precision": "mixed"}},
        "promise": "statistical",
        "sha256": f"{integer(seed):064x}",
    }


def results(campaign: Campaign, directory: Path) -> list[Path]:
    """Write all runs of a campaign as they are when half of their segments are done."""
    bundle = salt_water(PlatformOptions(name="CPU")).save(directory / "cell")
    runs.write(campaign, directory)
    places, count = [], campaign.transport.segments
    for layout in campaign.layouts:
        for salt in campaign.salts:
            for trial in range(1, campaign.trials + 1):
                place = directory / "transport" / layout / salt / f"trial{trial}"
                key = ("transport", layout, salt, trial)
                plan = SegmentPlan(
                    bundle, campaign.transport, campaign.platform, campaign.seed, key
                )
                for segment in range(count):
                    made = place / segments.DIRECTORY / segments.name(segment)
                    made.mkdir(parents=True)
                    for name in (*segments.FILES, segments.MANIFEST):
                        (made / name).touch()
                done = count // 2 if len(places) < RUNNING else count
                session = {
                    "number": 5,
                    "started_utc": utc_now(),
                    **machine(),
                    "seconds": [SECONDS_OF_A_SEGMENT] * 10,
                }
                progress.write(place, plan, [manifest(plan, k) for k in range(done)], session)
                places.append(place)
    return places


def processor_seconds() -> float:
    """Processor time of all processes that were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def median_seconds(command: list[str], directory: Path, repeats: int) -> tuple[float, float]:
    """Run a command several times and return the medians of its wall and its processor time.

    Raises CalledProcessError if it fails.
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    walls, processors = [], []
    for _ in range(repeats):
        started, before = time.perf_counter(), processor_seconds()
        subprocess.run(command, cwd=directory, env=environment, capture_output=True, check=True)
        walls.append(time.perf_counter() - started)
        processors.append(processor_seconds() - before)
    return statistics.median(walls), statistics.median(processors)


def questions_about_files(command: list[str], tree: Path, scratch: Path) -> int:
    """Count the system calls of a command that name a file below a directory."""
    log = scratch / "strace.log"
    traced = ["strace", "-f", "-o", str(log), "-e", "trace=%file", *command]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(traced, cwd=scratch, env=environment, capture_output=True, check=True)
    return sum(str(tree) in line for line in log.read_text().splitlines())


def main() -> None:
    """Print the median seconds of each command beside its limit."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else REPEATS
    python, file = sys.executable, str(CAMPAIGN)
    snakemake = [python, "-m", "snakemake", "--dry-run", "--quiet", "all"]
    snakemake += ["--snakefile", str(ROOT / "workflow" / "Snakefile"), "--configfile", file]
    snakemake += ["--workflow-profile", str(ROOT / "workflow" / "profiles" / "laptop")]
    polyamide = [python, "-m", "workflow"]
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as held:
        tree = Path(scratch) / "paper"
        for place in results(Campaign.read(CAMPAIGN), tree)[:RUNNING]:
            held.enter_context(Lease(place / LEASE))
        rows = (
            ("polyamide plan", 5.0, [*polyamide, "plan", file]),
            ("graph of jobs", 10.0, snakemake),
            ("polyamide status", 2.0, [*polyamide, "status", str(tree)]),
        )
        for name, limit, command in rows:
            wall, processor = median_seconds(command, Path(scratch), repeats)
            print(
                f"{name:16} {wall:6.2f} s, limit {limit:g} s, ratio {wall / limit:.2f} "
                f"({processor:.2f} s of processor)"
            )
        if shutil.which("strace"):
            asked = questions_about_files(command, tree, Path(scratch))
            slow = wall + asked * SLOW_STAT_S
            print(f"  {asked} questions about files; at 1 ms each {slow:.2f} s, limit {limit:g} s")


if __name__ == "__main__":
    main()
