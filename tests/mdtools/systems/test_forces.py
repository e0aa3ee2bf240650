"""Pistons and tether push exactly as hard as they say."""

import numpy as np
import openmm
import pytest
from openmm import unit

from mdtools.systems import forces
from mdtools.systems.forces import (
    FORCE_GROUPS,
    PISTON_GROUP,
    TETHER_GROUP,
    piston_force,
)

KJ_NM = unit.kilojoule_per_mole / unit.nanometer


def group_forces(system, positions, group):
    platform = openmm.Platform.getPlatform("Reference")
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPositions(positions)
    return context.getState(forces=True, groups={group}).getForces(asNumpy=True)


def test_pressure_times_area_of_the_reference_box():
    pressure = 0.1e6 * unit.pascal * 27.04 * unit.nanometer**2 * unit.AVOGADRO_CONSTANT_NA
    assert piston_force(0.1, 27.04) == pytest.approx(pressure.value_in_unit(KJ_NM), rel=1e-9)
    assert piston_force(0.1, 27.04) == pytest.approx(1.628, abs=5e-4)


def test_pistons_push_towards_the_membrane_with_pressure_times_area(small_cell):
    forces = group_forces(small_cell.system, small_cell.positions, PISTON_GROUP)
    forces = forces.value_in_unit(KJ_NM)
    pistons = small_cell.roles[small_cell.roles["role"] == "piston"]
    wanted = piston_force(0.1, 2.0 * 2.1)
    for side, sign in (("feed", 1), ("permeate", -1)):
        atoms = pistons["atom"][pistons["side"] == side]
        assert forces[atoms].sum(axis=0) == pytest.approx([0, 0, sign * wanted], rel=1e-12)
        assert np.ptp(forces[atoms, 2]) == 0
    assert not np.delete(forces, pistons["atom"], axis=0).any()


def test_tether_pulls_back_laterally_through_the_boundary_and_never_along_z(small_cell):
    atom = small_cell.roles["atom"][small_cell.roles["role"] == "piston"].iloc[7]
    moved = small_cell.positions.copy()
    moved[atom] += [small_cell.box_nm[0] + 0.1, -0.2, 3.0]
    forces = group_forces(small_cell.system, moved, TETHER_GROUP).value_in_unit(KJ_NM)
    assert forces[atom] == pytest.approx([-2.0, 4.0, 0.0], abs=1e-9)
    assert not np.delete(forces, atom, axis=0).any()


def test_each_force_kind_has_a_group_of_its_own(small_cell):
    groups = {force.getName(): force.getForceGroup() for force in small_cell.system.getForces()}
    assert groups == FORCE_GROUPS | {"pistons": PISTON_GROUP, "tether": TETHER_GROUP}
    assert len(set(groups.values())) == len(groups)


@pytest.fixture
def restrained():
    """Three pieces of a slab, four ions; the slab's mean z is held, ions are behind walls."""
    system = openmm.System()
    system.setDefaultPeriodicBoxVectors([3, 0, 0], [0, 3, 0], [0, 0, 17])
    mass = np.array([12.0, 1.0, 12.0, 12.0, 14.0, 23.0, 23.0, 35.0, 35.0])
    for value in mass:
        system.addParticle(value)
    pieces = [np.array([0, 1]), np.array([2, 3]), np.array([4])]
    forces.add_slab_hold(system, pieces, mass, 2000.0, 17.0)
    forces.add_wall(system, {5: -2.0, 6: -2.0}, {7: 2.0, 8: 2.0}, 1000.0, 17.0)
    z = np.array([-0.4, -0.3, 0.2, 0.5, 0.1, -3.0, -1.9, 3.0, 1.8])
    positions = np.stack([*np.full((2, len(z)), 1.0), z], axis=1)
    return system, mass, positions


def forces_on(system, positions):
    integrator = openmm.VerletIntegrator(0.001)
    platform = openmm.Platform.getPlatform("Reference")
    context = openmm.Context(system, integrator, platform)
    context.setPositions(positions)
    state = context.getState(energy=True, forces=True)
    return state.getPotentialEnergy()._value, np.array(state.getForces(asNumpy=True)._value)


def test_hold_and_walls_are_those_of_arithmetic(restrained):
    system, mass, positions = restrained
    energy, found = forces_on(system, positions)
    mean = np.average(positions[:5, 2], weights=mass[:5])
    walls = 0.5 * 1000 * (0.1**2 + 0.2**2)
    assert energy == pytest.approx(0.5 * 2000 * mean**2 + walls)
    assert found[:5, 2] == pytest.approx(-2000 * mean * mass[:5] / mass[:5].sum())
    assert found[5:, 2] == pytest.approx([0, -100, 0, 200])


def test_hold_and_walls_do_not_depend_on_the_image_that_a_platform_sees(restrained):
    """GPU platforms shift each molecule by whole boxes, and forces see it there."""
    system, _, positions = restrained
    expected = forces_on(system, positions)
    for atoms, boxes in (([0, 1], 1), ([2, 3], -1), ([4], 1), ([5], 1), ([6], 1), ([8], -1)):
        shifted = positions.copy()
        shifted[atoms, 2] += 17.0 * boxes
        energy, found = forces_on(system, shifted)
        assert energy == pytest.approx(expected[0])
        assert found == pytest.approx(expected[1], abs=1e-6)
