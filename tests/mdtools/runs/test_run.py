import errno
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from unittest.mock import Mock

import numpy as np
import openmm
import pytest

from mdtools import atomic, seeds
from mdtools.errors import BundleError, CardError, InputsChanged, PhysicsError, TryAgain
from mdtools.lease import Lease
from mdtools.options import DriveOptions, PlatformOptions
from mdtools.runs import progress
from mdtools.runs.health import SegmentFailure
from mdtools.runs.segment import run_segment
from mdtools.runs.status import campaign_status
from mdtools.trajectory import Trajectory

SEGMENT_PS = 0.04
WALL = "bad wall"


def log_of(run) -> str:
    return (run.directory / "run.log").read_text()


def wall(atom: int) -> openmm.CustomExternalForce:
    """A force that throws one atom out of the world."""
    force = openmm.CustomExternalForce("-1e9*x^2")
    force.addParticle(int(atom))
    force.setName(WALL)
    return force


@pytest.fixture
def walled(bundle, tmp_path):
    """The small box with a bad wall for its first ion; the bundle and the atom."""
    system = openmm.XmlSerializer.clone(bundle.system)
    atom = int(bundle.atoms("feed ion")[0])
    system.addForce(wall(atom))
    return replace(bundle, system=system).save(tmp_path / "walled"), atom


class Disk:
    """Stands for the disk: the n-th file that is forced to it finds no room."""

    def __init__(self, monkeypatch, failing: int):
        self.left, self.sync = failing, atomic.sync
        monkeypatch.setattr(atomic, "sync", self)

    def __call__(self, path):
        self.left -= 1
        if self.left == 0:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        self.sync(path)


def test_pieces_equal_one_go(make_run, whole_run, files_of):
    for until in (1, 2, 5, 12):
        make_run().advance(until * SEGMENT_PS)
    run = make_run()
    assert files_of(run.directory) == files_of(whole_run.directory)
    assert run.progress()["sessions"] == 4


@pytest.fixture
def rising(options):
    """Options of runs whose drive rises over a segment and a half, 30 steps."""
    drive = DriveOptions(
        kind=["body force", "field"], field_V_nm=1, force_kcal_mol_angstrom=10, ramp_ps=0.06
    )
    return options.model_copy(update={"drive": drive})


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


def test_a_twin_that_may_not_wait_is_sent_away(make_run):
    run = make_run(wait_s=0)
    with Lease(run.directory / "lease"), pytest.raises(TryAgain, match="is being run by process"):
        run.advance(SEGMENT_PS)
    assert not (run.directory / "segments").exists()
    run.advance(SEGMENT_PS)


class Twin(threading.Thread):
    """Holds the lease of a run until `let_go` is set, then does its work and releases it."""

    def __init__(self, directory, work=lambda: None):
        super().__init__(daemon=True)
        self.lease, self.work = Lease(directory / "lease"), work
        self.holds, self.let_go = threading.Event(), threading.Event()
        self.start()
        assert self.holds.wait(10)

    def run(self):
        with self.lease:
            self.holds.set()
            self.let_go.wait(60)
            self.work()


@pytest.fixture
def twin_of(monkeypatch):
    """Function that starts a twin of a run; looks at its lease are frequent."""
    monkeypatch.setattr("mdtools.lease.LOOK_S", 0.01)
    twins = []

    def start(run, *work) -> Twin:
        twins.append(Twin(run.directory, *work))
        return twins[-1]

    yield start
    for twin in twins:
        twin.let_go.set()
        twin.join(30)


def stop_after(twin, looks):
    """Stop callback that lets the twin go at a look and never asks to stop."""
    calls = itertools.count()
    return lambda: next(calls) == looks and twin.let_go.set()


def test_a_twin_waits_and_takes_over_what_is_left(make_run, twin_of):
    run = make_run(wait_s=60)
    twin = twin_of(run)
    run.advance(SEGMENT_PS, stop_after(twin, 3))
    assert run.progress()["segments"] == 1
    assert log_of(run).count("waiting up to 60 s: ") == 1
    assert f"is being run by process {os.getpid()}" in log_of(run)


def test_a_twin_waits_and_finds_the_work_done(make_run, whole_run, twin_of, monkeypatch):
    monkeypatch.setattr("mdtools.lease.LOOK_S", 0.01)
    monkeypatch.setattr("mdtools.runs.run.run_segment", None)
    run = make_run(wait_s=60)
    source = whole_run.directory / "segments"
    twin = twin_of(run, lambda: shutil.copytree(source, run.directory / "segments"))
    assert run.advance(0.48, stop_after(twin, 3))["state"] == "done"
    assert "session" not in log_of(run)


def test_a_twin_learns_that_the_other_has_failed(make_run, twin_of):
    run = make_run(wait_s=60)
    failed = run.directory / "FAILED.json"
    twin = twin_of(run, lambda: failed.write_text('{"message": "it blew up"}'))
    with pytest.raises(PhysicsError, match="it blew up"):
        run.advance(SEGMENT_PS, stop_after(twin, 3))


def test_waiting_ends_after_wait_s(make_run, twin_of):
    run = make_run(wait_s=0.1)
    twin_of(run)
    with pytest.raises(TryAgain, match="is being run by process"):
        run.advance(SEGMENT_PS)
    assert "waiting up to 0.1 s" in log_of(run)


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ({"stop": lambda: True}, "asked to stop"),
        ({"seconds_left": lambda: 0.0}, "walltime"),
    ],
)
def test_waiting_ends_at_a_stop_and_with_the_walltime(make_run, twin_of, reason, message):
    run = make_run(wait_s=60)
    twin_of(run)
    started = time.monotonic()
    with pytest.raises(TryAgain, match=message):
        run.advance(SEGMENT_PS, **reason)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("failing", range(1, 16))
def test_a_full_disk_at_any_moment_damages_nothing(
    make_run, files_of, whole_run, monkeypatch, failing
):
    with monkeypatch.context() as patch:
        Disk(patch, failing)
        with pytest.raises(TryAgain, match="no room left to write .*No space left"):
            make_run().advance(2 * SEGMENT_PS)
    expected = files_of(whole_run.directory)
    partly = files_of(make_run().directory)
    assert all(expected[name] == content for name, content in partly.items())
    assert len(partly) % 5 == 0
    make_run().advance(2 * SEGMENT_PS)
    assert len(files_of(make_run().directory)) == 10


def test_other_errors_of_the_disk_are_not_hidden(make_run, monkeypatch):
    def denied(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(atomic, "sync", denied)
    with pytest.raises(PermissionError):
        make_run().advance(SEGMENT_PS)


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


def test_a_runaway_force_is_named_with_its_atom(make_run, walled):
    bundle, atom = walled
    run = make_run(bundle=bundle)
    with pytest.raises(PhysicsError) as error:
        run.advance(SEGMENT_PS)
    for part in (f"mostly from {WALL}", f"(atom {atom})", "segment 0", "step", "FAILED.json"):
        assert part in str(error.value)
    assert error.value.exit_code == 65
    kept = run.directory / "failures" / "seg_00000"
    assert sorted(p.name for p in kept.iterdir()) == ["attempt_0", "attempt_1"]
    diagnosis = json.loads((kept / "attempt_1" / "diagnosis.json").read_text())
    assert diagnosis["worst_atoms"][0]["atom"] == atom
    assert len(diagnosis["worst_atoms"]) == 10
    assert diagnosis["worst_atoms"][0]["neighbours"]
    assert {"NonbondedForce", WALL, "drive"} <= {part["name"] for part in diagnosis["forces"]}
    assert diagnosis["largest_constraint_error_nm"] < 1e-3


def test_a_failed_run_answers_at_once_until_the_file_is_deleted(make_run, walled, monkeypatch):
    run = make_run(bundle=walled[0])
    with pytest.raises(PhysicsError) as first:
        run.advance(SEGMENT_PS)
    with monkeypatch.context() as patch:
        patch.setattr("mdtools.runs.run.run_segment", None)
        with pytest.raises(PhysicsError) as again:
            run.advance(SEGMENT_PS)
    assert str(again.value) == str(first.value)
    assert run.progress()["state"] == "failed"
    (run.directory / "FAILED.json").unlink()
    with pytest.raises(PhysicsError):
        run.advance(SEGMENT_PS)


def test_rerun_script_shows_the_failure_again(make_run, walled, environment):
    run = make_run(bundle=walled[0])
    with pytest.raises(PhysicsError):
        run.advance(SEGMENT_PS)
    script = run.directory / "failures" / "seg_00000" / "attempt_0" / "rerun.py"
    result = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert f"mostly from {WALL}" in result.stdout


def test_earlier_segments_survive_a_later_failure(make_run, files_of, bundle, walled):
    run = make_run()
    run.advance(2 * SEGMENT_PS)
    before = files_of(run.directory)
    # Path and hashes stay those of the sound bundle, so the run goes on.
    later = make_run(bundle=replace(bundle, system=walled[0].system))
    with pytest.raises(PhysicsError, match="segments 0 to 1 are whole"):
        later.advance(3 * SEGMENT_PS)
    assert files_of(run.directory) == before
    last_good = later.directory / "failures" / "seg_00002" / "attempt_0" / "last_good.xml"
    assert np.isfinite(
        openmm.XmlSerializer.deserialize(last_good.read_text()).getPositions(asNumpy=True)._value
    ).all()


def test_last_good_state_is_the_full_frame_before_the_one_that_failed(make_run, monkeypatch):
    frames = []

    def thirteenth_is_wrong(self, positions):
        frames.append(positions)
        return ["an ion is lost"] if len(frames) % 13 == 0 else []

    monkeypatch.setattr("mdtools.runs.health.HealthChecks.place_problems", thirteenth_is_wrong)
    options = make_run().plan.options.model_copy(update={"segment_ps": 0.08})
    run = make_run(options=options)
    with pytest.raises(PhysicsError, match="an ion is lost"):
        run.advance(0.08)
    kept = run.directory / "failures" / "seg_00000" / "attempt_0"
    state = openmm.XmlSerializer.deserialize((kept / "last_good.xml").read_text())
    np.testing.assert_array_equal(state.getPositions(asNumpy=True)._value, frames[9])
    diagnosis = json.loads((kept / "diagnosis.json").read_text())
    assert (diagnosis["last_good_step"], diagnosis["step"]) == (20, 26)
    shown = diagnosis["worst_atoms"][0]
    np.testing.assert_array_equal(shown["position_nm"], frames[12][shown["atom"]])


def test_a_failure_within_a_ramp_is_diagnosed_under_the_share_that_acts(
    make_run, rising, monkeypatch
):
    frames = []

    def thirteenth_is_wrong(self, positions):
        frames.append(positions)
        return ["an ion is lost"] if len(frames) % 13 == 0 else []

    monkeypatch.setattr("mdtools.runs.health.HealthChecks.place_problems", thirteenth_is_wrong)
    run = make_run(options=rising.model_copy(update={"segment_ps": 0.08}))
    with pytest.raises(PhysicsError, match="an ion is lost"):
        run.advance(0.08)
    kept = run.directory / "failures" / "seg_00000" / "attempt_0" / "diagnosis.json"
    (drive,) = (row for row in json.loads(kept.read_text())["forces"] if row["name"] == "drive")
    # On a cation 10 kcal/mol/angstrom and 1 V/nm, 26 of the 30 steps of the ramp after its start.
    whole = 10 * 41.84 + 96.485
    assert drive["largest_force_kJ_mol_nm"] == pytest.approx(whole * 26 / 30, rel=1e-4)


def test_a_blow_up_far_from_the_last_good_state_is_replayed_from_near_it(make_run, walled):
    """The bad wall is weak at first: it takes some fast frames until an atom is out."""
    options = make_run().plan.options.model_copy(
        update={"fast_every_ps": 0.002, "full_every_ps": 0.04}
    )
    run = make_run(bundle=walled[0], options=options)
    # What the wall throws out may hit a water before, which then has the largest force.
    said = rf"failed 2 times in segment 0.*mostly from ({WALL}|NonbondedForce)"
    with pytest.raises(PhysicsError, match=said):
        run.advance(SEGMENT_PS)
    kept = run.directory / "failures" / "seg_00000" / "attempt_0" / "diagnosis.json"
    diagnosis = json.loads(kept.read_text())
    assert diagnosis["last_good_step"] == 0
    assert 0 <= diagnosis["runaway_step"] <= diagnosis["step"]


@pytest.mark.parametrize(
    "message",
    [
        "Error downloading array posq: CUDA_ERROR_UNKNOWN (999)",
        "No compatible CUDA device is available",
    ],
)
def test_a_card_that_disappears_says_try_again(make_run, monkeypatch, message):
    def gone(*_):
        raise openmm.OpenMMException(message)

    monkeypatch.setattr("mdtools.runs.run.run_segment", gone)
    run = make_run()
    with pytest.raises(TryAgain, match="GPU does not answer"):
        run.advance(SEGMENT_PS)
    assert run.progress()["segments"] == 0


def test_a_card_that_fails_in_the_same_segment_gets_a_second_seed_and_then_a_diagnosis(
    make_run, monkeypatch
):
    attempts = []

    def faulty(plan, segment, attempt, *_):
        attempts.append((segment, attempt))
        raise openmm.OpenMMException("Error invoking kernel: CUDA_ERROR_ILLEGAL_ADDRESS (700)")

    run = make_run()
    run.advance(SEGMENT_PS)
    with monkeypatch.context() as patch:
        patch.setattr("mdtools.runs.run.run_segment", faulty)
        for _ in range(3):
            with pytest.raises(CardError):
                run.advance(2 * SEGMENT_PS)
        with pytest.raises(PhysicsError, match="ILLEGAL_ADDRESS.*4 times"):
            run.advance(2 * SEGMENT_PS)
    assert attempts == [(1, 0), (1, 0), (1, 1), (1, 1)]
    with pytest.raises(PhysicsError):
        run.advance(2 * SEGMENT_PS)


def test_a_segment_that_is_done_after_all_forgets_what_the_card_did(make_run, monkeypatch):
    run = make_run()
    with monkeypatch.context() as patch:
        gone = openmm.OpenMMException("No compatible CUDA device is available")
        patch.setattr("mdtools.runs.run.run_segment", Mock(side_effect=gone))
        with pytest.raises(CardError):
            run.advance(SEGMENT_PS)
    assert (run.directory / "card_errors.json").exists()
    run.advance(SEGMENT_PS)
    assert not (run.directory / "card_errors.json").exists()


def test_overlapping_atoms_are_named(make_run, bundle, state_with, tmp_path):
    oxygens = bundle.atoms("water oxygen")[:2]
    positions = bundle.positions.copy()
    shift = positions[oxygens[0]] - positions[oxygens[1]] + 1e-3
    positions[oxygens[1] : oxygens[1] + 4] += shift
    state = state_with(bundle, positions)
    overlapping = replace(bundle, state=state).save(tmp_path / "overlap")
    with pytest.raises(PhysicsError) as error:
        make_run(bundle=overlapping).advance(SEGMENT_PS)
    assert "mostly from NonbondedForce" in str(error.value)
    assert any(f"(atom {oxygen + k})" in str(error.value) for oxygen in oxygens for k in range(3))


def test_one_failure_is_tried_again_with_another_seed(make_run, monkeypatch):
    def fails_once(plan, segment, attempt, start, directory, stop):
        if segment == 1 and attempt == 0:
            raise SegmentFailure(24, ["temperature 900 K"], start, 24)
        return run_segment(plan, segment, attempt, start, directory, stop)

    monkeypatch.setattr("mdtools.runs.run.run_segment", fails_once)
    run = make_run()
    run.advance(3 * SEGMENT_PS)
    content = atomic.read_json(run.directory / "run.json")
    assert content["attempts"] == [0, 1, 0]
    assert content["seeds"]["segments"][1] == seeds.integer(7, *run.plan.key, "segment", 1, 1)
    assert "segment 1 attempt 0 failed" in log_of(run)
    assert not (run.directory / "FAILED.json").exists()


def test_errors_that_are_not_physics_are_not_tried_again(make_run, monkeypatch):
    def broken(*_):
        raise openmm.OpenMMException("Error initializing CUDA: no device")

    monkeypatch.setattr("mdtools.runs.run.run_segment", broken)
    with pytest.raises(openmm.OpenMMException, match="no device"):
        make_run().advance(SEGMENT_PS)


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
