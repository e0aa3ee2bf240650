"""Dynamics of a cell that has just been put together: minimised, settled, advanced, measured."""

from collections.abc import Callable, Sequence

import numpy as np
import openmm
from openmm import app, unit

from mdtools.constants import FS_PER_PS
from mdtools.systems.constraints import check_constraints
from mdtools.systems.diagnosis import guarded
from mdtools.systems.integration import check_stop, integrate
from mdtools.systems.system import masses

MINIMISER_TOLERANCE = 10.0
"""Root-mean-square force in kJ/mol/nm, OpenMM's default."""
SETTLING = ((0.1, 0.01), (0.5, 0.1), (2.0, 0.5))
"""Timestep in fs (never above the run's) and duration in ps of the steps before the run proper."""
HOTTEST = 2.0
"""A mean kinetic temperature above this multiple of the thermostat's is a blow-up."""
SETTLING_FRICTION_PER_PS = 50.0
"""Takes up the heat of what the minimiser left strained within tens of fs."""


def atom_names(topology: app.Topology) -> list[str]:
    """Every atom as a reader finds it, e.g. "N1 of PIP 3"."""
    return [f"{atom.name} of {atom.residue.name} {atom.residue.id}" for atom in topology.atoms()]


def minimise(context: openmm.Context, names: Sequence[str], steps: int) -> None:
    """Minimise the energy; raises PhysicsError naming atoms if forces stay infinite."""
    guarded(
        context,
        names,
        lambda: openmm.LocalEnergyMinimizer.minimize(context, MINIMISER_TOLERANCE, steps),
        "minimisation",
        steps=0,
    )


def advance(
    context: openmm.Context,
    names: Sequence[str],
    steps: int,
    doing: str,
    stop: Callable[[], bool] | None = None,
) -> openmm.State:
    """Take steps and return the state after them.

    Raises PhysicsError if it is not finite, TryAgain if ``stop()`` turns true, asked every second.
    """
    return guarded(context, names, lambda: integrate(context, steps, stop), doing, steps)


def settle(
    context: openmm.Context, names: Sequence[str], stop: Callable[[], bool] | None = None
) -> None:
    """Take ever longer steps under a strong friction, up to the integrator's own timestep."""
    integrator = context.getIntegrator()
    friction, timestep = integrator.getFriction(), integrator.getStepSize()
    longest_fs = timestep.value_in_unit(unit.femtosecond)
    integrator.setFriction(SETTLING_FRICTION_PER_PS)
    for step_fs, duration_ps in SETTLING:
        step = min(step_fs, longest_fs)
        integrator.setStepSize(step * unit.femtosecond)
        steps = round(duration_ps * FS_PER_PS / step)
        advance(context, names, steps, f"settling at {step:g} fs", stop)
    integrator.setFriction(friction)
    integrator.setStepSize(timestep)


def start_state(
    system: openmm.System, positions: np.ndarray, velocities: np.ndarray, box: list
) -> openmm.State:
    """Return time zero of a system, with fixed particles at rest.

    Parameters
    ----------
    positions, velocities : (N, 3) array
        In nm and nm/ps.
    box : list
        The three vectors, as OpenMM gives them.

    Raises
    ------
    ValueError
        If a constraint of the system is torn.
    """
    check_constraints(positions, system)
    context = _at_rest(system, positions, box)
    context.setVelocities(np.where(masses(system)[:, None] == 0, 0.0, velocities))
    return context.getState(positions=True, velocities=True, parameters=True)


def at_temperature(
    system: openmm.System, state: openmm.State, temperature_K: float, seed: int
) -> openmm.State:
    """Return a state with velocities drawn for the masses of a system."""
    context = _at_rest(system, nanometres(state), state.getPeriodicBoxVectors())
    context.setVelocitiesToTemperature(temperature_K, seed)
    return context.getState(positions=True, velocities=True, parameters=True)


def _at_rest(system: openmm.System, positions: np.ndarray, box: list) -> openmm.Context:
    reference = openmm.Platform.getPlatform("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), reference)
    context.setPeriodicBoxVectors(*box)
    context.setPositions(positions)
    return context


def start_from_rest(
    context: openmm.Context,
    names: Sequence[str],
    *,
    minimisation_steps: int,
    temperature_K: float,
    seed: int,
    stop: Callable[[], bool] | None = None,
) -> None:
    """Minimise what was just put together, draw velocities and settle; errors as of `advance`.

    The minimiser does not ask whether to stop.
    """
    check_stop(stop)
    minimise(context, names, minimisation_steps)
    context.setVelocitiesToTemperature(temperature_K, seed)
    settle(context, names, stop)


def nanometres(state: openmm.State) -> np.ndarray:
    """Return the positions (N, 3) of a state in nm."""
    return np.asarray(state.getPositions(asNumpy=True).value_in_unit(unit.nanometer))


def velocities(state: openmm.State) -> np.ndarray:
    """Return the velocities (N, 3) of a state in nm/ps."""
    per_ps = unit.nanometer / unit.picosecond
    return np.array(state.getVelocities(asNumpy=True).value_in_unit(per_ps))


def kinetic_energy(state: openmm.State) -> float:
    """Return the kinetic energy of a state in kJ/mol."""
    return float(state.getKineticEnergy().value_in_unit(unit.kilojoule_per_mole))
