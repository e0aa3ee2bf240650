import numpy as np
import pytest

from analysis.observables import density_map
from analysis.options import AnalysisOptions
from analysis.reading.collect import observe
from analysis.reading.profilers import MapProfiler
from analysis.reading.sources import RunSource
from analysis.store import Store
from analysis.trials import Trials
from mdtools.constants import G_CM3_PER_DA_NM3

CARBON, OXYGEN = 12.011, 15.999
"""The membrane of the synthetic run: both at x = 1 nm, 1 nm apart along z, in a box of 3 x 3 nm."""


def mapped(trajectory) -> dict:
    return observe(RunSource(trajectory), [MapProfiler()], AnalysisOptions())[0]


def masses(arrays) -> np.ndarray:
    x, z = np.diff(arrays["map_x_edges_nm"]), np.diff(arrays["map_z_edges_nm"])
    return arrays["map_g_cm3"] * x[:, None] * 3.0 * z / G_CM3_PER_DA_NM3


def test_the_map_holds_each_atom_s_mass_where_it_is(make_trajectory):
    arrays = mapped(make_trajectory())
    found = masses(arrays)
    assert found.sum() == pytest.approx(CARBON + OXYGEN)
    (row,) = np.flatnonzero(found.any(axis=1))
    assert arrays["map_x_edges_nm"][row] <= 1.0 < arrays["map_x_edges_nm"][row + 1]
    center = (4 * CARBON + 5 * OXYGEN) / (CARBON + OXYGEN)
    for z, mass in ((4 - center, CARBON), (5 - center, OXYGEN)):
        layer = np.searchsorted(arrays["map_z_edges_nm"], z, side="right") - 1
        assert found[row, layer] == pytest.approx(mass)


def test_whole_boxes_across_change_nothing_in_the_map(make_trajectory):
    here, there = make_trajectory(), make_trajectory()
    for paths in (there.paths, there.start):
        paths[..., 0] += 6.0
    assert mapped(there)["map_g_cm3"] == pytest.approx(mapped(here)["map_g_cm3"])


def test_the_map_s_mean_across_the_box_is_the_profile(make_store):
    trials = Trials((make_store(), make_store(trial=2)))
    table = density_map.tables(trials, AnalysisOptions())["density_map"].query("trial == 'all'")
    across = table.groupby("z_angstrom").density_g_cm3.mean()
    assert across.to_numpy() == pytest.approx(np.full(len(across), 0.95))
    assert across.index.to_numpy() == pytest.approx(np.arange(-11, 13, 2))
    first = table[table.x_angstrom == table.x_angstrom.min()]
    assert first.x_angstrom.iloc[0] == pytest.approx(-25)
    assert first.density_g_cm3.to_numpy() == pytest.approx(np.full(12, 2 * 0.95 / 52))


def test_a_trial_whose_box_has_a_bin_more_is_brought_to_those_of_the_first(make_store):
    store = make_store()
    wider = store.arrays["map_g_cm3"][np.minimum(np.arange(27), 25)]
    other = Store(store.arrays | {"map_g_cm3": wider}, store.manifest)
    found = density_map.map_of(other, 26)
    steps = np.abs(found - store.arrays["map_g_cm3"]).max()
    assert found.shape == store.arrays["map_g_cm3"].shape
    assert steps <= 2 * 0.95 / 26 + 1e-12
