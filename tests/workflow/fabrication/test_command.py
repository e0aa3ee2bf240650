"""The command that makes the films of a study, on the smallest one."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from workflow.cli.main import app
from workflow.fabrication.files import FIGURES, TABLES

TINY = Path(__file__).parents[2] / "data" / "tiny_fabrication.yaml"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("fabrication")
    done = CliRunner().invoke(app, ["fabricate", str(TINY), "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out


def test_a_study_goes_from_its_file_to_tables_figures_and_page(made):
    for name in TABLES:
        # Whether statements hold for films so small is chance, which differs between processors.
        rows = len(pd.read_csv(made / "tables" / f"{name}.csv"))
        assert rows or name == "reasons", name
    for name in FIGURES:
        assert (made / "figures" / f"{name}.png").stat().st_size > 10_000
    page = (made / "report.html").read_text()
    assert "O/N rises with malonyl chloride" in page
    assert "tenth of" in page
    assert "What does not come out, and why" in page and "data:image/png" in page
    for path in re.findall(r'(?:href)="((?:tables|figures)/[^"]+)"', page):
        assert (made / path).is_file(), path


def test_the_page_gives_a_reason_for_every_statement_that_does_not_come_out(made):
    trends = pd.read_csv(made / "tables" / "trends.csv")
    wrong = set(trends[trends.outcome.isin(["sign wrong", "contradicted"])].statement)
    assert set(pd.read_csv(made / "tables" / "reasons.csv").statement) == wrong


def test_films_of_one_repeat_begin_alike_and_are_counted_to_the_end(made):
    reports = {
        name: json.loads((made / "films" / name / "repeat2" / "report.json").read_text())
        for name in ("8P10-H30", "8P10-0.5MC30")
    }
    plain, second = (report["steps"] for report in reports.values())
    assert plain[:4] == second[:4]
    amidation = next(step for step in second if step["step"] == "second_amidation")
    network = reports["8P10-0.5MC30"]["network"]
    rinsed = next(step for step in second[::-1] if step["step"] == "leach")
    assert network["amide_bonds"] == plain[1]["amides"] + amidation["amides"]
    bound = amidation["grafts"] + amidation["bridges"]
    assert network["monomers"].get("MC", 0) == bound
    assert rinsed["residues_left"] == sum(network["monomers"].values())


def test_a_finished_film_is_taken_from_its_steps(made, monkeypatch):
    monkeypatch.setattr("workflow.fabrication.write.write", lambda *_: None)
    again = CliRunner().invoke(app, ["fabricate", str(TINY), "--out", str(made)])
    assert again.exit_code == 0
    assert "step 1 of" not in again.output


def test_a_wrong_file_ends_the_command_with_one_line(tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text(TINY.read_text().replace("8P10-0.5MC30", "8P10-0.5AC30"))
    done = CliRunner().invoke(app, ["fabricate", str(path), "--out", str(tmp_path)])
    assert done.exit_code == 78
    assert done.stderr.startswith(
        f"fabricate: {path}:6: membranes.1: value 8P10-0.5AC30: reagent AC"
    )


def test_a_leach_of_everything_ends_the_command_with_the_numbers(tmp_path, made):
    path = tmp_path / "leach.yaml"
    text = TINY.read_text().replace("leach: {largest_residues: 1}", "leach: {largest_residues: 14}")
    path.write_text(text.replace("8P10-H30, 8P10-0.5MC30", "8P10-H30"))
    done = CliRunner().invoke(app, ["fabricate", str(path), "--out", str(made)])
    assert done.exit_code == 78
