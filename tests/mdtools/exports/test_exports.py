"""Networks as files of other programs, read back by other programs."""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import MDAnalysis as mda
import numpy as np
import openmm
import pytest
from openmm import app, unit
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import shortest_path

from mdtools import forcefield
from mdtools.errors import SettingsError
from mdtools.exports import FORMATS, export, parameters
from mdtools.exports.atom_types import atom_types
from mdtools.exports.parameters import Terms
from mdtools.forcefield.states import ARMS, STATES
from mdtools.options import NonbondedOptions
from mdtools.systems.system import create_system, polymer_topology
from membranes.networks import compressed
from membranes.networks.labels import residue_label, residue_labels
from tests.mdtools.conftest import polymer_of
from tests.mdtools.energies import energies as of_system

NETWORKS = Path(__file__).parents[2] / "data" / "networks"
KJ_MOL = unit.kilojoule_per_mole


@pytest.fixture(scope="module")
def network():
    """About a thousand atoms, charged, with amides through the boundary, relaxed."""
    return compressed.read(NETWORKS / "charged.npz").network


@pytest.fixture(scope="module")
def content(network):
    return parameters(network.polymer(), residue_labels(network), "a network")


@pytest.fixture(scope="module")
def files(content, tmp_path_factory):
    """Every file of the network, by ending."""
    folder = tmp_path_factory.mktemp("exports")
    paths = [path for name in FORMATS for path in export(content, name, folder, "network")]
    return {path.suffix: str(path) for path in paths}


def energies(system, content, finer=1) -> dict[str, float]:
    """Energy of each kind of term of what was exported."""
    return of_system(system, content.positions, content.box_nm, finer)


@pytest.fixture(scope="module")
def expected(network, content):
    topology, templates = polymer_topology(network.polymer(), content.box_nm)
    system = create_system(topology, templates, NonbondedOptions(), constrain_hydrogens=False)
    return energies(system, content)


def created(reader) -> openmm.System:
    return reader.createSystem(
        nonbondedMethod=app.PME, nonbondedCutoff=0.9 * unit.nanometer, removeCMMotion=False
    )


def gromacs_system(files, content) -> openmm.System:
    box = np.diag(content.box_nm) * unit.nanometer
    return created(app.GromacsTopFile(files[".top"], periodicBoxVectors=box))


def test_amber_topology_gives_the_same_energy_term_by_term(files, content, expected):
    read = energies(created(app.AmberPrmtopFile(files[".prmtop"])), content)
    assert read == pytest.approx(expected, rel=1e-6)


def test_gromacs_topology_gives_the_same_energy_term_by_term(files, content, expected):
    assert energies(gromacs_system(files, content), content) == pytest.approx(expected, rel=1e-6)


def test_energies_are_those_that_gromacs_computed_from_the_files(files, content):
    said = json.loads((NETWORKS / "gromacs.json").read_text())
    read = energies(gromacs_system(files, content), content, finer=3)
    nonbonded = ("LJ-14", "Coulomb-14", "LJ (SR)", "Coulomb (SR)", "Coul. recip.")
    assert read["bonds"] == pytest.approx(said["Bond"], abs=1e-3)
    assert read["angles"] == pytest.approx(said["Angle"], abs=1e-3)
    torsions = said["Proper Dih."] + said["Per. Imp. Dih."]
    assert read["torsions"] == pytest.approx(torsions, abs=1e-3)
    assert read["nonbonded"] == pytest.approx(sum(said[name] for name in nonbonded), abs=1e-3)


def exceptions(system) -> dict[tuple[int, int], bool]:
    """Pairs with exceptions, and whether anything is left of their interaction."""
    force = next(f for f in system.getForces() if isinstance(f, openmm.NonbondedForce))
    found = {}
    for index in range(force.getNumExceptions()):
        i, j, charge, _, depth = force.getExceptionParameters(index)
        found[min(i, j), max(i, j)] = charge._value != 0 or depth._value != 0
    return found


def test_pairs_are_scaled_at_three_bonds_and_excluded_below(files, content, network):
    bonds = network.bonds
    count = len(network.names)
    graph = coo_matrix((np.ones(len(bonds)), bonds.T), shape=(count, count))
    steps = shortest_path(graph, directed=False, unweighted=True)
    i, j = np.nonzero(np.triu(steps <= 3, 1))
    wanted = {(a, b): steps[a, b] == 3 for a, b in zip(i.tolist(), j.tolist(), strict=True)}
    assert exceptions(created(app.AmberPrmtopFile(files[".prmtop"]))) == wanted
    assert exceptions(gromacs_system(files, content)) == wanted


def test_gromacs_excludes_three_bonds_and_knows_propers_from_impropers(files, content):
    # OpenMM's reader looks at neither; GROMACS' grompp and its energy sums do.
    lines = [line.split() for line in Path(files[".top"]).read_text().splitlines()]
    assert ["network", "3"] in lines
    kinds = [words[4] for words in lines if len(words) == 8 and words[4] in ("9", "4")]
    impropers = int(content.improper.sum())
    assert kinds == ["9"] * (len(content.improper) - impropers) + ["4"] * impropers
    # One at each of the six ring and three acyl carbons of a TMC, one at each amide N.
    assert impropers == 9 * 28 + 72


def test_charges_in_the_files_sum_to_the_formal_charge(files, network):
    for topology, coordinates, kind in ((".prmtop", ".inpcrd", None), (".top", ".gro", "ITP")):
        universe = mda.Universe(files[topology], files[coordinates], topology_format=kind)
        assert universe.atoms.charges.sum() == pytest.approx(network.formal_charge, abs=1e-4)


def pairs(bonds) -> set[frozenset]:
    return {frozenset(map(int, pair)) for pair in bonds}


def test_pdb_keeps_atoms_places_bonds_and_box(files, content):
    universe = mda.Universe(files[".pdb"])
    assert universe.atoms.names.tolist() == content.names.tolist()
    assert universe.residues.resnames.tolist() == list(content.residues)
    assert universe.atoms.elements.tolist() == content.elements.tolist()
    assert np.allclose(universe.atoms.positions, 10 * content.positions, rtol=0, atol=6e-4)
    assert np.allclose(universe.dimensions[:3], 10 * content.box_nm, rtol=0, atol=6e-4)
    assert pairs(universe.bonds.indices) == pairs(content.bonds.atoms)
    topology = app.PDBFile(files[".pdb"]).topology
    assert pairs((a.index, b.index) for a, b in topology.bonds()) == pairs(content.bonds.atoms)


def test_mmcif_keeps_atoms_places_bonds_and_box(files, content):
    read = app.PDBxFile(files[".cif"])
    atoms = list(read.topology.atoms())
    assert [atom.name for atom in atoms] == content.names.tolist()
    assert [residue.name for residue in read.topology.residues()] == list(content.residues)
    assert [atom.element.symbol for atom in atoms] == content.elements.tolist()
    assert np.allclose(read.getPositions(asNumpy=True)._value, content.positions, atol=1e-6)
    box = np.diag(read.topology.getPeriodicBoxVectors()._value)
    assert np.allclose(box, content.box_nm, atol=1e-6)
    bonds = ((a.index, b.index) for a, b in read.topology.bonds())
    assert pairs(bonds) == pairs(content.bonds.atoms)


def test_mmcif_says_through_which_face_a_bond_goes(files, content):
    lines = [line.split() for line in Path(files[".cif"]).read_text().splitlines()]
    links = [words for words in lines if words[:1] and words[0].startswith("covale")]
    residue = content.residue.tolist()
    row = {key: k for k, key in enumerate(zip(residue, content.names.tolist(), strict=True))}
    lengths, images = [], []
    for words in links:
        first, second = (row[int(words[k]) - 1, words[k + 1]] for k in (4, 9))
        image = [int(digit) - 5 for digit in words[11].removeprefix("1_")]
        ends = content.positions[[first, second]]
        lengths.append(np.linalg.norm(ends[1] + image * content.box_nm - ends[0]))
        images.append(image)
    assert len(links) == 72
    assert max(lengths) < 0.16
    assert sum(any(image) for image in images) == 14


def test_every_kind_of_bond_has_its_order_in_the_mmcif(files):
    lines = [line.split() for line in Path(files[".cif"]).read_text().splitlines()]
    order = {tuple(words[:3]): words[3] for words in lines if len(words) == 4}
    carboxylate = next(label for label, *_ in order if label[0] == "T" and label[1] == "M")
    assert order[carboxylate, "C7", "O7"] == order[carboxylate, "C7", "O7B"] == "delo"
    assert order["TAAA", "C7", "O7"] == "doub"
    assert order["TAAA", "C1", "C2"] == "arom"
    assert order["PAA", "C2", "C3"] == "sing"


def test_coordinates_of_amber_and_gromacs_are_exact_and_boxed(files, content):
    amber = app.AmberInpcrdFile(files[".inpcrd"])
    gromacs = app.GromacsGroFile(files[".gro"])
    assert np.allclose(amber.getPositions(asNumpy=True)._value, content.positions, atol=1e-8)
    assert np.allclose(gromacs.getPositions(asNumpy=True)._value, content.positions, atol=1e-8)
    boxes = np.diag(amber.boxVectors._value), np.diag(gromacs.getPeriodicBoxVectors()._value)
    assert np.allclose(boxes, content.box_nm, atol=1e-6)
    universe = mda.Universe(files[".gro"])
    assert np.allclose(universe.atoms.positions, 10 * content.positions, atol=1e-4)
    assert universe.residues.resnames.tolist() == list(content.residues)


def test_atoms_do_not_overlap_their_images_in_z(content):
    z = content.positions[:, 2]
    assert z.min() >= 1.0 - 1e-9
    assert content.box_nm[2] - z.max() >= 1.0 - 1e-9


def tiled(content, copies):
    """Parameters of many copies side by side, of which the first and the last have terms."""
    atoms, residues = len(content.names), len(content.residues)
    shift = np.arange(copies)

    def rows(table):
        return np.concatenate([table, table + atoms * shift[-1]])

    def terms(own):
        return Terms(rows(own.atoms), np.tile(own.values, (2, 1)))

    per_atom = ("names", "elements", "types", "charges", "masses", "sigma_nm", "epsilon")
    moved = content.positions[None] + content.box_nm * (shift[:, None, None] * [1, 0, 0])
    return replace(
        content,
        **{name: np.tile(getattr(content, name), copies) for name in per_atom},
        residues=content.residues * copies,
        residue=(content.residue[None] + residues * shift[:, None]).ravel(),
        bonds=terms(content.bonds),
        angles=terms(content.angles),
        torsions=terms(content.torsions),
        improper=np.tile(content.improper, 2),
        pairs=rows(content.pairs),
        excluded=rows(content.excluded),
        positions=moved.reshape(-1, 3),
        box_nm=content.box_nm * [copies, 1, 1],
    )


@pytest.fixture(scope="module")
def many(content):
    """More atoms than a PDB file has serial numbers."""
    return tiled(content, 100)


@pytest.mark.parametrize(
    "name", ["gromacs", *(pytest.param(name, marks=pytest.mark.slow) for name in ("pdb", "amber"))]
)
def test_more_than_99999_atoms_survive(many, tmp_path, name):
    assert len(many.names) > 100_000
    paths = export(many, name, tmp_path, "many")
    universe = mda.Universe(*(paths if name == "amber" else paths[-1:]), to_guess=())
    assert len(universe.atoms) == len(many.names)
    assert universe.atoms.names.tolist() == many.names.tolist()
    assert universe.residues.resnames.tolist() == list(many.residues)


def test_serial_numbers_beyond_five_digits_keep_the_columns_and_say_that_bonds_are_left_out(
    many, tmp_path
):
    (path,) = export(many, "pdb", tmp_path, "many")
    lines = path.read_text().splitlines()
    atoms = [line for line in lines if line.startswith("HETATM")]
    assert {len(line) for line in atoms} == {78}
    assert [line[12:16].strip() for line in atoms] == many.names.tolist()
    x = np.array([line[30:38] for line in atoms[: len(many.names) // 100]], dtype=float)
    assert np.allclose(x, 10 * many.positions[: len(x), 0], rtol=0, atol=6e-4)
    assert not any(line.startswith("CONECT") for line in lines)
    assert any(line.startswith("REMARK") and "MMCIF" in line for line in lines)


def test_types_of_free_molecules_are_those_of_their_templates():
    known = forcefield.templates()
    names = [name for name, template in known.items() if not template.n_amide]
    positions = np.zeros((sum(len(known[name].atoms) for name in names), 3))
    polymer = polymer_of(names, positions)
    expected = [atom[2] for name in names for atom in known[name].atoms]
    assert atom_types(polymer).tolist() == expected


def test_a_residue_that_is_not_its_template_is_refused(network):
    polymer = network.polymer()
    residues = polymer.residues.copy()
    residues.loc[0, "template"] = "PIP(NH,NH)"
    with pytest.raises(ValueError, match=r"residue 0 has not the atoms and bonds of PIP\(NH,NH\)"):
        atom_types(replace(polymer, residues=residues))


def test_labels_tell_all_residues_apart_in_four_characters():
    states = [(kind, arms) for kind in STATES for arms in product(STATES[kind], repeat=ARMS[kind])]
    labels = [residue_label(kind, arms) for kind, arms in states]
    assert len(set(labels)) == len(states) == 2 * 3**2 + 4**3 + 4 * 4**2
    assert max(map(len, labels)) == 4


def test_a_residue_name_that_no_format_holds_is_refused(network):
    labels = list(residue_labels(network))
    with pytest.raises(ValueError, match="'PIP-1': allowed are one to four characters"):
        parameters(network.polymer(), ["PIP-1", *labels[1:]], "long")
    with pytest.raises(ValueError, match="stands for residues of different atoms"):
        parameters(network.polymer(), list(network.kinds), "same")


def test_an_unknown_format_is_refused_with_those_there_are(content, tmp_path):
    with pytest.raises(SettingsError, match="'charmm': allowed are pdb, mmcif, amber"):
        export(content, "charmm", tmp_path, "network")
