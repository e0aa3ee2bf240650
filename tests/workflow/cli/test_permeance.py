"""The command that makes a permeance of campaigns at several pressures, on planted fluxes."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from mdtools.options import DriveOptions
from workflow.cli.main import app

SLOPE_L_M2_H_BAR, OSMOTIC_MPA = 60.0, 5.0


def results(root: Path, drive: DriveOptions, flux: float, dry: bool = False) -> Path:
    """Results of a campaign as far as the command reads them: three trials of one layout."""
    name = "-".join(drive.kinds) or "none"
    home = root / f"{name}{drive.pressure_difference_MPa:g}"
    tables = home / "observables" / "pH7" / "NaCl"
    tables.mkdir(parents=True)
    settings = {"transport": {"drive": drive.model_dump(mode="json")}, "comparison": {}}
    (home / "campaign.json").write_text(json.dumps(settings))
    noise = 300 * np.random.default_rng(int(flux) % 97).normal(size=3)
    rows = [
        {
            "definition": definition,
            "trial": trial,
            "flux_l_m2_h": flux + off,
            "note": "dry feed in trial 1" if dry and trial == "1" else "",
        }
        for definition in ("water through planes", "water by pistons")
        for trial, off in zip(("1", "2", "3", "all"), [*noise, noise.mean()], strict=True)
    ]
    pd.DataFrame(rows).to_csv(tables / "water_flow.csv", index=False)
    faces = [("feed face", -26.0), ("permeate face", 24.0), ("feed piston", -60.0)]
    extent = [{"place": place, "trial": "all", "z_angstrom": z} for place, z in faces]
    pd.DataFrame(extent).to_csv(tables / "extent.csv", index=False)
    return home


def pushed(pressure: float) -> DriveOptions:
    if not pressure:
        return DriveOptions(kind="none")
    return DriveOptions(kind="pressure", pressure_difference_MPa=pressure)


@pytest.fixture
def ladder(tmp_path):
    """Four pressures of a linear membrane whose feed ran dry at the last."""
    return [
        results(
            tmp_path,
            pushed(pressure),
            10 * SLOPE_L_M2_H_BAR * (pressure - OSMOTIC_MPA),
            dry=pressure == 150,
        )
        for pressure in (0.0, 50.0, 100.0, 150.0)
    ]


def asked(*words):
    return CliRunner().invoke(app, ["permeance", *map(str, words)])


def test_a_ladder_of_campaigns_becomes_a_permeance_beside_others(ladder, tmp_path):
    out = tmp_path / "out"
    found = asked(*ladder, "--out", out)
    assert found.exit_code == 0, found.output
    table = pd.read_csv(out / "permeance.csv").set_index("definition")
    for row in table.itertuples():
        assert row.low_l_m2_h_bar < SLOPE_L_M2_H_BAR < row.high_l_m2_h_bar
        assert row.offset_MPa == pytest.approx(OSMOTIC_MPA, abs=1.5)
        assert (row.from_MPa, row.to_MPa, row.points) == (0, 150, 12)
        assert row.thickness_angstrom == 50
        assert row.note == "the feed ran dry at 150 MPa, up to which its flux counts"
    beside = pd.read_csv(out / "beside.csv")
    # Hagen and Poiseuille: 0.49 nm, 790 nm, 0.89 mPa s; through 5 nm 158 times as much.
    whole, thin = beside.permeance_l_m2_h_bar[:2]
    assert whole == pytest.approx(0.49e-9**2 / (8 * 0.89e-3 * 790e-9) * 3.6e11, rel=5e-3)
    assert thin / whole == pytest.approx(158)
    assert beside.source.str.startswith("measured").sum() == 4
    assert "linear from 0 to 150 MPa" in found.stdout and "beside: continuum" in found.stdout
    drawn = {path.name for path in out.glob("flux_over_pressure.*")}
    assert drawn == {f"flux_over_pressure.{ending}" for ending in ("png", "pdf", "csv", "txt")}


def test_what_is_no_ladder_is_refused_in_one_line(ladder, tmp_path):
    body = results(tmp_path, DriveOptions(), 1.0)
    empty = tmp_path / "empty"
    empty.mkdir()
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "campaign.json").write_text((ladder[1] / "campaign.json").read_text())
    doubled = results(tmp_path / "other", pushed(50.0), 1.0)
    settings = json.loads((doubled / "campaign.json").read_text())
    settings |= {"cell": {"waters_per_reservoir": 7}, "name": "other"}
    settings["transport"] |= {"friction_per_ps": 1.0, "duration_ns": 9.0}
    (doubled / "campaign.json").write_text(json.dumps(settings))
    for wrong, said in (
        ([ladder[0], doubled], f"differs from {ladder[0]} in cell, transport.friction_per_ps: all"),
        ([ladder[0], ladder[1], ladder[1] / "../pressure50"], "is given twice: allowed is each"),
        ([ladder[1]], "has runs at 50 MPa alone, a slope needs 2 pressures at least: allowed are"),
        ([ladder[0], body], "was driven by a body force, which drags water along"),
        ([ladder[0], empty], "holds no results of a campaign"),
        ([ladder[0], bare], "has no table water_flow"),
    ):
        found = asked(*wrong, "--out", tmp_path / "out")
        assert found.exit_code == 78, (said, found.output)
        assert said in found.stderr and found.stderr.count("\n") == 1
    assert not (tmp_path / "out" / "permeance.csv").exists()
