"""Rejections, hindrance and partitioning against closed forms and published reference values.

Rejections of eight digits and more that have no closed form and no paper were computed apart from
this package, with ideal activities by two methods that agreed, with Davies' by shooting alone; the
programs are not kept. They were recomputed with solve_bvp of scipy 1.17.1, at a tolerance of 1e-9,
and for NaCl at 1e-9 to 1e-4 m/s of 1e-11, which gives them within 1e-9, with Davies' within 1e-8.
The tests named after scipy do that again but for NaCl at many fluxes; see ``boundary_value``.
"""

from dataclasses import replace

import numpy as np
import pytest

from analysis.continuum import (
    IONS,
    Ion,
    Membrane,
    Model,
    Solution,
    activity,
    hindrance,
    partitioning,
    solve,
)
from tests.analysis.continuum import boundary_value
from tests.analysis.continuum.bare import LBL15C, SEAWATER, SEAWATER_REJECTIONS, problem

ORDER = ("Na+", "Ca2+", "Mg2+", "SO4--", "Cl-")
NACL = Solution({"Na+": 10.0, "Cl-": 10.0})
LAMBDA = np.arange(1, 10) / 10


def rejections(transport):
    return [float(transport.rejection[name]) for name in ORDER]


DAVIES_REJECTIONS = (-0.051556917, 0.90169157, 0.94283689, 0.97420904, 0.099590176)
"""The first of them with Davies' coefficients outside the pore."""
DAVIES_PERMITTIVITY = 78.36
"""Of the A with which they were computed, 0.5110038845; that of 25 C differs by 7e-6 in them."""
SALT_REJECTIONS = [
    ({"Na+": 17.11, "Cl-": 17.11}, 0.7497118792, 0.1593401355),
    ({"Mg2+": 8.31, "SO4--": 8.31}, 0.9999368800, 0.9814030957),
    ({"Mg2+": 5.25, "Cl-": 10.5}, 0.8218917155, 0.7679540387),
    ({"Na+": 14.08, "SO4--": 7.04}, 0.9999475103, 0.5147489944),
]
"""At 5e-6 m/s through LBL15C of -27 mol/m3 and of none."""


@pytest.mark.parametrize(("membrane", "hindered", "expected"), SEAWATER_REJECTIONS)
def test_scipy_gives_the_reference_rejections_of_seawater(membrane, hindered, expected):
    found = boundary_value.rejections(problem(membrane, SEAWATER, 1e-6, hindered))
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_scipy_gives_the_reference_rejections_with_davies_coefficients():
    given = problem(LBL15C, SEAWATER, 1e-6)
    permeate = given.feed

    def partition(solution):
        gamma = activity.coefficients(
            "davies", SEAWATER.ions, solution, permittivity=DAVIES_PERMITTIVITY
        )
        return given.partition * gamma

    for _ in range(8):
        at = replace(given, partition=partition(given.feed), permeate_partition=partition(permeate))
        found = boundary_value.rejections(at)
        permeate = given.feed * (1 - found)
    np.testing.assert_allclose(found, DAVIES_REJECTIONS, atol=1e-8)


@pytest.mark.parametrize(("salt", "charged", "neutral"), SALT_REJECTIONS)
def test_scipy_gives_the_reference_rejections_of_salts(salt, charged, neutral):
    for density, expected in ((-27.0, charged), (0.0, neutral)):
        membrane = replace(LBL15C, charge_density=density)
        found = boundary_value.rejections(problem(membrane, Solution(salt), 5e-6))
        np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize(("membrane", "hindered", "expected"), SEAWATER_REJECTIONS)
def test_seawater_through_published_membranes(membrane, hindered, expected):
    transport = solve(membrane, SEAWATER, 1e-6, Model(hindrance=hindered))
    np.testing.assert_allclose(rejections(transport), expected, atol=1e-8)


def test_seawater_with_davies_coefficients_in_the_solutions():
    transport = solve(LBL15C, SEAWATER, 1e-6, Model(activity="davies"))
    np.testing.assert_allclose(rejections(transport), DAVIES_REJECTIONS, atol=1e-5)


def molal_davies(kind, ions, concentrations, temperature):
    """Davies as WaterTAP 1.8.0 has it: molal ionic strength, a solution of 1000 kg/m3."""
    molar_mass = {"Na+": 0.023, "Cl-": 0.035, "Ca2+": 0.040, "SO4--": 0.096, "Mg2+": 0.024}
    squared = np.array([float(ion.charge) for ion in ions]) ** 2
    water = 1000 - concentrations @ [molar_mass[ion.name] for ion in ions]
    strength = concentrations @ squared / 2 / water
    root = np.sqrt(strength)
    slope = 0.5110038844 * np.sqrt(0.997)
    return 10 ** (-slope * squared * (root / (1 + root) - 0.3 * strength)[:, None])


def test_watertap_inlet_with_davies_coefficients_in_solutions_and_pore(monkeypatch):
    """Interface of the 5-ion test of WaterTAP 1.8.0's NanofiltrationDSPMDE0D without film."""
    monkeypatch.setattr(activity, "coefficients", molal_davies)
    calcium = Ion("Ca2+", 2, 0.92e-9, 0.309e-9)
    feed = {"Na+": 483.5652, "Cl-": 574.3319, calcium: 9.55, "SO4--": 22.25, "Mg2+": 58.08333}
    transport = solve(
        Membrane(0.5e-9, 1.33e-6, 41.3, -27.0),
        Solution(feed, permittivity=78.36),
        1.02836567e-6,
        Model(activity="davies", pore_activity="davies"),
    )
    expected = {
        "Na+": -0.062775,
        "Cl-": 0.088259,
        "Ca2+": 0.838456,
        "SO4--": 0.943107,
        "Mg2+": 0.921085,
    }
    for name, value in expected.items():
        assert float(transport.rejection[name]) == pytest.approx(value, abs=1e-5)


def test_seawater_pilot_point_is_within_the_models_accuracy():
    """Measured by Labban et al., J. Membr. Sci. 521, 18 (2017), table 9."""
    transport = solve(LBL15C, SEAWATER, 1.67e-6)
    np.testing.assert_allclose(
        rejections(transport), (-0.01899, 0.86461, 0.91944, 0.93778, 0.12400), atol=1e-5
    )
    np.testing.assert_allclose(rejections(transport), (0.01, 0.79, 0.94, 0.87, 0.15), atol=0.09)


def test_feed_donnan_potential_of_a_published_membrane():
    assert float(solve(LBL15C, SEAWATER, 1e-6).donnan_feed) == pytest.approx(
        -0.26562136582, abs=1e-10
    )


def neutral_salt(cation, anion, membrane, flux):
    """Rejection of a binary salt by an uncharged membrane, exact: the salt moves as one solute.

    With a = (|z-| P+ Kc+ + z+ P- Kc-) / (z+ + |z-|), b the same without Kc and
    S = (G+^|z-| G-^z+)^(1 / (z+ + |z-|)):  R = 1 - S / [(b/a)(1 - e^-a) + S e^-a].
    """
    sums, partition = np.zeros(2), 1.0
    total = cation.charge - anion.charge
    for ion, weight in ((cation, -anion.charge), (anion, cation.charge)):
        lam = ion.stokes_radius / membrane.pore_radius
        kd, kc = hindrance.diffusive(lam), hindrance.convective(lam)
        peclet = flux * membrane.effective_thickness / (kd * ion.diffusivity)
        sums += weight * peclet / total * np.array([kc, 1.0])
        born = partitioning.born(ion, membrane.pore_permittivity)
        partition *= (partitioning.steric(lam) * born) ** (weight / total)
    a, b = sums
    return 1 - partition / (b / a * -np.expm1(-a) + partition * np.exp(-a))


@pytest.mark.parametrize("flux", [1e-7, 1e-6, 1e-5, 1e-4])
@pytest.mark.parametrize(
    ("salt", "feed"),
    [
        (("Na+", "Cl-"), (10, 10)),
        (("Mg2+", "Cl-"), (5, 10)),
        (("Na+", "SO4--"), (20, 10)),
        (("Mg2+", "SO4--"), (8, 8)),
    ],
)
def test_salts_through_a_neutral_membrane_follow_the_closed_form(salt, feed, flux):
    membrane = Membrane(0.5e-9, 1e-6, 42.0, 0.0)
    transport = solve(membrane, Solution(dict(zip(salt, feed, strict=True))), flux)
    expected = neutral_salt(IONS[salt[0]], IONS[salt[1]], membrane, flux)
    for name in salt:
        assert float(transport.rejection[name]) == pytest.approx(float(expected), abs=1e-6)


def test_neutral_membrane_at_any_flux_has_the_tabulated_rejections():
    membrane, flux = Membrane(0.5e-9, 1e-6, 42.0, 0.0), [1e-6, 1e-5, 1e-3]
    nacl = solve(membrane, Solution({"Na+": 10, "Cl-": 10}), flux)
    mgcl2 = solve(membrane, Solution({"Mg2+": 10, "Cl-": 20}), flux)
    np.testing.assert_allclose(
        nacl.rejection["Na+"], [0.025812283581, 0.207854315499, 0.915488714617], atol=1e-6
    )
    np.testing.assert_allclose(
        mgcl2.rejection["Mg2+"], [0.334861749468, 0.827125608553, 0.977915146799], atol=1e-5
    )


def test_charged_membrane_from_zero_to_infinite_flux():
    flux = 10.0 ** np.arange(-9, -2)
    membrane = Membrane(0.51e-9, 1.33e-6, 41.0, -50.0)
    transport = solve(membrane, Solution({"Na+": 10, "Cl-": 10}), flux)
    expected = (
        0.001200260333,
        0.01193765295,
        0.1129064472,
        0.6377675773,
        0.9573502975,
        0.9945670289,
        0.99765246,
    )
    np.testing.assert_allclose(transport.rejection["Cl-"], expected, atol=1e-7)
    assert float(solve(membrane, NACL, 1.0).rejection["Cl-"]) == pytest.approx(
        infinite_flux(membrane), abs=1e-7
    )
    assert infinite_flux(membrane) == pytest.approx(0.9976608843, abs=1e-9)


def infinite_flux(membrane):
    """Rejection of NaCl without diffusion: c_p = q (Kc - z Kd D e) with q of the feed's face."""
    ions = (IONS["Na+"], IONS["Cl-"])
    lam = np.array([ion.stokes_radius for ion in ions]) / membrane.pore_radius
    z, kc = np.array([1.0, -1.0]), hindrance.convective(lam)
    mobility = hindrance.diffusive(lam) * [ion.diffusivity for ion in ions]
    born = np.array([partitioning.born(ion, membrane.pore_permittivity) for ion in ions])
    q, _ = partitioning.donnan(
        [10.0, 10.0], z, membrane.charge_density, partitioning.steric(lam) * born
    )
    field = (z * kc * q).sum() / (z**2 * mobility * q).sum()
    return 1 - q[0] * (kc[0] - z[0] * mobility[0] * field) / 10


@pytest.mark.parametrize(("salt", "charged", "neutral"), SALT_REJECTIONS)
def test_single_salts_through_a_charged_and_a_neutral_membrane(salt, charged, neutral):
    membrane = Membrane(0.51e-9, 1.33e-6, 41.0, np.array([-27.0, 0.0]))
    found = solve(membrane, Solution(salt), 5e-6)
    for name in salt:
        np.testing.assert_allclose(found.rejection[name], (charged, neutral), atol=1e-7)


@pytest.mark.parametrize(
    ("kind", "kd", "kc"),
    [
        (
            "dechadilok-deen",
            (
                0.73067136,
                0.55921476,
                0.41496545,
                0.2917033,
                0.18978881,
                0.11057482,
                0.05448819,
                0.020018424,
                0.0032995659,
            ),
            (
                1.1589991,
                1.2579985,
                1.3164181,
                1.3439689,
                1.3456313,
                1.3237742,
                1.2791415,
                1.2113303,
                1.1190112,
            ),
        ),
        (
            "bowen",
            (
                0.781764,
                0.587952,
                0.419908,
                0.278976,
                0.1665,
                0.083824,
                0.032292,
                0.013248,
                0.028036,
            ),
            (
                1.1851936,
                1.3257389,
                1.4181724,
                1.4624602,
                1.4614687,
                1.4204358,
                1.3464411,
                1.2478771,
                1.1339199,
            ),
        ),
    ],
)
def test_hindrance_factors_have_their_tabulated_values(kind, kd, kc):
    np.testing.assert_allclose(hindrance.diffusive(LAMBDA, kind), kd, rtol=1e-6)
    np.testing.assert_allclose(hindrance.convective(LAMBDA, kind), kc, rtol=1e-6)


def test_diffusive_hindrance_has_a_continuous_slope_where_its_laws_meet():
    lam = np.linspace(0.9, 0.99, 20001)
    slope = np.gradient(hindrance.diffusive(lam), lam)
    assert np.abs(np.diff(slope)).max() < 1e-3 * np.abs(slope).max()
    assert (hindrance.diffusive(lam) > 0).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Na+", 0.169402111),
        ("K+", 0.0732771382),
        ("Li+", 0.253436995),
        ("Ca2+", 0.0145673129),
        ("Mg2+", 0.0231477043),
        ("Cl-", 0.0672119967),
        ("SO4--", 0.00340831886),
    ],
)
def test_born_partitioning_at_a_pore_permittivity_of_41(name, expected):
    assert float(partitioning.born(IONS[name], 41.0)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("charges", "feed", "partition", "pore", "potential"),
    [
        ((1, -1), (10, 10), 1.0, (51.92582404, 1.925824036), -1.64723114637),
        ((1, -1), (10, 10), (0.02, 0.05), (50.00199992, 0.001999920006), -5.52150091546),
        ((2, -1), (10, 20), 1.0, (30.70668058, 11.41336116), -0.56094757317),
        ((1, -2), (20, 10), 1.0, (52.86279199, 1.431395994), -0.97196745271),
        ((2, -2), (10, 10), 1.0, (28.50781059, 3.507810594), -0.52379650632),
    ],
)
def test_donnan_equilibrium_has_its_closed_forms(charges, feed, partition, pore, potential):
    q, psi = partitioning.donnan(feed, charges, -50.0, partition)
    np.testing.assert_allclose(q, pore, rtol=1e-8)
    assert float(psi) == pytest.approx(potential, rel=1e-9)
    mirrored, opposite = partitioning.donnan(feed, -np.array(charges), 50.0, partition)
    np.testing.assert_allclose(mirrored, q, rtol=1e-12)
    assert float(opposite) == pytest.approx(-float(psi))


def test_an_ion_as_large_as_the_pore_is_kept_out_and_the_rest_goes_on():
    large = Ion("X2+", 2, 0.5e-9, 0.6e-9)
    feed = Solution({"Na+": 10.0, large: 5.0, "Cl-": 20.0})
    transport = solve(Membrane(0.5e-9, 1e-6, 42.0, -20.0), feed, 1e-5)
    assert bool(transport.converged)
    assert float(transport.rejection["X2+"]) == 1.0
    assert float(transport.permeate["Na+"]) == pytest.approx(float(transport.permeate["Cl-"]))
    assert 0 < float(transport.rejection["Cl-"]) < 1


def test_no_salt_passes_when_every_cation_is_kept_out():
    large = Ion("X+", 1, 0.5e-9, 0.6e-9)
    transport = solve(Membrane(0.5e-9, 1e-6, 42.0, -20.0), Solution({large: 5.0, "Cl-": 5.0}), 1e-5)
    assert float(transport.rejection["Cl-"]) == 1.0
    assert bool(transport.converged)


def test_a_neutral_solute_passes_where_salt_is_kept_out():
    large = Ion("X+", 1, 0.5e-9, 0.6e-9)
    feed = Solution({large: 5.0, "Cl-": 5.0, "glucose": 1.0})
    transport = solve(Membrane(0.5e-9, 1e-6, 42.0, -20.0), feed, 1e-5)
    assert float(transport.rejection["glucose"]) == pytest.approx(0.77700486, abs=1e-7)
    assert float(transport.rejection["Cl-"]) == 1.0


def test_a_neutral_solute_among_ions_follows_its_closed_form():
    feed = Solution({"Na+": 10.0, "Cl-": 10.0, "xylose": 2.0})
    transport = solve(Membrane(0.5e-9, 1e-6, 42.0, -50.0), feed, 1e-5)
    assert float(transport.rejection["xylose"]) == pytest.approx(0.29723282, abs=1e-7)
