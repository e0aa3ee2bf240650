"""Packed networks and the library of ready ones."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import openmm
import pytest
from openmm import unit

from mdtools.options import NonbondedOptions
from mdtools.systems.system import create_system, polymer_topology
from membranes import library
from membranes.building.builder import build
from membranes.building.options import MembraneOptions
from membranes.networks import compressed
from membranes.networks.errors import NetworkError
from membranes.networks.network import Network
from membranes.networks.soundness import check_structure

CHARGED = Path(__file__).parents[1] / "data" / "networks" / "charged.npz"
FACTS = {
    "protocol": ["packed", "reacted"],
    "reaction_ps": 10,
    "relaxation_ps": 4.0,
    "timestep_fs": 1,
    "platform": "CPU",
    "versions": {"openmm": "8.6"},
}


@pytest.fixture(scope="module")
def charged():
    """A relaxed network with charged groups, amides through the boundary among them."""
    return compressed.read(CHARGED).network


def pack(network, facts, path):
    path.write_bytes(compressed.packed_bytes(network, library.complete_facts(network, facts)))


@pytest.fixture
def packed(film, tmp_path):
    path = tmp_path / "film.npz"
    pack(film, FACTS, path)
    return path


def potential_energy(network) -> float:
    box = network.box_nm + [0.0, 0.0, 2.0]
    topology, templates = polymer_topology(network.polymer(), box)
    system = create_system(topology, templates, NonbondedOptions(), constrain_hydrogens=False)
    platform = openmm.Platform.getPlatform("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(network.positions)
    return context.getState(energy=True).getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)


def same(one, other) -> bool:
    return (
        one.residues == other.residues
        and one.names.tolist() == other.names.tolist()
        and np.array_equal(one.residue, other.residue)
        and np.array_equal(one.ids, other.ids)
        and np.array_equal(one.bonds, other.bonds)
        and np.array_equal(one.box_nm, other.box_nm)
        and (one.next_id, one.seed) == (other.next_id, other.seed)
        and np.allclose(one.positions, other.positions, rtol=0, atol=1e-5)
    )


def test_packed_network_loads_the_same(film, packed):
    loaded = compressed.read(packed)
    assert same(loaded.network, film)
    assert loaded.network.formal_charge == film.formal_charge
    assert FACTS.items() <= loaded.facts.items()


def test_facts_measured_are_those_of_the_network(film, packed):
    facts = compressed.read(packed).facts
    assert facts["atoms"] == len(film.names)
    assert facts["nh_conversion"] == 60 / 120
    assert facts["monomers"] == {"PIP": 60, "TMC": 40}


def test_packing_changes_the_energy_by_rounding_only(charged, tmp_path):
    noise = np.random.default_rng(5).normal(0, 1e-4, charged.positions.shape)
    network = replace(charged, positions=charged.positions + noise)
    pack(network, FACTS, tmp_path / "noisy.npz")
    loaded = compressed.read(tmp_path / "noisy.npz").network
    assert not np.array_equal(loaded.positions, network.positions)
    assert potential_energy(loaded) == pytest.approx(potential_energy(network), abs=0.01)


def test_a_loaded_network_goes_on_reacting_with_fresh_ids(charged):
    arm = charged.arms_in("NH")[0]
    changed = charged.change({arm: "NH2+"})
    assert set(changed.ids) - set(charged.ids) == {charged.next_id}


def test_same_network_gives_the_same_bytes(film):
    assert compressed.packed_bytes(film, FACTS) == compressed.packed_bytes(film, FACTS)


def test_a_cut_file_is_refused_by_name(packed):
    whole = packed.read_bytes()
    for length in (0, 3, len(whole) // 2, len(whole) - 1):
        packed.write_bytes(whole[:length])
        with pytest.raises(NetworkError, match=r"film\.npz .*pack the network anew"):
            compressed.read(packed)


def test_a_changed_byte_is_refused_or_harmless(film, packed):
    whole = packed.read_bytes()
    refused = 0
    for place in range(0, len(whole), max(1, len(whole) // 150)):
        changed = bytearray(whole)
        changed[place] ^= 0x5A
        packed.write_bytes(changed)
        try:
            # Dates and attributes of a zip archive say nothing about the network.
            assert same(compressed.read(packed).network, film)
        except NetworkError as error:
            assert "film.npz" in str(error)
            refused += 1
    assert refused > 100


def rewritten(path, change):
    """The archive with its header or arrays changed, and all its zip checksums right."""
    with np.load(path) as archive:
        arrays = dict(archive)
    header = json.loads(arrays["header"].tobytes())
    change(header, arrays)
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    np.savez_compressed(path, **arrays)


def test_a_moved_atom_or_another_fact_breaks_the_checksum(packed):
    def move(header, arrays):
        arrays["positions"][3, 1] += 1

    def claim(header, arrays):
        header["facts"]["nh_conversion"] = 0.99

    whole = packed.read_bytes()
    for change in (move, claim):
        packed.write_bytes(whole)
        rewritten(packed, change)
        with pytest.raises(NetworkError, match=r"film\.npz was changed"):
            compressed.read(packed)


def test_another_schema_or_format_is_refused(packed):
    whole = packed.read_bytes()
    rewritten(packed, lambda header, arrays: header.update(schema=99))
    with pytest.raises(NetworkError, match="schema 99, this version reads 1"):
        compressed.read(packed)
    packed.write_bytes(whole)
    rewritten(packed, lambda header, arrays: header.update(format="trajectory"))
    with pytest.raises(NetworkError, match="format is 'trajectory'"):
        compressed.read(packed)


def test_a_file_that_is_none_of_ours_is_refused(tmp_path):
    text = tmp_path / "notes.npz"
    text.write_text("notes")
    with pytest.raises(NetworkError, match=r"notes\.npz is no packed network"):
        compressed.read(text)
    with zipfile.ZipFile(text, "w") as archive:
        archive.writestr("readme", "nothing")
    with pytest.raises(NetworkError, match=r"notes\.npz is no whole packed network"):
        compressed.read(text)
    with pytest.raises(NetworkError, match=r"gone\.npz is missing"):
        compressed.read(tmp_path / "gone.npz")


def test_a_position_that_is_not_a_number_is_not_packed(film):
    positions = film.positions.copy()
    positions[7, 2] = np.nan
    with pytest.raises(NetworkError, match="atom 7"):
        compressed.packed_bytes(replace(film, positions=positions), FACTS)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"platform": None}, "platform"),
        ({"reaction_ps": "long"}, "reaction_ps is 'long', allowed is a number"),
        ({"versions": "8.6"}, "allowed is a table of versions"),
    ],
)
def test_facts_that_lack_something_are_refused(charged, tmp_path, change, said):
    facts = {key: value for key, value in (FACTS | change).items() if value is not None}
    with pytest.raises(library.LibraryError, match=said):
        library.add("film", charged, facts, tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_added_network_is_listed_and_loaded(charged, tmp_path):
    for name in ("second", "first"):
        library.add(name, charged, FACTS, tmp_path)
    assert library.names(tmp_path) == ["first", "second"]
    assert same(library.load("second", tmp_path), charged)
    assert same(library.find("first", tmp_path), charged)
    entry = library.entries(tmp_path)["first"]
    assert entry["bytes"] == (tmp_path / entry["file"]).stat().st_size
    assert entry["seed"] == charged.seed


def test_an_empty_library_has_no_names(tmp_path):
    assert library.names(tmp_path) == []
    with pytest.raises(library.LibraryError, match="the library is empty"):
        library.load("any", tmp_path)


def test_an_unknown_name_is_answered_with_those_there_are(charged, tmp_path):
    library.add("seed-1", charged, FACTS, tmp_path)
    with pytest.raises(library.LibraryError, match=r"there are seed-1 \(did you mean seed-1"):
        library.load("seed1", tmp_path)


def test_a_member_that_the_index_does_not_list_so_is_refused(charged, film, tmp_path):
    path = library.add("seed-1", charged, FACTS, tmp_path)
    pack(film, FACTS, path)
    with pytest.raises(NetworkError, match=r"seed-1\.npz is not the file"):
        library.load("seed-1", tmp_path)


def test_a_network_that_no_build_would_keep_is_not_added(film, tmp_path):
    with pytest.raises(RuntimeError, match="amide C-N bond"):
        library.add("torn", film, FACTS, tmp_path)
    with pytest.raises(library.LibraryError, match="letters, digits"):
        library.add("../torn", film, FACTS, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_above_the_limit_is_not_added_and_takes_nothings_place(
    charged, tmp_path, monkeypatch
):
    path = library.add("seed-1", charged, FACTS, tmp_path)
    before = path.read_bytes()
    monkeypatch.setattr(library, "LARGEST_BYTES", 1000)
    with pytest.raises(library.LibraryError, match="allowed are at most 1000"):
        library.add("seed-1", charged, FACTS | {"platform": "CUDA"}, tmp_path)
    assert path.read_bytes() == before


def test_find_opens_directories_and_files(charged, film, tmp_path):
    film.save(tmp_path / "network")
    assert same(library.find(tmp_path / "network"), film)
    assert same(library.find(CHARGED), charged)


def test_a_cell_is_no_network(tmp_path):
    (tmp_path / "bundle.json").write_text("{}")
    with pytest.raises(library.LibraryError, match="name the directory of its network"):
        library.find(tmp_path)


def test_the_committed_library_has_three_seeds_of_the_studys_size():
    entries = library.entries().values()
    study = [entry for entry in entries if entry["monomers"] == {"PIP": 332, "TMC": 228}]
    assert len({entry["seed"] for entry in study}) >= 3
    # The others of piperazine are smaller pieces of the same thickness and composition.
    entries = [entry for entry in entries if entry["monomers"]["PIP"]]
    assert all(entry["box_nm"][2] == 5.0 for entry in entries)
    assert all(
        entry["monomers"]["TMC"] / entry["monomers"]["PIP"] == pytest.approx(228 / 332, rel=0.01)
        for entry in entries
    )
    assert all(0.85 <= entry["nh_conversion"] <= 0.97 for entry in entries)
    assert {path.stem for path in library.DATA.glob("*.npz")} == set(library.names())


def test_every_committed_network_is_whole():
    for name, entry in library.entries().items():
        network = library.load(name)
        check_structure(network)
        assert (library.DATA / entry["file"]).stat().st_size < 1_500_000, name
        report = network.report()
        for key in library.MEASURED:
            assert report[key] == pytest.approx(entry[key], abs=1e-3), (name, key)


def test_a_build_of_a_ready_membrane_is_that_membrane(tmp_path):
    name = library.names()[0]
    options = MembraneOptions(**library.membrane_block(name))
    network = build(options, seed=1, directory=tmp_path, log=lambda line: None)
    assert same(network, library.load(name)) and same(Network.load(tmp_path), network)
    assert (tmp_path / "events.csv").read_text().startswith("batch,time_ps")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["assumptions"][0] == f"ready membrane {name}, not built here"
