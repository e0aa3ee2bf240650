import MDAnalysis as mda
import numpy as np
import openmm
import pytest
from openmm import unit
from openmm.app import CharmmPsfFile

from mdtools import Bundle
from mdtools.bundle_files import FILES
from mdtools.errors import BundleError


def copy(bundle: Bundle, directory) -> Bundle:
    return bundle.save(directory / "copy")


def test_what_is_loaded_is_what_was_saved(bundle):
    loaded = Bundle.load(bundle.path)
    np.testing.assert_allclose(loaded.topology["charge"], bundle.topology["charge"], atol=1e-9)
    np.testing.assert_allclose(loaded.topology["mass"], bundle.topology["mass"], atol=1e-6)
    rest = ["index", "name", "element", "residue", "resid", "segment", "template"]
    assert loaded.topology[rest].equals(bundle.topology[rest])
    assert loaded.roles.equals(bundle.roles)
    assert loaded.provenance == bundle.provenance
    np.testing.assert_array_equal(loaded.bonds, bundle.bonds)
    np.testing.assert_array_equal(loaded.positions, bundle.positions)
    for name in ("system", "state"):
        before, after = (openmm.XmlSerializer.serialize(getattr(b, name)) for b in (bundle, loaded))
        assert before == after


def test_saving_twice_gives_the_same_files(bundle, tmp_path):
    assert Bundle.load(bundle.path).save(tmp_path / "again").hashes == bundle.hashes


def test_segments_and_virtual_sites(bundle):
    atoms = bundle.topology
    assert set(atoms["segment"]) == {"WAT", "ION"}
    sites = atoms[atoms["element"] == ""]
    assert set(sites["name"]) == {"M"} and (sites["mass"] == 0).all()
    assert len(sites) == (atoms["name"] == "O").sum()


def test_mdanalysis_reads_every_particle_with_charges_masses_bonds_and_box(bundle):
    universe = bundle.universe()
    np.testing.assert_allclose(universe.atoms.positions, 10 * bundle.positions, atol=1e-4)
    np.testing.assert_allclose(universe.dimensions, [16, 16, 16, 90, 90, 90])
    np.testing.assert_allclose(universe.atoms.charges, bundle.topology["charge"], atol=1e-6)
    np.testing.assert_allclose(universe.atoms.masses, bundle.topology["mass"], atol=1e-5)
    assert universe.atoms.elements.tolist() == bundle.topology["element"].tolist()
    assert len(universe.bonds) == len(bundle.bonds)
    water = universe.select_atoms("segid WAT and resid 1")
    assert water.names.tolist() == ["O", "H1", "H2", "M"]
    assert len(universe.select_atoms("index 0").fragments[0]) == 3


def test_the_text_files_are_enough_for_mdanalysis_alone(bundle):
    universe = mda.Universe(bundle.path / "topology.psf", bundle.path / "coordinates.pdb")
    np.testing.assert_allclose(universe.atoms.positions, 10 * bundle.positions, atol=6e-4)
    assert universe.atoms.total_charge() == pytest.approx(0, abs=1e-5)
    np.testing.assert_allclose(universe.dimensions[:3], 16)


def test_openmm_reads_the_psf(bundle):
    atoms = CharmmPsfFile(str(bundle.path / "topology.psf")).atom_list
    np.testing.assert_allclose([a.charge for a in atoms], bundle.topology["charge"], atol=1e-6)
    masses = [a.mass.value_in_unit(unit.dalton) for a in atoms]
    np.testing.assert_allclose(masses, bundle.topology["mass"], atol=1e-5)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_named_with_the_remedy(bundle, tmp_path, name):
    path = copy(bundle, tmp_path).path / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=rf"{name} is not what was written.*[Dd]elete"):
        Bundle.load(path.parent)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_or_missing_file_is_named(bundle, tmp_path, name):
    path = copy(bundle, tmp_path).path / name
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(BundleError, match=rf"{name} has \d+ bytes where \d+ were written"):
        Bundle.load(path.parent)
    path.unlink()
    with pytest.raises(BundleError, match=f"{name} is missing"):
        Bundle.load(path.parent)


def test_a_damaged_manifest_is_an_error_of_its_own(bundle, tmp_path):
    path = copy(bundle, tmp_path).path / "bundle.json"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(BundleError, match="bundle.json is not readable"):
        Bundle.load(path.parent)
    path.unlink()
    with pytest.raises(BundleError, match="holds no bundle"):
        Bundle.load(path.parent)


def test_a_failing_save_leaves_the_older_bundle(bundle, tmp_path, monkeypatch):
    old = copy(bundle, tmp_path)
    monkeypatch.setattr("mdtools.psf.write_pdb", raise_disk_full)
    with pytest.raises(OSError):
        bundle.save(old.path)
    assert Bundle.load(old.path).hashes == old.hashes
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def raise_disk_full(*_):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("role", "passenger", "unknown roles passenger"), ("atom", 10**6, "names atom 1000000")],
)
def test_wrong_roles_are_refused(bundle, column, value, message):
    roles = bundle.roles.assign(**{column: value})
    with pytest.raises(ValueError, match=message):
        Bundle.from_parts(_topology(bundle), bundle.system, bundle.state, roles, {})


def test_parts_of_different_systems_are_refused(bundle):
    topology = _topology(bundle)
    topology.addAtom("X", None, next(topology.residues()))
    with pytest.raises(ValueError, match="atoms"):
        Bundle.from_parts(topology, bundle.system, bundle.state, bundle.roles, {})


def _topology(bundle: Bundle) -> openmm.app.Topology:
    topology = openmm.app.Topology()
    residue = topology.addResidue("HOH", topology.addChain("WAT"))
    for name in bundle.topology["name"]:
        topology.addAtom(name, None, residue)
    return topology
