"""Expectation maximisation learns a distribution of pore radii that are taken to be hidden.

Rehman, Sheriff and Lienhard, Water Research 243 (2023), eqs. 14 to 27: all rejections of one set of
data are those of a single pore, whose radius is drawn from a log-normal distribution.

E-step: p(r | data) is L(r) f(r | mu, sigma) over its integral, L(r) = p(data | r).
M-step: mu = E[ln r], sigma^2 = Var[ln r] under it, the closed form of the minimum of eq. 24, in
which the terms with L and tau do not depend on the new mu and sigma.

The likelihood of the data, tau = int L f dr, never falls. With one set it is a mean of L(r), at
most its maximum, and reaches that only where f is a point there: iterated long enough, sigma tends
to 0, slowly. Of L normal in ln r with a width w, 1/sigma^2 grows by 1/w^2 in each iteration, so
that sigma = w / sqrt(t) after t of them: the sd at which a tolerance stops is the tolerance's.
Several sets, each with a radius of its own, hold sigma up by their spread.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.continuum.arrays import Array
from analysis.continuum.film import Film
from analysis.continuum.model import Membrane, Model, Solution, finite_number
from analysis.continuum.pores.lognormal import LogNormal
from analysis.continuum.pores.radius_table import RADII, RadiusTable, tabulate
from analysis.continuum.pores.rejections import Rejections

LIKELIHOODS = ("gaussian", "rehman-2023")
TOLERANCE = 1e-4
"""Relative change of the mean and of the variance; as the paper's."""
ITERATIONS = 10000
GRID = 2**15
"""Points in ln r over RADII, 1e-4 apart; the integrals are sums over them."""
FINEST = 3.0
"""Spacings of the grid: a sigma below is a point for all that the sums can tell."""
TABLE_SHARE = 0.05
"""Tolerance of the table of rejections, as a share of the smallest sd."""
TABLE_LEAST = 1e-5


@dataclass(frozen=True)
class Learned:
    """A distribution after each iteration.

    Attributes
    ----------
    pores : LogNormal
        The last.
    history : dict of (T + 1,) arrays
        ``mu``, ``sigma``, ``mean``, ``sd`` (m) and ``log_likelihood``, ln tau; the start first.
    likeliest_radius : float, m
        Where one pore explains all sets best.
    highest : float
        What ln tau cannot exceed: of the sets, each with its own likeliest radius.
    converged : bool
        Whether mean and variance stopped changing within the tolerance.
    warnings : tuple of sentences
    assumptions : dict
    """

    pores: LogNormal
    history: dict[str, Array]
    likeliest_radius: float
    highest: float
    converged: bool
    warnings: tuple[str, ...]
    assumptions: dict[str, object]

    def table(self) -> dict[str, list[object]]:
        """Columns iteration and those of ``history``, for a data frame or a file."""
        count = len(self.history["mean"])
        columns = {name: values.tolist() for name, values in self.history.items()}
        return {"iteration": list(range(count)), **columns}


def expectation_maximization(
    membrane: Membrane,
    solution: Solution,
    flux: npt.ArrayLike,
    rejection: npt.ArrayLike | Mapping[str, npt.ArrayLike],
    sd: npt.ArrayLike | Mapping[str, npt.ArrayLike],
    start: LogNormal | None = None,
    *,
    likelihood: str = "gaussian",
    tolerance: float = TOLERANCE,
    iterations: int = ITERATIONS,
    model: Model | None = None,
    film: Film | None = None,
) -> Learned:
    """Learn a log-normal distribution of a hidden radius; see the module for the equations.

    Parameters
    ----------
    membrane : of numbers; thickness, permittivity and charge are held
    flux : (F,), m/s
    rejection : (F, ions), or (S, F, ions) of S sets with a radius each; or (F,) by ion name
    sd : of the rejections, number or alike
    start : else mean the membrane's radius, sd a quarter of it
    likelihood : "gaussian", L = exp(-sum (dR)^2 / 2 sd^2), or "rehman-2023", as eq. 23 prints it,
        exp(-sum (dR)^2 / sd^2 / (Ns Nw)): raised to the power of two over the number of data
    tolerance : relative change of mean and variance at which to stop; 0 never does
    iterations : most of them

    Raises
    ------
    ValueError
        Data that ``Rejections.of`` refuses, an unknown likelihood, iterations below 1.
    """
    if likelihood not in LIKELIHOODS:
        raise ValueError(f"likelihood is {likelihood!r}, allowed: {', '.join(LIKELIHOODS)}")
    if iterations < 1 or not tolerance >= 0:
        raise ValueError(
            f"iterations, tolerance are {iterations}, {tolerance}, allowed: from 1, from 0"
        )
    if membrane.shape:
        raise ValueError(f"the membrane has shape {membrane.shape}, allowed are numbers")
    if sd is None:
        raise ValueError("sd is None, allowed are standard deviations of the rejections")
    data = Rejections.of(solution, flux, rejection, sd, sets=True)
    radius = finite_number("pore_radius", membrane.pore_radius)
    first = start or LogNormal(radius, radius / 4)
    smallest = float(data.sd[data.present].min())
    table = tabulate(
        membrane,
        solution,
        data.flux,
        tolerance=max(TABLE_SHARE * smallest, TABLE_LEAST),
        model=model,
        film=film,
    )
    return learn(table, data, first, likelihood, tolerance, iterations)


def learn(
    table: RadiusTable,
    data: Rejections,
    start: LogNormal,
    likelihood: str,
    tolerance: float,
    iterations: int,
) -> Learned:
    """Iterate on a table of rejections."""
    x = np.linspace(float(np.log(RADII[0])), float(np.log(RADII[1])), GRID)
    log_likelihoods = log_likelihood(table, data, likelihood, x)
    rows: list[tuple[float, float, float]] = []
    mu, sigma, converged = start.mu, start.sigma, False
    spacing = float(x[1] - x[0])
    for _ in range(iterations):
        new_mu, new_sigma, log_tau = _step(x, log_likelihoods, mu, sigma)
        rows.append((mu, sigma, log_tau))
        if new_sigma < FINEST * spacing:
            break
        old, new = LogNormal.from_log(mu, sigma), LogNormal.from_log(new_mu, new_sigma)
        mu, sigma = new_mu, new_sigma
        changes = abs(new.mean / old.mean - 1), abs((new.sd / old.sd) ** 2 - 1)
        if max(changes) < tolerance:
            converged = True
            break
    rows.append((mu, sigma, _step(x, log_likelihoods, mu, sigma)[2]))
    columns = np.array(rows).T
    mean = np.exp(columns[0] + columns[1] ** 2 / 2)
    pores = LogNormal.from_log(mu, sigma)
    best = int(log_likelihoods.sum(axis=0).argmax())
    return Learned(
        pores=pores,
        history={
            "mu": columns[0],
            "sigma": columns[1],
            "mean": mean,
            "sd": mean * np.sqrt(np.expm1(columns[1] ** 2)),
            "log_likelihood": columns[2],
        },
        likeliest_radius=float(np.exp(x[best])),
        highest=float(log_likelihoods.max(axis=1).sum()),
        converged=converged,
        warnings=_warnings(len(log_likelihoods), converged, sigma < 2 * FINEST * spacing, pores),
        assumptions={
            "pores": "one hidden radius for each set of data, log-normal, not truncated",
            "sets": len(log_likelihoods),
            "likelihood": likelihood,
            "tolerance": tolerance,
            "table_error": table.error,
            "solves": table.solves,
        },
    )


def log_likelihood(table: RadiusTable, data: Rejections, kind: str, x: Array) -> Array:
    """ln L (S, G) of each set for pores of ln r = x (G,)."""
    sets = data.rejection.reshape(-1, *data.rejection.shape[-2:])
    sds = data.sd.reshape(sets.shape)
    result = np.zeros((len(sets), len(x)))
    for part in np.array_split(np.arange(len(x)), 64):
        model = table.at(x[part])
        for s, (measured, sd) in enumerate(zip(sets, sds, strict=True)):
            squares = np.nan_to_num(((model - measured) / sd) ** 2).sum(axis=(1, 2))
            factor = 0.5 if kind == "gaussian" else 1 / np.isfinite(measured).sum()
            result[s, part] = -factor * squares
    return result


def _step(x: Array, log_likelihoods: Array, mu: float, sigma: float) -> tuple[float, float, float]:
    """New mu and sigma, and ln tau of the old ones."""
    near = np.abs(x - mu) < 10 * sigma
    if not near.any():
        near = np.ones(len(x), dtype=bool)
    logs, parts = x[near], log_likelihoods[:, near]
    joint = parts - ((logs - mu) / sigma) ** 2 / 2
    top = joint.max(axis=1, keepdims=True)
    weight = np.exp(joint - top)
    sums = weight.sum(axis=1)
    spacing = x[1] - x[0]
    log_tau = top[:, 0] + np.log(sums * spacing / (sigma * np.sqrt(2 * np.pi)))
    posterior = weight / sums[:, None]
    new_mu = float((posterior @ logs).mean())
    variance = float((posterior @ (logs - new_mu) ** 2).mean())
    return new_mu, float(np.sqrt(variance)), float(log_tau.sum())


def _warnings(sets: int, converged: bool, collapsed: bool, pores: LogNormal) -> tuple[str, ...]:
    found = []
    if sets == 1:
        found.append(
            "one set of data: the likelihood is highest at a single radius, so that this sd tells "
            "where the iteration stopped, not how pores are spread"
        )
    if collapsed:
        found.append(f"the distribution collapsed to a point at {1e9 * pores.mean:.4g} nm")
    elif not converged:
        found.append("mean and variance still changed when the iterations were used up")
    return tuple(found)
