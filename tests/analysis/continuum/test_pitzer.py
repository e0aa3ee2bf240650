"""Pitzer and Kim's coefficients against published values, experiment and thermodynamics."""

import warnings

import numpy as np
import pytest

from analysis.continuum import Ion, activity, pitzer
from analysis.continuum.pitzer_mixing import mixing

SALTS = {
    "NaCl": {"Na+": 1, "Cl-": 1},
    "KCl": {"K+": 1, "Cl-": 1},
    "LiCl": {"Li+": 1, "Cl-": 1},
    "HCl": {"H+": 1, "Cl-": 1},
    "NaNO3": {"Na+": 1, "NO3-": 1},
    "MgCl2": {"Mg2+": 1, "Cl-": 2},
    "CaCl2": {"Ca2+": 1, "Cl-": 2},
    "Na2SO4": {"Na+": 2, "SO4--": 1},
    "MgSO4": {"Mg2+": 1, "SO4--": 1},
}
SEAWATER = {
    "Na+": 0.4838,
    "Mg2+": 0.05735,
    "Ca2+": 0.00953,
    "SO4--": 0.02224,
    "Cl-": 0.57308,
}
"""mol/kg; the feed of Labban et al. (2018)."""
MIXTURE = ("Na+", "Mg2+", "Ca2+", "K+", "SO4--", "Cl-")


def salt(name, molality):
    result = pitzer.activity({ion: nu * molality for ion, nu in SALTS[name].items()})
    return float(result["mean"][name]), float(result["osmotic"])


def random_mixtures(count, seed=0):
    return np.random.default_rng(seed).uniform(0.02, 1.5, (count, len(MIXTURE)))


@pytest.mark.parametrize(
    ("name", "molality", "mean", "osmotic"),
    [
        ("NaCl", 0.1, 0.77666362, 0.9319632),
        ("NaCl", 1, 0.65494154, 0.9355981),
        ("NaCl", 6, 0.98685283, 1.2731128),
        ("KCl", 1, 0.60335952, 0.8982736),
        ("MgCl2", 0.5, 0.47926347, 0.9458339),
        ("MgCl2", 1, 0.57005983, 1.10922),
        ("Na2SO4", 0.5, 0.27231813, 0.6911615),
        ("Na2SO4", 1, 0.20547524, 0.6413856),
        ("LiCl", 1, 0.77465384, 1.0166375),
        ("HCl", 1, 0.81147549, 1.0402017),
        ("NaNO3", 1, 0.54726720, 0.8522557),
    ],
)
def test_salts_have_the_values_of_their_published_parameters(name, molality, mean, osmotic):
    assert salt(name, molality) == pytest.approx((mean, osmotic), rel=1e-6)


@pytest.mark.parametrize(
    ("name", "molality", "measured"),
    [
        *(("HCl", m, g) for m, g in ((0.1, 0.797), (1, 0.811))),
        *(("LiCl", m, g) for m, g in ((0.1, 0.789), (0.5, 0.739), (1, 0.775), (2, 0.924))),
        *(("MgCl2", m, g) for m, g in ((0.1, 0.535), (0.5, 0.485), (1, 0.577), (2, 1.065))),
        *(("CaCl2", m, g) for m, g in ((0.1, 0.517), (0.5, 0.444), (1, 0.495))),
        *(("NaCl", m, g) for m, g in ((0.1, 0.778), (0.5, 0.681), (1, 0.657), (2, 0.669))),
        *(("NaCl", m, g) for m, g in ((3, 0.714), (6, 0.987))),
        ("KCl", 1, 0.604),
    ],
)
def test_activity_coefficients_are_within_two_percent_of_experiment(name, molality, measured):
    """CRC Handbook; KCl of Robinson and Stokes."""
    assert salt(name, molality)[0] == pytest.approx(measured, rel=0.02)


@pytest.mark.parametrize(
    ("name", "measured"),
    [
        ("NaCl", 0.9355),
        ("CaCl2", 1.046),
        ("MgCl2", 1.108),
        ("Na2SO4", 0.642),
        ("MgSO4", 0.525),
        ("KCl", 0.897),
    ],
)
def test_osmotic_coefficients_at_one_molal_are_those_measured(name, measured):
    """Robinson and Stokes, Electrolyte Solutions."""
    assert salt(name, 1.0)[1] == pytest.approx(measured, rel=0.03 if name == "MgSO4" else 0.01)


def test_sodium_sulfate_is_within_four_percent_of_experiment():
    assert salt("Na2SO4", 1.0)[0] == pytest.approx(0.201, rel=0.04)


def test_strong_calcium_chloride_is_within_two_and_a_half_percent_of_experiment():
    """CRC Handbook; the parameters were fitted to a scale that is 1 % higher."""
    assert salt("CaCl2", 2.0)[0] == pytest.approx(0.784, rel=0.025)


@pytest.mark.parametrize(
    ("molalities", "expected"),
    [
        (SEAWATER, {"NaCl": 0.66712, "MgCl2": 0.46532, "CaCl2": 0.45137, "Na2SO4": 0.34996}),
        ({"Na+": 1, "K+": 1, "Cl-": 2}, {"NaCl": 0.63630, "KCl": 0.58603}),
        ({"Na+": 1, "Mg2+": 1, "Cl-": 3}, {"NaCl": 0.82354, "MgCl2": 0.69648}),
        ({"Mg2+": 0.5, "SO4--": 0.25, "Cl-": 0.5}, {"MgCl2": 0.41047}),
    ],
)
def test_mixtures_agree_with_phreeqc(molalities, expected):
    """PHREEQC 3 with its pitzer.dat, whose parameters depend on temperature, at 25 C."""
    mean = pitzer.activity(molalities)["mean"]
    for name, value in expected.items():
        assert float(mean[name]) == pytest.approx(value, rel=0.01)


def test_integrals_of_unsymmetrical_mixing_have_their_published_values():
    assert [float(j) for j in mixing(1.0)] == pytest.approx([0.1164372171, 0.1605269531], rel=1e-9)
    assert float(mixing(10.0)[0]) == pytest.approx(2.0632842288, rel=1e-9)


def test_second_integral_is_the_logarithmic_slope_of_the_first():
    x = np.logspace(-6, 3, 60)
    above, below = mixing(x * 1.0001)[0], mixing(x / 1.0001)[0]
    np.testing.assert_allclose((above - below) / (2 * np.log(1.0001)), mixing(x)[1], rtol=1e-6)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (1, 2), (2, 4), (1, 5), (4, 5), (0, 3)])
def test_mixed_derivatives_of_the_free_energy_are_symmetric(low, high):
    """d ln gamma_i / d m_j = d ln gamma_j / d m_i, whatever the composition."""
    molality, step = random_mixtures(20), 1e-5

    def slope(of, by):
        shift = step * np.eye(len(MIXTURE))[by]
        above = pitzer.coefficients(MIXTURE, molality + shift)[0][:, of]
        below = pitzer.coefficients(MIXTURE, molality - shift)[0][:, of]
        return np.log(above / below) / (2 * step)

    np.testing.assert_allclose(slope(low, high), slope(high, low), rtol=1e-5, atol=1e-7)


def test_activity_and_osmotic_coefficients_obey_gibbs_and_duhem():
    """sum m_i d ln gamma_i = d[(phi - 1) sum m_i] as all molalities grow together."""
    molality, step = random_mixtures(20, seed=1), 1e-5
    (more, phi_more), (less, phi_less) = (
        pitzer.coefficients(MIXTURE, molality * (1 + sign * step)) for sign in (1, -1)
    )
    left = (molality * np.log(more / less)).sum(axis=1)
    total = molality.sum(axis=1)
    right = total * ((1 + step) * (phi_more - 1) - (1 - step) * (phi_less - 1))
    np.testing.assert_allclose(left, right, rtol=1e-5, atol=1e-9)


def test_dilute_solutions_reach_the_limiting_law():
    """ln gamma = -3 A_phi |z+ z-| sqrt I; phi - 1 = -A_phi |z+ z-| sqrt I."""
    for name, product, strength in (("NaCl", 1, 1e-8), ("MgCl2", 2, 3e-8), ("MgSO4", 4, 4e-8)):
        mean, osmotic = salt(name, 1e-8)
        root = np.sqrt(strength)
        assert np.log(mean) == pytest.approx(-3 * 0.3915 * product * root, rel=3e-3)
        assert osmotic - 1 == pytest.approx(-0.3915 * product * root, rel=3e-3)


def test_water_alone_is_ideal_and_neutral_solutes_are_too():
    gamma, osmotic = pitzer.coefficients(["Na+", "Cl-", "glucose"], [[0, 0, 0], [0, 0, 0.3]])
    np.testing.assert_allclose(gamma, 1, atol=1e-5)
    np.testing.assert_allclose(osmotic, 1, atol=1e-5)


def test_debye_hueckel_slope_follows_the_temperature():
    """Pitzer, Peiper and Busey, J. Phys. Chem. Ref. Data 13, 1 (1984)."""
    slopes = pitzer.debye_hueckel_slope([273.15, 298.15, 323.15])
    np.testing.assert_allclose(slopes, [0.3767, 0.3915, 0.4103], rtol=5e-3)
    cold, warm = (
        float(pitzer.activity({"Na+": 0.01, "Cl-": 0.01}, t)["mean"]["NaCl"])
        for t in (273.15, 323.15)
    )
    assert warm < cold


def test_debye_hueckel_slope_is_davies_on_the_molal_scale():
    """A_phi = (ln 10 / 3) A sqrt(density / 1000), A from the constants of nature."""
    slope = np.log(10) / 3 * activity.debye_hueckel_slope() * np.sqrt(0.99705)
    assert pitzer.DEBYE_HUECKEL == pytest.approx(slope, rel=1e-3)


def test_mixing_parameters_that_nobody_measured_are_named():
    with pytest.warns(UserWarning, match=r"theta Li\+ Mg2\+; psi Li\+ Mg2\+ Cl-"):
        pitzer.coefficients(["Li+", "Mg2+", "Cl-"], [[0.05, 0.08, 0.21]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pitzer.activity(SEAWATER)


def test_formulas_of_salts_are_the_usual_ones():
    mean = pitzer.activity({"Ca2+": [0.1, 0.2], "NO3-": [0.2, 0.4]})["mean"]
    assert list(mean) == ["Ca(NO3)2"]
    assert mean["Ca(NO3)2"].shape == (2,)


@pytest.mark.parametrize(
    ("molalities", "message"),
    [
        ({"Na+": 1.0, "Cl-": 0.9}, "not neutral: their charges sum to \\+0.1"),
        ({"Na+": -1.0, "Cl-": -1.0}, "molality of Na\\+ is -1"),
        ({"Xx+": 1.0, "Cl-": 1.0}, "ion 'Xx\\+' is unknown"),
        ({"Na+": np.nan, "Cl-": 1.0}, "molality of Na\\+ is nan"),
    ],
)
def test_what_is_no_solution_is_refused(molalities, message):
    with pytest.raises(ValueError, match=message):
        pitzer.activity(molalities)


def test_a_salt_without_parameters_is_refused():
    with pytest.raises(ValueError, match=r"no Pitzer parameters for Rb\+ with Cl-"):
        pitzer.coefficients([Ion("Rb+", 1, 2.07e-9, 0.118e-9), "Cl-"], [[0.1, 0.1]])
