"""Jobs that fail: what their log ends with is shown, and what is final is not repeated."""

import shutil
import subprocess
import sys

import pytest
import yaml

from membranes.networks import storage
from tests.workflow.conftest import ROOT, TINY
from tests.workflow.separate import snakemake
from workflow.jobs import failed

NETWORK, CHARGED = "results/tiny/network", "results/tiny/charged/pH7/report.json"
STAND_IN = """
from mdtools.errors import SettingsError, TryAgain
from workflow.jobs.log import logged

with open("began", "a") as file:
    file.write("x")
with logged(snakemake):
    print("placing groups")
    raise {error}
"""


@pytest.fixture
def place(tmp_path):
    """A copy of the workflow with a network that is there."""
    shutil.copy(ROOT / "Snakefile", tmp_path)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "workflow", tmp_path / "workflow", ignore=ignore)
    shutil.copy(TINY, tmp_path / "tiny.yaml")
    (tmp_path / NETWORK).mkdir(parents=True)
    for name in (storage.META, *storage.TABLES, "report.json", "events.csv"):
        (tmp_path / NETWORK / name).touch()
    return tmp_path


def run(place, profile: str, error: str):
    """Let the job of a layout end with an error; what Snakemake says."""
    (place / "workflow/scripts/stage.py").write_text(STAND_IN.format(error=error))
    words = ("--workflow-profile", f"workflow/profiles/{profile}", "--cores", "1", "--retries", "2")
    answer = snakemake("--configfile", "tiny.yaml", *words, CHARGED, cwd=place)
    assert answer.returncode == 1
    return answer.stdout + answer.stderr


def began(place) -> int:
    return len((place / "began").read_text())


def test_a_job_that_ended_for_good_is_not_repeated_until_a_new_command(place):
    said = run(place, "laptop", "SettingsError('layouts: pH7 has more groups than sites')")
    assert (began(place), "Trying to restart" in said) == (1, False)
    # In a line of its own, as this profile says little; others show the whole log.
    log = "results/tiny/logs/charged_pH7.log"
    assert f"charged ({log}): layouts: pH7 has more groups than sites\n" in said
    said = run(place, "default", "TryAgain('walltime')")
    assert began(place) == 1 + 3
    assert f"Logfile {log}:" in said and "placing groups" in said


@pytest.mark.parametrize(("code", "final"), [(1, False), (75, False), (78, True)])
def test_a_command_of_the_shell_leaves_the_same_note_and_shows_the_end_of_its_log(
    tmp_path, code, final
):
    log = tmp_path / "a job.log"
    log.write_text("".join(f"line {n}\n" for n in range(100)) + "walltime\n")
    words = [sys.executable, "-m", "workflow.jobs.failed", str(log), str(code)]
    answer = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True)
    assert answer.returncode == code
    assert failed.is_final([str(log)]) == final
    assert answer.stderr.endswith("\nline 99\nwalltime\n\n") and "line 50" not in answer.stderr


@pytest.mark.parametrize("name", ["default", "laptop", "workstation", "slurm"])
def test_every_profile_shows_the_logs_of_failed_jobs(name):
    settings = yaml.safe_load((ROOT / "workflow/profiles" / name / "config.yaml").read_text())
    assert settings["show-failed-logs"] is True
