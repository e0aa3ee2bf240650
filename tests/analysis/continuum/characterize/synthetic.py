"""Tables as a membrane of known parameters would give them."""

import numpy as np

from analysis.continuum import Membrane, Solution, solve
from analysis.continuum.characterize import Measurements

TRUTH = {
    "pore_radius": 0.5e-9,
    "effective_thickness": 1.2e-6,
    "pore_permittivity": 42.0,
    "charge_density": -45.0,
}
MIXTURE = {"Na+": 30.0, "Mg2+": 8.0, "Cl-": 46.0}
SALT = {"Na+": 20.0, "Cl-": 20.0}
SUGAR = {"glucose": 1.0}
FLUXES_UM_S = (2.0, 6.0, 14.0, 30.0)


def membrane(**changes):
    return Membrane(**(TRUTH | changes))


def rows(feed, made=None, fluxes=FLUXES_UM_S, **others):
    """Lines without noise: the rejection of every ion of a feed at some fluxes."""
    fluxes = np.asarray(fluxes)
    found = solve(membrane() if made is None else made, Solution(feed), 1e-6 * fluxes).rejection
    composition = {f"feed_{ion}_mol_m3": amount for ion, amount in feed.items()}
    return [
        {"membrane": "M", "ion": ion, "flux_um_s": flux, "rejection": float(rejection)}
        | composition
        | others
        for ion, values in found.items()
        for flux, rejection in zip(fluxes, values, strict=True)
    ]


def table(sd, seed=0, feeds=(MIXTURE, SALT, SUGAR), fluxes=FLUXES_UM_S):
    """Measurements with normal noise of a standard deviation, which the table tells."""
    generator = np.random.default_rng(seed)
    lines = [line for feed in feeds for line in rows(feed, fluxes=fluxes)]
    return Measurements.from_rows(
        [
            line | {"rejection": line["rejection"] + sd * generator.standard_normal(), "sd": sd}
            for line in lines
        ]
    )
