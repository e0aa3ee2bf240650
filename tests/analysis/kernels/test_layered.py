import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from analysis.kernels import layered_shells, shell_volumes

RADII = np.linspace(0.0, 10.0, 41)


def test_uniform_gas_between_planes_fills_what_the_planes_leave_of_each_shell():
    z = np.array([-7.0, -2.0, 0.0, 3.9, 12.0])
    found = layered_shells(z, np.linspace(-5, 4, 19), np.full(18, 0.3), RADII)
    assert found == pytest.approx(0.3 * shell_volumes(z, (-5, 4), RADII), abs=1e-9)


@given(st.floats(-15, 15), st.lists(st.floats(0, 5), min_size=6, max_size=6))
def test_shells_hold_the_integral_of_the_density_over_the_heights_of_their_spheres(z, density):
    edges = np.array([-9.0, -6.0, -2.5, 0.0, 1.0, 4.0, 11.0])
    found = layered_shells([z], edges, density, RADII)[0]

    def sphere(r):
        """2 pi r times the integral of rho over z - r to z + r."""
        overlap = np.diff(np.clip(edges, z - r, z + r))
        return 2 * np.pi * r * (overlap @ density)

    kinks = [r for r in np.abs(edges - z) if 0 < r < RADII[-1]]
    whole = quad(sphere, 0, RADII[-1], points=kinks or None, limit=200)[0]
    assert found.sum() == pytest.approx(whole, rel=1e-6, abs=1e-6)


def test_two_layers_of_an_ideal_gas_have_no_structure_where_they_meet():
    rng = np.random.default_rng(0)
    box, edges, density = np.array([24.0, 24.0]), [-8.0, 0.0, 8.0], np.array([0.01, 0.05])
    counts = (density * box.prod() * np.diff(edges)).round().astype(int)
    centres = np.array([-9.0, -4.0, -0.5, 0.2, 5.0])
    radii, frames = np.linspace(0, 12, 13), 60
    pairs = np.zeros((len(centres), 12))
    for _ in range(frames):
        places = [
            rng.uniform([0, 0, low], [*box, high], (n, 3))
            for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)
        ]
        for number, z in enumerate(centres):
            apart = np.concatenate(places) - [12.0, 12.0, z]
            pairs[number] += np.histogram(np.linalg.norm(apart, axis=1), radii)[0]
    ideal = frames * layered_shells(centres, edges, density, radii)
    some = ideal > 5
    squares = ((pairs - ideal)[some] ** 2 / ideal[some]).sum()
    assert squares < some.sum() + 3 * np.sqrt(2 * some.sum())
    # Whole shells at the density of the centre's own layer would be far off beside the other.
    wrong = frames * density[0] * 4 / 3 * np.pi * np.diff(radii**3)
    assert pairs[2, -1] > 2 * wrong[-1]


def test_several_gases_are_taken_at_once():
    densities = np.random.default_rng(1).uniform(0, 1, (2, 3, 4))
    edges = [-2.0, -1.0, 0.0, 1.0, 2.0]
    found = layered_shells([0.3, 5.0], edges, densities, RADII)
    assert found.shape == (2, 2, 3, 40)
    one = layered_shells([5.0], edges, densities[1, 2], RADII)[0]
    assert found[1, 1, 2] == pytest.approx(one)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"edges": [0.0, 0.0, 1.0]}, "edges must be two or more numbers that ascend"),
        ({"radii": [2.0, 1.0]}, "radii must be"),
        ({"radii": [-1.0, 1.0]}, "begin at -1"),
        ({"density": [1.0]}, r"density \(1,\)"),
        ({"z": [np.nan]}, "finite"),
    ],
)
def test_impossible_layers_are_refused(changes, message):
    given = {"z": [0.0], "edges": [0.0, 1.0, 2.0], "density": [1.0, 2.0], "radii": [0.0, 1.0]}
    with pytest.raises(ValueError, match=message):
        layered_shells(**given | changes)
