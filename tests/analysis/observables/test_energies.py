import numpy as np
import pytest

from analysis.observables import DEFINITIONS, energies
from analysis.options import AnalysisOptions
from analysis.store import Store
from analysis.trials import Trials
from tests.analysis.ion_environment import DEPTH_KCAL
from tests.analysis.stores import synthetic_store

OPTIONS = AnalysisOptions()
FULL = "preset == 'full_minimage' and scope == 'charged groups'"


@pytest.fixture(scope="module")
def trials():
    return Trials(tuple(synthetic_store(trial=k) for k in (1, 2, 3)))


@pytest.fixture(scope="module")
def tables(trials):
    return energies.tables(trials, OPTIONS)


def samples_of(store, species):
    """z (angstrom) of every feed ion of a species in every frame of energies."""
    frames = np.linspace(0, 400, 101).astype(int)[1:]
    return store.z_angstrom[frames][:, store.columns("feed ion", species)]


def test_energies_along_z_are_the_planted_ones(trials, tables):
    table = tables["energy_z"].query(f"{FULL} and trial == '2' and species == 'Na+'")
    z = samples_of(trials.stores[1], "Na+")
    planted = DEPTH_KCAL["Na+"] / (1 + (z / 15) ** 2)
    assert table.samples.sum() == z.size
    checked = 0
    for row in table[table.samples > 0].itertuples():
        here = (z >= row.z_angstrom - 1) & (z < row.z_angstrom + 1)
        assert row.samples == here.sum() and row.n == here.any(axis=0).sum()
        assert row.electrostatic_kcal_mol == pytest.approx(planted[here].mean(), rel=1e-5)
        assert row.vdw_kcal_mol == pytest.approx(-1.5)
        assert row.total_kcal_mol == pytest.approx(planted[here].mean() - 1.5, rel=1e-5)
        checked += 1
    assert checked > 5
    assert table.z_angstrom.diff().dropna().to_numpy() == pytest.approx(2.0)


def test_the_other_preset_is_cut_off_far_from_the_membrane(tables):
    far = tables["energy_z"].query("trial == 'all' and z_angstrom < -27.5 and samples > 0")
    near = far[far.preset == "namdenergy_default"].electrostatic_kcal_mol
    assert len(near) and near.abs().max() == 0
    assert far[far.preset == "full_minimage"].electrostatic_kcal_mol.abs().min() > 5


def test_all_trials_have_the_t_interval_where_all_have_been(tables):
    table = tables["energy_z"].query(f"{FULL} and species == 'Cl-'")
    pooled = table[table.trial == "all"].set_index("z_angstrom")
    single = table[table.trial != "all"].pivot(
        index="z_angstrom", columns="trial", values="total_kcal_mol"
    )
    everywhere = single.notna().all(axis=1)
    assert everywhere.any() and not everywhere.all()
    for z in pooled.index:
        values, row = single.loc[z].dropna(), pooled.loc[z]
        assert row.n_trials == len(values)
        if len(values):
            assert row.total_kcal_mol == pytest.approx(values.mean())
        if len(values) == 3:
            half = 2.4841377 * values.std()
            assert row.low_kcal_mol == pytest.approx(values.mean() - half)
            assert row.high_kcal_mol == pytest.approx(values.mean() + half)
            assert row.interval == "95 % t-interval, 2 degrees of freedom (3 trials)"
        else:
            assert np.isnan([row.low_kcal_mol, row.high_kcal_mol]).all()
            assert row.interval.startswith("none")
    rest = table[table.trial != "all"]
    assert rest[["low_kcal_mol", "high_kcal_mol"]].isna().all(axis=None)


def test_curves_of_single_ions_add_up_to_those_of_their_trial(tables):
    keys = ["preset", "scope", "species", "trial", "z_angstrom"]
    ions = tables["energy_ions"].assign(
        energy=lambda t: t.total_kcal_mol * t.samples, square=lambda t: t.total_kcal_mol**2
    )
    sums = ions.groupby(keys)[["energy", "samples"]].sum()
    table = tables["energy_z"].query("trial != 'all' and samples > 0").set_index(keys)
    table = table.loc[sums.index]
    assert table.samples.to_numpy().tolist() == sums.samples.tolist()
    assert table.total_kcal_mol.to_numpy() == pytest.approx((sums.energy / sums.samples).to_numpy())
    spread = ions.groupby(keys).total_kcal_mol.std()
    assert table.sd_over_ions_kcal_mol.to_numpy() == pytest.approx(
        spread.to_numpy(), nan_ok=True, abs=1e-6
    )
    assert ions.groupby(["preset", "scope", "species", "trial"]).ion.nunique().unique() == [6]


def test_counter_ions_are_no_part_of_it(trials, tables):
    store = trials.first
    feed = [store.columns("feed ion", name) for name in ("Na+", "Cl-")]
    others = ~np.isin(store.ion_columns, np.concatenate(feed))
    assert others.any()
    energy = store.arrays["energy_kcal_mol"].copy()
    energy[:, others] = 1e6
    changed = Store(store.arrays | {"energy_kcal_mol": energy}, store.manifest)
    found = energies.tables(Trials((changed, *trials.stores[1:])), OPTIONS)
    assert found["energy_z"].equals(tables["energy_z"])


def test_ions_before_others_in_the_store_keep_their_own_energies(trials):
    store = trials.first
    energy = np.zeros_like(store.arrays["energy_kcal_mol"])
    number = np.arange(energy.shape[1])
    energy[..., 0] = number[:, None, None]
    marked = Store(store.arrays | {"energy_kcal_mol": energy}, store.manifest)
    table = energies.tables(Trials((marked,)), OPTIONS)["energy_ions"].query(FULL)
    own = table.groupby(["species", "ion"]).total_kcal_mol.agg(["min", "max"])
    assert (own["min"] == own["max"]).all()
    for species in ("Na+", "Cl-"):
        columns = store.columns("feed ion", species)
        expected = np.searchsorted(store.ion_columns, columns)
        assert own.loc[species, "min"].tolist() == expected.tolist()


def test_without_lennard_jones_parameters_the_total_is_electrostatic_and_says_so(trials):
    store = trials.first
    energy = store.arrays["energy_kcal_mol"].copy()
    energy[..., 1] = np.nan
    unknown = Store(store.arrays | {"energy_kcal_mol": energy}, store.manifest)
    table = energies.tables(Trials((unknown,)), OPTIONS)["energy_z"]
    there = table[table.samples > 0]
    assert there.vdw_kcal_mol.isna().all()
    assert (there.total_kcal_mol == there.electrostatic_kcal_mol).all()
    assert there.note.str.contains("Lennard-Jones parameters are not known").all()
    assert (table.note[table.samples == 0] == "").all()


def test_known_parameters_need_no_note_and_the_groups_charge_stands_beside(tables):
    assert (tables["energy_z"].note == "").all()
    assert tables["energy_z"].group_charge_e.unique().tolist() == [-14.0]


def test_one_trial_has_no_interval(trials):
    table = energies.tables(Trials((trials.first,)), OPTIONS)["energy_z"].query("trial == 'all'")
    assert table.low_kcal_mol.isna().all()
    assert set(table.interval[table.samples > 0]) == {"none: one trial"}


def test_a_store_without_frames_of_energies_has_tables_without_rows(trials):
    store = trials.first
    nothing = {
        "energy_time_ps": np.empty(0),
        "energy_kcal_mol": store.arrays["energy_kcal_mol"][:0],
    }
    found = energies.tables(Trials((Store(store.arrays | nothing, store.manifest),)), OPTIONS)
    assert found["energy_z"].empty and found["energy_ions"].empty
    assert list(found["energy_z"].columns) == list(energies.PROFILE_COLUMNS)


def test_definitions_say_what_the_presets_leave_out():
    for name in energies.DEFINITIONS:
        for words in ("332.0636", "no water", "12 Å", "Counter-ions are left out"):
            assert words in DEFINITIONS[name]
