"""Snakemake at work on the results of a campaign: one at a time."""

import os
import subprocess
import sys

import pytest
import yaml
from typer.testing import CliRunner

from mdtools.lease import DIRECTORY, Lease, holder
from tests.workflow.conftest import ROOT, TINY
from workflow.cli.main import app


def engine(results):
    return subprocess.run(
        [sys.executable, "-m", "workflow.cli.engine", "--holding", results, "--version"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_second_command_on_the_results_of_a_campaign_ends_with_a_line_that_names_the_first(
    tmp_path,
):
    with Lease(tmp_path / DIRECTORY):
        second = engine(tmp_path)
    assert second.returncode == os.EX_TEMPFAIL
    assert second.stderr.startswith(f"run: {tmp_path} is being run by process {os.getpid()} on ")
    assert len(second.stderr.splitlines()) == 1
    assert second.stdout == ""
    third = engine(tmp_path)
    assert third.returncode == 0, third.stderr
    assert third.stdout[0].isdigit()
    assert holder(tmp_path / DIRECTORY) is None


def test_lease_that_cannot_be_had_ends_it_with_a_line(tmp_path):
    (tmp_path / DIRECTORY).write_text("no directory")
    refused = engine(tmp_path)
    assert refused.returncode == os.EX_IOERR
    assert refused.stderr == f"run: {tmp_path / DIRECTORY}: File exists\n"


@pytest.fixture
def run_by(tmp_path, monkeypatch):
    """Function that gives `polyamide run` some words: its result, and what it starts."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(TINY.read_text())

    def given(*words):
        started = []
        monkeypatch.setattr("workflow.cli.run.os.execve", lambda _, line, __: started.extend(line))
        return CliRunner().invoke(app, ["run", "tiny.yaml", *words]), started

    return given


@pytest.mark.parametrize("looking", [("-n",), ("--dryrun",), ("--summary",), ("--report=all.zip",)])
def test_results_are_held_by_what_makes_them_and_by_nothing_else(run_by, tmp_path, looking):
    results = tmp_path / "results" / yaml.safe_load(TINY.read_text())["name"]
    answer, started = run_by(*looking)
    assert answer.exit_code == 0, answer.output
    assert "--holding" not in started and not results.exists()
    assert "Report, once done" not in answer.output
    answer, started = run_by()
    assert started[started.index("--holding") + 1] == str(results.relative_to(tmp_path))
    record = (results / "campaign.json").read_bytes()
    # A held campaign keeps its record; only looking at it is allowed.
    (tmp_path / "tiny.yaml").write_text(TINY.read_text().replace("trials: ", "trials: 1"))
    with Lease(results / DIRECTORY):
        refused, started = run_by()
        assert run_by(*looking)[0].exit_code == 0
    assert refused.exit_code == os.EX_TEMPFAIL and not started
    assert f"is being run by process {os.getpid()} on " in refused.stderr
    assert (results / "campaign.json").read_bytes() == record
