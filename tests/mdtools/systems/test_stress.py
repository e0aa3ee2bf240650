"""Pressures from trial scalings against the ideal gas and OpenMM's own virial."""

import numpy as np
import openmm
import pytest
from openmm import unit
from scipy import stats

from mdtools.constants import GAS_CONSTANT, KJ_NM_PER_MPA_NM2
from mdtools.errors import SettingsError
from mdtools.options import NonbondedOptions
from mdtools.systems.constraints import constraint_groups
from mdtools.systems.group_scaling import positions_nm, rectangular_box
from mdtools.systems.platforms import new_context
from mdtools.systems.stress import TrialScaling, pressure_MPa
from mdtools.systems.system import masses, nonbonded_force
from mdtools.systems.waterbox import water_box

TEMPERATURE_K = 300.0
KT = GAS_CONSTANT * TEMPERATURE_K


@pytest.fixture(scope="module")
def water(one_thread):
    """TIP4P water after a short run, with OpenMM's barostat, which never acts.

    Energies have no step at the cut-off, so that of a single configuration has a virial.
    """
    system, state = water_box(NonbondedOptions(cutoff_nm=0.8), 2.0)
    force = nonbonded_force(system)
    force.setPMEParameters(4.5, 36, 36, 36)
    force.setUseSwitchingFunction(True)
    force.setSwitchingDistance(0.65)
    barostat = openmm.MonteCarloBarostat(1.0 * unit.bar, TEMPERATURE_K * unit.kelvin, 0)
    system.addForce(barostat)
    context = new_context(
        system, one_thread, temperature_K=300, friction_per_ps=10, timestep_fs=2, seed=1
    )
    context.setPeriodicBoxVectors(*state.getPeriodicBoxVectors())
    context.setPositions(state.getPositions())
    openmm.LocalEnergyMinimizer.minimize(context, 10.0, 20)
    context.setVelocitiesToTemperature(TEMPERATURE_K, 2)
    context.getIntegrator().step(100)
    return context, barostat


def translational_energy(context) -> float:
    """Kinetic energy of the molecules' centres of mass, kJ/mol."""
    system = context.getSystem()
    state = context.getState(velocities=True)
    velocity = state.getVelocities(asNumpy=True).value_in_unit(unit.nanometer / unit.picosecond)
    mass, label = masses(system), constraint_groups(system)
    momenta = np.stack([np.bincount(label, column) for column in (mass[:, None] * velocity).T])
    return float((momenta**2 / (2 * np.bincount(label, mass))).sum())


def test_virial_is_that_of_openmm_s_barostat(water):
    context, barostat = water
    trial = TrialScaling(context, "xyz", temperature_K=TEMPERATURE_K)
    volume = float(np.prod(rectangular_box(context.getState())))
    groups = context.getSystem().getNumParticles() // 4
    ideal = groups * KT / volume / KJ_NM_PER_MPA_NM2
    virial = trial.pressure_MPa([trial.sample()], volume) - ideal
    theirs = barostat.computeCurrentPressure(context).value_in_unit(unit.bar) / 10
    kinetic = 2 * translational_energy(context) / (3 * volume) / KJ_NM_PER_MPA_NM2
    assert abs(virial) > 10
    assert virial == pytest.approx(theirs - kinetic, abs=3)


def test_pressure_of_an_ideal_gas_at_a_tension_of_springs_is_exact():
    # N groups on springs of stiffness k to their neighbour along x, scaled along x only: the energy
    # k/2 sum (d f)^2 has the closed virial -k sum d^2 / V.
    spacing, stiffness, count = 0.5, 100.0, 6
    system = openmm.System()
    force = openmm.HarmonicBondForce()
    force.setUsesPeriodicBoundaryConditions(True)
    for k in range(count):
        system.addParticle(1.0)
        force.addBond(k, (k + 1) % count, 0.0, stiffness)
    system.addForce(force)
    box = np.array([count * spacing, 2.0, 2.0])
    context = openmm.Context(
        system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference")
    )
    context.setPeriodicBoxVectors(*np.diag(box))
    context.setPositions(np.outer(np.arange(count), [spacing, 0.0, 0.0]))
    volume = float(np.prod(box))
    for axes, share in (("x", 1.0), ("xy", 0.5), ("xyz", 1 / 3), ("y", 0.0)):
        trial = TrialScaling(context, axes, temperature_K=TEMPERATURE_K)
        virial = -share * stiffness * count * spacing**2 / volume
        exact = (count * KT / volume + virial) / KJ_NM_PER_MPA_NM2
        assert trial.pressure_MPa([trial.sample()], volume) == pytest.approx(exact, rel=1e-4)


def test_components_of_a_configuration_average_to_the_isotropic_pressure(water):
    context, _ = water
    volume = float(np.prod(rectangular_box(context.getState())))
    found = {}
    for axes in ("x", "y", "z", "xy", "xyz"):
        trial = TrialScaling(context, axes, temperature_K=TEMPERATURE_K)
        found[axes] = trial.pressure_MPa([trial.sample()], volume)
    assert found["xy"] == pytest.approx((found["x"] + found["y"]) / 2, abs=3)
    mean = (found["x"] + found["y"] + found["z"]) / 3
    assert found["xyz"] == pytest.approx(mean, abs=3)


def test_trials_leave_the_context_as_it_was(water):
    context, _ = water
    before = context.getState(positions=True)
    TrialScaling(context, "xy", temperature_K=TEMPERATURE_K).sample()
    after = context.getState(positions=True)
    assert (positions_nm(before) == positions_nm(after)).all()
    assert (rectangular_box(before) == rectangular_box(after)).all()


def test_fluctuating_energies_are_averaged_as_free_energies():
    # For normal energies, -kT ln <exp(-dU/kT)> = mean - variance / 2 kT.
    rng = np.random.default_rng(0)
    mean, deviation, volume = 0.2, 0.5, 10.0
    rises = np.stack([rng.normal(mean, deviation, 100_000), rng.normal(-mean, deviation, 100_000)])
    found = pressure_MPa(rises.T, 0, volume, KT)
    assert found == pytest.approx(-mean / (1e-3 * volume) / KJ_NM_PER_MPA_NM2, rel=0.05)


def test_temperature_of_zero_is_refused(water):
    with pytest.raises(SettingsError, match="temperature_K is 0"):
        TrialScaling(water[0], "xy", temperature_K=0)


@pytest.mark.slow
def test_stress_of_bulk_water_is_the_same_along_every_axis_and_openmm_s(water):
    context, barostat = water
    context.getIntegrator().step(1000)
    volume = float(np.prod(rectangular_box(context.getState())))
    trials = [TrialScaling(context, axes, temperature_K=TEMPERATURE_K) for axes in ("x", "y", "z")]
    rows = []
    for _ in range(80):
        context.getIntegrator().step(30)
        ours = [trial.pressure_MPa([trial.sample()], volume) for trial in trials]
        theirs = barostat.computeCurrentPressure(context).value_in_unit(unit.bar) / 10
        rows.append([*ours, theirs])
    means = np.array(rows).reshape(8, 10, 4).mean(axis=1)
    for one, other in ((0, 1), (1, 2), (2, 0)):
        apart = means[:, one] - means[:, other]
        assert abs(apart.mean()) < 4 * stats.sem(apart)
        assert stats.sem(apart) < 40
    # The same configurations: only kinetic energy, exact here and of the moment there, differs.
    apart = means[:, :3].mean(axis=1) - means[:, 3]
    assert abs(apart.mean()) < 4 * stats.sem(apart)
    assert stats.sem(apart) < 3
