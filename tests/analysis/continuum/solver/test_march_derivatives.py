"""The march's equations and exact derivatives, against their definition in complex arithmetic."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from analysis.continuum.solver.mesh import equidistributed
from analysis.continuum.solver.residual import ShootingResidual
from tests.analysis.continuum.bare import LBL15C, SEAWATER, problem

STEP = 1e-30
WIDTH = 1e-6
SPAN = 60.0
"""RT/F within which every root lies."""


def root(excess):
    """Root of a function that is real for a real unknown, polished in complex arithmetic."""
    found = complex(brentq(lambda e: excess(e).real, -SPAN, SPAN, xtol=1e-14))
    slope = (excess(found.real + WIDTH) - excess(found.real - WIDTH)).real / (2 * WIDTH)
    for _ in range(8):
        found -= excess(found) / slope
    return found


def share(y):
    return np.where(np.abs(y) < 1e-9, 1 - y / 2, -np.expm1(-y) / np.where(y == 0, 1, y))


def marched(given, widths, density, unknowns):
    """Residual of one problem, cell by cell from the permeate as the march defines it."""
    n = given.feed.shape[1]
    names = ("feed", "charges", "partition", "peclet", "convection")
    feed, z, entering, peclet, convection = (getattr(given, name)[0] for name in names)
    permeate, donnan_feed = np.exp(unknowns[:n]), unknowns[n]
    outside = given.outlet_partition[0] * permeate
    potential = root(lambda e: z @ (outside * np.exp(z * e)) + density[-1])
    q = outside * np.exp(z * potential)
    for width, fixed in zip(widths[::-1], density[-2::-1], strict=True):

        def crossed(drop, width=width, q=q):
            y = convection * peclet * width - z * drop
            return np.exp(-y) * q + peclet * permeate * width * share(y)

        q = crossed(root(lambda e, move=crossed, fixed=fixed: z @ move(e) + fixed))
    film = given.film_transfer is not None
    wall = np.exp(unknowns[n + 1 : 2 * n + 1]) if film else feed
    parts = [np.log(q / (entering * wall)) + z * donnan_feed, [neutral(z, permeate)]]
    if film:
        transfer, mobility = given.film_transfer[0], given.film_mobility[0]
        drift = z * mobility * wall * unknowns[-1]
        balance = transfer * (feed - wall) - (permeate - wall) - drift
        parts += [balance / (transfer * feed), [neutral(z, wall)]]
    return np.concatenate(parts)


def neutral(z, concentrations):
    return np.log((z * concentrations)[z > 0].sum() / (-z * concentrations)[z < 0].sum())


CHARGES = {
    "uniform": None,
    "bent": ((0.0, 0.3, 1.0), (-60.0, -10.0, 30.0)),
    "layers": ((0.0, 0.4, 0.4, 1.0), (-80.0, -80.0, 20.0, 20.0)),
}


@pytest.mark.parametrize("charge", CHARGES)
@pytest.mark.parametrize("film", [False, True])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_residual_and_jacobian_are_those_of_the_definition(charge, film, logarithmic):
    given, rng = problem(LBL15C, SEAWATER, 2e-5), np.random.default_rng(0)
    if profile := CHARGES[charge]:
        places, values = map(np.array, profile)
        given = replace(given, positions=places, charge_density=values[:, None])
    if film:
        transfer, mobility = rng.uniform(2, 9, (2, *given.feed.shape))
        given = replace(
            given, film_transfer=transfer, film_mobility=mobility, film_charges=given.charges
        )
    uniform = ShootingResidual.of(given, 5)
    nodes = uniform.nodes
    nodes = equidistributed(nodes, rng.uniform(0, 1, (len(nodes), 5, 1)), 5)
    ours = uniform.on(nodes, logarithmic=logarithmic)
    unknowns = ours.initial_guess()
    unknowns = unknowns + 0.1 * rng.standard_normal(unknowns.shape)
    drops = np.zeros((len(ours.widths), 1))
    residual, jacobian, *_ = ours(np.array([0]), unknowns, drops)
    m = len(unknowns)
    given_to = (given, ours.widths[:, 0], ours.density[:, 0])
    np.testing.assert_allclose(residual[:, 0], marched(*given_to, unknowns[:, 0]).real, atol=1e-9)
    for column in range(m):
        shifted = unknowns[:, 0] + 1j * STEP * np.eye(m)[column]
        slope = marched(*given_to, shifted).imag / STEP
        np.testing.assert_allclose(jacobian[:, column, 0], slope, rtol=1e-7, atol=1e-9)
