"""Cells and runs from the command line as files of other programs."""

import warnings

import MDAnalysis as mda
import pytest
from typer.testing import CliRunner

from mdtools.trajectory import Trajectory
from workflow.cli.main import app


def export(*words):
    return CliRunner().invoke(app, ["export", *map(str, words)])


def refused(*words) -> str:
    told = export(*words)
    assert told.exit_code == 78, told.output
    assert told.stdout == "" and len(told.stderr.splitlines()) == 1
    return told.stderr


@pytest.fixture(scope="module")
def cell(small_bundle, tmp_path_factory):
    """A cell where a campaign has it."""
    return small_bundle.save(tmp_path_factory.mktemp("tiny") / "cell" / "pH7" / "CaCl2").directory


def test_a_cell_becomes_the_files_of_both_programs(cell, tmp_path):
    told = export("cell", cell, "--out", tmp_path / "there", "--force", 0.036)
    assert told.exit_code == 0, told.stderr
    written = sorted(path.name for path in (tmp_path / "there").iterdir())
    endings = (
        ".data",
        ".gro",
        ".in",
        ".mdp",
        ".ndx",
        ".settings",
        ".tether",
        ".top",
        "-tether.gro",
    )
    assert written == sorted(f"pH7-CaCl2{ending}" for ending in endings)
    assert sorted(told.stdout.split()) == [str(tmp_path / "there" / name) for name in written]
    script = (tmp_path / "there" / "pH7-CaCl2.in").read_text()
    assert "drive equal 0.036\n" in script


def test_what_is_no_cell_and_a_place_that_is_a_file_are_refused(cell, whole_run, tmp_path):
    (tmp_path / "file").write_text("")
    said = refused("cell", cell, "--out", tmp_path / "file")
    assert f"--out {tmp_path / 'file'}: {tmp_path / 'file'} is a file" in said
    water = Trajectory.open(whole_run.directory).bundle.directory
    assert "has no membrane: name the directory of a cell" in refused(
        "cell", water, "--out", tmp_path / "there"
    )
    assert str(tmp_path) in refused("cell", tmp_path, "--out", tmp_path / "there")
    assert not (tmp_path / "there").exists()
    assert export("cell", cell, "--out", tmp_path, "--format", "charmm").exit_code == 2
    assert export("cell", cell, "--out", tmp_path, "--force", -1).exit_code == 2


def test_a_run_becomes_one_file_with_its_topology(whole_run, tmp_path):
    told = export("trajectory", whole_run.directory, "--out", tmp_path / "new" / "run.xtc")
    assert told.exit_code == 0, told.stderr
    frames = Trajectory.open(whole_run.directory).full_count
    assert f"run.xtc: {frames} frames of " in told.stdout and "one every 0.02 ps" in told.stdout
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe = mda.Universe(*(str(tmp_path / "new" / f"run.{end}") for end in ("psf", "xtc")))
    assert len(universe.trajectory) == frames
    told = export("trajectory", whole_run.directory, "--out", tmp_path / "few.dcd", "--every", 5)
    assert f"few.dcd: {-(-frames // 5)} frames" in told.stdout and "every 0.1 ps" in told.stdout


def test_what_is_no_run_and_a_file_that_cannot_be_written_are_refused(whole_run, tmp_path):
    run = whole_run.directory
    assert "run.nc: allowed are names that end in .xtc, .dcd" in refused(
        "trajectory", run, "--out", tmp_path / "run.nc"
    )
    assert "holds no run (run.json is missing): name the directory of a trial" in refused(
        "trajectory", tmp_path, "--out", tmp_path / "run.xtc"
    )
    (tmp_path / "file").write_text("")
    assert f"{tmp_path / 'file'} is a file, allowed is a directory" in refused(
        "trajectory", run, "--out", tmp_path / "file" / "run.xtc"
    )
    (tmp_path / "run.xtc").mkdir()
    assert "is a directory, allowed is a file" in refused(
        "trajectory", run, "--out", tmp_path / "run.xtc"
    )
    assert export("trajectory", run, "--out", tmp_path / "a.xtc", "--every", 0).exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "run.xtc"]
