"""Energies of ions of several atoms, against sums over all of their atoms."""

import numpy as np
import pandas as pd
import pytest

from analysis.observables import energies
from analysis.options import AnalysisOptions
from analysis.reading.observer import CollectError
from analysis.store import Store
from analysis.trials import Trials
from analysis.universes import collect_trial, open_trial
from analysis.universes.study import Study
from mdtools import psf
from mdtools.roles import charge, is_charge_of
from tests.analysis.universes.trajectories import write_frames

BOX = np.array([2.0, 2.2, 5.0])
BONDS = {"SO42-": 0.149, "NO3-": 0.122, "NH4+": 0.101}
KINDS = {
    "SO42-": ("S", "O", 32.06, 15.999, 2.0, -1.0, 4),
    "NO3-": ("N", "O", 14.007, 15.999, 0.8, -0.6, 3),
    "NH4+": ("N", "H", 14.007, 1.008, -0.9, 0.475, 4),
}
CUTOFFS = {
    "hydration_cutoff_angstrom": dict.fromkeys(KINDS, 4.4),
    "pair_cutoff_angstrom": {"NH4+/SO42-": 4.0, "NH4+/NO3-": 4.0},
    "pore_frames": 0,
    "energy_every_ps": 1,
}


def planted(name: str, place) -> tuple[pd.DataFrame, np.ndarray]:
    """A positive slab and one ion around a place (nm), which is wrapped atom by atom."""
    center, outer, heavy, light, inner_e, outer_e, number = KINDS[name]
    x, y, z = np.meshgrid([0.3, 0.9, 1.5], [0.3, 0.9, 1.7], [2.2, 2.5, 2.8], indexing="ij")
    slab = np.stack([x.ravel(), y.ravel(), z.ravel()], axis=1)
    rows = [("MEM", "MEM", "C", "C", 0.02, 12.011, 1)] * len(slab)
    rows += [("WAT", "SOL", "OW", "O", 0.0, 15.999, 2 + n) for n in range(2)]
    rows += [("ION", "ION", center, center, inner_e, heavy, 9)]
    rows += [("ION", "ION", f"{outer}X", outer, outer_e, light, 9)] * number
    directions = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)])[:number] / np.sqrt(3)
    ion = np.array(place) + np.concatenate([np.zeros((1, 3)), BONDS[name] * directions])
    water = np.array([[1.0, 1.0, 1.0], [1.0, 1.2, 4.0]])
    columns = ["segment", "residue", "name", "element", "charge", "mass", "resid"]
    points = np.concatenate([slab, water, ion])
    points[:, :2] = np.mod(points[:, :2], BOX[:2])
    return pd.DataFrame(rows, columns=columns), points


def study_of(directory, name, table, points, bonds=(), **changes) -> Study:
    """Two frames of which all but the water stands still."""
    center = KINDS[name][0]
    psf.write_psf(directory / "a.psf", table, np.reshape(bonds, (-1, 2)).astype(int), "ions")
    frames = np.stack([points, points])
    frames[1, (table.name == "OW").to_numpy()] += 0.02
    write_frames(directory / "a.xtc", frames, BOX)
    given = {
        "topology": directory / "a.psf",
        "waters_per_nm3": None,
        "trials": {1: (directory / "a.xtc",)},
        "selections": {
            "membrane": "resname MEM",
            "water_oxygen": "name OW",
            "feed_ions": {name: f"segid ION and name {center}"},
        },
        "analysis": CUTOFFS,
    }
    return Study.model_validate(given | changes)


def energy(study: Study, directory) -> np.ndarray:
    """Electrostatic energies of the ion with the slab by preset, kcal/mol, and its row."""
    collect_trial(study, 1, directory / "store.npz")
    store = Store.read(directory / "store.npz")
    scope = store.manifest["energy_axes"]["scope"].index("membrane")
    return store.arrays["energy_kcal_mol"][0, 0, :, scope, 0]


def expected(table, points) -> float:
    """Coulomb sum over all pairs, nearest images along x and y."""
    ion, slab = (table.segment == "ION").to_numpy(), (table.segment == "MEM").to_numpy()
    apart = points[ion][:, None] - points[slab]
    apart[..., :2] -= BOX[:2] * np.rint(apart[..., :2] / BOX[:2])
    products = table.charge[ion].to_numpy()[:, None] * table.charge[slab].to_numpy()
    return float(332.0636 * (products / (10 * np.linalg.norm(apart, axis=-1))).sum())


@pytest.mark.parametrize("name", list(KINDS))
def test_an_ion_is_all_atoms_of_its_residue(tmp_path, name):
    table, points = planted(name, [0.6, 0.7, 1.6])
    given = energy(study_of(tmp_path, name, table, points), tmp_path)
    assert given[1] == pytest.approx(expected(table, points), rel=3e-3)
    assert np.sign(given[1]) == np.sign(charge(name))


def test_an_ion_across_the_boundary_is_whole(tmp_path):
    table, across = planted("SO42-", [0.0, 0.0, 1.6])
    given = energy(study_of(tmp_path, "SO42-", table, across), tmp_path)
    assert given[1] == pytest.approx(expected(table, across), rel=3e-3)
    # The preset without images sees the ion where its central atom is, and in one piece.
    assert -10 < given[0] < 0


def test_atoms_of_an_ion_are_found_where_molecules_have_one_number(tmp_path):
    table, points = planted("SO42-", [0.6, 0.7, 1.6])
    table = table.assign(resid=1, residue="ALL")
    ion = np.flatnonzero(table.segment == "ION")
    changes = {
        "selections": {
            "membrane": "name C",
            "water_oxygen": "name OW",
            "feed_ions": {"SO42-": "name S"},
        }
    }
    for n, bonds in enumerate([[(ion[0], other) for other in ion[1:]], []]):
        (tmp_path / str(n)).mkdir()
        study = study_of(tmp_path / str(n), "SO42-", table, points, bonds, **changes)
        assert open_trial(study, 1).ion_atoms[0].tolist() == ion.tolist()


def test_a_charge_that_is_not_the_name_s_gives_no_energy_and_a_note(tmp_path):
    table, points = planted("SO42-", [0.6, 0.7, 1.6])
    wrong = study_of(tmp_path, "SO42-", table, points, charges_e={"name OX": -0.2})
    assert np.isnan(energy(wrong, tmp_path)).all()
    store = Store.read(tmp_path / "store.npz")
    assert "of 5 atoms, has a charge of +1.2 e, its name says -2" in store.manifest["notes"][0]
    tables = energies.tables(Trials((store,)), AnalysisOptions(**CUTOFFS))
    assert tables["energy_ions"].total_kcal_mol.isna().all()
    assert tables["energy_z"].total_kcal_mol.isna().all()
    assert tables["energy_z"].note.str.contains("another charge than its name").all()


def test_scaled_charges_have_an_energy_and_a_note(tmp_path):
    table, points = planted("SO42-", [0.6, 0.7, 1.6])
    scaled = {"name S": 1.5, "name OX": -0.75}
    study = study_of(tmp_path, "SO42-", table, points, charges_e=scaled)
    given = energy(study, tmp_path)
    assert given[1] == pytest.approx(0.75 * expected(table, points), rel=3e-3)
    assert "charge of -1.5 e, scaled" in Store.read(tmp_path / "store.npz").manifest["notes"][0]


def test_all_atoms_of_an_ion_selected_are_refused(tmp_path):
    table, points = planted("SO42-", [0.6, 0.7, 1.6])
    for atoms in ("segid ION", "segid ION and name OX"):
        selections = {
            "membrane": "resname MEM",
            "water_oxygen": "name OW",
            "feed_ions": {"SO42-": atoms},
        }
        study = study_of(tmp_path, "SO42-", table, points, selections=selections)
        with pytest.raises(CollectError, match="SO42- has several atoms of one ion"):
            open_trial(study, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("Ca2+", 2), ("ZN2+", 2), ("Al3+", 3), ("NO3-", -1), ("NH4+", 1), ("ClO4-", -1)),
        *(("SO42-", -2), ("SO4--", -2), ("PO43-", -3), ("HPO42-", -2), ("H2PO4-", -1)),
        *(("BF4-", -1), ("CO3^2-", -2), ("HCO3-", -1), ("Mg++", 2), ("CH3COO-", -1)),
    ],
)
def test_charges_are_read_from_names_as_chemists_write_them(name, value):
    assert charge(name) == value
    assert is_charge_of(name, 0.75 * value) and not is_charge_of(name, -value)
