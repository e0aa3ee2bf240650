"""Frames of a run as one file, read again by MDAnalysis."""

import os
import shutil
import warnings

import MDAnalysis as mda
import numpy as np
import pytest

from mdtools import records
from mdtools.errors import SettingsError
from mdtools.exports.trajectory import write_trajectory
from mdtools.runs import packing, segments
from mdtools.trajectory import Trajectory


def read(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe = mda.Universe(str(path.with_suffix(".psf")), str(path))
        frames = [
            (step.time, step.positions.copy(), step.dimensions.copy())
            for step in universe.trajectory
        ]
    return universe, frames


def test_one_xtc_has_every_frame_of_every_segment_bit_for_bit(whole_run, tmp_path):
    written = write_trajectory(whole_run.directory, tmp_path / "run.xtc")
    universe, frames = read(written.path)
    kept = list(Trajectory.open(whole_run.directory).full_frames())
    assert len(frames) == len(kept) == written.frames > 2
    for (time, positions, _), (true_time, true_positions) in zip(frames, kept, strict=True):
        assert time == pytest.approx(true_time, rel=1e-6)
        np.testing.assert_array_equal(positions, (10 * true_positions).astype(np.float32))
    assert (written.first_ps, written.interval_ps) == (kept[0][0], kept[1][0] - kept[0][0])
    np.testing.assert_allclose(universe.dimensions[:3], 16, rtol=1e-6)
    assert universe.atoms.charges.sum() == pytest.approx(0, abs=1e-5)


def test_a_dcd_has_the_time_between_its_frames(whole_run, tmp_path):
    written = write_trajectory(whole_run.directory, tmp_path / "run.dcd", every=3)
    universe, frames = read(written.path)
    kept = list(Trajectory.open(whole_run.directory).full_frames())[::3]
    assert len(frames) == len(kept)
    assert universe.trajectory.dt == pytest.approx(kept[1][0] - kept[0][0], rel=1e-6)
    for (_, positions, _), (_, true_positions) in zip(frames, kept, strict=True):
        np.testing.assert_allclose(positions, 10 * true_positions, atol=1e-5)


@pytest.mark.parametrize("ending", ["xtc", "dcd"])
def test_a_packed_run_gives_the_same_file(whole_run, options, tmp_path, ending):
    plain = write_trajectory(whole_run.directory, tmp_path / f"plain.{ending}")
    run = tmp_path / "runs" / "trial1"
    shutil.copytree(whole_run.directory, run)
    cell = Trajectory.open(whole_run.directory).bundle.directory
    facts = records.read_sound(run / "run.json") | {"bundle": os.path.relpath(cell, run)}
    records.write(run / "run.json", facts)
    place, grid = run / segments.DIRECTORY, segments.Grid.of(options)
    receipt = segments.receipt(place, grid, 1000 * options.duration_ns)
    records.write(run / "chunk_0.json", receipt)
    assert len(packing.pack(run)) == 1
    assert len(receipt["segments"]) > 1 and not [path for path in place.iterdir() if path.is_dir()]
    packed = write_trajectory(run, tmp_path / f"packed.{ending}")
    assert packed.path.read_bytes() == plain.path.read_bytes()


def test_what_cannot_be_written_is_refused_and_leaves_no_file(whole_run, tmp_path):
    with pytest.raises(SettingsError, match=r"run.nc: allowed are names that end in .xtc, .dcd"):
        write_trajectory(whole_run.directory, tmp_path / "run.nc")
    with pytest.raises(SettingsError, match=r"holds no run \(run.json is missing\)"):
        write_trajectory(tmp_path, tmp_path / "run.xtc")
    assert not list(tmp_path.iterdir())
