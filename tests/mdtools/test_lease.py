import os
import subprocess
import sys
import time

import pytest

from mdtools import atomic, lease
from mdtools.errors import TryAgain
from mdtools.lease import Lease, holder

HOLD = """
import sys, time
from pathlib import Path
from mdtools.lease import Lease
with Lease(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
CONTEND = """
import os, sys, time
from pathlib import Path
from mdtools.errors import TryAgain
from mdtools.lease import Lease
directory, start = Path(sys.argv[1]), time.time() + 0.3
pids = []
for _ in range(8):
    pid = os.fork()
    if not pid:
        time.sleep(max(0, start - time.time()))
        try:
            with Lease(directory):
                time.sleep(1.0)
            os._exit(0)
        except TryAgain:
            os._exit(75)
    pids.append(pid)
print(*[os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids])
"""


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "lease"


@pytest.fixture
def helper(environment, directory):
    """Function that starts a helper process on the lease."""
    started = []

    def start(script: str) -> subprocess.Popen:
        command = [sys.executable, "-c", script, str(directory)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def newest(directory):
    return max(directory.glob("*.json"))


def claim_of_another_host(directory, age_s: float, **changes):
    directory.mkdir()
    claim = directory / "00000004.json"
    content = {"host": "node7", "pid": os.getpid(), "system": "another", "heartbeat_s": 10.0}
    atomic.write_json(claim, content | {"since_utc": "then"} | changes)
    os.utime(claim, (time.time() - age_s,) * 2)


def test_a_twin_is_told_who_holds_the_lease(directory):
    with Lease(directory):
        assert holder(directory)["pid"] == os.getpid()
        with pytest.raises(TryAgain, match=f"process {os.getpid()} on"), Lease(directory):
            pass
    assert holder(directory) is None


def test_a_released_lease_can_be_taken_at_once_and_claims_do_not_pile_up(directory):
    for _ in range(5):
        with Lease(directory):
            pass
    assert [path.name for path in directory.iterdir()] == ["00000005.json"]


def test_kill_9_on_the_same_host_frees_the_lease_at_once(directory, helper):
    process = helper(HOLD)
    assert process.stdout.readline() == "held\n"
    with pytest.raises(TryAgain), Lease(directory):
        pass
    process.kill()
    time.sleep(0.05)
    # Not waited for: it is a zombie, which still has an entry in /proc.
    with Lease(directory):
        assert holder(directory)["pid"] == os.getpid()


def test_a_waiter_takes_over_soon_after_the_holder_is_killed(directory, helper, monkeypatch):
    monkeypatch.setattr(lease, "LOOK_S", 0.01)
    process = helper(HOLD)
    assert process.stdout.readline() == "held\n"
    looks = []

    def look(reason):
        looks.append(reason)
        if len(looks) == 3:
            process.kill()

    started = time.monotonic()
    with Lease(directory, wait_s=60, while_waiting=look):
        assert holder(directory)["pid"] == os.getpid()
    assert time.monotonic() - started < 10
    assert f"process {process.pid} on" in looks[0]


def test_a_recycled_process_number_does_not_hold_the_lease(directory):
    with Lease(directory):
        claim = newest(directory)
        content = atomic.read_json(claim)
        atomic.write_json(claim, content | {"process_start": content["process_start"] - 1})
        assert holder(directory) is None


@pytest.mark.parametrize(("age_s", "free"), [(5, False), (29, False), (31, True)])
def test_another_hosts_lease_is_free_after_three_missed_heartbeats(directory, age_s, free):
    claim_of_another_host(directory, age_s)
    if free:
        with Lease(directory):
            assert newest(directory).name == "00000005.json"
    else:
        with pytest.raises(TryAgain, match="node7"), Lease(directory):
            pass


def test_a_half_written_claim_counts_as_held_until_it_is_old(directory):
    directory.mkdir()
    claim = directory / "00000001.json"
    claim.write_text('{"host": "no')
    with pytest.raises(TryAgain), Lease(directory):
        pass
    os.utime(claim, (time.time() - 3 * lease.HEARTBEAT_S - 1,) * 2)
    with Lease(directory):
        pass


def test_age_is_told_by_the_clock_of_the_file_system(directory, monkeypatch):
    claim_of_another_host(directory, age_s=5)
    monkeypatch.setattr(time, "time", lambda: 1e10)
    with pytest.raises(TryAgain), Lease(directory):
        pass


def test_heartbeats_keep_a_claim_young(directory):
    with Lease(directory, heartbeat_s=0.02):
        claim = newest(directory)
        os.utime(claim, (0, 0))
        time.sleep(0.3)
        assert time.time() - claim.stat().st_mtime < 1


def test_of_many_that_find_a_dead_claim_one_takes_over(directory, helper):
    claim_of_another_host(directory, age_s=1000)
    codes = helper(CONTEND).communicate(timeout=60)[0].split()
    assert sorted(codes) == ["0"] + ["75"] * 7


def test_a_late_taker_of_an_old_number_backs_out(directory):
    with Lease(directory), Lease(directory.parent / "other") as late:
        late.directory = directory
        with pytest.raises(TryAgain, match="just taken"):
            late._take(0)
        assert [path.name for path in directory.iterdir()] == ["00000001.json"]
        late.directory = directory.parent / "other"


def test_a_holder_that_was_taken_over_finds_out(directory):
    with Lease(directory) as held:
        held.confirm()
        (directory / "00000009.json").write_text("{}")
        with pytest.raises(TryAgain, match="taken over"):
            held.confirm()
    assert atomic.read_json(directory / "00000009.json") == {}
