"""A salt of two ions through layers of uniform charge, integrated by scipy for one layer at a time.

Shares with the solver only the equations, partition coefficients and hindrance factors: in each
layer the counter-ion follows from neutrality, between layers there is a Donnan equilibrium, and the
salt in the permeate is found by bisection.
"""

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from analysis.continuum import hindrance
from analysis.continuum.partitioning import born, steric

RELATIVE, ABSOLUTE = 1e-10, 1e-14


def rejection(ions, feed, membrane, edges, densities, flux):
    """1 - c_p / c_f; ``feed`` in mol/m3 of salt, densities (K,) between edges (K + 1,)."""
    z = np.array([ion.charge for ion in ions])
    stoichiometry = np.abs(z[::-1])
    ratio = np.array([ion.stokes_radius for ion in ions]) / membrane.pore_radius
    partition = steric(ratio) * np.array([born(ion, membrane.pore_permittivity) for ion in ions])
    diffusive = hindrance.diffusive(ratio) * np.array([ion.diffusivity for ion in ions])
    peclet = flux * membrane.effective_thickness / diffusive
    drift = hindrance.convective(ratio) * peclet

    def neutral(q, density):
        """Concentrations in equilibrium with q that balance a density."""

        def charge(shift):
            return z @ (q * np.exp(-z * shift)) + density

        scale = np.log1p((np.abs(density) + np.abs(z) @ q) / q.min())
        return q * np.exp(-z * brentq(charge, -scale, scale, xtol=1e-14))

    def reaches(permeate):
        """Salt outside of the feed's face, for a permeate."""
        c = stoichiometry * permeate
        q = partition * c
        for low, high, density in zip(edges[-2::-1], edges[:0:-1], densities[::-1], strict=True):
            q = neutral(q, density)
            coion = int(density * z[0] < 0)

            def slope(_, log, density=density, coion=coion):
                inside = np.empty(2)
                inside[coion] = np.exp(log[0])
                inside[1 - coion] = -(density + z[coion] * inside[coion]) / z[1 - coion]
                drive = drift * inside - peclet * c
                field = (z @ drive) / (z**2 @ inside)
                return [(drive - z * field * inside)[coion] / inside[coion]]

            path = solve_ivp(
                slope, (high, low), [np.log(q[coion])], "LSODA", rtol=RELATIVE, atol=ABSOLUTE
            )
            assert path.success
            q[coion] = np.exp(path.y[0, -1])
            q[1 - coion] = -(density + z[coion] * q[coion]) / z[1 - coion]
        return neutral(q / partition, 0.0)[0] / stoichiometry[0]

    salt = brentq(lambda c: np.log(reaches(c) / feed), 1e-8 * feed, feed, xtol=1e-14, rtol=1e-12)
    return 1 - salt / feed
