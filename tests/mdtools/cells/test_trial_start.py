"""Trials start with feed ions at places of their own, in the feed, and without a wall."""

import dataclasses

import numpy as np
import pytest

from mdtools.cells.restraints import walls_z
from mdtools.cells.trial_start import exchanged, start_trial
from mdtools.errors import SettingsError
from mdtools.slab import faces_of_atoms
from mdtools.systems.constraints import largest_constraint_error


@pytest.fixture(scope="module")
def options(small_options):
    return small_options.model_copy(update={"settling_ps": 0.2, "counter_ions": "held"})


@pytest.fixture(scope="module")
def cell(small_bundle):
    return small_bundle


@pytest.fixture(scope="module")
def started(cell, options, one_thread):
    return start_trial(cell, options, one_thread, seed=1)


def feed_wall(bundle):
    membrane = bundle.atoms("membrane")
    mass = bundle.topology["mass"].to_numpy()[membrane]
    faces = faces_of_atoms(bundle.positions[membrane, 2], mass)
    sheet = bundle.roles[bundle.roles["role"] == "piston"].groupby("side")["atom"]
    feed, permeate = (bundle.positions[sheet.get_group(s), 2].mean() for s in ("feed", "permeate"))
    return walls_z(faces, (feed, permeate))[0]


def test_feed_ions_are_before_the_wall_at_the_start(cell, started):
    # The spring gives by 0.05 nm at 300 K.
    z = started.positions[started.atoms("feed ion"), 2]
    assert z.max() < feed_wall(cell) + 0.2
    sheet = started.roles.query("role == 'piston' and side == 'feed'")["atom"]
    assert z.min() > started.positions[sheet, 2].mean()


def test_wall_is_gone_at_time_zero(cell, started):
    names = [force.getName() for force in started.system.getForces()]
    assert "wall" not in names and "drive" not in names
    assert names == [force.getName() for force in cell.system.getForces()]
    assert started.state.getTime()._value == 0
    start = started.provenance["start"]
    assert start["settling_ps"] == 0.2
    assert 0 < start["wall_from_face_nm"] <= 0.5


def test_trials_differ_in_places_and_a_seed_repeats_one(cell):
    one, again, other = (exchanged(cell, np.random.default_rng(seed))[0] for seed in (1, 1, 2))
    ions = cell.atoms("feed ion")
    assert np.array_equal(one, again)
    assert np.linalg.norm(other[ions] - one[ions], axis=1).max() > 0.3


def test_anchors_have_not_moved_and_constraints_hold(cell, started):
    anchors = cell.atoms("anchor")
    assert started.positions[anchors] == pytest.approx(cell.positions[anchors], abs=1e-6)
    assert largest_constraint_error(started.positions, started.system)[0] < 1e-5


def test_an_exchange_moves_whole_waters_and_nothing_else(cell):
    rng = np.random.default_rng(3)
    positions, separation = exchanged(cell, rng)
    ions, water = cell.atoms("feed ion"), cell.atoms("water oxygen")
    moved = np.flatnonzero(np.abs(positions - cell.positions).max(axis=1) > 0)
    exchanged_oxygens = np.intersect1d(moved, water)
    assert len(exchanged_oxygens) == len(ions)
    assert 0.2 < separation <= 0.5
    expected = np.concatenate([ions, (exchanged_oxygens[:, None] + np.arange(4)).ravel()])
    assert sorted(moved) == sorted(expected)
    # Each ion is where a water was, up to an image.
    apart = positions[ions][:, None] - cell.positions[exchanged_oxygens]
    apart -= np.round(apart / cell.box_nm) * cell.box_nm
    assert np.linalg.norm(apart, axis=2).min(axis=1) == pytest.approx(0, abs=1e-9)
    assert largest_constraint_error(positions, cell.system)[0] < 1e-5


def test_shared_feed_ions_start_as_the_cell_ends(cell, options, one_thread):
    shared = options.model_copy(update={"feed_ions": "shared"})
    assert start_trial(cell, shared, one_thread, seed=1).state is cell.state


def test_feed_without_room_before_the_wall_is_refused(cell):
    roles = cell.roles
    flooded = roles["role"].eq("water oxygen") & ~roles["side"].eq("permeate")
    dry = dataclasses.replace(cell, roles=roles[~flooded])
    with pytest.raises(SettingsError, match="3 feed ions, but only 0 waters lie between"):
        exchanged(dry, np.random.default_rng(1))
