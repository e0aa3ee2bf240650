"""Continuum parameters from results whose numbers are known."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison import ChargeProfile, TwinProblem, cell_species
from analysis.comparison.parameters import continuum_parameters
from analysis.comparison.parameters.found import BASES, Missing
from analysis.comparison.parameters.partition import Halves, at_equilibrium
from analysis.comparison.twins.geometry import Geometry
from analysis.kernels import t_interval
from tests.analysis.comparison.parameters.results_of_hand import (
    AREA_NM2,
    dump,
    hydrated,
    network,
    tables,
    write,
)
from tests.analysis.stores import synthetic_store

AVOGADRO = 6.02214076e23
FORCE = 0.072
"""kcal/mol/angstrom."""
SLOPE = FORCE * 4184 / AVOGADRO * 1e10 * 1e-10 / (1.380649e-23 * 300)
"""1/angstrom, of a monovalent ion."""
FACES, PISTON = (-12.0, 12.0), -48.0


def rows(parameters):
    return parameters.table.set_index(["quantity", "ion"])


def per_volume(charges, volume):
    return charges / volume * 1e27 / AVOGADRO


def test_charge_of_runs_is_groups_per_volume_with_the_interval_over_trials(tmp_path):
    table = rows(continuum_parameters(tables(network(tmp_path)), "pH7"))
    expected = t_interval([per_volume(-2, 50), per_volume(-2, 40)])
    row = table.loc["charge_density_mol_m3", ""]
    assert [row.value, row.low, row.high] == pytest.approx([float(x) for x in expected])
    assert (row.basis, row.unit) == ("runs", "mol_m3")
    assert table.loc["net_charge_e", ""].value == -2
    # Two acids in the first quarter of the dense region, one amine in the last.
    halves = [np.mean([4 * per_volume(q, v) for v in (50, 40)]) for q in (-2, 1)]
    assert table.loc["feed_layer_charge_density_mol_m3", ""].value == pytest.approx(halves[0])
    assert table.loc["permeate_layer_charge_density_mol_m3", ""].value == pytest.approx(halves[1])


def test_without_runs_the_hydrated_membrane_and_then_the_network_tell(tmp_path):
    dry = rows(continuum_parameters(network(tmp_path), "pH7"))
    row = dry.loc["charge_density_mol_m3", ""]
    assert row.value == pytest.approx(per_volume(-2, 40))
    assert row.basis == "layout and network alone"
    assert dry.loc["thickness_nm", ""].value == 2
    wet = rows(continuum_parameters(hydrated(tmp_path), "pH7"))
    row = wet.loc["charge_density_mol_m3", ""]
    assert [row.value, row.low, row.high] == pytest.approx(
        [per_volume(-2, AREA_NM2 * t) for t in (2.5, 2.0, 4.0)]
    )
    assert row.basis == "hydrated membrane" and "criterion" in row.note
    assert wet.loc["porosity", ""].value == pytest.approx(0.5)
    assert wet.loc["effective_thickness_nm", ""].value == pytest.approx(5.0)


def test_ions_at_groups_of_the_other_sign_are_taken_off(tmp_path):
    table = rows(continuum_parameters(tables(network(tmp_path)), "pH7"))
    # 6 Na+, a quarter and a half of their time at acids: 1.5 and 3 of them.
    assert table.loc["associated_ions", "Na+"].value == pytest.approx(2.25)
    assert table.loc["ions_at_groups_by_chance", "Na+"].value == 0
    each = [per_volume(-2 + 1.5, 50), per_volume(-2 + 3, 40)]
    assert table.loc["effective_charge_density_mol_m3", ""].value == pytest.approx(np.mean(each))


def test_ratio_of_nominal_and_effective_charge(tmp_path):
    made = tables(network(tmp_path), volumes=(50.0, 50.0), at=(0.1, 0.2))
    ratio = rows(continuum_parameters(made, "pH7")).loc["nominal_over_effective", ""]
    assert ratio.value == pytest.approx(2 / (2 - 0.9))
    assert np.isnan(ratio.low) and "holds 0" in ratio.interval
    made = tables(network(tmp_path), volumes=(50.0, 50.0), at=(0.14, 0.16))
    ratio = rows(continuum_parameters(made, "pH7")).loc["nominal_over_effective", ""]
    edges = t_interval([-2 + 0.84, -2 + 0.96])[1:]
    assert [ratio.low, ratio.high] == pytest.approx(sorted(-2 / float(e) for e in edges))


def test_more_ions_at_groups_than_charge_give_no_ratio(tmp_path):
    found = continuum_parameters(tables(network(tmp_path), at=(0.9, 0.9)), "pH7")
    reasons = found.missing.set_index("quantity")["reason"]
    assert "same sign" in reasons["nominal_over_effective"]


def test_layers_of_other_porosity_are_resistances_in_series(tmp_path):
    table = rows(continuum_parameters(tables(network(tmp_path), share=0.5), "pH7"))
    # 1 nm of porosity 0.5 and 1 nm of 0.25.
    assert table.loc["porosity", ""].value == pytest.approx(0.375)
    assert table.loc["effective_thickness_nm", ""].value == pytest.approx(1 / 0.5 + 1 / 0.25)
    assert table.loc["pore_radius_nm", ""].value == pytest.approx((0.4 + 0.45) / 2)


def test_diffusivity_is_weighted_by_pairs_and_needs_diffusion(tmp_path):
    found = rows(continuum_parameters(tables(network(tmp_path)), "pH7"))
    row = found.loc["membrane_diffusivity_nm2_ns", "Na+"]
    assert row.value == pytest.approx(0.75 * 0.1 + 0.25 * 0.5)
    caged = continuum_parameters(tables(network(tmp_path), alpha=(0.5, 0.52)), "pH7")
    assert ("membrane_diffusivity_nm2_ns", "Na+") not in rows(caged).index
    with pytest.raises(ValueError, match="not diffusive: exponent 0.51"):
        caged.value("membrane_diffusivity_nm2_ns", "Na+")
    noisy = continuum_parameters(tables(network(tmp_path), alpha=(0.3, 1.0)), "pH7")
    assert ("membrane_diffusivity_nm2_ns", "Na+") not in rows(noisy).index


def test_picoseconds_of_motion_are_no_diffusion(tmp_path):
    root = tables(network(tmp_path))
    path = root / "observables/pH7/NaCl/ion_diffusion.csv"
    pd.read_csv(path).assign(to_ps=1.2).to_csv(path, index=False)
    with pytest.raises(ValueError, match="run too short: lags up to 1.2 ps"):
        continuum_parameters(root, "pH7").value("membrane_diffusivity_nm2_ns", "Na+")


def test_membrane_has_its_charge_per_volume_of_pores(tmp_path):
    found = continuum_parameters(tables(network(tmp_path)), "pH7")
    membrane = found.membrane()
    assert float(membrane.pore_radius) == pytest.approx(0.425e-9)
    assert float(membrane.effective_thickness) == pytest.approx(6e-9)
    nominal = found.value("charge_density_mol_m3")
    assert float(membrane.charge_density) == pytest.approx(nominal / 0.375)
    effective = found.membrane(effective=True)
    assert abs(float(effective.charge_density)) < abs(float(membrane.charge_density))


def test_properties_go_into_a_twin(tmp_path):
    found = continuum_parameters(tables(network(tmp_path)), "pH7")
    given = found.twin_properties(["Na+", "Cl-"])
    assert given["diffusivity"]["Na+"] == pytest.approx(0.2e-9)
    # No profile at equilibrium: steric and Born exclusion, and the polymer's share of the volume.
    assert given["excess"]["Na+"] > -np.log(0.375 * (1 - 0.184 / 0.425) ** 2)
    cell = Geometry.symmetric(4e-9, 2.5e-9, AREA_NM2 * 1e-18)
    groups = pd.read_csv(tmp_path / "charged/pH7/groups.csv")
    charge = ChargeProfile.of_groups(groups.z_nm, groups.kind.map({"NH2+": 1, "COO-": -1}), cell)
    assert TwinProblem(cell, cell_species("Na+", "Cl-", 4, -2), charge, **given).charge.net == -2


def test_an_ion_as_large_as_the_pore_is_told(tmp_path):
    root = tables(network(tmp_path))
    path = root / "observables/pH7/NaCl/structure.csv"
    table = pd.read_csv(path)
    table.loc[table.quantity == "mean_pore_diameter_angstrom", "value"] = 3.0
    table.to_csv(path, index=False)
    found = continuum_parameters(root, "pH7")
    with pytest.raises(ValueError, match="not above the radius of Na"):
        found.twin_properties(["Na+", "Cl-"])


def test_a_layout_without_groups_has_no_charge(tmp_path):
    root = network(tmp_path, groups=())
    found = continuum_parameters(tables(root, at=(0.0, 0.0)), "pH7")
    assert found.value("net_charge_e") == 0
    assert found.value("charge_density_mol_m3") == 0
    assert found.value("effective_charge_density_mol_m3") == 0
    assert "nominal_over_effective" in set(found.missing.quantity)


def test_nothing_there_is_all_missing(tmp_path):
    found = continuum_parameters(tmp_path / "none", "pH7")
    assert set(found.table.basis) == {"assumed"}
    assert found.missing.reason.str.len().min() > 0
    with pytest.raises(ValueError, match="pore_radius_nm is missing: no obs"):
        found.membrane()
    with pytest.raises(ValueError, match="no such quantity"):
        found.value("charm")


TABLES = ("structure", "group_share", "porosity", "extent", "ion_diffusion")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("harm", ["empty file", "no rows", "garbage", "first column only", "holes"])
def test_damaged_tables_raise_nothing_and_leave_no_nan(tmp_path, table, harm):
    root = hydrated(tables(network(tmp_path)))
    path = root / f"observables/pH7/NaCl/{table}.csv"
    read = pd.read_csv(path)
    if harm in ("empty file", "garbage"):
        path.write_bytes(b"" if harm == "empty file" else b"\xff\xfe\x00a,b\n1")
    elif harm == "no rows":
        read[:0].to_csv(path, index=False)
    elif harm == "first column only":
        read.iloc[:, :1].to_csv(path, index=False)
    else:
        numbers = read.select_dtypes("float").columns
        read.assign(**dict.fromkeys(numbers, np.nan)).to_csv(path, index=False)
    check_sound(continuum_parameters(root, "pH7"))


@pytest.mark.parametrize("name", ["charged/pH7/groups.csv", "charged/pH7/report.json"])
@pytest.mark.parametrize("text", ["", "kind,z_nm\nSO3-,0\n", "[1]", '{"layer_nm": "wide"}'])
def test_damaged_files_of_the_layout_raise_nothing(tmp_path, name, text):
    root = tables(network(tmp_path))
    (root / name).write_text(text)
    check_sound(continuum_parameters(root, "pH7"))


def check_sound(found):
    table = found.table
    assert np.isfinite(table.value).all()
    assert set(table.basis) <= set(BASES)
    both = table[table.low.notna() & table.high.notna()]
    assert ((both.low <= both.value) & (both.value <= both.high)).all()
    assert not set(zip(table.quantity, table.ion, strict=True)) & set(
        zip(found.missing.quantity, found.missing.ion, strict=True)
    )


def test_several_salts_must_be_told_apart(tmp_path):
    root = tables(network(tmp_path))
    write(root / "observables/pH7/KCl/extent.csv", [{"trial": "1"}])
    with pytest.raises(ValueError, match="KCl, NaCl"):
        continuum_parameters(root, "pH7")
    assert continuum_parameters(root, "pH7", "NaCl").value("porosity") > 0


def test_tables_of_a_burst_are_read_where_there_are_no_others(tmp_path):
    root = tables(network(tmp_path))
    (root / "burst").mkdir()
    (root / "observables").rename(root / "burst/observables")
    row = rows(continuum_parameters(root, "pH7")).loc["charge_density_mol_m3", ""]
    assert row.basis == "runs" and "burst/observables/pH7/NaCl/structure.csv" in row.source


def stores(root: Path, ratio: dict[str, float], force=FORCE, drift=0.0, frames=400, seed=0):
    """Trials whose ions are where Boltzmann puts them, anew in each frame, and counter-ions too.

    The membrane holds ratio times the concentration of the reservoir, the permeate side none.
    """
    dump(
        root / "campaign.json",
        {
            "transport": {
                "drive": {"kind": "body force", "force_kcal_mol_angstrom": force},
                "temperature_K": 300.0,
            }
        },
    )
    places = np.linspace(PISTON, FACES[1], 2401)
    for trial in (1, 2, 3):
        store = synthetic_store("pH7", trial=trial, frames=frames, ions=12)
        rng = np.random.default_rng([seed, trial])
        arrays = store.arrays
        fine = arrays["face_edges_nm"]
        z = 10 * (fine[1:] + fine[:-1]) / 2
        # A running mean over 2 angstrom moves a sharp edge out by 0.9.
        arrays["face_g_cm3"] = np.where(np.abs(z) < FACES[1] - 0.9, 1.0, 0.0)
        arrays["piston_z_nm"] = np.tile([PISTON / 10, -PISTON / 10], (frames + 1, 1))
        arrays["membrane_z_nm"] = np.zeros(frames + 1)
        slope = force / FORCE * SLOPE
        for column in store.ion_columns:
            atom = store.atoms.iloc[column]
            driven = slope * (atom.role == "feed ion")
            rise = np.exp(drift * np.linspace(-1, 1, frames + 1))[:, None]
            inside = ratio.get(atom.species, 1.0) * rise
            weight = np.where(places >= FACES[0], inside, 1.0) * np.exp(driven * places)
            share = np.cumsum(weight, axis=1)
            share /= share[:, -1:]
            drawn = (share < rng.uniform(size=(frames + 1, 1))).sum(axis=1)
            arrays["positions_nm"][:, column, 2] = places[drawn] / 10
        store.write(root / f"observables/pH7/NaCl/trial{trial}.store.npz")
    species = [{"definition": "x", "trial": "1", "species": name} for name in ratio]
    write(root / "observables/pH7/NaCl/ion_diffusion.csv", species)
    return root


def test_partition_of_driven_ions_is_that_without_the_drive(tmp_path):
    made = stores(network(tmp_path), {"Na+": 0.5, "Cl-": 0.2})
    found = continuum_parameters(made, "pH7")
    table = rows(found)
    for ion, ratio in {"Na+": 0.5, "Cl-": 0.2}.items():
        row = table.loc["free_energy_kT", ion]
        assert row.value == pytest.approx(-np.log(ratio), abs=0.12), found.missing
        assert row.high - row.low < 0.6
        assert table.loc["partition_coefficient", ion].value == pytest.approx(np.exp(-row.value))
    salt = table.loc["excess_kT", "Na+/Cl-"].value
    assert salt == pytest.approx(-np.log(np.sqrt(0.5 * 0.2)), abs=0.12)
    excess = dict.fromkeys(("Na+", "Cl-"), salt)
    pores = tables(tmp_path / "pores")
    for path in (pores / "observables/pH7/NaCl").glob("*.csv"):
        if path.name != "ion_diffusion.csv":
            path.rename(made / "observables/pH7/NaCl" / path.name)
    found = continuum_parameters(made, "pH7")
    assert found.twin_properties(["Na+", "Cl-"])["excess"] == pytest.approx(excess)


def test_profiles_that_still_change_give_no_partition_coefficient(tmp_path):
    found = continuum_parameters(stores(network(tmp_path), {"Na+": 0.5}, drift=2.0), "pH7")
    with pytest.raises(ValueError, match="not at equilibrium"):
        found.value("free_energy_kT", "Na+")


def test_without_the_drive_its_work_is_not_known(tmp_path):
    root = stores(network(tmp_path), {"Na+": 0.5}, frames=40)
    text = (root / "campaign.json").read_text()
    known = continuum_parameters(root, "pH7")
    (root / "campaign.json").unlink()
    with pytest.raises(ValueError, match=r"no campaign\.json"):
        continuum_parameters(root, "pH7").value("free_energy_kT", "Na+")
    told = continuum_parameters(root, "pH7", settings=json.loads(text))
    pd.testing.assert_frame_equal(told.table, known.table)
    pd.testing.assert_frame_equal(told.missing, known.missing)


def test_damaged_store_is_named(tmp_path):
    root = stores(network(tmp_path), {"Na+": 0.5}, frames=40)
    (root / "observables/pH7/NaCl/trial2.store.npz").write_bytes(b"no store")
    with pytest.raises(ValueError, match=r"trial2\.store\.npz is not a whole store"):
        continuum_parameters(root, "pH7").value("free_energy_kT", "Na+")


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-5, 5), min_size=2, max_size=5),
    st.floats(0.01, 0.5),
    st.integers(0, 6),
)
def test_equilibrium_needs_agreement_and_exchange(levels, step, exchanged):
    first = np.array(levels)
    noise = step * np.where(np.arange(len(levels)) % 2, 1.0, -1.0) / 10
    same = Halves(first, np.column_stack([first, first]), exchanged)
    moved = Halves(first, np.column_stack([first, first + 30 * step + noise]), exchanged)
    if exchanged < 3:
        with pytest.raises(Missing, match="both"):
            at_equilibrium(same, "Na+", 0.95)
    else:
        at_equilibrium(same, "Na+", 0.95)
        with pytest.raises(Missing):
            at_equilibrium(moved, "Na+", 0.95)


def test_free_walk_in_the_reservoir_has_its_diffusivity(tmp_path):
    root, step = stores(network(tmp_path), {"Na+": 1e-9}, force=0.0, frames=40), 0.05
    for trial in (1, 2, 3):
        store = synthetic_store("pH7", trial=trial, frames=4000, last_ns=4.0)
        rng, arrays = np.random.default_rng(trial), store.arrays
        walk = rng.normal(0, step, arrays["positions_nm"].shape).cumsum(axis=0)
        arrays["positions_nm"][:] = walk
        arrays["positions_nm"][..., 2] = -2.4
        arrays["membrane_z_nm"][:] = 0
        store.write(root / f"observables/pH7/NaCl/trial{trial}.store.npz")
    found = continuum_parameters(root, "pH7")
    # Frames are 1 ps apart: D = step^2 / 2 per ps.
    assert found.value("reservoir_diffusivity_nm2_ns", "Na+") == pytest.approx(
        1000 * step**2 / 2, rel=0.1
    )


def test_importing_it_loads_no_pandas():
    code = "import sys, analysis.comparison.parameters; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_bad_level_is_refused(tmp_path):
    with pytest.raises(ValueError, match="level is 1"):
        continuum_parameters(tmp_path, "pH7", level=1.0)
