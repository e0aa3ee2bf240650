import pickle
import shutil

import numpy as np
import pytest
from MDAnalysis.analysis.rms import RMSF

from mdtools.trajectory import Trajectory


@pytest.fixture
def trajectory(whole_run) -> Trajectory:
    return Trajectory.open(whole_run.directory)


def test_universe_has_the_true_times_and_steps_of_every_frame(trajectory):
    universe = trajectory.universe()
    frames = [(ts.frame, ts.time, ts.data["step"]) for ts in universe.trajectory]
    assert [frame for frame, _, _ in frames] == list(range(24))
    np.testing.assert_allclose([time for _, time, _ in frames], np.arange(1, 25) * 0.02, rtol=1e-12)
    assert [step for _, _, step in frames] == list(range(10, 241, 10))
    assert universe.trajectory.dt == pytest.approx(0.02)
    assert universe.trajectory.totaltime == pytest.approx(0.46)


@pytest.mark.parametrize("rows", [slice(None, None, -3), [5, 2, 23, 2], slice(3, 9, 2)])
def test_any_order_of_reading_gives_the_same_frames(trajectory, rows):
    read = trajectory.universe().trajectory
    expected = [(ts.time, ts.positions.copy()) for ts in read]
    for ts, frame in zip(read[rows], np.arange(24)[rows], strict=True):
        time, positions = expected[frame]
        assert ts.time == time and ts.frame == frame
        np.testing.assert_array_equal(ts.positions, positions)


def test_full_frames_and_fast_stream_tell_of_the_same_motion(trajectory):
    universe, fast = trajectory.universe(), trajectory.fast()
    ions = universe.atoms[fast.atoms]
    np.testing.assert_allclose(fast.time_ps, np.arange(1, 121) * 0.004, rtol=1e-12)
    for ts in universe.trajectory:
        row = int(np.argmin(np.abs(fast.time_ps - ts.time)))
        np.testing.assert_allclose(ions.positions, 10 * fast.positions_nm[row], atol=6e-3)
    np.testing.assert_allclose(universe.dimensions, [16, 16, 16, 90, 90, 90], rtol=1e-6)


def test_positions_go_on_without_a_jump_from_segment_to_segment(trajectory):
    steps = np.diff(trajectory.fast().positions_nm, axis=0)
    assert np.abs(steps).max() < 0.05


def test_fast_atoms_are_in_the_order_of_the_roles(trajectory, bundle):
    assert trajectory.fast().atoms.tolist() == bundle.atoms("feed ion").tolist()
    assert trajectory.bundle.hashes == bundle.hashes
    assert trajectory.complete


def test_reader_can_be_copied_and_pickled(trajectory):
    universe = trajectory.universe()
    universe.trajectory[7]
    for other in (universe.copy(), pickle.loads(pickle.dumps(universe))):
        assert other.trajectory.frame == 7
        np.testing.assert_array_equal(other.atoms.positions, universe.atoms.positions)
        other.trajectory[20]
        assert universe.trajectory.time == pytest.approx(0.16)


def test_mdanalysis_analyses_run_over_it(trajectory):
    ions = trajectory.universe().select_atoms("segid ION")
    result = RMSF(ions).run().results.rmsf
    expected = trajectory.fast().positions_nm[4::5]
    deviation = expected - expected.mean(axis=0)
    by_hand = np.sqrt((deviation**2).sum(axis=2).mean(axis=0))
    order = np.argsort(trajectory.fast().atoms)
    np.testing.assert_allclose(result, 10 * by_hand[order], atol=0.01)


def test_reading_leaves_no_file_behind(trajectory):
    before = sorted(trajectory.directory.rglob("*"))
    for _ in trajectory.universe().trajectory:
        trajectory.fast()
    assert sorted(trajectory.directory.rglob("*")) == before


def test_thermo_table_excludes_the_drive_and_keeps_to_the_target(trajectory):
    rows = np.concatenate(
        [
            np.genfromtxt(path.with_name("thermo.csv"), delimiter=",", skip_header=1)
            for path in trajectory.full_files()
        ]
    )
    assert rows[:, 0].tolist() == list(range(10, 241, 10))
    assert abs(rows[:, 4].mean() - 300) < 40
    assert np.isfinite(rows[:, :5]).all()


def test_a_directory_without_a_run_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no run"):
        Trajectory.open(tmp_path)


def test_a_damaged_segment_is_named(whole_run, tmp_path):
    copy = tmp_path / "trial1"
    shutil.copytree(whole_run.directory, copy)
    path = copy / "segments" / "seg_00002" / "full.xtc"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ValueError, match="seg_00002.*full.xtc has"):
        Trajectory.open(copy)


@pytest.mark.parametrize("name", ["full.xtc", "fast.npz", "state.xml", "thermo.csv"])
def test_verify_names_a_file_whose_content_has_changed(whole_run, tmp_path, name):
    copy = tmp_path / "trial1"
    shutil.copytree(whole_run.directory, copy)
    trajectory = Trajectory.open(copy)
    trajectory.verify()
    path = copy / "segments" / "seg_00002" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    same_size = Trajectory.open(copy)
    with pytest.raises(ValueError, match=f"seg_00002: {name} is not what was written.*Advance"):
        same_size.verify()


def test_verify_refuses_segments_of_two_chains(make_run, whole_run):
    other = make_run(seed=8)
    other.advance(0.08)
    path = other.directory / "segments" / "seg_00001"
    shutil.rmtree(path)
    shutil.copytree(whole_run.directory / "segments" / "seg_00001", path)
    with pytest.raises(ValueError, match="seg_00001: it does not start from the state"):
        Trajectory.open(other.directory).verify()


def test_a_run_without_segments_opens_but_has_no_frames(whole_run, tmp_path):
    (tmp_path / "trial1").mkdir()
    shutil.copy(whole_run.directory / "run.json", tmp_path / "trial1")
    trajectory = Trajectory.open(tmp_path / "trial1")
    assert not trajectory.complete
    for read in (trajectory.fast, trajectory.universe):
        with pytest.raises(ValueError, match="no finished segment"):
            read()
