"""A run of a real cell: membrane with anchors between pistons, ions under the drive."""

from dataclasses import replace

import numpy as np
import openmm
import pandas as pd
import pytest

from mdtools import Run
from mdtools.errors import PhysicsError
from mdtools.options import DriveOptions, PlatformOptions, TransportOptions
from mdtools.systems.system import masses
from mdtools.trajectory import Trajectory

CPU = PlatformOptions(name="CPU", cpu_threads=1)
SHORT = TransportOptions(
    duration_ns=0.0002,
    segment_ps=0.1,
    fast_every_ps=0.02,
    full_every_ps=0.1,
    timestep_fs=2,
    friction_per_ps=50,
)


@pytest.fixture(scope="module")
def equilibrated(small_bundle, tmp_path_factory):
    return small_bundle.save(tmp_path_factory.mktemp("cells") / "pH7")


@pytest.fixture(scope="module")
def finished(equilibrated, tmp_path_factory) -> Run:
    run = Run(tmp_path_factory.mktemp("runs") / "trial1", equilibrated, SHORT, seed=1, platform=CPU)
    run.advance(0.2)
    return run


def test_streams_follow_membrane_and_pistons_as_the_full_frames_do(finished):
    trajectory = Trajectory.open(finished.directory)
    universe, fast = trajectory.universe(), trajectory.fast()
    membrane = universe.select_atoms("segid MEM")
    roles = trajectory.bundle.roles
    sheets = roles[roles["role"] == "piston"]
    for row, ts in zip((4, 9), universe.trajectory, strict=True):
        assert fast.membrane_z_nm[row] == pytest.approx(membrane.center_of_mass()[2] / 10, abs=1e-3)
        for side in (0, 1):
            atoms = sheets["atom"][sheets["group"] == side].to_numpy()
            assert fast.piston_z_nm[row, side] == pytest.approx(
                ts.positions[atoms, 2].mean() / 10, abs=1e-3
            )
    assert (fast.piston_z_nm[:, 0] < fast.membrane_z_nm).all()
    assert (fast.piston_z_nm[:, 1] > fast.membrane_z_nm).all()


def test_a_run_with_heavy_hydrogens_is_as_warm_and_as_whole_as_any(equilibrated, tmp_path):
    heavy = TransportOptions(**SHORT.model_dump(exclude={"timestep_fs"}) | {"preset": "heavy"})
    run = Run(tmp_path / "trial1", equilibrated, heavy, seed=1, platform=CPU)
    run.advance(0.2)
    assert run.progress()["state"] == "done"
    elements = equilibrated.topology["element"].to_numpy()
    moved, kept = masses(run.plan.system), masses(equilibrated.system)
    assert set(moved[(elements == "H") & (kept > 0)]) == {3.024}
    assert moved.sum() == pytest.approx(kept.sum(), rel=1e-9)
    thermo = pd.read_csv(run.directory / "segments" / "seg_00001" / "thermo.csv")
    assert thermo["step"].iloc[-1] == 50 and thermo["time_ps"].iloc[-1] == pytest.approx(0.2)
    sigma = 300 * np.sqrt(2 / run.plan.health.degrees_of_freedom)
    assert thermo["temperature_K"].to_numpy() == pytest.approx(300, abs=8 * sigma)
    membrane = Trajectory.open(run.directory).universe().select_atoms("segid MEM and element H")
    assert set(membrane.masses.round(3)) == {1.008}


def test_what_the_anchors_carry_is_the_force_on_them_averaged_over_frames(equilibrated, tmp_path):
    drive = DriveOptions(kind=["body force", "pressure"], pressure_difference_MPa=200)
    every = SHORT.model_copy(update={"full_every_ps": 0.02, "drive": drive})
    rare = SHORT.model_copy(update={"drive": drive})
    found = []
    for name, options in (("every", every), ("rare", rare)):
        run = Run(tmp_path / name, equilibrated, options, seed=1, platform=CPU)
        run.advance(0.1)
        found.append(Trajectory.open(run.directory).thermo())
    last = (run.directory / "segments" / "seg_00000" / "state.xml").read_text()
    context = openmm.Context(
        run.plan.system,
        openmm.VerletIntegrator(0.001),
        openmm.Platform.getPlatform("Reference"),
    )
    context.setState(openmm.XmlSerializer.deserialize(last))
    forces = context.getState(forces=True).getForces(asNumpy=True)._value
    carried = [table["anchors_force_z_kJ_mol_nm"].to_numpy() for table in found]
    at_end = forces[equilibrated.atoms("anchor"), 2].sum()
    assert carried[0][-1] == pytest.approx(at_end, rel=1e-3, abs=1)
    assert carried[1] == pytest.approx([carried[0].mean()], rel=1e-9)


def test_anchors_stay_and_everything_else_moves(finished, equilibrated):
    path = finished.directory / "segments" / "seg_00001" / "state.xml"
    state = openmm.XmlSerializer.deserialize(path.read_text())
    moved = np.abs(state.getPositions(asNumpy=True)._value - equilibrated.positions).max(axis=1)
    anchors = equilibrated.atoms("anchor")
    assert len(anchors) and (moved[anchors] == 0).all()
    assert (np.delete(moved, anchors) > 0).all()


def test_fast_atoms_are_ions_and_charged_groups(finished, equilibrated):
    atoms = Trajectory.open(finished.directory).fast().atoms
    names = equilibrated.topology.loc[atoms]
    assert {"ION", "MEM"} == set(names["segment"])
    assert len(atoms) == len(equilibrated.atoms("feed ion", "counter-ion", "charged group"))


def test_an_ion_behind_a_piston_stops_the_run(equilibrated, tmp_path):
    ion = int(equilibrated.atoms("feed ion")[0])
    sheet = equilibrated.roles.query("role == 'piston' and group == 0")["atom"].to_numpy()
    positions = equilibrated.positions.copy()
    positions[ion] = positions[sheet].mean(axis=0) - [0, 0, 0.6]
    context = openmm.Context(equilibrated.system, openmm.VerletIntegrator(0.001))
    context.setState(equilibrated.state)
    context.setPositions(positions)
    state = context.getState(positions=True, velocities=True)
    wrong = replace(equilibrated, state=state).save(tmp_path / "cell")
    with pytest.raises(PhysicsError, match=rf"1 ions outside of the pistons \(atoms {ion}\)"):
        Run(tmp_path / "trial1", wrong, SHORT, seed=1, platform=CPU).advance(0.1)
