import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from analysis.kernels import (
    coordination,
    coordination_profile,
    first_valley,
    shell_volumes,
    slab_rdf,
)

WATERS_PER_A3 = 0.0334
REFERENCES = 100_000
WIDTHS = [0.1, 0.05, 0.025, 0.0125]


def fcc(cells: int, constant: float = 1.0) -> np.ndarray:
    basis = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    k = np.arange(cells)
    corners = np.stack(np.meshgrid(k, k, k, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    return constant * (corners + basis).reshape(-1, 3)


def test_shells_of_a_face_centred_cubic_crystal():
    atoms = fcc(4, 3.0)
    edges = 3.0 * np.array([0.1, 0.6, 0.8, 1.1, 1.3, 1.5])
    deep = np.abs(atoms - 6.0).max(axis=1) < 1e-9
    found = slab_rdf(atoms[deep], atoms, edges, [12.0, 12.0], (-0.1, 12.0))
    # Shells at 0.7071, 1, 1.2247 and 1.4142 lattice constants.
    assert found.pairs.tolist() == [0, 12, 6, 24, 12]
    assert found.coordination.tolist() == [0, 12, 18, 42, 54]
    assert found.density == pytest.approx(found.pairs / (4 / 3 * np.pi * np.diff(edges**3)))


def test_every_atom_of_a_periodic_crystal_has_twelve_neighbours():
    atoms = fcc(3)
    # A neighbour is an atom less than one lattice constant away, the atom itself among them.
    counts = coordination(atoms, atoms, 0.99, [3.0, 3.0, 3.0]) - 1
    assert (counts == 12).all()


def ideal_gas(rng, frames: int, count: int, box, low: float, high: float) -> np.ndarray:
    return rng.uniform([0, 0, low], [*box, high], (frames, count, 3))


@pytest.mark.parametrize("same", [True, False])
def test_ideal_gas_in_a_slab_has_no_structure_at_any_distance(same):
    rng = np.random.default_rng(0)
    box, faces, edges = [20.0, 22.0], (-3.0, 5.0), np.linspace(0, 10, 21)
    gas = ideal_gas(rng, 60, 150, box, *faces)
    other = gas if same else ideal_gas(rng, 60, 100, box, *faces)
    found = slab_rdf(gas, other, edges, box, faces, same=same)
    # A pair of one group is counted from both ends, so the count is half as well known.
    independent = found.pairs / (2 if same else 1)
    deviation = (found.g - 1) * np.sqrt(independent)
    assert np.sum(deviation**2) < 42  # chi-squared of 20 shells, 99.7 %
    assert found.references == 60 * 150
    # Whole spheres would make it fall to less than a half.
    assert found.density[-1] / found.density[:4].mean() < 0.5


def test_three_particles_have_two_others_each():
    gas = ideal_gas(np.random.default_rng(4), 3000, 3, [12.0, 12.0], 0.0, 4.0)
    found = slab_rdf(gas, gas, [0.0, 6.0], [12.0, 12.0], (0.0, 4.0), same=True)
    assert found.g[0] == pytest.approx(1, abs=3 / np.sqrt(found.pairs[0] / 2))


def test_particles_beyond_the_faces_are_no_part_of_the_slab():
    rng = np.random.default_rng(1)
    gas = ideal_gas(rng, 10, 80, [20.0, 20.0], -4.0, 4.0)
    outside = ideal_gas(rng, 10, 50, [20.0, 20.0], 4.1, 9.0)
    edges = np.linspace(0, 6, 13)
    alone = slab_rdf(gas, gas, edges, [20.0, 20.0], (-4, 4), same=True)
    among = np.concatenate([gas, outside], axis=1)
    found = slab_rdf(among, among, edges, [20.0, 20.0], (-4, 4), same=True)
    assert found.g == pytest.approx(alone.g)
    assert found.references == alone.references


def test_pairs_equal_those_of_a_loop_over_nearest_images():
    rng = np.random.default_rng(2)
    a, b = rng.uniform(-20, 30, (4, 6, 3)), rng.uniform(-20, 30, (4, 9, 3))
    box, faces, edges = np.array([15.0, 13.0]), (-5.0, 20.0), np.array([1.0, 3.0, 6.0])
    counts = np.zeros(2, dtype=int)
    for ours, theirs in zip(a, b, strict=True):
        for p in ours[(ours[:, 2] >= -5) & (ours[:, 2] <= 20)]:
            for q in theirs[(theirs[:, 2] >= -5) & (theirs[:, 2] <= 20)]:
                apart = p - q
                apart[:2] -= np.round(apart[:2] / box) * box
                counts += np.histogram(np.linalg.norm(apart), edges)[0]
    assert slab_rdf(a, b, edges, box, faces).pairs.tolist() == counts.tolist()


@given(
    st.floats(-8, 8),
    st.floats(-6, 0),
    st.floats(0.1, 4),
    st.floats(0.1, 4),
    st.lists(st.floats(0.1, 2), min_size=1, max_size=4),
)
def test_shells_of_two_slabs_add_up_to_those_of_both(z, low, first, second, steps):
    edges = np.cumsum([0.0, *steps])
    middle, high = low + first, low + first + second
    parts = shell_volumes([z], (low, middle), edges) + shell_volumes([z], (middle, high), edges)
    assert shell_volumes([z], (low, high), edges) == pytest.approx(parts, abs=1e-9)
    whole = 4 / 3 * np.pi * np.diff(edges**3)
    assert shell_volumes([z], (-np.inf, np.inf), edges)[0] == pytest.approx(whole)
    assert np.all(parts <= whole + 1e-9)


def test_shell_volumes_equal_those_of_random_points():
    rng = np.random.default_rng(3)
    points = rng.uniform(-3, 3, (400_000, 3))
    inside = (points[:, 2] > -0.5) & (points[:, 2] < 1.5)
    edges = np.array([0.5, 1.0, 2.0, 3.0])
    hits = np.histogram(np.linalg.norm(points[inside], axis=1), edges)[0]
    found = shell_volumes([0.0], (-0.5, 1.5), edges)[0]
    assert found == pytest.approx(hits * 6**3 / len(points), rel=0.02)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"box": [9.0, 20.0]}, "at least twice the last edge, 10"),
        ({"box": [20.0, 20.0, 20.0]}, "two lengths"),
        ({"faces": (2.0, 1.0)}, "must be below"),
        ({"faces": (-np.inf, 1.0)}, "needs both"),
        ({"faces": (50.0, 60.0)}, "no particle of first lies between 50 and 60"),
        ({"edges": [0.0, 2.0, 1.0]}, "ascending"),
        ({"second": np.zeros((2, 3, 3))}, "which differ"),
        ({"second": np.zeros((3, 2))}, "second has shape"),
    ],
)
def test_radial_distributions_of_impossible_input_are_refused(changes, message):
    given = {
        "first": np.zeros((4, 3)),
        "second": np.ones((4, 3)),
        "edges": [0.0, 5.0],
        "box": [20.0, 20.0],
        "faces": (-9.0, 9.0),
    } | changes
    with pytest.raises(ValueError, match=message):
        slab_rdf(**given)


def test_nobody_has_neighbours_where_there_are_none():
    assert coordination(np.zeros((2, 3)), np.empty((0, 3)), 3.0).tolist() == [0, 0]
    with pytest.raises(ValueError, match="half of each periodic length"):
        coordination(np.zeros((2, 3)), np.ones((2, 3)), 3.0, [5.0, 9.0, 0.0])


def test_coordination_along_z_is_a_ratio_of_sums_and_empty_where_samples_are_few():
    z = np.array([0.5] * 4 + [1.5])
    mean, samples = coordination_profile(z, [6, 6, 5, 3, 4], [0.0, 1.0, 2.0, 3.0], fewest=2)
    assert mean[0] == 5.0
    assert np.isnan(mean[1:]).all()
    assert samples.tolist() == [4, 1, 0]
    with pytest.raises(ValueError, match="have shapes"):
        coordination_profile(z, [1.0], [0.0, 1.0, 2.0])


def sodium_water(r, height=7.0, width=0.13):
    """Like g(r) of water oxygens around Na+: a steep peak at 2.4, a deep valley, a hump at 4.5."""
    side = np.where(r < 2.4, 0.8, 1.6) * width
    return (
        height * np.exp(-((r - 2.4) ** 2) / (2 * side**2))
        + 1 / (1 + np.exp(-(r - 3.9) / 0.18))
        + 0.45 * np.exp(-((r - 4.5) ** 2) / (2 * 0.35**2))
    )


def chloride_water(r):
    """Like that around Cl-: a broad peak at 3.2 and a shallow valley."""
    side = np.where(r < 3.2, 0.14, 0.24)
    shell = 3 * np.exp(-((r - 3.2) ** 2) / (2 * side**2))
    return shell + 1 / (1 + np.exp(-(r - 3.9) / 0.25)) + 0.2 * np.exp(-((r - 5) ** 2) / 0.32)


def calcium_water(r, bottom):
    """Like that around Ca2+: a very steep peak, then level at `bottom` until water comes back."""
    side = np.where(r < 2.4, 0.07, 0.1)
    return (
        14 * np.exp(-((r - 2.4) ** 2) / (2 * side**2))
        + bottom / (1 + np.exp(-(r - 2.4) / 0.02))
        + (1 - bottom) / (1 + np.exp(-(r - 4.0) / 0.08))
        + 0.5 * np.exp(-((r - 4.6) ** 2) / (2 * 0.3**2))
    )


def counted(curve, width: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances and g as counted around many ions, with the noise of the counts."""
    edges = np.arange(0, 9 + width / 2, width)
    r = (edges[1:] + edges[:-1]) / 2
    ideal = WATERS_PER_A3 * REFERENCES * 4 / 3 * np.pi * np.diff(edges**3)
    return r, np.random.default_rng(seed).poisson(curve(r) * ideal) / ideal


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("curve", [sodium_water, chloride_water])
def test_first_valley_does_not_depend_on_the_width_of_the_bins(curve, width):
    true = minimize_scalar(curve, bounds=(2.9, 4.2), method="bounded").x
    for seed in range(10):
        found = first_valley(*counted(curve, width, seed))
        assert found.r == pytest.approx(true, abs=0.03)
        assert not found.flat


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("bottom", [0.0, 0.1])
def test_a_level_valley_is_flagged_and_found_in_its_middle(bottom, width):
    found = first_valley(*counted(lambda r: calcium_water(r, bottom), width, 0))
    assert found.flat
    # It is level within 2 % from 2.79 to 3.69: the peak ends and the next shell begins there.
    r = np.arange(2.4, 4.5, 1e-3)
    level = r[calcium_water(r, bottom) < bottom + 0.02]
    assert found.r == pytest.approx((level[0] + level[-1]) / 2, abs=0.1)


def test_valley_of_a_density_of_neighbours_is_that_of_g():
    r, g = counted(sodium_water, 0.05, 0)
    assert first_valley(r, 0.0334 * g).r == pytest.approx(first_valley(r, g).r, abs=1e-9)


R = np.arange(0.025, 9, 0.05)


@pytest.mark.parametrize(
    ("g", "message"),
    [
        (np.ones_like(R), "no first peak"),
        (1 / (1 + np.exp(-(R - 3) / 0.1)), "no first peak"),
        (1 + 0.4 * np.cos(3 * R) * np.exp(-R / 9), "no first peak"),
        (np.where(R > 2.4, 1 + 5 * np.exp(-((R - 2.5) ** 2)), 0.0), "no valley"),
        (3 * np.exp(-((R - 2.5) ** 2)), "no plateau"),
        (
            np.where(R > 2.4, 1 + np.exp(-(R - 2.4) / 4) - 0.9 * np.exp(-((R - 5.5) ** 2)), 0.0),
            "begins within 1.5",
        ),
        (np.where(R > 3, np.nan, 1.0), "finite"),
    ],
)
def test_curves_without_a_first_valley_are_refused(g, message):
    g = np.where(R > 5, 0.0, g) if message == "no plateau" else g
    with pytest.raises(ValueError, match=message):
        first_valley(R, g)


@pytest.mark.parametrize(
    ("r", "message"),
    [
        (np.arange(0.0, 9, 0.2), "at most 0.1"),
        (np.geomspace(1, 9, 50), "even steps"),
        (np.arange(9, 0.0, -0.05), "even steps"),
    ],
)
def test_bins_that_cannot_hold_a_valley_are_refused(r, message):
    with pytest.raises(ValueError, match=message):
        first_valley(r, sodium_water(r))


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="must be .n,. both"):
        first_valley(R, R[1:])
