"""What the command line says about the machine."""

import importlib.util
from pathlib import Path

import openmm
import pytest
from typer.testing import CliRunner

from mdtools import atomic, cache
from mdtools.options import PlatformOptions
from mdtools.platform_names import PLATFORMS
from mdtools.runs import inputs, promises, resume_check
from mdtools.swelling.gromacs import program
from mdtools.systems.platforms import installed_platforms
from workflow.campaign import runs as campaign_runs
from workflow.campaign.model import Campaign
from workflow.cli import doctor, machine
from workflow.cli.main import app


def test_doctor_looks_at_everything_that_a_run_needs(tmp_path):
    found = {finding.what: finding for finding in machine.findings(tmp_path)}
    assert {"python", "openmm", "glibc", "OpenMM platforms", "packmol program", "disk"} <= set(
        found
    )
    assert "Reference" in found["OpenMM platforms"].seen


def test_doctor_fails_where_something_must_be_mended(monkeypatch):
    broken = machine.Finding("disk", machine.Mark.FIX, "0 GB free", "make room")
    monkeypatch.setattr(machine, "findings", lambda directory: [broken])
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "make room" in result.stdout


def test_doctor_does_not_praise_what_is_optional_and_missing(monkeypatch):
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    monkeypatch.setattr(machine, "findings", lambda directory: [machine.driver()])
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 0
    assert result.stdout.startswith("--  GPU driver: no nvidia-smi")


def test_plugins_that_do_not_load_and_a_missing_cuda_are_notes():
    found = machine.openmm_platforms()
    optional = [finding for finding in found if finding.what in ("OpenMM plugin", "CUDA")]
    assert all(finding.mark is machine.Mark.NOTE for finding in optional)


def test_selfcheck_passes_on_the_cpu():
    result = CliRunner().invoke(app, ["selfcheck", "--platform", "CPU"])
    assert result.exit_code == 0
    assert "passed" in result.stdout


def test_selfcheck_of_a_place_or_platform_that_is_not_there_says_so_in_a_line(tmp_path):
    missing = next(name for name in PLATFORMS[1:] if name not in installed_platforms())
    for arguments, said in (
        (["--cell", str(tmp_path)], "holds no bundle"),
        (["--platform", "foo"], "allowed are auto, CUDA"),
        (["--platform", missing], missing),
    ):
        result = CliRunner().invoke(app, ["selfcheck", *arguments])
        assert result.exit_code == 78
        assert said in result.stderr
        assert result.stderr.count("\n") == 1


def test_selfcheck_of_resuming_says_and_keeps_what_holds(tmp_path, monkeypatch):
    """What is found on one thread and on two: tests of burst, and of mdtools/runs/promises."""
    found = resume_check.ResumeCheck("CPU", promises.BITWISE, 500, 1000, ())
    monkeypatch.setattr(resume_check, "check", lambda *_: found)
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    result = CliRunner().invoke(app, ["selfcheck", "--platform", "CPU", "--resume"])
    assert result.exit_code == 0
    assert "is identical to one that was not: bitwise, kept for this device" in result.stdout
    assert promises.kept("CPU", PlatformOptions(name="CPU")) == "bitwise"
    assert promises.kept("CPU", PlatformOptions(name="CPU", cpu_threads=2)) is None


@pytest.mark.gpu
def test_selfcheck_of_resuming_tells_what_runs_on_a_gpu_promise(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    result = CliRunner().invoke(app, ["selfcheck", "--platform", "CUDA", "--resume"])
    assert result.exit_code == 0
    options = PlatformOptions(name="CUDA")
    found = promises.kept("CUDA", options)
    assert found in ("bitwise", "statistical") and f": {found}, kept" in result.stdout
    assert inputs.reproducibility(options) == found


def test_selfcheck_of_a_precision_that_is_none_says_so_in_a_line():
    result = CliRunner().invoke(app, ["selfcheck", "--precision", "half"])
    assert result.exit_code == 78
    assert "allowed are mixed, single, double" in result.stderr


def test_selfcheck_helps_with_the_names_of_platforms():
    assert "CUDA|OpenCL" in CliRunner().invoke(app, ["selfcheck", "--help"]).stdout


def test_selfcheck_on_a_platform_without_its_device_says_so_in_a_line(monkeypatch):
    def broken(*_):
        raise openmm.OpenMMException("no CUDA device\nis there")

    monkeypatch.setattr(doctor, "_compare_forces", broken)
    result = CliRunner().invoke(app, ["selfcheck", "--platform", "CUDA"])
    assert result.exit_code == 78
    assert result.stderr.endswith("does not work here: no CUDA device is there\n")


def test_selfcheck_fails_where_forces_are_wrong(monkeypatch):
    import mdtools.systems.selfcheck

    wrong = {"platform": "CPU", "median_relative_force_error": 0.5, "passed": False}
    monkeypatch.setattr(mdtools.systems.selfcheck, "selfcheck", lambda *_: wrong)
    result = CliRunner().invoke(app, ["selfcheck", "--platform", "CPU"])
    assert result.exit_code == 65


@pytest.mark.parametrize("where", ["", "results"])
def test_status_of_a_place_without_runs_says_so(tmp_path: Path, where):
    (tmp_path / where / "network").mkdir(parents=True)
    result = CliRunner().invoke(app, ["status", str(tmp_path / where)])
    assert result.exit_code == 0
    assert "no run has started yet" in result.stdout


def test_status_shows_runs_that_have_not_started(tmp_path, campaign_file):
    campaign = Campaign.read(campaign_file())
    results = tmp_path / "results" / "tiny"
    campaign_runs.write(campaign, results)
    begun = results / "transport" / "pH7" / "NaCl" / "trial1"
    begun.mkdir(parents=True)
    atomic.write_json(begun / "run.json", {"done_ps": 2.0, "target_ps": 2.0})
    for place in (results, results.parent):
        runs = campaign_runs.status(place)
        assert [[run["layout"], run["trial"], run["state"]] for run in runs] == [
            ["pH2", 1, "waiting"],
            ["pH2", 2, "waiting"],
            ["pH7", 1, "done"],
            ["pH7", 2, "waiting"],
        ]
        assert {run["campaign"] for run in runs} == {"tiny"}
        assert "1 of 4 runs done" in CliRunner().invoke(app, ["status", str(place)]).stdout
    assert (runs[0]["ns_done"], runs[0]["ns_target"]) == (0, 0.002)


def test_slurm_without_its_plugin_is_refused_before_anything_starts(
    tmp_path, campaign_file, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    result = CliRunner().invoke(app, ["run", str(campaign_file()), "--profile", "slurm"])
    assert result.exit_code == 78
    assert "requirements-slurm.lock" in result.stderr
    assert result.stdout == ""
    assert not (tmp_path / "results").exists()


def test_version():
    assert CliRunner().invoke(app, ["--version"]).stdout.startswith("polyamide ")


def test_gromacs_is_found_or_not_needed(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    program.version.cache_clear()
    found = machine.gromacs()
    program.version.cache_clear()
    assert found.mark is machine.Mark.NOTE and "hydration.engine" in found.seen
