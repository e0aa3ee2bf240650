"""Runs: made in pieces, resumed, refused, told."""

from dataclasses import replace

import numpy as np
import openmm
import pytest

from mdtools import atomic, seeds
from mdtools.errors import BundleError, InputsChanged, TryAgain
from mdtools.lease import Lease
from mdtools.options import DriveOptions, PlatformOptions
from mdtools.runs import progress
from mdtools.runs.status import campaign_status
from mdtools.trajectory import Trajectory
from tests.mdtools.running import SEGMENT_PS, log_of


def test_pieces_equal_one_go(make_run, whole_run, files_of):
    for until in (1, 2, 5, 12):
        make_run().advance(until * SEGMENT_PS)
    run = make_run()
    assert files_of(run.directory) == files_of(whole_run.directory)
    assert run.progress()["sessions"] == 4


def test_a_drive_that_rises_is_the_same_in_pieces_and_in_one_go(make_run, rising, files_of):
    whole = make_run("whole", options=rising)
    whole.advance(3 * SEGMENT_PS)
    for until in (1, 2, 3):
        make_run("pieces", options=rising).advance(until * SEGMENT_PS)
    assert files_of(make_run("pieces").directory) == files_of(whole.directory)


def test_a_drive_rises_step_by_step_as_its_share_of_the_ramp(make_run, rising):
    """Beside an integration by hand, whose forces of a step are those of t / ramp."""
    run = make_run(options=rising)
    run.advance(2 * SEGMENT_PS)
    context = run.plan.context(run.plan.platform, 1, 0)
    end = run.directory / "segments" / "seg_00000" / "state.xml"
    context.setState(openmm.XmlSerializer.deserialize(end.read_text()))
    for step in range(20, 24):
        context.setParameter("drive_scale", step * 0.002 / 0.06)
        context.getIntegrator().step(1)
    driven = context.getState(positions=True).getPositions(asNumpy=True)._value
    fast = Trajectory.open(run.directory).fast()
    assert fast.time_ps[11] == pytest.approx(0.048)
    # Single precision of the stream; the whole drive moves ions by 1e-4 nm in these steps.
    assert fast.positions_nm[11] == pytest.approx(driven[fast.atoms], abs=2e-6)


def test_a_finished_run_is_left_alone(make_run):
    run = make_run()
    run.advance(SEGMENT_PS)
    before = (run.directory / "run.json").read_bytes()
    run.advance(SEGMENT_PS)
    assert (run.directory / "run.json").read_bytes() == before


@pytest.mark.parametrize("name", ["state.xml", "full.xtc", "fast.npz", "manifest.json"])
def test_a_damaged_segment_and_all_after_it_are_made_again(make_run, files_of, whole_run, name):
    run = make_run()
    run.advance(3 * SEGMENT_PS)
    path = run.directory / "segments" / "seg_00001" / name
    path.write_bytes(path.read_bytes()[:-10])
    run.advance(3 * SEGMENT_PS)
    expected = files_of(whole_run.directory)
    assert files_of(run.directory) == {
        key: value for key, value in expected.items() if key.split("/")[1] < "seg_00003"
    }
    assert f"segment 1 is damaged ({name}" in log_of(run)
    aside = sorted(p.name[:17] for p in (run.directory / "failures").iterdir())
    assert aside == ["damaged_seg_00001", "damaged_seg_00002"]


def test_a_gap_in_the_chain_is_closed(make_run, files_of):
    run = make_run()
    run.advance(3 * SEGMENT_PS)
    before = files_of(run.directory)
    (run.directory / "segments" / "seg_00000").rename(run.directory / "lost")
    run.advance(3 * SEGMENT_PS)
    assert files_of(run.directory) == before


def test_what_a_killed_writer_left_is_removed(make_run):
    run = make_run()
    left = run.directory / "segments" / ".seg_00000.99.abc.tmp"
    left.mkdir(parents=True)
    (left / "full.xtc").write_bytes(b"half a frame")
    run.advance(SEGMENT_PS)
    assert not left.exists() and left.name in log_of(run)


def test_stopping_drops_the_segment_in_work(make_run):
    calls = iter([False] * 8 + [True] * 100)
    with pytest.raises(TryAgain, match="asked to stop"):
        make_run().advance(10 * SEGMENT_PS, lambda: next(calls))
    run = make_run()
    assert run.progress()["state"] == "waiting"
    assert not list((run.directory / "segments").glob(".*"))


def test_no_segment_is_begun_that_walltime_would_cut(make_run):
    run = make_run()
    run.advance(SEGMENT_PS)
    with pytest.raises(TryAgain, match="walltime"):
        run.advance(2 * SEGMENT_PS, seconds_left=lambda: 1e-3)
    run.advance(2 * SEGMENT_PS, seconds_left=lambda: 1e6)
    run.advance(3 * SEGMENT_PS, seconds_left=lambda: None)
    assert run.progress()["segments"] == 3


def velocities(run) -> np.ndarray:
    path = run.directory / "segments" / "seg_00000" / "state.xml"
    state = openmm.XmlSerializer.deserialize(path.read_text())
    return state.getVelocities(asNumpy=True)._value


def test_the_same_seed_gives_the_same_run_and_trials_differ(make_run, options):
    # One step only: forces that are common to all trials then have no time to correlate them.
    names = ("duration_ns", "segment_ps", "fast_every_ps", "full_every_ps")
    step = options.model_copy(update=dict.fromkeys(names, 0.002) | {"duration_ns": 2e-6})
    keys = [("a", 1), ("a", 1), ("a", 2)]
    runs = (make_run(f"t{n}", key=key, options=step) for n, key in enumerate(keys))
    first, again, other = runs
    for run in (first, again, other):
        run.advance(0.002)
    np.testing.assert_array_equal(velocities(first), velocities(again))
    a, b = velocities(first).ravel(), velocities(other).ravel()
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.15


def test_manifest_holds_the_derived_seed_and_the_promise(make_run):
    run = make_run()
    run.advance(2 * SEGMENT_PS)
    manifest = atomic.read_json(run.directory / "segments" / "seg_00001" / "manifest.json")
    assert manifest["seed"] == seeds.integer(7, *run.plan.key, "segment", 1, 0)
    assert manifest["promise"] == "bitwise"
    assert manifest["steps"] == [20, 40]
    assert manifest["frames"] == {"fast": 10, "full": 2}
    assert manifest["versions"]["openmm"] == openmm.__version__


def test_more_threads_promise_only_statistics(make_run):
    run = make_run(platform=PlatformOptions(name="CPU", cpu_threads=2))
    run.advance(SEGMENT_PS)
    assert atomic.read_json(run.directory / "run.json")["promise"] == "statistical"


def test_other_inputs_are_refused_by_name(make_run, options):
    run = make_run()
    run.advance(SEGMENT_PS)
    drive = DriveOptions(force_kcal_mol_angstrom=0.1)
    warmer = options.model_copy(update={"temperature_K": 310.0, "drive": drive})
    with pytest.raises(InputsChanged) as error:
        make_run(options=warmer, seed=8).advance(2 * SEGMENT_PS)
    for change in (
        "options.temperature_K was 300.0, is now 310.0",
        "options.drive.force_kcal_mol_angstrom was 0.072, is now 0.1",
        "seed was 7, is now 8",
    ):
        assert change in str(error.value)


def test_another_bundle_is_refused(make_run, walled):
    make_run().advance(SEGMENT_PS)
    with pytest.raises(InputsChanged, match=r"bundle\.system\.xml was"):
        make_run(bundle=walled[0]).advance(2 * SEGMENT_PS)


def test_a_longer_duration_goes_on_and_another_version_is_noted(make_run, options, monkeypatch):
    make_run().advance(SEGMENT_PS)
    longer = options.model_copy(update={"duration_ns": 1.0})
    monkeypatch.setattr("mdtools.runs.inputs.versions", lambda: {"openmm": "9.0"})
    run = make_run(options=longer)
    run.advance(2 * SEGMENT_PS)
    assert f"versions.openmm was {openmm.__version__}, is now 9.0" in log_of(run)
    assert run.progress()["ns_target"] == pytest.approx(1.0)


def test_a_chain_of_two_versions_lists_both_and_promises_only_statistics(make_run, monkeypatch):
    run = make_run()
    run.advance(SEGMENT_PS)
    path = run.directory / "run.json"
    first = atomic.read_json(path)
    assert first["promise"] == "bitwise"
    newer = first["versions"] | {"openmm": "9.0"}
    monkeypatch.setattr("mdtools.runs.run.versions", lambda: newer)
    run.advance(3 * SEGMENT_PS)
    content = atomic.read_json(path)
    assert content["versions_seen"] == [first["versions"], newer]
    assert content["versions"] == newer
    assert content["promise"] == "statistical"


def test_a_chain_of_two_platforms_promises_only_statistics(make_run):
    make_run().advance(SEGMENT_PS)
    run = make_run(platform=PlatformOptions(name="Reference"))
    run.advance(2 * SEGMENT_PS)
    manifests = Trajectory.open(run.directory).manifests
    assert [entry["promise"] for entry in manifests] == ["bitwise"] * 2
    assert atomic.read_json(run.directory / "run.json")["promise"] == "statistical"


def test_a_bundle_in_memory_is_refused(make_run, bundle):
    with pytest.raises(BundleError, match="save it"):
        make_run(bundle=replace(bundle, path=None))


def test_frames_tell_times_and_files(whole_run):
    full, fast = whole_run.frames(), whole_run.frames("fast")
    np.testing.assert_allclose(full["time_ps"], np.arange(1, 25) * 0.02, rtol=1e-12)
    np.testing.assert_allclose(fast["time_ps"], np.arange(1, 121) * 0.004, rtol=1e-12)
    assert full["file"].map(lambda path: path.is_file()).all()
    assert full["frame"].tolist() == [0, 1] * 12


def test_run_json_tells_frames_speed_and_seeds(whole_run):
    run = atomic.read_json(whole_run.directory / "run.json")
    assert (run["frames"], run["interval_ps"], run["segments"]) == (24, 0.02, 12)
    assert (run["first_ps"], run["last_ps"], run["target_ps"]) == (0.02, 0.48, 0.48)
    assert run["fast"]["frames"] == 120
    assert run["ns_per_day"] > 0 and run["sessions"] == 1 and run["promise"] == "bitwise"
    assert run["seeds"]["campaign"] == 7 and len(set(run["seeds"]["segments"])) == 12
    assert len(run["sha256"]) == 12
    assert Trajectory.open(whole_run.directory).bundle.hashes == whole_run.plan.bundle.hashes


def test_receipt_names_the_manifests_until_then(make_run, whole_run):
    receipt = whole_run.receipt(2 * SEGMENT_PS)
    run = atomic.read_json(whole_run.directory / "run.json")
    assert receipt == {"until_ps": 2 * SEGMENT_PS, "segments": run["sha256"][:2]}
    with pytest.raises(TryAgain, match="0 of 1 segments"):
        make_run("new").receipt(SEGMENT_PS)


def test_progress_of_a_run_that_was_not_started(make_run):
    assert make_run("new").progress()["state"] == "waiting"
    assert not make_run("new").directory.exists()


def test_status_lists_every_run_of_a_campaign_in_any_state(make_run, whole_run, walled, tmp_path):
    results = tmp_path / "results"
    place = results / "demo" / "transport" / "pH7" / "NaCl"
    for trial in (1, 2, 3):
        make_run(place / f"trial{trial}").advance(SEGMENT_PS)
    for trial in (4, 10):
        (place / f"trial{trial}").mkdir()
    (place / "trial2" / "FAILED.json").write_text("{}")
    (place / "trial10" / "run.json").write_text('{"frames": 1')
    with Lease(place / "trial3" / "lease"):
        table = campaign_status(results)
    assert table["trial"].tolist() == [1, 2, 3, 4, 10]
    assert table["state"].tolist() == ["waiting", "failed", "running", "waiting", "waiting"]
    assert set(table["campaign"]) == {"demo"} and set(table["salt"]) == {"NaCl"}
    assert table["percent"][0] == pytest.approx(100 / 12)
    assert table["eta_h"][0] > 0
    assert campaign_status(results / "demo").equals(campaign_status(results))
    assert campaign_status(tmp_path / "nothing").empty
    assert progress.of(whole_run.directory)["state"] == "done"
    assert progress.of(whole_run.directory)["percent"] == 100
