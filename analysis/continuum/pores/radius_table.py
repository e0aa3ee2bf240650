"""Rejections of single pores are tabulated against ln r, closer where they bend."""

from dataclasses import dataclass

import numpy as np
import scipy

from analysis.continuum.arrays import Array, Bools
from analysis.continuum.film import Film
from analysis.continuum.model import Membrane, Model, Solution
from analysis.continuum.transport import solve

RADII = (0.12e-9, 3e-9)
"""m. Narrower pores keep every ion of a table back, wider ones hardly any."""
FIRST_NODES = 24
LEVELS = 6
"""Halvings of the first intervals, at most."""
CELLS = 64
"""Most cells of the march: a table is to its own tolerance only."""


@dataclass(frozen=True)
class RadiusTable:
    """Rejections of pores of one size.

    Attributes
    ----------
    log_radius : (G,) array, increasing
    rejection : (G, F, n) array
    error : float
        Largest difference that the last halving found.
    solves : int
    """

    log_radius: Array
    rejection: Array
    error: float
    solves: int

    def at(self, log_radius: Array) -> Array:
        """Rejections (..., F, n) between the nodes, beyond them those of the ends."""
        inside = np.clip(log_radius, self.log_radius[0], self.log_radius[-1])
        curve = scipy.interpolate.PchipInterpolator(self.log_radius, self.rejection, axis=0)
        values: Array = curve(inside)
        return values


def tabulate(
    membrane: Membrane,
    solution: Solution,
    flux: Array,
    *,
    tolerance: float,
    model: Model | None = None,
    film: Film | None = None,
    levels: int = LEVELS,
) -> RadiusTable:
    """Table for a membrane's thickness, permittivity and charge, halved where it is off.

    Parameters
    ----------
    flux : (F,) array, m/s
    tolerance : of a rejection in the middle of an interval
    """
    stokes = np.log([ion.stokes_radius for ion in solution.ions])
    ends = float(np.log(RADII[0])), float(np.log(RADII[1]))
    x = np.unique(np.concatenate([np.linspace(*ends, FIRST_NODES), stokes]))
    x = x[(x >= ends[0]) & (x <= ends[1])]

    def rejections(logs: Array) -> Array:
        pores = Membrane(
            np.exp(logs)[:, None],
            membrane.effective_thickness,
            membrane.pore_permittivity,
            membrane.charge_density,
            membrane.matrix_permittivity,
        )
        result = solve(pores, solution, flux, model=model, film=film, cells=CELLS)
        return np.stack([result.rejection[ion.name] for ion in solution.ions], axis=-1)

    table = rejections(x)
    solves = len(x)
    open_intervals = np.ones(len(x) - 1, dtype=bool)
    error = np.inf
    for _ in range(levels):
        left = np.flatnonzero(open_intervals)
        if not len(left):
            break
        middle = (x[left] + x[left + 1]) / 2
        exact = rejections(middle)
        solves += len(middle)
        solved = _solved(table)
        known = np.nan_to_num(table[solved])
        guess = scipy.interpolate.PchipInterpolator(x[solved], known, axis=0)(middle)
        off = np.nan_to_num(np.abs(exact - guess)).max(axis=(1, 2))
        error = float(off.max())
        again = off > tolerance
        x, table = np.append(x, middle), np.concatenate([table, exact])
        order = np.argsort(x)
        fresh = np.zeros(len(order) - 1, dtype=bool)
        place = np.searchsorted(x[order], middle)
        fresh[place[again] - 1] = True
        fresh[np.minimum(place[again], len(fresh) - 1)] = True
        x, table, open_intervals = x[order], table[order], fresh
    keep = _solved(table)
    return RadiusTable(x[keep], np.nan_to_num(table[keep], nan=0.0), error, solves * len(flux))


def _solved(table: Array) -> Bools:
    """Radii (G,) at which no more is undefined than at most radii: absent ions always are."""
    missing = np.isnan(table).sum(axis=(1, 2))
    return np.asarray(missing == missing.min())
