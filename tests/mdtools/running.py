"""A small box of TIP4P water and ions, equilibrated once, and short runs of it."""

from pathlib import Path

import openmm
import pandas as pd
import pytest
from openmm import app, unit

from mdtools import Bundle, Run
from mdtools.options import PlatformOptions, TransportOptions

BOX_NM = 1.6
SPECIES = {"NA": "Na+", "CL": "Cl-"}
KEY = ("transport", "pH7", "NaCl", 1)
CPU = PlatformOptions(name="CPU", cpu_threads=1)
SEGMENT_PS = 0.04


def log_of(run: Run) -> str:
    return (run.directory / "run.log").read_text()


def ion_roles(topology: app.Topology) -> pd.DataFrame:
    rows = []
    for residue in topology.residues():
        atom = next(residue.atoms())
        if residue.name in SPECIES:
            rows.append((atom.index, "feed ion", SPECIES[residue.name], len(rows), "feed"))
    for residue in topology.residues():
        if residue.name == "HOH":
            atom = next(residue.atoms())
            rows.append((atom.index, "water oxygen", "H2O", residue.index, ""))
    return pd.DataFrame(rows, columns=["atom", "role", "species", "group", "side"])


def with_state(bundle: Bundle, positions) -> openmm.State:
    """State of a bundle with other positions, at rest."""
    context = openmm.Context(bundle.system, openmm.VerletIntegrator(0.001))
    context.setState(bundle.state)
    context.setPositions(positions)
    return context.getState(positions=True, velocities=True)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory) -> Bundle:
    """Some 130 rigid TIP4P-Ew waters, 2 Na+ and 2 Cl-, at 300 K."""
    field = app.ForceField("amber14/tip4pew.xml")
    modeller = app.Modeller(app.Topology(), [])
    box = openmm.Vec3(BOX_NM, BOX_NM, BOX_NM) * unit.nanometer
    modeller.addSolvent(field, model="tip4pew", boxSize=box, ionicStrength=0.9 * unit.molar)
    system = field.createSystem(
        modeller.topology,
        nonbondedMethod=app.PME,
        nonbondedCutoff=0.7 * unit.nanometer,
        removeCMMotion=False,
    )
    integrator = openmm.LangevinMiddleIntegrator(300, 10, 0.002)
    integrator.setRandomNumberSeed(5)
    platform = openmm.Platform.getPlatform("CPU")
    context = openmm.Context(system, integrator, platform, {"Threads": "1"})
    context.setPositions(modeller.positions)
    openmm.LocalEnergyMinimizer.minimize(context, maxIterations=100)
    context.setVelocitiesToTemperature(300, 5)
    integrator.step(400)
    state = context.getState(positions=True, velocities=True)
    made = Bundle.from_parts(
        modeller.topology, system, state, ion_roles(modeller.topology), {"made_by": "test"}
    )
    return made.save(tmp_path_factory.mktemp("cell") / "bundle")


@pytest.fixture(scope="session")
def options() -> TransportOptions:
    """Twelve segments of 20 steps; 10 fast and 2 full frames each."""
    return TransportOptions(
        duration_ns=0.00048,
        segment_ps=0.04,
        fast_every_ps=0.004,
        full_every_ps=0.02,
        timestep_fs=2,
    )


@pytest.fixture
def make_run(bundle, options, tmp_path):
    """Function that gives a Run of the small box; keywords replace what it is made of."""

    def make(directory: Path | str = "trial1", **changes) -> Run:
        settings = {"seed": 7, "key": KEY, "platform": CPU} | changes
        cell, chosen = settings.pop("bundle", bundle), settings.pop("options", options)
        return Run(tmp_path / directory, cell, chosen, **settings)

    return make


@pytest.fixture(scope="session")
def whole_run(bundle, options, tmp_path_factory) -> Run:
    """A run that went to its end without a stop."""
    run = Run(
        tmp_path_factory.mktemp("runs") / "whole", bundle, options, seed=7, key=KEY, platform=CPU
    )
    run.advance(options.duration_ns * 1000)
    return run


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Environment of helper processes: only what finds the package."""
    import os

    root = str(Path(__file__).parents[2])
    return os.environ | {"PYTHONPATH": root}


def contents(run: Path) -> dict[str, bytes]:
    """Every file of every segment, by its path."""
    files = sorted((run / "segments").rglob("*"))
    return {str(p.relative_to(run)): p.read_bytes() for p in files if p.is_file()}


@pytest.fixture(scope="session")
def files_of():
    return contents


@pytest.fixture(scope="session")
def state_with():
    return with_state
