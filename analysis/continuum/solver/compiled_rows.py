"""Entries of the compiled solver: loops over problems that one thread goes through."""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from analysis.continuum import partitioning
from analysis.continuum.solver import compiled_cells as row
from analysis.continuum.solver import continuation, mesh, newton, residual, sweep
from analysis.continuum.solver import march as batch
from analysis.continuum.solver.compiled_march import COARSEST, Best, Given, iterates, solve
from analysis.continuum.solver.compiled_memory import row_at, table, table_at
from analysis.continuum.solver.compiled_mesh import Knots
from analysis.continuum.solver.compiled_newton import work_arrays

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
CONTINUED_CELLS = 4 * COARSEST
"""In a piece, that continuation may need however few are asked for."""


def block_size(ions: int, film: bool, pieces: int, cells: int) -> int:
    """Numbers that the arrays of the march take."""
    m = 2 * ions + 2 if film else ions + 1
    places = pieces * (max(cells, CONTINUED_CELLS) + 1)
    columns = 2 * row.QUANTITIES * ions
    size: int = (12 + 2 * m) * (places + 1) + (m + 12) * (m + ions) + columns
    return size


@cache
def _stamp() -> str:
    """Digest of all sources that the loops are compiled from."""
    here = sorted(Path(__file__).parent.glob("compiled_*.py"))
    constants = (batch, continuation, mesh, newton, partitioning, residual, sweep)
    sources = [*here, *(Path(str(module.__file__)) for module in constants)]
    return sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def _entry(loop: Callable[..., None]) -> Any:
    """Compiled loop, kept on disk where there is a place for it.

    Numba keeps it by the file of the loop alone, and by what its closure holds: a stamp of all
    sources makes it anew where another file of them has changed.
    """
    try:
        return njit(cache=True, **OPTIONS)(loop)
    except RuntimeError:
        return njit(**OPTIONS)(loop)


@cache
def march() -> Any:
    """The loop over problems first to last of a batch, its results in place; see ``compiled``."""
    stamp = _stamp()

    def loop(
        feed: np.ndarray,
        charges: np.ndarray,
        partition: np.ndarray,
        outlet_partition: np.ndarray,
        peclet: np.ndarray,
        convection: np.ndarray,
        excluded: np.ndarray,
        film: bool,
        transfer: np.ndarray,
        mobility: np.ndarray,
        film_charges: np.ndarray,
        places: np.ndarray,
        pieces: np.ndarray,
        density: np.ndarray,
        cells: int,
        tolerances: np.ndarray,
        log_permeate: np.ndarray,
        wall: np.ndarray,
        nodes: np.ndarray,
        others: np.ndarray,
        block: np.ndarray,
        first: int,
        last: int,
    ) -> None:
        n = feed.shape[1] if stamp else 0
        m = 2 * n + 2 if film else n + 1
        # Copies and addresses, as threads wait for each other where they count the same array.
        knots, accuracy = Knots(places.copy(), pieces.copy()), tolerances.copy()
        charge, places_count = density.ctypes.data, len(places)
        permeates, walls = log_permeate.ctypes.data, wall.ctypes.data
        meshes, rest = nodes.ctypes.data, others.ctypes.data
        layers, columns = nodes.shape[1], nodes.shape[2]
        used = np.zeros(1, np.int64)
        them = iterates(block, used, n, m, len(pieces) - 1, max(cells, CONTINUED_CELLS))
        work = work_arrays(block, used, n, m, them.drops.shape[1])
        ions = table(block, used, row.QUANTITIES, n)
        for b in range(first, last):
            for i in range(n):
                ions[row.CHARGE, i] = charges[b, i]
                ions[row.DRIFT, i] = convection[b, i] * peclet[b, i]
                ions[row.PECLET, i] = peclet[b, i]
                ions[row.FEED, i] = feed[b, i]
                ions[row.INLET, i] = partition[b, i]
                ions[row.OUTLET, i] = outlet_partition[b, i]
                ions[row.EXCLUDED, i] = excluded[b, i]
                ions[row.TRANSFER, i] = transfer[b, i]
                ions[row.MOBILITY, i] = mobility[b, i]
                ions[row.FILM_CHARGE, i] = film_charges[b, i]
            given = Given(ions, knots, row_at(charge, b, places_count), cells, accuracy)
            best = Best(
                row_at(permeates, b, n),
                row_at(walls, b, n),
                table_at(meshes, b, layers, columns),
                row_at(rest, b, 2),
            )
            solve(given, them, work, best)

    return _entry(loop)


@cache
def donnan() -> Any:
    """The loop of ``partitioning.donnan`` over solutions first to last, its results in place."""
    stamp = _stamp()

    def loop(
        concentrations: np.ndarray,
        charges: np.ndarray,
        density: np.ndarray,
        partition: np.ndarray,
        pore: np.ndarray,
        potential: np.ndarray,
        block: np.ndarray,
        first: int,
        last: int,
    ) -> None:
        source = block[: charges.shape[1] if stamp else 0]
        valences, pores = charges.ctypes.data, pore.ctypes.data
        for b in range(first, last):
            for i in range(len(source)):
                source[i] = partition[b, i] * concentrations[b, i]
            z, inside = row_at(valences, b, len(source)), row_at(pores, b, len(source))
            potential[b] = row.donnan(z, source, density[b], 0.0, inside)

    return _entry(loop)
