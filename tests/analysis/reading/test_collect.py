import shutil
from typing import ClassVar

import numpy as np
import openmm
import pandas as pd
import pytest
from openmm import app, unit

from analysis.options import AnalysisOptions
from analysis.reading.collect import OBSERVERS, collect, observe
from analysis.reading.observer import CollectError, Observer
from analysis.reading.sources import RunSource
from analysis.store import Store
from analysis.tables import write_tables
from mdtools import Bundle, Run, roles
from mdtools.options import DriveOptions, PlatformOptions, TransportOptions
from mdtools.trajectory import Trajectory

OPTIONS = AnalysisOptions(pore_frames=0)
PROFILES = ("membrane_g_cm3", "membrane_charge_e_nm3", "water_g_cm3", "elements_per_nm3")


def observed(trajectory, *observers):
    seen = list(observers) or [kind() for kind in OBSERVERS]
    return observe(RunSource(trajectory), seen, OPTIONS)


def test_one_pass_measures_the_densities_put_in(make_trajectory):
    arrays, _ = observed(make_trajectory())
    bin_nm3 = 3 * 3 * 0.1
    edges, frames = arrays["edges_nm"], arrays["block_frames"]
    mean = {k: np.average(arrays[k], axis=0, weights=frames) for k in PROFILES}
    assert frames.tolist() == [2, 2, 2, 2, 2]
    assert mean["membrane_g_cm3"].sum() * bin_nm3 / 1.66053906660e-3 == pytest.approx(28.010)
    assert mean["membrane_charge_e_nm3"].sum() == pytest.approx(0, abs=1e-12)
    assert mean["water_g_cm3"].sum() * bin_nm3 / 1.66053906660e-3 == pytest.approx(18.015)
    carbon, _, _, oxygen = mean["elements_per_nm3"]
    center = (12.011 * 4 + 15.999 * 5) / 28.010
    assert edges[carbon.argmax()] <= 4 - center < edges[carbon.argmax() + 1]
    assert edges[oxygen.argmax()] <= 5 - center < edges[oxygen.argmax() + 1]
    assert carbon.max() == pytest.approx(1 / bin_nm3)


def test_the_start_of_the_run_is_the_first_stored_frame(make_trajectory):
    trajectory = make_trajectory(frames=4)
    arrays, manifest = observed(trajectory)
    assert arrays["time_ps"].tolist() == [0, 10, 20, 30, 40]
    assert arrays["positions_nm"][0] == pytest.approx(trajectory.start[[5, 0]])
    assert manifest["fast_frames"] == manifest["full_frames"] == 4
    assert [atom["role"] for atom in manifest["atoms"]] == ["feed ion", "charged group"]


def test_no_option_changes_the_density_that_faces_are_looked_for_in(make_trajectory):
    found = []
    for width in (0.5, 4.0):
        options = AnalysisOptions(profile_bin_angstrom=width, pore_frames=0)
        found.append(
            observe(RunSource(make_trajectory()), [kind() for kind in OBSERVERS], options)[0]
        )
    for arrays in found:
        assert np.array_equal(arrays["face_edges_nm"], found[0]["face_edges_nm"])
        assert np.array_equal(arrays["face_g_cm3"], found[0]["face_g_cm3"])
    mass = found[0]["face_g_cm3"].sum() * 3 * 3 * 0.04 / 1.66053906660e-3
    assert mass == pytest.approx(28.010)


class Meddler(Observer):
    units: ClassVar = {"seen": "nm"}

    def prepare(self, system):
        self.seen = []

    def frame(self, frame):
        for array in (frame.positions_nm, frame.z_nm):
            with pytest.raises(ValueError, match="read-only"):
                array += 5
        self.seen.append(frame.z_nm[5])

    def conclude(self):
        return {"seen": np.array(self.seen)}


def test_no_observer_can_change_what_the_next_one_sees(make_trajectory):
    arrays, _ = observed(make_trajectory(), Meddler())
    assert arrays["seen"] == pytest.approx(np.full(10, 2.5 - 4.5712), abs=2e-3)


def test_a_run_without_frames_is_refused(make_trajectory):
    trajectory = make_trajectory(frames=4)
    trajectory.time = trajectory.time[:0]
    with pytest.raises(CollectError, match="no frames yet"):
        observed(trajectory)


def test_a_cell_without_length_is_refused(make_trajectory):
    trajectory = make_trajectory()
    trajectory.bundle.box_nm = np.array([3.0, 0.0, 10.0])
    with pytest.raises(CollectError, match=r"\[3.0, 0.0, 10.0\] nm, every length must be positive"):
        observed(trajectory)


def test_a_cell_without_membrane_is_refused(make_trajectory):
    trajectory = make_trajectory()
    roles = trajectory.bundle.roles
    trajectory.bundle.roles = roles[roles.role != "membrane"]
    with pytest.raises(CollectError, match="no atom has the role 'membrane'"):
        observed(trajectory)


def test_coordinates_that_are_not_finite_are_refused_with_their_time(make_trajectory):
    trajectory = make_trajectory()
    trajectory.paths[6, 5, 0] = np.nan
    with pytest.raises(CollectError, match="positions_nm is not finite at 70 ps"):
        observed(trajectory)


def test_streams_of_different_runs_are_refused(make_trajectory):
    with pytest.raises(CollectError, match="streams differ at 10 ps"):
        observed(make_trajectory(shift=0.1))


def test_roles_without_the_stream_s_atoms_are_refused(make_trajectory):
    trajectory = make_trajectory()
    trajectory.bundle.roles.loc[0, "atom"] = 3
    with pytest.raises(CollectError, match=r"differ in atoms \[3, 5\]"):
        observed(trajectory)


def test_a_directory_that_is_no_trial_is_refused(tmp_path):
    with pytest.raises(CollectError, match="must be trial<number>"):
        collect(tmp_path, tmp_path / "store.npz", OPTIONS)


ROLES = [
    (0, "membrane", "", 0, ""),
    (1, "membrane", "", 0, ""),
    (2, "membrane", "", 0, ""),
    (0, "anchor", "", 0, ""),
    (2, "charged group", "COO-", 0, ""),
    (3, "feed ion", "Na+", 0, "feed"),
    (4, "feed ion", "Cl-", 0, "feed"),
    (5, "water oxygen", "H2O", 0, "feed"),
    (6, "piston", "C", 0, "feed"),
    (7, "piston", "C", 1, "permeate"),
]
PARTICLES = [  # chain, residue, element, charge, z in nm
    ("MEM", "TMC", "C", 0.4, 4.0),
    ("MEM", "TMC", "O", -0.4, 4.4),
    ("MEM", "TMC", "C", -1.0, 3.6),
    ("ION", "NA", "Na", 1.0, 2.6),
    ("ION", "CL", "Cl", -1.0, 2.2),
    ("WAT", "HOH", "O", 0.0, 1.8),
    ("GRF", "GRF", "C", 0.0, 1.0),
    ("GRF", "GRF", "C", 0.0, 7.0),
]


@pytest.fixture(scope="session")
def real_run(tmp_path_factory):
    """Eight particles in a box, run by the same code as any campaign, stopped half way."""
    topology, system = app.Topology(), openmm.System()
    system.setDefaultPeriodicBoxVectors(*np.diag([3.0, 3.0, 8.0]))
    nonbonded = openmm.NonbondedForce()
    nonbonded.setNonbondedMethod(openmm.NonbondedForce.CutoffPeriodic)
    for number, (segment, name, symbol, charge, _) in enumerate(PARTICLES):
        element = app.Element.getBySymbol(symbol)
        residue = topology.addResidue(name, topology.addChain(segment))
        topology.addAtom(symbol, element, residue)
        system.addParticle(0.0 if number == 0 else element.mass)
        nonbonded.addParticle(0.05 * charge, 0.2, 0.1)
    system.addForce(nonbonded)
    positions = [[1.0 + 0.3 * (n % 3), 1.5, p[4]] for n, p in enumerate(PARTICLES)]
    context = openmm.Context(system, openmm.LangevinMiddleIntegrator(300, 2, 0.001))
    context.setPositions(positions * unit.nanometer)
    context.setVelocitiesToTemperature(300, 1)
    state = context.getState(positions=True, velocities=True)
    roles = pd.DataFrame(ROLES, columns=["atom", "role", "species", "group", "side"])
    root = tmp_path_factory.mktemp("results")
    bundle = Bundle.from_parts(topology, system, state, roles, {}).save(root / "cell")
    options = TransportOptions(
        duration_ns=0.0004,
        segment_ps=0.1,
        fast_every_ps=0.01,
        full_every_ps=0.02,
        drive=DriveOptions(ramp_ps=0.05),
    )
    platform = PlatformOptions(name="CPU")
    run = Run(root / "trial1", bundle, options, seed=3, key=("transport", 1), platform=platform)
    run.advance(0.2)
    return run


def test_a_run_stopped_half_way_is_analysed_as_far_as_it_goes(real_run, tmp_path):
    path = tmp_path / "trial1.store.npz"
    collect(real_run.directory, path, OPTIONS)
    store = Store.read(path)
    assert store.manifest["complete"] is False
    assert store.analysed_ns == pytest.approx(0.0002)
    assert store.manifest["target_ns"] == pytest.approx(0.0004)
    assert store.manifest["ramp_ps"] == 0.05
    assert (store.manifest["fast_frames"], store.manifest["full_frames"]) == (20, 10)
    assert len(store.manifest["inputs"]) == 2
    assert store.species("feed ion") == ["Na+", "Cl-"]
    bin_nm3 = 3 * 3 * 0.1
    mass = np.average(
        store.arrays["membrane_g_cm3"], axis=0, weights=store.arrays["block_frames"]
    ).sum()
    assert mass * bin_nm3 / 1.66053906660e-3 == pytest.approx(2 * 12.011 + 15.999, rel=1e-3)


def test_collecting_twice_gives_the_same_bytes_and_leaves_the_run_alone(real_run, tmp_path):
    before = sorted(real_run.directory.rglob("*"))
    for name in ("a", "b"):
        collect(real_run.directory, tmp_path / name, OPTIONS)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(real_run.directory.rglob("*")) == before


@pytest.mark.parametrize("name", ["fast.npz", "full.xtc"])
def test_a_changed_byte_in_a_stream_is_refused_by_name(real_run, tmp_path, name):
    root = tmp_path / "results"
    shutil.copytree(real_run.directory.parent, root)
    path = next(root.glob(f"trial1/segments/*1/{name}"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CollectError, match=rf"seg_00001: {name} is not what was written"):
        collect(root / "trial1", tmp_path / "trial1.store.npz", OPTIONS)
    assert not (tmp_path / "trial1.store.npz").exists()


def test_a_directory_without_a_run_is_refused_by_name(tmp_path):
    (tmp_path / "trial1").mkdir()
    with pytest.raises(CollectError, match=r"trial1 holds no run"):
        collect(tmp_path / "trial1", tmp_path / "store.npz", OPTIONS)


def test_roles_are_those_that_cells_and_runs_write(real_run):
    trajectory = Trajectory.open(real_run.directory)
    bundle = trajectory.bundle
    assert set(bundle.roles["role"]) <= set(roles.ROLES)
    assert trajectory.fast().atoms.tolist() == bundle.atoms(*roles.TRACKED).tolist()
    groups = bundle.roles[bundle.roles["role"] == roles.CHARGED_GROUP]
    assert {roles.charge("COO-")} == {roles.GROUP_CHARGE_E[kind] for kind in groups["species"]}


def test_tables_of_a_real_run_follow_its_stream(real_run, tmp_path):
    path = tmp_path / "trial1.store.npz"
    collect(real_run.directory, path, OPTIONS)
    short = AnalysisOptions(snapshots_ns=(0.0001, 0.0004), mean_z_every_ns=0.0001)
    write_tables([path], tmp_path, short)
    table = pd.read_csv(tmp_path / "snapshots.csv")
    assert table.time_ns.unique().tolist() == [0.0001, 0.0002]
    stream = np.load(next(real_run.directory.glob("segments/*0/fast.npz")))
    sodium = stream["atoms"].tolist().index(3)
    z = 10 * (stream["positions_nm"][9, sodium, 2] - stream["membrane_z_nm"][9])
    row = table[(table.species == "Na+") & (table.time_ns == 0.0001)]
    assert row.z_angstrom.item() == pytest.approx(z, abs=1e-4)


class NearestOxygen(Observer):
    """As in docs/outside.md, whose code it is."""

    units: ClassVar = {"nearest_water_nm": "nm, full frames x ions"}

    def prepare(self, system):
        self.ions, self.kinds, self.rows = len(system.ions), system.partners[1], []

    def reach_nm(self, time_ps):
        return 0.5

    def frame(self, frame):
        nearest = np.full(self.ions, np.nan)
        pairs = frame.pairs.within(0.5)
        water = self.kinds[pairs.particle] == 0
        np.fmin.at(nearest, pairs.point[water], pairs.distance[water])
        self.rows.append(nearest)

    def conclude(self):
        return {"nearest_water_nm": np.array(self.rows)}


def test_an_observer_of_the_user_s_own_is_kept_in_the_store(real_run, tmp_path):
    collect(real_run.directory, tmp_path / "mine.npz", OPTIONS, extra=[NearestOxygen()])
    store = Store.read(tmp_path / "mine.npz")
    found = store.arrays["nearest_water_nm"]
    assert found.shape == (10, 2)
    assert store.manifest["units"]["nearest_water_nm"].startswith("nm")
    water, ions = 5, [3, 4]
    stream = next(iter(Trajectory.open(real_run.directory).universe().trajectory))
    apart = stream.positions[ions].astype(float) / 10 - stream.positions[water] / 10
    apart[:, :2] -= 3.0 * np.rint(apart[:, :2] / 3.0)
    distance = np.linalg.norm(apart, axis=1)
    assert found[0] == pytest.approx(np.where(distance <= 0.5, distance, np.nan), nan_ok=True)


def test_an_observer_that_states_no_unit_is_refused(real_run, tmp_path):
    class Silent(NearestOxygen):
        units: ClassVar = {}

    with pytest.raises(CollectError, match="Silent gives nearest_water_nm without a unit"):
        collect(real_run.directory, tmp_path / "mine.npz", OPTIONS, extra=[Silent()])


def test_an_observer_that_takes_a_name_of_the_store_is_refused(real_run, tmp_path):
    class Taking(NearestOxygen):
        units: ClassVar = {"time_ps": "ps"}

        def conclude(self):
            return {"time_ps": np.arange(3.0)}

    with pytest.raises(CollectError, match="Taking gives time_ps, a name that is taken"):
        collect(real_run.directory, tmp_path / "mine.npz", OPTIONS, extra=[Taking()])
