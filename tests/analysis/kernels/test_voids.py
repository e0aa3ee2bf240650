"""Room between spheres whose volumes are known."""

import numpy as np
import pytest
from scipy.integrate import quad

from analysis.kernels import void_layers
from analysis.reading.water import void_share

PROBE = 0.14


def excluded(radius, distance):
    """Volume of two equal spheres and of the neck that a probe cannot enter, by revolution."""
    off_axis = np.sqrt((radius + PROBE) ** 2 - (distance / 2) ** 2)
    touch = distance / 2 * (1 - radius / (radius + PROBE))

    def squared(x):
        if x < touch:
            return max(off_axis - np.sqrt(PROBE**2 - x**2), 0) ** 2
        return max(radius**2 - (x - distance / 2) ** 2, 0)

    return 2 * np.pi * quad(squared, 0, distance / 2 + radius, points=[touch], limit=200)[0]


@pytest.mark.parametrize(
    ("radius", "distance"), [(0.17, 0.0), (0.17, 0.15), (0.17, 0.4), (0.3, 0.6)]
)
def test_room_between_two_spheres_is_their_solvent_excluded_volume(radius, distance):
    rng = np.random.default_rng(1)
    edges, volumes = np.arange(-20, 21) * 0.04, []
    for _ in range(8):
        axis = rng.normal(size=3)
        half = distance / 2 * axis / np.linalg.norm(axis)
        centre = rng.uniform(-1, 1, 3) * [1, 1, 0.02]
        share = void_layers(
            [centre - half, centre + half], [radius] * 2, [1.8, 1.7], edges, PROBE, 0.04
        )
        volumes.append((1 - share).sum() * 0.04 * 1.8 * 1.7)
    assert np.mean(volumes) == pytest.approx(excluded(radius, distance), rel=0.015)


def test_a_hole_narrower_than_the_probe_is_filled_and_a_wider_one_is_not():
    x, y = np.meshgrid(np.arange(0, 2, 0.1), np.arange(0, 2, 0.1))
    sheet = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    edges = np.arange(-5, 6) * 0.02
    for width, hollow in ((0.26, False), (0.36, True)):
        walls = np.concatenate([sheet - [0, 0, 0.1 + width / 2], sheet + [0, 0, 0.1 + width / 2]])
        share = void_layers(walls, np.full(len(walls), 0.1), [2, 2], edges, PROBE, 0.02)
        assert share[5] == pytest.approx(1.0 if hollow else 0.0)


def test_layers_away_from_all_atoms_are_void():
    share = void_share(
        [[0.5, 0.5, 0.0]], np.array([0.17]), np.array([1, 1]), np.arange(-30, 31) * 0.1
    )
    assert (share[:25] == 1).all() and (share[35:] == 1).all() and share[29:31].max() < 1


@pytest.mark.parametrize("bad", [{"box": [0, 1]}, {"probe": 0}, {"radii": [-1.0]}, {"spacing": 0}])
def test_room_of_no_size_is_refused(bad):
    asked = {"radii": [0.1], "box": [1, 1], "edges": [0, 1], "probe": 0.1, "spacing": 0.1} | bad
    with pytest.raises(ValueError, match="must be positive"):
        void_layers([[0, 0, 0]], **asked)
