"""Files to start from are whole, and overwrite nothing."""

import re
import shlex

import pytest
import yaml
from typer.testing import CliRunner

from tests.workflow.conftest import ROOT
from workflow.campaign.model import Campaign, plain
from workflow.cli import init
from workflow.cli.main import app
from workflow.cli.study_file import read_study

CAMPAIGNS = [kind for kind in init.Kind if kind is not init.Kind.study]


@pytest.mark.parametrize("kind", CAMPAIGNS)
def test_a_campaign_to_start_from_is_that_of_its_kind_named_after_its_file(kind, tmp_path):
    (tmp_path / "of mine").mkdir()
    path = tmp_path / "of mine" / "my-own.yaml"
    answer = CliRunner().invoke(app, ["init", kind.value, "--out", str(path)])
    assert answer.exit_code == 0, answer.stderr
    # As one word for a shell, and without the breaks of a narrow terminal.
    said = answer.stdout.replace("\n", " ")
    assert shlex.split(said[said.index("polyamide plan") :]) == ["polyamide", "plan", str(path)]
    shipped = plain(Campaign.read(ROOT / "config" / f"{kind.value}.yaml"))
    assert plain(Campaign.read(path)) == shipped | {"name": "my-own"}
    lines = path.read_text().splitlines()
    for block in yaml.safe_load(path.read_text()):
        before = lines[next(i for i, line in enumerate(lines) if line.startswith(f"{block}:")) - 1]
        assert before.startswith("# "), block


@pytest.mark.parametrize("kind", CAMPAIGNS)
def test_what_the_package_has_is_the_shipped_campaign(kind):
    own = ROOT / "workflow" / "starts" / f"{kind.value}.yaml"
    assert own.read_text() == (ROOT / "config" / own.name).read_text(), "make generated"


def test_a_study_to_start_from_is_sound_once_its_files_are_there(tmp_path):
    path = tmp_path / "study.yaml"
    assert CliRunner().invoke(app, ["init", "study", "--out", str(path)]).exit_code == 0
    for name in ("system.psf", "run1_a.dcd", "run1_b.dcd", "run2_1.dcd", "run2_10.dcd"):
        (tmp_path / name).touch()
    study = read_study("analyse", path)
    assert [file.name for file in study.trials[2]] == ["run2_1.dcd", "run2_10.dcd"]


def test_keys_that_are_commented_out_in_a_study_are_sound_too(tmp_path):
    path = tmp_path / "study.yaml"
    CliRunner().invoke(app, ["init", "study", "--out", str(path)])
    text = path.read_text()
    path.write_text(re.sub(r"^( *)# (\w+: )", r"\1\2", text, flags=re.MULTILINE))
    for name in ("system.psf", "run1_a.dcd", "run1_b.dcd", "run2_1.dcd"):
        (tmp_path / name).touch()
    assert read_study("analyse", path).selections.pistons == ("segid GRF1", "segid GRF2")


def test_no_file_is_overwritten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo.yaml").write_text("mine")
    answer = CliRunner().invoke(app, ["init"])
    assert answer.exit_code == 78 and "demo.yaml is there already" in answer.stderr
    assert (tmp_path / "demo.yaml").read_text() == "mine"
