"""Frames of trajectories of other programs, against the coordinates that they were written from."""

import numpy as np
import pytest

from analysis.reading.observer import CollectError
from analysis.store import Store
from analysis.universes import collect_trial, open_trial
from tests.analysis.universes.trajectories import (
    BOX,
    FRAMES,
    INTERVAL_PS,
    atoms_table,
    refused,
    study_of,
    write_pair,
)


@pytest.mark.parametrize("ending", ["dcd", "xtc"])
def test_wrapped_files_give_the_continuous_paths_they_came_from(tmp_path, paths, ending):
    study = study_of(*write_pair(tmp_path, ending, paths))
    collect_trial(study, 1, tmp_path / "store.npz")
    store = Store.read(tmp_path / "store.npz")
    assert store.arrays["time_ps"] == pytest.approx(INTERVAL_PS * np.arange(FRAMES), abs=1e-3)
    followed = store.atoms.atom.to_numpy()
    moved = store.arrays["positions_nm"] - store.arrays["positions_nm"][0]
    assert moved == pytest.approx(paths[:, followed] - paths[0, followed], abs=4e-3)
    membrane = atoms_table().segment == "MEM"
    center = np.average(paths[0, membrane, 2], weights=atoms_table().mass[membrane])
    assert store.z_angstrom == pytest.approx(10 * (paths[:, followed, 2] - center), abs=0.02)


def test_neighbours_and_energies_are_those_of_all_pairs(tmp_path, paths):
    study = study_of(*write_pair(tmp_path, "dcd", paths))
    collect_trial(study, 1, tmp_path / "store.npz")
    store, table = Store.read(tmp_path / "store.npz"), atoms_table()
    sodium = np.flatnonzero(table.residue == "SOD")
    oxygen = np.flatnonzero(table.name == "OH2")
    apart = paths[7][sodium][:, None] - paths[7][oxygen]
    apart[..., :2] -= BOX[:2] * np.rint(apart[..., :2] / BOX[:2])
    expected = (np.linalg.norm(apart, axis=2) <= 0.45).sum(axis=1)
    assert store.arrays["shell_counts"][7, :4, 0].tolist() == expected.tolist()
    groups = np.flatnonzero(table.residue == "COO")
    bonded = [0, 1, 2]
    far = np.r_[groups, bonded]
    apart = paths[5][sodium][:, None] - paths[5][far]
    apart[..., :2] -= BOX[:2] * np.rint(apart[..., :2] / BOX[:2])
    charges = table.charge.to_numpy()[far]
    energy = (332.0636 * charges / (10 * np.linalg.norm(apart, axis=2))).sum(axis=1)
    axes = store.manifest["energy_axes"]
    at = np.abs(store.arrays["energy_time_ps"] - 10.0).argmin()
    found = store.arrays["energy_kcal_mol"][at, :4]
    preset, scope = axes["preset"].index("full_minimage"), axes["scope"].index("charged groups")
    assert found[:, preset, scope, 0] == pytest.approx(energy, rel=1e-4)
    assert np.isnan(found[..., 1]).all()  # a PSF holds no Lennard-Jones parameters


def test_a_box_without_length_in_z_is_refused_with_file_and_remedy(tmp_path, paths):
    flat = BOX * [1, 1, 0]
    said = refused(tmp_path, paths, "frame 0 has a box of .*give box_angstrom", box=flat)
    assert "run.dcd" in said


def test_the_remedy_for_a_flat_box_works(tmp_path, paths):
    study = study_of(
        *write_pair(tmp_path, "dcd", paths, BOX * [1, 1, 0]), box_angstrom=tuple(10 * BOX)
    )
    collect_trial(study, 1, tmp_path / "store.npz")
    assert Store.read(tmp_path / "store.npz").box_nm == pytest.approx(BOX)


def test_a_missing_box_is_refused_with_file_and_remedy(tmp_path, paths):
    said = refused(tmp_path, paths, "run.dcd: frame 0 has .*box.*give box_angstrom", box=None)
    assert "run.dcd" in said


def test_one_frame_of_a_trajectory_is_refused_with_the_times_there_are(tmp_path, paths):
    said = "1 frames from 78 ps on are no trajectory.*40 frames from 0 to 78 ps.*times of the files"
    refused(tmp_path, paths, said, from_ps=78.0)


def test_files_of_one_name_are_told_apart(tmp_path, paths):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    topology, first = write_pair(tmp_path / "a", "dcd", paths[:20])
    _, second = write_pair(tmp_path / "b", "dcd", paths[20:])
    study = study_of(topology, first, interval_ps=2.0)
    study = study.model_copy(update={"trials": {1: (first, second)}})
    inputs = open_trial(study, 1).inputs()
    assert len(inputs) == 3 and len(set(inputs.values())) == 3


def test_a_repeated_frame_is_refused(tmp_path, paths):
    twice = np.concatenate([paths[:20], paths[19:]])
    refused(tmp_path, twice, "frame 20 repeats the one before: parts of a run", interval_ps=2.0)


def test_times_that_do_not_advance_are_refused_with_the_remedy(tmp_path, paths):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    topology, first = write_pair(tmp_path / "a", "xtc", paths[:20])
    _, second = write_pair(tmp_path / "b", "xtc", paths[20:])
    study = study_of(topology, first)
    study = study.model_copy(update={"trials": {1: (first, second)}})
    with pytest.raises(
        CollectError, match="time does not advance from .*run.xtc to .*give interval_ps"
    ):
        open_trial(study, 1)
    study = study.model_copy(update={"interval_ps": 2.0})
    assert [frame.time_ps for frame in open_trial(study, 1).frames()][-1] == 78.0


def test_equilibration_is_left_out_and_time_begins_after_it(tmp_path, paths):
    study = study_of(*write_pair(tmp_path, "dcd", paths), from_ps=20.0)
    collect_trial(study, 1, tmp_path / "store.npz")
    store = Store.read(tmp_path / "store.npz")
    assert store.arrays["time_ps"] == pytest.approx(2.0 * np.arange(FRAMES - 10), abs=1e-3)
    followed = store.atoms.atom.to_numpy()
    moved = store.arrays["positions_nm"] - store.arrays["positions_nm"][0]
    assert moved == pytest.approx(paths[10:, followed] - paths[10, followed], abs=4e-3)
