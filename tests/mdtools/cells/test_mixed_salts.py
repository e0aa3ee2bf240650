"""A cell takes any number of cations and anions, and ions of several atoms, from one feed."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis.comparison.compare import compare
from analysis.observables import TABLES
from analysis.options import AnalysisOptions, ComparisonOptions
from analysis.reading.collect import collect
from analysis.results import read_table
from analysis.tables import write_tables
from mdtools import Run
from mdtools.cells.assemble import assemble
from mdtools.cells.trial_start import exchanged
from mdtools.constants import KJ_NM_PER_KCAL_ANGSTROM
from mdtools.ions import SHAPES, counter_ions
from mdtools.options import DriveOptions, NonbondedOptions, SaltOptions, TransportOptions
from mdtools.roles import charge
from mdtools.systems.drives import drive_forces
from mdtools.systems.system import charges

BONDS_NM = {"NO3-": 0.1256, "SO4--": 0.152}


def ions_of(cell):
    return cell.roles[cell.roles["role"].isin(["feed ion", "counter-ion"])]


def test_the_prevailing_ion_of_the_feed_is_the_counter_ion(mixed, mixed_feed):
    """The membrane has -3 e: two Mg2+, which carry more of the feed's charge than Li+, and Cl-."""
    counter = mixed.roles[mixed.roles["role"] == "counter-ion"]
    assert counter["species"].value_counts().to_dict() == {"Mg2+": 2, "Cl-": 1}
    feed = mixed.roles[mixed.roles["role"] == "feed ion"]
    assert feed["species"].value_counts().to_dict() == mixed_feed
    assert abs(charges(mixed.system).sum()) < 1e-4


def test_a_salt_names_its_counter_ions(mixed_feed):
    salt = SaltOptions(ions=mixed_feed, counter_cation="Li+", counter_anion="Cl-")
    assert counter_ions(-3, salt.cation, salt.anion) == {"Li+": 3}
    assert counter_ions(3, salt.cation, salt.anion) == {"Cl-": 3}
    assert counter_ions(3, "Li+", SaltOptions(ions=mixed_feed).anion) == {"SO4--": 2, "Na+": 1}


def test_an_ion_of_several_atoms_is_known_by_its_central_one(mixed):
    atoms = list(mixed.topology.atoms())
    for row in ions_of(mixed).itertuples():
        residue = atoms[row.atom].residue
        own = [atom.index for atom in residue.atoms()]
        assert residue.name == row.species and own[0] == row.atom
        assert len(own) == len(SHAPES[row.species])
        apart = np.linalg.norm(mixed.positions[own[1:]] - mixed.positions[row.atom], axis=1)
        assert apart == pytest.approx(np.full(len(own) - 1, BONDS_NM.get(row.species, 0)))
        total = charges(mixed.system)[own].sum()
        assert total == pytest.approx(charge(row.species))


def test_the_drive_on_an_ion_is_its_charge_times_the_force_whatever_its_atoms(mixed):
    forces = drive_forces(mixed.system, mixed.roles, DriveOptions(force_kcal_mol_angstrom=1.0))
    assert sum(forces.values()) == pytest.approx((1 + 4 + 1 + 4) * KJ_NM_PER_KCAL_ANGSTROM)


def test_oxyanions_stay_whole_while_a_cell_settles_and_where_a_trial_puts_them(settled):
    positions, _ = exchanged(settled, np.random.default_rng(1))
    names = settled.roles.set_index("atom")["species"]
    for atom in settled.atoms("feed ion"):
        rest = BONDS_NM.get(names[atom], 0)
        for places in (settled.positions, positions):
            own = places[atom + 1 : atom + len(SHAPES[names[atom]])] - places[atom]
            assert np.linalg.norm(own, axis=1) == pytest.approx(rest, abs=0.02)
    moved = np.linalg.norm(positions - settled.positions, axis=1) > 1e-6
    assert moved[settled.atoms("feed ion")].all()


def test_scaled_ions_and_groups_make_a_neutral_cell(thin_membrane, small_options):
    scaled = NonbondedOptions(cutoff_nm=0.6, ion_set="ecc-kohagen-martinek")
    salt = SaltOptions(ions={"Ca2+": 1, "Cl-": 2})
    cell = assemble(thin_membrane, salt, small_options, scaled, seed=3)
    own = charges(cell.system)
    assert abs(own.sum()) < 1e-4
    membrane = cell.roles[cell.roles["role"] == "membrane"]["atom"]
    assert own[membrane].sum() == pytest.approx(-0.75 * 3, abs=1e-4)
    assert sorted(set(own[ions_of(cell)["atom"]])) == [-0.75, 1.5]
    told = " ".join(cell.report["assumptions"])
    assert "0.75" in told and "SPC/E" in told
    field = drive_forces(cell.system, cell.roles, DriveOptions(kind="field", field_V_nm=0.1))
    body = drive_forces(cell.system, cell.roles, DriveOptions(force_kcal_mol_angstrom=1.0))
    for row in ions_of(cell).itertuples():
        assert field[row.atom] == pytest.approx(0.1 * 96.485332 * 0.75 * charge(row.species))
    expected = {"Ca2+": 2 * KJ_NM_PER_KCAL_ANGSTROM, "Cl-": KJ_NM_PER_KCAL_ANGSTROM}
    names = cell.roles.set_index("atom")["species"]
    assert {names[atom]: force for atom, force in body.items()} == pytest.approx(expected)


RUN = TransportOptions(
    duration_ns=0.0004,
    segment_ps=0.2,
    fast_every_ps=0.02,
    full_every_ps=0.1,
    timestep_fs=2,
    friction_per_ps=50,
    drive=DriveOptions(kind=["body force", "field"], field_V_nm=0.05),
)
PAIRS = {f"{cation}/{anion}" for cation in ("Li+", "Mg2+") for anion in ("NO3-", "SO4--", "Cl-")}


@pytest.fixture(scope="module")
def mixed_results(settled, mixed_feed, one_thread, tmp_path_factory):
    """Results of one short run of the mixed feed, as far as a comparison reads them."""
    root = tmp_path_factory.mktemp("mixed")
    cell = settled.save(root / "cell/acid/mixed")
    run = Run(root / "transport/acid/mixed/trial1", cell, RUN, platform=one_thread)
    run.advance(1000 * RUN.duration_ns)
    options = AnalysisOptions(
        snapshots_ns=(0.0004,),
        mean_z_every_ns=0.0002,
        energy_every_ps=0.1,
        radial_every_ps=0.1,
        pore_frames=1,
    )
    tables = root / "observables/acid/mixed"
    store = tables / "trial1.store.npz"
    collect(run.directory, store, options)
    write_tables([store], tables, options)
    groups = root / "charged/acid/groups.csv"
    groups.parent.mkdir(parents=True)
    pd.DataFrame({"kind": ["COO-"] * 3, "z_nm": [-0.2, 0.0, 0.2]}).to_csv(groups, index=False)
    settings = {
        "layouts": ["acid"],
        "salts": {"mixed": {"ions": mixed_feed}},
        "nonbonded": {"ion_set": "joung-cheatham-li-merz-tip4pew"},
        "cell": {"waters_per_reservoir": 100, "counter_ions": "free"},
        "transport": RUN.model_dump(mode="json"),
        "analysis": options.model_dump(mode="json"),
    }
    (root / "campaign.json").write_text(json.dumps(settings))
    return root


def test_every_ion_of_a_mixed_feed_is_in_every_table_of_ions(mixed_results, mixed_feed):
    tables = mixed_results / "observables/acid/mixed"
    seen = {name: read_table(tables / f"{name}.csv") for name in TABLES}
    for name in ("mean_z", "permeation", "ion_diffusion", "coordination", "energy_ions"):
        assert mixed_feed.keys() <= {*seen[name]["species"]}, name
    assert {*seen["pair_number"]["pair"]} == PAIRS


def test_the_twin_of_a_mixed_feed_has_every_ion(mixed_results, mixed_feed):
    options = ComparisonOptions(tolerance=0.05, pressures_bar=(10.0,))
    found = compare(mixed_results, options=options)
    counts = found.table.groupby("ion")["ions"].first()
    assert counts.to_dict() == mixed_feed
    assert np.isfinite(found.table["continuum"]).all()
    assert found.table["md"].notna().groupby(found.table["ion"]).any().all()
    assert set(found.tables["partings"]["ion"]) == mixed_feed.keys()
