"""An equilibration or a start that was stopped or killed equals one that was not, bit for bit."""

import dataclasses
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import openmm
import pytest

from mdtools.cells import dynamics
from mdtools.cells.equilibrate import equilibrate
from mdtools.cells.segments import SCHEMA, CellDynamics
from mdtools.cells.trial_start import start_trial
from mdtools.errors import SettingsError, TryAgain

BRIEF_SETTLING = ((0.1, 0.002),)
"""Enough for a cell that is relaxed already."""


@pytest.fixture(autouse=True, scope="module")
def briefest_settling():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dynamics, "SETTLING", BRIEF_SETTLING)
        yield


@pytest.fixture(scope="module")
def relaxed(small_cell, small_bundle):
    return dataclasses.replace(small_cell, positions=small_bundle.positions)


@pytest.fixture(scope="module")
def options(small_options):
    """Three segments of 20 steps."""
    brief = {"equilibration_ps": 0.12, "segment_ps": 0.04, "minimisation_steps": 3}
    return small_options.model_copy(update=brief)


@pytest.fixture(scope="module")
def run(relaxed, options, one_thread):
    """Equilibrate with other options or a state on disk; the bundle and the lines of the log."""

    def call(state=None, stop=None, seed=8, log=None, **changes):
        lines = []
        bundle = equilibrate(
            relaxed,
            options.model_copy(update=changes),
            one_thread,
            seed,
            state=state,
            stop=stop,
            log=log or lines.append,
        )
        return bundle, lines

    return call


@pytest.fixture(scope="module")
def ended(run, tmp_path_factory):
    """An equilibration that nobody stopped, and the state that it left on disk."""
    state = tmp_path_factory.mktemp("equilibration") / "state" / "latest.npz"
    return run(state)[0], state


@pytest.fixture
def state(ended, tmp_path):
    """A copy of that state."""
    return Path(shutil.copy(ended[1], tmp_path / "latest.npz"))


def assert_same(bundle, other):
    for name in ("system", "state"):
        texts = [openmm.XmlSerializer.serialize(getattr(b, name)) for b in (bundle, other)]
        assert texts[0] == texts[1]
    assert bundle.provenance["report"] == other.provenance["report"]


def interrupt(line):
    raise InterruptedError(line)


def steps_on_disk(state):
    with np.load(state) as stored:
        return int(str(stored["meta"]).partition('"steps": ')[2].partition(",")[0])


def test_stopped_anywhere_it_goes_on_to_the_same_bundle(run, ended, tmp_path):
    """Before all, while it settles, before the first segment, within two segments, at the end."""
    state, reached = tmp_path / "state" / "latest.npz", []

    def asked(number):
        asks = iter(range(number))
        return lambda: next(asks, None) is None

    for stop, steps in (
        (asked(0), None),
        (asked(3), None),
        (state.exists, 0),
        (asked(7), 0),
        (asked(20 + 12), 20),
        (asked(20 + 19), 40),
    ):
        with pytest.raises(TryAgain, match=r"asked to stop \(by the caller\)"):
            run(state, stop)
        assert state.exists() is (steps is not None)
        if steps is not None:
            reached.append(steps_on_disk(state))
            assert reached[-1] == steps
    found, lines = run(state)
    assert lines == [
        "equilibration: goes on after 0.08 ps",
        f"equilibration: 0.12 ps of 0.12 ps, at {last_kelvin(ended[1]):.0f} K",
    ]
    assert_same(found, ended[0])


def last_kelvin(state):
    with np.load(state) as stored:
        return float(str(stored["meta"]).rpartition('"temperature_K": ')[2].partition(",")[0])


def test_killed_at_any_moment_it_goes_on_to_the_same_bundle(
    run, ended, relaxed, options, environment, tmp_path
):
    inputs, state = tmp_path / "inputs", tmp_path / "state" / "latest.npz"
    inputs.write_bytes(pickle.dumps((relaxed, options, BRIEF_SETTLING)))
    helper = Path(__file__).with_name("kills.py")
    command = [sys.executable, str(helper), str(inputs), str(state), "1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 2
    found, lines = run(state)
    assert lines == ["equilibration: goes on after 0.12 ps"]
    assert_same(found, ended[0])


def test_a_longer_equilibration_goes_on_where_a_shorter_one_has_ended(run, ended, tmp_path):
    state = tmp_path / "latest.npz"
    run(state, equilibration_ps=0.08)
    found, lines = run(state)
    assert lines[0] == "equilibration: goes on after 0.08 ps"
    assert_same(found, ended[0])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"friction_per_ps": 3}, "is of other inputs or options"),
        ({"segment_ps": 0.06}, "is of other inputs or options"),
        ({"counter_ions": "held"}, "is of other inputs or options"),
        ({"seed": 9}, "is of other inputs or options"),
        ({"equilibration_ps": 0.04}, "is at 0.12 ps"),
    ],
)
def test_what_changes_the_dynamics_starts_over(run, state, changes, said):
    with pytest.raises(InterruptedError, match=f"equilibration: the state on disk {said}"):
        run(state, log=interrupt, **changes)


def test_segment_that_was_cut_short_is_not_gone_on_from(run, tmp_path):
    state = tmp_path / "latest.npz"
    run(state, equilibration_ps=0.05)
    with pytest.raises(InterruptedError, match=r"is at 0\.05 ps: it starts over"):
        run(state, log=interrupt)
    assert run(state, equilibration_ps=0.05)[1] == ["equilibration: goes on after 0.05 ps"]


def test_what_does_not_change_the_dynamics_finds_the_end(run, state):
    found, lines = run(state, anchored_percent=10, settling_ps=3)
    assert lines == ["equilibration: goes on after 0.12 ps"]
    assert found.provenance["report"]["anchored_atoms"] > 0


def test_damaged_state_is_named(run, state):
    state.write_bytes(state.read_bytes()[:-300])
    with pytest.raises(SettingsError, match=r"latest\.npz is damaged; delete it to begin the equ"):
        run(state)
    np.savez(state, meta=f'{{"schema": {SCHEMA}}}')
    with pytest.raises(SettingsError, match=r"latest\.npz is damaged"):
        run(state)


def test_start_of_a_trial_that_was_stopped_goes_on_to_the_same_bundle(
    small_bundle, options, one_thread, tmp_path
):
    options = options.model_copy(update={"settling_ps": 0.06})
    whole = start_trial(small_bundle, options, one_thread, seed=1)
    state, lines = tmp_path / "state" / "latest.npz", []
    for stop in (state.exists, lambda: steps_on_disk(state) == 20):
        with pytest.raises(TryAgain):
            start_trial(small_bundle, options, one_thread, seed=1, state=state, stop=stop)
    found = start_trial(small_bundle, options, one_thread, 1, state=state, log=lines.append)
    assert lines[0] == "settling of the feed ions: goes on after 0.04 ps"
    assert openmm.XmlSerializer.serialize(found.state) == openmm.XmlSerializer.serialize(
        whole.state
    )
    assert found.provenance["start"] == whole.provenance["start"]


def test_state_of_another_version_of_openmm_is_gone_on_from(small_options, one_thread, monkeypatch):
    system = openmm.System()
    system.addParticle(1.0)
    of_cell = CellDynamics(system, ["a"], small_options, one_thread, 1, "test", measure=dict)
    before = of_cell._key(np.zeros((1, 3)))
    text = openmm.XmlSerializer.serialize(system)
    other = text.replace(openmm.Platform.getOpenMMVersion(), "9.9")
    assert other != text
    monkeypatch.setattr(openmm.XmlSerializer, "serialize", lambda _: other)
    assert of_cell._key(np.zeros((1, 3))) == before
    monkeypatch.setattr(openmm.XmlSerializer, "serialize", lambda _: other.replace("mass", "size"))
    assert of_cell._key(np.zeros((1, 3))) != before
