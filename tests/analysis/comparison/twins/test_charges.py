from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison import ChargeProfile, Geometry
from analysis.comparison.twins.grids import first_mesh
from membranes import library
from membranes.layouts.place import lay_out
from membranes.layouts.plans import LAYOUTS

CELL = Geometry.symmetric(4.6e-9, 5e-9, 5.2e-9**2)
NET = {"pH2": 14, "pH7": -14, "pH10": -30}
"""Of the study, e; all other layouts -14."""
SIGNS = {"NH2+": 1.0, "COO-": -1.0}

groups = st.lists(
    st.tuples(st.floats(-3, 3), st.sampled_from([-1.0, 1.0])), min_size=1, max_size=60
)


@settings(max_examples=40, deadline=None)
@given(groups, st.booleans(), st.floats(0.1e-9, 2e-9), st.integers(0, 3))
def test_a_profile_integrates_to_the_net_charge_on_every_grid(placed, smooth, width, level):
    z, charges = np.array(placed).T
    profile = ChargeProfile.of_groups(z, charges, CELL, width=width, smooth=smooth)
    net = charges.sum()
    assert profile.net == pytest.approx(net, abs=1e-12)
    faces = first_mesh(CELL).faces(level)
    per_area = profile.amounts(faces).sum()
    assert per_area * CELL.area * 6.02214076e23 == pytest.approx(net, abs=1e-10)
    assert profile.averaged(CELL.faces).net == profile.net
    assert profile.mirrored().net == pytest.approx(profile.net, abs=1e-12)


@pytest.fixture(scope="module")
def network():
    return library.load("pip-tmc-2020")


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_of_the_study_have_its_net_charge(network, layout):
    table = lay_out(network, layout).groups
    charges = table["kind"].map(SIGNS).to_numpy()
    for smooth in (False, True):
        profile = ChargeProfile.of_groups(table["z_nm"], charges, CELL, smooth=smooth)
        assert profile.net == pytest.approx(NET.get(layout, -14), abs=1e-10)


def test_density_of_a_uniform_layer_is_sites_per_volume():
    profile = ChargeProfile.of_groups([-0.5, 0.5], [-1, -1], CELL, width=5e-9)
    # Two sites in 5.2 x 5.2 x 5 nm; one per nm3 is 1660.54 mol/m3.
    assert profile.density == pytest.approx([-2 / (5.2 * 5.2 * 5) * 1660.53907])
    assert profile.mean_density(CELL.faces) == pytest.approx(profile.density[0])


def test_a_smooth_profile_is_the_gaussian_of_its_group():
    profile = ChargeProfile.of_groups([0.0], [1.0], CELL, width=0.3e-9, smooth=True)
    z = (profile.edges[1:] + profile.edges[:-1]) / 2
    shape = profile.charges / np.diff(profile.edges)
    expected = np.exp(-((z / 0.3e-9) ** 2) / 2) / (0.3e-9 * np.sqrt(2 * np.pi))
    assert shape == pytest.approx(expected, rel=1e-2, abs=1e-3 * expected.max())


def test_a_smooth_profile_holds_the_integral_of_its_gaussians_in_cells_of_any_width():
    z, width = np.array([-2.3, 0.1]), 0.3
    profile = ChargeProfile.of_groups(z, [1.0, -1.0], CELL, width=1e-9 * width, smooth=True)
    faces = np.array([-2.5, -2.47, -2.4, -2.13, 0.0, 0.01, 0.07, 2.5])
    spread = NormalDist(0.0, width)

    def below(place):
        # The first group beside its image in the feed's face, and the second group.
        first = spread.cdf(place - z[0]) - spread.cdf(-2.5 - z[0])
        return (
            first + spread.cdf(place + 5 + z[0]) - spread.cdf(2.5 + z[0]) - spread.cdf(place - z[1])
        )

    expected = np.diff([below(place) for place in faces])
    found = profile.amounts(1e-9 * faces) * CELL.area * 6.02214076e23
    assert found == pytest.approx(expected, abs=3e-6)


def test_groups_outside_the_faces_count_in_the_outermost_bins():
    profile = ChargeProfile.of_groups([-9.0, 9.0], [-1, 1], CELL, width=2.5e-9)
    assert profile.charges.tolist() == [-1, 1]


def test_a_mirrored_profile_is_that_of_mirrored_groups():
    z, charges = np.array([-2.2, -1.3, 0.7]), [-1, -1, 1]
    mirrored = ChargeProfile.of_groups(z, charges, CELL, smooth=True).mirrored()
    expected = ChargeProfile.of_groups(-z, charges, CELL, smooth=True)
    assert mirrored.charges == pytest.approx(expected.charges, abs=1e-12)


@pytest.mark.parametrize(
    ("z", "charges", "options", "message"),
    [
        ([[0.0]], [[1]], {}, "a row of groups"),
        ([0.0], [1, 1], {}, "one for each group"),
        ([np.nan], [1], {}, "finite"),
        ([0.0], [1], {"width": 0.0}, "width is 0"),
    ],
)
def test_wrong_groups_are_named(z, charges, options, message):
    with pytest.raises(ValueError, match=message):
        ChargeProfile.of_groups(z, charges, CELL, **options)


def test_charge_beyond_the_cell_is_refused():
    profile = ChargeProfile([-20e-9, 0], [-1.0], CELL.area)
    with pytest.raises(ValueError, match="beyond the cell"):
        profile.amounts(first_mesh(CELL).faces(0))


@pytest.mark.parametrize("smooth", [False, True])
def test_a_membrane_without_groups_has_no_charge(smooth):
    empty = ChargeProfile.of_groups([], [], CELL, smooth=smooth)
    assert empty.net == 0
    assert not empty.density.any()
