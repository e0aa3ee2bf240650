"""A cell holds what its options ask for, is neutral, and refuses what cannot be built."""

import dataclasses
import json

import numpy as np
import pytest

from mdtools.cells.assemble import assemble
from mdtools.cells.solvation import membrane_charge
from mdtools.options import CellOptions, NonbondedOptions, SaltOptions
from mdtools.systems.system import charges, masses, nonbonded_force

OPTIONS = CellOptions(waters_per_reservoir=60, equilibration_ps=1)


def role(cell, name):
    return cell.roles[cell.roles["role"] == name]


def names_and_elements(cell):
    return [(atom.name, atom.residue.name, atom.residue.chain.id) for atom in cell.topology.atoms()]


def test_demo_cell_has_at_most_3500_particles(cell):
    assert len(cell.positions) == cell.system.getNumParticles() <= 3500
    assert cell.report["particles"] == len(cell.positions)


def test_reservoirs_hold_exactly_the_waters_asked_for_beside_their_ions(cell):
    oxygen = role(cell, "water oxygen")
    assert (oxygen["side"] == "feed").sum() == 280
    assert (oxygen["side"] == "permeate").sum() == 280
    assert cell.report["waters"]["membrane"] == (oxygen["side"] == "").sum() > 0
    atoms = names_and_elements(cell)
    assert {atoms[atom] for atom in oxygen["atom"]} == {("O", "HOH", "WAT")}


def test_cells_are_neutral(cell, small_cell):
    for built in (cell, small_cell):
        assert abs(charges(built.system).sum()) < 1e-4


def test_divalent_cation_and_odd_charge_take_one_chloride_more(small_cell, thin_membrane):
    assert membrane_charge(thin_membrane) == -3
    counter = role(small_cell, "counter-ion")
    assert counter[["species", "side"]].to_numpy().tolist() == [
        ["Ca2+", "feed"],
        ["Ca2+", "permeate"],
        ["Cl-", "feed"],
    ]
    assert role(small_cell, "feed ion")["species"].tolist() == ["Ca2+", "Cl-", "Cl-"]


def test_ions_start_on_their_side_between_sheet_and_membrane(cell):
    z = cell.positions[:, 2]
    low, high = cell.report["faces_nm"]
    sheets = role(cell, "piston").groupby("side")["atom"]
    feed = z[sheets.get_group("feed")].mean()
    permeate = z[sheets.get_group("permeate")].mean()
    ions = cell.roles[cell.roles["role"].isin(["feed ion", "counter-ion"])]
    for atom, side in zip(ions["atom"], ions["side"], strict=True):
        inner, outer = (low, feed) if side == "feed" else (-high, -permeate)
        height = z[atom] if side == "feed" else -z[atom]
        assert outer + 0.3 < height < inner


def test_sheets_lie_just_outside_of_everything_and_a_vacuum_apart(cell):
    sheet = role(cell, "piston")["atom"].to_numpy()
    z = cell.positions[:, 2]
    rest = np.delete(z, sheet)
    assert z[sheet].min() == pytest.approx(rest.min() - 0.34, abs=1e-6)
    assert z[sheet].max() == pytest.approx(rest.max() + 0.34, abs=1e-6)
    assert cell.box_nm[2] == pytest.approx(np.ptp(z[sheet]) + 2.0)
    assert role(cell, "piston")["group"].value_counts().to_dict() == {0: 160, 1: 160}


def test_membrane_is_centred_and_feed_is_below(cell, membrane):
    atoms = role(cell, "membrane")["atom"].to_numpy()
    assert atoms.tolist() == list(range(len(membrane.atoms)))
    element = [atom.element.mass._value for atom in cell.topology.atoms() if atom.index in atoms]
    centre = np.average(cell.positions[atoms, 2], weights=element)
    assert centre == pytest.approx(0, abs=2e-3)
    assert cell.positions[role(cell, "piston").query("side == 'feed'")["atom"], 2].max() < 0


def test_nothing_is_fixed_before_the_cell_has_come_to_equilibrium(cell):
    sites = [cell.system.isVirtualSite(i) for i in range(len(cell.positions))]
    assert ((masses(cell.system) == 0) == np.array(sites)).all()
    assert role(cell, "anchor").empty


def test_charged_groups_keep_their_ids(cell, membrane):
    groups = role(cell, "charged group")
    assert groups["group"].tolist() == membrane.groups["group"].tolist()
    atoms = names_and_elements(cell)
    by_kind = {
        kind: {atoms[a][0][0] for a in rows["atom"]} for kind, rows in groups.groupby("species")
    }
    assert by_kind == {"NH2+": {"N"}, "COO-": {"C"}}
    assert groups["species"].value_counts().to_dict() == {"NH2+": 3, "COO-": 2}


def test_same_seed_same_cell_and_another_seed_other_ions(thin_membrane, nacl, nonbonded):
    first, again, other = (
        assemble(thin_membrane, nacl, OPTIONS, nonbonded, seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(first.positions, again.positions)
    assert first.positions.shape == other.positions.shape
    ions = role(first, "feed ion")["atom"]
    assert not np.array_equal(first.positions[ions], other.positions[ions])


def test_cell_does_not_depend_on_the_image_in_which_membrane_atoms_come(
    thin_membrane, nacl, nonbonded
):
    rng = np.random.default_rng(0)
    turns = rng.integers(-2, 3, size=(len(thin_membrane.atoms), 2)) * thin_membrane.box_nm
    wrapped = thin_membrane.positions + np.insert(turns, 2, 0, axis=1)
    scattered = dataclasses.replace(thin_membrane, positions=wrapped)
    one, two = (
        assemble(polymer, nacl, OPTIONS, nonbonded, seed=1)
        for polymer in (thin_membrane, scattered)
    )
    rest = slice(len(thin_membrane.atoms), None)
    assert two.positions[rest] == pytest.approx(one.positions[rest], abs=1e-9)
    assert two.roles.equals(one.roles)


def test_report_is_plain_json_with_its_assumptions(cell):
    report = json.loads(json.dumps(cell.report))
    assert any("slab correction" in line for line in report["assumptions"])
    assert any("intervals over trials leave out" in line for line in report["assumptions"])
    assert any("leaves out about 27 MPa" in line for line in report["assumptions"])
    assert report["pme"]["nx"] == 20 and report["pme"]["ny"] == 21
    assert report["feed_molality"]["Na+"] == pytest.approx(6 / (280 * 0.018015))


def test_waters_that_the_membrane_holds_already_stay_where_they_are(thin_membrane, nacl, nonbonded):
    dry = assemble(thin_membrane, nacl, OPTIONS, nonbonded, seed=1)
    inside = role(dry, "water oxygen").query("side == ''")["atom"].to_numpy()
    waters = dry.positions[inside[:, None] + np.arange(4)]
    shift = [
        0,
        0,
        np.mean(thin_membrane.positions[:, 2] - dry.positions[: len(thin_membrane.atoms), 2]),
    ]
    inside = waters[::2] + shift
    wet = assemble(thin_membrane, nacl, OPTIONS, nonbonded, seed=1, inside=inside)
    kept = role(wet, "water oxygen").query("side == ''")["atom"].to_numpy()
    assert len(kept) >= len(waters[::2])
    found = wet.positions[kept[: len(waters[::2])]]
    # Centred on the membrane's mass, which constraints have moved by less than a picometre.
    assert found == pytest.approx(waters[::2, 0], abs=2e-3)
    assert (role(wet, "water oxygen")["side"] == "feed").sum() == OPTIONS.waters_per_reservoir


def test_switching_reaches_the_force(thin_membrane, nacl):
    switched = NonbondedOptions(cutoff_nm=0.9, switch_nm=0.8)
    built = assemble(thin_membrane, nacl, OPTIONS, switched, seed=1)
    force = nonbonded_force(built.system)
    assert force.getUseSwitchingFunction()
    assert force.getSwitchingDistance()._value == pytest.approx(0.8)
    assert any("switched to zero from 0.8 nm" in line for line in built.report["assumptions"])
    with pytest.raises(ValueError, match="switch_nm is 0.9, allowed is less than cutoff_nm, 0.9"):
        NonbondedOptions(cutoff_nm=0.9, switch_nm=0.9)


def test_box_too_small_for_the_cutoff_is_refused(thin_membrane, nacl):
    with pytest.raises(ValueError, match="cutoff_nm is 1.1.*2.000 x 2.100"):
        assemble(thin_membrane, nacl, OPTIONS, NonbondedOptions(cutoff_nm=1.1), seed=1)


def test_vacuum_thinner_than_the_cutoff_is_refused(thin_membrane, nacl):
    wide = dataclasses.replace(thin_membrane, box_nm=np.array([3.0, 3.0]))
    options = OPTIONS.model_copy(update={"vacuum_nm": 1.0})
    with pytest.raises(ValueError, match="vacuum_nm is 1, but must exceed cutoff_nm, 1.2"):
        assemble(wide, nacl, options, NonbondedOptions(cutoff_nm=1.2), seed=1)


def test_box_that_does_not_fit_graphene_is_refused(thin_membrane, nacl, nonbonded):
    odd = dataclasses.replace(thin_membrane, box_nm=np.array([2.0, 1.9]))
    with pytest.raises(ValueError, match="graphene would be strained"):
        assemble(odd, nacl, OPTIONS, nonbonded, seed=1)


def test_more_ions_than_waters_is_refused(thin_membrane, nonbonded):
    salt = SaltOptions(ions={"Na+": 40, "Cl-": 40})
    with pytest.raises(ValueError, match="82 ions for the feed.*waters_per_reservoir is 60"):
        assemble(thin_membrane, salt, OPTIONS, nonbonded, seed=1)
