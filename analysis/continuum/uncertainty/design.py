"""Designs of a membrane: a parameter swept with its band, the best charge, the best trade-offs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.continuum.arrays import Array, Bools
from analysis.continuum.film import Film
from analysis.continuum.model import Membrane, Model, Solution, finite_array, finite_number
from analysis.continuum.performance import pure_water_permeability
from analysis.continuum.pores.lognormal import LogNormal, sobol_points
from analysis.continuum.pores.parameters import MEMBRANE_FIELDS, Parameters
from analysis.continuum.transport import Transport, solve
from analysis.continuum.uncertainty.propagation import Propagation, propagate
from analysis.continuum.uncertainty.quantities import Key, selectivity_of

CHARGES = (-300.0, 300.0)
"""mol/m3, in which the best charge is looked for."""
GRID, ZOOMS = 33, 4
"""Charges solved at once, and how often the grid closes in: to 1e-5 of the range."""
PARETO_ROUNDS = 4
PARETO_STEP = 0.05
"""Of the range of each parameter, by which the first round moves around the front; halved after."""


@dataclass(frozen=True)
class Sweep:
    """One parameter moved, all others held, with the spread over the pores.

    Attributes
    ----------
    parameter : field of ``Membrane``
    values : (V,) array, SI units
    propagation : Propagation
        Places are (V,): its quantiles are the bands.
    """

    parameter: str
    values: Array
    propagation: Propagation

    def table(self) -> dict[str, list[object]]:
        """Columns of ``Propagation.table``, and ``parameter`` and ``x``, the parameter's value."""
        columns = self.propagation.table()
        places = np.array(columns["place"], dtype=int)
        named: dict[str, list[object]] = {"parameter": [self.parameter] * len(places)}
        return {**named, "x": self.values[places].tolist(), **columns}


@dataclass(frozen=True)
class Optimum:
    """The charge of the largest selectivity.

    Attributes
    ----------
    charge_density : float, mol/m3
    selectivity, low, high : float
        There: of one pore, or median and band over the pores.
    start : float
        Selectivity at the membrane's own charge.
    gain : float
        Selectivity over ``start``.
    at_bound : bool
        The best is at an end of the range that was searched.
    assumptions : dict
    """

    charge_density: float
    selectivity: float
    low: float
    high: float
    start: float
    gain: float
    at_bound: bool
    assumptions: dict[str, object]


@dataclass(frozen=True)
class Front:
    """Designs of which none is beaten in both permeability and selectivity.

    Attributes
    ----------
    parameters : dict of (D,) arrays, SI units
    permeability : (D,) array, m/s/Pa, increasing
    selectivity : (D,) array, decreasing
    tried : dict of arrays: all designs, with the same keys and ``permeability``, ``selectivity``
    assumptions : dict
    """

    parameters: dict[str, Array]
    permeability: Array
    selectivity: Array
    tried: dict[str, Array]
    assumptions: dict[str, object]

    def table(self) -> dict[str, list[object]]:
        """Columns of the parameters, permeability_m_s_pa and selectivity."""
        columns: dict[str, list[object]] = {k: v.tolist() for k, v in self.parameters.items()}
        columns["permeability_m_s_pa"] = self.permeability.tolist()
        columns["selectivity"] = self.selectivity.tolist()
        return columns


def sweep(
    membrane: Membrane,
    solution: Solution,
    flux: float,
    parameter: str,
    values: npt.ArrayLike,
    pores: LogNormal,
    n: int = 1024,
    seed: int = 0,
    *,
    model: Model | None = None,
    film: Film | None = None,
) -> Sweep:
    """Rejections and selectivities against one parameter, with bands over the pores.

    Parameters
    ----------
    parameter : field of ``Membrane``; of pore_radius, ``values`` are the means, and the pores keep
        their relative spread
    values : (V,), SI units
    n : samples at every value, the same ones

    Raises
    ------
    ValueError
        An unknown parameter, values of another shape, and what ``propagate`` refuses.
    """
    if parameter not in MEMBRANE_FIELDS:
        raise ValueError(f"parameter is {parameter!r}, allowed: {', '.join(MEMBRANE_FIELDS)}")
    if membrane.shape:
        raise ValueError(f"the membrane has shape {membrane.shape}, allowed are numbers")
    array = finite_array("values", values, positive=parameter != "charge_density")
    if array.ndim != 1 or not len(array):
        raise ValueError(f"values have shape {array.shape}, allowed is (V,)")
    speed = finite_number("flux", flux, positive=True)
    moved = replace(membrane, **{parameter: array})
    found = propagate(moved, solution, speed, pores, n, seed, model=model, film=film)
    return Sweep(parameter, array, found)


def optimum_charge(
    membrane: Membrane,
    solution: Solution,
    flux: float,
    pair: tuple[str, str],
    bounds: tuple[float, float] = CHARGES,
    pores: LogNormal | None = None,
    n: int = 128,
    seed: int = 0,
    *,
    model: Model | None = None,
    film: Film | None = None,
) -> Optimum:
    """Charge at which (1 - R_a) / (1 - R_b) is largest, all else held.

    A grid over the bounds, closed in on its best point four times: the best of several maxima, if
    they are wider than a step of the grid.

    Parameters
    ----------
    pair : ions a and b of the feed: a is to pass, b is to stay
    bounds : mol/m3
    pores : the median over them is maximised; None for the membrane's one radius

    Raises
    ------
    ValueError
        An ion that the feed lacks, bounds out of order, and what a solve refuses.
    """
    a, b = _pair(solution, pair)
    if membrane.shape:
        raise ValueError(f"the membrane has shape {membrane.shape}, allowed are numbers")
    speed = finite_number("flux", flux, positive=True)
    low, high = map(float, bounds)
    if not low < high:
        raise ValueError(f"bounds are {bounds}, allowed is a low and a high number")

    def selectivities(charges: Array) -> Array:
        """Median, low and high (3, V)."""
        moved = replace(membrane, charge_density=charges)
        if pores is None:
            result = solve(moved, solution, speed, model=model, film=film)
            return np.repeat(selectivity_of(result, a, b)[None], 3, axis=0)
        found = propagate(
            moved, solution, speed, pores, n, seed, quantities=_Pair(a, b), model=model, film=film
        )
        return found.quantiles(("selectivity", f"{a}/{b}"), (0.5, 0.025, 0.975)).value

    grid, left, right = np.linspace(low, high, GRID), low, high
    for _ in range(ZOOMS):
        values = selectivities(grid)
        if np.isnan(values[0]).all():
            raise ValueError(f"neither {a} nor {b} passes: their selectivity is undefined")
        best = int(np.nanargmax(values[0]))
        charge, found = float(grid[best]), values[:, best]
        left, right = grid[max(best - 1, 0)], grid[min(best + 1, GRID - 1)]
        grid = np.linspace(left, right, GRID)
    charges = np.asarray(membrane.charge_density, dtype=float)
    start = float(selectivities(np.atleast_1d(charges))[0, 0])
    return Optimum(
        charge_density=charge,
        selectivity=float(found[0]),
        low=float(found[1]),
        high=float(found[2]),
        start=start,
        gain=float(found[0]) / start,
        at_bound=bool(min(charge - low, high - charge) <= 1e-3 * (high - low)),
        assumptions={
            "selectivity": f"(1 - R of {a}) / (1 - R of {b}) at {speed:g} m/s",
            "pores": "one radius" if pores is None else f"median over {n} of {pores}",
            "bounds_mol_m3": (low, high),
        },
    )


def pareto_front(
    solution: Solution,
    flux: float,
    pair: tuple[str, str],
    bounds: Mapping[str, Sequence[float]],
    membrane: Membrane,
    n: int = 1024,
    seed: int = 0,
    *,
    model: Model | None = None,
    film: Film | None = None,
) -> Front:
    """Designs that trade permeability of pure water for selectivity at one flux.

    Designs fill the bounds as a scrambled Sobol sequence; some rounds then move those that are not
    beaten. Permeability is r^2 / (8 mu d); all pores have one size.

    Parameters
    ----------
    pair : ions a and b: a is to pass, b is to stay
    bounds : (low, high) by field of ``Membrane``, SI units: what a design may choose
    membrane : the other fields
    n : designs of the first round, and of all later ones together

    Raises
    ------
    ValueError
        No bounds, an unknown field, an ion that the feed lacks, and what a solve refuses.
    """
    a, b = _pair(solution, pair)
    names = tuple(bounds)
    if not names or any(name not in MEMBRANE_FIELDS for name in names):
        allowed = ", ".join(MEMBRANE_FIELDS)
        raise ValueError(f"bounds are of {', '.join(names) or 'nothing'}, allowed: {allowed}")
    if isinstance(n, bool) or n != int(n) or n < 1:
        raise ValueError(f"n is {n!r}, allowed are whole numbers from 1")
    speed = finite_number("flux", flux, positive=True)
    parameters = Parameters(names, bounds)
    low, high = parameters.box()
    rng = np.random.default_rng(seed)

    def judged(points: Array) -> tuple[Array, Array]:
        moved = replace(membrane, **parameters.physical(points))
        result = solve(moved, solution, speed, model=model, film=film)
        permeability = np.broadcast_to(pure_water_permeability(moved), (len(points),))
        return np.asarray(permeability), selectivity_of(result, a, b)

    points = low + (high - low) * sobol_points(int(n), len(names), seed)
    permeability, selectivity = judged(points)
    step = PARETO_STEP
    for _ in range(PARETO_ROUNDS):
        front = np.flatnonzero(_unbeaten(permeability, selectivity))
        if not len(front):
            break
        parents = points[rng.choice(front, max(1, int(n) // PARETO_ROUNDS))]
        moved = parents + step * (high - low) * rng.normal(size=parents.shape)
        moved = np.clip(moved, low, high)
        more = judged(moved)
        points = np.concatenate([points, moved])
        permeability = np.concatenate([permeability, more[0]])
        selectivity = np.concatenate([selectivity, more[1]])
        step /= 2
    front = np.flatnonzero(_unbeaten(permeability, selectivity))
    front = front[np.argsort(permeability[front])]
    chosen = parameters.physical(points)
    return Front(
        parameters={name: values[front] for name, values in chosen.items()},
        permeability=permeability[front],
        selectivity=selectivity[front],
        tried={**chosen, "permeability": permeability, "selectivity": selectivity},
        assumptions={
            "selectivity": f"(1 - R of {a}) / (1 - R of {b}) at {speed:g} m/s",
            "permeability": "of pure water, r^2 / (8 mu d)",
            "pores": "one radius in each design",
            "left_out": "designs that keep either ion back entirely",
        },
    )


def _unbeaten(one: Array, other: Array) -> Bools:
    """Which of the finite pairs (N,) no other exceeds in both."""
    finite = np.isfinite(one) & np.isfinite(other) & (other > 0)
    order = np.lexsort((-np.where(finite, other, -np.inf), -np.where(finite, one, -np.inf)))
    kept = np.zeros(len(one), dtype=bool)
    best = -np.inf
    for i in order:
        if finite[i] and other[i] > best:
            kept[i], best = True, float(other[i])
    return kept


@dataclass(frozen=True)
class _Pair:
    a: str
    b: str

    def __call__(self, transport: Transport) -> dict[Key, Array]:
        name = f"{self.a}/{self.b}"
        return {("selectivity", name): selectivity_of(transport, self.a, self.b)}


def _pair(solution: Solution, pair: tuple[str, str]) -> tuple[str, str]:
    names = [ion.name for ion in solution.ions]
    if len(pair) != 2 or any(name not in names for name in pair) or pair[0] == pair[1]:
        raise ValueError(f"pair is {pair}, allowed are two of {', '.join(names)}")
    return pair[0], pair[1]
