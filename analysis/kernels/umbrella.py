"""Free energy along a coordinate from windows with harmonic restraints, by MBAR."""

import importlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from analysis.kernels.autocorrelation import TooShort, autocorrelation_time
from analysis.kernels.intervals import t_interval

LEAST_OVERLAP = 0.03
"""Of neighbours in the overlap matrix, below which free energies are not to be trusted: Klimovich,
Shirts & Mobley, J. Comput.-Aided Mol. Des. 29, 397 (2015)."""
MOST_SAMPLES = 1000
"""Of a window; of more, every second, third, ... is taken, as all windows are held in memory."""
LEAST_BLOCK = 10.0
"""Autocorrelation times that a block has to be long, for blocks to count as independent."""
GRID_POINTS, FARTHEST = 4001, 8.0
"""Of an integral over normal densities, and how many standard deviations it goes beyond them."""


@dataclass(frozen=True)
class FreeEnergy:
    """A free energy along a coordinate, and how far it is to be trusted.

    Attributes
    ----------
    edges : (b + 1,) array
    value, low, high : (b,) arrays, kT
        NaN where no sample lies, or an interval cannot be had.
    overlap : (K, K) array
        Of all windows; each row sums to 1.
    neighbours : (K - 1,) array
        Overlap of each window with the next by the samples of the two alone, the smaller of both
        entries: that others lie at the same place does not count against them. At most 1/2.
    correlation : (K,) array
        Integrated autocorrelation time of the samples of each window, in samples: n of them are
        worth n / (2 tau). NaN where they are too few to tell.
    """

    edges: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    overlap: np.ndarray
    neighbours: np.ndarray
    correlation: np.ndarray


def predicted_overlap(spacing: float) -> float:
    """Overlap of two equally sampled windows without any other force than their restraints.

    The integral of p q / (p + q) over their normal densities, to which the entry of the overlap
    matrix of the two tends (Klimovich et al. 2015); 1/2 for windows at the same place.

    Parameters
    ----------
    spacing : float
        Of the windows, in units of their standard deviation sqrt(kT / stiffness).

    >>> round(predicted_overlap(2.0), 3), round(predicted_overlap(0.0), 3)
    (0.225, 0.5)
    """
    reach = spacing / 2 + FARTHEST
    places = np.linspace(-reach, reach, GRID_POINTS)
    left, right = (places + spacing / 2) ** 2 / 2, (places - spacing / 2) ** 2 / 2
    nearer, farther = np.minimum(left, right), np.maximum(left, right)
    density = np.exp(-farther) / (1 + np.exp(nearer - farther)) / np.sqrt(2 * np.pi)
    return float(np.trapezoid(density, places))


def widest_spacing(overlap: float = LEAST_OVERLAP) -> float:
    """Return the spacing, in standard deviations, at which neighbours overlap just so much.

    >>> round(widest_spacing(), 2)
    4.11
    """
    return float(brentq(lambda x: predicted_overlap(x) - overlap, 0.0, FARTHEST))


def free_energy(
    samples: Sequence[np.ndarray],
    centres: np.ndarray,
    stiffness: np.ndarray | float,
    edges: np.ndarray,
    zero: np.ndarray,
    *,
    blocks: int = 5,
    level: float = 0.95,
) -> FreeEnergy:
    """Estimate the free energy in bins from samples of harmonically restrained windows.

    Weights of the samples in the ensemble without restraints are those of MBAR (Shirts & Chodera,
    J. Chem. Phys. 129, 124105 (2008)) by pymbar; F = -ln of their sum in a bin over its width.
    Intervals are Student's t over the estimates of consecutive blocks of every window.

    Parameters
    ----------
    samples : sequence of (n_k,) arrays
        Of each window, in the order of time.
    centres : (K,) array
    stiffness : (K,) array or float
        kT over the square of the coordinate's unit; energy is half of it times the squared
        distance.
    edges : (b + 1,) array
        Of bins, ascending.
    zero : (b,) bool array
        Bins over whose mean density F is 0.
    blocks : int
        At least 2.
    level : float
        Of the interval.

    Raises
    ------
    ModuleNotFoundError
        pymbar is not installed.
    ValueError
        A window with fewer samples than two for each block, or with the same one throughout; or no
        sample in the bins of zero.
    """
    for number, one in enumerate(samples):
        if len(one) < 2 * blocks or not np.ptp(one):
            raise ValueError(
                f"window {number} has {len(one)} samples over {np.ptp(one) if len(one) else 0:g}: "
                f"allowed are at least {2 * blocks} for {blocks} blocks, not all the same"
            )
    library = pymbar()
    strengths = np.broadcast_to(np.asarray(stiffness, dtype=float), len(samples))
    thinned = [one[:: -(-len(one) // MOST_SAMPLES)] for one in samples]
    whole = _solve(library, thinned, centres, strengths, _guess(thinned, centres, strengths))
    value = _profile(whole, thinned, edges, zero)
    if not np.isfinite(value[zero]).any():
        raise ValueError("no sample lies where the free energy is to be zero")
    cut = [np.array_split(one, blocks) for one in thinned]
    parts = []
    for block in range(blocks):
        own = [one[block] for one in cut]
        solved = _solve(library, own, centres, strengths, whole.f_k)
        parts.append(_profile(solved, own, edges, zero))
    half = np.full(len(value), np.nan)
    known = np.isfinite(parts).all(axis=0)
    if known.any():
        mean, _, high = t_interval(np.array(parts)[:, known], level)
        half[known] = high - mean
    return FreeEnergy(
        edges=np.asarray(edges),
        value=value,
        low=value - half,
        high=value + half,
        overlap=np.asarray(whole.compute_overlap()["matrix"]),
        neighbours=_neighbours(whole, thinned),
        correlation=np.array([_correlation(one) for one in samples]),
    )


def pymbar() -> Any:
    """Import pymbar without its advertisements; ModuleNotFoundError where it is not installed."""
    logger = logging.getLogger("pymbar")
    logger.setLevel(logging.ERROR)
    return importlib.import_module("pymbar")


def _correlation(series: np.ndarray) -> float:
    try:
        return autocorrelation_time(series).time
    except TooShort:
        return float("nan")


def _neighbours(solved: Any, samples: Sequence[np.ndarray]) -> np.ndarray:
    """Return the overlap (K - 1,) of each window with the next by their own samples."""
    ends = np.cumsum([0, *(len(one) for one in samples)])
    found = []
    for k in range(len(samples) - 1):
        own = slice(ends[k], ends[k + 2])
        counts = np.array([len(samples[k]), len(samples[k + 1])])
        logs = np.log(counts)[:, None] + (solved.f_k[:, None] - solved.u_kn)[k : k + 2, own]
        share = 1 / (1 + np.exp(logs[1] - logs[0]))
        found.append((share * (1 - share)).sum() / counts.max())
    return np.array(found)


def _guess(samples: Sequence[np.ndarray], centres: np.ndarray, stiffness: np.ndarray) -> np.ndarray:
    """Return free energies (K,) of the windows from their mean forces, by the trapezoid rule."""
    force = stiffness * (centres - np.array([one.mean() for one in samples]))
    steps = np.diff(centres) * (force[1:] + force[:-1]) / 2
    return np.concatenate([[0.0], np.cumsum(steps)])


def _solve(
    library: Any,
    samples: Sequence[np.ndarray],
    centres: np.ndarray,
    stiffness: np.ndarray,
    start: np.ndarray,
) -> Any:
    joined = np.concatenate(samples)
    energy = 0.5 * stiffness[:, None] * (joined[None] - np.asarray(centres)[:, None]) ** 2
    counts = np.array([len(one) for one in samples])
    return library.MBAR(energy, counts, initial_f_k=start)


def _profile(
    solved: Any, samples: Sequence[np.ndarray], edges: np.ndarray, zero: np.ndarray
) -> np.ndarray:
    """Return F (b,) in kT, NaN in empty bins, 0 in the mean density of the bins ``zero``."""
    joined, counts = np.concatenate(samples), np.array([len(one) for one in samples])
    exponents = solved.f_k[:, None] - solved.u_kn + np.log(counts)[:, None]
    largest = exponents.max(axis=0)
    logs = -largest - np.log(np.exp(exponents - largest).sum(axis=0))
    weights = np.exp(logs - logs.max())
    width = np.diff(edges)
    mass = np.histogram(joined, edges, weights=weights)[0]
    level = mass[zero].sum() / width[zero].sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        profile = -np.log(mass / width / level)
    return np.asarray(np.where(mass > 0, profile, np.nan))
