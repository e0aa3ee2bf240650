import numpy as np
import pytest

from analysis.observables import coordination
from analysis.observables.shared.shells import opposite_counts, shell_counts
from analysis.options import AnalysisOptions
from analysis.store import Store
from analysis.trials import Trials
from tests.analysis.ion_environment import INSIDE, OUTSIDE
from tests.analysis.stores import synthetic_store

OPTIONS = AnalysisOptions()
PARTNERS = ("water O", "membrane O", "membrane N")


@pytest.fixture(scope="module")
def trials():
    return Trials(tuple(synthetic_store(trial=k) for k in (1, 2, 3)))


@pytest.fixture(scope="module")
def table(trials):
    return coordination.tables(trials, OPTIONS)["coordination"]


def within(options, cutoff):
    return options.model_copy(update={"hydration_cutoff_angstrom": {"Na+": cutoff, "Cl-": cutoff}})


@pytest.mark.parametrize("trial", ["1", "2", "3", "all"])
def test_ions_lose_the_planted_water_in_the_membrane_and_gain_its_atoms(table, trial):
    for partner, outside, inside in zip(PARTNERS, OUTSIDE, INSIDE, strict=True):
        rows = table[(table.trial == trial) & (table.partner == partner)].dropna(
            subset="coordination"
        )
        assert set(rows.species) == {"Na+", "Cl-"}
        deep = rows.coordination[rows.z_angstrom.abs() < 10]
        far = rows.coordination[rows.z_angstrom.abs() > 13]
        assert len(deep) and len(far)
        assert (deep == inside).all() and (far == outside).all()


def test_a_longer_cutoff_counts_the_next_shell(trials):
    far = coordination.tables(trials, within(OPTIONS, 4.2))["coordination"]
    water = far[(far.partner == "water O") & (far.trial == "all")].dropna(subset="coordination")
    assert set(water.coordination[water.z_angstrom.abs() > 13]) == {OUTSIDE[0] + 1.0}
    near = coordination.tables(trials, within(OPTIONS, 4.19))["coordination"]
    water = near[(near.partner == "water O") & (near.trial == "all")].dropna(subset="coordination")
    assert set(water.coordination[water.z_angstrom.abs() > 13]) == {OUTSIDE[0]}


def test_each_species_has_its_own_cutoff(trials):
    options = OPTIONS.model_copy(update={"hydration_cutoff_angstrom": {"Na+": 2.0, "Cl-": 4.5}})
    rows = coordination.tables(trials, options)["coordination"].query("partner == 'water O'")
    assert rows[rows.species == "Na+"].coordination.max() == 0
    assert rows[rows.species == "Cl-"].coordination.max() == 7
    cutoffs = rows.groupby("species").cutoff_angstrom.unique()
    assert cutoffs["Na+"].tolist() == [2.0] and cutoffs["Cl-"].tolist() == [4.5]


def test_ragged_shells_are_counted_ion_by_ion_and_frame_by_frame(trials):
    rng = np.random.default_rng(0)
    store = trials.first
    counts = rng.integers(0, 5, store.arrays["shell_counts"].shape).astype(np.uint16)
    distances = [np.sort(rng.integers(2000, 4500, n)) for n in counts.ravel()]
    expected = np.array([(d <= 3300).sum() for d in distances]).reshape(counts.shape)
    arrays = store.arrays | {
        "shell_counts": counts,
        "shell_1e_4_nm": np.concatenate(distances).astype(np.uint16),
    }
    assert (shell_counts(Store(arrays, store.manifest), 3.3) == expected).all()


def test_ions_of_the_other_sign_are_those_near_by_whatever_their_role_and_species(trials):
    store = trials.stores[1]
    atoms = [a | {"species": "K+"} if a["atom"] < 3 else a for a in store.manifest["atoms"]]
    places = store.arrays["positions_nm"].copy()
    rng = np.random.default_rng(0)
    shape = (*places.shape[:2], 2)
    places[..., :2] = rng.normal(2.6, 0.6, shape) + 5.2 * rng.integers(-1, 2, shape)
    mixed = Store(store.arrays | {"positions_nm": places}, store.manifest | {"atoms": atoms})
    found = opposite_counts(mixed, OPTIONS)
    species = mixed.atoms.species.to_numpy()[mixed.ion_columns]
    assert set(species) == {"K+", "Na+", "Cl-"}
    places = 10 * places[mixed.full_frames][:, mixed.ion_columns].astype(float)
    for ion, name in enumerate(species):
        others = np.array([other[-1] != name[-1] for other in species])
        cutoff = np.where((species == "K+") | (name == "K+"), 4.1, 3.7)[others]
        apart = places[:, others] - places[:, [ion]]
        apart[..., :2] -= 52 * np.rint(apart[..., :2] / 52)
        near = np.linalg.norm(apart, axis=-1) <= cutoff
        assert (found[:, ion] == near.sum(axis=1)).all()
    assert found.sum() > 50


def test_the_total_is_the_sum_of_all_partners(table):
    keys = ["species", "trial", "z_angstrom"]
    numbers = table.pivot(index=keys, columns="partner", values="coordination").dropna()
    parts = numbers[[*PARTNERS, "opposite ions"]].sum(axis=1)
    assert numbers.total.to_numpy() == pytest.approx(parts.to_numpy())
    assert numbers["opposite ions"].max() > 0
    notes = table.groupby("partner").note.unique()
    assert notes["opposite ions"].tolist() == ["Na+/Cl- within 3.7 Å"]
    assert notes["water O"].tolist() == [""]


def test_samples_are_ions_times_full_frames_and_few_of_them_have_no_mean(table):
    rows = table[(table.trial == "1") & (table.partner == "water O") & (table.species == "Cl-")]
    assert rows.samples.sum() == 6 * 100
    few = rows.samples < coordination.FEWEST
    assert few.any() and rows.coordination[few].isna().all()
    assert rows.coordination[~few].notna().all()


def test_all_trials_have_an_interval_only_where_each_has_a_mean(table):
    rows = table[(table.partner == "total") & (table.species == "Na+")]
    single = rows[rows.trial != "all"].pivot(
        index="z_angstrom", columns="trial", values="coordination"
    )
    pooled = rows[rows.trial == "all"].set_index("z_angstrom").loc[single.index]
    assert pooled.n_trials.tolist() == single.notna().sum(axis=1).tolist()
    everywhere = (pooled.n_trials == 3).to_numpy()
    assert pooled.coordination.to_numpy() == pytest.approx(
        single.mean(axis=1).to_numpy(), nan_ok=True
    )
    half = 2.4841377 * single.std(axis=1)
    high = (single.mean(axis=1) + half)[everywhere]
    assert pooled.high_coordination[everywhere].to_numpy() == pytest.approx(high.to_numpy())
    assert pooled.low_coordination[everywhere].min() >= 0
    assert pooled.low_coordination[~everywhere].isna().all()


def test_counter_ions_have_no_rows_of_their_own(trials, table):
    store = trials.first
    feed = np.isin(store.ion_columns, [*store.columns("feed ion", "Na+")])
    feed |= np.isin(store.ion_columns, [*store.columns("feed ion", "Cl-")])
    water = table.query("partner == 'water O' and trial == '1'").groupby("species").samples.sum()
    assert water.to_dict() == {"Na+": 600, "Cl-": 600} and (~feed).sum() == 10


@pytest.mark.parametrize(
    ("cutoffs", "message"),
    [
        ({"Na+": 4.6, "Cl-": 3.6}, r"hydration_cutoff_angstrom of Na\+ is 4.6.*up to 4.5 angstrom"),
        ({"Na+": 3.0}, r"first shell of Cl-: add this key to hydration_cutoff_angstrom.*Na\+"),
    ],
)
def test_cutoffs_that_the_store_cannot_serve_are_refused(trials, cutoffs, message):
    options = OPTIONS.model_copy(update={"hydration_cutoff_angstrom": cutoffs})
    with pytest.raises(ValueError, match=message):
        coordination.tables(trials, options)


def test_a_narrow_box_keeps_fewer_neighbours(trials):
    store = trials.first
    narrow = Store(store.arrays, store.manifest | {"box_nm": [0.8, 5.2, 14.0]})
    with pytest.raises(ValueError, match="kept up to 4 angstrom"):
        coordination.tables(Trials((narrow,)), within(OPTIONS, 4.1))
