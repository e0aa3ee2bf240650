"""Systems are periodic in every term and have the parameters that their options say."""

import numpy as np
import openmm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openmm import unit

from mdtools.constants import GAS_CONSTANT
from mdtools.options import NonbondedOptions
from mdtools.systems.constraints import constraint_groups
from mdtools.systems.platforms import new_context
from mdtools.systems.system import (
    charges,
    check_cutoff,
    create_system,
    degrees_of_freedom,
    masses,
    pme_parameters,
    polymer_topology,
    smooth_at_least,
)


def energies(system, *frames):
    """Potential energy in kJ/mol of each frame, in double precision."""
    platform = openmm.Platform.getPlatform("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    for positions in frames:
        context.setPositions(positions)
        energy = context.getState(energy=True).getPotentialEnergy()
        yield energy.value_in_unit(unit.kilojoule_per_mole)


def forces_on(platform, system, positions):
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(positions)
    state = context.getState(forces=True)
    return state.getForces(asNumpy=True).value_in_unit(unit.kilojoule_per_mole / unit.nanometer)


def test_energy_is_unchanged_when_a_group_moves_by_a_box_vector(small_cell):
    """Every kind of atom, its constraint group along with it; a bond, angle, torsion, exception or
    tether without the minimum image would change by many kJ/mol."""
    group = constraint_groups(small_cell.system)
    names = [atom.name for atom in small_cell.topology.atoms()]
    movers = [names.index(name) for name in ("N1", "C7", "C1", "CA", "O", "C")]
    frames = [small_cell.positions]
    for atom in movers:
        for axis in (0, 1):
            moved = small_cell.positions.copy()
            moved[group == group[atom], axis] += small_cell.box_nm[axis]
            frames.append(moved)
    first, *others = energies(small_cell.system, *frames)
    assert others == pytest.approx([first] * len(others), rel=1e-6)


def test_cutoff_must_be_below_half_the_smallest_box_length():
    with pytest.raises(ValueError, match=r"cutoff_nm is 1.2.*2.000 x 2.100 x 9.000.*at most 1.000"):
        check_cutoff(1.2, np.array([2.0, 2.1, 9.0]))
    check_cutoff(0.99, np.array([2.0, 2.1, 9.0]))


def test_creation_refuses_a_box_too_small_for_the_cutoff(thin_membrane):
    topology, templates = polymer_topology(thin_membrane, [2.0, 1.7, 5.0])
    with pytest.raises(ValueError, match="half of the smallest box length"):
        create_system(topology, templates, NonbondedOptions(), constrain_hydrogens=False)


@given(
    st.tuples(*[st.floats(1.8, 30)] * 3),
    st.floats(0.6, 1.2),
    st.floats(0.05, 0.2),
)
def test_pme_grid_is_as_fine_as_asked_and_splits_at_the_tolerance(box, cutoff, spacing):
    alpha, *grid = pme_parameters(NonbondedOptions(cutoff_nm=cutoff, pme_grid_nm=spacing), box)
    assert np.exp(-((alpha * cutoff) ** 2)) == pytest.approx(1e-3)
    for length, points in zip(box, grid, strict=True):
        assert length / points <= spacing * (1 + 1e-5)
        assert points == smooth_at_least(points)


@given(st.integers(1, 5000))
def test_smooth_numbers_are_the_next_products_of_small_primes(n):
    def smooth(m):
        return 210**12 % m == 0

    found = smooth_at_least(n)
    assert smooth(found)
    assert not any(smooth(m) for m in range(n, found))


def test_pme_parameters_reach_the_context(small_cell, nonbonded):
    platform = openmm.Platform.getPlatform("Reference")
    context = openmm.Context(small_cell.system, openmm.VerletIntegrator(0.001), platform)
    force = next(f for f in small_cell.system.getForces() if f.getName() == "NonbondedForce")
    alpha, *grid = force.getPMEParametersInContext(context)
    wanted, *points = pme_parameters(nonbonded, small_cell.box_nm)
    assert alpha == pytest.approx(wanted)
    assert grid == points


def test_reference_and_cpu_forces_agree(small_cell):
    exact, fast = (
        forces_on(openmm.Platform.getPlatform(name), small_cell.system, small_cell.positions)
        for name in ("Reference", "CPU")
    )
    moving = masses(small_cell.system) > 0
    error = np.linalg.norm(exact - fast, axis=1)[moving]
    size = np.linalg.norm(exact, axis=1)[moving]
    assert np.median(error / size) < 1e-4


def test_massless_particles_and_constraints_take_degrees_of_freedom(wet_box):
    """3 N - constraints for molecules, 6 for a rigid water, none for a fixed group."""
    system, waters, hydrogens, atoms, fixed, fixed_constraints = (
        wet_box.system,
        wet_box.waters,
        wet_box.hydrogens,
        wet_box.atoms,
        wet_box.fixed,
        wet_box.fixed_hydrogens,
    )
    moving = 3 * (atoms - fixed) - (hydrogens - fixed_constraints)
    assert degrees_of_freedom(system) == moving + 6 * waters


def test_thermostat_brings_the_mean_kinetic_temperature_to_its_target(wet_box, one_thread):
    """With the degrees of freedom counted by `degrees_of_freedom`; missing constraints, virtual
    sites or fixed atoms would be off by a quarter or more. Kinetic energies forget each other in
    10 fs: 40 samples of 1514 degrees of freedom have a mean within 0.6 %, after 0.6 ps in which
    the box, put together anew, gives its heat away."""
    context = new_context(
        wet_box.system,
        one_thread,
        temperature_K=300,
        friction_per_ps=50,
        timestep_fs=2,
        seed=5,
    )
    context.setPositions(wet_box.positions)
    context.setVelocitiesToTemperature(300, 6)
    context.getIntegrator().step(300)
    samples = []
    for _ in range(40):
        context.getIntegrator().step(10)
        kinetic = context.getState(energy=True).getKineticEnergy()
        samples.append(kinetic.value_in_unit(unit.kilojoule_per_mole))
    temperature = 2 * np.mean(samples) / (degrees_of_freedom(wet_box.system) * GAS_CONSTANT)
    assert temperature == pytest.approx(300, rel=0.04)


def smooth(system):
    """The system with an energy that has no steps at the cut-off: there the plain truncation of
    Lennard-Jones and of the direct sum, at 5e-4, alone make the total energy wander by 1 kJ/mol."""
    system = openmm.XmlSerializer.clone(system)
    force = next(f for f in system.getForces() if f.getName() == "NonbondedForce")
    cutoff = force.getCutoffDistance().value_in_unit(unit.nanometer)
    force.setUseSwitchingFunction(True)
    force.setSwitchingDistance(0.8 * cutoff)
    force.setPMEParameters(np.sqrt(-np.log(2e-6)) / cutoff, 36, 36, 40)
    return system


def total_energies(system, positions, timestep_fs, duration_ps):
    """Times in ps and total energies in kJ/mol, every 10 steps of velocity Verlet from 300 K."""
    integrator = openmm.VerletIntegrator(timestep_fs / 1000)
    integrator.setConstraintTolerance(1e-7)
    platform = openmm.Platform.getPlatform("CPU")
    context = openmm.Context(system, integrator, platform, {"Threads": "1"})
    context.setPositions(positions)
    context.setVelocitiesToTemperature(300, 7)
    integrator.step(round(200 / timestep_fs))
    times = np.arange(0, duration_ps, 0.01 * timestep_fs)
    totals = []
    for _ in times:
        integrator.step(10)
        state = context.getState(energy=True)
        total = state.getPotentialEnergy() + state.getKineticEnergy()
        totals.append(total.value_in_unit(unit.kilojoule_per_mole))
    return times, np.array(totals)


@pytest.mark.slow
def test_total_energy_is_kept_without_a_thermostat(wet_box):
    """Forces are the gradient of the energy, and constraints do no work.

    Measured over 2 ps at 0.5 fs: a drift of -0.012 +- 0.008 kJ/mol/ps, -2 K/ns in these 1514
    degrees of freedom. Bound: 0.05 kJ/mol/ps or 8 K/ns, 3e-5 of the thermal energy per ps. The
    energy that Verlet keeps differs from the true one by a term in the square of the timestep:
    the total fluctuates by 0.09 kJ/mol at 0.5 fs and by 0.35 at 1 fs.
    """
    system = smooth(wet_box.system)
    fluctuations = []
    for timestep_fs, duration_ps in ((1.0, 1.0), (0.5, 2.0)):
        times, totals = total_energies(system, wet_box.positions, timestep_fs, duration_ps)
        line = np.polyfit(times, totals, 1)
        fluctuations.append(np.std(totals - np.polyval(line, times)))
    assert abs(line[0]) < 0.05
    assert fluctuations[0] / fluctuations[1] == pytest.approx(4, abs=1)


def test_charges_of_a_membrane_sum_to_its_formal_charge(thin_membrane, nonbonded):
    topology, templates = polymer_topology(thin_membrane, [2.0, 2.1, 5.0])
    system = create_system(topology, templates, nonbonded, constrain_hydrogens=True)
    assert charges(system).sum() == pytest.approx(-3, abs=1e-5)
