"""Collocation against published and closed-form rejections, the march, and another program."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.polynomial import chebyshev as basis
from scipy.integrate import solve_bvp

from analysis.continuum import Membrane, Model, Profile, Solution, solve
from analysis.continuum.film import Film
from analysis.continuum.solver import collocation, march
from analysis.continuum.solver.collocation_grid import boxes, chebyshev
from analysis.continuum.solver.collocation_residual import (
    NodalState,
    linearize,
    nodal_density,
    zero_flux_equilibrium,
)
from tests.analysis.continuum.bare import (
    LBL3,
    LBL15C,
    SEAWATER,
    SEAWATER_REJECTIONS,
    problem,
    random_problems,
    rejection,
)

MEMBRANE = Membrane(0.5e-9, 1e-6, 42.0, 0.0)
NACL, MGCL2 = Solution({"Na+": 10, "Cl-": 10}), Solution({"Mg2+": 5, "Cl-": 10})


def solved(*args, **options):
    """Rejections of a problem that must be resolved."""
    given = problem(*args, **options)
    result = collocation.solve(given)
    assert result.converged.all()
    return rejection(given, result)


@pytest.mark.parametrize(("membrane", "kind", "expected"), SEAWATER_REJECTIONS)
def test_published_membranes_to_the_last_digit(membrane, kind, expected):
    np.testing.assert_allclose(solved(membrane, SEAWATER, 1e-6, kind)[0], expected, atol=1e-9)


def test_feed_donnan_potential_of_a_published_membrane():
    potential = collocation.solve(problem(LBL15C, SEAWATER, 1e-6)).potential
    np.testing.assert_allclose(potential, -0.26562136582, atol=1e-10)


def filmed(problem, solution, transfer):
    """The same problem behind a film of given mass transfer coefficients over the flux."""
    diffusivity = np.array([ion.diffusivity for ion in solution.ions])
    return replace(
        problem,
        film_transfer=np.broadcast_to(transfer, problem.feed.shape),
        film_mobility=np.broadcast_to(diffusivity, problem.feed.shape),
        film_charges=problem.charges,
    )


def test_concentration_polarisation_has_its_reference_rejections_and_field():
    diffusivity, flux = np.array([ion.diffusivity for ion in SEAWATER.ions]), 1e-6
    transfer = 2e-5 * (diffusivity / 1e-9) ** (2 / 3)
    film = filmed(problem(LBL15C, SEAWATER, flux), SEAWATER, transfer / flux)
    expected = (-0.0372261544, 0.782132358, 0.865908499, 0.896209138, 0.0983656726)
    np.testing.assert_allclose(rejection(film, collocation.solve(film))[0], expected, atol=1e-9)
    xi = collocation.on_grid(film, chebyshev(16)).state.xi[0]
    assert xi * flux / diffusivity.max() == pytest.approx(35.88028409, abs=1e-7)


@pytest.mark.parametrize(
    ("solution", "expected"),
    [
        (NACL, (0.025812283581, 0.207854315499, 0.915488714617)),
        (MGCL2, (0.334861749468, 0.827125608553, 0.977915146799)),
    ],
)
def test_neutral_membrane_follows_the_closed_form_of_one_solute(solution, expected):
    found = solved(MEMBRANE, solution, [1e-6, 1e-5, 1e-3])
    np.testing.assert_allclose(found, np.repeat(expected, 2).reshape(3, 2), atol=1e-11)


def infinite_flux(given):
    """Rejection without diffusion: c_p = q0 (Kc - z Kd D e), e = sum z Kc q0 / sum z^2 Kd D q0."""
    q = zero_flux_equilibrium(given, chebyshev(2)).pore[:, 0]
    z, mobility = given.charges, 1 / given.peclet
    field = (z * given.convection * q).sum(axis=1) / (z**2 * mobility * q).sum(axis=1)
    return 1 - q * (given.convection - z * mobility * field[:, None]) / given.feed


def test_charged_membrane_from_zero_to_infinite_flux():
    membrane = replace(LBL15C, charge_density=-50.0)
    expected = (
        0.001200260333,
        0.01193765295,
        0.1129064472,
        0.6377675773,
        0.9573502975,
        0.9945670289,
        0.99765246,
    )
    flux = 10.0 ** np.arange(-9, -2)
    np.testing.assert_allclose(solved(membrane, NACL, flux)[:, 0], expected, atol=1e-9)
    limit = infinite_flux(problem(membrane, NACL, 1e-2))
    assert limit[0, 0] == pytest.approx(0.9976608843, abs=1e-10)
    np.testing.assert_allclose(solved(membrane, NACL, 1e-2), limit, atol=1e-13)


@pytest.mark.parametrize(
    ("feed", "charged", "neutral"),
    [
        ({"Na+": 17.11, "Cl-": 17.11}, 0.7497118792, 0.1593401355),
        ({"Mg2+": 8.31, "SO4--": 8.31}, 0.9999368800, 0.9814030957),
        ({"Mg2+": 5.25, "Cl-": 10.5}, 0.8218917155, 0.7679540387),
        ({"Na+": 14.08, "SO4--": 7.04}, 0.9999475103, 0.5147489944),
    ],
)
def test_single_salts_have_their_tabulated_rejections(feed, charged, neutral):
    membrane = replace(LBL15C, charge_density=np.array([-27.0, 0.0]))
    found = solved(membrane, Solution(feed), 5e-6)[:, 0]
    np.testing.assert_allclose(found, [charged, neutral], atol=1e-9)


@pytest.mark.parametrize(
    ("profile", "nacl", "mgcl2"),
    [
        (Profile([0, 1], [-50, -50]), 0.899225121, 0.840110282),
        (Profile([0, 1], [-100, 0]), 0.899920101, 0.833855216),
        (Profile([0, 1], [0, -100]), 0.898637888, 0.830270205),
    ],
)
def test_charge_that_varies_along_the_pore_has_its_tabulated_rejections(profile, nacl, mgcl2):
    membrane = Membrane(0.5e-9, 1e-6, 44.0, profile)
    found = [solved(membrane, feed, 1e-5)[0, 0] for feed in (NACL, MGCL2)]
    np.testing.assert_allclose(found, [nacl, mgcl2], atol=1e-9)


def test_pieces_of_equal_charge_are_one_uniform_membrane():
    pieces = Membrane(0.5e-9, 1e-6, 44.0, Profile.layers([0, 0.2, 0.5, 1], [-50.0] * 3))
    uniform = Membrane(0.5e-9, 1e-6, 44.0, -50.0)
    np.testing.assert_allclose(
        solved(pieces, MGCL2, 1e-5), solved(uniform, MGCL2, 1e-5), atol=1e-12
    )


def test_a_jump_of_charge_is_the_limit_of_a_steep_ramp():
    def rejected(profile):
        return solved(Membrane(0.5e-9, 1e-6, 44.0, profile), MGCL2, 1e-5)[0, 0]

    jump = rejected(Profile.layers([0, 0.4, 1], [-100.0, -20.0]))
    apart = [
        rejected(Profile([0, 0.4 - w, 0.4 + w, 1], [-100.0, -100.0, -20.0, -20.0])) - jump
        for w in (0.01, 0.005)
    ]
    assert 0 < abs(apart[1]) < 1e-4
    assert apart[0] / apart[1] == pytest.approx(2, rel=0.01)


def test_scipy_solves_the_same_boundary_value_problem():
    given = problem(LBL3, SEAWATER, 1e-5)
    z, partition, pull = (a[0] for a in (given.charges, given.partition, given.peclet))
    pull = given.convection[0] * given.peclet[0]
    n = len(z)

    def slope(x, state, unknown):
        q, source = state, (given.peclet[0] * unknown[:n])[:, None]
        drive = pull[:, None] * q - source
        field = (z @ drive) / (z**2 @ q)
        return drive - z[:, None] * field * q

    def ends(first, last, unknown):
        permeate, (at_feed, at_permeate) = unknown[:n], unknown[n:]
        return np.concatenate(
            [
                first - partition * given.feed[0] * np.exp(-z * at_feed),
                last - partition * permeate * np.exp(-z * at_permeate),
                [z @ first + given.charge_density[0], z @ permeate],
            ]
        )

    x = np.linspace(0, 1, 21)
    start = zero_flux_equilibrium(given, chebyshev(2))
    unknown = np.concatenate([0.5 * given.feed[0], start.potentials[0]])
    other = solve_bvp(slope, ends, x, np.repeat(start.pore[0, :1].T, 21, axis=1), unknown, tol=1e-9)
    assert other.success
    expected = 1 - other.p[:n] / given.feed[0]
    np.testing.assert_allclose(rejection(given, collocation.solve(given))[0], expected, atol=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_random_membranes_agree_with_the_march(seed):
    given = random_problems(60, seed)
    ours, marched = collocation.solve(given), march.solve(given, 256)
    assert ours.converged.all() and marched.converged.all()
    np.testing.assert_allclose(rejection(given, ours), rejection(given, marched), atol=1e-6)
    np.testing.assert_allclose(ours.potential, marched.potential, atol=1e-6)


@pytest.mark.parametrize("seed", range(5, 8))
def test_random_membranes_behind_a_film_agree_with_the_march(seed):
    given = random_problems(40, seed)
    ions = given.feed.shape[1]
    rng = np.random.default_rng(seed)
    given = replace(
        given,
        film_transfer=rng.uniform(1.5, 20, (40, ions)),
        film_mobility=rng.uniform(0.5, 2.0, (40, ions)),
        film_charges=given.charges,
    )
    ours, marched = collocation.solve(given), march.solve(given, 256)
    assert ours.converged.all() and marched.converged.all()
    np.testing.assert_allclose(rejection(given, ours), rejection(given, marched), atol=1e-6)
    np.testing.assert_allclose(ours.wall, marched.wall, rtol=1e-6)


def test_tight_membranes_agree_with_the_march_too():
    given = random_problems(60, 8, ratio=0.97)
    ours, marched = collocation.solve(given), march.solve(given, 256)
    assert ours.converged.all() and marched.converged.all()
    np.testing.assert_allclose(rejection(given, ours), rejection(given, marched), atol=2e-6)


@pytest.mark.parametrize("seed", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_random_profiles_agree_with_the_march(seed):
    rng, count = np.random.default_rng(seed), 2
    bend, jump = np.sort(rng.uniform(0.1, 0.9, 2))
    charge = rng.uniform(-200, 100, (5, count))
    feed = Solution({"Na+": 30.0, "Mg2+": 5.0, "Cl-": 40.0})
    membrane = Membrane(0.5e-9, 1e-6, 44.0, Profile([0, bend, jump, jump, 1], charge[:, 0]))
    given = problem(membrane, feed, 10 ** rng.uniform(-7, -4.5, count))
    given = replace(given, charge_density=charge)
    ours, marched = collocation.solve(given), march.solve(given, 256)
    assert ours.converged.all() and marched.converged.all()
    np.testing.assert_allclose(rejection(given, ours), rejection(given, marched), atol=1e-6)


PROFILE = Profile([0, 0.4, 0.4, 1], [-80, -60, -10, 20])


@pytest.mark.parametrize(
    ("charge", "model"), [(PROFILE, Model()), (-27.0, Model(activity="davies"))]
)
def test_both_methods_of_the_front_end_agree(charge, model):
    membrane, film = replace(LBL15C, charge_density=charge), Film(lambda ion: 3e-5)
    found = [
        solve(membrane, SEAWATER, [1e-6, 1e-5], model, film, method=method)
        for method in ("march", "collocation")
    ]
    for name, rejected in found[0].rejection.items():
        np.testing.assert_allclose(found[1].rejection[name], rejected, atol=1e-7)
        np.testing.assert_allclose(found[1].wall[name], found[0].wall[name], rtol=1e-7)


def test_every_ion_flows_as_fast_everywhere_and_the_pore_is_neutral():
    given = problem(LBL15C, SEAWATER, 2e-5)
    grid = chebyshev(24)
    state = collocation.on_grid(given, grid).state
    coefficients = basis.chebfit(2 * grid.nodes - 1, state.pore[0], 24)
    s = np.linspace(-1, 1, 301)
    q, gradient = (basis.chebval(s, c).T for c in (coefficients, 2 * basis.chebder(coefficients)))
    z, peclet, pull = given.charges[0], given.peclet[0], given.convection[0] * given.peclet[0]
    current = (z * (pull * q - gradient) / peclet).sum(axis=1)
    field = current / (z**2 * q / peclet).sum(axis=1)
    flux = (pull * q - gradient - z * q * field[:, None]) / peclet
    np.testing.assert_allclose(flux, np.repeat(state.permeate, 301, axis=0), atol=1e-9)
    np.testing.assert_allclose(q @ z, 27.0, atol=1e-11)


def test_layers_are_neutral_on_both_sides_of_a_jump():
    profile = Profile.layers([0, 0.3, 0.6, 1], [-100.0, 30.0, -60.0])
    given = problem(Membrane(0.5e-9, 1e-6, 44.0, profile), MGCL2, 1e-5)
    grid = chebyshev(16, tuple(profile.x))
    state = collocation.on_grid(given, grid).state
    charge = (given.charges[:, None] * state.pore).sum(axis=2) + nodal_density(given, grid)
    assert len(grid.jumps) == 2
    assert np.abs(charge).max() < 1e-9


def test_a_pore_that_is_not_resolved_is_flagged():
    given = problem(LBL15C, SEAWATER, 1e-4)
    assert not collocation.solve(given, nodes=8).converged
    assert collocation.solve(given).converged
    beyond = problem(MEMBRANE, NACL, 10.0)
    assert not collocation.solve(beyond).converged


def test_an_ion_that_is_kept_out_changes_nothing():
    given = problem(MEMBRANE, NACL, 1e-5)
    other = replace(
        given,
        **{
            name: np.concatenate([getattr(given, name), [[value]]], axis=1)
            for name, value in (
                ("feed", 1.0),
                ("charges", 0.0),
                ("partition", 1.0),
                ("peclet", 0.0),
                ("convection", 1.0),
                ("excluded", True),
            )
        },
    )
    plain, more = collocation.solve(given), collocation.solve(other)
    np.testing.assert_allclose(more.permeate[:, :2], plain.permeate, rtol=1e-12)
    assert more.permeate[0, 2] == 0.0 and more.converged


def test_boxes_are_of_second_order():
    given = problem(LBL15C, SEAWATER, 2e-5)
    exact = collocation.solve(given).permeate
    errors = [
        np.abs(collocation.on_grid(given, boxes(cells)).state.permeate - exact).max()
        for cells in (16, 32, 64)
    ]
    np.testing.assert_allclose(np.divide(errors[:-1], errors[1:]), 4, rtol=0.02)


@pytest.mark.parametrize("nodes", [1, 257, 10.5, "ten"])
def test_a_degree_that_cannot_be_is_refused_by_value(nodes):
    with pytest.raises(ValueError, match=f"nodes is {nodes!r}, allowed"):
        collocation.solve(problem(MEMBRANE, NACL, 1e-6), nodes=nodes)


EDGES = {"uniform": None, "bent": (0.0, 0.3, 0.6, 1.0), "layers": (0.0, 0.3, 0.3, 1.0)}


@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize("film", [False, True])
def test_derivatives_are_those_of_a_complex_step(edges, film):
    given = problem(LBL15C, SEAWATER, 1e-5)
    rng = np.random.default_rng(0)
    if film:
        given = filmed(given, SEAWATER, rng.uniform(2, 9, given.feed.shape))
    grid = chebyshev(5)
    if places := EDGES[edges]:
        grid = chebyshev(4, places)
        charge = rng.uniform(-60, 60, (len(places), 1))
        given = replace(given, positions=np.array(places), charge_density=charge)
    start = zero_flux_equilibrium(given, grid)
    unknowns = start.unknowns()
    unknowns += 0.1 * rng.standard_normal(unknowns.shape)
    size, step = start.pore.max(axis=1), 1e-30
    _, jacobian = linearize(given, grid, NodalState.of(unknowns, grid), size)
    shifted = unknowns + 1j * step * np.eye(unknowns.shape[1])
    for column, moved in enumerate(shifted):
        residual, _ = linearize(given, grid, NodalState.of(moved[None], grid), size)
        np.testing.assert_allclose(
            jacobian[0, :, column], residual[0].imag / step, rtol=1e-12, atol=1e-12
        )
