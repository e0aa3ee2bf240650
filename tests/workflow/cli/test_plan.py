"""What `polyamide plan` says, with speeds given, kept and measured."""

import json

import pytest
from typer.testing import CliRunner

from mdtools import cache
from mdtools.platform_names import PLATFORMS
from mdtools.runs import rates
from mdtools.systems import devices
from mdtools.systems.platforms import installed_platforms
from tests.workflow.conftest import ROOT, TINY
from workflow.cli.main import app

PAPER = str(ROOT / "config" / "paper.yaml")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept" / rates.FILE


def planned(*arguments):
    return CliRunner().invoke(app, ["plan", *arguments])


def test_without_a_speed_it_says_how_to_get_one():
    answer = planned(PAPER)
    assert answer.exit_code == 0
    assert "--measure" in answer.stdout and "give --ns-per-day" in answer.stdout


def test_a_speed_that_is_given_counts_for_every_stage():
    answer = planned(PAPER, "--ns-per-day", "240", "--json")
    content = json.loads(answer.stdout)
    hours = {stage["name"]: stage["gpu_hours"] for stage in content["stages"]}
    # Packs of eight, each at this speed: 4800 ns.
    assert hours["transport"] == pytest.approx(24 * 4800 / 240 / 8)
    assert content["total"]["gpu_hours"] == pytest.approx(sum(h or 0 for h in hours.values()))
    assert list(content["days_on_gpus"]) == ["1", "4", "8"]
    assert content["days_on_gpus"]["1"] == pytest.approx(content["total"]["gpu_hours"] / 24)
    (line,) = [
        row
        for row in planned(PAPER, "--ns-per-day", "240", "--gpus", "3").stdout.split("\n")
        if row.startswith("Days")
    ]
    assert line.endswith(" on 3") and " on 1" not in line


@pytest.mark.parametrize(
    "arguments",
    [("--ns-per-day", "0"), ("--ns-per-day", "-3"), ("--gpus", "0"), ("--seconds", "0")],
)
def test_what_cannot_be_is_refused(arguments):
    assert planned(PAPER, *arguments).exit_code == 2


@pytest.mark.parametrize(
    ("file", "command"),
    [("config/hisel.yaml", "fabricate"), ("docs/examples/outside.yaml", "analyse")],
)
def test_file_of_another_command_names_it_and_no_fault(file, command):
    answer = planned(str(ROOT / file))
    assert answer.exit_code == 78
    assert answer.stderr.count("\n") == 1
    assert f"it is read by `polyamide {command}`" in answer.stderr


def test_two_speeds_are_refused():
    answer = planned(PAPER, "--ns-per-day", "3", "--measure")
    assert answer.exit_code == 78
    assert answer.stderr.count("\n") == 1


def test_a_measurement_is_kept_and_counts_the_next_time(campaign_file):
    # What is asked of the machine is a second; the box is as large as the cell.
    file = str(campaign_file({"platform": {"name": "CPU", "cpu_threads": 1}}))
    measured = json.loads(planned(file, "--measure", "--seconds", "1", "--json").stdout)
    (kept,) = rates.kept()
    assert (kept.platform, kept.source, kept.timestep_fs) == ("CPU", "box", 2.0)
    assert kept.device == devices.device("CPU", 1)
    largest = max(stage["particles"] or 0 for stage in measured["stages"])
    assert kept.particles == pytest.approx(largest, rel=0.1)
    assert measured["total"]["gpu_hours"] > 0
    again = json.loads(planned(file, "--json").stdout)
    assert again["speed"] == measured["speed"]


def test_a_damaged_cache_is_a_line_and_no_error(place):
    place.parent.mkdir()
    place.write_text("{")
    answer = planned(str(TINY))
    assert answer.exit_code == 0
    assert "rates.json is damaged, ignored" in answer.stderr
    assert "give --ns-per-day" in answer.stdout


def test_a_platform_that_is_not_here_cannot_be_measured(campaign_file):
    missing = next(name for name in PLATFORMS[1:] if name not in installed_platforms())
    file = str(campaign_file({"platform.name": missing}))
    answer = planned(file, "--measure", "--seconds", "1")
    assert answer.exit_code == 78
    assert "this OpenMM has" in answer.stderr
    assert answer.stderr.count("\n") == 1


@pytest.mark.gpu
def test_a_gpu_is_measured_under_its_name(campaign_file):
    file = str(campaign_file({"platform": {"name": "CUDA"}}))
    assert planned(file, "--measure", "--seconds", "3").exit_code == 0
    (kept,) = rates.kept()
    assert (kept.platform, kept.device) == ("CUDA", devices.gpu()[0])
    assert kept.ns_per_day > 100
