"""Twins of the published campaign solved: where the feed ions of every cell are, time by time."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from analysis.comparison.study.cells import (
    ANION,
    CATIONS,
    FEED_CATIONS,
    NM,
    NS,
    TRIALS,
    Placement,
    Variant,
    study_problem,
)
from analysis.comparison.twins.resampling import spread
from analysis.comparison.twins.solve import solve_twin
from analysis.continuum.arrays import Array
from analysis.continuum.species import find

TIMES_NS = np.array([0, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100], float)
TOLERANCE = 1e-3
"""Share of a species on the wrong side of a place: 0.03 of 30 ions."""


@dataclass(frozen=True)
class FeedIons:
    """Feed ions of one kind in a twin.

    Attributes
    ----------
    of : int
        Ions over the trials of the study.
    faces_nm : (K + 1,) array
        Of cells, which ions lie in evenly.
    shares : (T, K) array
        Of the ions in each cell; each row sums to 1.
    """

    of: int
    faces_nm: Array = field(repr=False)
    shares: Array = field(repr=False)

    def between(self, low: float = -np.inf, high: float = np.inf) -> Array:
        """Share of the ions between two places (nm), (T,)."""
        inside = np.clip(self.faces_nm, low, high)
        return np.asarray(self.shares @ (np.diff(inside) / np.diff(self.faces_nm)))

    @property
    def mean_z(self) -> Array:
        """Mean place, nm, (T,)."""
        return np.asarray(self.shares @ self._middles)

    @property
    def sd(self) -> Array:
        """Standard deviation of the place of one ion, nm, (T,)."""
        return spread(self.shares, self._middles, np.diff(self.faces_nm))

    def foremost(self, chance: float, time: int) -> float:
        """Place (nm) that none of all the ions is beyond, with this chance, at a time."""
        below = np.append(0.0, np.cumsum(self.shares[time]))
        return float(np.interp(chance ** (1 / self.of), below / below[-1], self.faces_nm))

    def histogram(self, edges_nm: Array, time: int) -> Array:
        """Share of the ions between edges."""
        below = np.append(0.0, np.cumsum(self.shares[time]))
        return np.diff(np.interp(edges_nm, self.faces_nm, below))

    @property
    def _middles(self) -> Array:
        return (self.faces_nm[1:] + self.faces_nm[:-1]) / 2


@dataclass(frozen=True)
class StudyTwin:
    """A twin of one cell, with one placement of its layout.

    Attributes
    ----------
    placement : Placement
    ions : dict of FeedIons, by name
    error : float
        Of `Twin`, as a share of a species.
    """

    placement: Placement
    ions: dict[str, FeedIons]
    error: float


@dataclass(frozen=True)
class Cell:
    """The twins of one cell in one variant, one for each placement of its layout."""

    twins: tuple[StudyTwin, ...]
    times_ns: Array

    def at(self, time_ns: float) -> int:
        """Number of a time; ValueError for one that was not asked for."""
        found = np.flatnonzero(np.isclose(self.times_ns, time_ns))
        if not len(found):
            raise ValueError(f"{time_ns:g} ns is none of the times of the twins")
        return int(found[0])


Cells = Mapping[tuple[str, str, str], Cell]
"""By name of the variant, layout and salt."""


def solve_study(
    placements: Mapping[str, Sequence[Placement]],
    variants: Sequence[Variant],
    *,
    salts: Sequence[str] = tuple(CATIONS),
    times_ns: Array = TIMES_NS,
    tolerance: float = TOLERANCE,
    level: int | None = None,
    processes: int = 1,
) -> dict[tuple[str, str, str], Cell]:
    """Solve the twins of all layouts, placements, salts and variants.

    A variant without charge has the same twin for all layouts, solved once.

    Parameters
    ----------
    placements : mapping
        By layout.
    tolerance, level
        Of `solve_twin`.
    processes : int

    Raises
    ------
    ValueError
        No placements of a layout.
    """
    if not placements or not all(placements.values()):
        raise ValueError("placements are empty, allowed is one or more of each layout")
    jobs: dict[tuple[str, str, str, int], tuple[Placement, str, Variant]] = {}
    for variant in variants:
        for layout, own in placements.items():
            for number, placement in enumerate(own):
                for salt in salts:
                    key = _key(variant, layout, salt, number)
                    jobs.setdefault(key, (placement, salt, variant))
    arguments = [(*job, times_ns, tolerance, level) for job in jobs.values()]
    if processes == 1:
        solved = list(map(_solved, arguments))
    else:
        with ProcessPoolExecutor(processes) as pool:
            solved = list(pool.map(_solved, arguments))
    found = dict(zip(jobs, solved, strict=True))
    return {
        (variant.name, layout, salt): Cell(
            tuple(
                StudyTwin(placement, *found[_key(variant, layout, salt, number)])
                for number, placement in enumerate(own)
            ),
            times_ns,
        )
        for variant in variants
        for layout, own in placements.items()
        for salt in salts
    }


def _key(variant: Variant, layout: str, salt: str, number: int) -> tuple[str, str, str, int]:
    return (variant.name, layout, salt, number) if variant.fraction else (variant.name, "", salt, 0)


def _solved(
    job: tuple[Placement, str, Variant, Array, float, int | None],
) -> tuple[dict[str, FeedIons], float]:
    placement, salt, variant, times_ns, tolerance, level = job
    twin = solve_twin(
        study_problem(placement, salt, variant), NS * times_ns, tolerance, level=level
    )
    ions = {}
    for name in (CATIONS[salt], ANION):
        amounts = twin.amounts[:, twin.of(name, driven=True)].sum(axis=1)
        charges = find(CATIONS[salt]).charge if name == ANION else 1
        shares = amounts / amounts.sum(axis=1, keepdims=True)
        ions[name] = FeedIons(TRIALS * FEED_CATIONS * charges, twin.faces / NM, shares)
    return ions, twin.error
