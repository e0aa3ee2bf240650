"""A fit is told by its parameters, their intervals, its residuals and what is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import scipy

from analysis.continuum import inference
from analysis.continuum.arrays import Array
from analysis.continuum.pores import intervals
from analysis.continuum.pores.intervals import Estimate
from analysis.continuum.pores.least_squares import Minimum, Residuals, in_unit_box
from analysis.continuum.pores.lognormal import LogNormal
from analysis.continuum.pores.parameters import (
    PORES,
    PORES_IN_METRES,
    SCALES,
    Parameters,
    of_pores,
)
from analysis.continuum.pores.rejections import Rejections

LOOSE = 0.5
"""Relative half width from which on a parameter is called poorly determined."""
POOR_FIT = 1e-3
"""Probability of a larger sum of squares below which a fit is called poor."""
ResidualsOf = Callable[[Parameters], Residuals]
"""Residuals by scaled values of any parameters that tell the same model."""


@dataclass(frozen=True)
class Fit:
    """What was learnt from data.

    Attributes
    ----------
    estimates : dict of Estimate
        By parameter, SI units: mu and sigma of ln r, mean and sd of r, fields of the membrane.
    names, scaled, covariance : (p,), (p,), (p, p)
        Of the fitted parameters as they were scaled (``scales`` in words); NaN of one at a bound.
    level, intervals : how the intervals were made
    residuals : (count,) array, (model - measured) / sd
    sum_of_squares, freedom : of the residuals, and numbers less parameters
    rms : root mean square of model - measured
    converged : bool
    warnings : tuple of sentences
    """

    estimates: dict[str, Estimate]
    names: tuple[str, ...]
    scales: tuple[str, ...]
    scaled: Array
    covariance: Array
    level: float
    intervals: str
    residuals: Array
    sum_of_squares: float
    freedom: int
    rms: float
    converged: bool
    warnings: tuple[str, ...]

    def table(self) -> dict[str, list[object]]:
        """Columns parameter, value, low, high, for a data frame or a file; SI units."""
        return {
            "parameter": list(self.estimates),
            "value": [estimate.value for estimate in self.estimates.values()],
            "low": [estimate.low for estimate in self.estimates.values()],
            "high": [estimate.high for estimate in self.estimates.values()],
        }


def describe(
    parameters: Parameters,
    minimum: Minimum,
    residuals_of: ResidualsOf,
    data: Rejections,
    *,
    level: float,
    kind: str,
    further: tuple[str, ...] = (),
) -> Fit:
    """Fit of a minimum, with intervals and warnings.

    ``residuals_of`` is asked again only for a profile.
    """
    count, size = len(minimum.residuals), len(minimum.x)
    freedom = count - size
    variance = 1.0
    if not data.has_sd:
        variance = minimum.cost / freedom if freedom > 0 else np.nan
    bounds = parameters.at_bounds(minimum.x)
    fixed = np.array([name in bounds for name in parameters.names])
    matrix = intervals.covariance(minimum, variance, fixed)
    width = intervals.half_width(level, None if data.has_sd else freedom)
    warnings = [*further, *bounds.values()]
    if not minimum.converged:
        warnings.append("the fit did not converge: its values are where it stopped")
    estimates = _laplace(parameters, minimum.x, matrix, width)
    if kind == "profile" and np.isfinite(variance):
        warnings += _profile(estimates, parameters, minimum.x, residuals_of, variance, width)
    for name, estimate in estimates.items():
        if name not in bounds and not np.isfinite(estimate.low + estimate.high):
            warnings.append(f"{name} has no interval: the data do not tell it from the others")
        elif name in ("sigma", "effective_thickness", "charge_density") and name not in bounds:
            if estimate.high - estimate.low > 2 * LOOSE * abs(estimate.value):
                warnings.append(f"{name} is known to worse than {LOOSE:.0%}")
    if data.has_sd and freedom > 0 and scipy.special.chdtrc(freedom, minimum.cost) < POOR_FIT:
        warnings.append(
            f"the model misses the data: sum of squares {minimum.cost:.4g} for {freedom} degrees "
            "of freedom; intervals take the model for true"
        )
    return Fit(
        estimates=estimates,
        names=parameters.names,
        scales=tuple(SCALES[name].words for name in parameters.names),
        scaled=minimum.x,
        covariance=matrix,
        level=level,
        intervals=kind,
        residuals=minimum.residuals,
        sum_of_squares=minimum.cost,
        freedom=freedom,
        rms=float(np.sqrt(np.mean((minimum.residuals * data.sd[data.present]) ** 2))),
        converged=minimum.converged,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def check_choices(level: float, kind: str) -> None:
    """ValueError for a level that is no share, or an unknown kind of interval."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level}, allowed is between 0 and 1")
    if kind not in intervals.INTERVALS:
        raise ValueError(f"intervals is {kind!r}, allowed: {', '.join(intervals.INTERVALS)}")


def scaled_pores(pores: LogNormal, membrane: Mapping[str, float], parameters: Parameters) -> Array:
    """Scaled values (p,) of a distribution and fields of a membrane."""
    return parameters.scaled({**membrane, **of_pores(pores)})


def _laplace(parameters: Parameters, x: Array, matrix: Array, width: float) -> dict[str, Estimate]:
    """Estimates with intervals that are even on the parameters' scales."""
    errors = np.sqrt(np.diag(matrix))
    found = {
        name: _estimate(name, x[i], x[i] - width * errors[i], x[i] + width * errors[i])
        for i, name in enumerate(parameters.names)
    }
    if set(PORES) <= set(parameters.names):
        chosen = [parameters.names.index(name) for name in PORES]
        derived, slopes = _in_metres(x[chosen])
        part = matrix[np.ix_(chosen, chosen)]
        spread = np.sqrt(np.einsum("ij,jk,ik->i", slopes, part, slopes))
        for i, name in enumerate(PORES_IN_METRES):
            ends = derived[i] - width * spread[i], derived[i] + width * spread[i]
            found[name] = _estimate(name, derived[i], *ends)
    return found


def _in_metres(x: Array) -> tuple[Array, Array]:
    """ln mean and ln sd (2,) of mu and ln sigma (2,), and their slopes (2, 2)."""
    mu, square = x[0], np.exp(2 * x[1])
    log_mean = mu + square / 2
    log_sd = log_mean + np.log(np.expm1(square)) / 2
    slopes = np.array([[1.0, square], [1.0, square + square / -np.expm1(-square)]])
    return np.array([log_mean, log_sd]), slopes


def _profile(
    estimates: dict[str, Estimate],
    parameters: Parameters,
    best: Array,
    residuals_of: ResidualsOf,
    variance: float,
    width: float,
) -> list[str]:
    """Replace the intervals by those of profiles; returns what is wrong with them, in sentences."""
    systems = [(parameters, best, parameters.names)]
    if set(PORES) <= set(parameters.names):
        swapped = dict(zip(PORES, PORES_IN_METRES, strict=True))
        names = tuple(swapped.get(name, name) for name in parameters.names)
        other = Parameters(names, parameters.bounds)
        values = {name: float(v) for name, v in parameters.physical(best).items()}
        values |= of_pores(LogNormal.from_log(values["mu"], values["sigma"]))
        systems.append((other, other.scaled(values), PORES_IN_METRES))
    warnings = []
    for system, x, names in systems:
        low, high = system.box()
        span = high - low
        residuals, share = in_unit_box(residuals_of(system), (low, high)), (x - low) / span
        which = [system.names.index(name) for name in names]
        spread = variance * inference.covariance(residuals, share)
        found = inference.profiles(residuals, share, spread, width**2, scale=variance, which=which)
        for name, index, profile in zip(names, which, found, strict=True):
            ends = low[index] + span[index] * np.array(profile.interval)
            estimates[name] = _estimate(name, x[index], *ends)
            if profile.open_low or profile.open_high:
                warnings.append(f"the profile of {name} does not end within its bounds")
        if inference.lowest(found, share)[1] < -inference.BETTER:
            warnings.append("a profile went below the fit, which is not the lowest minimum")
    return warnings


def _estimate(name: str, value: float, low: float, high: float) -> Estimate:
    physical = SCALES[name].physical
    with np.errstate(all="ignore"):
        middle, *ends = (float(physical(np.asarray(number))) for number in (value, low, high))
    if name == "pore_permittivity" and low <= 0:
        ends = [ends[1], np.inf]
    return (
        Estimate(middle, min(ends), max(ends))
        if np.isfinite(low + high)
        else Estimate(middle, np.nan, np.nan)
    )
