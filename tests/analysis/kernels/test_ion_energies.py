import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.kernels import (
    full_minimage,
    ion_energies,
    lorentz_berthelot,
    namdenergy_default,
    pair_energy,
)
from analysis.kernels.ion_energies import PRESETS, SCOPES, TERMS

COULOMB = 332.0636
NEAR, FULL = PRESETS.index("namdenergy_default"), PRESETS.index("full_minimage")
GROUPS, MEMBRANE = SCOPES.index("charged groups"), SCOPES.index("membrane")
BOX = np.array([31.0, 27.0])


def system(seed: int, ions: int = 5, atoms: int = 80):
    rng = np.random.default_rng(seed)
    places = [rng.uniform(0, 1, (n, 3)) * [*BOX, 40.0] for n in (ions, atoms)]
    tables = [
        np.stack([rng.normal(0, 1, n), rng.uniform(0, 0.3, n), rng.uniform(0.5, 2.5, n)], axis=1)
        for n in (ions, atoms)
    ]
    return places[0], tables[0], places[1], tables[1], rng.uniform(size=atoms) < 0.3


def expected(ions, ours, atoms, theirs, chosen, preset):
    """Energies of every ion with some atoms, by the general sums."""
    lj = [lorentz_berthelot(*o[None].T[1:], theirs[chosen, 1], theirs[chosen, 2]) for o in ours]
    given = [
        (ion[None], o[0], atoms[chosen], theirs[chosen, 0])
        for ion, o in zip(ions, ours, strict=True)
    ]
    if preset == NEAR:
        return np.array([namdenergy_default(*one, ab) for one, ab in zip(given, lj, strict=True)])
    return np.array([full_minimage(*one, BOX, ab) for one, ab in zip(given, lj, strict=True)])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_all_sums_are_those_of_the_general_ones(seed):
    ions, ours, atoms, theirs, group = system(seed)
    found = ion_energies(ions, ours, atoms, theirs, group, BOX)
    assert found.shape == (5, len(PRESETS), len(SCOPES), len(TERMS))
    for preset in (NEAR, FULL):
        for scope, chosen in ((GROUPS, group), (MEMBRANE, np.ones(len(atoms), bool))):
            peer = expected(ions, ours, atoms, theirs, chosen, preset)
            assert found[:, preset, scope] == pytest.approx(peer, rel=1e-9, abs=1e-9)


def alone(r: float, charge=1.0, other=-1.0, epsilon=(0.2, 0.1), half=(1.5, 2.0)) -> np.ndarray:
    """Energies of one ion with one atom of a charged group at a distance along z."""
    ion = [[charge, epsilon[0], half[0]]]
    atom = [[other, epsilon[1], half[1]]]
    return ion_energies([[0, 0, 0]], ion, [[0, 0, r]], atom, [True], [60.0, 60.0])[0]


def test_two_charges_have_coulombs_energy_and_the_shifted_one():
    found = alone(5.0)
    assert found[FULL, GROUPS, 0] == pytest.approx(-COULOMB / 5)
    assert found[NEAR, GROUPS, 0] == pytest.approx(-COULOMB / 5 * (1 - 25 / 144) ** 2)
    assert found[:, GROUPS] == pytest.approx(found[:, MEMBRANE])


def test_lennard_jones_minimum_is_as_deep_as_the_mean_well_where_the_radii_touch():
    assert alone(3.5)[:, GROUPS, 1] == pytest.approx([-np.sqrt(0.02)] * 2)


@pytest.mark.parametrize("r", [10.5, 11.0, 11.9])
def test_van_der_waals_is_switched_off_between_ten_and_twelve_angstrom(r):
    lj = lorentz_berthelot([0.2], [1.5], [0.1], [2.0])
    peer = pair_energy([0, 0, 0], 1.0, [0, 0, r], -1.0, lj, cutoff=12.0, switch=10.0)[1]
    assert alone(r)[NEAR, GROUPS, 1] == pytest.approx(float(peer))
    assert abs(alone(r)[NEAR, GROUPS, 1]) < abs(alone(r)[FULL, GROUPS, 1])


@pytest.mark.parametrize("r", [12.0, 12.5, 40.0])
def test_nothing_is_left_beyond_twelve_angstrom_of_one_preset_only(r):
    found = alone(r)
    assert np.abs(found[NEAR]).max() == 0
    assert found[FULL, GROUPS, 0] == pytest.approx(-COULOMB / r)


def test_images_count_along_x_and_y_in_one_preset_and_never_along_z():
    ion, atom = [[1.0, 0.0, 1.0]], [[-1.0, 0.0, 1.0]]
    for axis, image in ((0, 29.0), (1, 25.0)):
        place = np.full((1, 3), 1.0)
        other = place.copy()
        other[0, axis] += image
        found = ion_energies(place, ion, other, atom, [True], BOX)[0]
        assert found[FULL, GROUPS, 0] == pytest.approx(-COULOMB / 2)
        assert found[NEAR, GROUPS, 0] == 0
    far = ion_energies([[1, 1, 0.0]], ion, [[1, 1, 39.0]], atom, [True], [*BOX, 40.0])[0]
    assert far[FULL, GROUPS, 0] == pytest.approx(-COULOMB / 39)


def test_only_atoms_of_charged_groups_count_in_that_scope():
    ions, ours, atoms, theirs, _ = system(3)
    none = ion_energies(ions, ours, atoms, theirs, np.zeros(len(atoms), bool), BOX)
    assert np.abs(none[:, :, GROUPS]).max() == 0 and np.abs(none[:, :, MEMBRANE]).min() > 0


def test_an_ion_before_a_disc_of_charge_has_the_energy_of_the_closed_form():
    # On the axis of a disc of radius a and charge s per area: 2 pi C s (sqrt(a^2 + z^2) - z).
    side = (np.arange(60) + 0.5) * 0.5
    x, y = np.meshgrid(side, side)
    atoms = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    middle = atoms[:, :2] - 15.0
    disc = (middle**2).sum(axis=1) < 12.0**2
    theirs = np.stack([np.full(len(atoms), 0.25 * 0.01), *np.zeros((2, len(atoms)))], axis=1)
    found = ion_energies([[15, 15, 4.0]], [[1.0, 0.0, 1.0]], atoms, theirs, disc, [30.0, 30.0])
    exact = 2 * np.pi * COULOMB * 0.01 * (np.hypot(12.0, 4.0) - 4.0)
    assert found[0, FULL, GROUPS, 0] == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"atoms": np.zeros((3, 3))}, "shapes do not fit"),
        ({"ions": np.ones((1, 3))}, "at the same place"),
        ({"box": [30.0, 0.0]}, "must be positive"),
        ({"ions": [[np.inf, 0, 0]]}, "must be finite"),
        ({"group": [True]}, "shapes do not fit"),
    ],
)
def test_impossible_input_is_refused(changes, message):
    given = {
        "ions": np.zeros((1, 3)),
        "ion_parameters": np.ones((1, 3)),
        "atoms": np.ones((2, 3)),
        "atom_parameters": np.ones((2, 3)),
        "group": [True, False],
        "box": [30.0, 30.0],
    } | changes
    with pytest.raises(ValueError, match=message):
        ion_energies(**given)
