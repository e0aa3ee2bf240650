import tracemalloc

import numpy as np
import pytest

from analysis.kernels import first_valley, layered_shells
from analysis.observables import radial
from analysis.observables.shared.radial_distributions import (
    FEED,
    MEMBRANE,
    ideal_neighbours,
    ion_counts,
    partner_counts,
    partner_density,
    regions,
)
from analysis.options import AnalysisOptions
from analysis.store import Store
from analysis.trials import Trials
from tests.analysis import ion_environment
from tests.analysis.stores import synthetic_store

OPTIONS = AnalysisOptions()
PER_NM3 = 0.997 / (18.015 * 1.66053906660e-3)


def changed(store, **arrays) -> Store:
    return Store(store.arrays | arrays, store.manifest)


def long_run(trial: int) -> Store:
    """A store whose radial distributions are of many ions in the feed reservoir."""
    store = synthetic_store(trial=trial)
    ions = store.atoms.species[store.ion_columns].tolist()
    species = list(dict.fromkeys(ions))
    z = np.random.default_rng(trial).uniform(-3.2, 1.2, (1000, len(ions)))
    of_ion = np.array([species.index(name) for name in ions])
    return changed(store, **ion_environment.radial(species, z, of_ion))


@pytest.fixture(scope="module")
def trials():
    return Trials(tuple(long_run(k) for k in (1, 2, 3)))


@pytest.fixture(scope="module")
def tables(trials):
    return radial.tables(trials, OPTIONS)


def planted(r):
    """g of water that tests/analysis/ion_environment.py plants."""
    peak = 9 * np.exp(-(((r - ion_environment.SHELL_ANGSTROM) / 0.18) ** 2))
    return peak + 1 / (1 + np.exp(-(r - 3.7) / 0.12))


@pytest.mark.parametrize("species", ["Na+", "Cl-"])
@pytest.mark.parametrize("trial", ["1", "all"])
def test_g_in_the_feed_reservoir_is_the_planted_one(tables, species, trial):
    rows = tables["radial"].query(
        "species == @species and trial == @trial and partner == 'water O' and place == @FEED"
    )
    fine = np.arange(0.025, 10, 0.05)
    shells = planted(fine) * fine**2
    expected = shells.reshape(-1, 2).sum(axis=1) / (fine**2).reshape(-1, 2).sum(axis=1)
    # The planted density is that of water up to where the first atoms of the membrane are.
    r = rows.r_angstrom.to_numpy()
    near = (r > 1.5) & (r < 6)
    scale = 33.3 / PER_NM3
    assert rows.g.to_numpy()[near] == pytest.approx(scale * expected[near], rel=0.01, abs=0.02)


def neighbours(r):
    """Water around an ion up to r (angstrom) that tests/analysis/ion_environment.py plants."""
    fine = np.arange(0.0025, 10, 0.005)
    running = np.cumsum(4 * np.pi * fine**2 * 0.005 * 0.0333 * planted(fine))
    return np.interp(r, fine + 0.0025, running)


@pytest.mark.parametrize("trial", ["1", "all"])
def test_running_coordination_and_density_are_the_planted_ones(tables, trial):
    rows = tables["radial"].query(
        "species == 'Na+' and trial == @trial and partner == 'water O' and place == @FEED"
    )
    outer = rows.r_angstrom.to_numpy() + 0.05
    assert rows.coordination.to_numpy() == pytest.approx(neighbours(outer), rel=0.01, abs=0.02)
    assert rows.coordination.iloc[-1] == pytest.approx(neighbours(10.0), rel=0.01)
    near = rows[rows.r_angstrom.between(1.5, 6)]
    # Two planted shells of 0.05 angstrom in each.
    r = near.r_angstrom.to_numpy()[:, None] + [-0.025, 0.025]
    per_nm3 = 33.3 * np.average(planted(r), axis=1, weights=r**2)
    assert near.density_per_nm3.to_numpy() == pytest.approx(per_nm3, rel=0.03, abs=0.5)


def test_g_of_all_is_a_mean_of_trials_and_their_coordination_is_that_of_all_counts(trials):
    first, second = trials.stores[:2]
    arrays = {name: second.arrays[name] for name in ("radial_pairs", "radial_references")}
    # Three times the ions of the other trial, with half the neighbours around each of them.
    more = changed(
        second,
        radial_references=3 * arrays["radial_references"],
        radial_pairs=np.rint(1.5 * arrays["radial_pairs"]).astype(np.uint32),
    )
    table = radial.tables(Trials((first, more)), OPTIONS)["radial"]
    rows = table.query("species == 'Na+' and partner == 'water O' and place == @FEED")
    rows = rows[rows.r_angstrom.between(2, 6)].set_index(["trial", "r_angstrom"])
    r = rows.loc["all"].index.to_numpy() + 0.05
    shares = [rows.references[trial].iloc[0] for trial in ("1", "2")]
    weight = shares[0] / sum(shares)
    assert 0.2 < weight < 0.3
    planted_ = (weight + (1 - weight) / 2) * neighbours(r)
    assert rows.coordination["all"].to_numpy() == pytest.approx(planted_, rel=0.02, abs=0.05)
    mean = 0.75 * rows.g["1"].to_numpy()
    assert rows.g["all"].to_numpy() == pytest.approx(mean, rel=0.03, abs=0.03)
    assert (rows.n_trials["all"] == 2).all()
    said = radial.DEFINITIONS[radial.RADIAL]
    assert "g of 'all' is the mean" in said and "those of the counts of all trials" in said


def test_pairs_of_ions_are_counted_a_few_frames_at_a_time(monkeypatch):
    store = scattered(40, 500, 6)
    limits = regions(Trials((store,)))
    store.z_angstrom  # noqa: B018 - kept by the store, whatever counts pairs
    found, peaks = [], []
    for batch in (2**30, 2**14):
        monkeypatch.setattr("analysis.observables.shared.radial_distributions.BATCH", batch)
        tracemalloc.start()
        found.append(ion_counts(store, limits, OPTIONS))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 0.2 * peaks[0]
    for key, counted in found[0].items():
        assert (counted.pairs == found[1][key].pairs).all() and counted.pairs.sum() > 0
        assert counted.ideal == pytest.approx(found[1][key].ideal)
        assert counted.references == found[1][key].references


def test_the_valley_is_that_of_the_planted_curve(tables):
    r = np.arange(0.025, 10, 0.05)
    exact = first_valley(r, planted(r))
    shells = tables["first_shells"].query("partner == 'water O'")
    # The planted curve is level just long enough to be flat, that of whole counts may not be.
    assert exact.flat and shells.flat.any()
    assert shells.r_angstrom.to_numpy() == pytest.approx(exact.r, abs=0.15)
    assert shells.cutoff_angstrom[shells.species == "Na+"].unique().tolist() == [3.0]
    pooled = shells[shells.trial == "all"]
    assert pooled.low_angstrom.notna().all() and pooled.high_angstrom.notna().all()
    assert pooled.interval.str.startswith("95 % t-interval").all()


def test_a_cutoff_away_from_the_valley_has_a_note(tables):
    shells = tables["first_shells"].query("partner == 'water O'").set_index(["species", "trial"])
    assert shells.note["Na+", "all"] == ""
    assert "Å beyond the valley" in shells.note["Cl-", "all"]


def test_neighbours_within_the_cutoff_are_those_of_the_counts(tables):
    row = tables["first_shells"].query("partner == 'water O' and species == 'Na+'").iloc[-1]
    r = np.arange(0.0025, 3, 0.005)
    expected = (4 * np.pi * r**2 * 0.005 * 0.0333 * planted(r)).sum()
    assert row.coordination == pytest.approx(expected, rel=0.01)


def test_a_run_that_is_too_short_for_a_valley_says_so():
    store = synthetic_store()
    few = np.zeros_like(store.arrays["radial_pairs"])
    references = np.zeros_like(store.arrays["radial_references"])
    references[:, 57] = 3  # at -25 angstrom
    r = 10 * (np.arange(200) + 0.5) * 0.005
    ideal = 3 * 4 * np.pi * r**2 * 0.05 * 0.0333
    few[:, 57, 0] = np.rint(planted(r) * ideal)
    short = changed(store, radial_pairs=few, radial_references=references)
    shells = radial.tables(Trials((short,)), OPTIONS)["first_shells"]
    water = shells[shells.partner == "water O"]
    assert water.r_angstrom.isna().all()
    assert water.note.str.contains("too short|no first valley").all()
    assert set(water.interval) == {"none", "none: not in all trials"}
    pooled = water[water.trial == "all"]
    assert (pooled.interval == "none: not in all trials").all()
    assert pooled[["low_angstrom", "high_angstrom"]].isna().all(axis=None)
    inside = shells[(shells.partner == "membrane O") & (shells.trial == "all")]
    assert inside.note.str.startswith("no ").all()


def test_a_species_without_a_cutoff_has_a_valley_and_a_note(trials):
    options = OPTIONS.model_copy(update={"hydration_cutoff_angstrom": {"Na+": 3.0}})
    shells = radial.tables(trials, options)["first_shells"]
    chloride = shells.query("species == 'Cl-' and partner == 'water O' and trial == 'all'").iloc[0]
    assert np.isnan(chloride.cutoff_angstrom) and np.isnan(chloride.coordination)
    assert chloride.note == "no cutoff is set" and np.isfinite(chloride.r_angstrom)


def test_membrane_atoms_are_counted_around_ions_inside_only(tables):
    of_membrane = tables["radial"].query("partner in ('membrane O', 'membrane N')")
    assert set(of_membrane.place) == {MEMBRANE}
    shells = tables["first_shells"]
    assert set(shells.place[shells.partner == "membrane O"]) == {MEMBRANE}
    assert set(shells.place[shells.partner == "water O"]) == {FEED}
    assert set(shells.place[shells.partner == "Cl-"]) == {FEED}


def test_ions_near_a_face_see_the_gas_that_is_there():
    """Water as an ideal gas with the profile of the store has g = 1 in the membrane, too."""
    store = synthetic_store()
    planes, radii = store.arrays["radial_z_edges_nm"], store.arrays["radial_edges_nm"]
    edges, r = store.arrays["edges_nm"], (radii[1:] + radii[:-1]) / 2
    rho = np.average(store.arrays["water_g_cm3"], axis=0) / 0.997 * PER_NM3
    rng = np.random.default_rng(0)
    pairs = np.zeros_like(store.arrays["radial_pairs"])
    references = np.zeros_like(store.arrays["radial_references"])
    layers = np.arange(55, 82)
    references[:, layers] = 40
    running = np.concatenate([[0], np.cumsum(rho * 0.1)])
    for layer in layers:
        for z in rng.uniform(planes[layer], planes[layer + 1], 40):
            heights = z + np.array([-1, 1]) * r[:, None]
            low, high = np.clip(heights, edges[0], edges[-1]).T
            inside = np.interp(high, edges, running) - np.interp(low, edges, running)
            found = rng.poisson(2 * np.pi * r * 0.005 * inside)
            pairs[:, layer, 0] += found.astype(np.uint32)
    gas = changed(store, radial_pairs=pairs, radial_references=references)
    trials = Trials((gas,))
    for place in (FEED, MEMBRANE):
        counted = partner_counts(gas, regions(trials))[place, "Na+", "water O"].coarser(20)
        far = counted.ideal > 50
        assert far.sum() > 5
        deviation = (counted.pairs - counted.ideal)[far] / np.sqrt(counted.ideal[far])
        assert np.abs(deviation).max() < 4


def test_regions_keep_away_from_piston_and_face(make_store):
    trials = Trials((make_store(),))
    feed, permeate = trials.faces
    low, high = regions(trials)[FEED]
    third = (feed + 35) / 3
    assert third < 10  # a reservoir of 20 angstrom: less than three margins
    assert low == pytest.approx(-35 + third, abs=0.1)
    assert high == pytest.approx(feed - third, abs=0.1)
    assert regions(trials)[MEMBRANE] == (feed, permeate)
    far = trials.first.arrays["piston_z_nm"] - [3.0, 0.0]
    low, high = regions(Trials((changed(trials.first, piston_z_nm=far),)))[FEED]
    assert (low, high) == pytest.approx((-55, feed - 10), abs=0.1)


def scattered(ions: int, frames: int, seed: int) -> Store:
    """A store whose ions are an ideal gas between the pistons that drifts towards the permeate."""
    store = synthetic_store("pH7", ions=ions, frames=frames)
    rng = np.random.default_rng(seed)
    shape = store.arrays["positions_nm"].shape
    positions = rng.uniform(-5.2, 5.2, shape)  # not wrapped
    drift = np.linspace(0, 1, shape[0])[:, None]
    positions[..., 2] = -3.4 + 6.8 * rng.uniform(0, 1, shape[:2]) ** (2 - drift)
    positions[..., 2] += store.arrays["membrane_z_nm"][:, None]
    return changed(store, positions_nm=positions.astype(np.float32))


def test_pairs_of_ions_that_ignore_each_other_have_no_structure():
    store = scattered(30, 600, 0)
    found = ion_counts(store, regions(Trials((store,))), OPTIONS)
    for place in (FEED, MEMBRANE):
        counted = found[place, "Na+", "Cl-"].coarser(10)
        far = counted.ideal > 20
        assert far.sum() > 10
        squares = ((counted.pairs - counted.ideal) ** 2 / np.maximum(counted.ideal, 1))[far]
        assert squares.sum() < far.sum() + 4 * np.sqrt(2 * far.sum())


def test_ions_that_have_gone_elsewhere_dilute_no_one_at_their_old_place():
    store = scattered(30, 500, 3)
    positions = store.arrays["positions_nm"].copy()
    early = np.arange(len(positions))[:, None] <= 200  # two fifths of the run
    share = np.random.default_rng(3).uniform(size=positions.shape[:2])
    z = np.where(early, -3.4 + 1.8 * share, -1.4 + 2.8 * share)
    positions[..., 2] = z + store.arrays["membrane_z_nm"][:, None]
    gone = changed(store, positions_nm=positions)
    counted = ion_counts(gone, regions(Trials((gone,))), OPTIONS)[FEED, "Na+", "Cl-"]
    assert counted.pairs.sum() == pytest.approx(counted.ideal.sum(), rel=0.05)


def test_the_gas_around_ions_of_a_layer_is_that_of_all_places_in_it():
    rng = np.random.default_rng(4)
    planes, edges = np.array([-0.2, 0.0, 0.2]), np.arange(-20, 21) * 0.1
    density, radii = rng.uniform(0, 30, (2, 40)), np.linspace(0, 1, 51)
    found = ideal_neighbours(planes, np.array([False, True]), edges, density, radii)
    many = layered_shells(0.2 * (np.arange(400) + 0.5) / 400, edges, density, radii).mean(axis=0)
    assert found.shape == (1, 2, 50)
    assert found[0] == pytest.approx(many, rel=0.03)
    assert found[0].sum(axis=-1) == pytest.approx(many.sum(axis=-1), rel=1e-3)


def test_the_gas_of_each_partner_has_its_own_profile(make_store):
    store = make_store()
    water, oxygen, nitrogen = partner_density(store)
    elements = dict(zip(store.manifest["elements"], np.arange(4), strict=True))
    for found, name in ((oxygen, "O"), (nitrogen, "N")):
        blocks = store.arrays["elements_per_nm3"][:, elements[name]]
        assert found == pytest.approx(blocks.mean(axis=0))
    assert water.max() == pytest.approx(PER_NM3, rel=1e-6)


def test_pairs_of_ions_are_those_of_all_nearest_images():
    store = scattered(6, 40, 1)
    trials = Trials((store,))
    limits = regions(trials)
    counted = ion_counts(store, limits, OPTIONS)[MEMBRANE, "Na+", "Cl-"]
    ions = store.atoms.role != "charged group"
    columns = {s: np.flatnonzero(ions & (store.atoms.species == s)) for s in ("Na+", "Cl-")}
    pairs, references = np.zeros(200, dtype=int), 0
    planes = np.arange(-70, 71) * 0.2
    for frame in range(1, 41):
        place = store.arrays["positions_nm"][frame].astype(float)
        for cation in columns["Na+"]:
            layer = np.searchsorted(planes, store.z_angstrom[frame, cation] / 10) - 1
            middle = 10 * planes[layer] + 1
            if not limits[MEMBRANE][0] < middle < limits[MEMBRANE][1]:
                continue
            references += 1
            apart = place[columns["Cl-"]] - place[cation]
            apart[:, :2] -= 5.2 * np.rint(apart[:, :2] / 5.2)
            pairs += np.histogram(np.linalg.norm(apart, axis=1), np.arange(201) * 0.005)[0]
    assert counted.references == references
    assert np.abs(counted.pairs - pairs).sum() <= 2  # a last digit decides between shells
    assert pairs.sum() > 20


def test_long_fast_streams_are_thinned():
    store = scattered(6, 4100, 2)
    counted = ion_counts(store, {"anywhere": (-40.0, 40.0)}, OPTIONS)["anywhere", "Na+", "Cl-"]
    assert counted.references == 16 * 1367  # every third frame after t = 0


def test_a_single_frame_is_counted():
    store = scattered(6, 40, 5)
    names = ("time_ps", "positions_nm", "membrane_z_nm", "piston_z_nm")
    single = changed(store, **{name: store.arrays[name][:1] for name in names})
    counted = ion_counts(single, {"anywhere": (-40.0, 40.0)}, OPTIONS)["anywhere", "Na+", "Cl-"]
    assert counted.references == 16


def test_one_trial_has_no_band():
    table = radial.tables(Trials((long_run(1),)), OPTIONS)
    pooled = table["radial"].query("trial == 'all'")
    assert pooled.low_g.isna().all()
    assert set(table["first_shells"].query("trial == 'all' and partner == 'water O'").interval) == {
        "none: one trial"
    }
