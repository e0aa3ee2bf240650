"""What `polyamide compare` says and writes, and what it refuses in one line."""

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from tests.analysis.comparison.results_of_hand import hydrated, network
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
    answer = compared(campaign, "--results", tmp_path / "results", "--out", tmp_path / "out")
    assert answer.exit_code == 0, answer.output
    assert given["homes"] == {("pH7", "NaCl"): home}
    assert given["dynamics"] == read_campaign(campaign).transport.dynamics


@pytest.mark.parametrize(
    ("what", "arguments", "line"),
    [
        ("none.yaml", (), "No such file"),
        ("campaign.yaml", ("--results", "nowhere"), "compare: no results at nowhere"),
        ("study.yaml", ("--results", "."), "a study needs --force"),
        ("study", ("--no-figures",), "takes --out and --processes alone"),
        ("wrong.yaml", ("--results", ".", "--force", "0"), "sugar: no such key"),
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
