"""A twin solved: through time on grids of ever more cells, until what comes out stands still."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from analysis.comparison.twins.grids import Mesh, first_mesh
from analysis.comparison.twins.problem import TwinProblem
from analysis.comparison.twins.relaxation import Relaxed, relax
from analysis.comparison.twins.result import Twin
from analysis.comparison.twins.stepping import Course
from analysis.comparison.twins.system import VOID
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
RELAXED_LEVEL = 3
"""Of the grid on which an electroneutral cell relaxes at once: with twice the cells and four times
as many, no more than 4e-5 of a species is elsewhere."""
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
        Rising, from the start of the drive; 0 is the start itself, which in an electroneutral cell
        is what ions have relaxed to at once.
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
    start = problem.start
    if problem.closure == "electroneutral":
        start = _relaxed(problem, mesh, tolerance).start

    def on_grid(tolerance: float, level: int) -> Twin:
        return _on_grid(problem, mesh.faces(level), start, wanted, tolerance)

    scout = on_grid(max(tolerance, SCOUT_TOLERANCE), FIRST_LEVEL)
    mesh = mesh.fitted(scout.faces, _varying(scout))
    if level is not None:
        return on_grid(tolerance, level)
    coarse, finer = on_grid(tolerance, FIRST_LEVEL), FIRST_LEVEL + 1
    behind = 1
    while finer <= HIGHEST_LEVEL:
        fine = on_grid(tolerance, finer)
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


def _on_grid(
    problem: TwinProblem,
    faces: Array,
    start_on: Callable[[Array], Array],
    times: Array,
    tolerance: float,
) -> Twin:
    driven, start = problem.system(faces), start_on(faces)
    span = times[times > 0]
    first = FIRST_STEP * float(span[0] if span.size else 1.0)
    course = Course(start, driven.steps_of_potential(start), first)
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


def _relaxed(problem: TwinProblem, mesh: Mesh, tolerance: float) -> Relaxed:
    faces = mesh.faces(RELAXED_LEVEL)
    system = problem.system(faces, settling=bool(problem.settling), relaxing=True)
    return relax(faces, problem.start(faces), system, TIME_SHARE * tolerance)


def _varying(result: Twin) -> list[Array]:
    """What a grid has to resolve: each species' concentration, and the potential."""
    ions = [result.by_species[:, i] for i in range(result.by_species.shape[1])]
    if result.problem.closure == "poisson":
        return [*ions, (result.drop_at_faces[:, 1:] + result.drop_at_faces[:, :-1]) / 2]
    steps = np.diff(result.drop, prepend=0.0)
    void = np.abs(steps) > VOID
    return [*ions, np.cumsum(np.where(void, 0.0, steps), axis=1), void.astype(float)]


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
