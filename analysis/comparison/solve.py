"""A twin solved: through time on grids of ever more cells, until what comes out stands still."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from analysis.comparison.grids import Mesh, first_mesh
from analysis.comparison.problem import TwinProblem
from analysis.comparison.result import Twin
from analysis.comparison.stepping import Course
from analysis.continuum.arrays import Array
from analysis.continuum.model import finite_array

TOLERANCE = 1e-4
"""Share of a species that may be on the wrong side of any place, at any time."""
TIME_SHARE = 0.25
"""Of the tolerance, for the estimated error of a step in time."""
FIRST_LEVEL, HIGHEST_LEVEL = 1, 7
GAIN = 4.0
"""Errors of two grids, the second with twice the cells, at second order."""
SCOUT_TOLERANCE = 1e-3
"""Of the first solution, which only says where cells are needed."""
SMALL_POTENTIAL = 1e-3
"""RT/F; a range of the potential below it is none."""
import analysis.comparison.problem as PP
NL=PP.NEUTRAL_LIMIT
RELAX = 1e-7
FIRST_STEP = 1e-6
"""Of the shortest time asked for."""


def solve_twin(
    problem: TwinProblem,
    times: npt.ArrayLike,
    tolerance: float = TOLERANCE,
    *,
    level: int | None = None,
) -> Twin:
    """Follow the ions of a twin to wanted times.

    Parameters
    ----------
    problem : TwinProblem
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
    mesh = first_mesh(problem.geometry, problem.jumps)
    scout = _on_grid(problem, mesh, wanted, max(tolerance, SCOUT_TOLERANCE), FIRST_LEVEL)
    mesh = mesh.fitted(scout.faces, _varying(scout))
    if level is not None:
        return _on_grid(problem, mesh, wanted, tolerance, level)
    coarse, finer = _on_grid(problem, mesh, wanted, tolerance, FIRST_LEVEL), FIRST_LEVEL + 1
    behind = 1
    while finer <= HIGHEST_LEVEL:
        fine = _on_grid(problem, mesh, wanted, tolerance, finer)
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


def _on_grid(problem: TwinProblem, mesh: Mesh, times: Array, tolerance: float, level: int) -> Twin:
    faces = mesh.faces(level)
    driven, start = problem.system(faces), problem.start(faces)
    span = times[times > 0]
    first = FIRST_STEP * float(span[0] if span.size else 1.0)
    course = Course(start, driven.steps_of_potential(start), first)
    if problem.closure == "electroneutral":
        course.potential_step = problem.system(faces, relaxing=True).steps_of_potential(start)
        course.seconds = 1e-19*(NL/1e-9)
        course.advance(problem.system(faces, settling=bool(problem.settling), relaxing=True), RELAX*NL, TIME_SHARE * tolerance)
    if problem.settling:
        course.advance(
            problem.system(faces, settling=True), problem.settling, TIME_SHARE * tolerance
        )
        course.seconds = first
    now, concentration, middles, at_faces = 0.0, [], [], []
    for time in times:
        if time > now:
            course.advance(driven, float(time - now), TIME_SHARE * tolerance)
            now = float(time)
        concentration.append(course.concentration)
        drops = course.potential_step
        middle = np.append(0.0, np.cumsum(drops))
        middles.append(middle)
        # No field in the outermost half cells.
        inner = middle[:-1] + driven.share * drops
        at_faces.append(np.concatenate([middle[:1], inner, middle[-1:]]))
    return Twin(
        problem,
        times,
        faces,
        np.array(concentration),
        np.array(middles),
        np.array(at_faces),
        np.nan,
        course.steps,
    )


def _varying(result: Twin) -> list[Array]:
    """What a grid has to resolve: each species' concentration, and the potential."""
    ions = [result.by_species[:, i] for i in range(result.by_species.shape[1])]
    if result.problem.closure == "electroneutral":
        return ions
    return [*ions, (result.drop_at_faces[:, 1:] + result.drop_at_faces[:, :-1]) / 2]


def _apart(coarse: Twin, fine: Twin) -> float:
    """Largest difference of two results at the faces of the coarser grid.

    Of the share of a species below a face; with Poisson's equation also of the potential, as a
    share of its range. In the electroneutral limit a field where hardly an ion is means nothing.
    """
    shared = np.searchsorted(fine.faces, coarse.faces[1:] - 1e-9 * np.diff(coarse.faces))
    below = np.cumsum(fine.amounts, axis=2)[..., shared - 1]
    apart = np.abs(below - np.cumsum(coarse.amounts, axis=2)).max(axis=(0, 2))
    numbers = np.array([s.number for s in fine.problem.species])
    found = float((apart / numbers).max())
    if fine.problem.closure == "poisson":
        scale = np.maximum(np.ptp(fine.drop_at_faces, axis=1, keepdims=True), SMALL_POTENTIAL)
        turned = np.abs(fine.drop_at_faces[:, shared] - coarse.drop_at_faces[:, 1:]) / scale
        found = max(found, float(turned.max()))
    return found
