import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mdtools.errors import TryAgain
from mdtools.systems.gpu_sharing import PIPES, GpuSharing, ServiceRefused
from mdtools.systems.gpus import VISIBLE, free_memory_MB, one_gpu, visible_gpus
from tests import gpu_stand_ins as stand_ins

REACHES, HANGS_OFF = ("true",), ("sh", "-c", "echo no device >&2; exit 3")


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Function that puts a driver with so many GPUs on the PATH."""
    monkeypatch.delenv(VISIBLE, raising=False)
    monkeypatch.delenv(PIPES, raising=False)

    def install(gpus: int) -> Path:
        stand_ins.smi(tmp_path / "bin", gpus)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
        return tmp_path

    return install


def test_gpus_are_those_of_the_machine_or_those_that_were_handed_out(driver, monkeypatch):
    driver(2)
    assert visible_gpus() == ["GPU-0000-aa", "GPU-0001-aa"]
    for named, expected in (("3", ["3"]), ("0, GPU-x", ["0", "GPU-x"]), ("", []), ("-1", [])):
        monkeypatch.setenv(VISIBLE, named)
        assert visible_gpus() == expected


def test_machine_without_a_driver_has_none(monkeypatch, tmp_path):
    monkeypatch.delenv(VISIBLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible_gpus() == []
    assert free_memory_MB(None) is None


def test_facts_of_a_gpu(driver):
    driver(1)
    assert free_memory_MB("GPU-0000-aa") == 80_000


def test_two_jobs_take_two_gpus_and_a_third_waits(driver):
    leases = driver(2) / "leases"
    with one_gpu(leases=leases) as first:
        assert os.environ[VISIBLE] == first == "GPU-0000-aa"
    assert VISIBLE not in os.environ
    waiting = []

    def stop() -> bool:
        return bool(waiting)

    code = (
        "import sys; from pathlib import Path; from mdtools.systems.gpus import one_gpu\n"
        "with one_gpu(leases=Path(sys.argv[1])) as gpu: print(gpu, flush=True); sys.stdin.read()"
    )
    others = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(leases)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        taken = {other.stdout.readline().strip() for other in others}
        assert taken == {"GPU-0000-aa", "GPU-0001-aa"}
        with (
            pytest.raises(TryAgain, match="all GPUs were taken"),
            one_gpu(stop, waiting.append, leases),
        ):
            pass
        others[0].kill()
        others[0].wait()
        with one_gpu(leases=leases) as gpu:
            assert gpu in taken
    finally:
        for other in others:
            other.kill()
            other.communicate()


def test_a_single_gpu_is_not_leased(driver, monkeypatch):
    leases = driver(4) / "leases"
    monkeypatch.setenv(VISIBLE, "2")
    with one_gpu(leases=leases) as one, one_gpu(leases=leases) as other:
        assert one == other == "2"
    assert not leases.exists()


def test_the_service_is_private_and_ends_with_the_block(driver):
    control = stand_ins.service(driver(1))
    with GpuSharing(control, REACHES) as sharing:
        pipes = Path(sharing.environment[PIPES])
        assert sharing.alive() and (pipes / "daemon").exists()
        assert len(str(pipes)) < 60 and PIPES not in os.environ
    assert not pipes.exists()


def test_the_service_ends_with_a_process_that_is_killed(driver, tmp_path):
    control, heard = Path(stand_ins.service(driver(1))), tmp_path / "heard"
    listening = tmp_path / "listening"
    listening.write_text(
        f'#!/bin/sh\n[ "$1" = "-d" ] && exec {control} -d\n'
        f'read question; echo "$question" >> {heard}; echo "$question" | {control}\n'
    )
    listening.chmod(0o755)
    code = (
        "import sys; from mdtools.systems.gpu_sharing import PIPES, GpuSharing\n"
        "with GpuSharing(sys.argv[1], ('true',)) as sharing:\n"
        "    print(sharing.environment[PIPES], flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(listening)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        pipes = Path(holder.stdout.readline().strip())
        assert (pipes / "daemon").exists()
        holder.kill()
    deadline = time.monotonic() + 30
    while pipes.parent.exists():
        assert time.monotonic() < deadline, "the service was left behind"
        time.sleep(0.05)
    assert heard.read_text().splitlines()[-1] == "quit"


@pytest.mark.parametrize(("named", "left"), [("3", None), ("GPU-x", "GPU-x")])
def test_processes_do_not_number_gpus_anew_behind_the_service(driver, monkeypatch, named, left):
    control = stand_ins.service(driver(1))
    monkeypatch.setenv(VISIBLE, named)
    with GpuSharing(control, REACHES) as sharing:
        assert sharing.environment.get(VISIBLE) == left


def test_a_service_that_is_gone_is_noticed(driver):
    control = stand_ins.service(driver(1))
    with GpuSharing(control, REACHES) as sharing:
        (Path(sharing.environment[PIPES]) / "daemon").unlink()
        assert not sharing.alive()


def test_a_service_that_the_cluster_offers_is_used_and_left_alone(driver, monkeypatch):
    place = driver(1)
    control = stand_ins.service(place)
    (place / "daemon").touch()
    monkeypatch.setenv(PIPES, str(place))
    with GpuSharing(control, REACHES) as sharing:
        assert sharing.environment[PIPES] == str(place)
    assert (place / "daemon").exists()


@pytest.mark.parametrize(
    ("start", "probe", "why"),
    [
        ("echo 'Operation not permitted'; exit 1", REACHES, "Operation not permitted"),
        ("exit 7", REACHES, "exit code 7"),
        (":", HANGS_OFF, "no process reaches the GPU.*no device"),
    ],
)
def test_why_the_service_cannot_be_had_is_said(driver, start, probe, why):
    control = stand_ins.service(driver(1), start)
    before = set(Path("/tmp").glob("mps-*"))
    with pytest.raises(ServiceRefused, match=why), GpuSharing(control, probe):
        pass
    assert set(Path("/tmp").glob("mps-*")) == before


def test_a_machine_without_the_program_is_told(tmp_path):
    with pytest.raises(ServiceRefused, match="not installed"), GpuSharing(str(tmp_path / "none")):
        pass
