"""A twin's equations between reservoirs that last, against the steady solver of DSPM-DE.

A body force f drags an ion as water does that flows at J: Kd D f / kT is Kc J.
"""

import numpy as np
import pytest

from analysis.comparison.twins.system import System
from analysis.continuum import IONS, Membrane, Profile, Solution, solve
from analysis.continuum.hindrance import convective, diffusive
from analysis.continuum.partitioning import donnan

RADIUS, THICKNESS = 0.5e-9, 1e-6
LASTING = 1e9
"""Times the membrane's width, that of the cells at its sides."""
RAMP = (*np.linspace(0, 1, 15), 1, 1)
"""Of the way from the feed to the permeate, what the second side holds."""
CASES = {
    "a salt": ({"Na+": 20.0, "Cl-": 20.0}, -60.0, 2e-5),
    "two cations": ({"Na+": 10.0, "Ca2+": 4.0, "Cl-": 18.0}, -40.0, 1e-5),
    "four ions": ({"Na+": 12.0, "Mg2+": 5.0, "Cl-": 12.0, "SO4--": 5.0}, 5.0, 1e-5),
    "a charge that varies": (
        {"Na+": 10.0, "Ca2+": 4.0, "Cl-": 18.0},
        Profile([0.0, 1.0], [-70.0, 30.0]),
        1e-5,
    ),
}


def steady(feed, permeate, partition, charge, flux, cells):
    """Fluxes (n, K + 1) of ions through a membrane in K cells between held concentrations."""
    ions = [IONS[name] for name in feed]
    n, lam = len(ions), np.array([ion.stokes_radius for ion in ions]) / RADIUS
    mobility = (diffusive(lam) * [ion.diffusivity for ion in ions])[:, None]
    width = np.full(cells + 2, THICKNESS / cells)
    inside = np.zeros(cells + 2)
    inside[1:-1] = 1
    force = convective(lam)[:, None] * flux / mobility * width / 2 * inside
    excess = np.zeros((n, cells + 1))
    excess[:, 0], excess[:, -1] = -np.log(partition), np.log(partition)
    at_face = np.zeros(cells + 1)
    at_face[[0, -1]] = 1
    x = (np.arange(cells) + 0.5) / cells
    density = np.interp(x, charge.x, charge.X) if isinstance(charge, Profile) else charge
    system = System(
        width=np.where(inside, width, LASTING * THICKNESS),
        valence=np.array([[float(ion.charge)] for ion in ions]),
        resistance=width / (2 * mobility) * inside,
        excess=excess,
        force=force,
        open=np.ones((n, cells + 1)),
        capacity=np.zeros(cells + 1),
        share=np.full(cells + 1, 0.5),
        at_face=at_face,
        stretch=np.ones((2, cells + 1)),
        ends=np.zeros((2, cells + 1)),
        voids=False,
        fixed=width * inside * np.append(0, np.append(density * np.ones(cells), 0)),
        totals=np.full(n, THICKNESS * sum(feed.values())),
    )
    # From the pore in equilibrium with two feeds by steps to what there is at the second side.
    start = np.repeat(np.array([list(feed.values())]).T, cells + 2, axis=1)
    outside = np.broadcast_to(start[:, 0], (cells, n))
    pore, potential = donnan(
        outside, [ion.charge for ion in ions], density * np.ones(cells), partition
    )
    start[:, 1:-1] = pore.T
    step = np.diff(np.concatenate([[0], potential, [0]]))
    found = start, step
    for share in RAMP:
        old = found[0].copy()
        old[:, 0] = start[:, 0]
        old[:, -1] = (1 - share) * start[:, 0] + share * permeate
        found = system.euler(old, old, found[1], 1e3 * THICKNESS**2 / mobility.min())
        assert found is not None
    return system.fluxes(*found).flux


def fluxes_of_both(case, cells):
    feed, charge, flux = CASES[case]
    membrane = Membrane(RADIUS, THICKNESS, 42.0, charge)
    theirs = solve(membrane, Solution(feed), flux)
    partition = [theirs.partition["steric"][ion] * theirs.partition["born"][ion] for ion in feed]
    permeate = np.array([theirs.permeate[ion] for ion in feed])
    ours = steady(feed, permeate, np.array(partition), charge, flux, cells)
    return ours, flux * permeate[:, None]


@pytest.mark.parametrize("case", CASES)
def test_every_flux_is_that_of_the_steady_solver(case):
    ours, theirs = fluxes_of_both(case, 300)
    assert ours == pytest.approx(np.broadcast_to(theirs, ours.shape), rel=1e-4)


def test_twice_the_cells_leave_a_quarter_of_the_difference():
    coarse, fine = (
        np.abs(np.divide(*fluxes_of_both("a charge that varies", cells)) - 1).max()
        for cells in (50, 100)
    )
    assert np.log2(coarse / fine) == pytest.approx(2, abs=0.2)
