"""Mass transfer coefficients with and without suction, and the correlations of modules."""

import pickle
from math import gamma

import numpy as np
import pytest

from analysis.continuum import IONS, Ion
from analysis.continuum.film import (
    Film,
    coefficients,
    flat_channel,
    hollow_fibre,
    spiral_wound,
    stirred_cell,
    suction_factor,
)

SODIUM = IONS["Na+"]
ORDER = ("Na+", "Ca2+", "Mg2+", "SO4--", "Cl-")


def leveque(shear, diffusivity, length):
    """Mean over a wall under uniform shear: 1.5 (shear D^2 / 9 L)^(1/3) / Gamma(4/3)."""
    return 1.5 * (shear * diffusivity**2 / (9 * length)) ** (1 / 3) / gamma(4 / 3)


def test_suction_thins_the_film_between_its_known_limits():
    ratio = np.array([0.0, 1e-6, 1.0, 50.0])
    factor = suction_factor(ratio)
    assert factor[0] == 1.0
    assert factor[-1] == pytest.approx(50, rel=1e-3)
    assert (np.diff(suction_factor(np.linspace(0, 20, 400))) > 0).all()
    assert (suction_factor(ratio[1:]) > ratio[1:]).all()


def test_suction_factor_is_geraldes_and_afonso_s():
    """phi + (1 + 0.26 phi^1.4)^-1.7 at 0.2, 1 and 5, worked by hand."""
    np.testing.assert_allclose(
        suction_factor([0.2, 1.0, 5.0]), [1.155220, 1.675103, 5.120346], rtol=1e-6
    )


def test_every_ion_keeps_its_own_coefficient():
    film = Film({"Na+": 2e-5, "Cl-": 3e-5, "Mg2+": 1e-5})
    flux = np.array([0.0, 1e-6, 1e-4])
    k = coefficients(film, ["Mg2+", "Cl-"], flux)
    assert k.shape == (3, 2)
    assert k[0].tolist() == [1e-5, 3e-5]
    np.testing.assert_allclose(k[:, 1], 3e-5 * suction_factor(flux / 3e-5))


def test_a_function_of_the_ion_serves_as_well():
    film = Film(lambda ion: 2e-5 * (ion.diffusivity / 1e-9) ** (2 / 3), suction=False)
    k = coefficients(film, ORDER, [1e-6])[0]
    np.testing.assert_allclose(
        k, [2e-5 * (IONS[name].diffusivity / 1e-9) ** (2 / 3) for name in ORDER]
    )


def test_a_flux_that_the_film_cannot_carry_is_refused_without_suction():
    film = Film({"Na+": 2e-5, "Cl-": 3e-5}, suction=False)
    with pytest.raises(ValueError, match=r"flux is 2.5e-05 m/s.*film of Na\+.*k = 2e-05"):
        coefficients(film, ["Cl-", "Na+"], [1e-6, 2.5e-5])
    assert (coefficients(Film(film.mass_transfer), ["Cl-", "Na+"], [2.5e-5]) > 2.5e-5).all()


@pytest.mark.parametrize(
    ("transfer", "message"),
    [
        ({"Na+": -1.0}, r"mass_transfer of Na\+ is -1.0"),
        ({"Na+": float("nan")}, r"mass_transfer of Na\+ is nan"),
        (2e-5, "mass_transfer is 2e-05, allowed: a mapping"),
    ],
)
def test_what_is_no_film_is_refused(transfer, message):
    with pytest.raises(ValueError, match=message):
        Film(transfer)


def test_an_ion_without_a_coefficient_is_named():
    with pytest.raises(ValueError, match=r"mass_transfer has no Cl-, only Na\+"):
        coefficients(Film({"Na+": 1e-5}), ["Na+", "Cl-"], [1e-6])


def test_a_long_thin_fibre_has_graetz_limit_and_a_short_one_leveque_s():
    diameter, velocity = 1e-3, 0.3
    slow = Ion("X", 0, 1e-12, 1e-9)
    short = hollow_fibre(velocity, diameter, 0.24)(slow)
    shear = 8 * velocity / diameter
    assert short == pytest.approx(leveque(shear, slow.diffusivity, 0.24), rel=2e-3)
    long = hollow_fibre(1e-6, diameter, 1e3)(SODIUM)
    assert long == pytest.approx(3.66 * SODIUM.diffusivity / diameter, rel=1e-3)


def test_a_slit_has_leveque_s_limit():
    height, velocity, length = 0.7e-3, 0.2, 0.1
    expected = leveque(6 * velocity / height, SODIUM.diffusivity, length)
    assert flat_channel(velocity, height, length)(SODIUM) == pytest.approx(expected, rel=2e-3)


def test_turbulence_transfers_more_than_laminar_flow():
    laminar = flat_channel(0.9, 1e-3, 0.1)(SODIUM)
    assert flat_channel(2.0, 1e-3, 0.1)(SODIUM) > 1.5 * laminar


@pytest.mark.parametrize(
    ("correlation", "arguments", "message"),
    [
        (flat_channel, (1.2, 1e-3, 0.1), "Re is 26.., allowed is up to 2100 or from 4000"),
        (hollow_fibre, (3.0, 1e-3, 0.1), "Re is 33.., allowed is up to 2100"),
        (hollow_fibre, (0.3, -1e-3, 0.1), "diameter is -0.001"),
        (stirred_cell, (0.02, 0.0), "angular_velocity is 0.0"),
        (spiral_wound, (0.2, 1e-3, 6e-3, 1.5), "mixing_efficiency is 1.5"),
    ],
)
def test_flow_outside_a_correlation_is_refused(correlation, arguments, message):
    with pytest.raises(ValueError, match=message):
        correlation(*arguments)


def test_a_spacer_s_coefficients_are_those_of_watertap_s_nanofiltration_test():
    """0.25 m/s in 0.5 mm with mixing 0.6 m apart: WaterTAP 1.8.0 reports 4 to 9 um/s."""
    k = spiral_wound(0.25, 0.5e-3, mixing_length=0.6, viscosity=1e-6)
    values = [1e6 * k(IONS[name]) for name in ORDER]
    assert 4 < min(values) and max(values) < 10
    assert k(IONS["Cl-"]) / k(IONS["Mg2+"]) == pytest.approx((2.03 / 0.706) ** (2 / 3), rel=1e-9)


def test_a_stirred_cell_gains_with_speed_and_size_as_its_correlation_says():
    slow, fast = (stirred_cell(0.0214, w)(SODIUM) for w in (10.0, 20.0))
    assert fast / slow == pytest.approx(2**0.567)
    assert 1e-6 < slow < 1e-4


def test_correlations_travel_between_processes():
    k = pickle.loads(pickle.dumps(hollow_fibre(0.3, 1e-3, 0.24)))
    assert k(SODIUM) == hollow_fibre(0.3, 1e-3, 0.24)(SODIUM)
