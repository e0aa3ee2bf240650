"""Pores of many sizes, learnt from the same rejections as a fit of one size."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.continuum import Ion, Solution
from analysis.continuum.characterize import Fit
from analysis.continuum.pores import LogNormal, mixture
from analysis.continuum.pores.mixtures import MOVABLE
from analysis.continuum.species import at_temperature
from mdtools.errors import SettingsError
from workflow.fitting.question import Problem, Question

FLOW_POWER = 4
"""Of the radius: water through a pore, by Hagen and Poiseuille."""
RADII = 241
UNITS = {"mean": "m", "sd": "m", "sigma": "", "mu": "ln m"}


@dataclass(frozen=True)
class LearntPores:
    """Log-normal pore radii with the membrane's other parameters, fitted together.

    Attributes
    ----------
    distribution : LogNormal
    parameters : DataFrame
        parameter, value, low, high, unit; SI.
    densities : DataFrame
        curve ("number", "flow"), radius_nm, density_per_nm, low, high.
    rms : float
        Root mean square of predicted less measured.
    converged : bool
    warnings : tuple of str
    assumptions : dict
    """

    distribution: LogNormal
    parameters: pd.DataFrame
    densities: pd.DataFrame
    rms: float
    converged: bool
    warnings: tuple[str, ...]
    assumptions: dict[str, object]


def learnt_pores(question: Question, problem: Problem, fit: Fit) -> LearntPores:
    """Fit a mixture of log-normal pores; the parameters that are free in ``fit`` are here, too.

    Raises
    ------
    SettingsError
        Data that one mixture cannot describe: several feeds' ions, temperatures, charges; no flux.
    """
    space = problem.objective.space
    solution, flux, rejection, sd = one_feed(question, problem)
    free = {parameter.name: (parameter.low, parameter.high) for parameter in space.free}
    found = mixture(
        fit.membrane(space.groups[0]),
        solution,
        flux,
        rejection=rejection,
        sd=sd if fit.known_sd else None,
        fit=[name for name in MOVABLE if name in free],
        bounds={name: free[name] for name in MOVABLE if name in free},
        level=question.level,
        model=question.model(),
        seed=question.seed,
    )
    learnt = found.fit
    assert learnt is not None
    parameters = pd.DataFrame(learnt.table())
    parameters["unit"] = [UNITS.get(name, _unit(name)) for name in parameters.parameter]
    return LearntPores(
        distribution=found.pores,
        parameters=parameters,
        densities=densities(found.pores),
        rms=learnt.rms,
        converged=learnt.converged and bool(found.converged.all()),
        warnings=learnt.warnings,
        assumptions=found.assumptions,
    )


def densities(pores: LogNormal) -> pd.DataFrame:
    """Density of the radius by number of pores, and by the water that they let through."""
    flow = pores.weighted(FLOW_POWER)
    ends = [pores.quantile(1e-3), flow.quantile(1 - 1e-3)]
    radius = np.linspace(0.5 * float(ends[0]), float(ends[1]), RADII)
    parts = [
        pd.DataFrame(
            {
                "curve": curve,
                "radius_nm": 1e9 * radius,
                "density_per_nm": 1e-9 * distribution.density(radius),
                "low": np.nan,
                "high": np.nan,
            }
        )
        for curve, distribution in (("number", pores), ("flow", flow))
    ]
    return pd.concat(parts, ignore_index=True)


def one_feed(
    question: Question, problem: Problem
) -> tuple[Solution, np.ndarray, np.ndarray, np.ndarray]:
    """Feed, fluxes (F,), rejections and their sd (F, ions), NaN where not measured.

    Raises SettingsError as ``learnt_pores``.
    """
    space, points = problem.objective.space, problem.objective.forward.data.points
    if "pore_radius" in space.fixed:
        raise SettingsError("--pores: the pore radius is fixed, allowed is a free one")
    if len(space.groups) > 1:
        raise SettingsError("--pores: several charge densities, allowed is one")
    if problem.options["film"] is not None or problem.permeability is not None:
        raise SettingsError("--pores: allowed is without --film and --permeability")
    kinds = {
        (tuple(ion for ion, _ in point.composition), point.temperature, point.permittivity)
        for point in points
    }
    if len(kinds) > 1:
        raise SettingsError("--pores: feeds of several ions or temperatures, allowed is one kind")
    if question.drive == "pressure" or any(np.isnan(point.flux) for point in points):
        raise SettingsError("--pores: allowed is with a flux at every point")
    number, needed = len(points), len(space.free) + 1 + (not problem.objective.known)
    if number < needed:
        raise SettingsError(
            f"--pores: {number} rejections for {len(space.free) + 1} parameters, allowed are "
            f"{needed} or more"
        )
    ((ions, temperature, permittivity),) = kinds
    names = [ion.name for ion in ions]
    places = [(point.flux, tuple(c for _, c in point.composition)) for point in points]
    rows = {place: row for row, place in enumerate(dict.fromkeys(places))}
    rejection = np.full((len(rows), len(ions)), np.nan)
    sd = np.ones_like(rejection)
    for point, place, spread in zip(points, places, problem.objective.sd, strict=True):
        assert point.ion is not None
        rejection[rows[place], names.index(point.ion.name)] = point.rejection
        sd[rows[place], names.index(point.ion.name)] = spread
    amounts = np.array([composition for _, composition in rows])
    concentrations: dict[str | Ion, np.ndarray] = {
        at_temperature(ion, temperature): amounts[:, i] for i, ion in enumerate(ions)
    }
    solution = Solution(concentrations, temperature, permittivity)
    return solution, np.array([flux for flux, _ in rows]), rejection, sd


def _unit(name: str) -> str:
    return {"effective_thickness": "m", "charge_density": "mol/m3"}.get(name, "")
