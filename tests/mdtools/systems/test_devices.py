"""The names of devices, and the speed of a small box on one."""

import pytest

from mdtools.options import NonbondedOptions, PlatformOptions
from mdtools.systems import devices, speed


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    """A program in the place of nvidia-smi, with two cards; returns how to let it fail."""
    program = tmp_path / "nvidia-smi"
    program.write_text(
        "#!/bin/sh\n"
        '[ -e "$0.broken" ] && { echo "no devices were found"; exit 6; }\n'
        'case "$*" in *"-i 1") echo "NVIDIA L4, 570.1";;\n'
        '*) echo "NVIDIA H200, 570.1"; echo "NVIDIA L4, 570.1";; esac\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    devices.gpu.cache_clear()
    yield tmp_path / "nvidia-smi.broken"
    devices.gpu.cache_clear()


def test_the_first_gpu_that_a_process_sees_has_its_name(nvidia_smi, monkeypatch):
    assert devices.gpu() == ("NVIDIA H200", "570.1")
    assert devices.device("CUDA") == "NVIDIA H200"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    devices.gpu.cache_clear()
    assert devices.device("CUDA") == "NVIDIA L4"


def test_a_gpu_without_its_driver_has_the_name_of_the_machine(nvidia_smi):
    nvidia_smi.touch()
    assert devices.gpu() == (None, None)
    assert devices.device("HIP").startswith("GPU of ")


def test_processors_are_told_with_their_threads():
    assert devices.device("CPU", 4).endswith(", 4 threads")
    assert devices.device("Reference", 4).endswith(", 1 thread")


def test_a_box_runs_for_the_seconds_that_it_is_given():
    found = speed.measure(
        900,
        NonbondedOptions(cutoff_nm=0.7),
        PlatformOptions(name="CPU", cpu_threads=1),
        timestep_fs=2,
        seconds=0.5,
    )
    assert found.particles == pytest.approx(900, rel=0.1)
    assert found.seconds >= 0.5
    assert found.steps > 1


def test_a_box_on_a_processor_is_no_larger_than_it_can_do(monkeypatch):
    monkeypatch.setattr(speed, "MOST_PARTICLES", {"CPU": 600})
    options = PlatformOptions(name="CPU", cpu_threads=1)
    nonbonded = NonbondedOptions(cutoff_nm=0.7)
    found = speed.measure(1_000_000, nonbonded, options, timestep_fs=2, seconds=0.1)
    assert found.particles < 700
