"""Relaxation by another program: the files for GROMACS, and the coordinates that come back."""

import json
from dataclasses import replace
from pathlib import Path

import MDAnalysis as mda
import numpy as np
import openmm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdtools.coordinates import read_coordinates
from mdtools.errors import SettingsError
from mdtools.exports import parameters
from mdtools.exports.gromacs import write_coordinates
from mdtools.options import NonbondedOptions, PlatformOptions
from mdtools.periodic import gathered
from mdtools.system import create_system, masses, polymer_topology
from membranes import compressed
from membranes.dynamics import HEAVY_HYDROGEN_DA, Dynamics
from membranes.elsewhere import displacement, moved, write_gromacs_relaxation
from membranes.labels import residue_labels
from membranes.options import RelaxationOptions
from membranes.relaxation import centred, standing

NETWORKS = Path(__file__).parents[1] / "data" / "networks"
OPTIONS = RelaxationOptions(duration_ps=120, hydrogens="heavy", timestep_fs=4)
BETWEEN_WALLS_NM = 1.9
"""So little that the walls of the test press."""


@pytest.fixture(scope="module")
def network():
    return centred(compressed.read(NETWORKS / "charged.npz").network)


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
    """Energy of the walls of `membranes.dynamics`, kJ/mol."""
    dynamics = Dynamics(
        standing(network),
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


def test_the_run_is_the_relaxation_that_was_asked_for(files, network):
    said = settings_of(files["relaxation.mdp"])
    assert float(said["dt"]) * int(said["nsteps"]) == pytest.approx(OPTIONS.duration_ps)
    assert float(said["tau-t"]) == pytest.approx(1 / OPTIONS.friction_per_ps)
    assert float(said["ref-t"]) == float(said["gen-temp"]) == OPTIONS.temperature_K
    assert said["constraints"] == "h-bonds"
    assert said["periodic-molecules"] == "yes"
    assert float(said["rvdw"]) == NonbondedOptions().cutoff_nm
    assert "-maxwarn 1" in files["relaxation.mdp"].read_text(), "the network is charged"


@given(
    seed=st.integers(0, 2**32 - 1),
    shift=st.tuples(*[st.floats(-9, 9)] * 3),
    vacuum_nm=st.floats(0.6, 3),
)
@settings(max_examples=20, deadline=None)
def test_a_network_comes_back_whole_however_it_was_moved_and_wrapped(
    network, tmp_path_factory, seed, shift, vacuum_nm
):
    content = parameters(network.polymer(), residue_labels(network), "net")
    box_nm = np.array([*network.box_nm[:2], np.ptp(network.positions[:, 2]) + vacuum_nm])
    images = np.random.default_rng(seed).integers(-2, 3, network.positions.shape)
    there = network.positions + shift + images * box_nm
    path = tmp_path_factory.mktemp("back") / "back.gro"
    write_coordinates(replace(content, positions=there, box_nm=box_nm), path)
    back = moved(network, path)
    assert np.average(back.positions[:, 2], weights=network.masses) == pytest.approx(0, abs=1e-9)
    first, second = network.bonds.T
    assert back.distances(first, second) == pytest.approx(
        network.distances(first, second), abs=1e-4
    )
    assert back.positions[:, 2] == pytest.approx(network.positions[:, 2], abs=1e-4)
    assert displacement(network, back) == pytest.approx(0, abs=1e-4)


@given(
    values=st.lists(st.floats(0, 3), min_size=1, max_size=20),
    offset=st.floats(-50, 50),
    length=st.floats(7, 20),
)
def test_what_lies_together_is_gathered_wherever_the_boundary_was(values, offset, length):
    values = np.array(values)
    found, gap = gathered(np.mod(values + offset, length), length)
    assert found - found[0] == pytest.approx(values - values[0], abs=1e-9)
    assert gap == pytest.approx(length - np.ptp(values), abs=1e-9)


def test_a_restart_or_trajectory_without_names_is_read_too(network, tmp_path):
    universe = mda.Universe.empty(len(network.names), trajectory=True)
    universe.dimensions = [25, 26, 50, 90, 90, 90]
    for ending in (".dcd", ".trr"):
        with mda.Writer(str(tmp_path / f"run{ending}"), len(network.names)) as writer:
            for scale in (3.0, 10.0):
                universe.atoms.positions = network.positions * scale
                writer.write(universe.atoms)
        back = moved(network, tmp_path / f"run{ending}")
        assert back.positions == pytest.approx(network.positions, abs=1e-5), "the last frame"


def written(network, path: Path, *, names=None, positions=None, box_nm=None) -> Path:
    """A .gro file of a network, changed."""
    content = parameters(network.polymer(), residue_labels(network), "net")
    chosen = {"names": names, "positions": positions, "box_nm": box_nm}
    given = {key: value for key, value in chosen.items() if value is not None}
    write_coordinates(replace(content, **given), path)
    return path


def swapped(values: np.ndarray, first: int, second: int) -> np.ndarray:
    values = values.copy()
    values[[first, second]] = values[[second, first]]
    return values


def test_files_that_do_not_fit_are_refused(network, tmp_path):
    where = {name: tmp_path / f"{name}.gro" for name in ("names", "order", "area", "full", "nan")}
    written(network, where["names"], names=swapped(network.names, 0, 1))
    far = swapped(network.positions, 0, 900)
    written(network, where["order"], positions=far)
    written(network, where["area"], box_nm=network.box_nm * [1.01, 1.01, 2])
    written(network, where["full"], box_nm=network.box_nm)
    missing = network.positions.copy()
    missing[3, 1] = np.nan
    written(network, where["nan"], positions=missing)
    answers = {
        "names": "atom 1 is C2, in the network it is N1",
        "order": "bonded in the network, are",
        "area": "the area must stay as it is",
        "full": "is it hydrated",
        "nan": "not finite",
    }
    for name, answer in answers.items():
        with pytest.raises(SettingsError, match=answer) as refusal:
            moved(network, where[name])
        assert str(where[name]) in str(refusal.value)


def test_files_that_cannot_be_read_are_refused(network, tmp_path):
    good = written(network, tmp_path / "good.gro")
    (tmp_path / "cut.gro").write_text(good.read_text()[:3000])
    (tmp_path / "unknown.abc").write_text("nothing")
    for name in ("cut.gro", "unknown.abc"):
        with pytest.raises(SettingsError, match="cannot be read"):
            moved(network, tmp_path / name)
    with pytest.raises(SettingsError, match="is no file"):
        moved(network, tmp_path / "none.gro")
    with pytest.raises(SettingsError, match="has 1010 atoms, needed are 7"):
        read_coordinates(good, 7)
    tilted = good.read_text().splitlines()
    tilted[-1] = "2.5 2.6 4.4 0 0 0.5 0 0 0"
    (tmp_path / "tilted.gro").write_text("\n".join(tilted) + "\n")
    with pytest.raises(SettingsError, match="not rectangular"):
        moved(network, tmp_path / "tilted.gro")
