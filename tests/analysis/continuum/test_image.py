"""Image forces in a cylindrical pore and the radii of the Born energy."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import i0e, i1e, k0e, k1e

from analysis.continuum import IONS, Ion, partitioning

RATIO = 4.5 / 42
MU = np.array([1e-6, 0.1, 0.5, 1, 2, 3])
SALT = (10.0, 100.0, 500.0)
"""mol/m3 of a 1:1 salt in a pore of 0.5 nm and permittivity 42."""


def screening():
    return np.array([partitioning.image_screening([c, c], [1, -1], 0.5e-9, 42.0) for c in SALT])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("exact", (7.0642739, 6.5084564, 2.4120987, 0.76006691, 0.10102887, 0.014728294)),
        ("rehman-2023", (0.29023, 0.41553, 0.46129, 0.25095, 0.04906, 0.00835)),
    ],
)
def test_integral_has_its_tabulated_values(kind, expected):
    digits = {"exact": 1e-6, "rehman-2023": 1e-4}[kind]
    np.testing.assert_allclose(
        partitioning.image_integral(MU, RATIO, kind), expected, rtol=digits, atol=5e-6
    )


@pytest.mark.parametrize(("mu", "ratio"), [(0.01, 0.02), (0.3, 0.1), (1.5, 0.5), (5.0, 2.0)])
def test_integral_agrees_with_adaptive_quadrature(mu, ratio):
    def integrand(log):
        k = np.exp(log)
        v = np.hypot(k, mu)
        b = k / v * ratio
        above = k0e(k) * k1e(v) - b * k0e(v) * k1e(k)
        return k * np.exp(-2 * v) * above / (i1e(v) * k0e(k) + b * i0e(v) * k1e(k))

    pieces = [quad(integrand, low, low + 4, epsabs=1e-14)[0] for low in range(-36, 8, 4)]
    assert float(partitioning.image_integral(mu, ratio)) == pytest.approx(sum(pieces), abs=1e-9)


def test_a_conducting_wall_attracts_a_charge_on_the_axis_by_its_known_energy():
    """(2 / pi) int K0 / I0 dk = 0.87069; Bouwkamp and de Bruijn, J. Appl. Phys. 18, 562 (1947)."""
    conductor = partitioning.image_integral(0.0, 1e12)
    assert float(2 / np.pi * conductor) == pytest.approx(-0.87069, abs=1e-5)


def test_no_contrast_and_no_salt_give_no_image_force():
    assert float(partitioning.image_integral(0.0, 1.0)) == 0.0
    factor = partitioning.image(IONS["Mg2+"], 0.0, 0.5e-9, 42.0, matrix_permittivity=42.0)
    assert float(factor) == 1.0


def test_repulsion_weakens_as_the_matrix_becomes_polar_and_as_salt_screens():
    polar = partitioning.image_integral(0.5, np.linspace(0.02, 1, 30))
    assert (np.diff(polar) < 0).all()
    assert (np.diff(partitioning.image_integral(np.linspace(0, 8, 50), RATIO)) < 0).all()


def test_image_exclusion_of_a_salt_in_a_pore_is_strong_with_the_exact_boundary_condition():
    factor = partitioning.image([1, 2], screening(), 0.5e-9, 42.0)
    np.testing.assert_allclose(screening(), [0.224705, 0.710580, 1.588904], rtol=2e-6)
    np.testing.assert_allclose(factor[:, 0], [0.01516027, 0.29176513, 0.82494797], rtol=1e-6)
    np.testing.assert_allclose(factor[:, 1], [5.28e-8, 0.00724659, 0.46313354], rtol=1e-3)
    one = partitioning.image(IONS["SO4--"], screening(), 0.5e-9, 42.0)
    np.testing.assert_allclose(one, factor[:, 1])


def test_image_exclusion_as_printed_is_weak():
    factor = partitioning.image(IONS["Na+"], screening(), 0.5e-9, 42.0, kind="rehman-2023")
    np.testing.assert_allclose(factor, [0.6589, 0.7293, 0.9196], atol=5e-5)


def test_membranes_of_a_batch_keep_their_own_permittivity_and_radius():
    radius, permittivity = np.array([0.4e-9, 0.5e-9]), np.array([50.0, 42.0])
    both = partitioning.image([1, -1, 0], np.array([0.5, 0.7]), radius, permittivity)
    alone = partitioning.image([1, -1, 0], np.array(0.7), 0.5e-9, 42.0)
    np.testing.assert_allclose(both[1], alone)
    assert both[:, 2].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1.0, 0.1), "mu is -1"),
        ((np.nan, 0.1), "mu is nan"),
        ((1.0, -0.1), "permittivity_ratio is -0.1"),
        ((1.0, 0.1, "yaroshchuk"), "image_charges is 'yaroshchuk', allowed: exact, rehman-2023"),
    ],
)
def test_what_is_no_pore_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        partitioning.image_integral(*arguments)


def test_born_energy_takes_the_radius_that_is_asked_for():
    """Hydration energies of Rashin and Honig's radii are the measured ones: Na+ -406 kJ/mol."""
    radius = partitioning.born_radius(IONS["Na+"], "cavity")
    molar = 8.9875517873e9 * 1.602176634e-19**2 * 6.02214076e23 / (2 * radius) * (1 - 1 / 78.36)
    assert molar / 1e3 == pytest.approx(406, rel=0.02)
    ordered = [float(partitioning.born(IONS["Na+"], 41.0, radius=r)) for r in ("pauling", "cavity")]
    assert ordered[0] < ordered[1] < float(partitioning.born(IONS["Na+"], 41.0))
    assert float(partitioning.born(IONS["Na+"], 41.0, radius=0.184e-9)) == pytest.approx(
        0.169402111, rel=1e-6
    )
    assert float(partitioning.born(IONS["Na+"], 41.0, radius={"Na+": 0.184e-9})) == pytest.approx(
        0.169402111, rel=1e-6
    )


def test_born_exclusion_of_a_neutral_solute_is_none():
    assert partitioning.born(Ion("sugar", 0, 1e-9, 0.3e-9), [41.0, 30.0]).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("radius", "message"),
    [
        ("bondi", "born_radius is 'bondi', allowed: stokes, pauling, cavity"),
        (-1e-10, "born_radius of H\\+ is -1e-10"),
        ("cavity", "born_radius has no H\\+, only Li\\+"),
    ],
)
def test_a_radius_that_is_not_known_is_refused(radius, message):
    with pytest.raises(ValueError, match=message):
        partitioning.born(IONS["H+"], 41.0, radius=radius)
