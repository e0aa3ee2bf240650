"""A campaign beside its twins: from runs, from a cell, from a layout alone, and what is missing."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from analysis.catalogue import COMPARISON_TABLES
from analysis.comparison import ChargeProfile
from analysis.comparison.beside import COLUMNS, SHARE_FLOOR, Beside
from analysis.comparison.compare import MAIN, compare
from analysis.comparison.layouts import rejection_table, steady_assumption
from analysis.comparison.orders import orders
from analysis.comparison.outside import outside_settings
from analysis.comparison.parameters import continuum_parameters
from analysis.comparison.parameters.campaign import Campaign
from analysis.comparison.parameters.cells import cell_twin
from analysis.comparison.parameters.found import Missing
from analysis.comparison.parameters.places import PISTON_GAP_NM
from analysis.comparison.parameters.pores import KEPT_OUT
from analysis.comparison.twins.resampling import mean_range, share_range, spread
from analysis.options import ComparisonOptions
from analysis.results import read_table
from analysis.trials import Trials
from analysis.universes import Study
from mdtools.constants import WATERS_PER_NM3
from mdtools.options import DriveOptions
from tests.analysis.comparison.parameters.results_of_hand import (
    AREA_NM2,
    dump,
    hydrated,
    network,
    tables,
    write,
)
from tests.analysis.stores import write_campaign

LOOSE = ComparisonOptions(tolerance=1e-2, pressures_bar=(10.0,))
SETTINGS = {
    "layouts": ["pH7"],
    "salts": {"NaCl": {"ions": {"Na+": 6, "Cl-": 6}}},
    "cell": {"waters_per_reservoir": 2672, "equilibration_ps": 100.0, "counter_ions": "free"},
    "transport": {
        "drive": {"kind": "body force", "force_kcal_mol_angstrom": 0.072},
        "duration_ns": 5.0,
        "friction_per_ps": 2.0,
        "temperature_K": 300.0,
    },
    "analysis": {"level": 0.95, "permeated_above_angstrom": 40.0, "snapshots_ns": [1.0, 50.0]},
}


def changed(**blocks):
    return {**SETTINGS, **{name: {**SETTINGS[name], **block} for name, block in blocks.items()}}


def drive_of(tmp_path, ion_set="beglov-roux-1994", **drive):
    settings = {
        "nonbonded": {"ion_set": ion_set},
        "transport": {"drive": DriveOptions(**drive).model_dump(mode="json")},
    }
    return Campaign(tmp_path, "pH7", "NaCl", 0.95, settings).drive


def test_a_twin_has_of_a_drive_what_it_can_and_says_what_it_leaves_out(tmp_path):
    body = drive_of(tmp_path, force_kcal_mol_angstrom=0.1)
    assert (body.body_force, body.field, body.notes) == (pytest.approx(6.9477e-12), 0, ())
    field = drive_of(tmp_path, kind="field", field_V_nm=-0.02)
    assert (field.body_force, field.field, field.notes) == (0, pytest.approx(-2e7), ())
    both = drive_of(
        tmp_path, kind=["body force", "pressure"], pressure_difference_MPa=100, ramp_ps=10
    )
    assert both.body_force == pytest.approx(0.072 * 6.9477e-11, rel=1e-4)
    assert [note.split(",")[0] for note in both.notes] == [
        "the runs have a difference of pressures",
        "the drive of the runs rises from nothing",
    ]
    scaled = drive_of(tmp_path, "ecc-kohagen-martinek", kind="field", field_V_nm=-0.02)
    assert scaled.field == pytest.approx(-1.5e7)
    assert ["0.75 of their formal charge" in note for note in scaled.notes] == [True]
    none = drive_of(tmp_path, kind="none")
    assert (none.body_force, none.field, none.notes) == (0, 0, ())
    with pytest.raises(Missing, match="field on all charges, which water screens"):
        drive_of(tmp_path, kind="field", field_V_nm=0.1, acts_on="all charges")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Three synthetic trials of 6 Na+ and 6 Cl- of pH7, ten amines and twenty acids."""
    root = tmp_path_factory.mktemp("runs")
    write_campaign(root, layouts=("pH7",), target_ns=5.0, last_ns=5.0)
    groups = {"kind": ["NH2+"] * 10 + ["COO-"] * 20, "z_nm": [0.4] * 10 + [-0.9] * 20}
    write(root / "charged/pH7/groups.csv", groups)
    dump(root / "charged/pH7/report.json", {"layer_nm": 0.5})
    network = {"box_nm": [5.2, 5.2, 5], "dense_region_nm": [-1.2, 1.2], "dense_volume_nm3": 65.0}
    dump(root / "network/report.json", network)
    dump(root / "campaign.json", SETTINGS)
    return root, compare(root, options=LOOSE)


def test_the_table_has_the_numbers_of_the_runs(runs):
    root, found = runs
    assert tuple(found.table.columns) == COLUMNS
    means = pd.read_csv(root / "observables/pH7/NaCl/mean_z.csv")
    end = means[(means.trial == "all") & (means.species == "Na+")].iloc[-1]
    row = found.table[(found.table.quantity == "mean_z_nm") & (found.table.ion == "Na+")].iloc[-1]
    assert row.time_ns == pytest.approx(end.time_ns)
    assert [row.md, row.md_low, row.md_high] == pytest.approx(
        [end.z_angstrom / 10, end.low_angstrom / 10, end.high_angstrom / 10]
    )
    shares = pd.read_csv(root / "observables/pH7/NaCl/permeation.csv")
    chosen = (shares.trial == "all") & (shares.definition == "at time") & (shares.line == "center")
    known = shares[chosen & (shares.species == "Cl-")].iloc[-1]
    row = found.table[(found.table.quantity == "share_past_center") & (found.table.ion == "Cl-")]
    row = row[np.isclose(row.time_ns, known.time_ns)].iloc[0]
    assert (row.md, row.ions) == (pytest.approx(known.share), known.n)
    assert row.within == (row.continuum_low - 1e-9 <= row.md <= row.continuum_high + 1e-9)


def test_the_twin_starts_where_the_ions_of_the_first_frames_are(runs):
    root, found = runs
    trials = Trials.read(sorted((root / "observables/pH7/NaCl").glob("trial*.store.npz")))
    twin = found.twins["pH7", "NaCl"].twin
    for ion in ("Na+", "Cl-"):
        start = trials.pooled_z("feed ion", ion, 0.0).mean() / 10
        driven = twin.of(ion, driven=True)
        assert 1e9 * twin.mean_z_by_species[0, driven][0] == pytest.approx(start, abs=0.1)
        assert twin.amounts[0, driven].sum() == pytest.approx(6)
    assert twin.amounts[0, twin.of("Na+", driven=False)].sum() == pytest.approx(10)


def test_the_twin_has_the_geometry_charge_and_drive_of_the_runs(runs):
    root, found = runs
    trials = Trials.read(sorted((root / "observables/pH7/NaCl").glob("trial*.store.npz")))
    problem = found.twins["pH7", "NaCl"].cell.problem
    assert found.twins["pH7", "NaCl"].cell.basis == "runs"
    assert [1e10 * face for face in problem.geometry.faces] == pytest.approx(trials.faces)
    pistons = np.mean([store.pistons_angstrom.mean(axis=0) for store in trials.stores], axis=0)
    ends = np.array(problem.geometry.ends) * 1e9
    assert ends == pytest.approx(pistons / 10 + [PISTON_GAP_NM, -PISTON_GAP_NM])
    assert problem.geometry.area == pytest.approx(5.2e-9**2)
    assert problem.force == pytest.approx(0.072 * 6.9477e-11, rel=1e-4)
    assert problem.damping == 2e12
    groups = trials.first.atoms[trials.first.atoms.role == "charged group"]
    z = np.mean([store.z_angstrom[:, groups.index] for store in trials.stores], axis=(0, 1)) / 10
    signs = groups.species.map({"NH2+": 1, "COO-": -1}).to_numpy()
    edges, charges = np.asarray(problem.charge.edges) * 1e9, np.asarray(problem.charge.charges)
    assert problem.charge.net == pytest.approx(-10)
    first_moment = charges @ (edges[1:] + edges[:-1]) / 2
    assert first_moment == pytest.approx(signs @ z, abs=0.05 * 30)
    assert first_moment == pytest.approx(signs @ z, rel=0.05)


def test_trajectories_of_other_programs_need_their_drive_alone(runs, tmp_path):
    root, own = runs
    (tmp_path / "observables").symlink_to(root / "observables")
    study = Study(
        topology="cell.psf",
        trials={1: ("run.dcd",)},
        selections={"membrane": "a", "water_oxygen": "b", "feed_ions": {"Na+": "c", "Cl-": "d"}},
        layout="pH7",
        salt="NaCl",
    )
    settings = outside_settings(study, force_kcal_mol_angstrom=0.072, friction_per_ps=2.0)
    found = compare(tmp_path, settings, LOOSE)
    assert not len(found.tables["missing"].query("of == 'twin'"))
    # Without the network's report the porosity and thickness are the same, as both are of runs.
    for name in ("md", "continuum"):
        assert found.table[name].to_numpy() == pytest.approx(own.table[name], nan_ok=True)
    assert found.tables["charge_profiles"].charge_e.sum() == pytest.approx(-10)
    with pytest.raises(ValueError, match="temperature_K is 0, allowed is positive"):
        outside_settings(study, force_kcal_mol_angstrom=0.0, temperature_K=0.0)


def test_every_time_of_the_runs_has_their_number_of_ions(runs):
    _, found = runs
    assert (found.table.ions == 18).all()
    assert found.table.continuum_low.notna().all()


def test_partings_are_those_of_the_last_rows_of_the_table(runs):
    _, found = runs
    table = found.table[found.table.md.notna()]
    ends = table.groupby(["ion", "quantity"]).last()
    partings = found.tables["partings"].set_index(["ion", "quantity"])
    assert len(partings) == len(ends)
    for key, row in partings.iterrows():
        end = ends.loc[key]
        assert row.difference == end.md - end.continuum
        agrees = end.md_low - 1e-9 <= end.continuum <= end.md_high + 1e-9
        assert row.verdict == ("agree" if agrees else "apart")
    causes = found.tables["causes"]
    assert {"pairs", "clusters", "size", "charged groups", "few ions"} <= set(causes.cause)
    constants = causes[causes.quantity == "association_constant_L_mol, Na+/Cl-"]
    parameters = found.tables["parameters"]
    known = parameters[parameters.quantity == "association_constant_L_mol"]
    assert constants.value.tolist() == [known.value.iloc[0]] * 2


def test_charges_lie_between_the_faces_seen_from_the_centre_of_mass(runs):
    root, found = runs
    trials = Trials.read(sorted((root / "observables/pH7/NaCl").glob("trial*.store.npz")))
    bars = found.tables["charge_profiles"]
    edges = [bars.z_low_nm.min(), bars.z_high_nm.max()]
    assert edges == pytest.approx(np.array(trials.faces) / 10, abs=1e-6)


def test_everything_is_written_in_one_piece(runs, tmp_path):
    _, found = runs
    (tmp_path / "comparison/tables").mkdir(parents=True)
    (tmp_path / "comparison/tables/notes.txt").write_text("mine")
    found.write(tmp_path / "comparison")
    found.write(tmp_path / "comparison")
    assert (tmp_path / "comparison/tables/notes.txt").read_text() == "mine"
    main = pd.read_csv(tmp_path / "comparison" / MAIN)
    assert len(main) == len(found.table)
    assert sorted(path.stem for path in (tmp_path / "comparison/tables").glob("*.csv")) == sorted(
        COMPARISON_TABLES
    )
    told = json.loads((tmp_path / "comparison/assumptions.json").read_text())
    assert "fixed charge" in told["twins"]["pH7 NaCl"]
    profiles = found.tables["profiles"]
    for _, one in profiles[profiles.ion == "Na+"].groupby("time_ns"):
        assert one.continuum_per_nm.sum() * np.diff(one.z_nm).mean() == pytest.approx(1, rel=1e-6)
    bars = found.tables["charge_profiles"]
    assert bars.charge_e.sum() == pytest.approx(-10)
    steady = found.tables["steady"]
    assert set(steady.pressure_bar.round(6)) == {10} and steady.converged.all()


def test_a_layout_alone_has_a_twin_of_the_campaigns_own_numbers(tmp_path):
    root = hydrated(network(tmp_path))
    campaign = Campaign(root, "pH7", "NaCl", 0.95, SETTINGS)
    cell = cell_twin(campaign, continuum_parameters(root, "pH7", "NaCl"), pore_radius_nm=0.5)
    geometry = cell.problem.geometry
    assert cell.basis == "layout and network alone"
    reservoir = 2672 / WATERS_PER_NM3 / AREA_NM2
    assert 1e9 * geometry.faces[1] == pytest.approx(1.25)
    assert 1e9 * geometry.ends[1] == pytest.approx(1.25 + reservoir)
    counted = [(s.label, s.feed, s.permeate) for s in cell.problem.species]
    assert counted == [("Na+", 6, 0), ("Cl-", 6, 0), ("Na+ counter-ion", 1, 1)]
    assert cell.problem.settling == pytest.approx(1e-10)
    found = compare(root, SETTINGS, LOOSE.model_copy(update={"pore_radius_nm": 0.5}))
    assert found.table.md.isna().all() and found.table.continuum.notna().all()
    # No run says how many ions there are, and so not what so many would show.
    empty = found.table[["ions", "continuum_low", "continuum_high", "within"]]
    assert empty.isna().all(axis=None) and not len(found.tables["partings"])
    shares = found.table[found.table.quantity != "mean_z_nm"].continuum
    assert (shares == 0).any() and shares[shares > 0].min() >= SHARE_FLOOR
    assert "no run is analysed" in " ".join(found.tables["missing"].reason)
    assert found.table.time_ns.max() == 5.0


def test_faces_of_a_lopsided_membrane_are_seen_from_its_centre_of_mass(tmp_path):
    """Nearly all of it is at -1 nm, and a thin tail draws its centre of mass to 0.835 nm."""
    root = hydrated(network(tmp_path))
    z = np.concatenate([np.full(900, -1.0), np.linspace(-1, 2.3, 100)])
    rows = {"element": "C", "x_nm": 0.0, "y_nm": 0.0, "z_nm": z}
    write(root / "hydrated/pH7/atoms.csv", rows)
    known = continuum_parameters(root, "pH7", "NaCl")
    low, high = known.faces_nm
    assert high - low == pytest.approx(2.5)
    found = known.found.values["faces_middle_nm", ""]
    assert found.basis == "hydrated membrane"
    # The dense end smoothed by 0.2 nm begins 0.1 nm before it, the thin one is below 5 %.
    assert found.estimate.value == pytest.approx(-1.0 - z.mean(), abs=0.03)


def test_the_pore_of_steady_rejections_is_that_of_the_options():
    layers = {"pH7": ChargeProfile([-1e-9, 0.0, 1e-9], [-2.0, 1.0], 20e-18)}

    def rejected(**changes):
        options = LOOSE.model_copy(update=changes)
        missing: list[pd.DataFrame] = []
        table = rejection_table(layers, SETTINGS["salts"], options, missing)
        assert not missing and table.converged.all()
        return table, steady_assumption(options)

    default, _ = rejected()
    wide, told = rejected(steady_pore_radius_nm=0.9, steady_permittivity=60.0)
    assert default.rejection.mean() > wide.rejection.mean() + 0.1
    assert "pore radius 0.9 nm, pore permittivity 60" in told
    thin, _ = rejected(steady_thickness_nm=395.0)
    assert (thin.flux_m_s / default.flux_m_s).to_numpy() == pytest.approx(2.0, rel=1e-3)
    assert thin.rejection.to_numpy() == pytest.approx(default.rejection.to_numpy(), rel=1e-3)


def test_a_cell_that_is_built_counts_before_its_layout(tmp_path):
    root = hydrated(network(tmp_path))
    report = {
        "box_nm": [4.0, 5.0, 15.0],
        "faces_nm": [-1.0, 1.4],
        "ions": [
            {"role": "feed ion", "side": "feed", "species": "Na+", "count": 6},
            {"role": "feed ion", "side": "feed", "species": "Cl-", "count": 6},
            {"role": "counter-ion", "side": "feed", "species": "Na+", "count": 2},
        ],
        "equilibration": {
            "feed_piston_nm": 4.0,
            "permeate_piston_nm": 3.8,
            "duration_ps": 50.0,
        },
    }
    dump(root / "cell/pH7/NaCl/report.json", report)
    campaign = Campaign(root, "pH7", "NaCl", 0.95, SETTINGS)
    cell = cell_twin(campaign, continuum_parameters(root, "pH7", "NaCl"), pore_radius_nm=0.5)
    assert cell.basis == "cell"
    assert np.array(cell.problem.geometry.faces) * 1e9 == pytest.approx([-1.0, 1.4])
    assert np.array(cell.problem.geometry.ends) * 1e9 == pytest.approx([-4.7, 4.9])
    assert [s.feed for s in cell.problem.species] == [6, 6, 2]
    # Acids at -0.9, -0.8 and 0.1, an amine at 0.7, from the centre of mass as the faces are; what
    # would lie beyond the feed's face by their width is reflected there.
    charge = cell.problem.charge
    middles = (np.asarray(charge.edges)[1:] + np.asarray(charge.edges)[:-1]) / 2
    moment = float(np.asarray(charge.charges) @ middles) * 1e9
    assert moment == pytest.approx(0.9 + 0.8 - 0.1 + 0.7, abs=0.35)


def test_an_ion_as_large_as_the_pores_stays_out_and_is_told(tmp_path):
    settings = {**SETTINGS, "salts": {"CaCl2": {"ions": {"Ca2+": 3, "Cl-": 6}}}}
    root = hydrated(network(tmp_path))
    found = compare(root, settings, LOOSE.model_copy(update={"pore_radius_nm": 0.28}))
    cell = found.twins["pH7", "CaCl2"].cell
    assert cell.problem.excess["Ca2+"] == KEPT_OUT
    assert any("Ca2+ is as large as the pores" in note for note in cell.notes)
    entered = found.table[(found.table.ion == "Ca2+") & (found.table.quantity == "share_entered")]
    if len(entered):
        assert entered.continuum.max() < 1e-6


def test_a_layout_without_groups_is_compared(tmp_path):
    root = hydrated(network(tmp_path, groups=()))
    found = compare(root, SETTINGS, LOOSE.model_copy(update={"pore_radius_nm": 0.5}))
    assert found.tables["charge_profiles"].charge_e.eq(0).all()
    assert found.twins["pH7", "NaCl"].cell.problem.charge.net == 0
    steady = found.tables["steady"].groupby("ion")["rejection"].std()
    assert (steady < 0.2).all()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (changed(transport={"drive": {"kind": "wind"}}), "the drive is 'wind'"),
        (changed(transport={"drive": {}}), "does not say the drive"),
        (changed(cell={"waters_per_reservoir": "many"}), "does not say the cell"),
        (changed(analysis={"snapshots_ns": "never"}), "does not say times"),
        ({**SETTINGS, "salts": {"XyCl": {"ions": {"Xy+": 2, "Cl-": 2}}}}, "Xy\\+"),
    ],
)
def test_what_is_missing_is_named_and_the_rest_is_there(tmp_path, settings, reason):
    root = hydrated(network(tmp_path))
    found = compare(root, settings, LOOSE)
    assert found.tables["missing"].reason.str.contains(reason).any()
    assert len(found.tables["charge_profiles"]) and len(found.tables["parameters"])
    assert not len(found.table) and tuple(found.table.columns) == COLUMNS


def test_no_campaign_is_refused(tmp_path):
    with pytest.raises(Missing, match="no campaign.json"):
        compare(tmp_path)
    with pytest.raises(Missing, match="names no layouts"):
        compare(tmp_path, {"salts": {}})


def test_names_that_look_like_numbers_or_none_stay_names(tmp_path):
    table = pd.DataFrame({"layout": ["7", "NA", "007"], "salt": "1e3", "md": [1.0, np.nan, 2.0]})
    table.to_csv(tmp_path / "table.csv", index=False)
    pd.testing.assert_frame_equal(read_table(tmp_path / "table.csv"), table)


def at(z):
    return (z, z - 0.1, z + 0.1, 6, True, "runs")


def cell_of(layout, ends):
    rows = [
        (layout, "NaCl", ion, 5.0, "mean_z_nm", md, md - 0.1, md + 0.1, "t", *theory)
        for ion, (md, theory) in ends.items()
    ]
    return Beside(None, None, pd.DataFrame(rows, columns=list(COLUMNS)), None)


def test_runs_of_other_lengths_are_compared_where_both_have_been():
    short = cell_of("pH2", {"Na+": (-1.0, at(-0.5))})
    rows = [cell_of("pH7", {"Na+": (-1.1 + k, at(0.4 + k))}).table for k in (0, 1)]
    rows[1]["time_ns"] = 9.0
    long = Beside(None, None, pd.concat(rows), None)
    (row,) = orders({("pH2", "NaCl"): short, ("pH7", "NaCl"): long}).itertuples()
    assert (row.time_ns, row.md_difference_nm) == (5.0, pytest.approx(0.1))
    alone = Beside(None, None, long.table[long.table.time_ns == 9], None)
    assert not len(orders({("pH2", "NaCl"): short, ("pH7", "NaCl"): alone}))


def test_diffusivities_of_runs_are_slowed_by_the_thermostat_once(tmp_path):
    root = tables(hydrated(network(tmp_path)))
    known = continuum_parameters(root, "pH7", "NaCl")
    campaign = Campaign(root, "pH7", "NaCl", 0.95, SETTINGS)
    problem = cell_twin(campaign, known, pore_radius_nm=0.5).problem
    measured = 1e-9 * known.value("membrane_diffusivity_nm2_ns", "Na+")
    middle = np.abs(np.linspace(*problem.geometry.ends, 102)[:-1]).argmin()
    system = problem.system(np.linspace(*problem.geometry.ends, 102))
    ions = [species.ion.name for species in problem.species]
    used = system.width[middle] / (2 * system.resistance[ions.index("Na+"), middle])
    assert used == pytest.approx(measured, rel=1e-9)
    assert problem.diffusivity["Na+"] > measured


def test_orders_of_ions_and_layouts():
    cells = {
        ("pH2", "NaCl"): cell_of("pH2", {"Na+": (-1.0, at(-0.5)), "Cl-": (0.5, at(0.1))}),
        ("pH7", "NaCl"): cell_of("pH7", {"Na+": (-1.1, at(0.4)), "Cl-": (1.0, at(0.3))}),
    }
    table = orders(cells).set_index(["kind", "of", "than", "ion", "than_ion"])
    assert len(table) == 4
    row = table.loc["ions", "pH2", "pH2", "Na+", "Cl-"]
    assert row.md_difference_nm == pytest.approx(-1.5)
    assert row.md_decided and row.same_order
    row = table.loc["layouts", "pH2", "pH7", "Na+", "Na+"]
    assert not row.md_decided and not row.same_order
    assert row.continuum_difference_nm == pytest.approx(-0.9)


@given(share=st.floats(0, 1), count=st.integers(1, 60))
def test_a_range_of_shares_holds_as_many_as_it_says(share, count):
    low, high = share_range(share, count)
    inside = binom.cdf(round(high * count), count, share)
    inside -= binom.cdf(round(low * count) - 1, count, share)
    assert inside >= 0.95 - 1e-9
    assert low - 1e-12 <= share + 1 / count and high + 1e-12 >= share - 1 / count


def test_a_range_of_means_is_that_of_drawn_ions():
    rng = np.random.default_rng(4)
    faces = np.array([0.0, 1.0, 3.0, 4.0])
    amounts = np.array([[2.0, 3.0, 5.0]])
    cells = rng.choice(3, p=amounts[0] / 10, size=(20000, 30))
    z = rng.uniform(faces[cells], faces[cells + 1])
    middles = (faces[1:] + faces[:-1]) / 2
    sd = spread(amounts, middles, np.diff(faces))[0]
    assert sd == pytest.approx(z.std(), rel=5e-3)
    low, high = mean_range(float(amounts[0] @ middles / 10), sd, 30)
    means = z.mean(axis=1)
    assert np.mean((means > low) & (means < high)) == pytest.approx(0.95, abs=0.01)
    for count, level in ((0, 0.95), (5, 1.0)):
        with pytest.raises(ValueError, match="is"):
            mean_range(0.0, 1.0, count, level)
