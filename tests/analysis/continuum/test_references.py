"""Rejections, hindrance and partitioning against closed forms and published reference values."""

import numpy as np
import pytest

from analysis.continuum import IONS, Ion, Membrane, Model, Solution, hindrance, partitioning, solve

SEAWATER = Solution.neutralised(
    {"Na+": 483.7803945, "Ca2+": 9.53141374, "Mg2+": 57.35445382, "SO4--": 22.23610244}, by="Cl-"
)
"""Synthetic seawater of Labban et al., J. Membr. Sci. 554, 26 (2018), table 2, in mol/m3."""
LBL15C = Membrane(0.51e-9, 1.33e-6, 41.0, -27.0)
NF270 = Membrane(0.49e-9, 0.79e-6, 44.0, -56.0)
ORDER = ("Na+", "Ca2+", "Mg2+", "SO4--", "Cl-")
LAMBDA = np.arange(1, 10) / 10


def rejections(transport):
    return [float(transport.rejection[name]) for name in ORDER]


@pytest.mark.parametrize(
    ("membrane", "hindered", "expected"),
    [
        (
            LBL15C,
            "dechadilok-deen",
            (-0.0372084741, 0.793075628, 0.873836676, 0.900321618, 0.100012397),
        ),
        (LBL15C, "bowen", (-0.0433831362, 0.836450161, 0.916446262, 0.907621772, 0.104205016)),
        (
            NF270,
            "dechadilok-deen",
            (-0.0278885062, 0.46249861, 0.658889019, 0.835063912, 0.0589235872),
        ),
    ],
)
def test_seawater_through_published_membranes(membrane, hindered, expected):
    transport = solve(membrane, SEAWATER, 1e-6, Model(hindrance=hindered))
    np.testing.assert_allclose(rejections(transport), expected, atol=1e-6)


def test_feed_donnan_potential_of_a_published_membrane():
    assert float(solve(LBL15C, SEAWATER, 1e-6).donnan_feed) == pytest.approx(
        -0.26562136582, abs=1e-6
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
    transport = solve(membrane, Solution(dict(zip(salt, feed, strict=True))), flux, cells=128)
    expected = neutral_salt(IONS[salt[0]], IONS[salt[1]], membrane, flux)
    for name in salt:
        assert float(transport.rejection[name]) == pytest.approx(float(expected), abs=5e-6)


def test_neutral_membrane_at_any_flux_has_the_tabulated_rejections():
    membrane, flux = Membrane(0.5e-9, 1e-6, 42.0, 0.0), [1e-6, 1e-5, 1e-3]
    nacl = solve(membrane, Solution({"Na+": 10, "Cl-": 10}), flux, cells=256)
    mgcl2 = solve(membrane, Solution({"Mg2+": 10, "Cl-": 20}), flux, cells=256)
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
    np.testing.assert_allclose(transport.rejection["Cl-"], expected, atol=1e-5)


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
