"""A polymer in a box of water, and what lateral pressure does to its area."""

import numpy as np
import pytest

from mdtools.cells.free_area import FIXED, FREE, WARM_UP, free_area
from mdtools.cells.hydrated_box import hydrated_box
from mdtools.errors import SettingsError
from mdtools.options import FreeAreaOptions, NonbondedOptions
from mdtools.periodic import tree
from mdtools.roles import COUNTER_ION, MEMBRANE, WATER_OXYGEN
from mdtools.slab import mass_faces
from mdtools.systems.constraints import largest_constraint_error
from mdtools.systems.system import charges, element_masses, nonbonded_force

SHORT = {
    "duration_ps": 0.6,
    "equilibration_ps": 0.2,
    "warm_up_ps": 0.2,
    "water_nm": 0.7,
    "sample_ps": 0.1,
    "steps_per_move": 5,
    "minimisation_steps": 60,
}

BRIEF = {
    "duration_ps": 0.18,
    "equilibration_ps": 0.06,
    "warm_up_ps": 0.06,
    "sample_ps": 0.06,
    "steps_per_move": 3,
    "minimisation_steps": 20,
}


@pytest.fixture(scope="module")
def small():
    return NonbondedOptions(cutoff_nm=0.8)


@pytest.fixture(scope="module")
def box(thin_membrane, small):
    return hydrated_box(thin_membrane, FreeAreaOptions(**SHORT), small, seed=1)


def atoms(cell, role):
    return cell.roles.loc[cell.roles["role"] == role, "atom"].to_numpy()


def test_box_is_neutral_by_counter_ions_of_the_polymer_s_charge(box):
    assert box.report["membrane_charge_e"] == -3
    assert box.report["counter_ions"] == {"Na+": 3}
    assert charges(box.system).sum() == pytest.approx(0, abs=1e-4)
    assert charges(box.system)[atoms(box, COUNTER_ION)] == pytest.approx(1)


def test_water_reaches_beyond_both_faces_and_fills_the_box_through_its_boundary(box):
    z = box.positions[:, 2]
    mass = element_masses(
        [a.element.symbol for a in list(box.topology.atoms())[: len(atoms(box, MEMBRANE))]]
    )
    low, high = mass_faces(z[atoms(box, MEMBRANE)], mass)
    oxygen = z[atoms(box, WATER_OXYGEN)]
    for distance in (low - oxygen.min(), oxygen.max() - high):
        assert distance == pytest.approx(SHORT["water_nm"], abs=0.15)
    # No gap along z is wider than one layer of water.
    occupied = np.sort(np.mod(z, box.box_nm[2]))
    gaps = np.diff(occupied, append=occupied[0] + box.box_nm[2])
    assert gaps.max() < 0.3


def test_constraints_are_exact_and_no_waters_overlap_across_any_boundary(box):
    assert largest_constraint_error(box.positions, box.system)[0] < 1e-6
    oxygens = box.positions[atoms(box, WATER_OXYGEN)]
    assert not tree(oxygens, box.box_nm).query_pairs(0.2)


def test_tail_correction_is_as_asked_for(thin_membrane, small, box):
    assert nonbonded_force(box.system).getUseDispersionCorrection()
    options = FreeAreaOptions(**SHORT, tail_correction=False)
    truncated = hydrated_box(thin_membrane, options, small, seed=1)
    assert not nonbonded_force(truncated.system).getUseDispersionCorrection()


def test_too_little_water_for_the_counter_ions_is_refused(thin_membrane, small, monkeypatch):
    monkeypatch.setattr("mdtools.cells.ions.SURFACE_NM", 5.0)
    with pytest.raises(SettingsError, match="3 counter-ions, .*; water_nm is 0.7, raise it"):
        hydrated_box(thin_membrane, FreeAreaOptions(**SHORT), small, seed=1)


def run_at(pressure_MPa, box, platform, **changes):
    options = FreeAreaOptions(**SHORT | changes, pressure_MPa=pressure_MPa)
    return free_area(box, options, platform, seed=5, log=lambda line: None)


@pytest.fixture(scope="module")
def runs(box, one_thread):
    """A brief series under a strong pressure, twice."""
    return [run_at(400.0, box, one_thread, **BRIEF) for _ in range(2)]


@pytest.mark.slow
def test_tension_widens_the_area_and_pressure_narrows_it(box, one_thread):
    pulled, pushed = (
        run_at(pressure, box, one_thread).series["area_strain"].iloc[-1]
        for pressure in (-400.0, 400.0)
    )
    assert pulled > 0.005
    assert pushed < -0.005


def test_only_the_length_moves_at_fixed_area_and_x_and_y_keep_their_ratio(runs, box):
    for run in runs:
        fixed = run.series[run.series["phase"] == FIXED]
        assert (fixed["area_strain"] == 0).all()
        assert fixed["length_z_nm"].iloc[-1] != box.box_nm[2]
        ratio = run.series["length_y_nm"] / run.series["length_x_nm"]
        assert ratio.to_numpy() == pytest.approx(box.box_nm[1] / box.box_nm[0], abs=1e-9)
        area = run.series["length_x_nm"] * run.series["length_y_nm"]
        strain = area / (box.box_nm[0] * box.box_nm[1]) - 1
        assert run.series["area_strain"].to_numpy() == pytest.approx(strain.to_numpy(), abs=1e-9)


def test_series_has_every_phase_at_even_times_and_constraints_hold(runs):
    for run in runs:
        counts = run.series["phase"].value_counts()
        assert counts.to_dict() == {FIXED: 1, WARM_UP: 1, FREE: 3}
        assert run.series["time_ps"].to_numpy() == pytest.approx(0.06 * np.arange(1, 6))
        assert run.largest_constraint_error_nm < 1e-6
        assert all(0 < share < 1 for share in run.acceptance.values())


def test_same_seed_gives_the_same_series(runs):
    assert runs[0].series.equals(runs[1].series)
