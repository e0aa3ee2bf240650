"""Help is quick: what takes seconds to import waits for who needs it."""

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
