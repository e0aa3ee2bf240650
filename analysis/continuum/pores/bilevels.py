"""Thickness, permittivity and charge are fitted above pores that are fitted for each of them.

Rehman, Sheriff and Lienhard, Water Research 243 (2023), eq. 28: the upper level looks for the least
sum of squares over {dx_e, eps_p, X_d}, the lower for the pores at each of these.

With a mixture below, both levels lower the same sum: where the upper one ends is the minimum over
all parameters at once, so that the best of its starts are finished there. With expectation
maximisation below, the upper sum is that of one pore of the mean radius that was learnt. As
iterations go on that radius becomes the likeliest one, and the sum that of the classical fit of
four parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy

from analysis.continuum.arrays import Array
from analysis.continuum.model import Membrane, Model, Solution, finite_number
from analysis.continuum.pores import fits, mixtures
from analysis.continuum.pores.expectation import LIKELIHOODS, Learned, learn
from analysis.continuum.pores.fits import Fit
from analysis.continuum.pores.least_squares import Residuals, descended, minimum
from analysis.continuum.pores.lognormal import LogNormal
from analysis.continuum.pores.mixtures import MOVABLE, Mixture
from analysis.continuum.pores.parameters import PORES, Parameters
from analysis.continuum.pores.radius_table import tabulate
from analysis.continuum.pores.rejections import Rejections
from analysis.continuum.transport import solve

LOWER = ("mixture", "em")
STARTS = 16
"""Of the upper level, from scrambled Sobol points, besides the given membrane."""
REFINED = 2
LOWER_STEPS = 5
"""Of the mixture's pores at each start of the upper level."""
UPPER_STEPS = 160
CORNER = 0.02
"""Share of the bounds' width between corners of the first simplex."""
EM_TOLERANCE, EM_ITERATIONS = 1e-4, 200
TABLE_TOLERANCE, TABLE_LEVELS = 2e-3, 2
"""Of the radii tabulated for expectation maximisation while the upper level searches."""


@dataclass(frozen=True)
class Bilevel:
    """A membrane and its pores, learnt from rejections.

    Attributes
    ----------
    membrane : Membrane
        With the mean radius of the pores.
    pores : LogNormal
    lower : "mixture" or "em"
    sum_of_squares : float
        Of the upper level, (model - measured) / sd.
    rejection : dict of (F,) arrays by ion
        Of the mixture, or of one pore of the mean radius.
    fit : Fit or None
        Values and intervals of all parameters, of a mixture.
    learned : Learned or None
        The last expectation maximisation.
    converged : bool
    warnings : tuple of sentences
    assumptions : dict
    """

    membrane: Membrane
    pores: LogNormal
    lower: str
    sum_of_squares: float
    rejection: dict[str, Array]
    fit: Fit | None
    learned: Learned | None
    converged: bool
    warnings: tuple[str, ...]
    assumptions: dict[str, object]

    def table(self) -> dict[str, list[object]]:
        """Columns parameter, value, low, high; intervals NaN where there are none; SI units."""
        if self.fit is not None:
            return self.fit.table()
        fields = {name: float(getattr(self.membrane, name)) for name in MOVABLE}
        values = {"mean": self.pores.mean, "sd": self.pores.sd, **fields}
        missing = [np.nan] * len(values)
        return {
            "parameter": list(values),
            "value": list(values.values()),
            "low": [*missing],
            "high": [*missing],
        }


def bilevel(
    membrane: Membrane,
    solution: Solution,
    flux: npt.ArrayLike,
    rejection: npt.ArrayLike | Mapping[str, npt.ArrayLike],
    sd: npt.ArrayLike | Mapping[str, npt.ArrayLike] | None = None,
    *,
    lower: str = "mixture",
    fit: Sequence[str] = MOVABLE,
    pores: LogNormal | None = None,
    bounds: Mapping[str, Sequence[float]] | None = None,
    intervals: str = "laplace",
    level: float = 0.95,
    velocity: str = "poiseuille",
    likelihood: str = "gaussian",
    model: Model | None = None,
    starts: int = STARTS,
    seed: int = 0,
) -> Bilevel:
    """Fit fields of a membrane above its pores; see the module for the two levels.

    Parameters
    ----------
    membrane : first start, and the fields that are not fitted
    flux, rejection, sd, bounds, intervals, level, velocity, model : as of ``mixture``
    lower : "mixture" or "em"
    fit : of effective_thickness, pore_permittivity, charge_density
    pores : where the lower level starts; else as of ``mixture``
    likelihood : of "em", as of ``expectation_maximization``
    starts : of the upper level, besides the given membrane
    seed : of these

    Raises
    ------
    ValueError
        What ``mixture`` refuses; nothing to fit, an unknown lower level, "em" without sd.
    """
    if lower not in LOWER:
        raise ValueError(f"lower is {lower!r}, allowed: {', '.join(LOWER)}")
    if likelihood not in LIKELIHOODS:
        raise ValueError(f"likelihood is {likelihood!r}, allowed: {', '.join(LIKELIHOODS)}")
    if not fit:
        raise ValueError(f"fit is empty, allowed: {', '.join(MOVABLE)}")
    if membrane.shape:
        raise ValueError(f"the membrane has shape {membrane.shape}, allowed are numbers")
    fits.check_choices(level, intervals)
    if lower == "em" and sd is None:
        raise ValueError("sd is None, allowed for lower='em' are standard deviations")
    data = Rejections.of(solution, flux, rejection, sd)
    parameters = mixtures.fitted_parameters(membrane, fit, bounds)
    data.refuse_fewer_than(parameters.names)
    radius = finite_number("pore_radius", membrane.pore_radius)
    first = pores or LogNormal(radius, radius / 4)
    upper = Parameters(tuple(fit), bounds or {})
    given = mixtures.start_of(upper, membrane, first)[None]
    points = np.concatenate([given, upper.starts(starts, seed)]) if starts else given
    if lower == "em":
        return _with_em(membrane, solution, data, upper, points, first, likelihood, model)
    return _with_mixture(
        membrane, solution, data, parameters, points, first, intervals, level, velocity, model
    )


def _with_mixture(
    membrane: Membrane,
    solution: Solution,
    data: Rejections,
    parameters: Parameters,
    points: Array,
    first: LogNormal,
    intervals: str,
    level: float,
    velocity: str,
    model: Model | None,
) -> Bilevel:
    def residuals_of(system: Parameters) -> Residuals:
        return mixtures.residuals(membrane, system, solution, data, velocity, model)

    residuals = residuals_of(parameters)
    box = parameters.box()
    pore_starts = mixtures.start_of(parameters, membrane, first)[: len(PORES)]
    starts = np.hstack([np.tile(pore_starts, (len(points), 1)), points])
    held = np.zeros(starts.shape, dtype=bool)
    held[:, len(PORES) :] = True
    below, cost = descended(residuals, starts, box, LOWER_STEPS, held)
    best = minimum(residuals, below[np.argsort(cost)[:REFINED]], box)
    fit = fits.describe(parameters, best, residuals_of, data, level=level, kind=intervals)
    solved: Mixture = mixtures.of_fit(fit, membrane, solution, data, velocity, model)
    fit = solved.fit or fit
    return Bilevel(
        membrane=solved.membrane,
        pores=solved.pores,
        lower="mixture",
        sum_of_squares=fit.sum_of_squares,
        rejection=solved.rejection,
        fit=fit,
        learned=None,
        converged=fit.converged and bool(solved.converged.all()),
        warnings=fit.warnings,
        assumptions={
            **solved.assumptions,
            "upper_level": f"{len(points)} starts, the best {REFINED} finished over all parameters",
            "lower_level": "pores of least squares, at each start",
        },
    )


def _with_em(
    membrane: Membrane,
    solution: Solution,
    data: Rejections,
    upper: Parameters,
    points: Array,
    first: LogNormal,
    likelihood: str,
    model: Model | None,
) -> Bilevel:
    names = [ion.name for ion in solution.ions]
    low, high = upper.box()

    def moved(point: Array) -> Membrane:
        values = {name: float(value) for name, value in upper.physical(point).items()}
        return replace(membrane, **values)

    def lower(point: Array, tolerance: float, levels: int) -> Learned:
        table = tabulate(
            moved(point), solution, data.flux, tolerance=tolerance, levels=levels, model=model
        )
        return learn(table, data, first, likelihood, EM_TOLERANCE, EM_ITERATIONS)

    def rejections(point: Array, learned: Learned) -> dict[str, Array]:
        pore = replace(moved(point), pore_radius=learned.pores.mean)
        return solve(pore, solution, data.flux, model=model).rejection

    def cost(share: Array) -> float:
        inside = np.clip(share, 0, 1)
        point = low + inside * (high - low)
        found = rejections(point, lower(point, TABLE_TOLERANCE, TABLE_LEVELS))
        rows = np.stack([found[name] for name in names], axis=-1)
        outside = float((np.abs(share - inside)).sum())
        return float((data.residuals(rows) ** 2).sum()) * (1 + outside)

    # The mean that is learnt tends to the likeliest radius: where that leads is close by.
    single = Parameters(("pore_radius", *upper.names), upper.bounds)
    given = {name: float(value) for name, value in upper.physical(points[0]).items()}
    radius = single.scaled({"pore_radius": first.mean, **given})[:1]
    alone = minimum(
        _of_one_pore(membrane, single, solution, data, model),
        np.hstack([np.tile(radius, (len(points), 1)), points]),
        single.box(),
    )
    start = (alone.x[1:] - low) / (high - low)
    best = scipy.optimize.minimize(
        cost,
        start,
        method="Nelder-Mead",
        options={
            "maxfev": UPPER_STEPS,
            "xatol": 1e-3,
            "fatol": 1e-2,
            "adaptive": True,
            "initial_simplex": _simplex(start),
        },
    )
    point = low + np.clip(best.x, 0, 1) * (high - low)
    learned = lower(point, TABLE_TOLERANCE / 10, TABLE_LEVELS + 3)
    rejection = rejections(point, learned)
    rows = np.stack([rejection[name] for name in names], axis=-1)
    warnings = [*learned.warnings, *upper.at_bounds(point).values()]
    if not best.success:
        warnings.append(f"the upper level had not settled after {UPPER_STEPS} evaluations")
    return Bilevel(
        membrane=replace(moved(point), pore_radius=learned.pores.mean),
        pores=learned.pores,
        lower="em",
        sum_of_squares=float((data.residuals(rows) ** 2).sum()),
        rejection=rejection,
        fit=None,
        learned=learned,
        converged=bool(best.success),
        warnings=tuple(dict.fromkeys(warnings)),
        assumptions={
            **learned.assumptions,
            "upper_level": f"by Nelder and Mead, from the best fit of one radius of {len(points)}",
            "lower_level": f"expectation maximisation, at most {EM_ITERATIONS} iterations",
            "intervals": "none: sd is no measure of the data's uncertainty, nor of the pores'",
        },
    )


def _of_one_pore(
    membrane: Membrane,
    parameters: Parameters,
    solution: Solution,
    data: Rejections,
    model: Model | None,
) -> Residuals:
    """Residuals (K, count) of membranes with pores of one size, of scaled parameters (K, p)."""

    def of(points: Array) -> Array:
        values = {name: value[:, None] for name, value in parameters.physical(points).items()}
        found = solve(
            replace(membrane, **values), solution, data.flux, model=model, cells=mixtures.FIT_CELLS
        )
        return data.residuals(
            np.stack([found.rejection[ion.name] for ion in solution.ions], axis=-1)
        )

    return of


def _simplex(start: Array) -> Array:
    """Corners (p + 1, p) inside the unit box, one a little off in each direction."""
    corners = np.tile(start, (len(start) + 1, 1))
    corners[np.arange(1, len(corners)), np.arange(len(start))] += np.where(
        start > 0.5, -CORNER, CORNER
    )
    return corners
