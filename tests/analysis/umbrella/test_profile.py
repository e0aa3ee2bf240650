"""Windows become tables: a free energy with its zero in the feed, and what is amiss by name."""

import dataclasses
import re

import numpy as np
import pytest

from analysis.umbrella.profile import profile
from tests.analysis.umbrella.windows import drawn

CENTRES = np.arange(-2.2, -0.79, 0.1)
OPTIONS = {"blocks": 5, "bin_angstrom": 0.5, "level": 0.95}


def step(z_nm):
    """Three kT up at the feed face, 1 nm before the centre."""
    return 3 / (1 + np.exp(-(z_nm + 1.0) / 0.05))


@pytest.fixture(scope="module")
def found():
    return profile(drawn(step, CENTRES), **OPTIONS)


def test_free_energy_is_zero_in_the_feed_and_rises_at_the_face(found):
    table = found.free_energy
    assert found.zero.startswith("the feed reservoir, 5 angstrom and more from membrane and sheet")
    water = table[table.z_angstrom < -15]
    assert np.log(np.exp(-water.free_energy_kT).mean()) == pytest.approx(0, abs=1e-6)
    assert table.free_energy_kT.iloc[-1] == pytest.approx(3, abs=0.35)
    kcal = table.free_energy_kcal_mol / table.free_energy_kT
    assert kcal.to_numpy() == pytest.approx(np.full(len(table), 0.59616), rel=1e-3)
    assert (table.low_kT < table.free_energy_kT).all()


def test_windows_say_where_the_ion_was_and_how_well(found):
    rows = found.windows
    assert rows.z_angstrom.to_numpy() == pytest.approx(10 * CENTRES)
    assert rows.sd_angstrom[:5].to_numpy() == pytest.approx(np.full(5, 0.5), rel=0.15)
    # Independent samples, two ps apart: half a sample is their autocorrelation time.
    assert rows.correlation_ps.mean() == pytest.approx(1.0, rel=0.2)
    assert rows.overlap_with_next[:-1].min() > 0.1
    assert np.isnan(rows.overlap_with_next.iloc[-1])
    assert rows.start[2] == "trial 1 at 2 ps"
    sums = found.overlap.groupby("window").overlap.sum()
    assert sums.to_numpy() == pytest.approx(np.ones(len(CENTRES)), abs=0.01)
    assert found.notes == ()


def test_windows_that_do_not_overlap_are_named_and_nothing_is_given_beyond_them():
    far = np.concatenate([CENTRES[:5], CENTRES[9:]])
    found = profile(drawn(step, far), **OPTIONS)
    assert len(found.notes) == 1
    assert found.notes[0].startswith("windows 4 and 5 (z = -18.0 and -13.0 angstrom) do not overl")
    table = found.free_energy
    assert table.free_energy_kT[table.z_angstrom > -15.5].isna().all()
    assert table.free_energy_kT[table.z_angstrom < -18].notna().all()


def test_slow_windows_moved_membranes_and_unfinished_runs_are_told():
    samples = drawn(step, CENTRES, complete=False)
    slow = np.repeat(samples[3].z_nm[:10], 30)
    samples[3] = dataclasses.replace(samples[3], z_nm=slow, drift_nm=0.08)
    notes = profile(samples, **OPTIONS).notes
    assert "1 of 15 windows (first 3) have blocks shorter than 10 autocorrelation times" in notes[0]
    assert notes[1] == "the membrane's centre moved by up to 0.8 angstrom in the windows"
    assert notes[2] == "15 windows have not come to their end"


def test_range_within_the_membrane_has_its_zero_at_its_end():
    found = profile(drawn(lambda z: 0 * z, np.array([0.0, 0.1])), **OPTIONS)
    assert found.zero == "the end of the range, within the membrane (z from 0.0 to 0.5 angstrom)"


def moved(samples, by_nm):
    return [dataclasses.replace(one, z_nm=one.z_nm + by_nm) for one in samples]


def test_zero_is_nearest_to_the_feed_where_no_ion_came_there():
    """All ions 9 angstrom from their windows: none is in the water, the first are at the face."""
    found = profile(moved(drawn(lambda z: 0 * z, CENTRES), 0.9), **OPTIONS)
    said = re.fullmatch(
        r"the place that the ion came to nearest to the feed reservoir.* "
        r"\(z from (\S+) to (\S+) angstrom\)",
        found.zero,
    )
    low, high = map(float, said.groups())
    assert not found.in_its_place and -15 < low < high == low + 0.5
    table = found.free_energy
    inside = table.z_angstrom.between(low, high)
    assert table.free_energy_kT[inside].tolist() == pytest.approx([0], abs=1e-9)
    assert table.low_kT[table.z_angstrom > low].notna().all()
    assert "no window's ion came to the feed reservoir" in found.notes[-1]


@pytest.mark.parametrize("windows", [len(CENTRES), 9])
def test_windows_that_no_ion_came_to_give_no_free_energy_and_say_so(windows):
    """All ions far beyond, or those of the feed's windows alone, with a gap behind them."""
    samples = drawn(lambda z: 0 * z, CENTRES)
    found = profile([*moved(samples[:windows], 5), *samples[windows:]], **OPTIONS)
    assert found.free_energy.free_energy_kT.isna().all()
    assert found.zero == "no place" and not found.in_its_place
    assert found.notes[-1].startswith("no ion came to the feed reservoir, 5 angstrom and more from")
    assert ("do not overlap" in found.notes[0]) == (windows == 9)
