"""What the command line says about the machine."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from workflow import doctor
from workflow.cli import app


def test_doctor_looks_at_everything_that_a_run_needs(tmp_path):
    found = {finding.what: finding for finding in doctor.findings(tmp_path)}
    assert {"python", "openmm", "glibc", "OpenMM platforms", "packmol program", "disk"} <= set(
        found
    )
    assert "Reference" in found["OpenMM platforms"].seen


def test_doctor_fails_where_something_must_be_mended(monkeypatch):
    broken = doctor.Finding("disk", False, "0 GB free", "make room")
    monkeypatch.setattr(doctor, "findings", lambda directory: [broken])
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "make room" in result.stdout


def test_selfcheck_passes_on_the_cpu():
    result = CliRunner().invoke(app, ["selfcheck", "--platform", "CPU"])
    assert result.exit_code == 0
    assert "passed" in result.stdout


def test_selfcheck_fails_where_forces_are_wrong(monkeypatch):
    import mdtools.selfcheck

    wrong = {"platform": "CPU", "median_relative_force_error": 0.5, "passed": False}
    monkeypatch.setattr(mdtools.selfcheck, "selfcheck", lambda *_: wrong)
    result = CliRunner().invoke(app, ["selfcheck", "--platform", "CPU"])
    assert result.exit_code == 65


@pytest.mark.parametrize("where", ["", "results"])
def test_status_of_a_place_without_runs_says_so(tmp_path: Path, where):
    (tmp_path / where).mkdir(exist_ok=True)
    result = CliRunner().invoke(app, ["status", str(tmp_path / where)])
    assert result.exit_code == 0
    assert "no run has started yet" in result.stdout
