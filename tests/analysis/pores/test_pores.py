import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from analysis.pores import UFF_SIGMA_ANGSTROM, pore_size_distribution
from benchmarks.hkust1 import (
    CELL_ANGSTROM,
    POREBLAZER,
    POREBLAZER_DENSITY,
    POREBLAZER_FIRST_ANGSTROM,
    as_poreblazer_prints,
    framework,
)

SPACING = 0.2
CARBON = 3.431
"""UFF's sigma of carbon, angstrom."""


def area(sizes):
    """Integral of a distribution, whose first bin starts at 0."""
    return sizes.density.sum() * 2 * sizes.diameter[0]


def share_near(sizes, diameter):
    """Share of the volume in the bin that holds a diameter."""
    width = sizes.diameter[1] - sizes.diameter[0]
    return sizes.density[int(diameter / width)] * width


@pytest.mark.parametrize(
    ("sites", "edge", "sigma", "window"),
    [
        ([(0, 0, 0)], 10, 8, np.sqrt(2) * 10),
        ([(0, 0, 0), (0.5, 0.5, 0.5)], 10, 7, 2 * 0.53033 * 10),
        ([(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)], 14, 8, 14 * np.sqrt(2 / 3)),
    ],
    ids=["simple cubic", "body-centred", "face-centred"],
)
def test_bottleneck_of_sphere_lattices_is_that_of_their_windows(
    monkeypatch, sites, edge, sigma, window
):
    monkeypatch.setitem(UFF_SIGMA_ANGSTROM, "C", sigma)
    origin = np.random.default_rng(0).random(3)
    sizes = pore_size_distribution((sites + origin) * edge, ["C"] * len(sites), [edge] * 3, SPACING)
    assert sizes.limiting == pytest.approx(window - sigma, abs=0.03)


@pytest.mark.parametrize("origin", [0.0, 3.33])
def test_simple_cubic_spheres_give_their_closed_forms_wherever_the_grid_lies(monkeypatch, origin):
    monkeypatch.setitem(UFF_SIGMA_ANGSTROM, "C", 8.0)
    sizes = pore_size_distribution([[origin] * 3], ["C"], [10, 10, 10], SPACING)
    assert sizes.largest == pytest.approx(np.sqrt(3) * 10 - 8, abs=1e-3)
    assert sizes.limiting == pytest.approx(np.sqrt(2) * 10 - 8, abs=0.03)
    assert sizes.void_fraction == pytest.approx(1 - np.pi / 6 * 8**3 / 1000, abs=2e-3)
    assert sizes.volume == pytest.approx(1000)
    assert area(sizes) == pytest.approx(1)


def plane(z, edge, step=0.2):
    """Carbon atoms close enough to be a flat wall."""
    x, y = np.meshgrid(*2 * [np.arange(0, edge, step)], indexing="ij")
    return np.stack([x.ravel(), y.ravel(), np.full(x.size, z)], axis=1)


@pytest.mark.parametrize("z", [0.0, 2.02])
def test_slit_is_one_peak_at_its_width(z):
    wall = plane(z, 3.0)
    sizes = pore_size_distribution(wall, ["C"] * len(wall), [3, 3, 8.5], SPACING)
    width = 8.5 - CARBON
    assert width == pytest.approx(5.069)
    assert sizes.largest == pytest.approx(width, abs=0.01)
    assert sizes.limiting == pytest.approx(width, abs=0.02)
    assert sizes.void_fraction == pytest.approx(width / 8.5, abs=SPACING / 8.5)
    assert share_near(sizes, width) > 0.99
    assert sizes.mean == pytest.approx(width, abs=0.05)


def test_slit_between_two_walls_needs_no_period_along_z():
    walls = np.concatenate([plane(-1.0, 3.0), plane(7.5, 3.0)])
    elements = ["C"] * len(walls)
    sizes = pore_size_distribution(walls, elements, [3, 3, None], SPACING, slab=(-1.0, 7.5))
    assert sizes.largest == pytest.approx(8.5 - CARBON, abs=0.01)
    assert sizes.limiting == pytest.approx(8.5 - CARBON, abs=0.02)
    assert sizes.limiting_z == 0.0


def tube(radius, length, edge, step=0.25):
    """Carbon atoms on a cylinder along z in the middle of a square box."""
    angle = np.linspace(0, 2 * np.pi, int(2 * np.pi * radius / step), endpoint=False)
    angle, z = np.meshgrid(angle, np.arange(0, length, step), indexing="ij")
    wall = np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=-1)
    return wall.reshape(-1, 3) + (edge / 2, edge / 2, 0)


def test_cylinder_is_one_peak_at_its_bore_and_open_along_z():
    wall = tube(6.0, 3.0, 12.4)
    sizes = pore_size_distribution(wall, ["C"] * len(wall), [12.4, 12.4, 3.0], SPACING)
    bore = 12.0 - CARBON
    assert sizes.largest == pytest.approx(bore, abs=0.01)
    assert sizes.limiting == pytest.approx(bore, abs=0.03)
    assert share_near(sizes, bore) > 0.98
    assert sizes.occupiable_fraction == pytest.approx(np.pi / 4 * bore**2 / 12.4**2, rel=0.01)


def test_slab_of_a_cylinder_passes_its_bore_from_face_to_face():
    wall = tube(6.0, 6.0, 12.4)
    box = [12.4, 12.4, 0]
    sizes = pore_size_distribution(wall, ["C"] * len(wall), box, SPACING, slab=(1.0, 5.0))
    assert sizes.limiting_z == pytest.approx(12.0 - CARBON, abs=0.03)
    assert sizes.limiting < 1
    assert sizes.volume == pytest.approx(12.4**2 * 4)


def test_closed_cavity_is_the_largest_pore_but_no_passage():
    count = 2000
    turn = np.pi * (1 + np.sqrt(5)) * np.arange(count)
    height = 1 - (2 * np.arange(count) + 1) / count
    ring = np.sqrt(1 - height**2)
    shell = 5 * np.stack([ring * np.cos(turn), ring * np.sin(turn), height], axis=1)
    sizes = pore_size_distribution(shell, ["C"] * count, [10.4] * 3, SPACING)
    assert sizes.largest == pytest.approx(10 - CARBON, abs=0.02)
    between_shells = np.sqrt(2) * 10.4 - 10 - CARBON
    assert sizes.limiting == pytest.approx(between_shells, abs=0.1)


def test_no_void_gives_no_distribution_and_no_passage():
    atoms = np.stack(np.meshgrid(*3 * [np.arange(0, 4, 1.0)]), axis=-1).reshape(-1, 3)
    sizes = pore_size_distribution(atoms, ["C"] * len(atoms), [4, 4, 4], SPACING)
    assert sizes.void_fraction == sizes.occupiable_fraction == area(sizes) == 0
    assert sizes.limiting == sizes.largest == 0
    assert np.isnan(sizes.mean) and np.isnan(sizes.mode)


def test_distribution_equals_largest_covering_spheres_found_by_exhaustion():
    rng = np.random.default_rng(5)
    box = np.array([9.0, 10.0, 11.0])
    atoms, elements = rng.random((14, 3)) * box, rng.choice(["C", "H", "O"], 14)
    sizes = pore_size_distribution(atoms, elements, box, SPACING, probe=1.0)
    fine = np.stack(np.meshgrid(*(np.arange(0, b, 0.16) for b in box)), axis=-1).reshape(-1, 3)
    clearance = np.min(
        [
            cKDTree(atoms[elements == e], boxsize=box).query(fine)[0] - UFF_SIGMA_ANGSTROM[e] / 2
            for e in np.unique(elements)
        ],
        axis=0,
    )
    largest_first = np.argsort(-clearance)[: (clearance >= 0.5).sum()]
    centres, radius = fine[largest_first], clearance[largest_first]
    points = rng.random((600, 3)) * box
    diameter = np.zeros(len(points))
    blocks = np.array_split(np.arange(len(centres)), 40)
    for i, point in enumerate(points):
        for block in blocks:
            apart = np.abs(centres[block] - point)
            apart = np.linalg.norm(np.minimum(apart, box - apart), axis=1)
            covering = np.flatnonzero(apart <= radius[block])
            if len(covering):
                diameter[i] = 2 * radius[block[covering[0]]]
                break
    found = diameter > 0
    # Standard errors of 600 points: 0.02 of the share, 0.04 angstrom of the mean.
    assert sizes.occupiable_fraction == pytest.approx(found.mean(), abs=0.05)
    assert sizes.mean == pytest.approx(diameter[found].mean(), abs=0.12)
    assert sizes.largest == pytest.approx(2 * clearance.max(), abs=0.1)


@pytest.fixture(scope="module")
def hkust1():
    positions, elements = framework()
    return pore_size_distribution(positions, elements, [CELL_ANGSTROM] * 3, 0.3)


@pytest.fixture(scope="module")
def hkust1_as_poreblazer():
    positions, elements = framework()
    box = [CELL_ANGSTROM] * 3
    return pore_size_distribution(positions, elements, box, SPACING, compatible="poreblazer")


def test_framework_has_the_formula_of_hkust1():
    positions, elements = framework()
    count = {element: elements.count(element) for element in set(elements)}
    assert count == {"Cu": 48, "O": 192, "C": 288, "H": 96}
    assert len(np.unique(positions.round(3), axis=0)) == 624


@pytest.mark.slow
def test_compatible_mode_gives_poreblazers_summary_of_hkust1(hkust1_as_poreblazer):
    sizes = hkust1_as_poreblazer
    assert sizes.largest == pytest.approx(POREBLAZER["largest"], abs=0.01)
    assert sizes.limiting == pytest.approx(POREBLAZER["limiting"], abs=SPACING)
    assert sizes.void_fraction == pytest.approx(POREBLAZER["void_fraction"], rel=1e-3)
    expected = POREBLAZER["occupiable_fraction"]
    assert sizes.occupiable_fraction == pytest.approx(expected, rel=3e-3)


@pytest.mark.slow
def test_compatible_mode_gives_poreblazers_distribution_of_hkust1(hkust1_as_poreblazer):
    sizes = hkust1_as_poreblazer
    first = int(np.flatnonzero(np.isclose(sizes.diameter, POREBLAZER_FIRST_ANGSTROM))[0])
    ours = as_poreblazer_prints(sizes.density)
    assert ours[:first].sum() == 0
    apart = np.abs(ours[first:] - POREBLAZER_DENSITY)
    # 10,000 random points scatter by 0.0145 of the volume around the truth.
    assert apart.sum() * 0.25 / 2 < 0.025
    printed = sizes.diameter[first:]
    half_a_bin = 0.125
    expected = np.average(printed, weights=POREBLAZER_DENSITY) + half_a_bin
    assert sizes.mean == pytest.approx(expected, rel=3e-3)


def test_hkust1_has_its_exact_largest_cavity_and_window(hkust1):
    positions, elements = framework()
    apart = (positions + CELL_ANGSTROM / 2) % CELL_ANGSTROM - CELL_ANGSTROM / 2
    sigma = np.array([UFF_SIGMA_ANGSTROM[element] for element in elements])
    cavity = (2 * np.linalg.norm(apart, axis=1) - sigma).min()
    assert hkust1.largest == pytest.approx(cavity, abs=1e-3)
    assert hkust1.limiting == pytest.approx(POREBLAZER["limiting"], abs=SPACING)
    assert hkust1.void_fraction == pytest.approx(POREBLAZER["void_fraction"], rel=0.01)
    assert hkust1.occupiable_fraction == pytest.approx(POREBLAZER["occupiable_fraction"], rel=0.015)
    assert hkust1.density[hkust1.diameter + 0.125 < 3.314].sum() == 0


@st.composite
def packings(draw):
    """Atoms in a box of whole numbers of half an angstrom."""
    seed = draw(st.integers(0, 10**6))
    rng = np.random.default_rng(seed)
    box = rng.integers(12, 18, 3) * 0.5
    count = int(rng.integers(3, 10))
    return rng, rng.random((count, 3)) * box, rng.choice(["C", "N", "O", "H"], count), box


NUMBERS = ("mean", "limiting", "largest", "void_fraction", "occupiable_fraction")
few = settings(max_examples=6, deadline=None)


def measured(positions, elements, box):
    """The numbers of a coarse and quick distribution, NaN as 0."""
    sizes = pore_size_distribution(positions, elements, box, 0.5, probe=1.0)
    return np.nan_to_num([getattr(sizes, name) for name in NUMBERS])


@few
@given(packings())
def test_order_and_image_of_atoms_do_not_matter(packing):
    rng, positions, elements, box = packing
    order = rng.permutation(len(positions))
    moved = (positions + rng.integers(-3, 4, positions.shape) * box)[order]
    expected = measured(positions, elements, box)
    np.testing.assert_allclose(measured(moved, elements[order], box), expected, atol=1e-5)


@few
@given(packings())
def test_translation_by_whole_voxels_does_not_matter(packing):
    rng, positions, elements, box = packing
    moved = positions + 0.5 * rng.integers(-9, 10, 3)
    before, after = measured(positions, elements, box), measured(moved, elements, box)
    np.testing.assert_allclose(after[1:4], before[1:4], atol=0.02)
    assert after[0] == pytest.approx(before[0], rel=1e-3)
    assert after[4] == pytest.approx(before[4], abs=1e-3)


@few
@given(packings(), st.integers(0, 2))
def test_two_cells_have_the_pores_of_one(packing, axis):
    _, positions, elements, box = packing
    shift, double = np.eye(3)[axis] * box, box * (1 + np.eye(3)[axis])
    twice = np.concatenate([positions, positions + shift])
    before = measured(positions, elements, box)
    after = measured(twice, np.tile(elements, 2), double)
    np.testing.assert_allclose(after[1:4], before[1:4], atol=0.02)
    assert after[0] == pytest.approx(before[0], rel=0.02)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"elements": ["C", "Xx"]}, "'Xx' of atom 1 has no radius; known: H, Li"),
        ({"elements": ["C"]}, "2 positions, but 1 elements"),
        ({"positions": [[0, 0, np.nan], [1, 1, 1]]}, "position of atom 0 is not finite"),
        ({"positions": [[0, 0], [1, 1]]}, r"\(atoms, 3\)"),
        ({"positions": np.zeros((0, 3)), "elements": []}, "no atoms"),
        ({"box": [9, 9, 0]}, r"slab=\(low, high\)"),
        ({"box": [9, 9]}, "three edge lengths"),
        ({"spacing": 0}, "spacing must be above 0"),
        ({"probe": -1}, "probe must be 0 angstrom or more"),
        ({"slab": (5, 4)}, "slab must be"),
        ({"compatible": "zeo"}, "None or 'poreblazer'"),
    ],
)
def test_bad_arguments_are_refused_by_name(change, message):
    good = {"positions": [[0, 0, 0], [1, 1, 1]], "elements": ["C", "C"], "box": [9, 9, 9]}
    with pytest.raises(ValueError, match=message):
        pore_size_distribution(**(good | change))
