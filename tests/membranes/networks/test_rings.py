"""Ring piercing against geometry done by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from membranes.networks.rings import pierced, pierced_rings

BOX = np.array([3.0, 3.0, 3.0])
RADIUS = 0.14


def hexagon(centre=(1.5, 1.5, 1.5)):
    angles = np.arange(6) * np.pi / 3
    ring = RADIUS * np.stack([np.cos(angles), np.sin(angles), np.zeros(6)], axis=1)
    return (ring + centre)[None]


def crossing(x, y, half=0.2, centre=(1.5, 1.5, 1.5)):
    start = np.array([[centre[0] + x, centre[1] + y, centre[2] - half]])
    return start, start + [0, 0, 2 * half]


@given(
    st.floats(0, 0.3),
    st.floats(0, 2 * np.pi),
    st.tuples(*[st.integers(-2, 2)] * 2),
)
def test_a_vertical_bond_pierces_a_flat_ring_exactly_where_it_is_inside(radius, angle, image):
    apothem = RADIUS * np.cos(np.pi / 6)
    sector = angle % (np.pi / 3) - np.pi / 6
    edge = apothem / np.cos(sector)
    if abs(radius - edge) < 1e-6:
        return
    start, end = crossing(radius * np.cos(angle), radius * np.sin(angle))
    shift = [*(np.array(image) * BOX[:2]), 0]
    assert bool(len(pierced(hexagon(), start + shift, end + shift, BOX))) == (radius < edge)


def test_a_bond_that_ends_before_the_ring_does_not_pierce_it():
    start, _ = crossing(0, 0)
    assert not len(pierced(hexagon(), start, start + [0, 0, 0.19], BOX))
    assert len(pierced(hexagon(), start, start + [0, 0, 0.21], BOX))


def test_a_bond_across_the_periodic_boundary_pierces_a_ring_there():
    ring = hexagon(centre=(0.02, 1.5, 1.5))
    start, end = crossing(0.05, 0, centre=(3.02, 1.5, 1.5))
    assert len(pierced(ring, start, end, BOX)) == 1


def test_z_is_not_periodic():
    ring = hexagon(centre=(1.5, 1.5, 0.05))
    start, end = crossing(0, 0, centre=(1.5, 1.5, 3.05))
    assert not len(pierced(ring, start, end, BOX))


def test_a_rings_own_bonds_never_count(monomers):
    assert not len(pierced_rings(monomers))


@pytest.mark.parametrize(("offset", "expected"), [(0.0, 1), (0.4, 0)])
def test_a_segment_through_a_residues_ring_is_found(monomers, offset, expected):
    rows = [monomers.rows[6, name] for name in ("C1", "C2", "C3", "C4", "C5", "C6")]
    ring = monomers.positions[rows]
    normal = np.cross(ring[1] - ring[0], ring[2] - ring[0])
    normal /= np.linalg.norm(normal)
    aside = (ring[0] - ring.mean(axis=0)) / np.linalg.norm(ring[0] - ring.mean(axis=0)) * offset
    positions = monomers.positions.copy()
    first, second = monomers.rows[0, "N1"], monomers.rows[1, "N1"]
    positions[first] = ring.mean(axis=0) + aside - 0.1 * normal
    positions[second] = ring.mean(axis=0) + aside + 0.1 * normal
    moved = replace(monomers, positions=positions)
    found = pierced_rings(moved, np.array([[first, second]]))
    assert len(found[found[:, 0] == 6]) == expected
