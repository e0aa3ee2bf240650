"""Flux from a pressure drop."""

import numpy as np
import pytest

from analysis.continuum import (
    Film,
    Membrane,
    Model,
    Solution,
    performance,
    pitzer,
    solve,
    solve_pressure,
)
from tests.analysis.continuum.bare import LBL15C, SEAWATER

LMH = 3.6e6
BAR = 1e5
RT = 8.31446261815324 * 298.15


def test_seawater_through_a_published_membrane():
    found = solve_pressure(LBL15C, SEAWATER, np.array([4.0, 3.0]) * BAR)
    np.testing.assert_allclose(found.flux * LMH, [5.535, 2.970], atol=5e-4)
    np.testing.assert_allclose(performance.hardness_removal(found), [0.9050, 0.8382], atol=1e-4)


def test_dilute_feed_flows_like_pure_water():
    feed = Solution({"Na+": 1e-6, "Cl-": 1e-6})
    thickness = np.array([1.33, 0.72, 1.25, 0.78, 0.79]) * 1e-6
    radius = np.array([0.51, 0.48, 0.60, 0.46, 0.49]) * 1e-9
    found = solve_pressure(Membrane(radius, thickness, 42.0, -30.0), feed, BAR)
    np.testing.assert_allclose(
        found.flux * LMH, [9.8881, 16.180, 14.562, 13.717, 15.367], rtol=1e-4
    )


def test_flux_balances_pressure_and_osmotic_pressure_under_polarisation():
    layer = Film(lambda ion: 2e-5 * (ion.diffusivity / 1e-9) ** (2 / 3))
    found = solve_pressure(LBL15C, SEAWATER, 8 * BAR, film=layer)
    osmotic = RT * sum(found.wall[name] - found.permeate[name] for name in found.wall)
    permeability = 0.51e-9**2 / (8 * 0.89e-3 * 1.33e-6)
    assert float(found.flux) == pytest.approx(float(permeability * (8 * BAR - osmotic)), rel=1e-8)
    given = solve(LBL15C, SEAWATER, found.flux, film=layer)
    for name in found.rejection:
        assert float(given.rejection[name]) == pytest.approx(float(found.rejection[name]), abs=1e-9)


def test_osmotic_pressure_follows_the_models_activity():
    feed = Solution({"Na+": 300.0, "Cl-": 300.0})
    found = solve_pressure(LBL15C, feed, 10 * BAR, model=Model(activity="pitzer"))

    def osmotic(solution):
        molality = {name: float(c) / 997.05 for name, c in solution.items()}
        return RT * sum(map(float, solution.values())) * float(pitzer.activity(molality)["osmotic"])

    lost = osmotic(found.wall) - osmotic(found.permeate)
    permeability = 0.51e-9**2 / (8 * 0.89e-3 * 1.33e-6)
    assert float(found.flux) == pytest.approx(permeability * (10 * BAR - lost), rel=1e-6)
    assert found.assumptions["osmotic_pressure"] == "Pitzer"


def test_flux_rises_with_pressure_from_almost_nothing_to_that_of_water():
    pressure = np.geomspace(1e3, 1e7, 9)
    found = solve_pressure(LBL15C, SEAWATER, pressure)
    assert found.converged.all()
    assert (np.diff(found.flux) > 0).all()
    water = pressure * 0.51e-9**2 / (8 * 0.89e-3 * 1.33e-6)
    assert (found.flux < water).all()


def test_film_without_suction_bounds_the_flux_or_flags_the_pressure():
    """A dense membrane is held below k by what gathers at the wall; a loose one is not."""
    layer = Film({"Na+": 1e-6, "Cl-": 1e-6}, suction=False)
    feed = Solution({"Na+": 50.0, "Cl-": 50.0})
    dense, loose = 30.0, 60.0
    membrane = Membrane(0.45e-9, 1.0e-6, np.array([dense, loose]), -300.0)
    found = solve_pressure(membrane, feed, 10 * BAR, film=layer)
    assert found.converged.tolist() == [True, False]
    assert 0.5e-6 < float(found.flux[0]) < 1e-6
    assert np.isnan(found.flux[1]) and np.isnan(found.rejection["Na+"][1])


def test_more_viscous_water_flows_less():
    feed = Solution({"Na+": 1e-6, "Cl-": 1e-6})
    thin, thick = solve_pressure(LBL15C, feed, BAR, viscosity=np.array([0.89e-3, 1.78e-3])).flux
    assert float(thin / thick) == pytest.approx(2.0, rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pressure_drop": 0.0}, "pressure_drop is 0"),
        ({"pressure_drop": np.nan}, "pressure_drop is nan"),
        ({"viscosity": -1.0}, "viscosity is -1"),
        ({"method": "shooting"}, "method is 'shooting', allowed: march, collocation"),
    ],
)
def test_bad_input_is_refused_by_name_and_value(changes, message):
    with pytest.raises(ValueError, match=message):
        solve_pressure(LBL15C, SEAWATER, **{"pressure_drop": BAR, **changes})
