import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, gaussian_kde

import analysis
from analysis.definitions import DEFINITIONS
from analysis.observables import extent, mean_z, permeation, profiles, snapshots, z_pdf
from analysis.options import AnalysisOptions
from analysis.store import Store, StoreError
from analysis.tables import write_tables
from analysis.trials import Trials

OPTIONS = AnalysisOptions()
UNITS = ("_ns", "_angstrom", "_per_angstrom", "_g_cm3", "_per_nm3", "_e_nm3", "_share")
LABELS = {"definition", "species", "role", "of", "line", "place", "trial", "interval", "group"}
COUNTS = {"n", "n_trials", "count", "share", "reachable", "complete"}


@pytest.fixture
def trials(make_store):
    return Trials(tuple(make_store(trial=k) for k in (1, 2, 3)))


def placed(store, species, z_angstrom):
    """The store with the feed ions of a species at z in every frame, shape (T, n) or (n,)."""
    positions = store.arrays["positions_nm"].astype(float)
    center = store.arrays["membrane_z_nm"][:, None]
    positions[:, store.columns("feed ion", species), 2] = np.asarray(z_angstrom) / 10 + center
    return Store(store.arrays | {"positions_nm": positions}, store.manifest)


def test_mean_z_pools_trial_means_with_their_t_interval(trials):
    table = mean_z.tables(trials, OPTIONS)["mean_z"]
    row = table[(table.species == "Cl-") & (table.time_ns == 50)].set_index("trial")
    means = row.z_angstrom[["1", "2", "3"]]
    store = trials.stores[1]
    z = 10 * (
        store.arrays["positions_nm"][200, 6:12, 2].astype(float)
        - store.arrays["membrane_z_nm"][200]
    )
    assert row.z_angstrom["2"] == pytest.approx(z.mean())
    assert row.sd_over_ions_angstrom["2"] == pytest.approx(z.std(ddof=1))
    assert row.z_angstrom["all"] == pytest.approx(means.mean())
    half = 2.4841377 * means.std()
    assert row.low_angstrom["all"] == pytest.approx(means.mean() - half)
    assert row.n["all"] == 18


def test_trials_of_different_length_pool_up_to_the_time_they_share(make_store):
    stores = make_store(trial=1), make_store(trial=2, last_ns=60.0, frames=240)
    trials = Trials(stores)
    table = mean_z.tables(trials, OPTIONS)["mean_z"]
    assert table.groupby("trial").time_ns.max().to_dict() == {"1": 100, "2": 60, "all": 60}
    progress = extent.tables(trials, OPTIONS)["trials"].set_index("trial")
    assert progress.analysed_ns.to_dict() == {"1": 100, "2": 60, "all": 60}
    assert progress.complete.to_dict() == {"1": True, "2": False, "all": False}
    assert snapshots.tables(trials, OPTIONS)["snapshots"].time_ns.unique().tolist() == [
        1,
        10,
        50,
        60,
    ]


def test_frames_too_far_apart_for_the_asked_times_are_refused(trials):
    with pytest.raises(ValueError, match=r"mean_z_every_ns is 0.01.*every 0.25 ns"):
        mean_z.tables(trials, AnalysisOptions(mean_z_every_ns=0.01))


def test_z_pdf_is_the_density_of_the_pooled_feed_ions_only(trials):
    table = z_pdf.tables(trials, OPTIONS)["z_pdf"]
    curve = table[(table.species == "Cl-") & (table.time_ns == 100)]
    z = trials.pooled_z("feed ion", "Cl-", 100.0).ravel()
    sigma = np.median(np.abs(z - np.median(z))) / 0.6745
    width = 0.5 * sigma * (4 / (3 * 18)) ** 0.2
    peer = gaussian_kde(z, bw_method=width / z.std(ddof=1))
    assert curve.n.unique().tolist() == [18]
    assert curve.bandwidth_angstrom.iloc[0] == pytest.approx(width)
    assert curve.density_per_angstrom.to_numpy() == pytest.approx(peer(curve.z_angstrom))
    low, high = trials.pistons_at(100.0)
    outside = 1 - peer.integrate_box_1d(low, high)
    assert curve.outside_share.iloc[0] == pytest.approx(outside)
    assert low <= curve.z_angstrom.min() and curve.z_angstrom.max() <= high


def test_one_trial_has_a_density_and_no_band(make_store):
    table = z_pdf.tables(Trials((make_store(),)), OPTIONS)["z_pdf"]
    assert table.density_per_angstrom.notna().all()
    assert table.low_per_angstrom.isna().all() and table.high_per_angstrom.isna().all()
    assert table.interval.unique().tolist() == ["none: one trial"]


def test_an_ion_that_goes_to_and_fro_counts_once(make_store):
    store = make_store()
    path = np.full((401, 6), -25.0)
    path[1::2, 0] = 20.0  # over and back two hundred times, home at the end
    path[200:, 1] = 20.0
    table = permeation.tables(Trials((placed(store, "Na+", path),)), OPTIONS)["permeation"]
    rows = table[
        (table.species == "Na+") & (table.line == "permeate face") & (table.trial == "all")
    ]
    at = rows[rows.definition == "at time"].set_index("time_ns")["count"]
    by = rows[rows.definition == "by time"].set_index("time_ns")["count"]
    assert at.to_dict() == {1: 0, 10: 0, 50: 1, 100: 1}
    assert by.to_dict() == {1: 1, 10: 1, 50: 2, 100: 2}


def test_pooled_counts_have_the_exact_interval_and_the_mean_its_own(make_store):
    places = ([-20] * 6, [-20] * 3 + [5] * 3, [5] * 6)
    stores = [placed(make_store(trial=k + 1), "Cl-", z) for k, z in enumerate(places)]
    table = permeation.tables(Trials(tuple(stores)), OPTIONS)["permeation"]
    rows = table[
        (table.species == "Cl-")
        & (table.line == "center")
        & (table.time_ns == 100)
        & (table.definition == "at time")
    ].set_index("trial")
    assert rows["count"].to_dict() == {"1": 0, "2": 3, "3": 6, "all": 9, "mean of trials": 9}
    peer = binomtest(9, 18).proportion_ci(0.95, "exact")
    assert rows.low_share["all"] == pytest.approx(peer.low)
    assert rows.high_share["all"] == pytest.approx(peer.high)
    assert (rows.low_share["mean of trials"], rows.high_share["mean of trials"]) == (0, 1)


def test_a_line_beyond_the_piston_is_said_to_be_out_of_reach(trials):
    table = permeation.tables(trials, OPTIONS)["permeation"]
    assert not table.reachable[table.line == "permeated"].any()
    assert table.reachable[table.line != "permeated"].all()
    near = AnalysisOptions(permeated_above_angstrom=30)
    assert permeation.tables(trials, near)["permeation"].reachable.all()


def test_snapshots_wrap_x_and_y_and_keep_z(trials):
    table = snapshots.tables(trials, OPTIONS)["snapshots"]
    assert table.x_angstrom.between(-26, 26).all() and table.y_angstrom.between(-26, 26).all()
    row = table[(table.trial == "2") & (table.time_ns == 10)]
    assert row.z_angstrom.to_numpy() == pytest.approx(trials.stores[1].z_angstrom[40])
    x = 10 * trials.stores[1].arrays["positions_nm"][40, :, 0]
    images = (x - row.x_angstrom.to_numpy()) / 52
    assert images == pytest.approx(np.round(images), abs=1e-5)


def test_group_profiles_hold_every_group_and_its_formal_charge(make_store):
    stores = tuple(make_store("pH7", k) for k in (1, 2))
    tables = profiles.tables(Trials(stores), OPTIONS)
    bin_nm3 = 5.2 * 5.2 * 0.1
    groups = tables["groups"].query("trial == 'all'").groupby("of").density_per_nm3.sum() * bin_nm3
    assert groups.to_dict() == {"NH2+": pytest.approx(10), "COO-": pytest.approx(20)}
    charge = tables["charge"].query("trial == 'all' and of == 'charged groups'")
    assert charge.density_e_nm3.sum() * bin_nm3 == pytest.approx(-10)


def test_faces_follow_the_thickness_of_the_membrane(make_store):
    stores = tuple(make_store(trial=k, half=1.5) for k in (1, 2))
    places = extent.tables(Trials(stores), OPTIONS)["extent"].query("trial == 'all'")
    z = places.set_index("place").z_angstrom
    # A logistic edge of 0.12 nm falls to 5 % at ln(19) times that beyond its middle.
    assert z["permeate face"] == pytest.approx(15 + 1.2 * np.log(19), abs=0.4)
    assert z["feed face"] == pytest.approx(-z["permeate face"], abs=0.4)
    assert z["permeate piston"] == pytest.approx(35, abs=0.2)


def test_bands_of_densities_are_not_negative(make_store):
    stores = tuple(make_store("pH7", k) for k in (1, 2, 3))
    tables = profiles.tables(Trials(stores), OPTIONS)
    for name, column in (("density", "low_g_cm3"), ("groups", "low_per_nm3")):
        assert tables[name][column].min() >= 0


def test_no_trials_are_refused():
    with pytest.raises(StoreError, match="at least one trial"):
        Trials(())


def test_trials_of_different_cells_are_refused(make_store):
    with pytest.raises(StoreError, match="trials 1 and 2 differ in atoms, box or bins"):
        Trials((make_store("pH2", 1), make_store("pH7", 2)))


def test_a_trial_given_twice_is_refused(make_store):
    with pytest.raises(StoreError, match=r"trials \[1, 1\] must be in order, each one once"):
        Trials((make_store(), make_store()))


def test_every_table_says_units_and_definitions(campaign):
    directory = campaign["pH7", "NaCl"]
    names = {path.stem for path in directory.glob("*.csv")}
    assert names == {
        "trials",
        "extent",
        "snapshots",
        "z_pdf",
        "mean_z",
        "permeation",
        "density",
        "elements",
        "groups",
        "charge",
    }
    for name in names:
        table = pd.read_csv(directory / f"{name}.csv")
        for column in table:
            assert column.endswith(UNITS) or column in LABELS | COUNTS, (name, column)
        beside = json.loads((directory / f"{name}.json").read_text())
        assert beside["definitions"] == {k: DEFINITIONS[k] for k in table.definition.unique()}
        assert beside["parameters"] == OPTIONS.model_dump(mode="json")
        assert [len(trial["store_sha256"]) for trial in beside["trials"]] == [64] * 3


def test_tables_written_twice_are_the_same_bytes(campaign, tmp_path):
    directory = campaign["pH2", "NaCl"]
    write_tables(sorted(directory.glob("*.npz"), reverse=True), tmp_path, OPTIONS)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (directory / path.name).read_bytes()


def test_a_table_of_all_layouts_is_one_line_away(campaign):
    root = campaign["pH2", "NaCl"].parents[2]
    table = analysis.load(root)["mean_z"]
    assert table[["layout", "salt"]].drop_duplicates().to_numpy().tolist() == [
        ["pH2", "NaCl"],
        ["pH7", "NaCl"],
    ]
    assert set(table.trial) == {"1", "2", "3", "all"}
    with pytest.raises(KeyError, match="no table 'meanz', there are: charge, density"):
        analysis.load(root)["meanz"]


def test_results_without_tables_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="run the analysis first"):
        analysis.load(tmp_path)
