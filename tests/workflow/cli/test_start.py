"""Help is quick: what takes seconds to import waits for who needs it."""

import os
import subprocess
import sys

import pytest

from tests.workflow.conftest import ROOT

SLOW = {"numpy", "pandas", "scipy", "openmm", "matplotlib", "MDAnalysis", "numba", "snakemake"}
HELP = """
import sys
from typer.main import get_command
from workflow.cli.main import app

def show(command, path):
    try:
        command.main([*path, "--help"], prog_name="polyamide")
    except SystemExit as end:
        assert not end.code, path
    for name, inner in getattr(command, "commands", {}).items():
        show(inner, [])
        seen.append(name)

seen = []
show(get_command(app), [])
print(len(seen), *sorted(SLOW & sys.modules.keys()), file=sys.stderr)
"""


def test_help_of_every_command_loads_nothing_that_takes_seconds():
    words = [sys.executable, "-c", f"SLOW = {SLOW!r}\n{HELP}"]
    answer = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    count, *loaded = answer.stderr.split()
    assert int(count) > 25
    assert loaded == []


REFUSED = [
    "advance none.yaml network",
    "analyse none.yaml --out x",
    "burst none.yaml --minutes 1",
    "compare none.yaml",
    "export crate none",
    "fabricate none.yaml --out x",
    "membranes build none.yaml --out x",
    "pack none.yaml cell pH7/NaCl --results x --record r",
    "permeance .",
    "plan none.yaml",
    "run none.yaml",
    "transport none.yaml pH7 NaCl 1 --until-ps 1 --record r",
]
ANSWERED = "dspmde --membrane NF270 --feed nacl --flux 1um/s"
SLOWEST = {"pandas", "MDAnalysis", "matplotlib", "numba", "snakemake", "scipy.special"}
RUN = """
import sys
from typer.testing import CliRunner
from workflow.cli.main import app

for words, code in REQUESTS:
    answer = CliRunner().invoke(app, words.split())
    assert answer.exit_code == code, (words, answer.output)
    assert not SLOWEST & sys.modules.keys(), (words, SLOWEST & sys.modules.keys())
"""


def test_a_refusal_and_a_short_answer_load_nothing_that_takes_seconds(tmp_path):
    requests = [*((words, 78) for words in REFUSED), (ANSWERED, 0)]
    script = f"REQUESTS = {requests!r}\nSLOWEST = {SLOWEST!r}\n{RUN}"
    words = [sys.executable, "-c", script]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    answer = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert list(tmp_path.iterdir()) == []


CONTINUUM = "import sys, analysis.continuum; print('scipy' in sys.modules, 'numpy' in sys.modules)"


def test_continuum_is_loaded_when_a_name_of_it_is_used():
    words = [sys.executable, "-c", CONTINUUM]
    answer = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "False"]


def test_every_public_name_of_continuum_is_there():
    import analysis.continuum

    for name in analysis.continuum.__all__:
        assert getattr(analysis.continuum, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'none'"):
        analysis.continuum.none  # noqa: B018
