"""Problems put together from hindrance and partitioning alone, without the solver's front end."""

import numpy as np

from analysis.continuum import IONS, Membrane, Profile, Solution, hindrance, partitioning
from analysis.continuum.solver.problem import Problem

SEAWATER = Solution.neutralised(
    {"Na+": 483.7803945, "Ca2+": 9.53141374, "Mg2+": 57.35445382, "SO4--": 22.23610244}, by="Cl-"
)
"""Synthetic seawater of Labban et al., J. Membr. Sci. 554, 26 (2018), table 2, in mol/m3."""
LBL15C = Membrane(0.51e-9, 1.33e-6, 41.0, -27.0)
LBL3 = Membrane(0.46e-9, 0.78e-6, 45.0, 23.0)
NF270 = Membrane(0.49e-9, 0.79e-6, 44.0, -56.0)
SEAWATER_REJECTIONS = [
    (
        LBL15C,
        "dechadilok-deen",
        (-0.0372084741, 0.793075628, 0.873836676, 0.900321618, 0.100012397),
    ),
    (LBL15C, "bowen", (-0.0433831362, 0.836450161, 0.916446262, 0.907621772, 0.104205016)),
    (
        NF270,
        "dechadilok-deen",
        (-0.0278885062, 0.46249861, 0.658889019, 0.835063912, 0.0589235872),
    ),
]
"""Membrane, hindrance, and rejections at 1e-6 m/s of Na+, Ca2+, Mg2+, SO4-- and Cl-; their source
is in test_references."""
ROOMY = 0.9
"""Largest ratio of radii that random membranes have."""


def problem(membrane, solution, flux, kind="dechadilok-deen") -> Problem:
    """Batch of a membrane, a feed and a flux that broadcast; no ion may fill the pore."""
    profile = membrane.charge_density
    profile = profile if isinstance(profile, Profile) else None
    density = 0.0 if profile else membrane.charge_density
    fields = (
        flux,
        membrane.pore_radius,
        membrane.effective_thickness,
        membrane.pore_permittivity,
        density,
        *solution.values,
    )
    flat = [np.atleast_1d(f).ravel() for f in np.broadcast_arrays(*fields)]
    flux, radius, thickness, permittivity, density, *feed = flat
    ions, feed = solution.ions, np.stack(feed, axis=1)
    lam = np.stack([ion.stokes_radius / radius for ion in ions], axis=1)
    born = [partitioning.born(ion, permittivity) for ion in ions]
    diffusivity = np.array([ion.diffusivity for ion in ions]) * hindrance.diffusive(lam, kind)
    if profile:
        density = np.repeat(profile.X[:, None], len(flux), axis=1)
    return Problem(
        feed=feed,
        charges=np.broadcast_to([float(ion.charge) for ion in ions], feed.shape),
        partition=partitioning.steric(lam) * np.stack(born, axis=1),
        peclet=(flux * thickness)[:, None] / diffusivity,
        convection=hindrance.convective(lam, kind),
        charge_density=density,
        excluded=np.zeros(feed.shape, dtype=bool),
        positions=profile.x if profile else None,
    )


def rejection(problem, solved):
    """1 - c_p / c_f (B, n)."""
    return 1 - solved.permeate / problem.feed


def random_problems(count, seed, ratio=ROOMY) -> Problem:
    """Membranes, fluxes and feeds of two to seven ions in the nanofiltration window."""
    rng = np.random.default_rng(seed)
    cations = rng.choice(["Na+", "K+", "Li+", "Ca2+", "Mg2+"], rng.integers(1, 6), replace=False)
    anions = rng.choice(["Cl-", "SO4--"], rng.integers(1, 3), replace=False)
    largest = max(IONS[name].stokes_radius for name in (*cations, *anions))
    membrane = Membrane(
        rng.uniform(largest / ratio, 1e-9, count),
        rng.uniform(0.3e-6, 3e-6, count),
        rng.uniform(30, 70, count),
        rng.uniform(-300, 300, count),
    )
    feed = {name: 10 ** rng.uniform(-2, np.log10(300), count) for name in cations}
    charge = sum(IONS[name].charge * c for name, c in feed.items())
    shares = rng.dirichlet(np.ones(len(anions)), count).T
    for name, share in zip(anions, shares, strict=True):
        feed[name] = share * charge / -IONS[name].charge
    flux = 10 ** rng.uniform(-8, np.log10(5e-5), count)
    return problem(membrane, Solution(feed), flux)
