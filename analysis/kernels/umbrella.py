"""Free energy along a coordinate from windows with harmonic restraints, by MBAR."""

import importlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from analysis.kernels.autocorrelation import TooShort, autocorrelation_time
from analysis.kernels.intervals import t_interval

LEAST_OVERLAP = 0.03
"""Of neighbours in the overlap matrix, below which free energies are not to be trusted: Klimovich,
Shirts & Mobley, J. Comput.-Aided Mol. Des. 29, 397 (2015)."""
MOST_SAMPLES = 1000
"""Of a window; of more, every second, third, ... is taken, as all windows are held in memory."""
LEAST_BLOCK = 10.0
"""Autocorrelation times that a block has to be long, for blocks to count as independent."""
FARTHEST_KT = 50.0
"""Beyond all differences of energy, where the weights of either window are none."""
GRID_POINTS, FARTHEST = 4001, 8.0
"""Of an integral over normal densities, and how many standard deviations it goes beyond them."""


@dataclass(frozen=True)
class FreeEnergy:
    """A free energy along a coordinate, and how far it is to be trusted.

    Attributes
    ----------
    edges : (b + 1,) array
    value, low, high : (b,) arrays, kT
        NaN where no sample lies, an interval cannot be had, or neighbours that overlap by less than
        `LEAST_OVERLAP` stand between the bin and where F is zero.
    overlap : (K, K) array
        Of the windows that hang together with those where F is zero; each row sums to 1. 0 of
        others.
    neighbours : (K - 1,) array
        Overlap of each window with the next by the samples of the two alone, the smaller of both
        entries: that others lie at the same place does not count against them. At most 1/2.
    zero : (b,) bool array
        Bins over whose mean density F is 0; none where no sample lies in any bin.
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
    zero: np.ndarray
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
    return float(scipy.optimize.brentq(lambda x: predicted_overlap(x) - overlap, 0.0, FARTHEST))


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
        Ascending.
    stiffness : (K,) array or float
        kT over the square of the coordinate's unit; energy is half of it times the squared
        distance.
    edges : (b + 1,) array
        Of bins, ascending.
    zero : (b,) bool array
        Bins over whose mean density F is 0; each where a sample lies, and where none lies in any of
        them the one nearest to them that has some in every block. If neighbours that overlap too
        little stand between them, those of one part count: of the parts with a window centred in
        them, the one with most samples.
    blocks : int
        At least 2.
    level : float
        Of the interval.

    Raises
    ------
    ModuleNotFoundError
        pymbar is not installed.
    ValueError
        A window with fewer samples than two for each block, or with the same one throughout.
    """
    for number, one in enumerate(samples):
        if len(one) < 2 * blocks or not np.ptp(one):
            raise ValueError(
                f"window {number} has {len(one)} samples over {np.ptp(one) if len(one) else 0:g}: "
                f"allowed are at least {2 * blocks} for {blocks} blocks, not all the same"
            )
    library = pymbar()
    centres, edges = np.asarray(centres, dtype=float), np.asarray(edges, dtype=float)
    strengths = np.broadcast_to(np.asarray(stiffness, dtype=float), len(samples))
    thinned = [one[:: -(-len(one) // MOST_SAMPLES)] for one in samples]
    neighbours = np.array(
        [
            pair_overlap(thinned[k], thinned[k + 1], centres[k : k + 2], strengths[k : k + 2])
            for k in range(len(samples) - 1)
        ]
    )
    bins, windows = _linked(neighbours, thinned, centres, edges, zero)
    own = [thinned[k] for k in windows]
    cut = [np.array_split(one, blocks) for one in own]
    counts = [
        np.histogram(np.concatenate([one[b] for one in cut]), edges)[0] for b in range(blocks)
    ]
    zero = _sampled(zero & bins, bins, np.array(counts))
    places, springs = centres[windows], strengths[windows]
    whole = _solve(library, own, places, springs, _guess(own, places, springs))
    value = np.where(bins, _profile(whole, own, edges, zero), np.nan)
    parts = []
    for block in range(blocks):
        part = [one[block] for one in cut]
        solved = _solve(library, part, places, springs, whole.f_k)
        parts.append(_profile(solved, part, edges, zero))
    half = np.full(len(value), np.nan)
    known = np.isfinite(parts).all(axis=0)
    if known.any():
        mean, _, high = t_interval(np.array(parts)[:, known], level)
        half[known] = high - mean
    overlap = np.zeros((len(samples), len(samples)))
    # pymbar has no overlap of a window that is alone.
    joined = whole.compute_overlap()["matrix"] if len(windows) > 1 else 1.0
    overlap[np.ix_(windows, windows)] = joined
    return FreeEnergy(
        edges=edges,
        value=value,
        low=value - half,
        high=value + half,
        overlap=overlap,
        neighbours=neighbours,
        zero=zero,
        correlation=np.array([_correlation(one) for one in samples]),
    )


def pair_overlap(
    first: np.ndarray, second: np.ndarray, centres: np.ndarray, stiffness: np.ndarray
) -> float:
    """Return the overlap of two windows by their samples, the smaller of both entries.

    The difference of their free energies is that of Bennett, J. Comput. Phys. 22, 245 (1976).

    >>> one = np.linspace(-1, 1, 50)
    >>> round(pair_overlap(one, one, np.zeros(2), np.ones(2)), 6)
    0.5
    """
    joined = np.concatenate([first, second])
    energy = stiffness[:, None] * (joined[None] - centres[:, None]) ** 2 / 2
    apart = energy[1] - energy[0] - np.log(len(second) / len(first))

    def excess(difference: float) -> float:
        return float(scipy.special.expit(apart - difference).sum() - len(first))

    found = scipy.optimize.brentq(excess, apart.min() - FARTHEST_KT, apart.max() + FARTHEST_KT)
    share = scipy.special.expit(apart - found)
    return float((share * (1 - share)).sum() / max(len(first), len(second)))


def _linked(
    neighbours: np.ndarray,
    samples: Sequence[np.ndarray],
    centres: np.ndarray,
    edges: np.ndarray,
    zero: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return which bins (b,) and which windows overlaps lead to from where F is to be zero.

    Of several parts with a window there, the one with most samples.
    """
    gaps = np.flatnonzero(neighbours < LEAST_OVERLAP)
    cuts = (centres[gaps] + centres[gaps + 1]) / 2
    part = np.searchsorted(cuts, (edges[1:] + edges[:-1]) / 2)
    of_window = np.searchsorted(gaps + 1, np.arange(len(centres)), "right")
    held = np.bincount(of_window, [len(one) for one in samples], minlength=len(cuts) + 1)
    bin_of = np.clip(np.searchsorted(edges, centres, "right") - 1, 0, len(zero) - 1)
    asked = of_window[zero[bin_of]] if zero[bin_of].any() else part[zero]
    own = max(np.unique(asked), key=lambda number: held[number], default=0)
    return np.asarray(part == own), np.flatnonzero(of_window == own)


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


def _sampled(zero: np.ndarray, bins: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the bins (b,) of zero that have samples, else the nearest of ``bins`` that has some.

    ``counts`` (blocks, b) are those of the samples: a bin with some in every block, if there is
    any, for which alone an interval can be had.
    """
    any_of_them, all_of_them = bins & (counts > 0).any(axis=0), bins & (counts > 0).all(axis=0)
    if (zero & any_of_them).any() or not (zero.any() and any_of_them.any()):
        return np.asarray(zero & any_of_them)
    places = np.flatnonzero(all_of_them if all_of_them.any() else any_of_them)
    away = np.abs(places[:, None] - np.flatnonzero(zero)).min(axis=1)
    return np.asarray(np.arange(len(zero)) == places[away.argmin()])


def _profile(
    solved: Any, samples: Sequence[np.ndarray], edges: np.ndarray, zero: np.ndarray
) -> np.ndarray:
    """Return F (b,) in kT, NaN in empty bins, 0 in the mean density of the others in ``zero``."""
    joined, counts = np.concatenate(samples), np.array([len(one) for one in samples])
    exponents = solved.f_k[:, None] - solved.u_kn + np.log(counts)[:, None]
    largest = exponents.max(axis=0)
    logs = -largest - np.log(np.exp(exponents - largest).sum(axis=0))
    weights = np.exp(logs - logs.max())
    width = np.diff(edges)
    mass = np.histogram(joined, edges, weights=weights)[0]
    zero = zero & (mass > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        level = mass[zero].sum() / width[zero].sum()
        profile = -np.log(mass / width / level)
    return np.asarray(np.where(mass > 0, profile, np.nan))
