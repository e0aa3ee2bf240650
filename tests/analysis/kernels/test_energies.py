import numpy as np
import openmm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.kernels import full_minimage, lorentz_berthelot, namdenergy_default, pair_energy

COULOMB = 332.0636
KJ_PER_KCAL, ANGSTROM_PER_NM = 4.184, 10.0
LJ = lorentz_berthelot([0.2], [1.5], [0.1], [2.0])
R_MIN = 3.5


def at(r, **options):
    electrostatic, vdw = pair_energy([0, 0, 0], 1.0, [0, 0, r], 1.0, LJ, **options)
    return float(electrostatic), float(vdw)


def test_two_charges_without_cutoff():
    assert at(4.0)[0] == pytest.approx(COULOMB / 4)


def test_lennard_jones_minimum_is_where_radii_touch_and_as_deep_as_the_mean_epsilon():
    assert at(R_MIN)[1] == pytest.approx(-np.sqrt(0.2 * 0.1))
    assert at(R_MIN - 0.01)[1] > at(R_MIN)[1] < at(R_MIN + 0.01)[1]
    assert at(R_MIN / 2 ** (1 / 6))[1] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("r", [3.0, 6.0, 11.99])
def test_charges_are_shifted_to_zero_at_the_cutoff(r):
    assert at(r, cutoff=12)[0] == pytest.approx(COULOMB / r * (1 - r**2 / 144) ** 2)


def test_van_der_waals_is_switched_off_between_switch_and_cutoff():
    # Half way in r^2 the switch is at (x)^2 (3 - 2 x) with x = 1/2: one half.
    middle = np.sqrt((12**2 + 10**2) / 2)
    assert at(middle, cutoff=12, switch=10)[1] == pytest.approx(at(middle)[1] / 2)
    assert at(9.99, cutoff=12, switch=10)[1] == at(9.99)[1]
    assert at(11.9, cutoff=12)[1] == at(11.9)[1]


@pytest.mark.parametrize("edge", [10.0, 12.0])
def test_energies_have_neither_steps_nor_kinks_at_switch_and_cutoff(edge):
    step = 1e-4
    below, on, above = (
        np.array(at(edge + shift, cutoff=12, switch=10)) for shift in (-step, 0.0, step)
    )
    assert below == pytest.approx(on, abs=1e-2 * step * COULOMB)
    assert (on - below) / step == pytest.approx((above - on) / step, abs=1e-2)
    if edge == 12.0:
        assert on.tolist() == above.tolist() == [0.0, 0.0]


def test_a_charge_on_the_axis_of_a_ring():
    angle = 2 * np.pi * np.arange(7) / 7
    ring = np.stack([8 * np.cos(angle), 8 * np.sin(angle), np.zeros(7)], axis=1)
    z = np.linspace(-60, 60, 9)
    ions = np.stack([np.zeros(9), np.zeros(9), z], axis=1)[:, None]
    electrostatic, vdw = pair_energy(ions, -2.0, ring, 1.0)
    assert electrostatic == pytest.approx(-2 * 7 * COULOMB / np.sqrt(64 + z**2))
    assert vdw.tolist() == [0.0] * 9


@pytest.mark.parametrize("height", [15.0, 60.0])
def test_a_charge_above_a_charged_square_feels_the_potential_of_the_square(height):
    side, cells = 52.0, 80
    x = (np.arange(cells) + 0.5) / cells * side - side / 2
    grid = np.stack(np.meshgrid(x, x, [0.0], indexing="ij"), axis=-1).reshape(-1, 3)
    found, _ = pair_energy([0, 0, height], 1.0, grid, 14 / cells**2)
    # Integral of 1/r over a square of half side s, seen from height h above its centre.
    s, h = side / 2, height
    edge = np.hypot(s, h)
    corner = np.hypot(s, edge)
    integral = 8 * s * np.arctanh(s / corner) - 4 * h * np.arctan(s**2 / (h * corner))
    assert found == pytest.approx(14 * COULOMB * integral / side**2, rel=1e-4)


def test_madelung_constant_of_rock_salt():
    # Evjen's cubes: ions on faces, edges and corners count by halves, quarters and eighths.
    cells = 8
    k = np.arange(-cells, cells + 1)
    x, y, z = np.meshgrid(k, k, k, indexing="ij")
    part = np.prod([np.where(np.abs(i) == cells, 0.5, 1.0) for i in (x, y, z)], axis=0)
    charges = np.where((x + y + z) % 2 == 0, 1.0, -1.0) * part
    places = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    others = np.any(places != 0, axis=1)
    found, _ = pair_energy([0, 0, 0], 1.0, places[others], charges.ravel()[others])
    assert -found / COULOMB == pytest.approx(1.747565, abs=1e-4)


def openmm_energies(positions, charges, sigma, epsilon, box=None) -> np.ndarray:
    """Coulomb and Lennard-Jones energy of all pairs in kcal/mol, as OpenMM has it."""
    energies = []
    for on in ((1.0, 0.0), (0.0, 1.0)):
        system, force = openmm.System(), openmm.NonbondedForce()
        for charge, s, e in zip(charges, sigma, epsilon, strict=True):
            system.addParticle(1.0)
            force.addParticle(on[0] * charge, s / ANGSTROM_PER_NM, on[1] * e * KJ_PER_KCAL)
        force.setNonbondedMethod(openmm.NonbondedForce.NoCutoff)
        system.addForce(force)
        context = openmm.Context(
            system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatformByName("Reference")
        )
        context.setPositions(positions / ANGSTROM_PER_NM)
        energy = context.getState(getEnergy=True).getPotentialEnergy()
        energies.append(energy.value_in_unit(openmm.unit.kilocalorie_per_mole))
    return np.array(energies)


def test_energy_between_two_groups_equals_that_of_openmm():
    rng = np.random.default_rng(0)
    positions = np.stack(np.meshgrid([0, 4.0, 8.0], [0, 4.0], [0, 4.0]), axis=-1).reshape(-1, 3)
    positions = positions + rng.uniform(-0.5, 0.5, positions.shape)
    charges, epsilon = rng.normal(size=12), rng.uniform(0.05, 0.3, 12)
    sigma = rng.uniform(2.5, 3.5, 12)
    rmin_half = sigma * 2 ** (1 / 6) / 2
    a, b = slice(0, 5), slice(5, 12)
    table = lorentz_berthelot(epsilon[a], rmin_half[a], epsilon[b], rmin_half[b])
    found = pair_energy(positions[a], charges[a], positions[b], charges[b], table)
    whole, first, second = (
        openmm_energies(positions[part], charges[part], sigma[part], epsilon[part])
        for part in (slice(None), a, b)
    )
    assert found == pytest.approx(whole - first - second, rel=1e-5)


def test_namdenergy_default_sees_no_charge_beyond_12_angstrom_and_no_image():
    charges = np.zeros((14, 3))
    charges[:, 0] = np.arange(14)
    far, near = np.array([6.0, 0, -60.0]), np.array([6.0, 0, -6.0])
    assert namdenergy_default(far, 1.0, charges, 1.0)[0] == 0
    assert full_minimage(far, 1.0, charges, 1.0, [52.0, 52.0])[0] > 70
    assert namdenergy_default(near, 1.0, charges, 1.0) == pair_energy(
        near, 1.0, charges, 1.0, cutoff=12.0, switch=10.0
    )
    image = namdenergy_default([0.0, 0, 0], 1.0, [51.0, 0, 0], 1.0)[0]
    assert image == 0 and full_minimage([0.0, 0, 0], 1.0, [51.0, 0, 0], 1.0, [52, 52])[0] > 0


def test_nearest_images_count_along_x_and_y_and_never_along_z():
    found, _ = full_minimage([1.0, 1.0, 1.0], 1.0, [51.0, 50.0, 51.0], 1.0, [52.0, 52.0, 52.0])
    assert found == pytest.approx(COULOMB / np.sqrt(2**2 + 3**2 + 50**2))


@given(
    arrays(float, (2, 3, 3), elements=st.floats(-9, 9)),
    arrays(float, (4, 3), elements=st.floats(10, 29)),
    st.sampled_from([{}, {"cutoff": 15.0}, {"cutoff": 20.0, "switch": 11.0}]),
    st.sampled_from([None, [40.0, 35.0, 0.0]]),
)
def test_sets_of_atoms_equal_a_loop_over_pairs(a, b, reach, box):
    a = a + np.arange(3)[:, None] * [0, 0, 0.01]
    charges, others = np.array([1.0, -2.0, 0.5]), np.array([1.0, 1.0, -1.0, 2.0])
    table = lorentz_berthelot(np.full(3, 0.1), [1.0, 1.5, 2.0], np.full(4, 0.2), np.full(4, 1.7))
    found = pair_energy(a, charges, b, others, table, box=box, **reach)
    for n in range(2):
        expected = np.zeros(2)
        for i in range(3):
            for j in range(4):
                one = tuple(values[i : i + 1, j : j + 1] for values in table)
                apart = a[n, i] - b[j]
                if box is not None:
                    apart[:2] -= np.round(apart[:2] / box[:2]) * box[:2]
                expected += pair_energy(apart, charges[i], [0, 0, 0], others[j], one, **reach)
        assert np.array([found[0][n], found[1][n]]) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_energies_are_summed_batch_by_batch_as_at_once(monkeypatch):
    rng = np.random.default_rng(1)
    a, b = rng.uniform(0, 9, (5, 1, 7, 3)), rng.uniform(20, 29, (3, 6, 3))
    whole = pair_energy(a, np.ones(7), b, np.ones(6), cutoff=25)
    monkeypatch.setattr("analysis.kernels.energies.BATCH", 20)
    batched = pair_energy(a, np.ones(7), b, np.ones(6), cutoff=25)
    assert whole[0].shape == (5, 3)
    assert batched[0] == pytest.approx(whole[0], rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"switch": 10.0}, "switch is 10.0 and cutoff None"),
        ({"cutoff": 9.0, "switch": 10.0}, "0 < switch < cutoff"),
        ({"cutoff": -1.0}, "cutoff is -1.0"),
        ({"charges_a": [1.0, 2.0, 3.0]}, "charges_a has shape"),
        ({"positions_a": np.zeros((2, 2))}, "positions_a has shape"),
        ({"positions_b": np.zeros((3, 3))}, "at the same place"),
        ({"positions_b": [[np.inf, 0, 0]]}, "positions_b.*finite"),
        ({"lj": (np.zeros((3, 3)), np.zeros((3, 3)))}, "lj.0. has shape"),
        ({"lj": (1.0,)}, "lj has 1 entries"),
        ({"box": [10.0, 10.0]}, "three lengths"),
    ],
)
def test_energies_of_impossible_input_are_refused(changes, message):
    given = {
        "positions_a": np.zeros((2, 3)),
        "charges_a": 1.0,
        "positions_b": np.ones((3, 3)),
        "charges_b": 1.0,
    } | changes
    with pytest.raises(ValueError, match=message):
        pair_energy(**given)


def test_leading_axes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="do not broadcast"):
        pair_energy(np.zeros((2, 1, 3)), 1.0, np.ones((3, 1, 3)), 1.0)


def test_negative_well_depths_are_refused():
    with pytest.raises(ValueError, match="epsilon_b has an entry -0.1"):
        lorentz_berthelot([0.1], [1.0], [-0.1], [1.0])
