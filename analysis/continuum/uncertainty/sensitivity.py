"""Sobol's indices share the variance of an output out among the parameters that it comes from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import scipy

from analysis.continuum.arrays import Array
from analysis.continuum.film import Film
from analysis.continuum.model import Membrane, Model, Solution, finite_array
from analysis.continuum.pores.lognormal import LogNormal, sobol_points
from analysis.continuum.pores.parameters import MEMBRANE_FIELDS
from analysis.continuum.uncertainty.propagation import CHUNK, sampled
from analysis.continuum.uncertainty.quantities import Evaluate, Key, evaluator

PARAMETERS = (*MEMBRANE_FIELDS, "flux", "salinity")
"""Fields of the membrane, the flux (m/s), and a factor on all concentrations of the feed."""
SCRAMBLINGS = 8
FEWEST = 128
"""Samples: sixteen in each scrambling."""


class Quantile(Protocol):
    """A distribution as scipy.stats has it."""

    def ppf(self, share: Array) -> Array:
        """Value that a share of the distribution does not reach."""


Distribution = LogNormal | Sequence[float] | Quantile
"""Of a parameter: log-normal, uniform from low to high, or with a ``ppf``."""
Function = Callable[[dict[str, Array]], Mapping[Key, Array]]
"""Outputs (n, ...) by key of parameters (n,) by name."""


@dataclass(frozen=True)
class SobolIndices:
    """Shares of the variance of outputs, with intervals.

    Attributes
    ----------
    parameters : names
    first, total : dicts by output of (p, ...) arrays
        Share of a parameter alone; with all that it does together with others.
    first_error, total_error : alike, half widths of the intervals
    variance : dict by output of (...) arrays
    dropped : dict by output of int
        Samples left out because the output was infinite or undefined in one of their solves.
    level : of the intervals
    n, evaluations : samples, and solves of each place of an output
    assumptions : dict
    """

    parameters: tuple[str, ...]
    first: dict[Key, Array]
    total: dict[Key, Array]
    first_error: dict[Key, Array]
    total_error: dict[Key, Array]
    variance: dict[Key, Array]
    dropped: dict[Key, int]
    level: float
    n: int
    evaluations: int
    assumptions: dict[str, object]

    def table(self) -> dict[str, list[object]]:
        """Columns for a data frame or a file, a row for each output, place and parameter.

        quantity, ion, place, parameter, first, first_low, first_high, total, total_low, total_high.
        """
        names = ("first", "first_low", "first_high", "total", "total_low", "total_high")
        columns: dict[str, list[object]] = {
            name: [] for name in ("quantity", "ion", "place", "parameter", *names)
        }
        for (quantity, ion), first in self.first.items():
            key = (quantity, ion)
            pairs = {
                "first": (first, self.first_error[key]),
                "total": (self.total[key], self.total_error[key]),
            }
            for i, parameter in enumerate(self.parameters):
                for place in range(first[i].size):
                    head = (quantity, ion, place, parameter)
                    for name, entry in zip(columns, head, strict=False):
                        columns[name].append(entry)
                    for name, (value, error) in pairs.items():
                        middle, half = float(value[i].flat[place]), float(error[i].flat[place])
                        columns[name].append(middle)
                        columns[f"{name}_low"].append(middle - half)
                        columns[f"{name}_high"].append(middle + half)
        return columns


def sobol_indices(
    membrane: Membrane,
    solution: Solution,
    flux: npt.ArrayLike,
    distributions: Mapping[str, Distribution],
    n: int = 1024,
    seed: int = 0,
    *,
    quantities: str | Sequence[str] | Evaluate = "rejection",
    level: float = 0.95,
    model: Model | None = None,
    film: Film | None = None,
    chunk: int = CHUNK,
) -> SobolIndices:
    """First and total indices of a membrane's parameters, taken to be independent.

    Parameters
    ----------
    membrane, solution, flux : the rest of the inputs, which broadcast to the places of an output
    distributions : by name of PARAMETERS: LogNormal, (low, high), or a distribution of scipy.stats
    n : samples, a power of 2 from 128; the model is solved n (p + 2) times for each place
    quantities : as of ``propagate``; those that can be infinite lose the samples in which they are

    Raises
    ------
    ValueError
        An unknown parameter, n that is no power of 2 from 128, a flux that is not positive.
    """
    for name in distributions:
        if name not in PARAMETERS:
            raise ValueError(f"parameter {name!r} is unknown, allowed: {', '.join(PARAMETERS)}")
    flux = finite_array("flux", flux, positive=True)
    evaluate = evaluator(quantities)

    def function(drawn: dict[str, Array]) -> Mapping[Key, Array]:
        values, _ = sampled(
            membrane, solution, flux, drawn, evaluate, model=model, film=film, chunk=chunk
        )
        return values

    return indices_of(function, distributions, n, seed, level=level)


def indices_of(
    function: Function,
    distributions: Mapping[str, Distribution],
    n: int = 1024,
    seed: int = 0,
    *,
    level: float = 0.95,
) -> SobolIndices:
    """First and total indices of any function of independent parameters.

    Of samples A, B and AB_i, which is A with parameter i of B: first mean(B (AB_i - A)) / Var,
    total mean((A - AB_i)^2) / (2 Var), outputs less their mean; Saltelli et al., Comput. Phys.
    Commun. 181, 259 (2010). Eight independent scramblings of a Sobol sequence in 2 p dimensions;
    their spread gives Student's intervals of the mean over them.

    Parameters
    ----------
    function : outputs (n, ...) by (quantity, ion) of a dict of parameters (n,)

    >>> flat = indices_of(lambda p: {("y", ""): 2 * p["a"] + p["b"]}, {"a": (0, 1), "b": (0, 1)})
    >>> flat.first["y", ""].round(2)
    array([0.8, 0.2])
    """
    if isinstance(n, bool) or n != int(n) or n < FEWEST or int(n) & (int(n) - 1):
        raise ValueError(f"n is {n!r}, allowed are powers of 2 from {FEWEST}")
    if not distributions:
        raise ValueError("distributions are empty, allowed is at least one parameter")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}, allowed is between 0 and 1")
    names, size = tuple(distributions), int(n) // SCRAMBLINGS
    count = len(names)
    parts: dict[Key, list[tuple[Array, Array, Array]]] = {}
    dropped: dict[Key, int] = {}
    for rng in np.random.default_rng(seed).spawn(SCRAMBLINGS):
        points = sobol_points(size, 2 * count, rng)
        one, other = points[:, :count], points[:, count:]
        mixed = np.repeat(one[None], count, axis=0)
        for i in range(count):
            mixed[i, :, i] = other[:, i]
        uniform = np.concatenate([one, other, mixed.reshape(-1, count)])
        drawn = {
            name: _quantiles(name, distributions[name], uniform[:, i])
            for i, name in enumerate(names)
        }
        for key, values in function(drawn).items():
            shares, lost = _indices(np.asarray(values, dtype=float), size, count)
            parts.setdefault(key, []).append(shares)
            dropped[key] = dropped.get(key, 0) + lost
    width = float(scipy.special.stdtrit(SCRAMBLINGS - 1, (1 + level) / 2)) / np.sqrt(SCRAMBLINGS)
    first, total, variance = (
        {key: np.array([shares[i] for shares in found]) for key, found in parts.items()}
        for i in range(3)
    )
    return SobolIndices(
        parameters=names,
        first={key: array.mean(axis=0) for key, array in first.items()},
        total={key: array.mean(axis=0) for key, array in total.items()},
        first_error={key: width * array.std(axis=0, ddof=1) for key, array in first.items()},
        total_error={key: width * array.std(axis=0, ddof=1) for key, array in total.items()},
        variance={key: array.mean(axis=0) for key, array in variance.items()},
        dropped=dropped,
        level=level,
        n=int(n),
        evaluations=int(n) * (count + 2),
        assumptions={
            "parameters": "independent",
            "estimators": "Saltelli et al. (2010)",
            "intervals": f"Student's, over {SCRAMBLINGS} scramblings",
            "seed": seed,
        },
    )


def _indices(values: Array, size: int, count: int) -> tuple[tuple[Array, Array, Array], int]:
    """First and total indices (p, ...), variance (...), and how many samples were left out."""
    tail = values.shape[1:]
    blocks = values.reshape(count + 2, size, -1)
    kept = np.isfinite(blocks).all(axis=(0, 2))
    lost = int(size - kept.sum())
    outputs = blocks.shape[2]
    if kept.sum() < 4:
        missing = np.full((count, *tail), np.nan)
        return (missing, missing, np.full(tail, np.nan)), lost
    blocks = blocks[:, kept].transpose(0, 2, 1)
    variance = blocks[:2].transpose(1, 0, 2).reshape(outputs, -1).var(axis=1)
    moving = variance > 1e-24 * (1 + np.abs(blocks).max(axis=(0, 2)) ** 2)
    one, other, mixed = blocks[0], blocks[1], blocks[2:]
    centre = blocks[:2].mean(axis=(0, 2))[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        alone = ((other - centre) * (mixed - one)).mean(axis=2) / variance
        together = ((one - mixed) ** 2).mean(axis=2) / (2 * variance)
    first, total = (np.where(moving, share, 0.0) for share in (alone, together))
    shares = (first.reshape(count, *tail), total.reshape(count, *tail))
    return (*shares, variance.reshape(tail)), lost


def _quantiles(name: str, distribution: Distribution, shares: Array) -> Array:
    if isinstance(distribution, LogNormal):
        return distribution.quantile(shares)
    if hasattr(distribution, "ppf"):
        return np.asarray(distribution.ppf(shares), dtype=float)
    ends = np.asarray(distribution, dtype=float)
    if ends.shape != (2,) or not np.isfinite(ends).all() or not ends[0] < ends[1]:
        raise ValueError(
            f"distribution of {name} is {distribution!r}, allowed: (low, high), a LogNormal, or "
            "one with a ppf"
        )
    spread: Array = ends[0] + (ends[1] - ends[0]) * shares
    return spread
