"""Density of TIP4P water by moves of constraint groups, and by OpenMM's own barostat.

python benchmarks/group_moves.py [--duration-ps 32] [--seed 1] [--correction tail|none]
                                 [--method groups|openmm]

A box of about 500 waters at 0.1 MPa and 300 K, cut-off 0.9 nm, 2 fs, one CPU thread; Lennard-Jones
with the isotropic tail correction or truncated. In bulk water each constraint group is a molecule,
so `openmm.MonteCarloBarostat`, which scales molecules, samples the same ensemble by another
program. Both start from the same equilibrated box and move every 25 steps. Intervals are Student's
over blocks of the time after the first fifth.
"""

import argparse
import time

import numpy as np
import openmm
from openmm import unit

from analysis.kernels import block_means, t_interval
from mdtools import seeds
from mdtools.constants import FS_PER_PS, G_CM3_PER_DA_NM3, WATER_DA
from mdtools.options import NonbondedOptions, PlatformOptions
from mdtools.systems.constraints import largest_constraint_error
from mdtools.systems.group_monte_carlo import GroupMonteCarlo
from mdtools.systems.group_scaling import positions_nm, rectangular_box
from mdtools.systems.platforms import new_context
from mdtools.systems.system import nonbonded_force
from mdtools.systems.waterbox import water_box

PRESSURE_MPA, TEMPERATURE_K = 0.1, 300.0
TIMESTEP_FS, FRICTION_PER_PS = 2.0, 2.0
STEPS_PER_MOVE = 25
FIRST_SHARE, BLOCKS = 0.2, 6
LEVEL = 0.95
SITES = 4
PUBLISHED_G_CM3 = {"tail": (0.9925, 0.0017), "none": None}
"""Liquid TIP4P at 300 K and saturation (0.005 MPa), Lennard-Jones to 1.0 nm with analytic
long-range corrections, Ewald sum: NIST, SAT-TMMC: Liquid-Vapor coexistence properties - TIP4P Water
(LRC). 0.1 MPa is 0.005 % denser."""


def density(box_nm: np.ndarray, waters: int) -> float:
    """Mass density, g/cm3."""
    return waters * WATER_DA * G_CM3_PER_DA_NM3 / float(np.prod(box_nm))


def run(method: str, correction: str, duration_ps: float, seed: int = 1) -> dict:
    """Densities (n,) in g/cm3 at every move, acceptance, and the largest constraint error, nm."""
    system, start = water_box(NonbondedOptions())
    nonbonded_force(system).setUseDispersionCorrection(correction == "tail")
    barostat = None
    if method == "openmm":
        barostat = openmm.MonteCarloBarostat(
            10 * PRESSURE_MPA * unit.bar, TEMPERATURE_K * unit.kelvin, STEPS_PER_MOVE
        )
        barostat.setRandomNumberSeed(seeds.integer(seed, "barostat"))
        system.addForce(barostat)
    context = new_context(
        system,
        PlatformOptions(name="CPU", cpu_threads=1),
        temperature_K=TEMPERATURE_K,
        friction_per_ps=FRICTION_PER_PS,
        timestep_fs=TIMESTEP_FS,
        seed=seeds.integer(seed, "thermostat"),
    )
    context.setPeriodicBoxVectors(*start.getPeriodicBoxVectors())
    context.setPositions(start.getPositions())
    openmm.LocalEnergyMinimizer.minimize(context, 10.0, 100)
    context.setVelocitiesToTemperature(TEMPERATURE_K, seeds.integer(seed, "velocities"))
    moves = None
    if method == "groups":
        moves = GroupMonteCarlo(
            context,
            "xyz",
            pressure_MPa=PRESSURE_MPA,
            temperature_K=TEMPERATURE_K,
            rng=seeds.generator(seed, "moves"),
        )
    waters = system.getNumParticles() // SITES
    count = round(duration_ps * FS_PER_PS / (TIMESTEP_FS * STEPS_PER_MOVE))
    densities, worst = [], 0.0
    for k in range(count):
        context.getIntegrator().step(STEPS_PER_MOVE)
        if moves:
            if k == int(FIRST_SHARE * count):
                moves.stop_adapting()
            moves.attempt()
        state = context.getState(positions=True)
        worst = max(worst, largest_constraint_error(positions_nm(state), system)[0])
        densities.append(density(rectangular_box(state), waters))
    return {
        "waters": waters,
        "densities": np.array(densities),
        "acceptance": moves.acceptance if moves else float("nan"),
        "constraint_error_nm": worst,
    }


def main() -> None:
    """Print the density of each method and correction beside the published one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--duration-ps", type=float, default=32.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--correction", choices=("tail", "none"), action="append")
    parser.add_argument("--method", choices=("groups", "openmm"), action="append")
    chosen = parser.parse_args()
    for correction in chosen.correction or ("tail", "none"):
        for method in chosen.method or ("groups", "openmm"):
            started = time.perf_counter()
            found = run(method, correction, chosen.duration_ps, chosen.seed)
            kept = found["densities"][int(FIRST_SHARE * len(found["densities"])) :]
            mean, low, high = t_interval(block_means(kept, BLOCKS), LEVEL)
            published = PUBLISHED_G_CM3[correction]
            beside = (
                ""
                if published is None
                else (
                    f", published {published[0]:.4f} +- {published[1]:.4f}, "
                    f"{100 * (mean / published[0] - 1):+.2f} %"
                )
            )
            print(
                f"{correction:4} {method:6} {found['waters']} waters, {chosen.duration_ps:g} ps: "
                f"{mean:.4f} g/cm3 ({low:.4f} to {high:.4f}){beside}; "
                f"accepted {found['acceptance']:.2f}, constraints within "
                f"{found['constraint_error_nm']:.1e} nm; {time.perf_counter() - started:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
