"""Permeance of a column of water whose resistance is known: the friction of its thermostat."""

from pathlib import Path

import numpy as np
import openmm
import pandas as pd
import pytest

from analysis.observables import flow
from analysis.options import AnalysisOptions
from analysis.permeance import permeances
from analysis.reading.collect import collect
from analysis.trials import Trials
from mdtools import Run
from mdtools.bundle import Bundle
from mdtools.cells.anchors import fix
from mdtools.cells.assemble import assemble
from mdtools.cells.topology import with_anchors
from mdtools.options import (
    CellOptions,
    DriveOptions,
    NonbondedOptions,
    PlatformOptions,
    SaltOptions,
    TransportOptions,
)
from mdtools.systems.platforms import new_context
from mdtools.systems.system import masses, nonbonded_force
from tests.mdtools.conftest import BOX_NM, molecule, polymer_of

CPU = PlatformOptions(name="CPU", cpu_threads=1)
FRICTION_PER_PS = 1.0
PRESSURES_MPA = (0.0, 100.0, 200.0)
RUN = TransportOptions(
    duration_ns=0.03,
    segment_ps=10,
    fast_every_ps=0.2,
    full_every_ps=0.4,
    preset="heavy",
    friction_per_ps=FRICTION_PER_PS,
)
WATERS = 250


@pytest.fixture(scope="module")
def column(tmp_path_factory) -> Bundle:
    """Water between two sheets, in its middle piperazines that are fixed and seen by nothing."""
    rng = np.random.default_rng(1)
    shape = molecule("PIP(NH,NH)", rng)
    names = ["PIP(NH,NH)"] * 4
    shape -= shape.mean(axis=0)
    places = np.concatenate([shape + [1, 1, z] for z in (-0.3, -0.1, 0.1, 0.3)])
    polymer = polymer_of(names, places)
    options = CellOptions(waters_per_reservoir=WATERS, equilibration_ps=1, timestep_fs=2)
    salt = SaltOptions(ions={"Na+": 1, "Cl-": 1})
    cell = assemble(polymer, salt, options, NonbondedOptions(), seed=3)
    system, ghosts = openmm.XmlSerializer.clone(cell.system), np.arange(len(places))
    force = nonbonded_force(system)
    for atom in ghosts.tolist():
        force.setParticleParameters(atom, 0.0, 0.1, 0.0)
    for row in range(force.getNumExceptions()):
        one, other, *_ = force.getExceptionParameters(row)
        if one < len(ghosts):
            force.setExceptionParameters(row, one, other, 0.0, 0.1, 0.0)
    fix(system, ghosts)
    context = new_context(system, CPU, temperature_K=300, friction_per_ps=5, timestep_fs=1, seed=1)
    context.setPositions(cell.positions)
    openmm.LocalEnergyMinimizer.minimize(context, 10.0, 100)
    context.setVelocitiesToTemperature(300, 2)
    context.getIntegrator().step(8000)
    state = context.getState(positions=True, velocities=True)
    roles = with_anchors(cell.roles, ghosts)
    made = Bundle.from_parts(
        cell.topology, system, state, roles, {"made_by": "test"}, templates=cell.templates
    )
    return made.save(tmp_path_factory.mktemp("column") / "cell")


def flows(column: Bundle, root: Path, pressure: float, trials=(1, 2)) -> pd.DataFrame:
    pushed = {"kind": "pressure", "pressure_difference_MPa": pressure}
    drive = DriveOptions(**pushed if pressure else {"kind": "none"})
    stores = []
    for trial in trials:
        run = Run(
            root / f"{pressure:g}" / f"trial{trial}",
            column,
            RUN.model_copy(update={"drive": drive}),
            seed=7,
            key=("transport", f"{pressure:g}", trial),
            platform=CPU,
        )
        run.advance(1000 * RUN.duration_ns)
        stores.append(run.directory / f"trial{trial}.store.npz")
        collect(run.directory, stores[-1], AnalysisOptions(radial_every_ps=5, pore_frames=0))
    table = flow.tables(Trials.read(stores), AnalysisOptions())["water_flow"]
    table = table[table["trial"] != "all"]
    return table.assign(
        layout="column", salt="NaCl", pressure_MPa=pressure, thickness_angstrom=10.0
    )


@pytest.mark.slow
def test_the_permeance_of_a_column_is_that_of_its_friction(column, tmp_path):
    """All that moves, of mass M over area A, is slowed by a friction M gamma v: A / (M gamma)."""
    points = pd.concat([flows(column, tmp_path, pressure) for pressure in PRESSURES_MPA])
    fits = permeances(points).set_index("definition")
    per_area = masses(column.system).sum() / np.prod(BOX_NM) * 1.66053906660e-27 / 1e-18
    expected = 1 / (per_area * FRICTION_PER_PS * 1e12) * 3.6e6 * 1e5
    print(points.to_string(), fits.to_string(), expected, sep="\n")
    for row in fits.itertuples():
        assert row.low_l_m2_h_bar < expected < row.high_l_m2_h_bar
        assert row.permeance_l_m2_h_bar == pytest.approx(expected, rel=0.25)
