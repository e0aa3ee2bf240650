"""Davies' coefficients, the choice of a model, osmotic pressures."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.continuum import IONS, activity, hindrance, partitioning, pitzer
from analysis.continuum.solver import march
from analysis.continuum.solver.problem import Problem

SALINE = ("Na+", "Cl-")


def test_davies_agrees_with_experiment_up_to_a_tenth_molar():
    """Mean coefficients of NaCl, Robinson and Stokes."""
    strength = np.array([0.001, 0.01, 0.05, 0.1])
    gamma = activity.coefficients("davies", SALINE, 1e3 * strength[:, None] * [1, 1])
    np.testing.assert_allclose(gamma[:, 0], [0.965, 0.903, 0.822, 0.779], rtol=0.01)


def test_davies_bends_up_in_strong_solutions_as_its_formula_does():
    """log10 gamma = -0.5110 (sqrt I / (1 + sqrt I) - 0.3 I) at 0.5 and 2 mol/L."""
    gamma = activity.coefficients("davies", SALINE, [[500.0, 500.0], [2000.0, 2000.0]])[:, 0]
    np.testing.assert_allclose(gamma, [0.73280, 1.01686], rtol=2e-4)


def test_davies_slope_is_the_debye_hueckel_one_of_water_at_room_temperature():
    assert float(activity.debye_hueckel_slope()) == pytest.approx(0.5110, abs=1e-4)
    assert float(activity.debye_hueckel_slope(permittivity=78.54)) == pytest.approx(
        0.5092, abs=1e-4
    )


def test_davies_and_pitzer_meet_in_dilute_solutions():
    dilute = np.array([[0.05, 0.025, 0.1]])
    ions = ("Na+", "Mg2+", "Cl-")
    np.testing.assert_allclose(
        activity.coefficients("davies", ions, dilute),
        activity.coefficients("pitzer", ions, dilute),
        rtol=5e-4,
    )


def test_davies_scales_with_the_square_of_the_charge():
    gamma = activity.coefficients("davies", ("Na+", "Mg2+", "Cl-", "glucose"), [[20, 10, 40, 5]])[0]
    assert np.log(gamma[1]) == pytest.approx(4 * np.log(gamma[0]))
    assert gamma[2] == pytest.approx(gamma[0])
    assert gamma[3] == 1.0


def test_ideal_coefficients_are_one_in_the_batch_shape():
    assert activity.coefficients("ideal", SALINE, np.full((3, 2), 5.0)).tolist() == [[1, 1]] * 3


def test_molality_is_the_concentration_over_the_density_of_water():
    by_volume = activity.coefficients("pitzer", SALINE, [[997.05, 997.05]])[0, 0]
    assert by_volume == pytest.approx(0.65494154, rel=1e-6)


def test_osmotic_pressure_of_sea_salt_water_is_the_measured_one():
    """0.6 mol/kg NaCl: phi 0.923 (Robinson and Stokes), so 27.4 bar."""
    concentration = np.full((1, 2), 0.6 * 997.05)
    measured = 0.923 * 8.314462618 * 298.15 * 2 * 0.6 * 997.05
    assert activity.osmotic("pitzer", SALINE, concentration) == pytest.approx(measured, rel=3e-3)
    ideal = activity.osmotic("ideal", SALINE, concentration)
    assert ideal == pytest.approx(measured / 0.923, rel=1e-9)
    assert activity.osmotic("davies", SALINE, concentration) == ideal


def test_water_has_no_osmotic_pressure():
    assert activity.osmotic("pitzer", SALINE, np.zeros((1, 2))).tolist() == [0.0]


def test_pitzer_of_a_batch_equals_each_alone():
    ions = ("Na+", "Ca2+", "Mg2+", "SO4--", "Cl-")
    batch = np.random.default_rng(3).uniform(0.1, 600, (4, 5))
    together = activity.coefficients("pitzer", ions, batch)
    alone = [pitzer.coefficients(ions, row[None] / 997.05)[0][0] for row in batch]
    np.testing.assert_allclose(together, alone, rtol=1e-12)


def test_an_unknown_model_is_named_with_those_that_there_are():
    with pytest.raises(ValueError, match="activity is 'nrtl', allowed: ideal, davies, pitzer"):
        activity.osmotic("nrtl", SALINE, [[1.0, 1.0]])


def test_davies_on_both_sides_of_the_faces_gives_watertap_s_rejections():
    """WaterTAP 1.8.0's seawater test, taken at one point: its fluxes, ions and molal scale.

    Molality is per kg of water in a solution of 1000 kg/m3, and A that of 996.9 kg/m3.
    """
    names = ("Na+", "Cl-", "Ca2+", "SO4--", "Mg2+")
    masses = np.array([0.023, 0.035, 0.040, 0.096, 0.024])
    ions = [replace(IONS[n], diffusivity=0.92e-9) if n == "Ca2+" else IONS[n] for n in names]
    z = np.array([[float(ion.charge) for ion in ions]])
    wall = np.array([[483.5652, 574.33186, 9.55, 22.25, 58.08333]])
    wall[0, 1] += (z * wall).sum()
    slope = activity.debye_hueckel_slope(permittivity=78.36) * np.sqrt(0.9969)
    density, flux = np.array([-27.0]), 1.02836567e-6

    def gamma(concentrations):
        water = 1000 - concentrations @ masses
        return activity.davies(z[0], concentrations @ z[0] ** 2 / 2 / water, slope)

    lam = np.array([[ion.stokes_radius for ion in ions]]) / 0.5e-9
    born = np.array([[partitioning.born(ion, 41.3, 78.36) for ion in ions]])
    partition = partitioning.steric(lam) * born
    diffusivity = np.array([[ion.diffusivity for ion in ions]]) * hindrance.diffusive(lam)
    permeate, pore_feed, pore_permeate = wall, wall, wall
    for _ in range(15):
        at_feed = partition * gamma(wall) / gamma(pore_feed)
        at_permeate = partition * gamma(permeate) / gamma(pore_permeate)
        problem = Problem(
            feed=wall,
            charges=z,
            partition=at_feed,
            peclet=flux * 1.33e-6 / diffusivity,
            convection=hindrance.convective(lam),
            charge_density=density,
            excluded=np.zeros((1, 5), dtype=bool),
            permeate_partition=at_permeate,
        )
        permeate = march.solve(problem, 64).permeate
        pore_feed, _ = partitioning.donnan(wall, z, density, at_feed)
        pore_permeate, _ = partitioning.donnan(permeate, z, density, at_permeate)
    expected = [-0.062775, 0.088259, 0.838456, 0.943107, 0.921085]
    np.testing.assert_allclose((1 - permeate / wall)[0], expected, atol=1e-5)
