"""Campaigns on a cluster with Slurm, and what happens to them there."""

import os
import random
import signal
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.scheduler.campaign import (
    SEGMENTS_OF_A_RUN,
    TRIALS,
    Runs,
    assert_whole,
    end_session,
    wait_until,
)
from tests.scheduler.cluster import KILL_WAIT_S

pytestmark = pytest.mark.slurm

ENDS_S = 1000
"""Of a campaign, at most, on a machine that is busy otherwise."""
KILLS = 4
"""Of processes, at random moments."""
AT_A_TIME = 3
"""Jobs among which the node is lost: each of them is begun again, and starts cost the most."""


def finish(runs: Runs, process) -> None:
    """Wait for the end of a command, which has to be a good one."""
    assert process.wait(ENDS_S) == 0, runs.said()


def states_of(cluster, before: Iterable[str]) -> list[str]:
    """States of the jobs that a test has submitted."""
    known = set(before)
    return [state for job, state in cluster.jobs().items() if job not in known]


@pytest.fixture
def before(cluster):
    """Numbers of the jobs of earlier tests."""
    return list(cluster.jobs())


def test_chunks_follow_each_other_and_every_job_has_its_own_gpu(cluster, runs, whole, before):
    runs.change("transport", "segments_per_chunk", SEGMENTS_OF_A_RUN // 2)
    process = runs.submit([1, 2], "--set-resources", "transport:gpu=1", chunk=1)
    seen = set()

    def ended() -> bool:
        devices = [found.get("CUDA_VISIBLE_DEVICES") for found in runs.workers().values()]
        seen.add(tuple(sorted(filter(None, devices))))
        return process.poll() is not None

    wait_until(ended, "the campaign ends", ENDS_S)
    assert process.returncode == 0, runs.said()
    assert ("0", "1") in seen
    assert seen <= {(), ("0",), ("1",), ("0", "1")}
    assert states_of(cluster, before) == ["COMPLETED"] * 4
    assert_whole(runs, whole(), [1, 2])


def test_a_pack_is_one_job_that_goes_on_after_a_kill(cluster, runs, whole, before):
    runs.change("platform", "replicas_per_gpu", 2)
    process = runs.submit([1, 2], "--set-resources", "pack_transport:gpu=1")
    wait_until(lambda: runs.segments(1) >= 1 and runs.workers(1), "a member is at work", ENDS_S)
    members = runs.workers(1) | runs.workers(2)
    for number in members:
        os.kill(number, signal.SIGKILL)
    finish(runs, process)
    assert {found["SLURM_JOB_ID"] for found in members.values()} < set(cluster.jobs())
    assert len({found["SLURM_JOB_ID"] for found in members.values()}) == 1
    assert_whole(runs, whole(), [1, 2])


def test_a_silent_scheduler_ends_no_campaign_and_a_hanging_job_meets_its_walltime(
    cluster, runs, whole, before
):
    process = runs.submit([1, 2])
    wait_until(lambda: runs.segments(1) >= 1 and runs.workers(1), "a segment", ENDS_S)
    ((stuck, environment),) = runs.workers(1).items()
    os.kill(stuck, signal.SIGSTOP)
    done = runs.segments(1)
    wait_until(lambda: runs.segments(2) >= 1, "the other run has begun", ENDS_S)
    cluster.kill_controller()
    time.sleep(60)
    assert process.poll() is None, runs.said()
    wait_until(lambda: runs.segments(2) == SEGMENTS_OF_A_RUN, "the other run goes on", ENDS_S)
    cluster.start_controller()
    cluster.limit(environment["SLURM_JOB_ID"], minutes=1)
    wait_until(lambda: "TIMEOUT" in states_of(cluster, before), "the walltime is up", 120)
    wait_until(lambda: not Path(f"/proc/{stuck}").exists(), "Slurm ends it", KILL_WAIT_S + 30)
    assert runs.segments(1) <= done + 1
    finish(runs, process)
    assert_whole(runs, whole(), [1, 2])


def test_a_controller_that_is_killed_leaves_jobs_and_its_successor_no_twins(
    cluster, runs, whole, before
):
    first = runs.submit([1, 2])
    wait_until(lambda: runs.segments(1) and runs.segments(2), "both runs have begun", ENDS_S)
    end_session(first)
    orphans = set(runs.workers())
    for number in orphans:
        os.kill(number, signal.SIGSTOP)
    second = runs.submit([1, 2])
    wait_until(lambda: len(runs.workers()) > len(orphans), "jobs of the successor begin", ENDS_S)
    for number in orphans:
        os.kill(number, signal.SIGCONT)
    most = {1: 0, 2: 0}

    def ended() -> bool:
        for number in most:
            held = len(list((runs.trial(number) / "segments").glob(".*")))
            most[number] = max(most[number], held)
        return second.poll() is not None

    wait_until(ended, "the campaign ends", ENDS_S)
    assert second.returncode == 0, runs.said()
    assert orphans
    assert "Jobs of an earlier command are in the queue here:" in runs.said()
    assert set(most.values()) <= {0, 1}
    assert_whole(runs, whole(), [1, 2])


def test_no_frame_is_lost_by_kills_cancelled_jobs_and_a_lost_node(cluster, runs, whole, before):
    times = random.Random(17)
    process = runs.submit(TRIALS, "--jobs", str(AT_A_TIME))
    kills = 0
    wait_until(lambda: runs.segments(1) >= 1, "a run has begun", ENDS_S)
    cluster.lose_node()
    time.sleep(2)
    cluster.regain_node()
    cancelled = None
    while (kills < KILLS or cancelled is None) and process.poll() is None:
        time.sleep(times.uniform(0.5, 4))
        if working := sorted(runs.workers()):
            os.kill(times.choice(working), signal.SIGKILL)
            kills += 1
        running = [job for job, state in cluster.jobs().items() if state == "RUNNING"]
        if kills >= 2 and cancelled is None and running:
            cancelled = times.choice(running)
            cluster.cancel(cancelled)
    finish(runs, process)
    states = states_of(cluster, before)
    assert kills >= KILLS
    assert {"NODE_FAIL", "CANCELLED"} <= set(states)
    assert_whole(runs, whole())
