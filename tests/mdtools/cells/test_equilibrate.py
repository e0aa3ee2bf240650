"""Equilibration ends at temperature with everything in place, or says what went wrong."""

import dataclasses

import numpy as np
import pytest

from mdtools import Bundle
from mdtools.cells import dynamics, segments
from mdtools.cells.anchors import anchor_groups, near_groups
from mdtools.cells.equilibrate import equilibrate
from mdtools.errors import PhysicsError
from mdtools.systems.constraints import largest_constraint_error
from mdtools.systems.system import masses


@pytest.fixture
def bundle(small_bundle):
    return small_bundle


def test_bundle_starts_at_time_zero_without_a_drive(bundle):
    assert bundle.state.getTime()._value == 0
    assert bundle.state.getStepCount() == 0
    assert "drive" not in [force.getName() for force in bundle.system.getForces()]


def test_bundle_travels_to_disk_and_back(bundle, tmp_path):
    bundle.save(tmp_path / "cell")
    loaded = Bundle.load(tmp_path / "cell")
    assert loaded.positions == pytest.approx(bundle.positions)
    assert loaded.roles.equals(bundle.roles)
    assert set(loaded.topology["segment"]) == {"MEM", "ION", "WAT", "GRF"}
    assert loaded.provenance["report"]["particles"] == len(loaded.topology)


def test_anchors_are_five_percent_where_the_membrane_then_is_and_none_at_a_group(
    bundle, small_cell
):
    anchors, polymer = bundle.atoms("anchor"), small_cell.polymer
    assert len(anchors) == pytest.approx(0.05 * len(polymer.atoms), abs=3)
    sites = [bundle.system.isVirtualSite(i) for i in range(len(bundle.positions))]
    fixed = np.flatnonzero((masses(bundle.system) == 0) & ~np.array(sites))
    assert fixed.tolist() == sorted(anchors)
    assert not near_groups(polymer)[anchors].any()
    expected = anchor_groups(polymer, bundle.positions[: len(polymer.atoms)], 5.0)
    assert sorted(anchors) == expected.tolist()
    report = bundle.provenance["report"]
    assert report["anchored_residues"] == polymer.atoms["residue"].iloc[anchors].nunique()
    assert report["anchored_z_nm"][0] < report["anchored_z_nm"][1]


def test_nothing_but_the_mean_height_is_held_while_the_cell_settles(bundle, small_cell):
    moved = np.linalg.norm(bundle.positions - small_cell.positions, axis=1)
    assert moved[bundle.atoms("anchor")].min() > 0
    assert np.median(moved) > 0.01
    assert largest_constraint_error(bundle.positions, bundle.system)[0] < 1e-5


def test_restraints_of_the_equilibration_do_not_reach_the_bundle(bundle):
    names = {force.getName() for force in bundle.system.getForces()}
    assert not names & {"wall", "slab hold"}


def test_report_measures_what_a_reader_asks_first(bundle, small_options):
    found = bundle.provenance["report"]["equilibration"]
    assert found["temperature_K"] == pytest.approx(300, abs=60)
    assert found["duration_ps"] == small_options.equilibration_ps
    assert found["feed_piston_nm"] > 0.3 and found["permeate_piston_nm"] > 0.3
    assert 0 < found["waters_in_membrane"] < 260


def test_same_seed_on_one_thread_gives_the_same_state(
    small_cell, small_options, one_thread, monkeypatch
):
    # Brief, and so hot: what is asked is whether the seed decides the state.
    monkeypatch.setattr(dynamics, "SETTLING", ((0.1, 0.002),))
    monkeypatch.setattr(segments, "HOTTEST", 20.0)
    brief = small_options.model_copy(update={"equilibration_ps": 0.02, "minimisation_steps": 5})
    first, again, other = (
        equilibrate(small_cell, brief, one_thread, seed=seed).positions for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_blow_up_names_the_atoms_and_the_force(small_cell, small_options, one_thread):
    """Two waters in one place, which one step of minimisation does not take apart."""
    positions = small_cell.positions.copy()
    waters = small_cell.roles["atom"][small_cell.roles["role"] == "water oxygen"].to_numpy()
    one, two = waters[:2]
    positions[two : two + 4] = positions[one : one + 4] + 1e-5
    overlapping = dataclasses.replace(small_cell, positions=positions)
    brief = small_options.model_copy(update={"minimisation_steps": 1})
    with pytest.raises(PhysicsError, match=rf"of HOH .*\(atom {one}") as caught:
        equilibrate(overlapping, brief, one_thread, seed=1)
    assert "NonbondedForce" in str(caught.value)


def test_torn_group_is_refused_before_it_can_fold_the_structure(
    small_cell, small_options, one_thread
):
    torn = small_cell.positions.copy()
    water = small_cell.roles["atom"][small_cell.roles["role"] == "water oxygen"].iloc[0]
    torn[water + 1, 0] += small_cell.box_nm[0]
    with pytest.raises(ValueError, match="make constraint groups whole"):
        equilibrate(
            dataclasses.replace(small_cell, positions=torn), small_options, one_thread, seed=1
        )
