"""Tables as papers print them: what docs/tables.md shows, and what is wrong in others."""

import re
from pathlib import Path

import numpy as np
import pytest

from analysis.continuum.acidity import nf270_zeta, read_sites, read_zeta
from analysis.continuum.characterize.faults import MeasurementsError
from membranes.layouts.site_densities import measured_sites
from tests.examples import run_examples

PAGE = Path(__file__).parents[4] / "docs" / "tables.md"
NAMED_FILE = re.compile(r"`([\w.]+)`[^`]*?\n```(?:csv|yaml)\n(.*?)```", re.DOTALL)


def test_every_block_of_the_page_is_read_as_it_says(tmp_path, monkeypatch):
    text = PAGE.read_text(encoding="utf-8")
    files = dict(NAMED_FILE.findall(text))
    assert set(files) == {"rejections.csv", "rejections.yaml", "zeta.csv", "sites.csv"}
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    outcome = run_examples(text, said.append)
    assert outcome.attempted == 10
    assert outcome.failed == 0, "".join(said)


def written(folder, text, name="table.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_potentials_of_the_package_are_read_from_a_table_of_theirs(tmp_path):
    known = [zeta for zeta in nf270_zeta() if np.isfinite(zeta.millivolt)]
    lines = [f"{zeta.pH};{zeta.millivolt / 1000};0" for zeta in known]
    table = "\n".join(["pH;zeta (V);sd (V)", *lines])
    found = read_zeta(written(tmp_path, table))
    assert [(z.pH, z.sign) for z in found] == [(z.pH, z.sign) for z in known]
    assert [z.millivolt for z in found] == pytest.approx([z.millivolt for z in known])


def test_counted_sites_are_those_of_the_package_per_pore_fluid(tmp_path):
    points = measured_sites()
    lines = ["pH,NH2+_per_nm2,COO-_per_nm2"]
    for row in points.itertuples():
        cells = (
            [f"{row.density_per_nm2}", ""] if row.kind == "NH2+" else ["", f"{row.density_per_nm2}"]
        )
        lines.append(",".join([f"{row.pH}", *cells]))
    path = written(tmp_path, "\n".join(lines))
    sites = read_sites(path, [7.0, 10.0], thickness_nm=13.2, porosity=0.25)
    per_m3 = 1e27 / 6.02214076e23 / 13.2 / 0.25
    assert sites.negative == pytest.approx(per_m3 * np.array([2.030, 5.223]))
    between = 0.519 + (1.038 - 0.519) * (10.0 - 9.96) / (10.5 - 9.96)
    assert sites.positive[1] == pytest.approx(per_m3 * between)


def test_sites_per_volume_need_no_thickness(tmp_path):
    path = written(tmp_path, "pH\tcarboxylate (mol/m3)\n2\t10\n10\t400\n")
    sites = read_sites(path, 6.0, porosity=0.5)
    assert (sites.negative.tolist(), sites.positive.tolist()) == ([410.0], [0.0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pH,mV\n3,1\n", "0 columns for one that says zeta and its unit"),
        ("pH,zeta (mV)\n3,n.d.\n", "line 2, column 'zeta .mV.': 'n.d.', allowed is a number"),
        ("# read off figure 3\n\npH,zeta (mV)\n3,1\n# twice\n30,1\n", "line 6, column 'pH': 30"),
        ("pH,zeta (mV)\n30,1\n", "line 2, column 'pH': 30, allowed is a pH of 0 to 14"),
        ("pH,zeta (mV)\n3,-1800\n", "up to 300 mV: is it mV"),
        ("pH,zeta (mV)\n", "no measurement"),
    ],
)
def test_a_wrong_table_of_potentials_is_refused_by_line_and_column(tmp_path, text, message):
    with pytest.raises(MeasurementsError, match=message):
        read_zeta(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("pH,COO- (sites/nm2)\n3,1\n9,2\n", {}, "is per area, allowed is thickness_nm"),
        ("pH,COO-\n3,1\n9,2\n", {"thickness_nm": 20}, "no unit, allowed is sites/nm2 or mol/m3"),
        (
            "pH,COO- (sites/nm2)\n6,1\n9,2\n",
            {"thickness_nm": 20},
            "pH 5 of 'COO- .sites/nm2.', allowed is 6 to 9",
        ),
        ("pH,COO- (sites/nm2)\n3,-1\n9,2\n", {"thickness_nm": 20}, "line 2, .*: -1, allowed is 0"),
        ("pH,sites\n3,1\n", {"thickness_nm": 20}, "no column of sites"),
    ],
)
def test_a_wrong_table_of_sites_is_refused_by_line_and_column(tmp_path, text, options, message):
    with pytest.raises(MeasurementsError, match=message):
        read_sites(written(tmp_path, text), 5.0, **options)


@pytest.mark.parametrize(
    ("headings", "row", "sign", "millivolt"),
    [
        ("pH,zeta (v),sd (mV)", "7,-0.02,1", -1, -20),
        ("pH,zeta (mV),standard deviation (mV)", "7,0.5,5", 0, 0.5),
        ("pH,SD pH,zeta (mV)", "7,9,-5", -1, -5),
    ],
)
def test_a_unit_is_that_of_its_own_heading(tmp_path, headings, row, sign, millivolt):
    (found,) = read_zeta(written(tmp_path, f"{headings}\n{row}\n"))
    assert (found.sign, found.millivolt) == (sign, pytest.approx(millivolt))


@pytest.mark.parametrize("text", ["pH,zeta (mV)\n7,nan\n", "pH,zeta (mV)\n7,inf\n"])
def test_what_is_no_finite_number_is_refused(tmp_path, text):
    with pytest.raises(MeasurementsError, match="line 2.*decimal point"):
        read_zeta(written(tmp_path, text))


def test_millimoles_are_no_moles(tmp_path):
    table = written(tmp_path, "pH,COO- (mmol/m3)\n3,100\n9,200\n")
    with pytest.raises(MeasurementsError, match="no unit"):
        read_sites(table, at=7)


def test_a_table_without_charge_is_one(tmp_path):
    table = written(tmp_path, "pH,COO- (mol/m3)\n3,0\n9,0\n")
    assert not read_sites(table, at=7).negative.any()
