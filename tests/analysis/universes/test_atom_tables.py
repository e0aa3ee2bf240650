import warnings

import MDAnalysis as mda
import numpy as np
import pytest

from analysis.reading.observer import CollectError
from analysis.universes import collect_trial, open_trial
from mdtools import psf
from tests.analysis.universes.trajectories import (
    SELECTIONS,
    atoms_table,
    refused,
    study_of,
    write_pair,
)


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


def in_one_residue(directory, paths, apart_nm, bonds=((0, 60),)):
    """The four sodium ions have one residue; the second is so far from the first."""
    near, sodium = paths.copy(), np.flatnonzero(atoms_table().residue == "SOD")
    for n, place in enumerate([0, apart_nm, 1.0, 1.5]):
        near[:, sodium[n]] = near[:, sodium[0]] + [0, 0, place]
    topology, trajectory = write_pair(directory, "dcd", near)
    table = atoms_table()
    table.loc[sodium, "resid"] = 900
    psf.write_psf(topology, table, np.array(bonds), "one residue")
    return study_of(topology, trajectory)


def test_several_atoms_of_one_ion_are_refused(tmp_path, paths):
    sodium = int(np.flatnonzero(atoms_table().residue == "SOD")[0])
    (tmp_path / "bonded").mkdir()
    for study in (
        in_one_residue(tmp_path, paths, 0.245),
        in_one_residue(tmp_path / "bonded", paths, 0.4, [(sodium, sodium + 1)]),
    ):
        with pytest.raises(
            CollectError, match=r"Na\+ has several atoms of one ion, .* central one"
        ):
            open_trial(study, 1)


def test_ions_that_share_the_number_of_a_molecule_are_read(tmp_path, paths):
    assert len(open_trial(in_one_residue(tmp_path, paths, 0.35), 1).ion_atoms) == 8
