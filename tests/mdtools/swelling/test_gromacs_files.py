"""Files of a wet slab for GROMACS: the same energies, runs as scheduled, frames whole again."""

import json
from pathlib import Path

import numpy as np
import openmm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openmm import app, unit

from mdtools.cells.solvation import IonsAndWaters
from mdtools.cells.topology import cell_topology
from mdtools.options import HydrationOptions, NonbondedOptions
from mdtools.swelling.gromacs import legs as module
from mdtools.swelling.gromacs.frames import Frames
from mdtools.swelling.gromacs.legs import legs
from mdtools.swelling.gromacs.topology import slab_parameters, write_slab
from mdtools.swelling.schedule import before_blocks, block
from mdtools.swelling.wet_slab import Parts, WetSlab
from mdtools.systems.system import create_system
from membranes.networks import compressed
from tests.mdtools.energies import energies

NETWORKS = Path(__file__).parents[2] / "data" / "networks"
NONBONDED = NonbondedOptions()
WATERS = 60


@pytest.fixture(scope="module")
def polymer():
    """A network of 1010 atoms with -2 e, and so two Na+."""
    return compressed.read(NETWORKS / "charged.npz").network.polymer()


@pytest.fixture(scope="module")
def slab(polymer):
    return WetSlab(polymer, NONBONDED, None)


@pytest.fixture(scope="module")
def parts(slab, polymer):
    """The network between two thin reservoirs, above z = 0."""
    filled = slab.fill(polymer.positions, WATERS, seed=1)
    up = np.array([0.0, 0.0, 0.1 - filled.waters[:, :, 2].min()])
    return Parts(filled.membrane + up, filled.ions + up, filled.waters + up, filled.sheets)


@pytest.fixture(scope="module")
def box_nm(polymer, parts):
    return np.array([*polymer.box_nm, parts.positions[:, 2].max() + 0.2])


@pytest.fixture(scope="module")
def files(polymer, slab, parts, box_nm, tmp_path_factory):
    folder = tmp_path_factory.mktemp("slab")
    paths = folder / "slab.top", folder / "start.gro"
    network = slab_parameters(polymer, NONBONDED)
    write_slab(network, polymer, parts, slab.ions, box_nm, NONBONDED, None, *paths)
    return paths


@pytest.fixture(scope="module")
def moving(parts):
    """Positions of what moves, without sheets."""
    return np.concatenate([parts.membrane, parts.ions, parts.waters.reshape(-1, 3)])


def read(files, box_nm) -> openmm.System:
    """The files as OpenMM's own reader of GROMACS topologies takes them."""
    box = np.diag(box_nm) * unit.nanometer
    topology = app.GromacsTopFile(str(files[0]), periodicBoxVectors=box)
    return topology.createSystem(
        nonbondedMethod=app.PME, nonbondedCutoff=0.9 * unit.nanometer, removeCMMotion=False
    )


def test_files_hold_the_energies_of_our_system_term_by_term(
    files, polymer, slab, parts, moving, box_nm
):
    sides = np.full(len(parts.waters), "")
    solution = IonsAndWaters(slab.ions, parts.ions, parts.waters, sides, 0.0)
    topology, templates = cell_topology(polymer, solution, 0, box_nm)
    ours = create_system(topology, templates, NONBONDED, constrain_hydrogens=False)
    expected = energies(ours, moving, box_nm)
    assert energies(read(files, box_nm), moving, box_nm) == pytest.approx(expected, rel=1e-6)


def test_energies_are_those_that_gromacs_computed_from_the_files(files, moving, box_nm):
    said = json.loads((NETWORKS / "gromacs_wet.json").read_text())
    found = energies(read(files, box_nm), moving, box_nm, finer=3)
    nonbonded = ("LJ-14", "Coulomb-14", "LJ (SR)", "Coulomb (SR)", "Coul. recip.")
    assert found["bonds"] == pytest.approx(said["Bond"], abs=1e-3)
    assert found["angles"] == pytest.approx(said["Angle"], abs=1e-3)
    torsions = said["Proper Dih."] + said["Per. Imp. Dih."]
    assert found["torsions"] == pytest.approx(torsions, abs=1e-3)
    assert found["nonbonded"] == pytest.approx(sum(said[name] for name in nonbonded), rel=1e-5)


def test_coordinates_are_ours_in_the_order_of_the_topology(files, moving, box_nm):
    gro = app.GromacsGroFile(str(files[1]))
    assert np.allclose(gro.getPositions(asNumpy=True)._value, moving, atol=1e-9)
    assert np.allclose(np.diag(gro.getPeriodicBoxVectors()._value), box_nm, atol=1e-6)


OPTIONS = HydrationOptions(
    protocol="swell",
    engine="GROMACS",
    refill_ps=(2, 5),
    cycle=(
        {"duration_ps": 4, "temperature_K": 380, "pressure_MPa": 5},
        {"duration_ps": 6, "temperature_K": 300, "pressure_MPa": 5},
    ),
    block_ps=8,
    cap_ps=16,
    segment_ps=2,
)


def test_legs_join_what_has_one_ramp_and_one_pressure():
    found = legs(before_blocks(OPTIONS)) + legs(block(OPTIONS, 3))
    assert [leg.name for leg in found] == ["opening1", "cycle2", "cycle3", "block3"]
    assert [(leg.start_ps, leg.end_ps) for leg in found] == [(0, 5), (5, 9), (9, 15), (31, 39)]


def parsed(text: str) -> dict[str, str]:
    pairs = (line.split("=") for line in text.splitlines())
    return {key.strip(): value.strip() for key, value in pairs}


def test_a_leg_asks_for_its_ramp_its_pressure_and_its_frames():
    heating = legs(before_blocks(OPTIONS))[1]
    asked = parsed(module.dynamics(heating, OPTIONS, NONBONDED, seed=3, samples=10))
    assert asked["annealing-time"] == "5 9" and asked["annealing-temp"] == "300 380"
    assert asked["ref-p"] == "50 50" and asked["compressibility"] == "0 4.5e-05"
    assert float(asked["tinit"]) + int(asked["nsteps"]) * float(asked["dt"]) == pytest.approx(9)
    assert int(asked["nsteps"]) == 20 * int(asked["nstxout-compressed"])
    assert asked["vdw-modifier"] == "none" and "rvdw-switch" not in asked


def test_a_switch_becomes_gromacs_own():
    asked = parsed(module.minimisation(OPTIONS, NonbondedOptions(switch_nm=0.8)))
    assert (asked["vdw-modifier"], asked["rvdw-switch"]) == ("potential-switch", "0.8")


@settings(max_examples=25)
@given(st.lists(st.floats(-20, 20), min_size=3, max_size=3), st.integers(0, 2**32 - 1))
def test_frames_are_whole_wherever_the_boundary_was(polymer, slab, parts, moving, shift, seed):
    height = moving[:, 2].max() + 3.0
    box = np.array([*polymer.box_nm, height])
    images = np.random.default_rng(seed).integers(-2, 3, moving.shape)
    frames = Frames(polymer, len(slab.ions), len(parts.waters))
    found, free_nm = frames.parts(moving + shift + images * box, box)
    middle = (parts.membrane[:, 2].min() + parts.membrane[:, 2].max()) / 2
    assert np.allclose(found.membrane[:, 2], parts.membrane[:, 2] - middle, atol=1e-6)
    assert free_nm == pytest.approx(height - np.ptp(parts.membrane[:, 2]), abs=1e-6)
    bonds = found.waters[:, 1:3] - found.waters[:, :1]
    assert np.allclose(bonds, parts.waters[:, 1:3] - parts.waters[:, :1], atol=1e-6)
    residue = polymer.atoms["residue"].to_numpy()
    assert max(np.ptp(found.membrane[residue == r], axis=0).max() for r in range(5)) < 1.0
