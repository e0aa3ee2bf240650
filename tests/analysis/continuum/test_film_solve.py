"""Concentration polarisation in a solve."""

import numpy as np
import pytest

from analysis.continuum import IONS, Film, Ion, Membrane, Solution, film, solve
from tests.analysis.continuum.bare import LBL15C, SEAWATER

ORDER = ("Na+", "Ca2+", "Mg2+", "SO4--", "Cl-")


def coefficient(scale):
    return lambda ion: scale * (ion.diffusivity / 1e-9) ** (2 / 3)


@pytest.mark.parametrize(
    ("scale", "flux", "expected", "within"),
    [
        (2e-5, 1e-6, (-0.0372261544, 0.782132358, 0.865908499, 0.896209138, 0.0983656726), 1e-8),
        (1e-5, 1.67e-6, (-0.02215, 0.83506, 0.89878, 0.92759, 0.11700), 1e-5),
    ],
)
def test_seawater_under_polarisation_without_suction(scale, flux, expected, within):
    found = solve(LBL15C, SEAWATER, flux, film=Film(coefficient(scale), suction=False))
    rejection = [float(found.rejection[name]) for name in ORDER]
    np.testing.assert_allclose(rejection, expected, atol=within)


def test_field_in_the_film_has_its_reference_strength():
    """35.88028409 RT/F per m, from the balance of any ion at the wall."""
    found = solve(LBL15C, SEAWATER, 1e-6, film=Film(coefficient(2e-5), suction=False))
    for name, bulk in zip(SEAWATER.concentrations, SEAWATER.values, strict=True):
        ion, wall, permeate = IONS[name], found.wall[name], found.permeate[name]
        back = coefficient(2e-5)(ion) * (bulk - wall)
        field = (back - 1e-6 * (permeate - wall)) / (ion.charge * wall * ion.diffusivity)
        assert float(field) == pytest.approx(35.88028409, rel=1e-6)


@pytest.mark.parametrize("suction", [True, False])
def test_wall_of_a_single_salt_follows_its_closed_form(suction):
    """Both ions move with k = (k+ / D+ + k- / D-) / (1 / D+ + 1 / D-)."""
    layer = Film({"Na+": 2e-5, "Cl-": 3e-5}, suction)
    flux = np.array([1e-6, 1e-5, 1.8e-5])
    feed = Solution({"Na+": 10.0, "Cl-": 10.0})
    found = solve(Membrane(0.5e-9, 1e-6, 42.0, -50.0), feed, flux, film=layer)
    k = film.coefficients(layer, ["Na+", "Cl-"], flux)
    inverse = np.array([1 / IONS[name].diffusivity for name in ("Na+", "Cl-")])
    joint = (k * inverse).sum(axis=1) / inverse.sum()
    expected = (joint * 10 - flux * found.permeate["Na+"]) / (joint - flux)
    for name in ("Na+", "Cl-"):
        np.testing.assert_allclose(found.wall[name], expected, rtol=1e-9)


def test_wall_is_neutral_and_rejection_counts_from_the_bulk():
    found = solve(LBL15C, SEAWATER, 1e-5, film=Film(coefficient(2e-5)))
    charge = sum(IONS[name].charge * c for name, c in found.wall.items())
    assert abs(float(charge)) < 1e-10 * 500
    for name, bulk in zip(SEAWATER.concentrations, SEAWATER.values, strict=True):
        assert float(found.rejection[name]) == pytest.approx(
            1 - float(found.permeate[name] / bulk), abs=1e-12
        )


def test_a_thin_film_changes_nothing():
    stirred = solve(LBL15C, SEAWATER, 1e-6)
    thin = solve(LBL15C, SEAWATER, 1e-6, film=Film(lambda ion: 1.0))
    for name in ORDER:
        assert float(thin.rejection[name]) == pytest.approx(
            float(stirred.rejection[name]), abs=2e-6
        )


def test_salt_that_is_kept_out_gathers_at_the_wall():
    """With equal k of both ions the film has no field, and c_w = k c_b / (k - J)."""
    large = Ion("X+", 1, 1e-9, 0.6e-9)
    like = Ion("Y-", -1, 1e-9, 0.2e-9)
    membrane = Membrane(0.5e-9, 1e-6, 42.0, -20.0)
    layer = Film(lambda ion: 4e-5, suction=False)
    found = solve(membrane, Solution({large: 5.0, like: 5.0}), 1e-5, film=layer)
    for name in ("X+", "Y-"):
        assert float(found.wall[name]) == pytest.approx(5 * 4 / 3, rel=1e-9)


@pytest.mark.parametrize("layer", [None, Film(coefficient(2e-5))])
def test_neutral_solutes_beside_ions_are_those_of_collocation(layer):
    """The march leaves them to a closed form; raffinose is larger than the pore."""
    feed = Solution({"Na+": 20.0, "Mg2+": 5.0, "Cl-": 30.0, "glucose": 2.0, "raffinose": 1.0})
    membrane = Membrane(0.45e-9, 1e-6, 42.0, -50.0)
    ours, check = (
        solve(membrane, feed, [1e-6, 1e-5], film=layer, method=method)
        for method in ("march", "collocation")
    )
    assert (ours.rejection["raffinose"] == 1).all() and (ours.rejection["glucose"] < 1).all()
    for name in feed.concentrations:
        np.testing.assert_allclose(ours.rejection[name], check.rejection[name], atol=1e-7)
        np.testing.assert_allclose(ours.wall[name], check.wall[name], rtol=1e-7)
        np.testing.assert_allclose(ours.profile[name], check.profile[name], rtol=1e-4)


def test_flux_beyond_the_film_is_refused():
    with pytest.raises(ValueError, match="flux is 3e-05 .* Na\\+"):
        solve(LBL15C, SEAWATER, 3e-5, film=Film(coefficient(2e-5), suction=False))
    with pytest.raises(ValueError, match="mass_transfer has no Ca2\\+"):
        solve(LBL15C, SEAWATER, 1e-6, film=Film({"Na+": 1e-5}))


def test_random_membranes_converge_under_polarisation():
    rng = np.random.default_rng(0)
    count = 500
    membrane = Membrane(
        rng.uniform(0.4e-9, 1e-9, count),
        rng.uniform(0.3e-6, 3e-6, count),
        rng.uniform(30, 70, count),
        rng.uniform(-300, 300, count),
    )
    flux = 10 ** rng.uniform(-8, np.log10(5e-5), count)
    found = solve(membrane, SEAWATER, flux, film=Film(coefficient(1e-5)))
    assert found.converged.all()
    assert all((found.wall[name] > 0).all() for name in ORDER)
