"""Programs that stand in the way of Slurm's while its controller does not answer."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.workflow.conftest import ROOT
from workflow.cluster import programs

SILENT = "sbatch: error: Batch job submission failed: Unable to contact slurm controller"
LOST = "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation"


@pytest.fixture
def call(tmp_path):
    """Function that calls a program with stand-ins for the real ones behind it."""
    behind, front = tmp_path / "behind", tmp_path / "front"
    behind.mkdir()
    programs.install(front, {"MinJobAge": "300 sec"})

    def called(program: str, *words: str, patience_s: float = 60, text: str = "", **scripts: str):
        for name, script in scripts.items():
            path = behind / name
            path.write_text(f"#!/bin/sh\ncd {tmp_path}\necho x >> asked_{name}\n{script}\n")
            path.chmod(0o755)
        environment = os.environ | {
            "PATH": f"{front}:{behind}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            programs.PATIENCE: str(patience_s),
        }
        return subprocess.run(
            [program, *words], env=environment, input=text, capture_output=True, text=True
        )

    return called


def asked(place: Path, program: str) -> int:
    """How often a stand-in was called."""
    log = place / f"asked_{program}"
    return len(log.read_text().split()) if log.exists() else 0


def test_a_submission_is_repeated_until_the_controller_answers(call, tmp_path):
    script = f'[ $(wc -l < asked_sbatch) -ge 2 ] && {{ cat; exit 0; }}\necho "{SILENT}" >&2; exit 1'
    words = ["--parsable", "--job-name", "a", "--comment", "b", "/dev/stdin"]
    done = call("sbatch", *words, text="42\n", sbatch=script, squeue="exit 1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")
    assert (asked(tmp_path, "sbatch"), asked(tmp_path, "squeue")) == (2, 1)


def test_a_job_whose_number_was_lost_is_not_submitted_again(call, tmp_path):
    words = ["--job-name", "run", "--comment", "rule_transport_1", "--wrap=x"]
    done = call(
        "sbatch",
        *words,
        sbatch=f'echo "{LOST}" >&2; exit 1',
        squeue='echo "17|rule_transport_2"; echo "18|rule_transport_1"',
    )
    assert (done.returncode, done.stdout) == (0, "18\n")
    assert asked(tmp_path, "sbatch") == 1


def test_what_the_controller_refuses_is_refused_at_once(call, tmp_path):
    done = call("sbatch", sbatch='echo "sbatch: error: invalid partition specified" >&2; exit 1')
    assert (done.returncode, done.stderr) == (1, "sbatch: error: invalid partition specified\n")
    assert asked(tmp_path, "sbatch") == 1


def test_patience_ends(call, tmp_path):
    done = call("sbatch", patience_s=1, sbatch=f'echo "{SILENT}" >&2; exit 1')
    assert done.returncode == 1 and SILENT in done.stderr
    assert asked(tmp_path, "sbatch") == 1


def test_settings_of_a_silent_controller_are_those_from_before(call, tmp_path):
    failing = 'echo "Unable to contact slurm controller" >&2; exit 1'
    done = call("scontrol", "show", "config", scontrol=failing)
    assert (done.returncode, done.stdout) == (0, "MinJobAge = 300 sec\n")
    done = call("scontrol", "show", "config", scontrol='echo "MinJobAge = 60 sec"')
    assert done.stdout == "MinJobAge = 60 sec\n"
    assert call("scontrol", "show", "job", "1", scontrol=failing).returncode == 1


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_without_slurm_it_is_said(tmp_path, name):
    programs.install(tmp_path, {})
    only = {"PATH": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([tmp_path / name, "x"], env=only, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (127, f"{name}: not found\n")
