"""Trajectories of other programs, against the same coordinates handed over directly."""

import warnings
from typing import ClassVar

import MDAnalysis as mda
import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import analysis
from analysis.observables import TABLES
from analysis.reading.observer import CollectError, Observer
from analysis.store import Store
from analysis.universes import analyse, collect_trial, open_trial
from analysis.universes.study import Study, natural_order
from mdtools import psf
from workflow.cli.main import app

BOX = np.array([2.4, 2.6, 8.0])
FRAMES, INTERVAL_PS = 40, 2.0
CENTER = 4.0


def atoms_table() -> pd.DataFrame:
    """A membrane of 60 atoms, 3 groups, 200 waters, 4 + 4 ions."""
    kinds = [("MEM", "PAM", "C", "C", 0.0, 12.011)] * 40
    kinds += [("MEM", "PAM", "O", "O", -0.3, 15.999)] * 10
    kinds += [("MEM", "PAM", "N", "N", 0.3, 14.007)] * 10
    kinds += [("MEM", "COO", "CX", "C", -1.0, 12.011)] * 3
    kinds += [("WAT", "TIP3", "OH2", "O", 0.0, 15.999)] * 200
    kinds += [("ION", "SOD", "SOD", "Na", 1.0, 22.990)] * 4
    kinds += [("ION", "CLA", "CLA", "Cl", -1.0, 35.45)] * 4
    table = pd.DataFrame(kinds, columns=["segment", "residue", "name", "element", "charge", "mass"])
    return table.assign(resid=np.arange(1, len(table) + 1))


def continuous_paths(seed=0) -> np.ndarray:
    """Paths (T, N, 3) in nm that leave the periodic cell along x and y."""
    rng = np.random.default_rng(seed)
    table = atoms_table()
    start = rng.uniform(0, 1, (len(table), 3)) * BOX
    membrane = (table.segment == "MEM").to_numpy()
    start[membrane, 2] = CENTER + rng.uniform(-0.9, 0.9, membrane.sum())
    start[~membrane, 2] = rng.uniform(0.5, 7.5, (~membrane).sum())
    steps = rng.normal(0, 0.1, (FRAMES, len(table), 3)) * [3, 3, 1]
    steps[0] = 0
    steps[:, membrane] = 0
    paths = start + np.cumsum(np.clip(steps, -0.9, 0.9), axis=0)
    paths[..., 2] = 0.3 + np.abs((paths[..., 2] - 0.3) % 14.8 - 7.4)
    return paths


def write_pair(directory, ending: str, paths, box=BOX, dt=INTERVAL_PS):
    """Topology and wrapped trajectory as another program leaves them."""
    table = atoms_table()
    bonds = np.array([[0, 60], [1, 61], [2, 62]])
    topology = directory / "system.psf"
    psf.write_psf(topology, table, bonds, "another program")
    trajectory = directory / f"run.{ending}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe = mda.Universe(str(topology))
        with mda.Writer(str(trajectory), len(table), dt=dt) as writer:
            universe.load_new(10 * wrapped(paths, box).astype(np.float32), order="fac")
            for frame in universe.trajectory:
                frame.dimensions = None if box is None else [*(10 * box), 90, 90, 90]
                frame.time, frame.dt = frame.frame * dt, dt
                writer.write(universe.atoms)
    return topology, trajectory


def wrapped(paths, box):
    lateral = (BOX if box is None else np.where(box > 0, box, BOX))[:2]
    inside = paths.copy()
    inside[..., :2] -= lateral * np.floor(inside[..., :2] / lateral)
    return inside


def study_of(topology, *trajectories, **changes) -> Study:
    given = {
        "topology": topology,
        "trials": {k + 1: (path,) for k, path in enumerate(trajectories)},
        "selections": {
            "membrane": "segid MEM",
            "water_oxygen": "name OH2",
            "feed_ions": {"Na+": "resname SOD", "Cl-": "resname CLA"},
            "charged_groups": {"COO-": "name CX"},
        },
        "analysis": {
            "permeated_above_angstrom": 20,
            "snapshots_ns": [0.04, 0.078],
            "mean_z_every_ns": 0.01,
        },
    }
    return Study.model_validate(given | changes)


@pytest.fixture(scope="module")
def paths():
    return continuous_paths()


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


def test_all_tables_of_two_trials_are_written_and_read_in_one_line(tmp_path, paths):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    topology, first = write_pair(tmp_path / "a", "dcd", paths)
    _, second = write_pair(tmp_path / "b", "dcd", continuous_paths(seed=1))
    results = analyse(study_of(topology, first, second), tmp_path / "mine", workers=2)
    assert set(results["mean_z"].trial) == {"1", "2", "all"}
    assert set(results) == set(analysis.load(tmp_path / "mine")) == set(TABLES)


def test_the_same_files_are_not_read_twice(tmp_path, paths):
    study = study_of(*write_pair(tmp_path, "dcd", paths))
    path = tmp_path / "store.npz"
    collect_trial(study, 1, path)
    before = path.stat().st_mtime_ns
    collect_trial(study, 1, path)
    later = study.model_copy(update={"analysis": study.analysis.model_copy(update={"level": 0.9})})
    collect_trial(later, 1, path)
    assert path.stat().st_mtime_ns == before
    collect_trial(study.model_copy(update={"interval_ps": 4.0}), 1, path)
    assert Store.read(path).analysed_ns == pytest.approx(0.156)


def refused(tmp_path, paths, message, ending="dcd", box=BOX, **changes):
    study = study_of(*write_pair(tmp_path, ending, paths, box), **changes)
    with pytest.raises(CollectError, match=message) as caught:
        collect_trial(study, 1, tmp_path / "store.npz")
    assert not (tmp_path / "store.npz").exists()
    return str(caught.value)


SELECTIONS = study_of("a", "b").selections.model_dump()


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


def test_a_jump_of_an_ion_is_refused_with_frame_and_remedy(tmp_path, paths):
    jumped = paths.copy()
    jumped[20:, -1, 0] += 0.45 * BOX[0]
    refused(tmp_path, jumped, "run.dcd: ion atom .* up to frame 20.*write frames more often")


def test_an_empty_selection_is_refused_by_its_key(tmp_path, paths):
    changed = SELECTIONS | {"membrane": "resname XYZ"}
    refused(
        tmp_path, paths, "selections.membrane: 'resname XYZ' selects no atom", selections=changed
    )


def test_a_wrong_selection_is_refused_by_its_key(tmp_path, paths):
    changed = SELECTIONS | {"water_oxygen": "nam OW"}
    refused(tmp_path, paths, "selections.water_oxygen: 'nam OW' is no", selections=changed)


def test_overlapping_selections_are_refused(tmp_path, paths):
    changed = SELECTIONS | {"counter_ions": {"Cl-": "resname CLA"}}
    refused(tmp_path, paths, "selections overlap: atom", selections=changed)


def test_a_topology_without_charges_is_refused_with_the_remedy(tmp_path, paths):
    _, trajectory = write_pair(tmp_path, "dcd", paths)
    universe = mda.Universe(str(tmp_path / "system.psf"), str(trajectory))
    bare = tmp_path / "bare.gro"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe.atoms.write(str(bare))
    study = study_of(bare, trajectory)
    study = study.model_copy(
        update={"selections": study.selections.model_copy(update={"membrane": "resname PAM COO"})}
    )
    with pytest.raises(CollectError, match="TIP3 have no charge: .*charges_e in the study"):
        collect_trial(study, 1, tmp_path / "store.npz")
    study = study.model_copy(
        update={"charges_e": {"all": 0.0, "resname SOD": 1.0, "resname CLA": -1.0}}
    )
    collect_trial(study, 1, tmp_path / "store.npz")


def test_ions_without_charge_are_refused(tmp_path, paths):
    refused(tmp_path, paths, "ion Na\\+ has no charge", charges_e={"resname SOD": 0.0})


def test_one_frame_is_refused(tmp_path, paths):
    refused(tmp_path, paths[:1], "1 frames from 0 ps on are no trajectory")


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(CollectError, match="nothing.psf does not exist"):
        collect_trial(study_of(tmp_path / "nothing.psf", tmp_path / "x.dcd"), 1, tmp_path / "s")


def test_a_file_of_another_system_is_refused_by_name(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "dcd", paths)
    table = atoms_table().iloc[:-1]
    psf.write_psf(topology, table, np.empty((0, 2), dtype=int), "shorter")
    with pytest.raises(CollectError, match=r"run.dcd with .*system.psf: "):
        collect_trial(study_of(topology, trajectory), 1, tmp_path / "store.npz")


def test_a_yaml_study_says_what_is_wrong_in_it(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("topology: a.psf\ntrials: {1: b.dcd}\nselection: {}\n")
    with pytest.raises(CollectError) as caught:
        Study.read(path)
    assert "study.yaml: selections: Field required" in str(caught.value)
    assert "study.yaml: selection: no such key, allowed are topology," in str(caught.value)


def test_the_command_writes_tables_and_says_where(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "xtc", paths)
    study = study_of(topology.name, "*.xtc").model_dump(mode="json", exclude={"analysis"})
    study["trials"] = {1: "*.xtc"}
    out = tmp_path / "mine"
    arguments = ["analyse", str(tmp_path / "study.yaml"), "--out", str(out), "--no-figures"]
    study["analysis"] = {"mean_z_every_ns": 0.01, "snapshots_ns": [0.05]}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert (out / "observables" / "membrane" / "salt" / "mean_z.csv").is_file()
    (tmp_path / "system.psf").unlink()
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 78 and "system.psf does not exist" in done.output


def test_numbers_in_names_sort_as_numbers(tmp_path):
    for number in (10, 2, 1):
        (tmp_path / f"run_{number}.dcd").touch()
    assert [p.name for p in sorted(tmp_path.iterdir(), key=natural_order)] == [
        "run_1.dcd",
        "run_2.dcd",
        "run_10.dcd",
    ]
    text = study_of("system.psf", "x").model_dump(mode="json") | {"trials": {1: "run_*.dcd"}}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(text))
    names = [path.name for path in Study.read(tmp_path / "study.yaml").trials[1]]
    assert names == ["run_1.dcd", "run_2.dcd", "run_10.dcd"]


def test_elements_are_told_from_masses_that_were_shifted_to_hydrogens(tmp_path, paths):
    table = atoms_table()
    oxygen = table.index[table.name == "OH2"]
    table.loc[oxygen[1:3], ["name", "element", "mass"]] = ["H1", "H", 3.024]
    table.loc[oxygen[0], "mass"] = 15.999 - 2 * (3.024 - 1.008)
    table.loc[50, "mass"] = 14.007 - (3.024 - 1.008)  # 11.99: a nitrogen as heavy as carbon
    table.loc[oxygen[3], ["name", "element", "mass"]] = ["HN", "H", 3.024]
    bonds = np.array([[oxygen[0], oxygen[1]], [oxygen[0], oxygen[2]], [50, oxygen[3]]])
    topology, trajectory = write_pair(tmp_path, "dcd", paths)
    psf.write_psf(topology, table, bonds, "heavy hydrogens")
    found = open_trial(study_of(topology, trajectory), 1).topology.element
    assert found.tolist() == table.element.tolist()
    psf.write_psf(topology, table, np.empty((0, 2), dtype=int), "no bonds")
    with pytest.raises(CollectError, match="heavy hydrogens, and there are no bonds"):
        open_trial(study_of(topology, trajectory), 1)


def test_groups_outside_the_membrane_are_refused(tmp_path, paths):
    changed = SELECTIONS | {"membrane": "resname PAM"}
    refused(tmp_path, paths, "charged_groups.COO-: atom .* widen", selections=changed)


def test_water_in_the_membrane_is_refused(tmp_path, paths):
    changed = SELECTIONS | {"membrane": "segid MEM or index 70"}
    refused(tmp_path, paths, "atom 70 is in membrane and a water oxygen", selections=changed)


def test_bonds_near_groups_are_found_by_distance_where_there_are_none(tmp_path, paths):
    near = paths.copy()
    for n in range(3):  # an oxygen at the length of a bond from each group
        near[:, 40 + n] = near[:, 60 + n] + [0.12, 0, 0]
    topology, trajectory = write_pair(tmp_path, "dcd", near)
    psf.write_psf(topology, atoms_table(), np.empty((0, 2), dtype=int), "no bonds")
    found = open_trial(study_of(topology, trajectory), 1).bonds
    assert {(60, 40), (61, 41), (62, 42)} <= {tuple(pair) for pair in found.tolist()}


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
    source = open_trial(study, 1)
    source._time = lambda frame, time: float(frame % 20)
    with pytest.raises(CollectError, match="time does not advance at frame 20: give interval_ps"):
        list(source.frames())


def test_trials_of_slightly_different_boxes_are_pooled(tmp_path, paths):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    topology, first = write_pair(tmp_path / "a", "dcd", paths)
    other = BOX * [1.005, 1.005, 0.99]
    _, second = write_pair(tmp_path / "b", "dcd", continuous_paths(1), other)
    results = analyse(study_of(topology, first, second), tmp_path / "mine")
    assert set(results["density"].trial) == {"1", "2", "all"}


@pytest.mark.parametrize(
    ("species", "said"),
    [("SOD", "'SOD' does not end in a charge"), ("Mg2+", "pair_cutoff_angstrom has no key Mg2\\+")],
)
def test_ions_without_a_cutoff_or_a_charge_are_refused_before_reading(species, said):
    changed = SELECTIONS | {"feed_ions": {species: "resname SOD", "Cl-": "resname CLA"}}
    with pytest.raises(ValueError, match=said):
        study_of("a", "b", selections=changed)
    cutoffs = {"pair_cutoff_angstrom": {"Mg2+/Cl-": 3.5}}
    cutoffs |= {"hydration_cutoff_angstrom": {"Mg2+": 3.0, "Cl-": 3.6}}
    if species == "Mg2+":
        study_of("a", "b", selections=changed, analysis=cutoffs)


def test_groups_of_other_kinds_are_refused():
    with pytest.raises(ValueError, match="charged_groups.SO3-"):
        study_of("a", "b", selections=SELECTIONS | {"charged_groups": {"SO3-": "name S"}})


def test_group_and_shell_distances_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="group_leave_angstrom is 4, allowed is .* 5, or more"):
        study_of("a", "b", analysis={"group_leave_angstrom": 4.0})
    with pytest.raises(ValueError, match="less than or equal to 4.5"):
        study_of("a", "b", analysis={"hydration_cutoff_angstrom": {"Na+": 5.0, "Cl-": 3.6}})


def test_wrapped_paths_that_are_said_to_be_continuous_are_refused(tmp_path, paths):
    refused(tmp_path, paths, "these paths are wrapped, set wrapped: true", wrapped=False)


def test_water_that_moves_too_far_between_frames_is_refused(tmp_path, paths):
    far = paths.copy()
    far[10:, 63:103, 1] += 0.45 * BOX[1]
    refused(tmp_path, far, r"10.5 % of the water moves more than 0.4 .* along y up to frame 10")


def test_a_membrane_across_the_boundary_is_refused(tmp_path, paths):
    across = paths.copy()
    across[:, :30, 2] -= 3.9
    refused(tmp_path, across, "the membrane has a gap of .* nm along z: it lies across")


def test_pistons_in_the_wrong_order_are_refused(tmp_path, paths):
    walled = paths.copy()
    walled[:, 63, 2], walled[:, 64, 2] = 0.2, 7.9
    swapped = SELECTIONS | {"pistons": ("index 64", "index 63")}
    refused(tmp_path, walled, "the first of selections.pistons is the feed's", selections=swapped)


def test_one_file_for_two_trials_is_refused(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "dcd", paths)
    with pytest.raises(CollectError, match="of trial 2 is the same as .* of trial 1"):
        analyse(study_of(topology, trajectory, trajectory), tmp_path / "mine")


def test_ions_of_several_atoms_are_refused(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "dcd", paths)
    table = atoms_table()
    table.loc[table.residue == "SOD", "resid"] = 900
    psf.write_psf(topology, table, np.array([[0, 60]]), "one residue")
    with pytest.raises(CollectError, match=r"Na\+ has several atoms of one residue"):
        open_trial(study_of(topology, trajectory), 1)


def test_equilibration_is_left_out_and_time_begins_after_it(tmp_path, paths):
    study = study_of(*write_pair(tmp_path, "dcd", paths), from_ps=20.0)
    collect_trial(study, 1, tmp_path / "store.npz")
    store = Store.read(tmp_path / "store.npz")
    assert store.arrays["time_ps"] == pytest.approx(2.0 * np.arange(FRAMES - 10), abs=1e-3)
    followed = store.atoms.atom.to_numpy()
    moved = store.arrays["positions_nm"] - store.arrays["positions_nm"][0]
    assert moved == pytest.approx(paths[10:, followed] - paths[10, followed], abs=4e-3)


class HighestIon(Observer):
    """For the user's own observers of trajectories of other programs."""

    units: ClassVar = {"highest_ion_nm": "nm, full frames"}

    def prepare(self, system):
        self.ions, self.rows = system.ions.atom.to_numpy(), []

    def frame(self, frame):
        self.rows.append(frame.z_nm[self.ions].max())

    def conclude(self):
        return {"highest_ion_nm": np.array(self.rows)}


def test_observers_of_the_user_s_own_see_every_trial(tmp_path, paths):
    study = study_of(*write_pair(tmp_path, "dcd", paths))
    analyse(study, tmp_path / "mine", observers=[HighestIon])
    store = Store.read(tmp_path / "mine" / "observables" / "membrane" / "salt" / "trial1.store.npz")
    highest = store.z_angstrom[:, store.ion_columns].max(axis=1) / 10
    assert store.arrays["highest_ion_nm"] == pytest.approx(highest, abs=1e-4)
