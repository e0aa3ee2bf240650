"""Relaxation by another program: the files for GROMACS, and the coordinates that come back."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import openmm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdtools.constants import HEAVY_HYDROGEN_DA
from mdtools.errors import SettingsError
from mdtools.exports import parameters
from mdtools.exports.amber import write_amber
from mdtools.exports.coordinates import read_coordinates
from mdtools.exports.gromacs import write_coordinates
from mdtools.options import NonbondedOptions, PlatformOptions
from mdtools.systems.system import create_system, masses, polymer_topology
from membranes.building.dynamics import Dynamics
from membranes.building.options import RelaxationOptions
from membranes.building.relaxation import between_walls, centred
from membranes.networks import compressed
from membranes.networks.labels import residue_labels
from membranes.other_programs import (
    rms_displacement,
    with_coordinates,
    write_gromacs_relaxation,
)

NETWORKS = Path(__file__).parents[1] / "data" / "networks"
OPTIONS = RelaxationOptions(duration_ps=120, hydrogens="heavy", timestep_fs=4)
BETWEEN_WALLS_NM = 1.9
"""So little that the walls of the test press."""


@pytest.fixture(scope="module")
def network():
    return centred(compressed.read(NETWORKS / "charged.npz").network)


@pytest.fixture(scope="module")
def content(network):
    return parameters(network.polymer(), residue_labels(network), "net")


@pytest.fixture(scope="module")
def pressed(network):
    box_nm = np.array([*network.box_nm[:2], BETWEEN_WALLS_NM])
    return replace(network, box_nm=box_nm)


@pytest.fixture(scope="module")
def files(pressed, tmp_path_factory):
    """Files of a relaxation by the end of their names."""
    folder = tmp_path_factory.mktemp("relaxation")
    paths = write_gromacs_relaxation(pressed, OPTIONS, seed=1, directory=folder, stem="net")
    return {path.name.removeprefix("net-"): path for path in paths}


def section(path: Path, name: str) -> list[list[str]]:
    """Lines of a section of a topology, as columns."""
    found, inside = [], False
    for line in path.read_text().splitlines():
        if line.startswith("["):
            inside = line == f"[ {name} ]"
        elif inside and line.strip() and not line.startswith(";"):
            found.append(line.split())
    return found


def settings_of(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if not line.startswith(";")]
    return {key.strip(): value.strip() for key, value in (line.split("=") for line in lines)}


def wall_energy(network) -> float:
    """Energy of the walls of `membranes.building.dynamics`, kJ/mol."""
    dynamics = Dynamics(
        between_walls(network),
        NonbondedOptions(),
        PlatformOptions(name="Reference"),
        temperature_K=300,
        friction_per_ps=1,
        timestep_fs=1,
        seed=1,
    )
    system = dynamics._system
    wall = next(f for f in system.getForces() if isinstance(f, openmm.CustomExternalForce))
    alone = openmm.System()
    for _ in range(system.getNumParticles()):
        alone.addParticle(1.0)
    alone.addForce(openmm.XmlSerializer.clone(wall))
    context = openmm.Context(
        alone, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference")
    )
    context.setPositions(dynamics._context.getState(positions=True).getPositions())
    return context.getState(energy=True).getPotentialEnergy()._value


def test_walls_are_those_of_our_dynamics_and_gromacs_finds_their_energy(files, pressed):
    start, walls = (
        read_coordinates(files[name], len(pressed.names)).positions
        for name in ("start.gro", "walls.gro")
    )
    rows = section(files["relaxation.top"], "position_restraints")
    atoms = np.array([int(row[0]) - 1 for row in rows])
    assert {tuple(row[1:3]) for row in rows} == {("2", "5")}
    assert set(pressed.elements[atoms]) == {"C", "N", "O"}
    distance, stiffness = (np.array([float(row[k]) for row in rows]) for k in (3, 4))
    beyond = np.maximum(0, np.abs(start[atoms, 2] - walls[atoms, 2]) - distance)
    energy = float((stiffness / 2 * beyond**2).sum())
    assert energy == pytest.approx(wall_energy(pressed), rel=1e-4)
    said = json.loads((NETWORKS / "gromacs.json").read_text())["Flat-b. P-R."]
    assert energy == pytest.approx(said, abs=0.01)


def test_masses_are_those_of_our_dynamics(files, pressed):
    topology, templates = polymer_topology(pressed.polymer(), [2.5, 2.6, 4.0])
    system = create_system(
        topology,
        templates,
        NonbondedOptions(),
        constrain_hydrogens=True,
        hydrogen_mass_Da=HEAVY_HYDROGEN_DA,
    )
    written = [float(row[7]) for row in section(files["relaxation.top"], "atoms")]
    assert written == pytest.approx(masses(system), abs=1e-4)


def test_the_run_is_the_relaxation_that_was_asked_for(files):
    said = settings_of(files["relaxation.mdp"])
    assert float(said["dt"]) * int(said["nsteps"]) == pytest.approx(OPTIONS.duration_ps)
    assert float(said["tau-t"]) == pytest.approx(1 / OPTIONS.friction_per_ps)
    assert float(said["ref-t"]) == float(said["gen-temp"]) == OPTIONS.temperature_K
    assert float(said["rvdw"]) == float(said["rcoulomb"]) == NonbondedOptions().cutoff_nm
    wanted = {
        "integrator": "sd",
        "comm-mode": "none",
        "constraints": "h-bonds",
        "periodic-molecules": "yes",
        "coulombtype": "PME",
        "coulomb-modifier": "none",
        "vdwtype": "cut-off",
        "vdw-modifier": "none",
        "DispCorr": "no",
    }
    assert {key: said[key] for key in wanted} == wanted
    assert int(said["nsteps"]) % int(said["nstxout-compressed"]) == 0, "the last frame is the end"
    assert not {"pcoupl", "tcoupl", "define"} & said.keys()


def test_only_the_warning_of_a_net_charge_is_let_pass(files, network, tmp_path):
    assert "-maxwarn 1" in files["relaxation.mdp"].read_text()
    states = {"NH2+": "NH", "COO-": "COOH"}
    arms = network.arms_in(*states)
    neutral = network.change({arm: states[network.state(arm)] for arm in arms})
    options = RelaxationOptions(duration_ps=0.001, timestep_fs=4, hydrogens="heavy")
    paths = write_gromacs_relaxation(
        neutral, options, seed=1, directory=tmp_path / "new", stem="net"
    )
    text = paths[1].read_text()
    assert "-maxwarn" not in text
    assert settings_of(paths[1])["nsteps"] == "1"


@given(
    seed=st.integers(0, 2**32 - 1),
    shift=st.tuples(*[st.floats(-9, 9)] * 3),
    vacuum_nm=st.floats(0.6, 3),
)
@settings(max_examples=8, deadline=None)
def test_a_network_comes_back_whole_however_it_was_moved_and_wrapped(
    network, content, tmp_path_factory, seed, shift, vacuum_nm
):
    box_nm = np.array([*network.box_nm[:2], np.ptp(network.positions[:, 2]) + vacuum_nm])
    images = np.random.default_rng(seed).integers(-2, 3, network.positions.shape)
    there = network.positions + shift + images * box_nm
    path = tmp_path_factory.mktemp("back") / "back.gro"
    write_coordinates(replace(content, positions=there, box_nm=box_nm), path)
    back = with_coordinates(network, path)
    assert np.average(back.positions[:, 2], weights=network.masses) == pytest.approx(0, abs=1e-9)
    first, second = network.bonds.T
    assert back.distances(first, second) == pytest.approx(
        network.distances(first, second), abs=1e-4
    )
    assert back.positions[:, 2] == pytest.approx(network.positions[:, 2], abs=1e-4)
    assert rms_displacement(network, back) == pytest.approx(0, abs=1e-4)


def written(content, path: Path, *, names=None, positions=None, box_nm=None) -> Path:
    """A .gro file of a network, changed."""
    chosen = {"names": names, "positions": positions, "box_nm": box_nm}
    given = {key: value for key, value in chosen.items() if value is not None}
    write_coordinates(replace(content, **given), path)
    return path


def swapped(values: np.ndarray, first: int, second: int) -> np.ndarray:
    values = values.copy()
    values[[first, second]] = values[[second, first]]
    return values


def test_files_that_do_not_fit_are_refused(network, content, tmp_path):
    where = {name: tmp_path / f"{name}.gro" for name in ("names", "order", "area", "full", "nan")}
    written(content, where["names"], names=swapped(network.names, 0, 1))
    far = swapped(network.positions, 0, 900)
    written(content, where["order"], positions=far)
    written(content, where["area"], box_nm=network.box_nm * [1.01, 1.01, 2])
    written(content, where["full"], box_nm=network.box_nm)
    missing = network.positions.copy()
    missing[3, 1] = np.nan
    written(content, where["nan"], positions=missing)
    answers = {
        "names": "atom 1 is C2, in the network it is N1",
        "order": "bonded in the network, are",
        "area": "the area must stay as it is",
        "full": "must have vacuum",
        "nan": "not finite",
    }
    for name, answer in answers.items():
        with pytest.raises(SettingsError, match=answer) as refusal:
            with_coordinates(network, where[name])
        assert str(where[name]) in str(refusal.value)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5])
def test_displacement_leaves_out_a_drift_of_half_a_box(network, share):
    noise = np.random.default_rng(1).normal(scale=0.02, size=network.positions.shape)
    drift = share * network.box_nm * [1, 1, 0]
    after = centred(replace(network, positions=network.positions + noise + drift))
    assert rms_displacement(network, after) == pytest.approx(0.02 * np.sqrt(3), rel=0.05)


def test_an_amber_restart_with_a_box_may_be_wrapped_along_z(network, content, tmp_path):
    box_nm = np.array([*network.box_nm[:2], 5.0])
    wrapped = replace(content, positions=np.mod(network.positions, box_nm), box_nm=box_nm)
    path = tmp_path / "net.rst7"
    write_amber(wrapped, tmp_path / "net.prmtop", path)
    back = with_coordinates(network, path)
    assert back.positions[:, 2] == pytest.approx(network.positions[:, 2], abs=1e-5)


def test_element_symbols_in_place_of_names_are_no_other_order(network, content, tmp_path):
    back = with_coordinates(network, written(content, tmp_path / "net.gro", names=network.elements))
    assert back.positions == pytest.approx(network.positions, abs=1e-5)
