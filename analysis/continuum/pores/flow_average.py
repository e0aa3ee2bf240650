"""Permeate of a membrane with pores of many sizes is the mean over the water that they let through.

Bowen and Welfoot, Chem. Eng. Sci. 57, 1393 (2002): pores of radius r stand side by side under the
same net pressure, with the same length and viscosity. By Hagen and Poiseuille each lets water
through as r^4, at a velocity that goes as r^2, so that

    c_p = int c_p(r, J(r)) r^4 f(r) dr / int r^4 f(r) dr,    J(r) = J r^2 <r^2> / <r^4>,

where J is the flux of the membrane, J(r) what its flux would be if all pores had r's velocity, and
<> is the mean over the pores by number. Of log-normal f, r^4 f is log-normal with mu + 4 sigma^2,
and J(r) = J exp(2 (ln r - mu - 3 sigma^2)).

Rejection by a pore is continuous in r but steep where an ion begins to fit: Gauss's rule is used in
ln r between the radii of the ions, in pieces no wider than three sigma.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.continuum.arrays import Array, Bools, Ints
from analysis.continuum.model import Membrane, Model, Solution
from analysis.continuum.solver.conditions import TIGHTEST
from analysis.continuum.transport import CELLS, solve

VELOCITIES = ("poiseuille", "common")
EDGES = (-5.0, -2.0, 0.0, 2.0, 5.0)
"""Ends of pieces, in sigma from the mean of the flow's ln r; 6e-7 of the flow lies beyond."""
AFTER_ION = (1 / TIGHTEST, 1.04, 1.15)
"""Further ends, as multiples of the radius of every ion: from where it enters, with a small jump,
rejections are steepest."""
ORDERS = (4, 6, 8, 12, 16, 24)
"""Points of Gauss's rule in each piece, tried until two agree."""
LEAST_WEIGHT = 3e-7
LARGEST_LOSS = 1e-5
"""Share of the flow through pores that were not solved, from which on an average is not trusted."""
CHUNK = 16384
"""Solves in one call; a call's memory is a few kilobytes for each."""


@dataclass(frozen=True)
class Nodes:
    """Radii of several distributions in one list: whose they are, m, share of flow, J(r) / J."""

    owner: Ints
    radius: Array
    weight: Array
    speed: Array


@dataclass(frozen=True)
class FlowAverage:
    """Averages over the pores of K membranes.

    Attributes
    ----------
    permeate : (K, F, n) array, mol/m3
    rejection : (K, F, n) array
        NaN of an ion that the feed lacks.
    converged : (K, F) bool array
    solves : int
        Conditions that were solved.
    """

    permeate: Array
    rejection: Array
    converged: Bools
    solves: int


def nodes(mu: Array, sigma: Array, stokes: Array, order: int, velocity: str) -> Nodes:
    """Radii and weights for distributions mu (K,), sigma (K,) and ions of Stokes radii (n,).

    >>> few = nodes(np.array([-21.4]), np.array([0.2]), np.array([0.2e-9]), 8, "poiseuille")
    >>> float((few.weight * few.speed).sum().round(3)), float(np.exp(4 * 0.2**2).round(3))
    (1.174, 1.174)
    """
    x, w = np.polynomial.legendre.leggauss(order)
    ion_edges = np.log(np.outer(stokes, AFTER_ION)).ravel()
    parts: list[tuple[Array, ...]] = []
    for k, (m, s) in enumerate(zip(mu, sigma, strict=True)):
        centre = m + 4 * s**2
        edges = centre + s * np.array(EDGES)
        inside = ion_edges[(ion_edges > edges[0]) & (ion_edges < edges[-1])]
        edges = np.unique(np.concatenate([edges, inside]))
        half = np.diff(edges)[:, None] / 2
        logs = (edges[:-1, None] + half * (1 + x)).ravel()
        weight = (half * w).ravel() * np.exp(-(((logs - centre) / s) ** 2) / 2)
        weight /= weight.sum()
        kept = weight > LEAST_WEIGHT
        logs, weight = logs[kept], weight[kept]
        speed = np.exp(2 * (logs - m - 3 * s**2)) if velocity == "poiseuille" else 1 + 0 * logs
        parts.append((np.full(len(logs), float(k)), np.exp(logs), weight, speed))
    owner, radius, weight, speed = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Nodes(owner.astype(np.intp), radius, weight, speed)


def flow_average(
    membrane: Membrane,
    fields: Mapping[str, Array],
    mu: Array,
    sigma: Array,
    solution: Solution,
    flux: Array,
    *,
    order: int,
    velocity: str = "poiseuille",
    model: Model | None = None,
    cells: int = CELLS,
) -> FlowAverage:
    """Permeates of K membranes with log-normal pores.

    Parameters
    ----------
    membrane : of one thickness, permittivity and charge; its pore radius is not used
    fields : (K,) arrays by field of ``Membrane``, in place of those of ``membrane``
    mu, sigma : (K,) arrays
    solution : of one composition, or one for each flux
    flux : (F,) array, m/s
    order : points of Gauss's rule in each piece
    """
    stokes = np.array([ion.stokes_radius for ion in solution.ions])
    points = nodes(mu, sigma, stokes, order, velocity)
    count, fluxes, ions = len(mu), len(flux), len(solution.ions)
    names = [ion.name for ion in solution.ions]
    given = {name: getattr(membrane, name) for name in vars(membrane)}
    total = np.zeros((count, fluxes, ions))
    share = np.zeros((count, fluxes))
    rows = max(1, CHUNK // fluxes)
    for start in range(0, len(points.radius), rows):
        part = slice(start, start + rows)
        owner = points.owner[part]
        own = {name: values[owner, None] for name, values in fields.items()}
        pores = Membrane(**{**given, **own, "pore_radius": points.radius[part, None]})
        result = solve(pores, solution, flux * points.speed[part, None], model=model, cells=cells)
        permeate = np.stack([result.permeate[name] for name in names], axis=-1)
        solved = result.converged & np.isfinite(permeate).all(axis=-1)
        weight = points.weight[part, None] * solved
        np.add.at(share, owner, weight)
        np.add.at(total, owner, weight[..., None] * np.where(solved[..., None], permeate, 0.0))
    feed = np.stack([np.broadcast_to(value, (fluxes,)) for value in solution.values], axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        permeate = total / share[..., None]
        rejection = np.where(feed > 0, 1 - permeate / feed, np.nan)
    return FlowAverage(permeate, rejection, share > 1 - LARGEST_LOSS, len(points.radius) * fluxes)
