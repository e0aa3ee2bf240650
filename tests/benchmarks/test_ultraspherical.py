"""Ultraspherical operators against numpy's series, and what ten nodes are good for."""

import doctest
from dataclasses import replace

import numpy as np
import pytest
from numpy.polynomial import chebyshev as basis
from scipy.special import eval_chebyu

from analysis.continuum import Membrane, Profile, Solution
from analysis.continuum.solver import collocation
from analysis.continuum.solver.collocation_grid import chebyshev
from benchmarks import ultraspherical
from tests.analysis.continuum.bare import LBL15C, SEAWATER, problem

POINTS = np.linspace(-1, 1, 11)
SERIES = np.random.default_rng(0).standard_normal(9)


def test_the_examples_of_its_docstrings_hold():
    assert doctest.testmod(ultraspherical) == (0, 3)


def second_kind(coefficients):
    orders = np.arange(len(coefficients))
    return eval_chebyu(orders, POINTS[:, None]) @ coefficients


def test_differentiation_gives_the_derivative_in_the_second_kind():
    found = second_kind(ultraspherical.differentiation(8) @ SERIES)
    np.testing.assert_allclose(found, basis.chebval(POINTS, basis.chebder(SERIES)), atol=1e-12)


def test_conversion_gives_the_same_function_in_the_second_kind():
    short = np.r_[SERIES[:7], 0.0, 0.0]
    found = second_kind(ultraspherical.conversion(8) @ short)
    np.testing.assert_allclose(found, basis.chebval(POINTS, short), atol=1e-12)


def test_multiplication_gives_the_series_of_a_product():
    factor, other = SERIES[:4], np.r_[SERIES[4:], np.zeros(3)]
    found = ultraspherical.multiplication(factor, 7) @ other
    np.testing.assert_allclose(found, basis.chebmul(factor, SERIES[4:]), atol=1e-12)


def test_values_and_series_are_each_other_s_inverse():
    values = ultraspherical.values(SERIES, 21)
    np.testing.assert_allclose(values[[0, -1]], basis.chebval([1.0, -1.0], SERIES), atol=1e-12)
    np.testing.assert_allclose(ultraspherical.series(values)[:9], SERIES, atol=1e-12)


def errors(flux, degree):
    """Largest errors in rejection of collocation and of the ultraspherical form."""
    given = problem(LBL15C, SEAWATER, flux)
    exact = collocation.on_grid(given, chebyshev(48)).state.permeate
    found = collocation.on_grid(given, chebyshev(degree)), ultraspherical.solve(given, degree)
    assert all(f.converged for f in found)
    permeates = found[0].state.permeate, found[1].permeate
    return [np.abs((permeate - exact) / given.feed).max() for permeate in permeates]


def test_ten_nodes_are_exact_at_the_fluxes_of_seawater_softening():
    for flux in (1e-6, 5e-6):
        assert max(errors(flux, 9)) < 1e-13


def test_ten_nodes_are_not_exact_at_higher_fluxes_and_more_are():
    assert min(errors(2e-5, 9)) > 3e-13
    assert min(errors(1e-4, 9)) > 1e-9
    assert max(errors(1e-4, 24)) < 1e-13


def test_the_matrix_is_full_where_the_degree_suffices_and_thins_beyond():
    given = problem(LBL15C, SEAWATER, 5e-6)
    fill = [ultraspherical.solve(given, degree).fill for degree in (10, 64)]
    assert fill[0] > 0.75
    assert fill[1] < 0.5


def test_potentials_and_coefficients_are_those_of_collocation():
    given = problem(LBL15C, SEAWATER, 2e-5)
    nodal, ours = collocation.on_grid(given, chebyshev(24)).state, ultraspherical.solve(given, 24)
    np.testing.assert_allclose(ours.potentials, nodal.potentials[0], atol=1e-12)
    pore = chebyshev(24).coefficients @ nodal.pore[0]
    np.testing.assert_allclose(ours.coefficients, pore, atol=1e-9)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (problem(LBL15C, SEAWATER, [1e-6, 2e-6]), "2 problems, allowed: 1"),
        (
            problem(
                Membrane(0.5e-9, 1e-6, 44.0, Profile([0, 1], [0, -50])),
                Solution({"Na+": 10, "Cl-": 10}),
                1e-6,
            ),
            "profile or a film",
        ),
        (replace(problem(LBL15C, SEAWATER, 1e-6), film_transfer=np.ones((1, 5))), "or a film"),
    ],
)
def test_what_it_does_not_solve_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        ultraspherical.solve(given, 8)
