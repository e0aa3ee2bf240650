"""Fixed charge that varies along the pore."""

import numpy as np
import pytest

from analysis.continuum import IONS, Membrane, Profile, Solution, hindrance, solve
from analysis.continuum.solver.mesh import ChargePieces, cell_widths

NACL = Solution({"Na+": 10.0, "Cl-": 10.0})
MGCL2 = Solution({"Mg2+": 5.0, "Cl-": 10.0})
PLACES = np.linspace(0, 1, 1001)


def membrane(charge):
    return Membrane(0.5e-9, 1e-6, 44.0, charge)


def exponential():
    """Falling from the feed within 0.2 of the pore, -50 on average."""
    shape = np.exp(-PLACES / 0.2)
    return Profile(PLACES, -50 * shape / np.trapezoid(shape, PLACES))


PROFILES = {
    "uniform": -50.0,
    "falling": Profile([0, 1], [-100, 0]),
    "rising": Profile([0, 1], [0, -100]),
    "exponential": exponential(),
}


@pytest.mark.parametrize(
    ("name", "nacl", "mgcl2"),
    [
        ("uniform", 0.899225121, 0.840110282),
        ("falling", 0.899920101, 0.833855216),
        ("rising", 0.898637888, 0.830270205),
        ("exponential", 0.900508333, 0.814999730),
    ],
)
def test_profiles_of_equal_mean_charge_have_their_reference_rejections(name, nacl, mgcl2):
    charge = PROFILES[name]
    assert float(solve(membrane(charge), NACL, 1e-5).rejection["Cl-"]) == pytest.approx(
        nacl, abs=1e-6
    )
    assert float(solve(membrane(charge), MGCL2, 1e-5).rejection["Mg2+"]) == pytest.approx(
        mgcl2, abs=1e-6
    )


def test_equal_layers_are_a_uniform_charge():
    layers = Profile.layers([0, 0.3, 0.7, 1], [-50.0, -50.0, -50.0])
    whole, parts = solve(membrane(-50.0), MGCL2, 1e-5), solve(membrane(layers), MGCL2, 1e-5)
    assert float(parts.rejection["Mg2+"]) == pytest.approx(float(whole.rejection["Mg2+"]), abs=1e-8)


def test_a_jump_is_the_limit_of_a_steep_ramp():
    jump = Profile.layers([0, 0.4, 1], [-100.0, 50.0])
    sharp = float(solve(membrane(jump), MGCL2, 1e-5).rejection["Mg2+"])
    gaps = []
    for width in (0.02, 0.01, 0.005):
        ramp = Profile([0, 0.4 - width, 0.4 + width, 1], [-100, -100, 50, 50])
        gaps.append(abs(float(solve(membrane(ramp), MGCL2, 1e-5).rejection["Mg2+"]) - sharp))
    np.testing.assert_allclose(np.array(gaps[:-1]) / gaps[1:], 2.0, rtol=0.2)


def test_ions_are_in_equilibrium_across_a_jump():
    jump = Profile.layers([0, 0.4, 1], [-100.0, -20.0])
    found = solve(membrane(jump), MGCL2, 1e-5)
    left, right = np.flatnonzero(np.isclose(found.x, 0.4))
    shifts = [
        np.log(found.profile[name][left] / found.profile[name][right]) / z
        for name, z in (("Mg2+", 2), ("Cl-", -1))
    ]
    drop = found.potential[right] - found.potential[left]
    np.testing.assert_allclose(shifts, drop, rtol=1e-9)


def test_pore_balances_its_charge_everywhere():
    profile = PROFILES["falling"]
    found = solve(membrane(profile), MGCL2, 1e-5)
    charge = 2 * found.profile["Mg2+"] - found.profile["Cl-"]
    np.testing.assert_allclose(charge, -np.interp(found.x, profile.x, profile.X), atol=1e-9)


@pytest.mark.parametrize(
    "charge", [Profile([0, 1], [-100, -20]), Profile([0, 0.5, 1], [-80, -30, -90])]
)
def test_migration_follows_the_gradient_of_the_potential(charge):
    found = solve(membrane(charge), NACL, 2e-6)
    ion = IONS["Na+"]
    conductance = hindrance.diffusive(ion.stokes_radius / 0.5e-9) * ion.diffusivity / 1e-6
    half = len(found.x) // 2 if len(charge.x) == 3 else len(found.x)
    for part in (slice(0, half), slice(half, None)):
        if not len(found.x[part]):
            continue
        field = np.gradient(found.potential[part], found.x[part], edge_order=2)
        expected = -conductance * found.profile["Na+"][part] * field
        np.testing.assert_allclose(found.migration["Na+"][part], expected, rtol=1e-2)


def test_a_batch_of_profiles_is_solved_row_by_row():
    batch = Profile([0, 1], np.array([[-100.0, 0.0], [0.0, -100.0]]))
    found = solve(membrane(batch), NACL, [[1e-5], [1e-6]])
    assert found.rejection["Cl-"].shape == (2, 2)
    assert float(found.rejection["Cl-"][0, 0]) == pytest.approx(0.899920101, abs=1e-6)
    assert float(found.rejection["Cl-"][0, 1]) == pytest.approx(0.898637888, abs=1e-6)


def test_mesh_has_a_cell_of_no_width_at_a_jump():
    jump = Profile.layers([0, 0.4, 1], [-100.0, 50.0])
    pieces = ChargePieces.of(jump.x, jump.X[:, None])
    nodes = pieces.uniform(4)
    widths = cell_widths(nodes)[:, 0]
    np.testing.assert_allclose(widths, [0.1] * 4 + [0] + [0.15] * 4)
    assert pieces.at(nodes)[:, :, 0].tolist() == [[-100.0] * 5, [50.0] * 5]


@pytest.mark.parametrize(
    ("x", "density", "message"),
    [
        ([0.1, 1], [1, 1], "from 0.1 to 1, allowed: 0 to 1"),
        ([0, 0.5], [1, 1], "from 0 to 0.5"),
        ([0, 0.6, 0.4, 1], [1, 1, 1, 1], "falls from 0.6 to 0.4"),
        ([0, 0.5, 0.5, 0.5, 1], [1, 1, 1, 1, 1], "repeat a value once"),
        ([0, 0, 1], [1, 1, 1], "only inside"),
        ([0, 1], [1, np.nan], "X of the profile has nan"),
        ([0, 1], [1, 1, 1], "shape"),
    ],
)
def test_bad_profiles_are_refused(x, density, message):
    with pytest.raises(ValueError, match=message):
        Profile(x, density)
