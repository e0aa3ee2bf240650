"""A twin solved: through time on grids of ever more cells, until what comes out stands still."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.comparison.grids import Mesh, first_mesh
from analysis.comparison.stepping import Course
from analysis.comparison.twin import Twin
from analysis.continuum.arrays import Array, Bools
from analysis.continuum.constants import AVOGADRO
from analysis.continuum.model import finite_array

TOLERANCE = 1e-4
"""Share of a species that may be on the wrong side of any place, at any time."""
TIME_SHARE = 0.25
"""Of the tolerance, for the estimated error of a step in time."""
FIRST_LEVEL, HIGHEST_LEVEL = 1, 6
GAIN = 4.0
"""Errors of two grids, the second with twice the cells, at second order."""
SCOUT_TOLERANCE = 1e-3
"""Of the first solution, which only says where cells are needed."""
SMALL_POTENTIAL = 1e-3
"""RT/F; a range of the potential below it is none."""
FIRST_STEP = 1e-6
"""Of the shortest time asked for."""


@dataclass(frozen=True)
class TwinResult:
    """What became of the ions of a twin.

    Attributes
    ----------
    twin : Twin
    times : (T,) array, s
    faces : (K + 1,) array, m
        Of the cells.
    concentration : (T, n, K) array, mol/m3
        Of each species, averages over cells.
    potential : (T, K + 1) array, RT/F
        Electric potential at the faces, over that of the feed's end.
    error : float
        Estimate: largest share of a species on the wrong side of a place, from the last two grids.
    steps : int
        In time, on the last grid.
    """

    twin: Twin
    times: Array
    faces: Array
    concentration: Array
    potential: Array
    error: float
    steps: int

    @property
    def z(self) -> Array:
        """Middles of the cells, (K,), m."""
        return (self.faces[1:] + self.faces[:-1]) / 2

    @property
    def amounts(self) -> Array:
        """Ions of each species in each cell, (T, n, K)."""
        volume = self.twin.geometry.area * np.diff(self.faces)
        return np.asarray(AVOGADRO * volume * self.concentration)

    @property
    def mean_z(self) -> Array:
        """Mean place of each species, (T, n), m."""
        return np.asarray(self.amounts @ self.z / self.amounts.sum(axis=2))

    def of(self, ion: str, *, driven: bool | None = None) -> Bools:
        """Mask (n,) of the species of an ion, of driven ones only or of others only if so asked."""
        species = self.twin.species
        return np.array(
            [s.ion.name == ion and driven in (None, s.driven) for s in species], dtype=bool
        )

    def number(self, low: float = -np.inf, high: float = np.inf) -> Array:
        """Ions of each species between two places (m), (T, n).

        Counted cell by cell; within a cell ions lie evenly. The ends, the membrane's faces and the
        geometry's marks are faces of cells.
        """
        inside = np.clip(self.faces, low, high)
        return np.asarray(self.amounts @ (np.diff(inside) / np.diff(self.faces)))

    @property
    def feed(self) -> Array:
        """Ions of each species before the membrane, (T, n)."""
        return self.number(high=self.twin.geometry.faces[0])

    @property
    def membrane(self) -> Array:
        """Ions of each species between the membrane's faces, (T, n)."""
        return self.number(*self.twin.geometry.faces)

    @property
    def permeate(self) -> Array:
        """Ions of each species behind the membrane, (T, n)."""
        return self.number(low=self.twin.geometry.faces[1])

    def past(self, place: float = 0.0) -> Array:
        """Ions of each species beyond a place (m), the membrane's centre unless given, (T, n)."""
        return self.number(low=place)


def solve_twin(
    twin: Twin, times: npt.ArrayLike, tolerance: float = TOLERANCE, *, level: int | None = None
) -> TwinResult:
    """Follow the ions of a twin to wanted times.

    Parameters
    ----------
    twin : Twin
    times : (T,) array, s
        Rising, from the start of the drive; 0 is the start itself.
    tolerance : float
        Share of a species that may lie on the wrong side of a place, estimated from two grids,
        the second with more cells, and with Poisson's equation likewise the share of the
        potential's range by which it may be wrong; steps in time are held to a quarter of it.
    level : int, optional
        Of the one grid to take instead, without an estimate of its error (`grids.Mesh`).

    Raises
    ------
    ValueError
        Times that do not rise or a tolerance that is not positive.
    NoStep
        If no step in time succeeds.
    RuntimeError
        If the finest grid does not reach the tolerance.
    """
    wanted = np.atleast_1d(finite_array("times", times))
    if wanted.ndim != 1 or not wanted.size or wanted[0] < 0 or (np.diff(wanted) <= 0).any():
        raise ValueError(f"times are {wanted.tolist()} s, allowed is a rising row from 0 on")
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance is {tolerance:g}, allowed is between 0 and 1")
    mesh = first_mesh(twin.geometry, twin.jumps)
    scout = _on_grid(twin, mesh, wanted, max(tolerance, SCOUT_TOLERANCE), FIRST_LEVEL)
    mesh = mesh.fitted(scout.faces, _varying(scout))
    if level is not None:
        return _on_grid(twin, mesh, wanted, tolerance, level)
    coarse, finer = _on_grid(twin, mesh, wanted, tolerance, FIRST_LEVEL), FIRST_LEVEL + 1
    behind = 1
    while finer <= HIGHEST_LEVEL:
        fine = _on_grid(twin, mesh, wanted, tolerance, finer)
        error = _apart(coarse, fine) / (GAIN**behind - 1)
        if error <= tolerance:
            return replace(fine, error=error)
        # To the level that should do at second order; what was left out is in `behind`.
        behind = max(1, int(np.ceil(np.log(error / tolerance) / np.log(GAIN))))
        behind = min(behind, max(1, HIGHEST_LEVEL - finer))
        coarse, finer = fine, finer + behind
    raise RuntimeError(
        f"{len(coarse.z)} cells leave an error of {error:.1g}, above the tolerance, {tolerance:g}"
    )


def _on_grid(twin: Twin, mesh: Mesh, times: Array, tolerance: float, level: int) -> TwinResult:
    faces = mesh.faces(level)
    driven, start = twin.system(faces), twin.start(faces)
    span = times[times > 0]
    first = FIRST_STEP * float(span[0] if span.size else 1.0)
    course = Course(start, driven.steps_of_potential(start), first)
    if twin.settling:
        course.advance(twin.system(faces, settling=True), twin.settling, TIME_SHARE * tolerance)
        course.seconds = first
    now, concentration, potential = 0.0, [], []
    for time in times:
        if time > now:
            course.advance(driven, float(time - now), TIME_SHARE * tolerance)
            now = float(time)
        concentration.append(course.concentration)
        drops = course.potential_step
        middles = np.append(0.0, np.cumsum(drops))
        # No field in the outermost half cells.
        at_faces = middles[:-1] + driven.share * drops
        potential.append(np.concatenate([middles[:1], at_faces, middles[-1:]]))
    return TwinResult(
        twin, times, faces, np.array(concentration), np.array(potential), np.nan, course.steps
    )


def _varying(result: TwinResult) -> list[Array]:
    """What a grid has to resolve: each species' concentration, and the potential."""
    ions = [result.concentration[:, i] for i in range(result.concentration.shape[1])]
    return [*ions, (result.potential[:, 1:] + result.potential[:, :-1]) / 2]


def _apart(coarse: TwinResult, fine: TwinResult) -> float:
    """Largest difference of two results at the faces of the coarser grid.

    Of the share of a species below a face; with Poisson's equation also of the potential, as a
    share of its range. In the electroneutral limit a field where hardly an ion is means nothing.
    """
    shared = np.searchsorted(fine.faces, coarse.faces[1:] - 1e-9 * np.diff(coarse.faces))
    below = np.cumsum(fine.amounts, axis=2)[..., shared - 1]
    apart = np.abs(below - np.cumsum(coarse.amounts, axis=2)).max(axis=(0, 2))
    numbers = np.array([s.number for s in fine.twin.species])
    found = float((apart / numbers).max())
    if fine.twin.closure == "poisson":
        scale = np.maximum(np.ptp(fine.potential, axis=1, keepdims=True), SMALL_POTENTIAL)
        turned = np.abs(fine.potential[:, shared] - coarse.potential[:, 1:]) / scale
        found = max(found, float(turned.max()))
    return found
