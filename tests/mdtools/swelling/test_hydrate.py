"""A hydration ends by its criterion or says that it did not, and survives being stopped."""

import itertools
import shutil

import numpy as np
import pytest

from mdtools.errors import PhysicsError, TryAgain
from mdtools.swelling import hydrate as module
from mdtools.swelling import outcome
from mdtools.swelling.hydrate import hydrate
from mdtools.swelling.report import fill_voids, hydration_report, voids_report
from tests.mdtools.swelling.conftest import WATERS


@pytest.fixture(scope="module")
def run(polymer, brief, short, one_thread):
    """Call a hydration, with other options or a state on disk."""

    def call(state=None, stop=None, **changes):
        lines = []
        found = hydrate(
            polymer,
            brief.model_copy(update=changes),
            short,
            one_thread,
            waters_per_reservoir=WATERS,
            seed=5,
            state=state,
            stop=stop,
            log=lines.append,
        )
        return found, lines

    return call


@pytest.fixture(scope="module")
def ended(run, tmp_path_factory):
    """A hydration that ran into its cap, and the state that it left on disk."""
    state = tmp_path_factory.mktemp("hydration") / "latest.npz"
    return run(state=state)[0], state


@pytest.fixture(scope="module")
def whole(ended):
    return ended[0]


@pytest.fixture
def state(ended, tmp_path):
    """A copy of that state."""
    return shutil.copy(ended[1], tmp_path / "latest.npz")


def test_curve_goes_through_every_stage_with_its_pressure_and_temperature(whole):
    stages = whole.curve.drop_duplicates(["stage", "block"])
    assert stages["stage"].tolist() == ["opening", "cycle", "block", "block"]
    assert stages["pressure_MPa"].tolist() == [5, 5, 0.1, 0.1]
    assert whole.curve["time_ps"].is_monotonic_increasing
    assert whole.curve["time_ps"].iloc[-1] == pytest.approx(0.6)
    heated = whole.curve[whole.curve["stage"] == "cycle"]["temperature_K"]
    assert heated.is_monotonic_increasing and heated.iloc[-1] == pytest.approx(376, abs=1)


def test_cap_that_is_reached_is_said(whole, brief):
    assert whole.facts["criterion_met"] is False
    assert len(whole.facts["blocks"]) == 2
    report = hydration_report(whole, brief, charge=1)
    assert any("cap of 0.4 ps and NOT by its criterion" in line for line in report["assumptions"])
    assert report["waters"] == report["blocks"][-1]["waters"]
    assert any("counter-ions while it swells: 1 Cl-" in line for line in report["assumptions"])


def test_a_wide_tolerance_ends_it_after_two_blocks(run, brief, state):
    found, _ = run(state=state, tolerance_percent=50, cap_ps=2.0)
    assert found.facts["criterion_met"] is True
    assert len(found.facts["blocks"]) == 2
    report = hydration_report(found, brief, charge=1)
    assert any("ended by its criterion" in line for line in report["assumptions"])


def test_waters_that_it_returns_lie_in_the_membrane_and_are_whole(whole):
    assert len(whole.waters) == whole.curve["waters"].iloc[-1]
    length = np.linalg.norm(whole.waters[:, 1] - whole.waters[:, 0], axis=1)
    assert length == pytest.approx(0.09572, abs=1e-5)


def test_a_stopped_hydration_goes_on_to_the_same_state(run, whole, tmp_path):
    """Stopped within stretches, of blocks too, and started again until it is done."""
    state = tmp_path / "latest.npz"
    for turn in itertools.count():
        asked = itertools.count(1)
        try:
            found, lines = run(state=state, stop=lambda asked=asked: next(asked) > 60)
            break
        except TryAgain:
            assert state.exists() and turn < 20
    assert turn >= 2 and any("goes on after" in line for line in lines)
    assert np.array_equal(found.positions, whole.positions)
    assert found.curve.equals(whole.curve)


def test_a_later_cap_goes_on_where_an_earlier_one_ended(run, state, whole):
    further, lines = run(state=state, cap_ps=0.6)
    assert len(further.facts["blocks"]) == 3
    assert lines[0] == "goes on after 6 stretches"
    assert further.curve[: len(whole.curve)].equals(whole.curve)


def test_no_refill_and_no_cycle_go_straight_to_the_blocks(run):
    """Two blocks of which the last is the cap; stopped in the middle of the second one."""
    plain = {"refill_ps": (), "cycle": (), "block_ps": 0.1, "cap_ps": 0.2, "segment_ps": 0.05}
    found, _ = run(**plain)
    assert [block["block"] for block in found.facts["blocks"]] == [1, 2]
    assert set(found.curve["stage"]) == {"block"}


def test_network_that_falls_apart_is_told_with_its_pieces(run, state, monkeypatch):
    monkeypatch.setattr(
        module.Slab, "pieces_gone", lambda *_: [("PIP 3, TMC 11", 0.04), ("PIP 7", 0.02)]
    )
    with pytest.raises(PhysicsError, match="falls apart as it swells: 6 % .*PIP 3, TMC 11; PIP 7"):
        run(state=state, cap_ps=0.6)


def test_reservoir_that_is_used_up_is_told(run, state, monkeypatch):
    monkeypatch.setattr(outcome, "THINNEST_RESERVOIR_NM", 3.0)
    with pytest.raises(PhysicsError, match=r"taken up the feed reservoir.*waters_per_reservoir"):
        run(state=state, cap_ps=0.6)


def test_crushed_slab_is_told_with_its_pressure(run, state, monkeypatch):
    monkeypatch.setattr(outcome, "DENSEST_G_CM3", 0.5)
    with pytest.raises(PhysicsError, match=r"crushed: .* at 0.1 MPa; lower the pressure"):
        run(state=state, cap_ps=0.6)


def test_voids_protocol_reports_the_water_that_fits(polymer):
    waters = fill_voids(polymer)
    report = voids_report(polymer, waters)
    assert report["waters"] == len(waters) > 0
    assert report["criterion_met"] is None and report["blocks"] == []
    assert "was not swollen" in report["assumptions"][0]
