"""Snakemake at work on the results of a campaign: one at a time."""

import os
import subprocess
import sys

from mdtools.lease import DIRECTORY, Lease, holder
from tests.workflow.conftest import ROOT


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
