"""The march as compiled loops, one problem after the other, on as many threads as are allowed.

Numba is imported, and the loops are compiled or read from Numba's cache, when they are first
called. A problem's result depends on no other of its batch, nor on the threads.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from analysis.compiling import first_call
from analysis.continuum.arrays import Array
from analysis.continuum.solver import march
from analysis.continuum.solver.mesh import ChargePieces
from analysis.continuum.solver.problem import KernelSolution, Problem

CHUNK, SHARES = 64, 32
"""Problems that a thread takes at a time, as some are harder than others: so many at least, and
else one of so many parts of what falls to it."""
LIMITS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS")
"""Variables of the environment that say how many threads there may be, the first that is set."""


def threads() -> int:
    """How many threads a batch is solved on: what the environment allows, or all processors.

    >>> import os
    >>> os.environ["NUMBA_NUM_THREADS"] = "3"
    >>> threads()
    3
    >>> del os.environ["NUMBA_NUM_THREADS"]
    """
    for name in LIMITS:
        value = os.environ.get(name, "")
        if value.isdigit() and int(value):
            return int(value)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def solve(problem: Problem, cells: int) -> KernelSolution:
    """Permeate of every problem of a batch: what ``march.solve`` gives, by compiled loops."""
    from analysis.continuum.solver import compiled_rows

    size, ions = problem.feed.shape
    places, first, charge = _knots(problem)
    best = (
        np.full((size, ions), np.nan),
        problem.feed.copy(),
        np.full((size, len(first) - 1, 2 * march.COARSEST + 1), np.nan),
        np.column_stack([np.full(size, np.nan), np.full(size, np.inf)]),
    )
    film = problem.film_transfer is not None
    absent = problem.peclet
    arguments = (
        problem.feed,
        problem.charges,
        problem.partition,
        problem.outlet_partition,
        problem.peclet,
        problem.convection,
        problem.excluded,
        film,
        absent if problem.film_transfer is None else problem.film_transfer,
        absent if problem.film_mobility is None else problem.film_mobility,
        absent if problem.film_charges is None else problem.film_charges,
        places,
        first,
        charge,
        int(cells),
        np.array([march.AGREED, march.SETTLED]),
        *best,
    )
    room = compiled_rows.block_size(ions, film, len(first) - 1, int(cells))
    in_chunks("march", compiled_rows.march(), arguments, size, room)
    log_permeate, wall, nodes, others = best
    error = others[:, 1]
    permeate = np.where(problem.excluded, 0.0, np.exp(log_permeate))
    return KernelSolution(
        permeate=permeate,
        log_permeate=log_permeate,
        potential=others[:, 0],
        wall=wall,
        converged=error < march.RESOLVED,
        nodes=np.moveaxis(nodes, 0, -1),
        error_estimate=error,
    )


def donnan(
    concentrations: Array, charges: Array, density: Array, partition: Array
) -> tuple[Array, Array]:
    """What ``partitioning.donnan`` gives for (B, n) concentrations and charges."""
    from analysis.continuum.solver import compiled_rows

    pore, potential = np.empty_like(concentrations), np.empty(len(concentrations))
    arguments = (concentrations, charges, density, partition, pore, potential)
    in_chunks("donnan", compiled_rows.donnan(), arguments, len(potential), charges.shape[1])
    return pore, potential


def _knots(problem: Problem) -> tuple[Array, Array, Array]:
    """Places (T,) between which the charge is linear, which each piece's first is, X (B, T)."""
    pieces = ChargePieces.of(problem.positions, problem.charge_density)
    jumps = np.diff(pieces.positions) == 0
    inner: list[int] = []
    first = [0]
    for piece in range(len(pieces.edges)):
        own = np.flatnonzero((pieces.owner == piece) & ~jumps)
        inner += [*own, own[-1] + 1]
        first.append(len(inner))
    return pieces.positions[inner], np.array(first), np.ascontiguousarray(pieces.density[inner].T)


def in_chunks(
    name: str, loop: Callable[..., Any], arguments: tuple[Any, ...], size: int, room: int
) -> None:
    """Call a loop for all rows of a batch, some at a time, on threads where there are many.

    ``room`` is how many numbers the loop has to have room for; other processes wait for the first
    call of one of this ``name``.
    """
    # One kind of array: Numba would compile the loop anew for one that may not be written.
    arrays = tuple(
        np.require(a, requirements=["C", "W"]) if isinstance(a, np.ndarray) else a
        for a in arguments
    )

    def rows(start: int, stop: int) -> None:
        with first_call(name):
            loop(*arrays, np.empty(room), start, stop)

    count = threads()
    length = max(CHUNK, size // (SHARES * count))
    starts = range(0, size, length)
    workers = min(count, len(starts))
    if workers < 2:
        rows(0, size)
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda start: rows(start, min(size, start + length)), starts))
