"""Runs that blow up and cards that fail: what is tried again, what is said, what is kept."""

import json
import subprocess
import sys
from dataclasses import replace
from unittest.mock import Mock

import numpy as np
import openmm
import pytest

from mdtools import atomic, seeds
from mdtools.errors import CardError, PhysicsError, TryAgain
from mdtools.runs.health import SegmentFailure
from mdtools.runs.segment import run_segment
from tests.mdtools.running import SEGMENT_PS, log_of
from tests.mdtools.runs.conftest import WALL


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
