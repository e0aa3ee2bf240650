"""The pore's boundary value problem solved by scipy, which shares only the equations."""

import numpy as np
from scipy.integrate import solve_bvp

from analysis.continuum.partitioning import donnan

TOLERANCE = 1e-9
START_TOLERANCE = 1e-4
SHARES = (0.05, 0.3, 1.0)
"""Of the flux, each the start of the next."""
NODES = 41


def rejections(given):
    """1 - c_p / c_f (n,) of a single problem with a uniform charge and no film.

    Unknowns are q(x) and, as parameters, ln c_p of every ion and both Donnan potentials.
    """
    z, feed, density = given.charges[0], given.feed[0], given.charge_density[0]
    inlet, outlet, n = given.partition[0], given.outlet_partition[0], given.feed.shape[1]

    def ends(first, last, parameters):
        permeate, (at_feed, at_permeate) = np.exp(parameters[:n]), parameters[n:]
        return np.concatenate(
            [
                first - inlet * feed * np.exp(-z * at_feed),
                last - outlet * permeate * np.exp(-z * at_permeate),
                [z @ first + density, z @ permeate],
            ]
        )

    pore, potential = donnan(feed, z, density, inlet)
    x, q = np.linspace(0, 1, NODES), np.repeat(pore[:, None], NODES, axis=1)
    parameters = np.concatenate([np.log(feed), [potential, potential]])
    for share in SHARES:
        peclet = share * given.peclet[0]
        drift = given.convection[0] * peclet

        def slope(x, q, parameters, peclet=peclet, drift=drift):
            drive = drift[:, None] * q - (peclet * np.exp(parameters[:n]))[:, None]
            return drive - z[:, None] * ((z @ drive) / (z**2 @ q)) * q

        tolerance = TOLERANCE if share == 1 else START_TOLERANCE
        solution = solve_bvp(slope, ends, x, q, parameters, tol=tolerance, max_nodes=10**5)
        x, q, parameters = solution.x, solution.y, solution.p
    assert solution.success
    return 1 - np.exp(parameters[:n]) / feed
