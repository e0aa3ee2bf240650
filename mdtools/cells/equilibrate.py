"""Equilibration of an assembled cell: minimisation, small timesteps, then a sampled run."""

import math
from collections.abc import Iterator

import numpy as np
import openmm
from openmm import unit

from mdtools import provenance, seeds
from mdtools.bundle import Bundle
from mdtools.cells.assemble import Cell
from mdtools.constants import FS_PER_PS, G_CM3_PER_DA_NM3, GAS_CONSTANT, WATER_DA
from mdtools.errors import PhysicsError
from mdtools.options import CellOptions, FreeAreaOptions, PlatformOptions
from mdtools.roles import MEMBRANE, PISTON, WATER_OXYGEN
from mdtools.slab import mass_faces
from mdtools.systems.constraints import check_constraints
from mdtools.systems.diagnosis import blame, guarded
from mdtools.systems.platforms import new_context
from mdtools.systems.system import degrees_of_freedom, element_masses

MINIMISER_TOLERANCE = 10.0
"""Root-mean-square force in kJ/mol/nm, OpenMM's default."""
SETTLING = ((0.1, 0.01), (0.5, 0.1), (2.0, 0.5))
"""Timestep in fs (never above the run's) and duration in ps of the steps before the run proper."""
SETTLING_FRICTION_PER_PS = 50.0
"""Takes up the heat of what the minimiser left strained within tens of fs."""
FEWEST_SAMPLES = 20
LONGEST_INTERVAL_PS = 10.0
"""Samples of a run; the second half of them is averaged in the report."""
HOTTEST = 2.0
"""A mean kinetic temperature above this multiple of the thermostat's is a blow-up."""
WALL_NM = 0.4
"""Layered water next to the membrane's last atom and to the sheet, left out of the density."""


def equilibrate(cell: Cell, options: CellOptions, platform: PlatformOptions, seed: int) -> Bundle:
    """Minimise a cell and bring it to temperature with the pistons on and no drive.

    Parameters
    ----------
    cell : Cell
    seed : int
        Of this cell; the same seed on one CPU thread gives the same bundle.

    Returns
    -------
    Bundle
        Time zero; ``provenance["report"]`` is the cell's report with what was measured.

    Raises
    ------
    PhysicsError
        If the cell blows up, naming the atoms.
    ValueError
        If a constraint group is torn.
    """
    check_constraints(cell.positions, cell.system)
    context = new_context(
        cell.system,
        platform,
        temperature_K=options.temperature_K,
        friction_per_ps=options.friction_per_ps,
        timestep_fs=options.timestep_fs,
        seed=seeds.integer(seed, "thermostat"),
    )
    context.setPositions(cell.positions)
    minimise(context, cell, options.minimisation_steps)
    context.setVelocitiesToTemperature(options.temperature_K, seeds.integer(seed, "velocities"))
    settle(context, cell, options)
    samples = list(_run(context, cell, options))
    context.setTime(0)
    context.setStepCount(0)
    state = context.getState(positions=True, velocities=True, parameters=True)
    check_constraints(_nanometres(state), cell.system)
    report = cell.report | {"equilibration": _measured(samples[len(samples) // 2 :], options)}
    facts = provenance.record(
        stage="cell", seed=seed, platform=context.getPlatform().getName(), report=report
    )
    return Bundle.from_parts(
        cell.topology, cell.system, state, cell.roles, facts, templates=cell.templates
    )


def minimise(context: openmm.Context, cell: Cell, steps: int) -> None:
    """Minimise the energy of a cell; raises PhysicsError if forces stay infinite."""
    guarded(
        context,
        atom_names(cell),
        lambda: openmm.LocalEnergyMinimizer.minimize(context, MINIMISER_TOLERANCE, steps),
        "minimisation",
        steps=0,
    )


def advance(context: openmm.Context, cell: Cell, steps: int, doing: str) -> openmm.State:
    """Take steps and return the state after them; raises PhysicsError if it is not finite."""
    return guarded(
        context, atom_names(cell), lambda: context.getIntegrator().step(steps), doing, steps
    )


def settle(context: openmm.Context, cell: Cell, options: CellOptions | FreeAreaOptions) -> None:
    """Take small timesteps with strong friction after a minimisation; then set those of the run."""
    integrator = context.getIntegrator()
    integrator.setFriction(SETTLING_FRICTION_PER_PS)
    for timestep_fs, duration_ps in SETTLING:
        step = min(timestep_fs, options.timestep_fs)
        integrator.setStepSize(step * unit.femtosecond)
        advance(context, cell, round(duration_ps * FS_PER_PS / step), f"settling at {step:g} fs")
    integrator.setFriction(options.friction_per_ps)
    integrator.setStepSize(options.timestep_fs * unit.femtosecond)


def atom_names(cell: Cell) -> list[str]:
    """Every atom as a reader finds it, e.g. "N1 of PIP 3"."""
    return [
        f"{atom.name} of {atom.residue.name} {atom.residue.id}" for atom in cell.topology.atoms()
    ]


def _run(context: openmm.Context, cell: Cell, options: CellOptions) -> Iterator[dict]:
    total = max(1, round(options.equilibration_ps * FS_PER_PS / options.timestep_fs))
    count = max(FEWEST_SAMPLES, math.ceil(options.equilibration_ps / LONGEST_INTERVAL_PS))
    ends = np.unique(np.linspace(0, total, count + 1).round().astype(int))
    freedom = degrees_of_freedom(cell.system)
    for start, end in zip(ends[:-1], ends[1:], strict=True):
        doing = f"equilibration up to {end * options.timestep_fs / FS_PER_PS:g} ps"
        before = context.getState(positions=True, velocities=True)
        state = advance(context, cell, int(end - start), doing)
        temperature = 2 * _kinetic(state) / (freedom * GAS_CONSTANT)
        if temperature > HOTTEST * options.temperature_K:
            worst = blame(context, atom_names(cell), before, int(end - start))
            raise PhysicsError(f"{doing} is at {temperature:.0f} K; {worst}")
        yield {"temperature_K": temperature} | _layers(_nanometres(state), cell)


def _layers(positions: np.ndarray, cell: Cell) -> dict[str, float]:
    """Pistons' distances (nm), reservoirs' water density (g/cm3) and water in the membrane."""
    roles = dict(list(cell.roles.groupby("role")))
    membrane = roles[MEMBRANE]["atom"].to_numpy()
    outermost = positions[membrane, 2].min(), positions[membrane, 2].max()
    elements = [atom.element.symbol for atom in list(cell.topology.atoms())[: len(membrane)]]
    low, high = mass_faces(positions[membrane, 2], element_masses(elements))
    piston = roles[PISTON].groupby("side")["atom"]
    sheet = {side: positions[atoms, 2].mean() for side, atoms in piston}
    oxygen = positions[roles[WATER_OXYGEN]["atom"], 2]
    area = cell.box_nm[0] * cell.box_nm[1]
    return {
        "feed_piston_nm": low - sheet["feed"],
        "permeate_piston_nm": sheet["permeate"] - high,
        "feed_density_g_cm3": _density(oxygen, sheet["feed"], outermost[0], area),
        "permeate_density_g_cm3": _density(oxygen, outermost[1], sheet["permeate"], area),
        "waters_in_membrane": float(((oxygen >= low) & (oxygen <= high)).sum()),
    }


def _density(z: np.ndarray, low: float, high: float, area: float) -> float:
    """NaN for a reservoir too thin to have water away from both walls."""
    inner, outer = low + WALL_NM, high - WALL_NM
    if outer <= inner:
        return float("nan")
    count = ((z > inner) & (z < outer)).sum()
    return float(count / (area * (outer - inner)) * WATER_DA * G_CM3_PER_DA_NM3)


def _measured(samples: list[dict], options: CellOptions) -> dict:
    means = {key: float(np.mean([sample[key] for sample in samples])) for key in samples[0]}
    return {
        "duration_ps": options.equilibration_ps,
        "timestep_fs": options.timestep_fs,
        "averaged_over_looks": len(samples),
        **{key: None if np.isnan(value) else value for key, value in means.items()},
    }


def _kinetic(state: openmm.State) -> float:
    return state.getKineticEnergy().value_in_unit(unit.kilojoule_per_mole)


def _nanometres(state: openmm.State) -> np.ndarray:
    return state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)
