import numpy as np
import pytest

from analysis.observables import profiles
from analysis.options import AnalysisOptions
from analysis.trials import Trials

OPTIONS = AnalysisOptions()


@pytest.fixture
def trials(make_store):
    return Trials(tuple(make_store(trial=k) for k in (1, 2, 3)))


def test_group_profiles_hold_every_group_and_its_formal_charge(make_store):
    stores = tuple(make_store("pH7", k) for k in (1, 2))
    tables = profiles.tables(Trials(stores), OPTIONS)
    bin_nm3 = 5.2 * 5.2 * 0.1
    groups = tables["groups"].query("trial == 'all'").groupby("of").density_per_nm3.sum() * bin_nm3
    assert groups.to_dict() == {"NH2+": pytest.approx(10), "COO-": pytest.approx(20)}
    charge = tables["charge"].query("trial == 'all' and of == 'charged groups'")
    assert charge.density_e_nm3.sum() * bin_nm3 == pytest.approx(-10)


def test_bands_of_densities_are_not_negative(make_store):
    stores = tuple(make_store("pH7", k) for k in (1, 2, 3))
    tables = profiles.tables(Trials(stores), OPTIONS)
    for name, column in (("density", "low_g_cm3"), ("groups", "low_per_nm3")):
        assert tables[name][column].min() >= 0


def test_porosity_is_one_outside_and_what_was_put_in_at_the_centre(trials):
    table = profiles.tables(trials, OPTIONS)["porosity"]
    pooled = table[table.trial == "all"].set_index("z_angstrom").void_share
    assert pooled[pooled.index.to_numpy() < -25].min() == pytest.approx(1.0, abs=1e-4)
    assert pooled.loc[pooled.index[np.abs(pooled.index).argmin()]] == pytest.approx(0.3, abs=1e-3)
    assert set(table.trial) == {"1", "2", "3", "all"}
