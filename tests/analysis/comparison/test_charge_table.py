"""The table of fixed charge of a comparison holds every group, and each sign by itself."""

import json

import pytest

from analysis.comparison.compare import compare

GROUPS = "kind,z_nm\nCOO-,-1.9\nCOO-,-1.8\nNH2+,-1.85\nNH2+,0.6\n"
SETTINGS = {
    "layouts": ["pH7", "none"],
    "salts": {"NaCl": {"ions": {"Na+": 10, "Cl-": 10}}},
    "analysis": {"level": 0.95},
}


def test_charges_of_each_sign_add_up_to_the_groups_in_their_bins(tmp_path):
    (tmp_path / "charged/pH7").mkdir(parents=True)
    (tmp_path / "charged/pH7/groups.csv").write_text(GROUPS)
    (tmp_path / "network").mkdir()
    report = {"box_nm": [5.0, 4.0, 6.0], "dense_region_nm": [-2.0, 2.0]}
    (tmp_path / "network/report.json").write_text(json.dumps(report))
    found = compare(tmp_path, SETTINGS)
    table = found.tables["charge_profiles"]
    assert set(table.layout) == {"pH7"} and len(table) == 16
    assert (table.positive_charge_e.sum(), table.negative_charge_e.sum()) == (2, -2)
    assert table.charge_e.to_numpy() == pytest.approx(
        (table.positive_charge_e + table.negative_charge_e).to_numpy()
    )
    first = table.iloc[0]
    assert (first.positive_charge_e, first.negative_charge_e, first.charge_e) == (1, -2, -1)
    per_e = 1 / (0.25 * 5 * 4 * 1e-27 * 6.02214076e23)
    assert first.positive_charge_density_mol_m3 == pytest.approx(per_e)
    assert first.negative_charge_density_mol_m3 == pytest.approx(-2 * per_e)
    missing = found.tables["missing"]
    assert list(missing.layout[missing.of == "charge profile"]) == ["none"]


def test_without_groups_the_table_has_its_columns(tmp_path):
    table = compare(tmp_path, SETTINGS).tables["charge_profiles"]
    assert not len(table) and "negative_charge_density_mol_m3" in table
