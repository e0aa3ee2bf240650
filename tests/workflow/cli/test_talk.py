"""Every command can say less or more, and what it was asked for is always told."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from tests.workflow.conftest import ROOT
from workflow.campaign import packing
from workflow.campaign.stages import NAMES
from workflow.cli import errors, talk
from workflow.cli.main import app


@pytest.fixture
def program(monkeypatch):
    """A program of one command that tells a result, says something beside it, and may fail."""
    monkeypatch.delenv(errors.SHOW, raising=False)
    # Verbose commands set it for their process, which here goes on.
    monkeypatch.setenv(errors.SHOW, "")
    made = talk.Program(cls=errors.OneLine, add_completion=False, pretty_exceptions_enable=False)

    @made.callback()
    def _group() -> None:
        pass

    @made.command()
    def measure(fail: bool = False) -> None:
        """Measure."""
        print("on the way")
        talk.show("7 nm")
        if fail:
            raise ZeroDivisionError("nothing")

    return lambda words: CliRunner().invoke(made, ["measure", *words.split()])


@pytest.mark.parametrize(
    ("words", "said"), [("", "on the way\n7 nm\n"), ("--quiet", "7 nm\n"), ("-q", "7 nm\n")]
)
def test_a_quiet_command_tells_its_result_alone(program, words, said):
    answer = program(words)
    assert (answer.exit_code, answer.stdout, answer.stderr) == (0, said, "")


def test_a_verbose_command_tells_what_it_took_and_shows_tracebacks(program):
    answer = program("--verbose --fail")
    assert "s of processor time" in answer.stderr and "MB of memory" in answer.stderr
    assert isinstance(answer.exception, ZeroDivisionError)


def test_quiet_and_verbose_exclude_each_other(program):
    assert program("--quiet --verbose").exit_code == 78


LISTS = ["membranes list", "dspmde list", "fit --list", "plan tests/data/tiny.yaml", "doctor"]


def test_help_of_packs_names_what_tells_members_of_each_stage_apart():
    said = CliRunner().invoke(app, ["pack", "--help"]).stdout
    for stage in packing.STAGES:
        assert "/".join(NAMES[stage]).upper() in said


@pytest.mark.parametrize("words", LISTS)
def test_tables_are_there_as_json_also_of_quiet_commands(monkeypatch, words):
    monkeypatch.chdir(ROOT)
    answer = CliRunner().invoke(app, [*words.split(), "--json", "--quiet"])
    assert answer.exit_code == 0, answer.stderr
    assert json.loads(answer.stdout)


def test_numbers_that_are_not_finite_are_null_in_json(capsys):
    talk.show_json({"a": [float("nan"), 1.5], 2: (float("inf"),)})
    assert json.loads(capsys.readouterr().out) == {"a": [None, 1.5], "2": [None]}


def complete(line: str) -> list[str]:
    """What bash would offer for the last word of a line."""
    environment = {
        "_POLYAMIDE_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
    }
    answer = CliRunner().invoke(app, [], env=environment, prog_name="polyamide")
    assert answer.stderr == ""
    return answer.stdout.split()


def test_a_shell_is_offered_commands_campaigns_and_results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results" / "one" / "transport").mkdir(parents=True)
    (tmp_path / "results" / "two").mkdir()
    (tmp_path / "results" / "two" / "campaign.json").touch()
    (tmp_path / "results" / "other").mkdir()
    (tmp_path / "mine.yaml").touch()
    (tmp_path / "mine.txt").touch()
    assert complete("polyamide fabri") == ["fabricate"]
    assert complete("polyamide status res") == ["results/one", "results/two"]
    assert complete("polyamide status results/t") == ["results/two"]
    assert complete("polyamide plan mi") == ["mine.yaml"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("polyamide membranes export pip-tmc-2020", ["pip-tmc-2020"]),
        ("polyamide dspmde --membrane NF270-m", ["NF270-micari"]),
        ("polyamide dspmde --feed seaw", ["seawater"]),
        ("polyamide fit foo", ["foo-2023-nf270"]),
        ("polyamide run x.yaml --profile work", ["workstation"]),
    ],
)
def test_a_shell_is_offered_names(line, offered):
    assert complete(line) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_installed_for_a_shell(shell, tmp_path):
    environment = os.environ | {
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
    }
    words = [sys.executable, "-m", "workflow", "--install-completion", shell]
    subprocess.run(words, env=environment, check=True, capture_output=True, timeout=60)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("_POLYAMIDE_COMPLETE" in path.read_text() for path in written)
