"""A hydration by GROMACS goes through its legs, is resumed, and refuses what cannot be."""

import json
import shutil

import MDAnalysis as mda
import numpy as np
import pytest
from openmm import app

from mdtools.errors import PhysicsError, SettingsError, TryAgain
from mdtools.options import HydrationCycleStage, NonbondedOptions
from mdtools.swelling.gromacs import hydrate as module
from mdtools.swelling.gromacs import program
from mdtools.swelling.gromacs.hydrate import hydrate_with_gromacs
from mdtools.swelling.report import hydration_report
from tests.mdtools.swelling.conftest import WATERS

ENGINE = {
    "engine": "GROMACS",
    "refill_ps": (0.4,),
    "cycle": (HydrationCycleStage(duration_ps=0.4, temperature_K=380, pressure_MPa=5),),
    "segment_ps": 0.4,
    "block_ps": 0.4,
    "cap_ps": 0.8,
}
STAGES = ["opening", "cycle", "block", "block"]
LEGS = ["minimise", "settle", "opening1", "cycle2", "block1", "block2"]


class StillWater:
    """Stands in for the program: nothing moves, but for what ``change`` does to frame k.

    Keeps the names of what was prepared and run.
    """

    def __init__(self, change=lambda k, positions: positions) -> None:
        self.change = change
        self.ran: list[str] = []
        self.starts: dict[str, tuple[str, str | None]] = {}
        self.stop_at: str | None = None

    def version(self) -> str:
        return "2024.1"

    def prepare(self, directory, name, start, *, state=None) -> None:
        assert (directory / f"{name}.mdp").exists() and (directory / start).exists()
        self.starts[name] = start, state

    def run(self, directory, name, platform, stop) -> None:
        self.ran.append(name)
        (directory / f"{name}.cpt").touch()
        if name == self.stop_at:
            raise TryAgain("stopped")
        start = directory / self.starts[name][0]
        shutil.copy(start, directory / f"{name}.gro")
        lines = (directory / f"{name}.mdp").read_text().splitlines()
        asked = {key.strip(): value.strip() for key, value in (line.split("=") for line in lines)}
        if "nstxout-compressed" in asked:
            self._write(directory / f"{name}.xtc", start, asked)

    def _write(self, path, start, asked) -> None:
        gro = app.GromacsGroFile(str(start))
        positions = gro.getPositions(asNumpy=True)._value
        box = np.diag(gro.getPeriodicBoxVectors()._value)
        every, steps = int(asked["nstxout-compressed"]), int(asked["nsteps"])
        universe = mda.Universe.empty(len(positions), trajectory=True)
        with mda.coordinates.XTC.XTCWriter(str(path), len(positions), convert_units=False) as out:
            for k in range(steps // every + 1):
                moved = self.change(k, positions)
                universe.atoms.positions = np.mod(moved + [0.3, 0.4, 0.9 * k], box)
                universe.dimensions = [*box, 90, 90, 90]
                universe.trajectory.ts.time = float(asked["tinit"]) + k * every * float(asked["dt"])
                out.write(universe.atoms)


@pytest.fixture
def hydrate(polymer, brief, short, one_thread, tmp_path, monkeypatch):
    """Call a hydration with a stand-in for the program."""

    def call(stand_in, **changes):
        for name in ("version", "prepare", "run"):
            monkeypatch.setattr(program, name, getattr(stand_in, name))
        lines = []
        options = brief.model_copy(update=ENGINE | {"stretch": 1.0} | changes)
        found = hydrate_with_gromacs(
            polymer,
            options,
            short,
            one_thread,
            waters_per_reservoir=WATERS,
            seed=5,
            state=tmp_path / "latest.npz",
            log=lines.append,
        )
        return found, lines

    return call


def test_every_stage_is_sampled_and_the_end_is_whole(hydrate, polymer, brief):
    stand_in = StillWater()
    found, _ = hydrate(stand_in)
    assert stand_in.ran == LEGS[:4] + ["block1", "block2"]
    assert stand_in.starts["block2"] == ("block1.gro", "block1.cpt")
    curve = found.curve
    assert curve.drop_duplicates(["stage", "block"])["stage"].tolist() == STAGES
    assert curve["time_ps"].is_monotonic_increasing
    assert curve["time_ps"].iloc[-1] == pytest.approx(1.6)
    # Nothing moved: every sample is the filled slab, wherever the boundary was.
    assert curve["waters"].nunique() == 1 and len(found.waters) == curve["waters"].iloc[-1]
    moved = found.positions - polymer.positions
    lateral = polymer.box_nm * np.round(moved[:, :2] / polymer.box_nm)
    moved[:, :2] -= lateral
    assert np.ptp(moved, axis=0).max() < 1e-3
    assert found.facts["criterion_met"] and found.facts["change_percent"]["waters"] == 0
    told = hydration_report(found, brief.model_copy(update=ENGINE), -1)
    assert any("GROMACS 2024.1" in line for line in told["assumptions"])
    assert any("a barostat along z for the pistons" in line for line in told["assumptions"])


def test_a_stopped_hydration_runs_no_leg_twice_and_a_later_cap_goes_on(hydrate):
    first = StillWater()
    first.stop_at = "cycle2"
    with pytest.raises(TryAgain):
        hydrate(first)
    second = StillWater()
    second.starts = first.starts
    found, lines = hydrate(second)
    assert lines[0] == "goes on after opening1"
    assert second.ran == LEGS[3:]
    third = StillWater()
    again, _ = hydrate(third)
    assert third.ran == [] and again.curve.equals(found.curve)
    other = StillWater()
    hydrate(other, block_ps=0.8, cap_ps=1.6)
    assert other.ran[:2] == ["minimise", "settle"]


def test_another_version_is_refused(hydrate):
    hydrate(StillWater())
    newer = StillWater()
    newer.version = lambda: "2025.0"
    with pytest.raises(SettingsError, match=r"begun with GROMACS 2024\.1, here is 2025\.0"):
        hydrate(newer)


def test_blocks_go_on_until_they_agree_or_the_cap(hydrate, polymer):
    swelling = StillWater()

    def grow(k, positions):
        grown = positions.copy()
        network = slice(len(polymer.atoms))
        middle = positions[network, 2].mean()
        factor = 1 + 0.03 * min(len([n for n in swelling.ran if "block" in n]), 3)
        grown[network, 2] = middle + factor * (positions[network, 2] - middle)
        return grown

    swelling.change = grow
    found, _ = hydrate(swelling, cap_ps=4.0, tolerance_percent=3.5)
    assert found.facts["criterion_met"]
    assert 2 <= len(found.facts["blocks"]) < 10


def test_a_crushed_slab_and_a_used_up_reservoir_are_refused(hydrate, polymer):
    network = slice(len(polymer.atoms))

    def crushed(k, positions):
        flat = positions.copy()
        flat[network, 2] = 1.0 + 0.4 * (positions[network, 2] - 1.0)
        return flat

    with pytest.raises(PhysicsError, match="the slab is crushed"):
        hydrate(StillWater(crushed))

    def swollen(k, positions):
        wide = positions.copy()
        low, high = positions[network, 2].min(), positions[network, 2].max()
        top = positions[:, 2].max() - 0.1
        wide[network, 2] = 0.1 + (positions[network, 2] - low) * (top - 0.1) / (high - low)
        return wide

    with pytest.raises(PhysicsError, match="taken up the water between its images"):
        hydrate(StillWater(swollen), friction_per_ps=3.0)


@pytest.mark.skipif(shutil.which("gmx") is None, reason="needs GROMACS")
def test_gromacs_swells_a_network(polymer, brief, one_thread, tmp_path):
    options = brief.model_copy(update=ENGINE)
    arguments = {"waters_per_reservoir": WATERS, "seed": 5, "state": tmp_path / "latest.npz"}
    narrow = NonbondedOptions(cutoff_nm=0.6)
    found = hydrate_with_gromacs(polymer, options, narrow, one_thread, **arguments)
    assert found.curve.drop_duplicates(["stage", "block"])["stage"].tolist() == STAGES
    assert 0.6 < found.curve["density_g_cm3"].iloc[-1] < 1.2
    lengths = np.linalg.norm(found.waters[:, 1] - found.waters[:, 0], axis=1)
    assert np.allclose(lengths, 0.09572, atol=1e-4)
    record = json.loads((tmp_path / module.DIRECTORY / module.RECORD).read_text())
    assert record["done"] == LEGS
