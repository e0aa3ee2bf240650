"""Pore sizes and uncertain parameters are propagated through the model by quasi-Monte Carlo."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.continuum.arrays import Array, Bools, Ints
from analysis.continuum.film import Film
from analysis.continuum.model import Membrane, Model, Solution, finite_array
from analysis.continuum.pores.lognormal import LogNormal
from analysis.continuum.species import Ion
from analysis.continuum.transport import solve
from analysis.continuum.uncertainty import sampling
from analysis.continuum.uncertainty.posteriors import Posterior
from analysis.continuum.uncertainty.quantities import Evaluate, Key, evaluator
from analysis.continuum.uncertainty.sampling import Quantiles

LEVELS = (0.025, 0.5, 0.975)
CHUNK = 8192
"""Solves in one call: with profiles along the pore some 100 MB, whatever n is."""


@dataclass(frozen=True)
class Propagation:
    """Samples of what membranes do whose pores or parameters are not known for certain.

    Attributes
    ----------
    flux : array, m/s
        Of the shape S that membrane, solution and flux broadcast to.
    parameters : dict of (n,) arrays
        What was drawn: pore_radius (m; of the membrane's first radius) and the posterior's.
    values : dict of (n, *S) arrays by (quantity, ion)
        NaN where a quantity is undefined or a sample was not solved.
    excluded : dict of int by ion
        Samples in which the ion is larger than the pore; its rejection there is 1.
    unsolved : int
        Conditions without a solution, of n times the size of S.
    group : (n,) array
        Which scrambling a sample is of.
    assumptions : dict
    """

    flux: Array
    parameters: dict[str, Array]
    values: dict[Key, Array]
    excluded: dict[str, int]
    unsolved: int
    group: Ints
    assumptions: dict[str, object]

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.group)

    def quantiles(
        self, key: Key, levels: Sequence[float] = LEVELS, confidence: float = 0.95
    ) -> Quantiles:
        """Quantiles of a quantity over the samples, with intervals of their sampling error."""
        if key not in self.values:
            keys = ", ".join(sorted({name for name, _ in self.values}))
            raise ValueError(f"{key!r} was not sampled, allowed are ions of: {keys}")
        return sampling.quantiles(self.values[key], self.group, np.asarray(levels), confidence)

    def table(
        self, levels: Sequence[float] = LEVELS, confidence: float = 0.95
    ) -> dict[str, list[object]]:
        """Columns for a data frame or a file, a row for each quantity, ion, place of S and level.

        quantity, ion, place, flux_m_s, level, value, low, high, count (of samples), n.
        """
        names = ("quantity", "ion", "place", "flux_m_s", "level", "value", "low", "high", "count")
        columns: dict[str, list[object]] = {name: [] for name in (*names, "n")}
        places = np.arange(self.flux.size)
        for quantity, ion in self.values:
            found = self.quantiles((quantity, ion), levels, confidence)
            ends = (found.value, found.low, found.high)
            for i, level in enumerate(found.levels):
                columns["quantity"] += [quantity] * len(places)
                columns["ion"] += [ion] * len(places)
                columns["place"] += places.tolist()
                columns["flux_m_s"] += self.flux.ravel().tolist()
                columns["level"] += [float(level)] * len(places)
                for name, array in zip(("value", "low", "high"), ends, strict=True):
                    columns[name] += array[i].ravel().tolist()
                columns["count"] += found.count.ravel().tolist()
                columns["n"] += [self.n] * len(places)
        return columns


def propagate(
    membrane: Membrane,
    solution: Solution,
    flux: npt.ArrayLike,
    pores: LogNormal | None,
    n: int = 1024,
    seed: int = 0,
    *,
    posterior: Posterior | None = None,
    quantities: str | Sequence[str] | Evaluate = ("rejection", "selectivity"),
    model: Model | None = None,
    film: Film | None = None,
    chunk: int = CHUNK,
) -> Propagation:
    """Sample pores and parameters by scrambled Sobol sequences, and solve for every sample.

    Each sample is a membrane whose pores are all of one size; the spread is that over the sizes. A
    membrane with all of them at once is ``pores.mixture``.

    Parameters
    ----------
    membrane : fields may be arrays; they broadcast with feed and flux to the shape S
    flux : array_like, m/s
    pores : distribution of the radius in place of the membrane's, or None. Where the membrane's
        radius is an array, or the posterior has one, that is the mean and ``pores`` gives the
        relative spread.
    n : samples, best 8 times a power of 2: there are 8 scramblings
    seed : of the scramblings
    posterior : of membrane parameters, in place of those of the membrane
    quantities : of "rejection", "selectivity", "partition", "fluxes", or a function from a
        Transport to arrays by (quantity, ion)
    chunk : solves at once; bounds the memory

    Raises
    ------
    ValueError
        n not positive, nothing that varies, a flux that is not positive, every ion larger than
        every pore, shapes that do not broadcast.

    >>> feed = Solution({"Na+": 20.0, "Cl-": 20.0})
    >>> membrane = Membrane(5e-10, 1e-6, 42.0, -40.0)
    >>> found = propagate(membrane, feed, 1e-5, LogNormal(5e-10, 1e-10), n=256)
    >>> found.quantiles(("rejection", "Na+")).value.round(2)
    array([0.69, 0.84, 0.97])
    """
    if pores is None and posterior is None:
        raise ValueError("pores and posterior are None, allowed is either or both")
    if chunk < 1:
        raise ValueError(f"chunk is {chunk}, allowed is from 1")
    dimensions = (pores is not None) + (posterior.dimensions if posterior else 0)
    points, group = sampling.scrambled(n, dimensions, seed)
    drawn = posterior.draw(points[:, dimensions - posterior.dimensions :]) if posterior else {}
    if pores is not None:
        spread = pores.quantile(points[:, 0])
        centres = drawn.get("pore_radius")
        if centres is None and np.ndim(membrane.pore_radius):
            drawn["relative_radius"] = spread / pores.mean
        else:
            drawn["pore_radius"] = spread * (1.0 if centres is None else centres / pores.mean)
    flux = finite_array("flux", flux, positive=True)
    evaluate = evaluator(quantities)
    values, converged = sampled(
        membrane, solution, flux, drawn, evaluate, model=model, film=film, chunk=chunk
    )
    radius = _radii(membrane, drawn)
    excluded = {
        ion.name: int((radius * (1 - 1e-3) <= ion.stokes_radius).sum()) for ion in solution.ions
    }
    if all(count == radius.size for count in excluded.values()):
        raise ValueError(
            f"pores of {1e9 * radius.min():.3g} to {1e9 * radius.max():.3g} nm are narrower than "
            "every ion of the feed: allowed are some that an ion enters"
        )
    return Propagation(
        flux=np.broadcast_to(flux, converged.shape[1:]),
        parameters=drawn,
        values=values,
        excluded=excluded,
        unsolved=int((~converged).sum()),
        group=group,
        assumptions={
            "sampling": f"{int(group.max()) + 1} scrambled Sobol sequences, {len(group)} samples",
            "pores": None if pores is None else f"log-normal, {pores}, one size in each sample",
            "posterior": None if posterior is None else ", ".join(posterior.names),
            "intervals": "sampling error of quantiles, 95 % unless asked otherwise",
            "seed": seed,
        },
    )


def sampled(
    membrane: Membrane,
    solution: Solution,
    flux: Array,
    drawn: Mapping[str, Array],
    evaluate: Callable[..., dict[Key, Array]],
    *,
    model: Model | None,
    film: Film | None,
    chunk: int,
) -> tuple[dict[Key, Array], Bools]:
    """Quantities (n, *S) and convergence (n, *S) of drawn parameters (n,)."""
    count = len(next(iter(drawn.values())))
    shapes = [membrane.shape, flux.shape, *(np.shape(value) for value in solution.values)]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"membrane, flux and feed do not broadcast: {shapes}") from None
    rows = max(1, chunk // max(1, int(np.prod(shape))))
    parts: dict[Key, list[Array]] = {}
    converged: list[Bools] = []
    for start in range(0, count, rows):
        part = {name: values[start : start + rows] for name, values in drawn.items()}
        moved, speed, feed = _moved(membrane, solution, flux, part, len(shape))
        result = solve(moved, feed, speed, model=model, film=film)
        full = (len(next(iter(part.values()))), *shape)
        for key, array in evaluate(result).items():
            undefined = np.where(result.converged, array, np.nan)
            parts.setdefault(key, []).append(np.broadcast_to(undefined, full))
        converged.append(np.broadcast_to(result.converged, full))
    values = {key: np.concatenate(arrays) for key, arrays in parts.items()}
    return values, np.concatenate(converged)


def _moved(
    membrane: Membrane, solution: Solution, flux: Array, part: Mapping[str, Array], axes: int
) -> tuple[Membrane, Array, Solution]:
    """Inputs of one chunk, with the samples along a first axis."""
    tall = {name: values.reshape(-1, *[1] * axes) for name, values in part.items()}
    speed = tall.pop("flux", flux)
    salinity = tall.pop("salinity", None)
    if salinity is not None:
        pairs = zip(solution.ions, solution.values, strict=True)
        amounts: dict[str | Ion, npt.ArrayLike] = {ion: c * salinity for ion, c in pairs}
        solution = replace(solution, concentrations=amounts)
    relative = tall.pop("relative_radius", None)
    if relative is not None:
        tall["pore_radius"] = np.asarray(membrane.pore_radius) * relative
    return replace(membrane, **tall), speed, solution


def _radii(membrane: Membrane, drawn: Mapping[str, Array]) -> Array:
    if "pore_radius" in drawn:
        return drawn["pore_radius"]
    smallest = float(np.min(membrane.pore_radius))
    return smallest * drawn.get("relative_radius", np.ones(1))
