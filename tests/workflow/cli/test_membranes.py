"""The commands of ready membranes and exports."""

import json
from dataclasses import replace
from pathlib import Path

import MDAnalysis as mda
import numpy as np
import pytest
from typer.testing import CliRunner

from mdtools import seeds
from mdtools.atomic import sha256
from membranes import library
from membranes.building import relaxation
from membranes.networks import compressed
from membranes.networks.network import Network
from membranes.other_programs import rms_displacement, with_coordinates
from tests.workflow.conftest import TINY
from workflow.cli.main import app

CHARGED = Path(__file__).parents[2] / "data" / "networks" / "charged.npz"
FACTS = {
    "protocol": "test",
    "reaction_ps": 10,
    "relaxation_ps": 2500,
    "timestep_fs": 1,
    "platform": "CPU",
    "versions": {},
}
NEUTRAL = {"NH2+": "NH", "COO-": "COOH"}


def said(*arguments, code=0) -> str:
    result = CliRunner().invoke(app, ["membranes", *map(str, arguments)])
    assert result.exit_code == code, result.stderr
    if code:
        assert len(result.stderr.strip().splitlines()) == 1
    return result.stderr if code else result.stdout


@pytest.fixture
def briefly_minimised(monkeypatch):
    """Minimisations go far enough to see that they are there."""
    monkeypatch.setattr(relaxation, "MINIMISATION_STEPS", 60)


@pytest.fixture(scope="module")
def charged() -> Network:
    return compressed.read(CHARGED).network


@pytest.fixture(scope="module")
def shelf(charged, tmp_path_factory) -> Path:
    """A library with one neutral network."""
    folder = tmp_path_factory.mktemp("library")
    arms = {arm: NEUTRAL[charged.state(arm)] for arm in charged.arms_in(*NEUTRAL)}
    library.add("seed-11", charged.change(arms), FACTS, folder)
    return folder


def test_list_shows_a_row_for_each_membrane(shelf):
    text = said("list", "--library", shelf)
    row = next(line.split() for line in text.splitlines() if "seed-11" in line)
    assert row[:5] == ["seed-11", "11", "1,012", "0.900", row[4]]
    assert 0.5 < float(row[4]) < 1.5
    assert row[5] == "2.5"
    assert float(row[6]) == pytest.approx((shelf / "seed-11.npz").stat().st_size / 1000, abs=0.5)


def test_list_as_json_has_all_facts(shelf):
    facts = json.loads(said("list", "--library", shelf, "--json"))
    assert facts == library.entries(shelf)


def test_list_of_an_empty_library_says_so(tmp_path):
    assert "holds no membranes" in said("list", "--library", tmp_path)


def test_export_writes_every_format_of_a_charged_membrane(shelf, tmp_path):
    arguments = ("seed-11", "--library", shelf, "--layout", "pH7", "--seed", 3, "--out", tmp_path)
    listed = {Path(line) for line in said("export", *arguments).split()}
    endings = (".pdb", ".cif", ".prmtop", ".inpcrd", ".top", ".gro", ".data", ".in")
    assert listed == {tmp_path / f"seed-11-pH7{ending}" for ending in endings}
    assert all(path.stat().st_size > 0 for path in listed)
    universe = mda.Universe(tmp_path / "seed-11-pH7.prmtop", tmp_path / "seed-11-pH7.inpcrd")
    letters = "".join(name[1:] for name in universe.residues.resnames)
    charge = letters.count("P") - letters.count("M")
    assert charge < 0
    assert universe.atoms.charges.sum() == pytest.approx(charge, abs=1e-4)


def test_the_seed_decides_which_groups_are_charged(shelf, tmp_path):
    groups = []
    for seed in (1, 2, 1):
        out = tmp_path / str(len(groups))
        arguments = ("--layout", "pH10", "--seed", seed, "--format", "pdb", "--out", out)
        said("export", "seed-11", "--library", shelf, *arguments)
        groups.append(mda.Universe(out / "seed-11-pH10.pdb").residues.resnames.tolist())
    assert groups[0] == groups[2] != groups[1]


def test_export_of_one_format_from_a_directory_writes_no_other(charged, tmp_path):
    charged.save(tmp_path / "pH7")
    said("export", tmp_path / "pH7", "--format", "gromacs", "--out", tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"pH7.top", "pH7.gro"}


def test_residues_are_whole_in_the_files_however_the_atoms_were_wrapped(charged, tmp_path):
    steps = np.random.default_rng(1).integers(-2, 3, (len(charged.names), 3)) * [1, 1, 0]
    scattered = replace(charged, positions=charged.positions + steps * charged.box_nm)
    scattered.save(tmp_path / "scattered")
    said("export", tmp_path / "scattered", "--format", "pdb", "--out", tmp_path)
    universe = mda.Universe(tmp_path / "scattered.pdb")
    inside = [bond for bond in universe.bonds if len({atom.resindex for atom in bond}) == 1]
    assert len(inside) == len(charged.bonds) - 72
    assert max(bond.length(pbc=False) for bond in inside) < 1.9


def test_export_for_amber_says_how_many_bonds_amber_cannot_compute(tmp_path):
    for kind, note in (("amber", "14 bonds go through the periodic boundary"), ("gromacs", "")):
        arguments = ["membranes", "export", str(CHARGED), "--format", kind, "--out", str(tmp_path)]
        result = CliRunner().invoke(app, arguments)
        assert note in result.stderr
        assert bool(note) == bool(result.stderr)


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("no-such",), "neither a directory, nor a packed file, nor in the library"),
        ((CHARGED.parent,), "holds no network"),
        ((CHARGED.with_name("README.md"),), "README.md is no packed network"),
        ((CHARGED, "--layout", "pH7"), "has 6 charged groups already"),
        (("seed-11", "--layout", "pH77"), "pH77"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_one_line(shelf, tmp_path, arguments, answer):
    text = said("export", *arguments, "--library", shelf, "--out", tmp_path / "out", code=78)
    assert answer in text
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_place_of_the_output_is_refused(tmp_path):
    (tmp_path / "out").write_text("here")
    assert "is a file" in said("export", CHARGED, "--out", tmp_path / "out", code=78)


def test_a_damaged_network_is_refused_by_file(charged, tmp_path):
    charged.save(tmp_path / "net")
    (tmp_path / "net" / "bonds.csv").write_text("first,second\n")
    assert "bonds.csv" in said("export", tmp_path / "net", "--out", tmp_path / "out", code=78)


def test_pack_puts_a_directory_into_a_library(charged, tmp_path):
    charged.save(tmp_path / "network")
    (tmp_path / "facts.json").write_text(json.dumps(FACTS))
    arguments = (tmp_path / "network", "mine", "--facts", tmp_path / "facts.json")
    said("pack", *arguments, "--library", tmp_path / "shelf")
    assert library.names(tmp_path / "shelf") == ["mine"]
    assert library.load("mine", tmp_path / "shelf").residues == charged.residues


def test_pack_without_facts_says_which_are_needed(charged, tmp_path):
    charged.save(tmp_path / "network")
    facts = tmp_path / "facts.json"
    arguments = ("pack", tmp_path / "network", "mine", "--facts", facts, "--library", tmp_path)
    assert "is missing or no table" in said(*arguments, code=78)
    facts.write_text(json.dumps({"protocol": "test"}))
    assert "facts lack reaction_ps" in said(*arguments, code=78)


@pytest.fixture
def brief(campaign_file) -> Path:
    """A campaign whose reaction is over in no time."""
    reaction = {"stages": [{"cutoff_angstrom": 6.0, "duration_ps": 0.4}], "batch_percent": 20}
    reaction |= {"required_nh_conversion": 0.05, "highest_nh_conversion": 0.2}
    return campaign_file({f"membrane.reaction.{key}": value for key, value in reaction.items()})


def test_build_makes_a_network_by_a_protocol_of_its_own_defaults_from_a_campaigns_seed(
    brief, tmp_path
):
    arguments = ("--protocol", "paper", "--seed", 4, "--relaxation-ps", 0.2, "--platform", "CPU")
    said("build", brief, "--out", tmp_path / "out", *arguments)
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["options"]["reaction"]["protocol"] == "paper"
    assert report["options"]["reaction"]["refuse_defects"] is False
    assert report["options"]["relaxation"]["duration_ps"] == 0.2
    assert report["provenance"]["versions"]["openmm"]
    assert report["campaign_seed"] == 4 and report["seed"] == seeds.integer(4, "network")
    assert not (tmp_path / "out" / "unfinished").exists()


def test_build_refuses_what_it_cannot_do_in_one_line(tmp_path):
    assert "--platform GPU: allowed are" in said(
        "build", TINY, "--out", tmp_path, "--platform", "GPU", code=78
    )
    (tmp_path / "file").write_text("here")
    assert "is a file" in said("build", TINY, "--out", tmp_path / "file", code=78)
    missing = tmp_path / "no.yaml"
    assert "no.yaml" in said("build", missing, "--out", tmp_path / "out", code=78)


def test_relax_goes_on_from_a_finished_network(charged, tmp_path, briefly_minimised):
    charged.save(tmp_path / "net")
    steps = ("--duration-ps", 0.2, "--platform", "CPU", "--seed", 3)
    said("relax", tmp_path / "net", "--out", tmp_path / "out", *steps)
    relaxed = Network.load(tmp_path / "out")
    assert relaxed.residues == charged.residues
    assert np.abs(np.average(relaxed.positions[:, 2], weights=relaxed.masses)) < 1e-9
    shift = relaxed.positions - charged.positions
    shift[:, :2] -= charged.box_nm[:2] * np.round(shift[:, :2] / charged.box_nm[:2])
    assert 0.001 < np.sqrt((shift**2).sum(axis=1).mean()) < 0.3
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["relaxed_further"]["duration_ps"] == 0.2
    assert "finished network" in said(
        "relax", tmp_path / "net", "--out", tmp_path / "out", *steps, code=78
    )


def test_relax_refuses_a_timestep_too_long_for_the_hydrogens(tmp_path):
    arguments = (CHARGED, "--out", tmp_path / "out", "--duration-ps", 1, "--hydrogens", "rigid")
    assert "allowed is at most 2 with rigid" in said("relax", *arguments, code=78)


def test_a_network_goes_to_gromacs_and_its_coordinates_come_back(
    charged, tmp_path, briefly_minimised
):
    """The start file with its atoms pushed about and wrapped stands in for the end of a run."""
    there, back = tmp_path / "there", tmp_path / "back"
    arguments = ("--format", "gromacs", "--relaxation-ps", 12, "--out", there)
    listed = [Path(line).name for line in said("export", CHARGED, *arguments).split()]
    assert listed[2:] == [
        f"charged-{name}" for name in ("relaxation.top", "relaxation.mdp", "start.gro", "walls.gro")
    ]
    universe = mda.Universe(there / "charged-start.gro")
    push = np.random.default_rng(1).normal(scale=0.03, size=(len(universe.atoms), 3))
    universe.atoms.positions = (universe.atoms.positions + push + 11) % universe.dimensions[:3]
    universe.atoms.write(tmp_path / "end.gro")
    told = said("import", CHARGED, tmp_path / "end.gro", "--platform", "CPU", "--out", back)
    assert "atoms have moved by" in told
    network = Network.load(back)
    assert network.arms == charged.arms
    assert np.array_equal(network.bonds, charged.bonds)
    pushed, rested = (
        np.std(n.distances(*n.bonds.T) - charged.distances(*charged.bonds.T))
        for n in (with_coordinates(charged, tmp_path / "end.gro"), network)
    )
    assert rested < pushed / 2, "minimised"
    facts = json.loads((back / "report.json").read_text())["imported"]
    assert facts["coordinates"] == "end.gro"
    assert facts["sha256"] == sha256(tmp_path / "end.gro")
    expected = rms_displacement(charged, with_coordinates(charged, tmp_path / "end.gro"))
    assert facts["rms_displacement_nm"] == pytest.approx(expected)
    assert "finished network" in said("import", CHARGED, "x.gro", "--out", back, code=78)
    (tmp_path / "begun" / "unfinished").mkdir(parents=True)
    begun = said("import", CHARGED, "x.gro", "--out", tmp_path / "begun", code=78)
    assert "unfinished build" in begun


def test_what_cannot_be_imported_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("here")
    out = tmp_path / "out"
    for arguments, answer in (
        ((CHARGED, tmp_path / "no.gro", "--out", out), "no.gro is no file"),
        ((CHARGED, tmp_path / "file", "--out", out), "allowed are files that end in"),
        (("no-such", tmp_path / "file", "--out", out), "nor in the library"),
        ((CHARGED, tmp_path / "file", "--out", tmp_path / "file"), "is a file"),
        ((CHARGED, tmp_path / "file", "--out", out, "--platform", "GPU"), "--platform GPU"),
    ):
        assert answer in said("import", *arguments, code=78)
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ((), "needs --format gromacs"),
        (("--format", "gromacs", "--layout", "pH7"), "relax the neutral one"),
        (("--format", "gromacs", "--relaxation-ps", "inf"), "finite number"),
    ],
)
def test_relaxations_that_cannot_be_written_are_refused_before_any_file(
    tmp_path, arguments, answer
):
    given = ("--relaxation-ps", 10, *arguments, "--out", tmp_path / "out")
    assert answer in said("export", CHARGED, *given, code=78)
    assert not (tmp_path / "out").exists()
