"""What `polyamide compare` says and writes, and what it refuses in one line."""

import json

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from tests.analysis.comparison.parameters.results_of_hand import hydrated, network
from tests.workflow.conftest import TINY, changed
from workflow.cli.main import app
from workflow.cli.terminal import read_campaign


def compared(*arguments):
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


@pytest.fixture
def campaign(tmp_path):
    """A campaign of one layout whose membrane is in water, and no run."""
    place = tmp_path / "campaign.yaml"
    options = {"pore_radius_nm": 0.5, "pressures_bar": [10], "tolerance": 0.01}
    changes = {"layouts": ["pH7"], "comparison": options, "cell.waters_per_reservoir": 2000}
    data = changed(yaml.safe_load(TINY.read_text()), changes)
    place.write_text(yaml.safe_dump(data))
    hydrated(network(tmp_path / "results"))
    return place


def test_a_campaign_without_runs_has_its_twin(campaign, tmp_path):
    answer = compared(campaign, "--results", tmp_path / "results", "--out", tmp_path / "out")
    assert answer.exit_code == 0, answer.output
    assert "no run" in answer.output and "the twin stands alone" in answer.output
    table = pd.read_csv(tmp_path / "out/md_and_continuum.csv")
    assert table.md.isna().all() and set(table.layout) == {"pH7"}


def test_figures_have_the_tables_of_a_burst_and_how_atoms_moved(campaign, tmp_path, monkeypatch):
    home = tmp_path / "results/burst/observables/pH7/NaCl"
    home.mkdir(parents=True)
    (home / "z_pdf.csv").write_text("trial\n1\n")
    given = {}

    def draw(directory, observed, **options):
        given.update(options, homes=observed.directories)
        return {}

    monkeypatch.setattr("analysis.figures.comparison.draw_written", draw)
    where = ("--results", tmp_path / "results", "--out", tmp_path / "out")
    answer = compared(campaign, *where, "--json", "--quiet")
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout) and "Figures" not in answer.stderr
    assert given["homes"] == {("pH7", "NaCl"): home}
    assert given["dynamics"] == read_campaign(campaign).transport.dynamics


@pytest.mark.parametrize(
    ("what", "arguments", "line"),
    [
        ("none.yaml", (), "No such file"),
        ("campaign.yaml", ("--results", "nowhere"), "compare: no results at nowhere"),
        ("study.yaml", ("--results", "."), "a study needs --force"),
        ("wrong.yaml", ("--results", ".", "--force", "0"), "yaml:2: sugar: value 1: no such key"),
        ("campaign.yaml", ("--force", "0.072"), "--force is of no use for a campaign"),
        ("study.yaml", ("--processes", "2"), "--processes is of no use for a study"),
        ("study", ("--pore-radius-nm", "0.5"), "--pore-radius-nm is of no use for the published"),
        ("study", ("--no-figures",), "--no-figures is of no use for the published"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_line(
    campaign, tmp_path, monkeypatch, what, arguments, line
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text("topology: cell.psf\n")
    (tmp_path / "wrong.yaml").write_text("topology: cell.psf\nsugar: 1\n")
    answer = compared(what, *arguments)
    assert answer.exit_code == 78
    assert line in answer.output


def test_results_that_hold_nothing_are_told_and_drawn_as_such(campaign, tmp_path):
    (tmp_path / "empty").mkdir()
    answer = compared(campaign, "--results", tmp_path / "empty", "--out", tmp_path / "out")
    assert answer.exit_code == 0, answer.output
    assert "steady rejection of NaCl: no layout has a charge profile" in answer.output
    assert not len(pd.read_csv(tmp_path / "out/tables/profiles.csv"))
    assert (tmp_path / "out/figures/twin_mean_z.png").is_file()


def test_a_damaged_table_of_runs_is_named(campaign, tmp_path):
    home = tmp_path / "results/observables/pH7/NaCl"
    home.mkdir(parents=True)
    (home / "mean_z.csv").write_text("")
    answer = compared(campaign, "--results", tmp_path / "results", "--no-figures")
    told = " ".join(answer.output.split())
    assert "observables/pH7/NaCl/mean_z.csv is damaged): the twin stands alone" in told


def test_an_ion_that_pores_keep_out_is_told(campaign, tmp_path):
    arguments = ("--results", tmp_path / "results", "--no-figures", "--pore-radius-nm", "0.15")
    answer = compared(campaign, *arguments)
    told = " ".join(answer.output.split())
    assert "Twin of pH7 NaCl: Na+ is as large as the pores" in told
