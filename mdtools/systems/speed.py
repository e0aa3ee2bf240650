"""Speed of molecular dynamics: steps of a Context, and of a box of water of a given size."""

import math
import time
from dataclasses import dataclass

import openmm
from openmm import unit

from mdtools.constants import FS_PER_PS, PS_PER_NS, SECONDS_PER_DAY
from mdtools.errors import PhysicsError
from mdtools.options import NonbondedOptions, PlatformOptions
from mdtools.systems.platforms import new_context, open_platform
from mdtools.systems.waterbox import water_box

PARTICLES_PER_NM3 = 131.0
"""Of four-site water as it is put into a box, measured at 43,000 particles."""
MOST_PARTICLES = {"CPU": 20_000, "Reference": 600}
"""Of boxes on processors, where a larger one would not come to a few steps."""
SMALLEST_HALVES = 1.05
"""Half of the box in cut-offs: OpenMM asks for more than one."""
WARM_UP_STEPS = 10
"""Kernels are compiled and lists of neighbours made before the clock starts."""
RELAXATION_STEPS = 20
BLOCK_S = 1.0
"""The clock is looked at about so often; looking waits for the device."""
TEMPERATURE_K = 300.0
FRICTION_PER_PS = 2.0


@dataclass(frozen=True)
class Measurement:
    """A measurement is a number of steps of some particles, and the time they took.

    ``seconds`` of wall time; ``processor_seconds`` of all threads of the process, NaN if not taken.
    """

    particles: int
    timestep_fs: float
    steps: int
    seconds: float
    processor_seconds: float = math.nan

    @property
    def ns_per_day(self) -> float:
        """Simulated ns in a day at this speed.

        >>> Measurement(particles=1000, timestep_fs=2, steps=500_000, seconds=86_400).ns_per_day
        1.0
        """
        ns = self.steps * self.timestep_fs / FS_PER_PS / PS_PER_NS
        return ns / self.seconds * SECONDS_PER_DAY


def measure(
    particles: int,
    nonbonded: NonbondedOptions,
    options: PlatformOptions,
    *,
    timestep_fs: float,
    seconds: float,
) -> Measurement:
    """Run a box of about so many particles for so many seconds of wall time.

    On processors the box has no more than `MOST_PARTICLES`. It takes some seconds to make, and some
    steps of minimisation and dynamics, which are not counted.

    Raises
    ------
    PhysicsError
        If the energy is not finite in the end.
    """
    name = open_platform(options)[0].getName()
    wanted = min(particles, MOST_PARTICLES.get(name, particles))
    length = max((wanted / PARTICLES_PER_NM3) ** (1 / 3), 2 * SMALLEST_HALVES * nonbonded.cutoff_nm)
    system, state = water_box(nonbonded, length)
    context = new_context(
        system,
        options,
        temperature_K=TEMPERATURE_K,
        friction_per_ps=FRICTION_PER_PS,
        timestep_fs=timestep_fs,
        seed=1,
    )
    context.setState(state)
    openmm.LocalEnergyMinimizer.minimize(context, maxIterations=RELAXATION_STEPS)
    context.setVelocitiesToTemperature(TEMPERATURE_K * unit.kelvin, 1)
    measurement = Measurement(system.getNumParticles(), timestep_fs, *timed_steps(context, seconds))
    energy = context.getState(energy=True).getPotentialEnergy()
    if not math.isfinite(energy.value_in_unit(unit.kilojoule_per_mole)):
        raise PhysicsError("a box of water blew up on this platform; try `polyamide selfcheck`")
    return measurement


def timed_steps(context: openmm.Context, seconds: float) -> tuple[int, float, float]:
    """Integrate for so many seconds of wall time after a few steps that are not counted.

    Returns
    -------
    steps : int
    seconds, processor_seconds : float
        That they took, of wall time and of the process.
    """
    _step(context, WARM_UP_STEPS)
    steps, block = 0, 1
    began, processor = time.perf_counter(), time.process_time()
    while (spent := time.perf_counter() - began) < seconds or not steps:
        if steps:
            rest = min(BLOCK_S, seconds - spent)
            block = max(1, min(2 * block, round(rest * steps / spent)))
        _step(context, block)
        steps += block
    return steps, spent, time.process_time() - processor


def _step(context: openmm.Context, steps: int) -> None:
    """Integrate and wait for the device, which takes orders ahead of its work."""
    context.getIntegrator().step(steps)
    context.getState(positions=True)
