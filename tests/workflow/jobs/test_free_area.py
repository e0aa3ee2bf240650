"""What is said of a series of areas: means, intervals, drifts; and the command that makes one."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

from mdtools.cells.free_area import FIXED, FREE, FreeArea
from membranes.networks import compressed
from workflow.cli.main import app
from workflow.jobs.free_area import averaged, summary, tension

NETWORK = Path(__file__).parents[2] / "data" / "networks" / "charged.npz"
COMMAND = [
    "membranes",
    "free-area",
    str(NETWORK),
    *("--duration-ps", "0.5", "--equilibration-ps", "0.5", "--warm-up-ps", "0.5"),
    *("--water-nm", "0.5", "--cutoff-nm", "0.8", "--platform", "CPU"),
]


def test_interval_covers_the_mean_of_independent_values_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = drifting = 0
    for _ in range(400):
        found = averaged(rng.normal(2.0, 1.0, 60))
        covered += found["interval"][0] < 2.0 < found["interval"][1]
        drifting += found["drifts"]
    # 95 % and 5 %, within four standard errors of a share of 400.
    assert covered / 400 == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 400))
    assert drifting / 400 == pytest.approx(0.05, abs=4 * np.sqrt(0.95 * 0.05 / 400))


def test_planted_drift_is_found():
    time = np.linspace(0, 1, 60)
    found = averaged(3.0 * time + np.random.default_rng(1).normal(0, 0.1, 60))
    assert found["drifts"]
    assert found["drift"] == pytest.approx(3.0, abs=0.2)


def test_short_series_has_a_mean_alone():
    assert averaged([1.0, 2.0]) == {"mean": 1.5, "interval": None, "drift": None, "drifts": None}


def series(strain) -> FreeArea:
    count = len(strain)
    table = pd.DataFrame(
        {
            "phase": [FIXED] * count + [FREE] * count,
            "area_strain": np.concatenate([np.zeros(count), strain]),
            "lateral_pressure_MPa": -10.0,
            "normal_pressure_MPa": 0.1,
            "length_z_nm": 5.0 + 0.01 * np.random.default_rng(3).normal(size=2 * count),
            "waters_in_membrane": 56,
        }
    )
    return FreeArea(table, {"area": 0.4, "length": 0.5}, 1e-7)


def test_summary_is_of_the_free_phase_and_in_percent():
    polymer = compressed.read(NETWORK).network.polymer()
    strain = np.random.default_rng(2).normal(0.02, 0.001, 24)
    found = summary(series(strain), polymer)
    assert found["area_strain_percent"]["mean"] == pytest.approx(100 * strain.mean())
    blocks = 100 * strain.reshape(6, 4).mean(axis=1)
    exact = stats.t.interval(0.95, 5, blocks.mean(), stats.sem(blocks))
    assert found["area_strain_percent"]["interval"] == pytest.approx(exact)
    assert "fluctuations hide" in found["area_strain_percent"]["in_words"]
    # 1010 atoms of about 8030 Da; 56 waters are 1009 Da.
    assert found["water_content_g_per_g"]["mean"] == pytest.approx(0.1256, abs=1e-4)
    assert found["at_fixed_area"]["lateral_tension_mN_m"]["mean"] == pytest.approx(50.5, rel=2e-3)


def test_drifting_area_is_called_so():
    polymer = compressed.read(NETWORK).network.polymer()
    found = summary(series(np.linspace(0, 0.03, 24)), polymer)
    assert "still drifts" in found["area_strain_percent"]["in_words"]


def test_area_at_rest_in_a_membrane_that_still_takes_up_water_is_not_called_settled():
    polymer = compressed.read(NETWORK).network.polymer()
    found = series(np.zeros(24) + np.random.default_rng(4).normal(0, 1e-3, 24))
    table = found.series.assign(waters_in_membrane=np.arange(48))
    words = summary(FreeArea(table, {}, 0.0), polymer)["area_strain_percent"]["in_words"]
    assert words.endswith("the water in the membrane still drifts")


def test_network_that_still_fills_at_its_own_area_is_called_so():
    polymer = compressed.read(NETWORK).network.polymer()
    found = series(np.zeros(24))
    filling = found.series.assign(length_z_nm=np.linspace(5.0, 4.5, 48))
    words = [
        summary(FreeArea(table, {}, 0.0), polymer)["at_fixed_area"]["in_words"]
        for table in (filling, found.series)
    ]
    assert "still filling or closing" in words[0]
    assert "fluctuations hide" in words[1]


def test_tension_of_one_megapascal_over_one_nanometre_is_one_millinewton_per_metre():
    table = pd.DataFrame(
        {"normal_pressure_MPa": [1.0], "lateral_pressure_MPa": [0.0], "length_z_nm": [1.0]}
    )
    # 1e6 Pa x 1e-9 m = 1e-3 N/m.
    assert tension(table).tolist() == [1.0]


@pytest.mark.slow
def test_command_writes_series_and_report_once(tmp_path):
    out = tmp_path / "out"
    result = CliRunner().invoke(app, [*COMMAND, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "Areal strain: " in result.stdout
    report = json.loads((out / "report.json").read_text())
    table = pd.read_csv(out / "series.csv")
    assert table["phase"].tolist() == ["fixed area", "warm-up", "free area"]
    strain = report["summary"]["area_strain_percent"]
    assert strain["mean"] == pytest.approx(100 * table["area_strain"].iloc[-1])
    assert report["summary"]["largest_constraint_error_nm"] < 1e-6
    assert report["options"]["tail_correction"] is True
    again = CliRunner().invoke(app, [*COMMAND, "--out", str(out)])
    assert again.exit_code == 78
    assert "holds a report.json; name another directory" in again.stderr


def test_cutoff_that_does_not_fit_is_one_line(tmp_path):
    arguments = [*COMMAND, "--cutoff-nm", "2", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 78
    assert len(result.stderr.strip().splitlines()) == 1
    assert "cutoff_nm is 2, but must be below half of the smallest box length" in result.stderr
