"""Networks and cells in LAMMPS, term by term and force by force."""

from dataclasses import replace

import numpy as np
import openmm
import pytest
from openmm import unit

from mdtools.errors import SettingsError
from mdtools.exports import export, parameters
from mdtools.exports.cells import PISTONS, cell_content
from mdtools.exports.lammps_cell import write_lammps_cell
from mdtools.options import DriveOptions, NonbondedOptions
from mdtools.systems.drives import add_drive
from mdtools.systems.system import create_system, polymer_topology
from membranes.networks import compressed
from membranes.networks.labels import residue_labels
from tests.mdtools.exports.ewald import energies_and_forces, terms
from tests.mdtools.exports.lammps_runs import (
    commands,
    exact,
    fixes_alone,
    library,
    single_point,
)
from tests.mdtools.exports.test_exports import NETWORKS

WITHIN = 1e-5
"""Relative, of energies. LAMMPS' complementary error function is good to 1.5e-7 of each of the
terms whose differences the Coulomb energy is; wide real-space cut-offs keep that below 1e-5."""


@pytest.fixture(scope="module")
def network():
    """A thousand atoms with -2 e and 14 amides through the boundary."""
    return compressed.read(NETWORKS / "charged.npz").network


@pytest.fixture(scope="module")
def content(network):
    return parameters(network.polymer(), residue_labels(network), "a network")


def test_a_network_has_the_energies_of_openmm_in_lammps(network, content, tmp_path, monkeypatch):
    library()
    monkeypatch.chdir(tmp_path)
    _, script = export(content, "lammps", tmp_path, "network")
    lines = [line.replace("long 9.0", "long 9.0 12.0") for line in commands(script, "group")]
    sums = ["pair_modify table 0", "kspace_style ewald 1.0e-8", "kspace_modify gewald 0.25"]
    found, forces = single_point(exact(lines, sums))
    topology, templates = polymer_topology(network.polymer(), content.box_nm)
    system = create_system(topology, templates, NonbondedOptions(), constrain_hydrogens=False)
    expected, true_forces = energies_and_forces(system, content.positions, content.box_nm)
    assert found["ebond"] == pytest.approx(expected["bonds"], rel=WITHIN)
    assert found["eangle"] == pytest.approx(expected["angles"], rel=WITHIN)
    assert found["edihed"] == pytest.approx(expected["torsions"], rel=WITHIN)
    assert found["evdwl"] == pytest.approx(expected["lennard-jones"], rel=WITHIN)
    assert found["ecoul"] + found["elong"] == pytest.approx(expected["coulomb"], rel=WITHIN)
    assert np.abs(forces - true_forces).max() < 1e-4 * np.abs(true_forces).max()


def test_bonds_through_the_boundary_have_image_flags_that_join_them(content, tmp_path):
    data, _ = export(content, "lammps", tmp_path, "network")
    rows = data.read_text().partition("Atoms # full")[2].partition("Bonds")[0].split("\n")
    table = np.array([line.split() for line in rows if line.strip()], dtype=float)
    box = 10 * content.box_nm
    assert (table[:, 4:7] >= 0).all() and (table[:, 4:7] < box).all()
    unwrapped = table[:, 4:7] + table[:, 7:10] * box
    np.testing.assert_allclose(unwrapped, 10 * content.positions, atol=1e-7)
    assert table[:, 7:9].any()


def test_the_script_of_a_network_runs_between_its_walls(content, tmp_path, monkeypatch):
    start = library()
    monkeypatch.chdir(tmp_path)
    _, script = export(content, "lammps", tmp_path, "network")
    run = start(cmdargs=["-log", "none", "-screen", "none", "-nocite"])
    for line in commands(script, "dump"):
        run.command(line.replace("500 5000", "2 4"))
    run.command("run 2 post no")
    assert np.isfinite(run.get_thermo("pe"))
    run.close()


@pytest.fixture
def written(settled, tmp_path):
    """Files of a cell of a thin membrane with Li+, Mg2+, Cl-, NO3- and SO4--."""
    made = cell_content(settled, "a cell")
    return write_lammps_cell(made, tmp_path, "cell", DriveOptions())


def test_a_cell_has_the_energies_and_forces_of_openmm_in_lammps(
    settled, written, tmp_path, monkeypatch
):
    library()
    monkeypatch.chdir(tmp_path)
    sums = [
        "pair_modify pair lj/cut/tip4p/long table 0",
        "kspace_style pppm/tip4p 1.0e-6",
        "kspace_modify order 7",
    ]
    found, forces = single_point(exact(commands(written[-1], "velocity"), sums))
    system = openmm.XmlSerializer.clone(settled.system)
    add_drive(system, settled.roles, DriveOptions())
    expected, true_forces = energies_and_forces(system, settled.positions, settled.box_nm)
    assert found["ebond"] == pytest.approx(expected["bonds"], rel=WITHIN)
    assert found["eangle"] == pytest.approx(expected["angles"], rel=WITHIN)
    assert found["edihed"] == pytest.approx(expected["torsions"], rel=WITHIN)
    assert found["evdwl"] == pytest.approx(expected["lennard-jones"], rel=WITHIN)
    assert found["ecoul"] + found["elong"] == pytest.approx(expected["coulomb"], rel=WITHIN)
    real = (settled.topology["element"] != "").to_numpy()
    assert np.abs(forces - true_forces[real]).max() < 1e-4 * np.abs(true_forces).max()
    assert system.getNumForces() == settled.system.getNumForces() + 1


def test_pistons_tether_and_drive_are_those_of_openmm(settled, written, tmp_path, monkeypatch):
    """Among all forces they are too small to be seen: they are held to OpenMM's alone."""
    library()
    monkeypatch.chdir(tmp_path)
    pushes = tuple(f"push_{name}" for name in PISTONS)
    found, forces = fixes_alone(commands(written[-1], "velocity"), ("tether", *pushes))
    system = openmm.XmlSerializer.clone(settled.system)
    add_drive(system, settled.roles, DriveOptions())
    for number in reversed(range(system.getNumForces())):
        if not isinstance(system.getForce(number), openmm.CustomExternalForce):
            system.removeForce(number)
    expected, true_forces = terms(system, settled.positions, settled.box_nm)
    real = (settled.topology["element"] != "").to_numpy()
    assert found["tether"] == pytest.approx(expected["tether"], rel=WITHIN) and found["tether"] > 0
    # -F z of every atom, from the end of the box; in OpenMM z is zero in its middle.
    made = cell_content(settled, "a cell")
    rows = made.sheets[0]
    shift = (made.positions - settled.positions)[rows, 2].mean()
    total = made.piston_kJ_mol_nm.sum() * len(rows)
    pushed = sum(found[name] for name in pushes)
    assert pushed == pytest.approx(expected["pistons"] - total * shift, rel=WITHIN)
    scale = np.abs(true_forces).max()
    np.testing.assert_allclose(forces, true_forces[real], rtol=0, atol=WITHIN * scale)
    assert np.count_nonzero(np.abs(forces[:, 2]) > WITHIN * scale) == made.sheets.size + len(
        settled.atoms("feed ion")
    )


def test_a_cell_runs_in_lammps_and_its_anchors_stay(settled, written, tmp_path, monkeypatch):
    start = library()
    monkeypatch.chdir(tmp_path)
    run = start(cmdargs=["-log", "none", "-screen", "none", "-nocite"])
    for line in commands(written[-1], "dump"):
        run.command(line)
    before = np.array(run.gather_atoms("x", 1, 3)).reshape(-1, 3)
    run.command("run 3 post no")
    moved = np.abs(np.array(run.gather_atoms("x", 1, 3)).reshape(-1, 3) - before).max(axis=1)
    run.close()
    anchors = np.sort(settled.atoms("anchor"))
    assert len(anchors) and (moved[anchors] == 0).all()
    assert (np.delete(moved, anchors) > 0).all()


def test_a_switched_potential_is_refused_for_lammps(settled, tmp_path):
    system = openmm.XmlSerializer.clone(settled.system)
    force = next(f for f in system.getForces() if isinstance(f, openmm.NonbondedForce))
    force.setUseSwitchingFunction(True)
    force.setSwitchingDistance(0.5 * unit.nanometer)
    made = cell_content(replace(settled, system=system), "a cell")
    with pytest.raises(SettingsError, match="nonbonded.switch_nm is 0.5; LAMMPS has no such"):
        write_lammps_cell(made, tmp_path, "cell", DriveOptions())
