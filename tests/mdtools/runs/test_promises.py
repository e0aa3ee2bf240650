"""What a machine was found to promise of resumed runs, and what it says for others."""

import pytest

from mdtools import cache
from mdtools.options import PlatformOptions
from mdtools.runs import inputs, promises, resume_check
from mdtools.systems import devices


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "kept"))


@pytest.fixture
def on_a_gpu(monkeypatch):
    """As if the machine had a GPU, whose name and driver can be changed."""
    facts = ["NVIDIA H200", "570.1"]

    class Opened:
        def getName(self):  # noqa: N802
            return "CUDA"

    monkeypatch.setattr(inputs, "open_platform", lambda options: (Opened(), {}))
    for module in (devices, promises):
        monkeypatch.setattr(module, "gpu", lambda: tuple(facts))
    return facts


@pytest.mark.slow
def test_two_threads_are_found_not_to_resume_bit_for_bit(bundle, tmp_path):
    # OpenMM sums the forces of several threads in the order in which they come; that one thread is
    # found bitwise is among the tests of `polyamide burst`.
    found = resume_check.check(bundle, PlatformOptions(name="CPU", cpu_threads=2), tmp_path)
    assert (found.platform, found.promise, found.steps) == ("CPU", "statistical", 1000)
    assert "seg_00001/state.xml" in found.differing


def test_a_gpu_is_bitwise_only_where_it_was_found_so(on_a_gpu):
    options = PlatformOptions(name="CUDA")
    assert inputs.reproducibility(options) == "statistical"
    assert promises.keep("CUDA", options, "bitwise")
    assert inputs.reproducibility(options) == "bitwise"
    for other in ({"precision": "single"}, {"deterministic": False}):
        assert inputs.reproducibility(PlatformOptions(name="CUDA", **other)) == "statistical"
    on_a_gpu[1] = "580.2"
    assert inputs.reproducibility(options) == "statistical"
    on_a_gpu[:] = ["NVIDIA L4", "570.1"]
    assert inputs.reproducibility(options) == "statistical"


def test_another_openmm_has_to_be_checked_anew(on_a_gpu, monkeypatch):
    options = PlatformOptions(name="CUDA")
    promises.keep("CUDA", options, "bitwise")
    monkeypatch.setattr(promises, "versions", lambda: {"openmm": "9.0"})
    assert inputs.reproducibility(options) == "statistical"


def test_the_last_check_counts(on_a_gpu):
    options = PlatformOptions(name="CUDA")
    for found in ("bitwise", "statistical"):
        promises.keep("CUDA", options, found)
        assert inputs.reproducibility(options) == found


def test_a_gpu_without_a_driver_that_has_a_name_is_promised_nothing(on_a_gpu):
    on_a_gpu[:] = [None, None]
    assert not promises.keep("CUDA", PlatformOptions(name="CUDA"), "bitwise")
    assert inputs.reproducibility(PlatformOptions(name="CUDA")) == "statistical"


def test_sessions_on_two_gpus_are_told_apart(on_a_gpu):
    assert devices.identity("CUDA") == {"device": "NVIDIA H200", "driver": "570.1"}
    assert devices.identity("CPU") == {}
