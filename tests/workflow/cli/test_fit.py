"""The command that fits a membrane to measured rejections."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner

from analysis.continuum.characterize import datasets, search
from tests.analysis.continuum.characterize.synthetic import MIXTURE, TRUTH, rows
from tests.workflow.conftest import ROOT, TINY
from tests.workflow.separate import snakemake
from workflow.cli.main import app
from workflow.fitting.files import FIGURES, REHMAN_FIGURES, REPORT, SUMMARY, TABLES
from workflow.pages.fit import parameter_rows

NOISE = (0.002, -0.001, 0.001, -0.002)
HELD = ("--fix", "r_p=0.5nm", "--fix", "d=1.2um", "--bounds", "X=-100:0")
"""Leaves permittivity and charge free."""
ONE = (*HELD[:4], "--fix", "eps_p=42", *HELD[4:])


def invoke(*arguments):
    return CliRunner().invoke(app, ["fit", *map(str, arguments)])


def refused(*arguments) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 78, (result.stdout, result.stderr, result.exception)
    (line,) = result.stderr.strip().splitlines()
    return line


def lines(**changes) -> list[dict]:
    table = rows(MIXTURE, fluxes=(4.0, 20.0))
    for number, line in enumerate(table):
        line["rejection"] = round(line["rejection"] + NOISE[number % 4], 6)
    return [line | changes for line in table]


def write(path: Path, table: list[dict]) -> Path:
    pd.DataFrame(table).to_csv(path, index=False)
    return path


@pytest.fixture
def data(tmp_path):
    return write(tmp_path / "mine.csv", lines())


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A fit of two parameters with everything it writes."""
    place = tmp_path_factory.mktemp("fit")
    path = write(place / "mine.csv", lines())
    result = invoke(path, *HELD, "--sd", "0.002", "--out", place / "out", "--seed", "3")
    assert result.exit_code == 0, (result.stderr, result.exception)
    return place / "out", result


def test_planted_parameters_come_back_with_intervals_that_hold_them(written):
    out, _ = written
    table = pd.read_csv(out / "parameters.csv").set_index("parameter")
    for name in ("pore_permittivity", "charge_density"):
        row = table.loc[name]
        assert row.free and row.low < TRUTH[name] < row.high
        assert row.value == pytest.approx(TRUTH[name], rel=0.1)
    assert not table.loc["pore_radius"].free
    assert table.loc["pore_radius"].value == pytest.approx(0.5e-9)


def test_everything_that_the_rule_promises_is_written(written):
    out, result = written
    for name in TABLES:
        assert len(pd.read_csv(out / f"{name}.csv")), name
    for name in FIGURES:
        with Image.open(out / "figures" / f"{name}.png") as image:
            assert image.text["Description"].startswith("M, mine.")
        assert (out / "figures" / f"{name}.pdf").stat().st_size > 5000
        assert len(pd.read_csv(out / "figures" / f"{name}.csv"))
    assert str(out / REPORT) in result.stdout


def test_the_summary_tells_how_to_do_it_again(written):
    summary = json.loads((written[0] / SUMMARY).read_text())
    provenance = summary["provenance"]
    assert provenance["seed"] == 3 and set(provenance["versions"]) >= {"python", "numpy"}
    assert provenance["question"]["fix"] == ["r_p=0.5nm", "d=1.2um"]
    assert re.fullmatch(r"[0-9a-f]{64}", provenance["data"]["sha256"]["mine.csv"])
    assert "hindrance" in summary["assumptions"] and "prior" in summary["assumptions"]
    assert summary["converged"] and 0 < summary["p_value"] < 1
    assert str(written[0]) not in json.dumps(summary)


def test_bands_hold_the_best_fit_and_the_measurements_nearly(written):
    bands = pd.read_csv(written[0] / "bands.csv")
    assert (bands.low <= bands["median"]).all() and (bands["median"] <= bands.high).all()
    residuals = pd.read_csv(written[0] / "residuals.csv")
    assert (
        (residuals.low - 0.006 < residuals.rejection)
        & (residuals.rejection < 0.006 + residuals.high)
    ).all()


def test_the_page_needs_nothing_beside_it_and_is_small(written):
    out, _ = written
    page = (out / REPORT).read_text()
    assert len(page) < 5_000_000 and "http" not in re.sub(r'src="data:[^"]*"', "", page)
    assert page.count("data:image/png;base64,") == len(FIGURES)
    for target in re.findall(r'href="([^#"]+)"', page):
        assert (out / target).exists(), target
    best = pd.read_csv(out / "parameters.csv").set_index("parameter").value["pore_permittivity"]
    assert f'<td class="number">{best:.3g}</td>' in page
    assert "probability of a larger chi²" in page


def test_the_table_shows_intervals_in_usual_units(written):
    _, result = written
    assert re.search(r"charge density +−\d+\.\d +−\d+\.?\d* to −\d+", result.stdout)
    assert re.search(r"pore radius +0\.5 +nm +fixed", result.stdout)
    assert "hindrance: dechadilok-deen" in result.stdout


def test_a_fit_that_does_not_converge_says_so_and_ends_with_65(data, monkeypatch):
    monkeypatch.setattr(search, "LOCAL_STEPS", 0)
    result = invoke(data, *HELD, "--no-profiles", "--no-bands")
    assert result.exit_code == 65, result.stderr
    assert "the fit did not converge: its numbers are where it stopped" in result.stderr


def test_warnings_come_first_class(data, tmp_path):
    result = invoke(
        *(data, *ONE[:6], "--bounds", "X=-30:0", "--no-profiles", "--no-bands"),
        *("--out", tmp_path / "o"),
    )
    assert result.exit_code == 0, result.stderr
    warned = [line for line in result.stderr.splitlines() if line.startswith("warning: ")]
    assert any("charge_density ended at its lower bound" in line for line in warned)
    assert "at its lower bound: no estimate" in result.stdout
    page = (tmp_path / "o" / REPORT).read_text()
    assert page.index("ended at its lower bound") < page.index('id="parameters"')
    assert json.loads((tmp_path / "o" / SUMMARY).read_text())["warnings"]
    assert not (tmp_path / "o" / "profiles.csv").exists()


def test_one_parameter_at_its_bound_is_said_of_that_one_alone():
    table = pd.DataFrame(
        {
            "parameter": ["pore_radius", "charge_density"],
            "value": [0.5e-9, -30.0],
            "low": np.nan,
            "high": np.nan,
            "open_low": None,
            "open_high": None,
            "free": True,
            "at_bound": [None, "lower"],
        }
    )
    assert [row.note for row in parameter_rows(table)] == ["", "at its lower bound: no estimate"]


def test_json_is_one_document(data):
    result = invoke(data, *ONE, "--no-profiles", "--json")
    found = json.loads(result.stdout)
    assert {row["parameter"] for row in found["parameters"]} == set(TRUTH)


def test_a_map_names_the_columns_of_a_foreign_table(tmp_path):
    table = [
        {"Jw": line["flux_um_s"] * 3.6, "what": line["ion"], "R": 100 * line["rejection"]}
        for line in lines()
    ]
    columns = {
        "membrane": {"value": "M"},
        "flux": {"column": "Jw", "unit": "lmh"},
        "ion": "what",
        "rejection": {"column": "R", "unit": "percent"},
        "concentration": {ion: {"value": c, "unit": "mol/m3"} for ion, c in MIXTURE.items()},
    }
    (tmp_path / "map.yaml").write_text(yaml.safe_dump(columns))
    path = write(tmp_path / "foreign.csv", table)
    result = invoke(path, "--columns", tmp_path / "map.yaml", *ONE, "--no-profiles", "--json")
    assert result.exit_code == 0, result.stderr
    best = {row["parameter"]: row["value"] for row in json.loads(result.stdout)["parameters"]}
    assert best["charge_density"] == pytest.approx(TRUTH["charge_density"], rel=0.1)


def test_list_names_every_published_data_set():
    text = invoke("--list").stdout
    assert all(name in text for name in datasets())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rejection": 58}, "mine.csv, line 2, column 'rejection': 58, allowed is a rejection up"),
        ({"rejection": "much"}, "line 2, column 'rejection': 'much', allowed is a number"),
        ({"sd": 0}, "line 2, column 'sd': 0, allowed is positive"),
        ({"ion": "Li+"}, "line 2: rejection of Li+, allowed is an ion of the feed"),
        ({"ion": "Na"}, "line 2, column 'ion': 'Na', allowed is one of"),
        ({"flux_um_s": -1}, "line 2, column 'flux_um_s': -1, allowed is positive"),
        ({"flux_um_s": ""}, "line 2: no flux and no pressure"),
        ({"flux_miles": 3}, "line 1, column 'flux_miles': unknown heading"),
        ({"feed_Na+_mol_m3": 20}, "feed is not neutral"),
        ({"ion": "Na+", "flux_um_s": 4, "rejection": 0.5}, "again, with the same conditions"),
    ],
)
def test_a_wrong_table_is_refused_in_one_line_with_its_place(tmp_path, changes, words):
    line = refused(write(tmp_path / "mine.csv", lines(**changes)))
    assert line.startswith("fit: ") and words in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--membrane", "other"), "nothing of membrane 'other'"),
        (("--fix", "r_p=1"), "--fix 'r_p=1': allowed is"),
        (
            ("--bounds", "eps_p=50:40"),
            "bounds of pore_permittivity are 50, 40, allowed is a rising",
        ),
        (("--charge-by", "ion"), "--charge-by is 'ion', allowed: membrane, feed, series"),
        (("--drive", "pressure"), "no pressure, allowed is one"),
        (("--drive", "wind"), "--drive is 'wind'"),
        (("--sd", "-1"), "--sd is -1"),
        (("--sd", "0"), "--sd is 0, allowed is positive"),
        (("--permeability", "11:0.5lmh/bar"), "--permeability has an sd, but the rejections have"),
        (("--hindrance", "deen"), "hindrance is 'deen', allowed: de"),
        (("--film", "thin"), "--film 'thin': allowed are numbers"),
        (("--level", "95"), "--level 95: allowed is between 0 and 1"),
        (("--pores", "square"), "--pores square: allowed is lognormal"),
        (("--pores", "lognormal", "--fix", "r_p=0.5nm"), "--pores: the pore radius is fixed"),
        (("--classical",), "--classical: "),
        (("--columns", "no.yaml"), "no.yaml: No such file"),
        (("--fix", "r_p=1nm", "--fix", "d=1um", "--fix", "eps_p=40", "--fix", "X=0"), "one free"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_fitted(data, arguments, words):
    assert words in refused(data, *arguments)


def test_fewer_data_than_parameters_are_refused(tmp_path):
    line = refused(write(tmp_path / "few.csv", lines()[:3]))
    assert "3 data for 4 free parameters, allowed are 5 or more" in line


def test_several_membranes_need_a_name():
    assert "NFX, NF90, NF270, allowed is one: name it by --membrane" in refused("wang_2023_lithium")


def test_a_name_that_is_neither_file_nor_data_set_is_refused():
    assert "did you mean 'foo-2023-nf270'?" in refused("foo-2023")
    assert "no such file" in refused("nowhere/mine.csv")
    assert "allowed is a CSV file, or a data set" in refused()


def test_a_file_in_the_place_of_the_directory_is_refused(data, tmp_path):
    (tmp_path / "out").write_text("here")
    assert "is a file, allowed is a directory" in refused(data, "--out", tmp_path / "out")


def test_workflow_knows_the_fits_as_targets(tmp_path):
    arguments = ("--snakefile", ROOT / "Snakefile", "--directory", tmp_path, "--configfile", TINY)
    arguments += ("--dry-run", "--cores", 1, "fits", "rehman")
    answer = snakemake(*arguments, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", answer.stdout, flags=re.MULTILINE))
    assert jobs == {"fit": "1", "fits": "1", "rehman": "1", "total": "3"}
    assert "results/fits/foo-2023-nf270/report.html" in answer.stdout
    assert all(f"results/rehman/{name}.pdf" in answer.stdout for name in REHMAN_FIGURES)
