"""Pressure and flux of a membrane follow from each other with the osmotic pressure."""

import numpy as np
import numpy.typing as npt

from analysis.continuum import activity, water
from analysis.continuum.arrays import Array
from analysis.continuum.constants import WATER_VISCOSITY
from analysis.continuum.film import Film
from analysis.continuum.model import Membrane, Model, Solution, finite_array
from analysis.continuum.performance import pure_water_permeability
from analysis.continuum.solver.batch import take
from analysis.continuum.solver.conditions import Conditions
from analysis.continuum.solver.fixed_point import solve_at_flux
from analysis.continuum.transport import CELLS, Transport, shape_of, solve

ROUNDS = 100
TOLERANCE = 1e-10
"""Of the flux, relative."""
LEAST = 1e-6
"""Smallest flux that is tried, as a share of that of pure water."""
WIDER = 1.5
"""Factor of the largest flux where a permeate richer than the feed draws more than pure water."""
WIDENINGS = 8
BELOW_LIMIT = 1 - 1e-6
"""Share of a film's least coefficient that the flux stays below without suction; a pressure that
drives more is flagged, as the linear film has no solution for it."""


def solve_pressure(
    membrane: Membrane,
    solution: Solution,
    pressure_drop: npt.ArrayLike,
    viscosity: npt.ArrayLike = WATER_VISCOSITY,
    model: Model | None = None,
    film: Film | None = None,
    method: str = "march",
    cells: int = CELLS,
    backend: str | None = None,
) -> Transport:
    """Rejections and flux at a hydraulic pressure drop: J = A (dP - Pi_wall + Pi_permeate).

    A is that of ``performance.pure_water_permeability``; Pi follows ``model.activity``. The flux is
    bracketed and found by Chandrupatla's method for the whole batch at once.

    Parameters
    ----------
    pressure_drop, viscosity : array_like, Pa and Pa s
        Positive.
    others : see ``solve``

    Raises
    ------
    ValueError
        Before any step, naming the argument and its value.

    >>> feed = Solution({"Na+": 1e-3, "Cl-": 1e-3})
    >>> found = solve_pressure(Membrane(0.51e-9, 1.33e-6, 41.0, -27.0), feed, 1e5)
    >>> float((found.flux * 3.6e6).round(2))
    9.89
    """
    pressure = finite_array("pressure_drop", pressure_drop, positive=True)
    viscosity = finite_array("viscosity", viscosity, positive=True)
    shape = shape_of(membrane, solution, pressure_drop=pressure, viscosity=viscosity)
    conditions = Conditions.of(
        membrane,
        solution,
        shape,
        model=model or Model(),
        film=film,
        method=method,
        cells=cells,
        backend=backend,
    )
    permeability = np.asarray(pure_water_permeability(membrane, viscosity))
    pressure = np.broadcast_to(pressure, shape).reshape(-1)
    permeability = np.broadcast_to(permeability, shape).reshape(-1)
    flux = _flux(conditions, pressure, permeability)
    bracketed = np.isfinite(flux)
    batch = solve_at_flux(
        conditions, np.where(bracketed, flux, LEAST * permeability * pressure)
    ).at_converged(flux, bracketed)
    notes: dict[str, object] = {
        "flux": "from the pressure, Hagen-Poiseuille",
        "osmotic_pressure": "Pitzer" if conditions.model.activity == "pitzer" else "van 't Hoff",
    }
    return Transport.of(batch, shape, notes)


def solve_driven(
    membrane: Membrane,
    solution: Solution,
    drive: Array,
    *,
    by_pressure: bool,
    model: Model | None = None,
    film: Film | None = None,
    cells: int = CELLS,
) -> Transport:
    """Rejections at fluxes, m/s, or at pressure drops, Pa, with water of the feed's temperature."""
    if not by_pressure:
        return solve(membrane, solution, drive, model=model, film=film, cells=cells)
    viscosity = float(water.viscosity(solution.temperature))
    return solve_pressure(membrane, solution, drive, viscosity, model=model, film=film, cells=cells)


def applied_pressure(
    membrane: Membrane,
    feed: Solution,
    transport: Transport,
    kind: str = "ideal",
    viscosity: npt.ArrayLike = WATER_VISCOSITY,
) -> Array:
    """Pressure drop in Pa that drives the flux of a solve: dP = J / A + Pi_wall - Pi_permeate.

    A is that of ``performance.pure_water_permeability``, in m/s/Pa; Pi the osmotic pressure at both
    interfaces of the membrane, in Pa. Bowen and Welfoot, Chem. Eng. Sci. 57, 1121 (2002), with a
    reflection coefficient of 1.

    Parameters
    ----------
    transport : Transport of shape (F,)
    kind : str
        Osmotic pressure, as in ``activity.osmotic``.
    viscosity : Pa s

    >>> feed, membrane = Solution({"Na+": 9.0, "Cl-": 9.0}), Membrane(5e-10, 1e-6, 41.0, -27.0)
    >>> driven = solve_pressure(membrane, feed, [4e5])
    >>> float(applied_pressure(membrane, feed, driven)[0].round(3))
    400000.0
    """

    def osmotic(concentrations: dict[str, Array]) -> Array:
        stacked = np.stack([concentrations[ion.name] for ion in feed.ions], axis=-1)
        return activity.osmotic(kind, feed.ions, stacked, feed.temperature)

    driving = transport.flux / pure_water_permeability(membrane, viscosity)
    return driving + osmotic(transport.wall) - osmotic(transport.permeate)


def _flux(conditions: Conditions, pressure: Array, permeability: Array) -> Array:
    """Flux (B,) that the pressure drives against the osmotic pressure; NaN without a root."""

    def surplus(flux: Array, indices: npt.NDArray[np.generic]) -> Array:
        rows = indices.astype(np.intp)
        part = take(conditions, rows)
        solution = solve_at_flux(part, flux).solution
        lost = _osmotic(part, solution.wall) - _osmotic(part, solution.permeate)
        relative: Array = permeability[rows] * (pressure[rows] - lost) / flux - 1
        return relative

    pure, rows = permeability * pressure, np.arange(len(pressure))
    most = pure
    if conditions.film is not None and not conditions.film.suction:
        limit = min(conditions.film.coefficient(ion) for ion in conditions.solution.ions)
        most = np.minimum(pure, BELOW_LIMIT * limit)
    high, open_end = most.copy(), np.arange(len(pressure))
    for _ in range(WIDENINGS):
        over = surplus(high[open_end], open_end) > 0
        open_end = open_end[over & (high[open_end] >= pure[open_end])]
        if not len(open_end):
            break
        high[open_end] *= WIDER
    from scipy.optimize import elementwise

    tolerances = {"xrtol": TOLERANCE, "xatol": 0.0, "fatol": 0.0, "frtol": 0.0}
    root = elementwise.find_root(
        surplus, (LEAST * pure, high), args=(rows,), tolerances=tolerances, maxiter=ROUNDS
    )
    return np.where(root.success, root.x, np.nan)


def _osmotic(conditions: Conditions, concentrations: Array) -> Array:
    """Osmotic pressure (B,) in Pa of the ions and solutes of a solution (B, n)."""
    solution = conditions.solution
    return activity.osmotic(
        conditions.model.activity, solution.ions, concentrations, solution.temperature
    )
