"""Windows of a cell begin near their centres, hold one ion there, and go on after a stop."""

import numpy as np
import pytest

from mdtools import Run
from mdtools.errors import SettingsError, TryAgain
from mdtools.options import CellOptions, TransportOptions, UmbrellaOptions
from mdtools.systems.forces import add_umbrella
from mdtools.trajectory import Trajectory
from mdtools.umbrella.centres import centres_nm
from mdtools.umbrella.path import Path, ions_of
from mdtools.umbrella.starts import Starts
from mdtools.umbrella.window import Samples, start_window

OPTIONS = UmbrellaOptions(
    ions=("Na+",),
    spacing_angstrom=0.5,
    stiffness_kcal_mol_angstrom2=25,
    pull_ps=0.3,
    equilibration_ps=0.08,
    duration_ns=0.0002,
    sample_ps=0.02,
    segment_ps=0.1,
)
DYNAMICS = CellOptions(
    waters_per_reservoir=10, equilibration_ps=1, timestep_fs=2, minimisation_steps=20
)
RUN = OPTIONS.run_options(TransportOptions(duration_ns=1, segment_ps=100, timestep_fs=2))


PATH = Path(centre=0.0, faces=(-0.2, 0.2), sheets=(-0.9, 0.9))
"""Of a box of salt water that has neither."""


@pytest.fixture(scope="module")
def cell(bundle):
    return bundle


@pytest.fixture(scope="module")
def centres(cell):
    """Three windows, the last at the place of a sodium ion: two are to be pulled."""
    z = cell.positions[ions_of(cell, "Na+"), 2]
    z = z - cell.box_nm[2] * np.round(z / cell.box_nm[2])
    end = 10 * z[np.abs(z).argmin()]
    return centres_nm((end - 1, end), OPTIONS)


@pytest.fixture(scope="module")
def make_starts(cell, centres, one_thread):
    def make(directory, **changes):
        settings = {"species": "Na+", "centres": centres, "path": PATH}
        settings |= {"options": OPTIONS, "dynamics": DYNAMICS} | changes
        return Starts(
            cell,
            platform=one_thread,
            seed=3,
            directory=directory,
            **settings,
        )

    return make


@pytest.fixture(scope="module")
def starts(make_starts, tmp_path_factory):
    made = make_starts(tmp_path_factory.mktemp("starts"))
    return made, made.make([])


@pytest.fixture(scope="module")
def begin(cell, starts, centres, one_thread):
    start = starts[0].read(1)
    return start_window(cell, PATH, start, centres[1], OPTIONS, DYNAMICS, one_thread, seed=1)


def test_restraint_pulls_on_one_atom_by_its_distance_along_z(cell):
    import openmm
    from openmm import unit

    system = openmm.XmlSerializer.clone(cell.system)
    atom, height = int(ions_of(cell, "Na+")[0]), float(cell.box_nm[2])
    z = cell.positions[atom, 2]
    nearest = z - height * np.round(z / height)
    add_umbrella(system, atom, nearest + 0.03, 1000.0, height)
    context = openmm.Context(system, openmm.VerletIntegrator(0.001))
    context.setState(cell.state)
    context.setPositions(cell.positions + [0, 0, height])
    forces = context.getState(forces=True, energy=True, groups={26})
    along = forces.getForces(asNumpy=True).value_in_unit(unit.kilojoule_per_mole / unit.nanometer)
    expected = np.zeros_like(along)
    expected[atom, 2] = 1000 * 0.03
    assert along == pytest.approx(expected, abs=0.02)
    energy = forces.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)
    assert energy == pytest.approx(0.5 * 1000 * 0.03**2, rel=1e-2)


def test_starts_are_frames_where_an_ion_is_near_and_pulled_elsewhere(starts, centres):
    table = starts[1]
    assert table["source"].tolist() == [
        "pulled from window 1 (pulled from window 2 (the cell))",
        "pulled from window 2 (the cell)",
        "the cell",
    ]
    assert table["ion_z_nm"].to_numpy() == pytest.approx(centres, abs=0.12)
    assert table["ion_z_nm"][2] == pytest.approx(centres[2], abs=1e-6)


def test_starts_that_were_stopped_are_those_that_were_not(make_starts, starts, tmp_path):
    asked = []

    def stop():
        asked.append(None)
        return len(asked) > 30

    with pytest.raises(TryAgain):
        make_starts(tmp_path, stop=stop).make([])
    assert 0 < len(list(tmp_path.iterdir())) < 3
    again = make_starts(tmp_path)
    again.make([])
    for window in range(3):
        whole, stopped = starts[0].read(window), again.read(window)
        assert np.array_equal(whole.positions, stopped.positions)


def test_starts_that_were_pulled_otherwise_are_none(make_starts, starts):
    """A frame of a run stays, however others were pulled."""
    there = starts[0].directory
    slower = OPTIONS.model_copy(update={"pull_ps": 0.1})
    thicker = DYNAMICS.model_copy(update={"friction_per_ps": 5.0})
    for changes, kept in (({}, 3), ({"options": slower}, 1), ({"dynamics": thicker}, 1)):
        again = make_starts(there, **changes)
        assert [again.read(k) is not None for k in range(3)] == [kept == 3, kept == 3, True]


def test_run_of_a_window_holds_its_ion_and_drives_none(
    begin, starts, centres, tmp_path, one_thread
):
    bundle = begin.save(tmp_path / "start")
    names = [force.getName() for force in bundle.system.getForces()]
    assert names.count("umbrella") == 1
    run = Run(tmp_path / "window1", bundle, RUN, key=("umbrella", 1), platform=one_thread)
    run.advance(1000 * RUN.duration_ns)
    samples = Samples.read(tmp_path / "window1")
    assert samples.complete and len(samples.z_nm) == 10
    assert samples.facts["atom"] == starts[0].read(1).atom
    assert np.abs(samples.z_nm - centres[1]).max() < 0.25
    drive = next(f for f in run.plan.system.getForces() if f.getName() == "drive")
    assert {drive.getParticleParameters(row)[1][0] for row in range(drive.getNumParticles())} == {0}
    # From one that was stopped after its first segment come the same samples.
    other = Run(tmp_path / "again", bundle, RUN, key=("umbrella", 1), platform=one_thread)
    other.advance(100 * RUN.duration_ns)
    assert len(Trajectory.open(tmp_path / "again").stored) == 1
    other.advance(1000 * RUN.duration_ns)
    assert np.array_equal(Samples.read(tmp_path / "again").z_nm, samples.z_nm)


def test_windows_outside_of_the_sheets_are_refused_in_one_line(make_starts, centres, tmp_path):
    with pytest.raises(SettingsError, match=r"umbrella.z_angstrom is .*, but the sheets .* allow"):
        make_starts(tmp_path, centres=centres - 20).make([])


def test_ion_that_the_cell_lacks_is_refused_with_those_that_it_has(make_starts, tmp_path):
    with pytest.raises(SettingsError, match=r"no K\+, its ions are Cl-, Na\+"):
        make_starts(tmp_path, species="K+").make([])


def test_path_of_a_cell_is_told_by_its_membrane_and_its_sheets(small_cell, small_bundle):
    path = Path.of(small_bundle)
    assert path.sheets[0] < path.faces[0] < path.centre < path.faces[1] < path.sheets[1]
    assert abs(path.centre) < 0.2
