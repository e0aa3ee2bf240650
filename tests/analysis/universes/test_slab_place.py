"""Where the membrane is: axes, pieces, boxes that it fills."""

import warnings

import MDAnalysis as mda
import numpy as np
import pytest

from analysis.reading.observer import CollectError
from analysis.store import Store
from analysis.trials import Trials
from analysis.universes import analyse, collect_trial, notes_of, open_trial
from analysis.universes.slab_place import ORDER, pieces
from tests.analysis.universes.trajectories import (
    BOX,
    SELECTIONS,
    atoms_table,
    study_of,
    wrapped,
    write_frames,
    write_pair,
)

QUICK = {"pore_frames": 0, "permeated_above_angstrom": 20}
MEMBRANE = np.flatnonzero(atoms_table().segment == "MEM")


def turned(paths, axis):
    """Frames and box of a file in which the normal is another axis."""
    back = np.argsort(ORDER[axis])
    return wrapped(paths, BOX)[..., back], BOX[back]


@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_normal_along_another_axis_gives_the_same_store(tmp_path, paths, axis):
    study = study_of(*write_pair(tmp_path, "xtc", paths), analysis=QUICK)
    collect_trial(study, 1, tmp_path / "z.npz")
    points, box = turned(paths, axis)
    write_frames(tmp_path / "turned.xtc", points, box)
    other = study_of(study.topology, tmp_path / "turned.xtc", analysis=QUICK, axis=axis)
    collect_trial(other, 1, tmp_path / "turned.npz")
    along_z, along = (Store.read(tmp_path / f"{name}.npz") for name in ("z", "turned"))
    for name in ("positions_nm", "membrane_z_nm", "water_g_cm3", "energy_kcal_mol"):
        assert along.arrays[name] == pytest.approx(
            along_z.arrays[name], abs=2e-3, rel=1e-4, nan_ok=True
        )
    with_box = other.model_copy(update={"box_angstrom": tuple(10 * box)})
    assert open_trial(with_box, 1).box_nm == pytest.approx(along_z.box_nm)


@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_membrane_that_fills_the_box_is_refused_with_the_axis(tmp_path, paths, axis):
    points, box = turned(paths, axis)
    topology, _ = write_pair(tmp_path, "xtc", paths)
    write_frames(tmp_path / "turned.xtc", points, box)
    with pytest.raises(
        CollectError, match=f"no reservoir is left .* set axis: {axis} in the study"
    ):
        open_trial(study_of(topology, tmp_path / "turned.xtc"), 1)


def test_a_membrane_that_fills_the_box_along_all_axes_is_refused(tmp_path, paths):
    filled = paths.copy()
    rng = np.random.default_rng(0)
    filled[:, MEMBRANE] = rng.uniform(0, 1, (len(MEMBRANE), 3)) * BOX
    study = study_of(*write_pair(tmp_path, "xtc", filled))
    with pytest.raises(CollectError, match="nor is there along the others: allowed is a slab"):
        open_trial(study, 1)


def test_loose_pieces_are_left_out_named_and_counted(tmp_path, paths):
    loose = paths.copy()
    loose[:, :3] = [1.0, 1.0, 0.4]
    loose[:, 3:5] = [1.0, 1.0, 7.2]
    study = study_of(*write_pair(tmp_path, "xtc", loose), analysis=QUICK)
    source = open_trial(study, 1)
    assert (source.roles.role == "membrane").sum() == len(MEMBRANE) - 5
    assert "2 pieces of selections.membrane, 5 atoms in all" in source.notes[0]
    assert "3 atoms of PAM from atom 0 on; 2 atoms of PAM from atom 3 on" in source.notes[0]
    collect_trial(study, 1, tmp_path / "observables" / "membrane" / "salt" / "trial1.store.npz")
    assert notes_of(study, tmp_path) == source.notes


def test_a_membrane_split_by_the_boundary_is_joined(tmp_path, paths):
    still = paths.copy()
    still[:, 63:, 2] = np.where(paths[:1, 63:, 2] > 4, 7.0, 1.0)
    study = study_of(*write_pair(tmp_path, "xtc", still), analysis=QUICK)
    collect_trial(study, 1, tmp_path / "whole.npz")
    split = still.copy()
    split[..., 2] = np.mod(split[..., 2] + 4.0, BOX[2])
    (tmp_path / "split").mkdir()
    other = study_of(*write_pair(tmp_path / "split", "xtc", split), analysis=QUICK)
    collect_trial(other, 1, tmp_path / "split.npz")
    whole, joined = (Store.read(tmp_path / f"{name}.npz") for name in ("whole", "split"))
    assert joined.z_angstrom == pytest.approx(whole.z_angstrom, abs=0.03)
    assert joined.arrays["face_g_cm3"].sum() == pytest.approx(whole.arrays["face_g_cm3"].sum())
    assert "z_rounds" not in joined.arrays


def test_a_membrane_split_by_the_boundary_of_a_box_about_the_origin_is_joined(tmp_path, paths):
    """It lies half a box length from the origin, its centre now at this end, now at the other."""
    still = paths.copy()
    still[:, 63:, 2] = np.where(paths[:1, 63:, 2] > 4, 7.0, 1.0)
    mass = atoms_table().mass.to_numpy()[MEMBRANE]
    middle = still[0, MEMBRANE, 2] @ mass / mass.sum()
    sway = 0.05 * (-1.0) ** np.arange(len(paths))[:, None] - middle
    centred = still.copy()
    centred[..., 2] = np.mod(still[..., 2] + sway, BOX[2]) - BOX[2] / 2
    topology, _ = write_pair(tmp_path, "dcd", still)
    places = []
    for name, points in (("whole", still), ("centred", centred)):
        write_frames(tmp_path / f"{name}.xtc", wrapped(points, BOX), BOX)
        study = study_of(topology, tmp_path / f"{name}.xtc", analysis=QUICK)
        collect_trial(study, 1, tmp_path / f"{name}.npz")
        places.append(Store.read(tmp_path / f"{name}.npz").z_angstrom)
    assert places[1] == pytest.approx(places[0], abs=0.03)


def test_water_alone_and_one_structure_give_the_tables_that_need_no_more(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "xtc", paths)
    alone = {"membrane": "segid MEM", "water_oxygen": "name OH2"}
    charges = {"all": 0.0}
    study = study_of(topology, trajectory, selections=alone, charges_e=charges, analysis=QUICK)
    results = analyse(study, tmp_path / "water")
    with_ions = analyse(study_of(topology, trajectory, analysis=QUICK), tmp_path / "ions")
    for name in ("density", "porosity", "water", "water_msd", "extent"):
        expected = with_ions[name].select_dtypes("number").to_numpy(dtype=float)
        found = results[name].select_dtypes("number").to_numpy(dtype=float)
        assert found == pytest.approx(expected, nan_ok=True), name
    assert all(len(results[name]) == 0 for name in ("mean_z", "crossings", "coordination"))
    write_frames(tmp_path / "one.xtc", wrapped(paths[:1], BOX), BOX)
    single = study_of(topology, tmp_path / "one.xtc", analysis=QUICK | {"pore_frames": 1})
    one = analyse(single, tmp_path / "one")
    density = one["density"]
    assert len(one["structure"]) and len(one["pore_sizes"]) and len(one["snapshots"])
    assert density.select_dtypes("number").notna().any().any()
    for name in ("mean_z", "crossings", "pair_lifetime", "ion_msd", "hop_edges"):
        assert len(one[name]) == 0 and set(one[name]) == set(with_ions[name])
    stores = [
        Store.read(tmp_path / name / "observables" / "membrane" / "salt" / "trial1.store.npz")
        for name in ("one", "ions")
    ]
    stores[1].manifest["trial"] = 2
    with pytest.raises(Exception, match="some are one structure and others trajectories"):
        Trials(tuple(stores))


def test_a_dry_membrane_has_its_density(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "xtc", paths[:4])
    study = study_of(topology, trajectory, selections={"membrane": "segid MEM"}, analysis=QUICK)
    collect_trial(study, 1, tmp_path / "dry.npz")
    store, table = Store.read(tmp_path / "dry.npz"), atoms_table()
    total = (store.arrays["face_g_cm3"] * np.diff(store.arrays["face_edges_nm"])).sum()
    mass = table.mass[table.segment == "MEM"].sum() * 1.66053907e-3
    assert total == pytest.approx(mass / (BOX[0] * BOX[1]), rel=1e-5)


def test_a_triclinic_box_is_refused_also_where_lengths_are_given(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "dcd", paths[:3])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe = mda.Universe(str(topology), str(trajectory))
        with mda.Writer(str(tmp_path / "tilted.dcd"), len(universe.atoms)) as writer:
            for frame in universe.trajectory:
                frame.dimensions = [*(10 * BOX), 90, 90, 60]
                writer.write(universe.atoms)
    for given in (None, (24.0, 26.0, 80.0)):
        study = study_of(topology, tmp_path / "tilted.dcd", interval_ps=1.0, box_angstrom=given)
        with pytest.raises(CollectError, match="a box of angles 90, 90, 60: allowed is a rect"):
            open_trial(study, 1)


def test_a_box_in_other_units_is_told_from_a_membrane_that_fills_it(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "dcd", paths[:3])
    study = study_of(topology, trajectory, box_angstrom=(2.4, 2.6, 8.0))
    with pytest.raises(CollectError, match="box over 0.8 nm: .* box_angstrom is in angstrom"):
        open_trial(study, 1)


def test_charged_groups_of_loose_pieces_go_with_them(tmp_path, paths):
    loose = paths.copy()
    loose[:, 60] = [1.0, 1.0, 0.4]
    source = open_trial(study_of(*write_pair(tmp_path, "xtc", loose)), 1)
    assert (source.roles.role == "charged group").sum() == 2
    assert SELECTIONS["charged_groups"] == {"COO-": "name CX"}


def test_a_box_is_not_folded_for_fragments_at_its_ends():
    """They are joined through the end; the membrane is whole where it lies."""
    z_nm = np.array([*np.linspace(1.7, 3.3, 40), 0.3, 7.7])
    found = pieces(z_nm, np.arange(42), np.ones(42), 8.0)
    assert (len(found.membrane), found.folded) == (40, False)
    assert [len(piece) for piece in found.apart] == [2]
    across = np.mod(z_nm + 5.5, 8.0)
    assert pieces(across, np.arange(42), np.ones(42), 8.0).folded


def test_a_membrane_that_comes_to_cross_the_end_of_a_closed_box_is_refused(tmp_path, paths):
    drifting = paths.copy()
    drifting[:, MEMBRANE, 2] += np.linspace(0, 3.5, len(paths))[:, None]
    drifting[:, MEMBRANE, 2] %= BOX[2]
    study = study_of(*write_pair(tmp_path, "xtc", drifting))
    with pytest.raises(CollectError, match="crosses the end of the box along z.*periodic_z: true"):
        collect_trial(study, 1, tmp_path / "store.npz")
