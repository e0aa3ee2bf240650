"""Faces of slabs of known density profiles."""

import numpy as np
import pytest
from scipy.stats import norm

from mdtools.slab import density_faces


def test_faces_of_a_slab_of_known_profile():
    z = np.arange(-60, 61) * 0.5
    rho = norm.sf(np.abs(z), 15, 2)
    expected = norm.isf(0.05 * norm.sf(0, 15, 2), 15, 2)
    assert density_faces(z, rho, bridge=3) == (
        pytest.approx(-expected, abs=0.05),
        pytest.approx(expected, abs=0.05),
    )


def test_a_loose_piece_far_out_does_not_move_the_faces():
    z = np.arange(-40, 41)
    rho = np.where(np.abs(z) <= 10, 1.0, 0.0)
    alone = density_faces(z, rho, bridge=3)
    rho[(z > 20) & (z < 25)] = 0.3
    rho[z == 40] = 0.3
    assert density_faces(z, rho, bridge=3) == alone


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize(
    ("width", "empty", "crossed"),
    [
        (1.0, 1, True),
        (1.0, 2, True),
        (1.0, 3, False),
        (0.1, 29, True),
        (0.1, 30, False),
        (1.5, 1, True),
        (1.5, 2, False),
        (3.0, 1, False),
    ],
)
def test_a_gap_is_crossed_if_its_empty_bins_are_narrower_than_the_bridge(
    side, width, empty, crossed
):
    z = side * width * np.arange(-300, 301)
    rho = (np.abs(z) < 20).astype(float)
    rho[side * z < -10] *= 1.2  # the densest bins lie on one side of the gap
    rho[300 : 300 + empty] = 0
    order = np.argsort(z)
    far = max(density_faces(z[order], rho[order], bridge=3), key=lambda face: side * face)
    assert side * far == pytest.approx(20 if crossed else 0, abs=width)


@pytest.mark.parametrize("rho", [np.zeros(5), np.ones(5)])
def test_faces_of_no_slab_are_refused(rho):
    with pytest.raises(ValueError, match="zero everywhere|end of the range"):
        density_faces(np.arange(5), rho, bridge=3)
