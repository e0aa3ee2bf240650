"""Moves of constraint groups sample the box of known ensembles, and keep constraints."""

from pathlib import Path

import numpy as np
import openmm
import pytest
from openmm import unit
from scipy import stats
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from mdtools.constants import GAS_CONSTANT, KJ_NM_PER_MPA_NM2
from mdtools.errors import PhysicsError, SettingsError
from mdtools.options import NonbondedOptions
from mdtools.systems.constraints import (
    constraint_groups,
    largest_constraint_error,
    make_constraint_groups_whole,
    place_on_constraints,
)
from mdtools.systems.group_monte_carlo import GroupMonteCarlo
from mdtools.systems.group_scaling import GroupScaling, positions_nm, rectangular_box
from mdtools.systems.platforms import new_context
from mdtools.systems.system import create_system, polymer_topology
from mdtools.systems.waterbox import water_box
from membranes.networks import compressed

REFERENCE = openmm.Platform.getPlatform("Reference")
TEMPERATURE_K = 300.0
KT = GAS_CONSTANT * TEMPERATURE_K
CONSTRAINT_NM = 1e-6
DUMBBELL_NM = 0.1
NETWORK = Path(__file__).parents[2] / "data" / "networks" / "charged.npz"
VACUUM_NM = 2.0


def moves(context, axes, pressure_MPa=0.1, seed=1, temperature_K=TEMPERATURE_K):
    rng = np.random.default_rng(seed)
    return GroupMonteCarlo(
        context, axes, pressure_MPa=pressure_MPa, temperature_K=temperature_K, rng=rng
    )


def open_context(system, positions, box_nm, platform=REFERENCE):
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    context.setPeriodicBoxVectors(*np.diag(box_nm))
    context.setPositions(positions)
    return context


def ideal_gas(dumbbells, fixed, box_nm):
    """Rigid dumbbells that do not interact, the last ones without mass; far images on purpose."""
    system = openmm.System()
    for k in range(dumbbells + fixed):
        mass = 10.0 if k < dumbbells else 0.0
        system.addParticle(mass)
        system.addParticle(mass)
        system.addConstraint(2 * k, 2 * k + 1, DUMBBELL_NM)
    nothing = openmm.HarmonicBondForce()
    nothing.setUsesPeriodicBoundaryConditions(True)
    system.addForce(nothing)
    rng = np.random.default_rng(0)
    first = rng.uniform(-2, 3, (dumbbells + fixed, 3)) * box_nm
    positions = np.repeat(first, 2, axis=0)
    positions[1::2, 2] += DUMBBELL_NM
    return open_context(system, positions, box_nm)


def volume(context) -> float:
    return float(np.prod(rectangular_box(context.getState())))


@pytest.mark.parametrize("axes", ["xyz", "xy", "z"])
def test_volume_of_an_ideal_gas_is_gamma_distributed(axes):
    groups = 20
    context = ideal_gas(groups, fixed=5, box_nm=np.array([3.0, 4.0, 5.0]))
    pressure = groups * KT / 60.0
    moving = moves(context, axes, pressure / KJ_NM_PER_MPA_NM2)
    for _ in range(300):
        moving.attempt()
    moving.stop_adapting()
    step = moving.step_nm3
    volumes = []
    for k in range(6000):
        moving.attempt()
        if k % 30 == 0:
            volumes.append(volume(context))
    assert moving.step_nm3 == step
    exact = stats.gamma(groups + 1, scale=KT / pressure)
    error = exact.std() / np.sqrt(len(volumes))
    assert np.mean(volumes) == pytest.approx((groups + 1) * KT / pressure, abs=4 * error)
    assert stats.kstest(volumes, exact.cdf).pvalue > 0.01
    box = rectangular_box(context.getState())
    kept = {"xyz": [box[1] / box[0] - 4 / 3, box[2] / box[0] - 5 / 3], "z": box[:2] - [3, 4]}
    assert kept.get(axes, [box[2] - 5, box[1] / box[0] - 4 / 3]) == pytest.approx([0, 0], abs=1e-9)


def ring_of_springs(dumbbells, spring, box_nm):
    """Rigid dumbbells, each tied to the next by a spring of no length, the last to the first one's
    image: a polymer bonded to itself through the boundary along x."""
    system = openmm.System()
    springs = openmm.HarmonicBondForce()
    springs.setUsesPeriodicBoundaryConditions(True)
    for k in range(dumbbells):
        system.addParticle(10.0)
        system.addParticle(5.0)
        system.addConstraint(2 * k, 2 * k + 1, DUMBBELL_NM)
        springs.addBond(2 * k, 2 * ((k + 1) % dumbbells), 0.0, spring)
    system.addForce(springs)
    positions = np.zeros((2 * dumbbells, 3))
    positions[:, 0] = np.repeat(np.arange(dumbbells), 2) * box_nm[0] / dumbbells
    positions[1::2, 2] += DUMBBELL_NM
    integrator = openmm.LangevinMiddleIntegrator(TEMPERATURE_K, 5.0, 0.01)
    integrator.setRandomNumberSeed(1)
    context = openmm.Context(system, integrator, REFERENCE)
    context.setPeriodicBoxVectors(*np.diag(box_nm))
    context.setPositions(positions)
    context.setVelocitiesToTemperature(TEMPERATURE_K, 1)
    return context


def test_length_of_a_polymer_bonded_to_its_own_image_under_tension_is_exact():
    # n springs k around a box of length L: Z(L) ~ L exp(-k L^2 / 2 n kT), the factor L from the
    # ring's place, so under a force f the density of L is L exp(-(L - n f / k)^2 / (2 n kT / k)).
    # Where L comes near the breadth of a spring, another image than its own is nearest, and nothing
    # holds the ring any more: at 2.6 that is 4.5 standard deviations away.
    count, width, mean = 16, 0.1, 2.6
    spring = KT / width**2
    box = np.array([mean, 2.0, 2.0])
    context = ring_of_springs(count, spring, box)
    force = mean * spring / count
    move = moves(context, "x", pressure_MPa=-force / (box[1] * box[2]) / KJ_NM_PER_MPA_NM2)
    lengths = []
    for k in range(1100):
        if k == 100:
            move.stop_adapting()
        for _ in range(10):
            context.getIntegrator().step(6)
            move.attempt()
        lengths.append(rectangular_box(context.getState())[0])
    lengths = np.array(lengths[100:])
    grid = np.linspace(1e-3, 2 * mean, 4000)
    density = grid * np.exp(-((grid - mean) ** 2) / (2 * count * width**2))
    cumulative = np.cumsum(density) / density.sum()
    exact = float((grid * density).sum() / density.sum())
    blocks = lengths.reshape(10, 100).mean(axis=1)
    assert blocks.mean() == pytest.approx(exact, abs=4 * stats.sem(blocks))
    assert stats.sem(blocks) < 0.02 * exact
    assert abs(exact - mean) > 2 * stats.sem(blocks)
    thinned = lengths[::5]
    assert stats.kstest(thinned, lambda x: np.interp(x, grid, cumulative)).pvalue > 0.01


def test_groups_without_mass_are_carried_along_and_not_counted():
    context = ideal_gas(3, fixed=2, box_nm=np.array([3.0, 4.0, 5.0]))
    scaling = GroupScaling(context)
    assert scaling.moving_groups == 3
    before = positions_nm(context.getState(positions=True))
    after = scaling.scaled(before, np.array([1.1, 1.1, 1.0]))
    centre = 0.5 * (before[0::2] + before[1::2])
    moved = 0.5 * (after[0::2] + after[1::2])
    assert moved == pytest.approx(centre * [1.1, 1.1, 1.0], abs=1e-12)
    assert after[1::2] - after[0::2] == pytest.approx(before[1::2] - before[0::2], abs=1e-12)


@pytest.fixture(scope="module")
def waters():
    return water_box(NonbondedOptions())


@pytest.fixture
def water(waters, one_thread):
    """About 500 TIP4P waters in a Context."""
    system, state = waters
    context = new_context(
        system, one_thread, temperature_K=300, friction_per_ps=2, timestep_fs=1, seed=1
    )
    context.setState(state)
    context.applyConstraints(1e-9)
    return context


def energy_of_new_context(context) -> float:
    """Energy of the positions and box of a Context, in another Context that knows no other."""
    state = context.getState(positions=True)
    box = rectangular_box(state)
    fresh = open_context(context.getSystem(), positions_nm(state), box, context.getPlatform())
    return energy(fresh)


def energy(context) -> float:
    state = context.getState(energy=True)
    return state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)


def test_water_keeps_constraints_and_virtual_sites_through_many_moves(water):
    system = water.getSystem()
    moving = [moves(water, axes, seed=k) for k, axes in enumerate(("xy", "z"))]
    for _ in range(30):
        for move in moving:
            move.attempt()
    assert all(move.accepted > 5 for move in moving)
    state = water.getState(positions=True)
    assert rectangular_box(state) != pytest.approx([2.5, 2.5, 2.5], abs=1e-3)
    positions = positions_nm(state)
    assert largest_constraint_error(positions, system)[0] < CONSTRAINT_NM
    water.computeVirtualSites()
    again = positions_nm(water.getState(positions=True))
    assert again == pytest.approx(positions, abs=1e-7)
    assert energy(water) == pytest.approx(energy_of_new_context(water), abs=0.05)


def test_refused_move_leaves_positions_box_and_energy_as_they_were(water):
    # At a pressure that no liquid can resist, every expansion is refused.
    move = moves(water, "xy", pressure_MPa=1e6)
    before, start = energy(water), water.getState(positions=True)
    while move.attempt():
        before, start = energy(water), water.getState(positions=True)
    end = water.getState(positions=True)
    assert (positions_nm(end) == positions_nm(start)).all()
    assert (rectangular_box(end) == rectangular_box(start)).all()
    assert energy(water) == pytest.approx(before, abs=1e-3)


def test_scaling_there_and_back_restores_the_energy(water):
    scaling = GroupScaling(water)
    positions, box, before = scaling.present()
    factors = np.array([1.03, 1.03, 0.98])
    scaled = scaling.scaled(positions, factors)
    assert abs(scaling.energy_of(scaled, box * factors) - before) > 10
    returned = scaling.scaled(scaled, 1 / factors)
    assert returned == pytest.approx(positions, abs=1e-12)
    assert scaling.energy_of(returned, box) == pytest.approx(before, abs=1e-3)


@pytest.fixture(scope="module")
def network():
    """A charged network of a thousand atoms with bonds through the boundary, and its Context."""
    stored = compressed.read(NETWORK).network
    box = stored.box_nm + [0.0, 0.0, VACUUM_NM]
    topology, templates = polymer_topology(stored.polymer(), box)
    options = NonbondedOptions(cutoff_nm=min(0.9, 0.45 * box.min()))
    system = create_system(topology, templates, options, constrain_hydrogens=True)
    positions = make_constraint_groups_whole(stored.positions, system, box)
    return stored, system, place_on_constraints(positions, system), box


def minimum_image(vectors, box):
    return vectors - box * np.round(vectors / box)


def turns_through_the_box(bonds, positions, box):
    """Sum of bonds by minimum image, in box lengths, around the cycle that each bond closes."""
    graph = coo_array((np.ones(len(bonds)), bonds.T), shape=(len(positions),) * 2)
    order, parent = breadth_first_order(graph, 0, directed=False)
    unwrapped = positions.copy()
    for atom in order[1:]:
        step = minimum_image(positions[atom] - positions[parent[atom]], box)
        unwrapped[atom] = unwrapped[parent[atom]] + step
    i, j = bonds[np.isin(bonds, order).all(axis=1)].T
    rest = minimum_image(positions[j] - positions[i], box) - (unwrapped[j] - unwrapped[i])
    return np.round(rest / box).astype(int)


def test_network_bonded_to_its_own_image_is_strained_like_an_affine_body(network, one_thread):
    stored, system, positions, box = network
    turns = turns_through_the_box(stored.bonds, positions, box)
    assert (turns[:, 0] != 0).any() and (turns[:, 1] != 0).any()
    context = open_context(system, positions, box)
    scaling = GroupScaling(context)
    factors = np.array([1.04, 1.04, 1.0])
    scaled, stretched = scaling.scaled(positions, factors), box * factors
    assert largest_constraint_error(scaled, system)[0] < CONSTRAINT_NM
    label = constraint_groups(system)
    count = np.bincount(label)[:, None]
    i, j = label[stored.bonds].T
    vectors = []
    for places, lengths in ((positions, box), (scaled, stretched)):
        centroid = np.stack([np.bincount(label, column) for column in places.T], axis=1) / count
        vectors.append(minimum_image(centroid[j] - centroid[i], lengths))
    assert (i != j).sum() > 400
    assert vectors[1] == pytest.approx(vectors[0] * factors, abs=1e-9)
    assert (turns_through_the_box(stored.bonds, scaled, stretched) == turns).all()


def test_network_bonded_to_its_own_image_moves_its_area_and_keeps_constraints(network, one_thread):
    _, system, positions, box = network
    context = new_context(
        system, one_thread, temperature_K=300, friction_per_ps=50, timestep_fs=1, seed=1
    )
    context.setPeriodicBoxVectors(*np.diag(box))
    context.setPositions(positions)
    openmm.LocalEnergyMinimizer.minimize(context, 10.0, 10)
    context.setVelocitiesToTemperature(300, 2)
    move = moves(context, "xy")
    for _ in range(20):
        context.getIntegrator().step(5)
        move.attempt()
    assert move.accepted > 2
    state = context.getState(positions=True)
    assert rectangular_box(state)[:2] != pytest.approx(box[:2], abs=1e-4)
    assert rectangular_box(state)[2] == box[2]
    assert largest_constraint_error(positions_nm(state), system)[0] < CONSTRAINT_NM


def gas(**changes):
    context = ideal_gas(2, fixed=0, box_nm=np.array([3.0, 3.0, 3.0]))
    return moves(context, **{"axes": "xyz"} | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"axes": "yz"}, "axes are 'yz', allowed are x, y, z, xy, xyz"),
        ({"pressure_MPa": float("nan")}, "pressure_MPa is nan"),
        ({"temperature_K": 0.0}, "temperature_K is 0.0"),
    ],
)
def test_bad_settings_are_refused(changes, message):
    with pytest.raises(SettingsError, match=message):
        gas(**changes)


def test_tension_is_allowed():
    assert gas(pressure_MPa=-10.0).attempt() in (True, False)


def test_system_without_periodic_boundaries_is_refused():
    system = openmm.System()
    system.addParticle(1.0)
    with pytest.raises(SettingsError, match="not periodic"):
        moves(open_context(system, np.zeros((1, 3)), np.ones(3)), "xyz")


def test_tilted_box_is_refused():
    context = ideal_gas(1, fixed=0, box_nm=np.array([3.0, 3.0, 3.0]))
    context.setPeriodicBoxVectors([3, 0, 0], [1, 3, 0], [0, 0, 3])
    with pytest.raises(SettingsError, match="not rectangular"):
        moves(context, "xy")


def test_torn_group_is_refused():
    context = ideal_gas(1, fixed=0, box_nm=np.array([3.0, 3.0, 3.0]))
    torn = positions_nm(context.getState(positions=True)).copy()
    torn[1, 0] += 3.0
    context.setPositions(torn)
    with pytest.raises(ValueError, match="make constraint groups whole"):
        moves(context, "xy")


def test_box_below_twice_the_cutoff_is_refused_in_words(water):
    scaling = GroupScaling(water)
    positions, box, _ = scaling.present()
    factors = np.array([0.7, 0.7, 1.0])
    with pytest.raises(PhysicsError, match="1.750 nm, below twice the longest cut-off, 1.800 nm"):
        scaling.energy_of(scaling.scaled(positions, factors), box * factors)
