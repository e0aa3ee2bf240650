"""Water is dense, rigid, whole, out of the way of the membrane, and exact in number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdtools.cells.water_tiling import (
    HEAVY_CONTACT_NM,
    HYDROGEN_CONTACT_NM,
    WATER_CONTACT_NM,
    fill,
    nearest,
    rigid_water,
    stored_water,
    tile,
)
from mdtools.slab import mass_faces

BOX = np.array([2.0, 2.1])


def distances(points, others, box):
    apart = points[:, None] - others[None]
    apart[..., :2] -= np.round(apart[..., :2] / box) * box
    return np.linalg.norm(apart, axis=-1)


def test_rigid_water_has_the_geometry_of_tip4p():
    rng = np.random.default_rng(0)
    rough = rng.normal(size=(50, 1, 3)) + rng.normal(0, 0.05, size=(50, 3, 3))
    water = rigid_water(rough)
    oh = np.linalg.norm(water[:, 1:3] - water[:, :1], axis=-1)
    assert oh == pytest.approx(np.full((50, 2), 0.09572))
    hh = np.linalg.norm(water[:, 1] - water[:, 2], axis=-1)
    assert hh == pytest.approx(np.full(50, 2 * 0.09572 * np.sin(np.deg2rad(52.26))))
    om = water[:, 3] - water[:, 0]
    assert np.linalg.norm(om, axis=-1) == pytest.approx(np.full(50, 0.015))
    middle = water[:, 1:3].mean(axis=1) - water[:, 0]
    assert np.cross(om, middle) == pytest.approx(np.zeros((50, 3)), abs=1e-12)
    assert (water[:, 0] == rough[:, 0]).all()


def test_stored_box_has_the_density_of_water():
    molecules, edge = stored_water()
    assert len(molecules) / edge**3 * 0.0180153 / 0.602214e-3 == pytest.approx(997, abs=15)


@given(st.tuples(st.floats(1.8, 4.0), st.floats(1.8, 4.0)), st.floats(1.0, 4.0))
@settings(max_examples=15)
def test_tiles_have_bulk_density_and_do_not_clash_across_the_seam(box, height):
    water = tile(np.array(box), -2.0, -2.0 + height)
    volume = np.prod(box) * height
    assert len(water) == pytest.approx(33.4 * volume, rel=0.06)
    apart = distances(water[:, 0], water[:, 0], np.array(box)) + np.eye(len(water))
    assert apart.min() >= 0.9 * WATER_CONTACT_NM
    assert (water[:, 0, 2] >= -2).all() and (water[:, 0, 2] < -2 + height).all()
    assert np.linalg.norm(water[:, 1] - water[:, 0], axis=1) == pytest.approx(0.09572)


@pytest.fixture(scope="module")
def hydrated(membrane):
    hydrogen = (membrane.atoms["element"] == "H").to_numpy()
    faces = mass_faces(membrane.positions[:, 2], np.ones(len(hydrogen)))
    waters = fill(membrane.positions, hydrogen, faces, membrane.box_nm, (120, 90))
    return waters, faces, hydrogen


def test_reservoirs_hold_exactly_the_waters_asked_for(hydrated):
    waters, (low, high), _ = hydrated
    assert len(waters.feed) == 120 and len(waters.permeate) == 90
    assert (waters.feed[:, 0, 2] < low).all() and (waters.permeate[:, 0, 2] > high).all()
    inside = waters.membrane[:, 0, 2]
    assert len(inside) > 0 and (inside >= low).all() and (inside <= high).all()


def test_outer_surfaces_are_flat(hydrated):
    """Beyond the slab's last atom the outermost 0.3 nm hold their share of bulk water."""
    (waters, _, _) = hydrated
    for z in (-waters.feed[:, 0, 2], waters.permeate[:, 0, 2]):
        outer = z > z.max() - 0.3
        assert outer.sum() > 0.7 * 30 * np.prod(BOX) * 0.3


def test_no_water_overlaps_the_membrane_through_the_boundary(hydrated, membrane):
    waters, _, hydrogen = hydrated
    water = np.concatenate([waters.feed, waters.membrane, waters.permeate])
    apart = distances(water[:, 0], membrane.positions, BOX)
    assert apart[:, ~hydrogen].min() >= HEAVY_CONTACT_NM
    assert apart[:, hydrogen].min() >= HYDROGEN_CONTACT_NM
    for site in (1, 2):
        assert distances(water[:, site], membrane.positions, BOX).min() >= HYDROGEN_CONTACT_NM


def test_voids_of_the_membrane_are_filled():
    """A slab with a hole of 0.5 nm radius through it, which must not stay empty."""
    grid = np.stack(np.meshgrid(*[np.arange(0, 2, 0.15)] * 2, np.arange(-0.9, 1, 0.15)), -1)
    atoms = grid.reshape(-1, 3)
    atoms = atoms[np.linalg.norm(atoms[:, :2] - 1.0, axis=1) > 0.8]
    none = np.zeros(len(atoms), dtype=bool)
    faces = mass_faces(atoms[:, 2], np.ones(len(atoms)))
    waters = fill(atoms, none, faces, np.array([2.0, 2.1]), (50, 50))
    free = np.pi * (0.8 - HEAVY_CONTACT_NM) ** 2 * (faces[1] - faces[0])
    assert len(waters.membrane) == pytest.approx(33 * free, rel=0.35)


def test_faces_ignore_a_single_chain_end():
    z = np.concatenate([np.linspace(-1, 1, 201), [3.0]])
    assert mass_faces(z, np.ones(202)) == pytest.approx((-0.9, 0.91), abs=0.011)


def test_nearest_distance_looks_through_the_lateral_boundary_only():
    points = np.array([[0.05, 1.0, 0.0]])
    others = np.array([[1.95, 1.0, 0.0], [0.05, 1.0, 0.5]])
    assert nearest(points, others, BOX) == pytest.approx([0.1])
    assert nearest(points, others[1:] + [0, 0, 99], BOX) == pytest.approx([99.5])
