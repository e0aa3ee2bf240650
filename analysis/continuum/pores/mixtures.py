"""A mixture of pores is solved, or fitted to rejections against flux."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.continuum.arrays import Array, Bools
from analysis.continuum.model import Membrane, Model, Solution, finite_array, finite_number
from analysis.continuum.pores import fits, flow_average
from analysis.continuum.pores.fits import Fit
from analysis.continuum.pores.flow_average import FlowAverage
from analysis.continuum.pores.least_squares import Residuals, from_starts
from analysis.continuum.pores.lognormal import LogNormal
from analysis.continuum.pores.parameters import MEMBRANE_FIELDS, PORES, Parameters, log_moments
from analysis.continuum.pores.rejections import Rejections
from analysis.continuum.profiles import Profile

TOLERANCE = 1e-5
"""Largest difference of a rejection between two orders of the quadrature."""
FIT_ORDER = 4
"""Of the quadrature while a fit searches; the result says how far it is off."""
FIT_CELLS = 64
"""Of the march while a fit searches: enough for pores that an ion barely fits."""
STARTS, REFINED = 16, 2
MOVABLE = tuple(
    name for name in MEMBRANE_FIELDS if name not in ("pore_radius", "matrix_permittivity")
)


@dataclass(frozen=True)
class Mixture:
    """Rejections of a membrane with pores of many sizes.

    Attributes
    ----------
    membrane : Membrane
        With the mean radius of the pores.
    pores : LogNormal
    flux : (F,) array, m/s
    rejection, permeate : dicts of (F,) arrays by ion name
        1 - c_p / c_feed, NaN of an ion that the feed lacks; mol/m3.
    quadrature_error : float
        Largest difference of a rejection to that of the order before.
    converged : (F,) bool array
    assumptions : dict
    fit : Fit or None
        Of data, where data were given.
    """

    membrane: Membrane
    pores: LogNormal
    flux: Array
    rejection: dict[str, Array]
    permeate: dict[str, Array]
    quadrature_error: float
    converged: Bools
    assumptions: dict[str, object]
    fit: Fit | None = None

    def table(self) -> dict[str, list[object]]:
        """Columns flux_m_s, ion, rejection, permeate_mol_m3, for a data frame or a file."""
        columns: dict[str, list[object]] = {
            key: [] for key in ("flux_m_s", "ion", "rejection", "permeate_mol_m3")
        }
        for name, rejection in self.rejection.items():
            columns["flux_m_s"] += self.flux.tolist()
            columns["ion"] += [name] * len(self.flux)
            columns["rejection"] += rejection.tolist()
            columns["permeate_mol_m3"] += self.permeate[name].tolist()
        return columns


def mixture(
    membrane: Membrane,
    solution: Solution,
    flux: npt.ArrayLike,
    pores: LogNormal | None = None,
    rejection: npt.ArrayLike | Mapping[str, npt.ArrayLike] | None = None,
    sd: npt.ArrayLike | Mapping[str, npt.ArrayLike] | None = None,
    *,
    fit: Sequence[str] = (),
    bounds: Mapping[str, Sequence[float]] | None = None,
    intervals: str = "laplace",
    level: float = 0.95,
    velocity: str = "poiseuille",
    model: Model | None = None,
    starts: int = STARTS,
    seed: int = 0,
) -> Mixture:
    """Rejections of log-normal pores side by side, each counting by the water it lets through.

    c_p = int c_p(r) r^4 f(r) dr / int r^4 f(r) dr; Bowen and Welfoot, Chem. Eng. Sci. 57, 1393
    (2002), see ``flow_average``. Given measured rejections, the pores, and fields of the membrane
    named in ``fit``, are fitted to them first.

    Parameters
    ----------
    membrane : of numbers; its pore radius is where the fit starts if ``pores`` is None
    solution : at the membrane's face, of one composition or one for each flux
    flux : (F,), m/s
    pores : of which rejections are wanted, or where the fit starts
    rejection : (F, ions) in the solution's order, NaN where not measured, or (F,) by ion name
    sd : of the rejections, number or alike; None estimates one for all from the residuals
    fit : of effective_thickness, pore_permittivity, charge_density: fitted besides the pores
    bounds : (low, high) by parameter, SI units; else those of ``parameters.SCALES``
    intervals : "laplace", from the curvature at the minimum, or "profile", from the likelihood
    velocity : "poiseuille", or "common": all pores at the flux of the membrane
    starts : of the search, from scrambled Sobol points; 0 starts from the given values alone
    seed : of these

    Raises
    ------
    ValueError
        No pores and no data, a flux that is not positive, shapes that do not fit, fewer data than
        parameters, a name that is not known, pores all too narrow for every ion.

    >>> feed = Solution({"Na+": 20.0, "Cl-": 20.0})
    >>> wide = mixture(Membrane(5e-10, 1e-6, 42.0, -40.0), feed, [1e-5], LogNormal(5e-10, 1.5e-10))
    >>> wide.rejection["Na+"].round(3)
    array([0.773])
    """
    if velocity not in flow_average.VELOCITIES:
        allowed = ", ".join(flow_average.VELOCITIES)
        raise ValueError(f"velocity is {velocity!r}, allowed: {allowed}")
    if membrane.shape:
        raise ValueError(f"the membrane has shape {membrane.shape}, allowed are numbers")
    if rejection is None:
        if pores is None:
            raise ValueError("pores: allowed is a LogNormal, or rejections to learn it from")
        flux = np.atleast_1d(finite_array("flux", flux, positive=True))
        return solved(membrane, pores, solution, flux, velocity, model)
    data = Rejections.of(solution, flux, rejection, sd)
    fits.check_choices(level, intervals)
    parameters = fitted_parameters(membrane, fit, bounds)
    data.refuse_fewer_than(parameters.names)

    def residuals_of(system: Parameters) -> Residuals:
        return residuals(membrane, system, solution, data, velocity, model)

    radius = finite_number("pore_radius", membrane.pore_radius)
    first = pores or LogNormal(radius, radius / 4)
    points = start_of(parameters, membrane, first)[None]
    if starts:
        points = np.concatenate([points, parameters.starts(starts, seed)])
    found = from_starts(residuals_of(parameters), points, parameters.box(), REFINED)
    fit_ = fits.describe(parameters, found, residuals_of, data, level=level, kind=intervals)
    return of_fit(fit_, membrane, solution, data, velocity, model)


def of_fit(
    fit: Fit,
    membrane: Membrane,
    solution: Solution,
    data: Rejections,
    velocity: str,
    model: Model | None,
) -> Mixture:
    """Mixture at the values of a fit, which says if the quadrature or the solver was at fault."""
    values = {name: estimate.value for name, estimate in fit.estimates.items()}
    pores = LogNormal.from_log(values["mu"], values["sigma"])
    moved = replace(membrane, **{name: values[name] for name in MOVABLE if name in values})
    best = solved(moved, pores, solution, data.flux, velocity, model)
    names = [ion.name for ion in solution.ions]
    exact = data.residuals(np.stack([best.rejection[name] for name in names], axis=-1))
    warnings = list(fit.warnings)
    if data.has_sd and np.abs(exact - fit.residuals).max() > 0.1:
        warnings.append("the quadrature of the fit is off by more than a tenth of an sd")
    if not best.converged.all():
        warnings.append("some pores that count were not solved")
    return replace(best, fit=replace(fit, warnings=tuple(warnings)))


def solved(
    membrane: Membrane,
    pores: LogNormal,
    solution: Solution,
    flux: Array,
    velocity: str,
    model: Model | None,
) -> Mixture:
    """Mixture whose quadrature is refined until two orders agree."""
    _refuse_narrow(pores, solution)
    last, error = None, np.inf
    for order in flow_average.ORDERS:
        average = flow_average.flow_average(
            membrane,
            {},
            np.array([pores.mu]),
            np.array([pores.sigma]),
            solution,
            flux,
            order=order,
            velocity=velocity,
            model=model,
        )
        if last is not None:
            error = float(np.nanmax(np.abs(average.rejection - last.rejection)))
        last = average
        if error <= TOLERANCE:
            break
    names = [ion.name for ion in solution.ions]
    return Mixture(
        membrane=replace(membrane, pore_radius=pores.mean),
        pores=pores,
        flux=flux,
        rejection={name: average.rejection[0, :, i] for i, name in enumerate(names)},
        permeate={name: average.permeate[0, :, i] for i, name in enumerate(names)},
        quadrature_error=error,
        converged=average.converged[0] & (error <= TOLERANCE),
        assumptions=assumptions(velocity, order, average),
    )


def residuals(
    membrane: Membrane,
    parameters: Parameters,
    solution: Solution,
    data: Rejections,
    velocity: str,
    model: Model | None,
    order: int = FIT_ORDER,
) -> Residuals:
    """Residuals (K, count) of scaled parameters (K, p)."""

    def of(points: Array) -> Array:
        values = parameters.physical(points)
        mu, sigma = log_moments(values)
        fields = {name: values[name] for name in MOVABLE if name in values}
        average = flow_average.flow_average(
            membrane,
            fields,
            mu,
            sigma,
            solution,
            data.flux,
            order=order,
            velocity=velocity,
            model=model,
            cells=FIT_CELLS,
        )
        return data.residuals(average.rejection)

    return of


def fitted_parameters(
    membrane: Membrane, fit: Sequence[str], bounds: Mapping[str, Sequence[float]] | None
) -> Parameters:
    """mu, sigma and the named fields of a membrane."""
    for name in fit:
        if name not in MOVABLE:
            raise ValueError(f"fit has {name!r}, allowed: {', '.join(MOVABLE)}")
    if "charge_density" in fit and isinstance(membrane.charge_density, Profile):
        raise ValueError("fit has charge_density, which is a Profile: allowed is a number")
    return Parameters((*PORES, *fit), bounds or {})


def start_of(parameters: Parameters, membrane: Membrane, pores: LogNormal) -> Array:
    """Scaled values (p,) of a membrane and its pores."""
    named = {name: float(getattr(membrane, name)) for name in parameters.names if name in MOVABLE}
    return fits.scaled_pores(pores, named, parameters)


def assumptions(velocity: str, order: int, average: FlowAverage) -> dict[str, object]:
    """What a mixture takes for granted, in words."""
    speed = {
        "poiseuille": "the same net pressure in all pores, velocity as r^2",
        "common": "the same velocity in all pores",
    }[velocity]
    return {
        "pores": "log-normal by number, side by side, not truncated",
        "weights": "flow of each pore, as r^4 (Bowen and Welfoot 2002)",
        "velocity": speed,
        "film": "none: the feed is that at the membrane's face",
        "quadrature_order": order,
        "solves": average.solves,
    }


def _refuse_narrow(pores: LogNormal, solution: Solution) -> None:
    smallest = min(ion.stokes_radius for ion in solution.ions)
    largest = float(np.exp(pores.mu + 4 * pores.sigma**2 + flow_average.EDGES[-1] * pores.sigma))
    if largest <= smallest:
        raise ValueError(
            f"pores of {1e9 * pores.mean:.3g} nm are narrower than every ion: the smallest has "
            f"{1e9 * smallest:.3g} nm"
        )
