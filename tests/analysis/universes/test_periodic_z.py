"""Boxes that are periodic along z, against paths that were planted in them."""

import numpy as np
import pytest

from analysis.observables import crossings, permeation
from analysis.options import AnalysisOptions
from analysis.reading.observer import CollectError
from analysis.store import Store
from analysis.trials import Trials
from analysis.universes import collect_trial, open_trial
from tests.analysis.universes.trajectories import (
    BOX,
    CENTER,
    FRAMES,
    SELECTIONS,
    atoms_table,
    study_of,
    write_pair,
)

OPTIONS = {"permeated_above_angstrom": 20, "pore_frames": 0, "crossing_margin_angstrom": 1.0}
SODIUM = np.flatnonzero(atoms_table().residue == "SOD")
CHLORIDE = np.flatnonzero(atoms_table().residue == "CLA")
WATER = np.flatnonzero(atoms_table().name == "OH2")


def planted(paths, sodium_z) -> np.ndarray:
    """Paths in which the first sodium has a z of its own, as continuous; the others stand still."""
    own = paths.copy()
    own[:, SODIUM[1:], 2] = CENTER - 2.0
    own[:, CHLORIDE, 2] = CENTER + 2.0
    own[:, SODIUM[0], 2] = sodium_z
    own[:, WATER, 2] = own[0, WATER, 2]
    return own


def stored(directory, paths, shift_nm=0.0, **changes) -> Store:
    """The store of a file in which everything was shifted and wrapped along z, too."""
    directory.mkdir(exist_ok=True)
    moved = paths.copy()
    moved[..., 2] = np.mod(moved[..., 2] + shift_nm, BOX[2])
    study = study_of(
        *write_pair(directory, "xtc", moved), periodic_z=True, analysis=OPTIONS, **changes
    )
    collect_trial(study, 1, directory / "store.npz")
    return Store.read(directory / "store.npz")


def counted(store: Store) -> dict[str, int]:
    """Events of sodium."""
    table = crossings.tables(Trials((store,)), AnalysisOptions(**OPTIONS))["crossings"]
    own = table[(table.species == "Na+") & (table.trial == "1")]
    return dict(zip(own.event, own["count"], strict=True))


def test_an_ion_that_comes_round_the_end_has_not_crossed(tmp_path, paths):
    below = CENTER + np.linspace(-2.0, -5.0, FRAMES)
    store = stored(tmp_path, planted(paths, below))
    assert set(counted(store).values()) == {0}
    ion = int(np.flatnonzero(store.atoms.atom == SODIUM[0])[0])
    path = store.z_path_angstrom[:, ion]
    assert path - path[0] == pytest.approx(10 * (below - below[0]), abs=0.02)
    assert store.z_angstrom[-1, ion] == pytest.approx(path[-1] + 80.0, abs=0.02)
    table = permeation.tables(Trials((store,)), AnalysisOptions(**OPTIONS))["permeation"]
    beyond = table[(table.species == "Na+") & (table.line != "permeated") & (table.trial == "1")]
    assert beyond["count"].eq(0).all()


def test_an_ion_that_crosses_twice_in_one_direction_is_counted_twice(tmp_path, paths):
    once_round = CENTER + np.linspace(-2.0, 2.0 + BOX[2], FRAMES)
    events = counted(stored(tmp_path, planted(paths, once_round)))
    assert events["crossing"] == events["entry from feed"] == 2
    assert events["reverse crossing"] == events["entry from permeate"] == 0


def test_ions_above_the_membrane_at_the_start_permeate_only_once_they_came_round(tmp_path, paths):
    """Of four chloride ions above, one goes round and through, one comes down through, two stay."""
    own = planted(paths, CENTER - 2.0)
    own[:, CHLORIDE[0], 2] = CENTER + np.linspace(2.0, 2.0 + BOX[2], FRAMES)
    own[:, CHLORIDE[1], 2] = CENTER + np.linspace(2.0, -2.0, FRAMES)
    store = stored(tmp_path, own)
    table = permeation.tables(Trials((store,)), AnalysisOptions(**OPTIONS))["permeation"]
    rows = table[(table.species == "Cl-") & (table.trial == "1")]
    assert (rows.n == 4).all() and rows["count"][rows.time_ns == 0].eq(0).all()
    end = rows[(rows.time_ns == rows.time_ns.max()) & (rows.line != "permeated")]
    assert sorted(end.line) == ["center"] * 2 + ["feed face"] * 2 + ["permeate face"] * 2
    assert end["count"].eq(1).all()


def test_the_membrane_may_lie_anywhere_in_the_box(tmp_path, paths):
    own = planted(paths, CENTER + np.linspace(-2.0, -5.0, FRAMES))
    here = stored(tmp_path / "here", own)
    for name, shift in (("across", CENTER), ("drifting", np.linspace(0, 17, FRAMES)[:, None])):
        there = stored(tmp_path / name, own, shift)
        assert there.z_angstrom == pytest.approx(here.z_angstrom, abs=0.03)
        assert there.arrays["face_g_cm3"].sum() == pytest.approx(here.arrays["face_g_cm3"].sum())
        assert there.arrays["shell_counts"].sum() == pytest.approx(
            here.arrays["shell_counts"].sum(), rel=0.01
        )


def test_shells_reach_through_the_end_of_the_box(tmp_path, paths):
    own = planted(paths, CENTER - 0.5 * BOX[2] + 0.05)
    own[:, WATER, 2] = CENTER + 1.9
    own[:, WATER[:6]] = own[:, SODIUM[:1]] - [0, 0, 0.25] + 0.01 * np.arange(6)[:, None]
    store = stored(tmp_path, own)
    ion = int(np.flatnonzero(store.atoms.atom.iloc[store.ion_columns] == SODIUM[0])[0])
    assert (store.arrays["shell_counts"][:, ion, 0] == 6).all()


def test_energies_take_nearest_images_along_z(tmp_path, paths):
    own = planted(paths, CENTER + 3.9)
    store = stored(tmp_path, own)
    table = atoms_table()
    membrane = (table.segment == "MEM").to_numpy()
    apart = 10 * (own[0, SODIUM[0]] - own[0, membrane])
    apart -= 10 * BOX * np.rint(apart / (10 * BOX))
    expected = 332.0636 * (table.charge[membrane] / np.linalg.norm(apart, axis=1)).sum()
    axes = store.manifest["energy_axes"]
    at = axes["preset"].index("full_minimage"), axes["scope"].index("membrane"), 0
    ion = int(np.flatnonzero(store.atoms.atom.iloc[store.ion_columns] == SODIUM[0])[0])
    assert store.arrays["energy_kcal_mol"][0, ion][at] == pytest.approx(expected, rel=2e-3)


def test_without_the_key_the_refusal_names_it(tmp_path, paths):
    own = planted(paths, CENTER + np.linspace(-2.0, -5.0, FRAMES))
    own[..., 2] = np.mod(own[..., 2], BOX[2])
    study = study_of(*write_pair(tmp_path, "xtc", own), analysis=OPTIONS)
    with pytest.raises(CollectError, match="set periodic_z: true in the study if the box is"):
        collect_trial(study, 1, tmp_path / "store.npz")


def test_water_at_both_ends_of_a_box_that_is_said_to_be_closed_is_noted(tmp_path, paths):
    own = planted(paths, CENTER - 2.0)
    own[:, WATER[:20], 2], own[:, WATER[20:40], 2] = 0.02, 7.9
    source = open_trial(study_of(*write_pair(tmp_path, "xtc", own)), 1)
    assert any("water reaches both ends of the box along z" in note for note in source.notes)


def test_sheets_in_a_periodic_box_are_refused(tmp_path, paths):
    walled = SELECTIONS | {"pistons": (f"index {WATER[0]}", f"index {WATER[1]}")}
    walled["water_oxygen"] = f"name OH2 and not index {WATER[0]} {WATER[1]}"
    study = study_of(*write_pair(tmp_path, "xtc", paths), selections=walled, periodic_z=True)
    with pytest.raises(CollectError, match="sheets close the box along z, set periodic_z: false"):
        open_trial(study, 1)
