import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, gaussian_kde

import analysis
from analysis.definitions import OVER_TRIALS
from analysis.observables import (
    DEFINITIONS,
    MODULES,
    TABLES,
    extent,
    mean_z,
    permeation,
    profiles,
    snapshots,
    z_pdf,
)
from analysis.options import AnalysisOptions
from analysis.store import Store, StoreError
from analysis.tables import write_tables
from analysis.trials import Trials, density_faces_of
from tests.analysis.stores import atoms_of, synthetic_store

OPTIONS = AnalysisOptions()
UNITS = (
    *("_ns", "_ps", "_angstrom", "_angstrom2", "_per_angstrom", "_nm2_ns", "_per_ns", "_g_cm3"),
    *("per_nm3", "_e_nm3", "_kcal_mol", "charge_e", "_share", "_percent"),
    *("alpha", "molecules", "coordination"),
)
LABELS = {
    *("definition", "species", "role", "of", "line", "place", "trial", "interval", "group", "note"),
    *("direction", "site", "how", "event", "origin", "target", "origin_kind", "target_kind"),
    *("pair", "partner", "preset", "scope", "flat", "reachable", "complete", "permeated"),
    "clipped",
}
COUNTS = {
    *("n", "n_trials", "count", "share", "pairs", "ions", "ion", "ends", "at_risk", "size"),
    *("g", "low_g", "high_g", "references", "samples", "smallest", "number"),
    *("contacts", "low_contacts", "high_contacts", "chaperoned", "retreated"),
}


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


def test_identical_starts_have_no_interval(trials):
    table = mean_z.tables(trials, OPTIONS)["mean_z"]
    pooled = table[table.trial == "all"]
    start, later = pooled[pooled.time_ns == 0], pooled[pooled.time_ns > 0]
    assert len(start) == 2 and start.z_angstrom.notna().all()
    assert start[["low_angstrom", "high_angstrom"]].isna().all(axis=None)
    assert set(start.interval) == {"none"}
    assert later[["low_angstrom", "high_angstrom"]].notna().all(axis=None)
    assert set(later.interval) == {"95 % t-interval, 2 degrees of freedom (3 trials)"}


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


def test_every_published_density_is_of_feed_ions_and_integrates_to_one(trials):
    table = z_pdf.tables(trials, OPTIONS)["z_pdf"]
    assert set(table.role) == {"feed ion"} and set(table.species) == {"Na+", "Cl-"}
    for _, curve in table.groupby(["species", "time_ns"]):
        area = np.trapezoid(curve.density_per_angstrom, curve.z_angstrom)
        assert area + curve.outside_share.iloc[0] == pytest.approx(1, abs=0.01)


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
    assert at.to_dict() == {0: 0, 1: 0, 10: 0, 50: 1, 100: 1}
    assert by.to_dict() == {0: 0, 1: 1, 10: 1, 50: 2, 100: 2}


def test_pooled_counts_have_the_exact_interval(make_store):
    places = ([-20] * 6, [-20] * 3 + [5] * 3, [5] * 6)
    stores = [placed(make_store(trial=k + 1), "Cl-", z) for k, z in enumerate(places)]
    table = permeation.tables(Trials(tuple(stores)), OPTIONS)["permeation"]
    rows = table[
        (table.species == "Cl-")
        & (table.line == "center")
        & (table.time_ns == 100)
        & (table.definition == "at time")
    ].set_index("trial")
    assert rows["count"].to_dict() == {"1": 0, "2": 3, "3": 6, "all": 9}
    peer = binomtest(9, 18).proportion_ci(0.95, "exact")
    assert rows.low_share["all"] == pytest.approx(peer.low)
    assert rows.high_share["all"] == pytest.approx(peer.high)


def test_shares_of_trials_that_agree_by_chance_keep_an_interval_with_width(make_store):
    stores = [placed(make_store(trial=k), "Na+", [5] + [-20] * 5) for k in (1, 2, 3)]
    table = permeation.tables(Trials(tuple(stores)), OPTIONS)["permeation"]
    later = table[table.time_ns > 0]
    assert set(later.trial) == {"1", "2", "3", "all"}
    assert (later.high_share > later.low_share).all()
    assert later.interval.str.contains("Clopper-Pearson").all()


def test_ions_beyond_a_line_at_the_start_are_a_baseline_without_an_interval(make_store):
    path = np.full((401, 6), -25.0)
    path[:, 0] = 5.0  # past the centre from the start
    path[300:, 1] = 5.0
    first = placed(make_store(), "Na+", path)
    stores = first, Store(first.arrays, first.manifest | {"trial": 2})
    table = permeation.tables(Trials(stores), OPTIONS)["permeation"]
    rows = table.query("species == 'Na+' and line == 'center' and trial == 'all'")
    start, end = rows[rows.time_ns == 0], rows[rows.time_ns == 100]
    assert start["count"].tolist() == [2, 2] and end["count"].tolist() == [4, 4]
    assert start.n.tolist() == [12, 12] and start.share.tolist() == pytest.approx([1 / 6] * 2)
    assert start[["low_share", "high_share"]].isna().all(axis=None)
    assert set(start.interval) == {"none: the same cell in all trials"}


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


def test_a_loose_oligomer_in_the_permeate_moves_no_face(make_store):
    def faces(stores):
        trials = Trials(tuple(stores))
        places = extent.tables(trials, OPTIONS)["extent"].query("definition == '5 % density'")
        return [*trials.faces, *places.z_angstrom]

    stores = [make_store(trial=k) for k in (1, 2)]
    loose = stores[0].arrays["face_g_cm3"].copy()
    loose[413:422] = 0.4  # 25.2 to 28.8 angstrom
    changed = Store(stores[0].arrays | {"face_g_cm3": loose}, stores[0].manifest)
    assert faces([changed, stores[1]]) == pytest.approx(faces(stores), abs=1e-9)


@pytest.mark.parametrize(("empty", "bridged"), [(6, True), (9, False)])
def test_hollows_narrower_than_a_carbon_are_no_end_of_the_membrane(make_store, empty, bridged):
    store = make_store()
    block = np.zeros(700)
    block[325:375] = 1.0  # -10 to 10 angstrom
    block[375 + empty : 385 + empty] = 0.5
    one = Store(store.arrays | {"face_g_cm3": block}, store.manifest)
    beyond = 0.4 * (empty + 10) if bridged else 0.0
    feed, permeate = density_faces_of(one)
    # A running mean over 2 angstrom lets an edge of height h fall to 0.05 at 1 - 0.1 / h beyond it.
    assert feed == pytest.approx(-10.9, abs=0.01)
    assert permeate == pytest.approx(10 + beyond + (0.8 if bridged else 0.9), abs=0.01)


def test_lines_and_extents_have_the_same_faces(make_store):
    trials = Trials(tuple(make_store(trial=k, half=1 + 0.1 * k) for k in (1, 2, 3)))
    places = extent.tables(trials, OPTIONS)["extent"].query("trial == 'all'").set_index("place")
    lines = permeation.tables(trials, OPTIONS)["permeation"].groupby("line").line_angstrom.first()
    for face in ("feed face", "permeate face"):
        assert lines[face] == places.z_angstrom[face]


def test_bands_of_densities_are_not_negative(make_store):
    stores = tuple(make_store("pH7", k) for k in (1, 2, 3))
    tables = profiles.tables(Trials(stores), OPTIONS)
    for name, column in (("density", "low_g_cm3"), ("groups", "low_per_nm3")):
        assert tables[name][column].min() >= 0


def test_no_trials_are_refused():
    with pytest.raises(StoreError, match="at least one trial"):
        Trials(())


def test_trials_of_different_cells_are_refused(make_store):
    with pytest.raises(StoreError, match="trials 1 and 2 differ in .*atoms"):
        Trials((make_store("pH2", 1), make_store("pH7", 2)))


def test_a_trial_given_twice_is_refused(make_store):
    with pytest.raises(StoreError, match=r"trials \[1, 1\] must be in order, each one once"):
        Trials((make_store(), make_store()))


def test_every_table_says_units_and_definitions(campaign):
    directory = campaign["pH7", "NaCl"]
    names = {path.stem for path in directory.glob("*.csv")}
    assert names == set(TABLES)
    for name in names:
        table = pd.read_csv(directory / f"{name}.csv")
        for column in table:
            assert column.endswith(UNITS) or column in LABELS | COUNTS, (name, column)
        beside = json.loads((directory / f"{name}.json").read_text())
        used = {*table.definition, OVER_TRIALS}
        assert beside["definitions"] == {key: DEFINITIONS[key] for key in used}
        assert "identical at t = 0" in beside["definitions"][OVER_TRIALS]
        assert beside["parameters"] == OPTIONS.model_dump(mode="json")
        assert [len(trial["store_sha256"]) for trial in beside["trials"]] == [64] * 3


def test_tables_written_twice_are_the_same_bytes(campaign, tmp_path):
    directory = campaign["pH2", "NaCl"]
    write_tables(sorted(directory.glob("*.npz"), reverse=True), tmp_path, OPTIONS)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (directory / path.name).read_bytes()


def test_a_module_that_fails_leaves_the_tables_of_before(make_store, tmp_path, monkeypatch):
    path = tmp_path / "trial1.store.npz"
    make_store().write(path)

    def failing(trials, options):
        raise ValueError("no such thing")

    monkeypatch.setattr(MODULES[-1], "tables", failing)
    (tmp_path / "mean_z.csv").write_text("before")
    with pytest.raises(ValueError, match="no such thing"):
        write_tables([path], tmp_path, OPTIONS)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mean_z.csv", path.name]
    assert (tmp_path / "mean_z.csv").read_text() == "before"


def test_what_stores_keep_for_several_tables_is_forgotten_after_the_last(
    make_store, tmp_path, monkeypatch
):
    trials, seen = Trials((make_store(),)), []
    monkeypatch.setattr("analysis.tables.Trials.read", lambda paths: trials)
    last = MODULES[-1].tables

    def watched(trials, options):
        seen.extend(trials.first.kept)
        return last(trials, options)

    monkeypatch.setattr(MODULES[-1], "tables", watched)
    write_tables([tmp_path / "any"], tmp_path, OPTIONS)
    assert seen and not trials.first.kept


def columns_of(trials) -> dict[str, set]:
    """Columns of all tables, and those of the tables without rows as None."""
    return {
        name: (set(table), len(table))
        for module in MODULES
        for name, table in module.tables(trials, OPTIONS).items()
    }


LESS = {
    "no charged groups": lambda atom: None if atom["role"] == "charged group" else atom,
    "cations only": lambda atom: atom | {"species": atom["species"].replace("Cl-", "K+")},
    "anions only": lambda atom: atom | {"species": atom["species"].replace("Na+", "Cl-")},
    "counter-ions only": lambda atom: atom | {"role": atom["role"].replace("feed", "counter-")},
    "groups only": lambda atom: atom if atom["role"] == "charged group" else None,
}


@pytest.mark.parametrize(
    ("kept", "empty"),
    [
        ("no charged groups", {"group_residence", "dwell_survival", "hop_edges", "hop_shares"}),
        ("cations only", {"pair_lifetime", "pair_survival", "pair_number", "chaperones"}),
        ("anions only", {"pair_lifetime", "pair_survival", "pair_number", "chaperones"}),
        ("counter-ions only", {"mean_z", "z_pdf", "permeation", "coordination", "energy_z"}),
        ("groups only", {"cluster_sizes", "cluster_share", "cluster_lifetime", "ion_msd"}),
    ],
)
def test_tables_have_all_their_columns_whatever_a_cell_lacks(kept, empty, tmp_path):
    complete = columns_of(Trials((synthetic_store("pH2"),)))
    atoms = filter(None, (LESS[kept](atom) for atom in atoms_of("pH2")))
    store = synthetic_store("pH2", atoms=[atom | {"atom": n} for n, atom in enumerate(atoms)])
    lacking = columns_of(Trials((store,)))
    assert {name: columns for name, (columns, _) in lacking.items()} == {
        name: columns for name, (columns, _) in complete.items()
    }
    assert empty <= {name for name, (_, rows) in lacking.items() if rows == 0}
    store.write(tmp_path / "trial1.store.npz")
    write_tables([tmp_path / "trial1.store.npz"], tmp_path, OPTIONS)
    for name in TABLES:
        table = pd.read_csv(tmp_path / f"{name}.csv")
        if "site" in table:
            table.query("site == 'any' and species == 'Na+'")


def test_a_table_of_all_layouts_is_one_line_away(campaign):
    root = campaign["pH2", "NaCl"].parents[2]
    table = analysis.load(root)["mean_z"]
    assert table[["layout", "salt"]].drop_duplicates().to_numpy().tolist() == [
        ["pH2", "NaCl"],
        ["pH7", "NaCl"],
    ]
    assert set(table.trial) == {"1", "2", "3", "all"}
    with pytest.raises(KeyError, match="no table 'meanz', there are: .*density, .*elements, "):
        analysis.load(root)["meanz"]


def test_results_are_a_mapping_that_says_what_it_holds(campaign):
    results = analysis.load(campaign["pH2", "NaCl"].parents[2])
    assert list(results) == list(results.keys()) == results.names
    assert len(results) == len(TABLES) and "mean_z" in results and "meanz" not in results
    assert results.get("meanz") is None
    said = repr(results)
    for words in ("pH2, pH7", "NaCl", "density, ", "elements, ", "mean_z", "z_pdf"):
        assert words in said
    assert "observables" not in said


def test_results_without_tables_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="run the analysis first"):
        analysis.load(tmp_path)


def test_permeated_ions_are_marked_and_enter_the_density_at_the_line_if_asked(trials):
    near = AnalysisOptions(permeated_above_angstrom=5.0)
    table = snapshots.tables(trials, near)["snapshots"]
    assert (table.permeated == (table.z_angstrom > 5.0)).all() and table.permeated.any()
    assert table.reachable.all() and (table.line_angstrom == 5.0).all()
    free, clipped = (
        z_pdf.tables(trials, near.model_copy(update={"pdf_clip_permeated": clip}))["z_pdf"]
        for clip in (False, True)
    )
    widths = clipped.groupby(["species", "time_ns"]).bandwidth_angstrom.transform("max")
    beyond = clipped.z_angstrom > 5.0 + 6 * widths
    assert beyond.any() and free.density_per_angstrom[beyond].max() > 1e-4
    assert clipped.density_per_angstrom[beyond].max() < 1e-6
    assert clipped.clipped.all() and not free.clipped.any()


def test_porosity_is_one_outside_and_what_was_put_in_at_the_centre(trials):
    table = profiles.tables(trials, OPTIONS)["porosity"]
    pooled = table[table.trial == "all"].set_index("z_angstrom").void_share
    assert pooled[pooled.index.to_numpy() < -25].min() == pytest.approx(1.0, abs=1e-4)
    assert pooled.loc[pooled.index[np.abs(pooled.index).argmin()]] == pytest.approx(0.3, abs=1e-3)
    assert set(table.trial) == {"1", "2", "3", "all"}
